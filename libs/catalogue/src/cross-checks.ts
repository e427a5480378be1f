import type { Bilingual, IndicatorCode } from '#kernel';

/**
 * Statements about several indicators of one edition that cannot all be true unless they agree:
 * a denominator that is another indicator, a part that cannot exceed its whole. They belong to the
 * edition, not to the software: whoever enters the official text may state others.
 */
export const crossCheckRelations = [
  'equal', // the sums of both sides are the same
  'at-most', // the left sum does not exceed the right one
  'at-least',
  'disjoint', // no item and no file stands on both sides
  'by-hand', // for people's eyes: the ledger lacks what a comparison would need
] as const;
export type CrossCheckRelation = (typeof crossCheckRelations)[number];

export const crossCheckSeverities = ['error', 'warning'] as const;
export type CrossCheckSeverity = (typeof crossCheckSeverities)[number];

/** One component of one indicator; sides of a check are sums of such. */
export type CrossCheckTerm = {
  readonly indicator: IndicatorCode;
  readonly component: string;
  /** Summed over this round and all former rounds of the province that the ledger knows. */
  readonly cumulative: boolean;
};

export type CrossCheck = {
  /** `[a-z0-9_]+`, stable within the edition: findings and overrides name it. */
  readonly key: string;
  readonly severity: CrossCheckSeverity;
  readonly status: 'proposed' | 'official';
  readonly relation: CrossCheckRelation;
  readonly left: readonly CrossCheckTerm[];
  readonly right: readonly CrossCheckTerm[];
  /** As proposed or printed. */
  readonly text: string;
  readonly why: Bilingual;
  /** How the text was read into the two sides, or what stands in the way of doing so. */
  readonly reading: string;
};

/** Checks that an indicator takes part in, on either side. */
export function crossChecksOf(
  checks: readonly CrossCheck[],
  indicator: IndicatorCode,
): readonly CrossCheck[] {
  return checks.filter(({ left, right }) =>
    [...left, ...right].some((term) => term.indicator === indicator),
  );
}
