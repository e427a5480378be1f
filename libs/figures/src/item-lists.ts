import { compareDecimals, decimal } from '#kernel';
import type { ContributionId, Decimal } from '#kernel';
import type { ComponentValue } from './statement.ts';

/**
 * Lists of items over agencies: joined by the definition's key, each item once, whoever named it.
 * Nothing is merged on a guess: keys that only look alike stand beside each other and are pointed
 * out. Every result is the same in whatever order the lists come.
 */
type Item = NonNullable<ComponentValue['items']>[number];

export type PartList = {
  readonly contribution: ContributionId;
  readonly items: readonly Item[];
};

/** An item of the joined list, as the first of those who named it (by id of the part) wrote it. */
export type JoinedItem = Item & { readonly namedBy: readonly ContributionId[] };

/** An item that more than one part named; counted once. */
export type DuplicateItem = {
  readonly key: string;
  readonly named: readonly (Item & { readonly contribution: ContributionId })[];
  /** The parts do not say the same of it: somebody has to look. */
  readonly differs: boolean;
};

export type JoinedList = {
  readonly items: readonly JoinedItem[];
  readonly duplicates: readonly DuplicateItem[];
  /** Groups of different keys that are the same but for case and spaces. */
  readonly alike: readonly (readonly string[])[];
};

/** One list of many. `itemKey` is what the definition tells items apart by. */
export function joinLists(lists: readonly PartList[], itemKey: string | null): JoinedList {
  const named = new Map<string, DuplicateItem['named'][number][]>();
  for (const { contribution, items } of sorted(lists, ({ contribution }) => contribution)) {
    for (const item of sorted(items, ({ key }) => key)) {
      const identity = identityOf(item.key, itemKey);
      named.set(identity, [...(named.get(identity) ?? []), { ...item, contribution }]);
    }
  }
  const groups = sorted([...named], ([identity]) => identity).map(([, group]) => group);
  const items = groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { key, label, value } = first;
    return [{ key, label, value, namedBy: distinct(group.map((one) => one.contribution)) }];
  });
  const duplicates = groups
    .filter((group) => group.length > 1)
    .map((group) => ({ key: group[0]?.key ?? '', named: group, differs: differ(group) }));
  return { items, duplicates, alike: alikeIn(items.map(({ key }) => key)) };
}

/**
 * What tells items apart. ASCII letters of a DOI are the same in either case (DOI Handbook 2.4); of
 * every other kind of key nobody has said so, and it is compared as it was typed.
 */
export function identityOf(key: string, itemKey: string | null): string {
  return itemKey === 'DOI' ? key.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : key;
}

/**
 * H-index: the greatest h such that h of the values are at least h each. It can only be computed
 * from the values themselves: those of two lists neither add up nor average.
 */
export function hIndexOf(values: readonly Decimal[]): Decimal {
  const falling = values.toSorted((left, right) => compareDecimals(right, left));
  const enough = falling.filter(
    (value, index) => compareDecimals(value, decimal(String(index + 1))) >= 0,
  );
  return decimal(String(enough.length));
}

/** How many items carry each value, least value first: what levels are summed up by. */
export function distributionOf(
  items: readonly Pick<Item, 'value'>[],
): readonly { readonly value: Decimal; readonly count: number }[] {
  const counts = new Map<string, { value: Decimal; count: number }>();
  for (const { value } of items) {
    if (value === null) continue;
    const same = [...counts.values()].find((one) => compareDecimals(one.value, value) === 0);
    counts.set(same?.value ?? value, {
      value: same?.value ?? value,
      count: (same?.count ?? 0) + 1,
    });
  }
  return [...counts.values()].sort((left, right) => compareDecimals(left.value, right.value));
}

function differ(group: DuplicateItem['named']): boolean {
  const [first, ...others] = group;
  return others.some(({ label, value }) => label !== first?.label || !same(value, first.value));
}

function same(left: Decimal | null, right: Decimal | null): boolean {
  if (left === null || right === null) return left === right;
  return compareDecimals(left, right) === 0;
}

function alikeIn(keys: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const folded = key.trim().replace(/\s+/gu, ' ').toLowerCase();
    groups.set(folded, [...(groups.get(folded) ?? []), key]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

/** By code units, so that the order is the same on every machine. */
function sorted<T>(values: readonly T[], nameOf: (value: T) => string): T[] {
  return values.toSorted((left, right) => {
    const [a, b] = [nameOf(left), nameOf(right)];
    return a < b ? -1 : a > b ? 1 : 0;
  });
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
