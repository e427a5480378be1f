import {
  compareDecimals,
  decimal,
  decimalDigitsMax,
  divideDecimals,
  isIntegral,
  isNegative,
  multiplyDecimals,
  parseDecimal,
  textFault,
} from '#kernel';
import type { Decimal } from '#kernel';
import { moneyUnits } from '#catalogue';
import type { ComponentDefinition } from '#catalogue';
import type { ValueInput } from './figures.commands.ts';
import { refuse } from './refusals.ts';
import type { ComponentValue } from './statement.ts';

/**
 * From what was typed to what is kept. Every number is an exact decimal from end to end; money is
 * typed in the declared unit and kept in đồng beside what was typed. Each fault is a refusal that
 * points at the member of the request (RFC 6901), so that a form can show it where it happened.
 */

const keyLengthMax = 200;
const textLengthMax = 4000;

const membersOf: Readonly<Record<ComponentDefinition['type'], readonly (keyof ValueInput)[]>> = {
  decimal: ['value', 'estimated', 'breakdown'],
  count: ['value', 'estimated', 'breakdown'],
  money: ['value', 'estimated', 'breakdown'],
  level: ['text'],
  text: ['text'],
  items: ['items'],
};

/**
 * The values as the ledger keeps them, in the order they were typed. `components` are those that
 * may be stated; each required one must be. Refuses with `value/...` and a pointer below `/values`.
 */
export function readValues(
  inputs: readonly ValueInput[],
  components: readonly ComponentDefinition[],
): ComponentValue[] {
  const seen = new Set<string>();
  const values = inputs.map((input, index) => {
    const pointer = `/values/${index}`;
    const definition = components.find(({ key }) => key === input.component);
    if (definition === undefined) {
      throw refuse('value/unknown-component', {
        pointer: `${pointer}/component`,
        expected: components.map(({ key }) => key),
      });
    }
    if (seen.has(input.component)) {
      throw refuse('value/duplicate-component', { pointer: `${pointer}/component` });
    }
    seen.add(input.component);
    return readValue(input, definition, pointer);
  });
  const absent = components.find(({ key, required }) => required && !seen.has(key));
  if (absent !== undefined) {
    throw refuse('value/required', { pointer: '/values', component: absent.key });
  }
  return values;
}

/** Refuses a text that is empty, too long or not NFC; hands it back otherwise. */
export function readText(
  text: string,
  pointer: string,
  lengthMax = textLengthMax,
  lines: 'one' | 'many' = 'many',
): string {
  const fault = textFault(text, lengthMax, lines);
  if (fault !== undefined) throw refuse('value/text-invalid', { pointer, fault, lengthMax });
  return text;
}

function readValue(
  input: ValueInput,
  definition: ComponentDefinition,
  pointer: string,
): ComponentValue {
  refuseOtherMembers(input, definition, pointer);
  const { key: component, type } = definition;
  switch (type) {
    case 'level':
    case 'text': {
      const lines = type === 'level' ? 'one' : 'many';
      const text = readText(input.text ?? '', `${pointer}/text`, textLengthMax, lines);
      return { component, type, text };
    }
    case 'items':
      return { component, type, items: readItems(input, definition, pointer) };
    case 'decimal':
    case 'count':
    case 'money':
      return readNumeric(input, definition, pointer);
  }
}

/** A member that the type does not use is refused: what is ignored today is a lie tomorrow. */
function refuseOtherMembers(
  input: ValueInput,
  definition: ComponentDefinition,
  pointer: string,
): void {
  const expected = membersOf[definition.type];
  for (const member of ['value', 'text', 'estimated', 'items', 'breakdown'] as const) {
    if (input[member] !== undefined && !expected.includes(member)) {
      throw refuse('value/wrong-member', { pointer: `${pointer}/${member}`, expected });
    }
  }
}

function readNumeric(
  input: ValueInput,
  definition: ComponentDefinition,
  pointer: string,
): ComponentValue {
  const { key: component, type, unit } = definition;
  const entered = readDecimal(input.value, definition, `${pointer}/value`);
  const kept = inKeptUnit(entered, definition, `${pointer}/value`);
  const estimated = readEstimated(input.estimated, kept, definition, `${pointer}/estimated`);
  const breakdown = readBreakdown(input.breakdown, definition, pointer);
  return {
    component,
    type,
    value: kept,
    ...(type === 'money' ? { unit: 'đồng' } : unit !== null && { unit }),
    ...(type === 'money' && unit !== null && { entered: { value: entered, unit } }),
    ...(estimated !== undefined && { estimated }),
    ...(breakdown !== undefined && { breakdown }),
  };
}

function readDecimal(
  text: string | undefined,
  definition: Pick<ComponentDefinition, 'type' | 'scaleMax'>,
  pointer: string,
): Decimal {
  const value = parseDecimal(text);
  if (value === undefined) {
    throw refuse('value/not-a-decimal', { pointer, expected: '-?(0|[1-9]\\d*)(\\.\\d+)?' });
  }
  if (definition.type === 'count' && (isNegative(value) || !isIntegral(value))) {
    throw refuse('value/not-a-count', { pointer, expected: '0|[1-9]\\d*' });
  }
  // Trailing zeros count: they claim a precision that the definition does not know.
  const scale = value.includes('.') ? value.length - value.indexOf('.') - 1 : 0;
  if (definition.scaleMax !== null && scale > definition.scaleMax) {
    throw refuse('value/scale-exceeded', { pointer, expected: definition.scaleMax });
  }
  return value;
}

/** Money in whole đồng, without a fraction; everything else as it was typed. */
function inKeptUnit(value: Decimal, { type, unit }: ComponentDefinition, pointer: string): Decimal {
  if (type !== 'money') return value;
  const factor = unit === null ? undefined : moneyUnits[unit];
  if (factor === undefined) {
    throw refuse('value/unknown-money-unit', { pointer, unit, expected: Object.keys(moneyUnits) });
  }
  // The factor is a power of ten, so the product has just its zeros more.
  const digits = value.replace(/[-.]/g, '').length + factor.length - 1;
  if (digits > decimalDigitsMax) {
    throw refuse('value/too-many-digits', { pointer, expected: decimalDigitsMax });
  }
  const product = multiplyDecimals(value, decimal(factor));
  if (!isIntegral(product)) throw refuse('value/below-one-dong', { pointer });
  const [whole = ''] = product.split('.');
  return decimal(whole);
}

/**
 * The other way round: a kept number as an officer would type it. Exact, since the declared units
 * of money are powers of ten; zeros that claim a precision nobody has are left out.
 */
export function inDeclaredUnit(
  value: Decimal,
  { type, unit }: Pick<ComponentDefinition, 'type' | 'unit'>,
): Decimal {
  const factor = type !== 'money' || unit === null ? undefined : moneyUnits[unit];
  if (factor === undefined) return value;
  const typed = divideDecimals(value, decimal(factor), factor.length - 1) ?? value;
  return typed.includes('.') ? decimal(typed.replace(/\.?0+$/, '')) : typed;
}

/** The estimated part lies between zero and the value, on the value's side of zero. */
function readEstimated(
  text: string | undefined,
  value: Decimal,
  definition: ComponentDefinition,
  pointer: string,
): Decimal | undefined {
  if (text === undefined) return undefined;
  const part = inKeptUnit(readDecimal(text, definition, pointer), definition, pointer);
  const zero = decimal('0');
  const [lowest, highest] = isNegative(value) ? [value, zero] : [zero, value];
  if (compareDecimals(part, lowest) < 0 || compareDecimals(part, highest) > 0) {
    throw refuse('value/estimated-exceeds', { pointer, expected: { from: lowest, to: highest } });
  }
  return part;
}

function readBreakdown(
  rows: ValueInput['breakdown'],
  definition: ComponentDefinition,
  pointer: string,
): ComponentValue['breakdown'] {
  const seen = new Set<string>();
  return rows?.map((row, index) => {
    const at = `${pointer}/breakdown/${index}`;
    const dimension = readText(row.dimension, `${at}/dimension`, keyLengthMax, 'one');
    const item = readText(row.item, `${at}/item`, keyLengthMax, 'one');
    // A line feed cannot stand in either, so the pair is told apart by it.
    const pair = `${dimension}\n${item}`;
    if (seen.has(pair)) throw refuse('value/duplicate-item', { pointer: `${at}/item` });
    seen.add(pair);
    const entered = readDecimal(row.value, definition, `${at}/value`);
    return { dimension, item, value: inKeptUnit(entered, definition, `${at}/value`) };
  });
}

/**
 * Items are told apart by the definition's key. Joining lists over agencies counts a key once, so
 * within one list it must not stand twice.
 */
function readItems(
  input: ValueInput,
  definition: ComponentDefinition,
  pointer: string,
): NonNullable<ComponentValue['items']> {
  if (input.items === undefined) {
    throw refuse('value/wrong-member', { pointer: `${pointer}/items`, expected: ['items'] });
  }
  const seen = new Set<string>();
  return input.items.map((item, index) => {
    const at = `${pointer}/items/${index}`;
    const key = readText(item.key, `${at}/key`, keyLengthMax, 'one');
    if (seen.has(key)) {
      throw refuse('value/duplicate-item', { pointer: `${at}/key`, itemKey: definition.itemKey });
    }
    seen.add(key);
    const label = item.label === undefined ? null : readText(item.label, `${at}/label`);
    const value =
      item.value === undefined ? null : readDecimal(item.value, definition, `${at}/value`);
    return { key, label, value };
  });
}
