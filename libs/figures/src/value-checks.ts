import {
  compareDecimals,
  decimal,
  isIntegral,
  isNegative,
  parseDecimal,
  subtractDecimals,
} from '#kernel';
import type { Decimal } from '#kernel';
import type { ComponentDefinition, IndicatorDefinition } from '#catalogue';
import { finding } from './check-catalogue.ts';
import type { CheckFinding } from './check-catalogue.ts';
import { hIndexOf } from './item-lists.ts';
import { exactly } from './quotient.ts';
import { isNumeric, totalOf } from './roll-up.ts';
import type { ComponentValue, Statement } from './statement.ts';

/**
 * What can be seen in the values of one version alone, held against the definition in force. Most
 * of it cannot be handed in wrongly; it becomes wrong when the definition moves on.
 */
type Definition = Pick<IndicatorDefinition, 'unit' | 'aggregation' | 'components'>;

const zero = decimal('0');
const hundred = decimal('100');

export function valueFindings(
  values: readonly ComponentValue[],
  definition: Definition,
): CheckFinding[] {
  const { components } = definition;
  const absent = components.filter(
    ({ key, required }) => required && !values.some(({ component }) => component === key),
  );
  return [
    ...absent.map(({ key }) =>
      finding('check/component-missing', { component: key, pointer: '/values' }),
    ),
    ...values.flatMap((value, index) => {
      const component = components.find(({ key }) => key === value.component);
      const pointer = `/values/${index}`;
      return component === undefined
        ? [finding('check/component-unknown', { component: value.component, pointer })]
        : findingsOf(value, component, definition, pointer);
    }),
    ...ratioFindings(values, definition),
    ...listFindings(values, definition),
  ];
}

/** Findings that say: under this definition such a statement could not have been handed in. */
const misfits: readonly CheckFinding['code'][] = [
  'check/component-missing',
  'check/component-unknown',
  'check/type-differs',
  'check/unit-differs',
  'check/scale-exceeded',
  'check/not-a-count',
  'check/level-outside-scale',
];

/** Why a statement cannot count as an answer to a definition; nothing where it can. */
export function definitionMisfits(
  { status, values }: Pick<Statement, 'status' | 'values'>,
  definition: Definition,
): CheckFinding[] {
  // What was declared unavailable states nothing that could fail to fit.
  if (status === 'M') return [];
  return valueFindings(values, definition).filter(({ code }) => misfits.includes(code));
}

function findingsOf(
  value: ComponentValue,
  component: ComponentDefinition,
  definition: Definition,
  pointer: string,
): CheckFinding[] {
  const { key, type } = component;
  if (value.type !== type) {
    const told = { component: key, pointer: `${pointer}/type`, expected: type, found: value.type };
    return [finding('check/type-differs', told)];
  }
  if (type === 'level') return levelFindings(value, component, definition, `${pointer}/text`);
  return value.value === undefined
    ? []
    : numberFindings(value, value.value, component, `${pointer}/value`);
}

/**
 * One to three digits, a point and three digits: in Vietnamese, thousands. It is read as decimals are
 * everywhere here, and whoever verifies is told so, because it may have been copied from a paper.
 */
const looksGrouped = /^-?[1-9][0-9]{0,2}\.[0-9]{3}$/;

function numberFindings(
  { component, unit, entered, breakdown = [] }: ComponentValue,
  value: Decimal,
  { type, unit: asked, scaleMax }: ComponentDefinition,
  pointer: string,
): CheckFinding[] {
  const typed = entered?.value ?? value;
  const typedUnit = entered?.unit ?? unit ?? null;
  const scale = typed.includes('.') ? typed.length - typed.indexOf('.') - 1 : 0;
  const isPercentage = asked === '%';
  const isOutside = compareDecimals(value, zero) < 0 || compareDecimals(value, hundred) > 0;
  const common = { component, pointer, found: typed };
  const found: CheckFinding[] = [];
  if (typedUnit !== asked) {
    const told = { ...common, expected: asked, found: typedUnit };
    found.push(finding('check/unit-differs', told));
  }
  if (scaleMax !== null && scale > scaleMax) {
    found.push(finding('check/scale-exceeded', { ...common, expected: String(scaleMax) }));
  }
  if (looksGrouped.test(typed)) {
    const read = typed.replace(/\.?0+$/, '');
    found.push(finding('check/point-read-as-decimal', { ...common, found: `${typed} = ${read}` }));
  }
  if (type === 'count' && (isNegative(value) || !isIntegral(value))) {
    found.push(finding('check/not-a-count', common));
  } else if (isPercentage && isOutside) {
    found.push(finding('check/percentage-outside', { ...common, expected: '0–100' }));
  } else if (isNegative(value)) {
    found.push(finding('check/negative', common));
  }
  return [...found, ...breakdownFindings(breakdown, value, component, pointer)];
}

/** Each dimension is a view of the whole and adds up to it by itself. */
function breakdownFindings(
  rows: NonNullable<ComponentValue['breakdown']>,
  value: Decimal,
  component: string,
  pointer: string,
): CheckFinding[] {
  const dimensions = [...new Set(rows.map(({ dimension }) => dimension))];
  return dimensions.flatMap((dimension) => {
    const own = rows.filter((row) => row.dimension === dimension);
    const total = totalOf(own.map((row) => row.value));
    if (total === undefined || compareDecimals(total, value) === 0) return [];
    const told = { component, pointer, expected: value, found: `${dimension}: ${total}` };
    return [finding('check/breakdown-differs', told)];
  });
}

/** A scale is only known where the label or the unit prints it: `mức (1–5)`, `TRL 1–9`. */
function levelFindings(
  { component, text = '' }: ComponentValue,
  { label }: ComponentDefinition,
  { unit }: Definition,
  pointer: string,
): CheckFinding[] {
  const scale = /(\d+)\s*[–-]\s*(\d+)/u.exec(label.vi) ?? /(\d+)\s*[–-]\s*(\d+)/u.exec(unit ?? '');
  const [lowest, highest] = [parseDecimal(scale?.[1]), parseDecimal(scale?.[2])];
  if (lowest === undefined || highest === undefined) return [];
  const told = { component, pointer, expected: `${lowest}–${highest}`, found: text };
  const level = parseDecimal(text.trim());
  if (level === undefined) return [finding('check/level-not-a-number', told)];
  const isInside = compareDecimals(level, lowest) >= 0 && compareDecimals(level, highest) <= 0;
  return isInside ? [] : [finding('check/level-outside-scale', told)];
}

/**
 * A ratio of factor 100 whose two numbers have one unit is a share of a whole. One of other units
 * (đồng for each paper, people in ten thousand) has no such bound.
 */
function ratioFindings(values: readonly ComponentValue[], definition: Definition): CheckFinding[] {
  const { rule, factor } = definition.aggregation;
  const [numerator, denominator] = ['numerator', 'denominator'].map((key) => {
    const component = definition.components.find((one) => one.key === key);
    const index = values.findIndex((value) => value.component === key);
    const value = values[index]?.value;
    return component === undefined || value === undefined
      ? undefined
      : { unit: component.unit, value, pointer: `/values/${index}/value` };
  });
  if (numerator === undefined || denominator === undefined) return [];
  if (compareDecimals(denominator.value, zero) === 0) {
    const { pointer, value: found } = denominator;
    return [finding('check/denominator-zero', { component: 'denominator', pointer, found })];
  }
  const isShare =
    rule === 'ratio' &&
    factor !== null &&
    compareDecimals(factor, hundred) === 0 &&
    numerator.unit === denominator.unit;
  if (!isShare || compareDecimals(numerator.value, denominator.value) <= 0) return [];
  const { pointer, value: found } = numerator;
  const told = { component: 'numerator', pointer, expected: `≤ ${denominator.value}`, found };
  return [finding('check/share-above-whole', told)];
}

/** A number that follows from its list agrees with it. */
function listFindings(values: readonly ComponentValue[], definition: Definition): CheckFinding[] {
  const {
    components,
    aggregation: { rule },
  } = definition;
  const list = values.find(({ type }) => type === 'items');
  if (list?.items === undefined || (rule !== 'distinct-sum' && rule !== 'recompute')) return [];
  const computed = components.find((one) =>
    rule === 'recompute' ? isNumeric(one) : one.type === 'count',
  );
  const index = values.findIndex(({ component }) => component === computed?.key);
  const found = values[index]?.value;
  if (computed === undefined || found === undefined) return [];
  const citations = list.items.flatMap(({ value }) => value ?? []);
  if (rule === 'recompute' && citations.length < list.items.length) return [];
  const expected = rule === 'recompute' ? hIndexOf(citations) : decimal(String(list.items.length));
  if (compareDecimals(found, expected) === 0) return [];
  const code = rule === 'recompute' ? 'check/not-recomputed' : 'check/list-count-differs';
  const pointer = `/values/${index}/value`;
  return [finding(code, { component: computed.key, pointer, expected, found })];
}

/** The difference of two numbers without its sign; undefined where it cannot be kept. */
export function distanceOf(left: Decimal, right: Decimal): Decimal | undefined {
  const [low, high] = compareDecimals(left, right) < 0 ? [left, right] : [right, left];
  return exactly(() => subtractDecimals(high, low));
}
