import { personDecider } from '#directory';
import type { Person } from '#directory';
import { aggregateModel } from './aggregate-model.ts';
import type { Aggregate } from './aggregate-model.ts';

/** A person as an id with grants and commitments: names are in the register, never here. */
export type PersonRow = Aggregate<Person>;

export const personModel = aggregateModel(
  {
    name: 'person',
    version: 3,
    prefix: 'person-',
    facets: ['agency'],
    facetsOf: ({ state }) => ({ agency: state.agency }),
  },
  personDecider,
);
