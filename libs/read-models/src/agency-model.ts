import type { Agency } from '#directory';
import { agencyDecider } from '#directory';
import { aggregateModel } from './aggregate-model.ts';
import type { Aggregate } from './aggregate-model.ts';

/** An agency with its units, its names so far, its classes, and what became of it. */
export type AgencyRow = Aggregate<Agency>;

export const agencyModel = aggregateModel(
  {
    name: 'agency',
    version: 1,
    prefix: 'agency-',
    facets: ['province'],
    facetsOf: ({ state }) => ({ province: state.province }),
  },
  agencyDecider,
);
