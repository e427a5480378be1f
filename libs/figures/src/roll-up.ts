import { addDecimals, decimal } from '#kernel';
import type { Decimal } from '#kernel';
import type { AggregationRule, ComponentDefinition, IndicatorDefinition } from '#catalogue';
import { distributionOf, hIndexOf, joinLists } from './item-lists.ts';
import type { JoinedList, PartList } from './item-lists.ts';
import type { ValueInput } from './figures.commands.ts';
import { exactly, quotientOf } from './quotient.ts';
import type { Quotient } from './quotient.ts';
import type { BuiltFrom, ComponentValue, ObservationStatus } from './statement.ts';
import { inDeclaredUnit } from './values.ts';

/**
 * Roll-up (tổng hợp): what a figure would state if it were built from its accepted parts and
 * nothing else, by its definition's rule, with every addend. It is offered to the lead and never
 * submitted by itself: the figure is an officer's statement, and the lead may know more than its
 * parts. Ratios are never averaged and H-indices never added (DOMAIN, Numbers to expect).
 */

/** An accepted version of a part, and what it states. */
export type PartStated = BuiltFrom & {
  readonly status: ObservationStatus;
  readonly values: readonly ComponentValue[];
};

/** What one part adds to one component. */
export type Addend = BuiltFrom & {
  /** In the kept unit; null for a list. */
  readonly value: Decimal | null;
  readonly estimated: Decimal | null;
  readonly itemCount: number | null;
};

/** Why a component has no total. */
export type RollUpProblem =
  | 'nobody-stated-it'
  | 'part-without-list' // a count without its list cannot be freed of duplicates
  | 'items-without-value'
  | 'too-many-digits';

export type Arithmetic = {
  readonly component: string;
  readonly how: 'sum' | 'joined-list' | 'distinct-count' | 'h-index';
  /** Unit of the total: as defined, `đồng` for money. */
  readonly unit: string | null;
  readonly addends: readonly Addend[];
  readonly total: Decimal | null;
  readonly estimated: Decimal | null;
  readonly list: JoinedList | null;
  readonly problem: RollUpProblem | null;
};

/** What a reader of the result has to know. */
export type RollUpCaveat =
  | 'weighted-by-denominator' // Σ numerators / Σ denominators: a big process counts for more
  | 'no-weights' // a mean of levels would need weights that nobody states
  | 'items-may-not-be-publications' // the definition's key is not one of publications
  | 'keys-look-alike'
  | 'duplicates-differ';

export type RollUp = {
  readonly rule: AggregationRule;
  readonly builtFrom: readonly BuiltFrom[];
  /** Parts that say nothing occurred: accepted, and adding nothing. */
  readonly noData: readonly BuiltFrom[];
  readonly arithmetic: readonly Arithmetic[];
  /** Derived from the sums and kept nowhere: the sums are the statement. */
  readonly quotient: Quotient | null;
  /** For rules that have no mean: how often each value stands in the joined list. */
  readonly distribution: ReturnType<typeof distributionOf> | null;
  readonly caveats: readonly RollUpCaveat[];
  /** As an officer would type it: money in the declared unit. Only what has a total. */
  readonly proposed: readonly ValueInput[];
};

type Definition = Pick<IndicatorDefinition, 'aggregation' | 'components'>;

/** Pure; the same whatever the order of `parts`, each of which stands once. */
export function rollUp(definition: Definition, parts: readonly PartStated[]): RollUp {
  const { rule, factor } = definition.aggregation;
  const ordered = parts.toSorted((a, b) => (a.contribution < b.contribution ? -1 : 1));
  const adding = ordered.filter(({ status }) => status !== 'M');
  const arithmetic = rule === 'none' ? [] : arithmeticOf(definition, adding);
  const totalOf = (key: string) =>
    arithmetic.find(({ component }) => component === key)?.total ?? null;
  const hasQuotient = rule === 'ratio' || rule === 'weighted-mean';
  const quotient = hasQuotient
    ? quotientOf(totalOf('numerator'), totalOf('denominator'), factor)
    : null;
  const list = arithmetic.find((one) => one.list !== null)?.list ?? null;
  const isOfLevels = rule === 'weighted-mean' && !hasRatioParts(definition);
  return {
    rule,
    builtFrom: ordered.map(nameOf),
    noData: ordered.filter(({ status }) => status === 'M').map(nameOf),
    arithmetic,
    quotient,
    distribution: isOfLevels && list !== null ? distributionOf(list.items) : null,
    caveats: caveatsOf(definition, arithmetic),
    proposed: arithmetic.flatMap((one) => proposalOf(one, definition, adding)),
  };
}

function arithmeticOf(definition: Definition, parts: readonly PartStated[]): Arithmetic[] {
  const { components, aggregation } = definition;
  const supplied = components.filter(({ suppliedBy }) => suppliedBy !== 'lead');
  const lists = supplied.filter(({ type }) => type === 'items').map((one) => joined(one, parts));
  const computed = computedComponent(definition);
  const [list] = lists;
  const counted =
    computed !== undefined && list !== undefined
      ? [
          aggregation.rule === 'recompute'
            ? hIndex(computed, list)
            : distinctCount(computed, list, parts),
        ]
      : [];
  const sums = supplied
    .filter((one) => isNumeric(one) && one !== computed)
    .map((one) => sum(one, parts));
  const found = [...counted, ...sums, ...lists];
  // In the order of the definition, so that a form and a proposal read alike.
  return components.flatMap(({ key }) => found.filter(({ component }) => component === key));
}

/** The number that follows from the list: the first count, or what is recomputed. */
function computedComponent({ components, aggregation }: Definition) {
  switch (aggregation.rule) {
    case 'distinct-sum':
      return components.find(({ type }) => type === 'count');
    case 'recompute':
      return components.find(isNumeric);
    default:
      return undefined;
  }
}

function sum(component: ComponentDefinition, parts: readonly PartStated[]): Arithmetic {
  const addends = addendsOf(component, parts);
  const values = addends.flatMap(({ value }) => value ?? []);
  const estimated = addends.flatMap((one) => one.estimated ?? []);
  const total = totalOf(values);
  return {
    component: component.key,
    how: 'sum',
    unit: component.type === 'money' ? 'đồng' : component.unit,
    addends,
    total: total ?? null,
    estimated: total === undefined || estimated.length === 0 ? null : (totalOf(estimated) ?? null),
    list: null,
    problem:
      values.length === 0 ? 'nobody-stated-it' : total === undefined ? 'too-many-digits' : null,
  };
}

function joined(component: ComponentDefinition, parts: readonly PartStated[]): Arithmetic {
  const addends = addendsOf(component, parts);
  const lists = parts.flatMap((part): PartList[] => {
    const items = part.values.find((value) => value.component === component.key)?.items;
    return items === undefined ? [] : [{ contribution: part.contribution, items }];
  });
  const problem = lists.length === 0 ? 'nobody-stated-it' : null;
  const list = joinLists(lists, component.itemKey);
  return {
    component: component.key,
    how: 'joined-list',
    unit: component.unit,
    addends,
    total: null,
    estimated: null,
    list,
    problem,
  };
}

/**
 * The number of different items. A part that states a number and no list stops it: which of its
 * items others have named too, nobody can tell.
 */
function distinctCount(
  component: ComponentDefinition,
  { component: listKey, list, problem }: Arithmetic,
  parts: readonly PartStated[],
): Arithmetic {
  const addends = addendsOf(component, parts);
  const isUnlisted = parts.some(({ values }) => {
    const stated = values.find((value) => value.component === component.key)?.value;
    const listed = values.find((value) => value.component === listKey)?.items;
    return listed === undefined && stated !== undefined && /[1-9]/.test(stated);
  });
  const count = list?.items.length ?? 0;
  const isKnown = !isUnlisted && (problem === null || addends.length > 0);
  return {
    component: component.key,
    how: 'distinct-count',
    unit: component.unit,
    addends,
    total: isKnown ? decimal(String(count)) : null,
    estimated: null,
    list: null,
    problem: isUnlisted ? 'part-without-list' : isKnown ? null : 'nobody-stated-it',
  };
}

function hIndex(
  component: ComponentDefinition,
  { addends, list, problem }: Arithmetic,
): Arithmetic {
  const items = list?.items ?? [];
  const values = items.flatMap(({ value }) => value ?? []);
  const isComplete = values.length === items.length;
  return {
    component: component.key,
    how: 'h-index',
    unit: component.unit,
    addends,
    total: problem === null && isComplete ? hIndexOf(values) : null,
    estimated: null,
    list: null,
    problem: problem ?? (isComplete ? null : 'items-without-value'),
  };
}

function addendsOf({ key }: ComponentDefinition, parts: readonly PartStated[]): Addend[] {
  return parts.flatMap((part) => {
    const stated = part.values.find(({ component }) => component === key);
    if (stated === undefined) return [];
    const { value = null, estimated = null, items } = stated;
    return [{ ...nameOf(part), value, estimated, itemCount: items?.length ?? null }];
  });
}

function nameOf({ contribution, agency, revision, version, digest }: PartStated): BuiltFrom {
  return { contribution, agency, revision, version, digest };
}

/** Undefined for none, and where the exact sum cannot be kept: it is never cut. */
export function totalOf(values: readonly Decimal[]): Decimal | undefined {
  const [first, ...others] = values;
  return first === undefined ? undefined : exactly(() => others.reduce(addDecimals, first));
}

function proposalOf(
  { component: key, how, total, estimated, list }: Arithmetic,
  { components }: Definition,
  parts: readonly PartStated[],
): ValueInput[] {
  const component = components.find((one) => one.key === key);
  if (component === undefined) return [];
  if (how === 'joined-list') {
    const items = (list?.items ?? []).map((item) => ({
      key: item.key,
      ...(item.label !== null && { label: item.label }),
      ...(item.value !== null && { value: item.value }),
    }));
    return items.length === 0 ? [] : [{ component: key, items }];
  }
  if (total === null) return [];
  const breakdown = how === 'sum' ? breakdownOf(component, parts) : undefined;
  return [
    {
      component: key,
      value: inDeclaredUnit(total, component),
      ...(estimated !== null && { estimated: inDeclaredUnit(estimated, component) }),
      ...(breakdown !== undefined && { breakdown }),
    },
  ];
}

/** Breakdowns add up where every part that states the component has one; else they mislead. */
function breakdownOf(
  component: ComponentDefinition,
  parts: readonly PartStated[],
): ValueInput['breakdown'] {
  const stated = parts.flatMap(({ values }) =>
    values.filter((one) => one.component === component.key),
  );
  const rows = new Map<string, { dimension: string; item: string; values: Decimal[] }>();
  for (const { breakdown } of stated) {
    if (breakdown === undefined || breakdown.length === 0) return undefined;
    for (const { dimension, item, value } of breakdown) {
      const name = `${dimension}\n${item}`;
      const values = [...(rows.get(name)?.values ?? []), value];
      rows.set(name, { dimension, item, values });
    }
  }
  const names = [...rows.keys()].sort();
  return names.flatMap((name) => {
    const row = rows.get(name);
    const total = row && totalOf(row.values);
    if (row === undefined || total === undefined) return [];
    return [{ dimension: row.dimension, item: row.item, value: inDeclaredUnit(total, component) }];
  });
}

function caveatsOf(definition: Definition, arithmetic: readonly Arithmetic[]): RollUpCaveat[] {
  const { rule } = definition.aggregation;
  const lists = arithmetic.flatMap(({ list }) => list ?? []);
  const itemKeys = definition.components.flatMap(({ itemKey }) => itemKey ?? []);
  const applies: readonly (readonly [RollUpCaveat, boolean])[] = [
    ['weighted-by-denominator', rule === 'weighted-mean' && hasRatioParts(definition)],
    ['no-weights', rule === 'weighted-mean' && !hasRatioParts(definition)],
    [
      'items-may-not-be-publications',
      rule === 'recompute' && !itemKeys.some((key) => /DOI|ISSN|công bố|bài báo/.test(key)),
    ],
    ['keys-look-alike', lists.some(({ alike }) => alike.length > 0)],
    ['duplicates-differ', lists.some((list) => list.duplicates.some(({ differs }) => differs))],
  ];
  return applies.filter(([, holds]) => holds).map(([caveat]) => caveat);
}

function hasRatioParts({ components }: Definition): boolean {
  return ['numerator', 'denominator'].every((key) =>
    components.some((one) => one.key === key && isNumeric(one)),
  );
}

export function isNumeric({ type }: Pick<ComponentDefinition, 'type'>): boolean {
  return type === 'decimal' || type === 'count' || type === 'money';
}
