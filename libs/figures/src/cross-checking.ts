import { compareDecimals, decimal, multiplyDecimals } from '#kernel';
import type { Decimal, FigureId, IndicatorCode } from '#kernel';
import type { CrossCheck, CrossCheckTerm, IndicatorDefinition } from '#catalogue';
import { finding } from './check-catalogue.ts';
import type { CheckFinding } from './check-catalogue.ts';
import type { ComparedFigure, Comparisons } from './contexts.ts';
import { exactly } from './quotient.ts';
import { isNumeric, totalOf } from './roll-up.ts';
import { distanceOf } from './value-checks.ts';

/**
 * Comparisons of one version with other figures of its round and with its own former one. What
 * cannot be compared yet is named, so that silence is never taken for agreement.
 */
export type NotCompared = {
  readonly check: string;
  readonly why: 'by-hand' | 'not-stated' | 'too-many-digits';
  /** Figures that state nothing of it yet. */
  readonly awaited: readonly FigureId[];
};

/** The version under test, in the place of what its figure had in force before. */
export type Checked = {
  readonly figure: FigureId;
  readonly indicator: IndicatorCode;
  readonly self: ComparedFigure;
};

type Outcome = CheckFinding | NotCompared | null;

export function crossCheck(
  checked: Checked,
  { crossChecks, figures, former }: Comparisons,
): { readonly findings: readonly CheckFinding[]; readonly notCompared: readonly NotCompared[] } {
  const others = figures.filter(({ figure }) => figure !== checked.figure);
  const outcomes = crossChecks.map((check) => {
    return outcomeOf(check, checked, [checked.self, ...others], former);
  });
  const told = outcomes.filter((one) => one !== null);
  return {
    findings: told.flatMap((one) => ('code' in one ? [one] : [])),
    notCompared: told.flatMap((one) => ('why' in one ? [one] : [])),
  };
}

function outcomeOf(
  check: CrossCheck,
  checked: Checked,
  present: readonly ComparedFigure[],
  former: readonly ComparedFigure[],
): Outcome {
  const { key, relation, left, right } = check;
  if (relation === 'by-hand') return { check: key, why: 'by-hand', awaited: [] };
  const terms = [...left, ...right];
  const named = terms.flatMap((term) => figuresOf(term, present, former));
  const awaited = terms.flatMap((term) => awaitedBy(term, present));
  const isUnknown = terms.some((term) => figuresOf(term, present, []).length === 0);
  if (isUnknown || awaited.length > 0) return { check: key, why: 'not-stated', awaited };
  if (relation === 'disjoint') return disjoint(check, checked, present, named);
  const [a, b] = [left, right].map((side) =>
    totalOf(side.flatMap((term) => valuesOf(term, present, former))),
  );
  if (a === undefined || b === undefined)
    return { check: key, why: 'too-many-digits', awaited: [] };
  const order = compareDecimals(a, b);
  const holds = { equal: order === 0, 'at-most': order <= 0, 'at-least': order >= 0 }[relation];
  const sign = { equal: '=', 'at-most': '≤', 'at-least': '≥' }[relation];
  return holds ? null : failed(check, checked, named, `${sign} ${b}`, a);
}

function failed(
  { key, severity, left, right }: CrossCheck,
  { figure, indicator, self }: Checked,
  named: readonly ComparedFigure[],
  expected: string | null,
  found: string,
): CheckFinding {
  const own = [...left, ...right].find((term) => term.indicator === indicator);
  const component = own?.component ?? null;
  const index = self.stated?.values.findIndex((value) => value.component === component) ?? -1;
  const others = named.filter((one, place) => {
    return one.figure !== figure && named.findIndex((same) => same.figure === one.figure) === place;
  });
  return finding('check/cross-check', {
    severity,
    component,
    check: key,
    expected,
    found,
    pointer: index < 0 ? '/values' : `/values/${index}`,
    about: others.flatMap(({ figure: other, stated }) => {
      if (stated === null) return [];
      const { version, digest, inForce } = stated;
      return [{ figure: other, version, digest, inForce }];
    }),
  });
}

/** Items by key, and files: one contract cited under two kinds of revenue may be counted twice. */
function disjoint(
  check: CrossCheck,
  checked: Checked,
  present: readonly ComparedFigure[],
  named: readonly ComparedFigure[],
): Outcome {
  const [one, other] = [check.left, check.right].map((side) => {
    const figures = side.flatMap((term) => figuresOf(term, present, []));
    return new Set(
      figures.flatMap(({ stated }) => [
        ...(stated?.values ?? []).flatMap(({ items = [] }) => items.map(({ key }) => key)),
        ...(stated?.evidence ?? []).flatMap(({ evidence }) => evidence ?? []),
      ]),
    );
  });
  const shared = [...(one ?? [])].filter((name) => other?.has(name) === true).sort();
  return shared.length === 0 ? null : failed(check, checked, named, null, shared.join(', '));
}

function figuresOf(
  { indicator, cumulative }: CrossCheckTerm,
  present: readonly ComparedFigure[],
  former: readonly ComparedFigure[],
): ComparedFigure[] {
  const own = present.filter((figure) => figure.indicator === indicator);
  const earlier = cumulative ? former.filter((figure) => figure.indicator === indicator) : [];
  return [...own, ...earlier.filter(({ stated }) => stated !== null)];
}

/** Figures of this round that must speak first; former ones count as far as they go. */
function awaitedBy(term: CrossCheckTerm, present: readonly ComparedFigure[]): FigureId[] {
  return figuresOf(term, present, [])
    .filter(({ stated }) => !stated?.values.some(({ component }) => component === term.component))
    .map(({ figure }) => figure);
}

function valuesOf(
  term: CrossCheckTerm,
  present: readonly ComparedFigure[],
  former: readonly ComparedFigure[],
): Decimal[] {
  return figuresOf(term, present, former).flatMap(({ stated }) => {
    return stated?.values.find(({ component }) => component === term.component)?.value ?? [];
  });
}

/** Per cent of the former value beyond which a change is pointed out: our proposal. */
const jumpPercent = decimal('50');
const hundred = decimal('100');

/**
 * Jumps against the figure's nearest former round: of each number, for ratios of the quotient. A
 * former zero has no relative change, and a former number of another unit is another number.
 */
export function jumps(
  { figure, indicator, self }: Checked,
  { former }: Comparisons,
  { aggregation, components }: Pick<IndicatorDefinition, 'aggregation' | 'components'>,
): CheckFinding[] {
  const suffix = figure.slice(figure.indexOf(`.${indicator}`));
  const before = former.find((one) => one.stated !== null && one.figure.endsWith(suffix));
  if (before?.stated == null || self.stated === null) return [];
  const { version, digest, inForce, values: earlier } = before.stated;
  const about = [{ figure: before.figure, version, digest, inForce }];
  const now = self.stated.values;
  if (aggregation.rule === 'ratio') {
    const crossed = (numerators: typeof now, denominators: typeof now) =>
      productOf(numberIn(numerators, 'numerator'), numberIn(denominators, 'denominator'));
    const [found, expected] = [crossed(now, earlier), crossed(earlier, now)];
    if (!isJump(expected, found)) return [];
    const told = { found: fraction(now), expected: fraction(earlier), pointer: '/values', about };
    return [finding('check/jump', { ...told, component: 'numerator' })];
  }
  return components.filter(isNumeric).flatMap(({ key }) => {
    const index = now.findIndex(({ component }) => component === key);
    const [found, expected] = [numberIn(now, key), numberIn(earlier, key)];
    const isSameUnit = now[index]?.unit === earlier.find((one) => one.component === key)?.unit;
    if (found === undefined || expected === undefined) return [];
    if (!isSameUnit || !isJump(expected, found)) return [];
    const pointer = `/values/${index}/value`;
    return [finding('check/jump', { component: key, pointer, expected, found, about })];
  });
}

function numberIn(
  values: NonNullable<ComparedFigure['stated']>['values'],
  key: string,
): Decimal | undefined {
  return values.find(({ component }) => component === key)?.value;
}

function fraction(values: NonNullable<ComparedFigure['stated']>['values']): string {
  return `${numberIn(values, 'numerator')}/${numberIn(values, 'denominator')}`;
}

function productOf(left: Decimal | undefined, right: Decimal | undefined): Decimal | undefined {
  if (left === undefined || right === undefined) return undefined;
  return exactly(() => multiplyDecimals(left, right));
}

/** |found − expected| × 100 > |expected| × threshold, on integers of any size. */
function isJump(expected: Decimal | undefined, found: Decimal | undefined): boolean {
  if (expected === undefined || found === undefined) return false;
  const zero = decimal('0');
  if (compareDecimals(expected, zero) === 0) return false;
  const change = productOf(distanceOf(found, expected), hundred);
  const bound = productOf(distanceOf(expected, zero), jumpPercent);
  return change !== undefined && bound !== undefined && compareDecimals(change, bound) > 0;
}
