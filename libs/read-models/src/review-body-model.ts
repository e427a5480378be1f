import { reviewBodyDecider } from '#directory';
import type { ReviewBody } from '#directory';
import { aggregateModel } from './aggregate-model.ts';
import type { Aggregate } from './aggregate-model.ts';

/** A review body with its members and every session it recorded. */
export type ReviewBodyRow = Aggregate<ReviewBody>;

export const reviewBodyModel = aggregateModel(
  {
    name: 'review_body',
    version: 2,
    prefix: 'review-body-',
    facets: ['province'],
    facetsOf: ({ state }) => ({ province: state.province }),
  },
  reviewBodyDecider,
);
