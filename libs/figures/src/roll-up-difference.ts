import { subtractDecimals } from '#kernel';
import type { ContributionId, Decimal } from '#kernel';
import type { IndicatorDefinition } from '#catalogue';
import { identityOf } from './item-lists.ts';
import { exactly } from './quotient.ts';
import type { RollUp } from './roll-up.ts';
import type { BuiltFrom, ComponentValue } from './statement.ts';

/**
 * What the present version states beside what its parts give now, and gave when it was built. A
 * part corrected since has moved the sum: that movement is what the lead has to answer for, the
 * rest of a difference is what the lead knows beyond its parts.
 */
export type RollUpDifference = {
  readonly component: string;
  readonly stated: Decimal | null;
  readonly fromPartsThen: Decimal | null;
  readonly fromPartsNow: Decimal | null;
  /** Stated less what parts give now, in the kept unit. */
  readonly difference: Decimal | null;
  /** What parts give now less what those gave that the version was built from. */
  readonly moved: Decimal | null;
  /** For lists: keys that only one side has. */
  readonly onlyInParts: readonly string[];
  readonly onlyStated: readonly string[];
};

/** A part that was accepted in another version than the one the figure was built from. */
export type MovedPart = {
  readonly contribution: ContributionId;
  readonly builtOn: number;
  readonly accepted: number | null;
};

/** Component by component, for those that parts or the version give. */
export function differencesOf(
  { components }: Pick<IndicatorDefinition, 'components'>,
  stated: readonly ComponentValue[],
  then: RollUp,
  now: RollUp,
): readonly RollUpDifference[] {
  return now.arithmetic.map(({ component, how, total, list }) => {
    const own = stated.find((value) => value.component === component);
    const former = then.arithmetic.find((one) => one.component === component)?.total ?? null;
    const itemKey = components.find(({ key }) => key === component)?.itemKey ?? null;
    const isList = how === 'joined-list';
    const [mine, theirs] = [own?.items ?? [], list?.items ?? []];
    return {
      component,
      stated: own?.value ?? null,
      fromPartsThen: former,
      fromPartsNow: total,
      difference: less(own?.value ?? null, total),
      moved: less(total, former),
      onlyInParts: isList ? keysBeyond(theirs, mine, itemKey) : [],
      onlyStated: isList ? keysBeyond(mine, theirs, itemKey) : [],
    };
  });
}

/** Parts that moved on since the version was built, or are accepted no more. */
export function movedParts(
  builtFrom: readonly BuiltFrom[],
  accepted: readonly BuiltFrom[],
): readonly MovedPart[] {
  return builtFrom.flatMap(({ contribution, version, digest }) => {
    const present = accepted.find((part) => part.contribution === contribution);
    if (present?.digest === digest) return [];
    return [{ contribution, builtOn: version, accepted: present?.version ?? null }];
  });
}

function keysBeyond(
  of: readonly { readonly key: string }[],
  beyond: readonly { readonly key: string }[],
  itemKey: string | null,
): string[] {
  const known = new Set(beyond.map(({ key }) => identityOf(key, itemKey)));
  return of.map(({ key }) => key).filter((key) => !known.has(identityOf(key, itemKey)));
}

function less(left: Decimal | null, right: Decimal | null): Decimal | null {
  if (left === null || right === null) return null;
  return exactly(() => subtractDecimals(left, right)) ?? null;
}
