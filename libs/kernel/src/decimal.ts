/**
 * Exact decimals. A figure is a string from the moment it is read to the moment it is printed;
 * arithmetic runs on integers of any size, so no float ever touches it (CONTRACTS 1).
 */

declare const decimalBrand: unique symbol;
/** `-?(0|[1-9]\d*)(\.\d+)?`, never `-0`, at most 34 digits, trailing zeros kept. */
export type Decimal = string & { readonly [decimalBrand]: true };

export const decimalDigitsMax = 34;
const decimalPattern = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

type Scaled = { readonly units: bigint; readonly scale: number };

/** The text as a decimal, or undefined when it is not written in the one accepted form. */
export function parseDecimal(text: unknown): Decimal | undefined {
  if (typeof text !== 'string' || !decimalPattern.test(text)) return undefined;
  const digits = text.replace(/[-.]/g, '');
  if (digits.length > decimalDigitsMax) return undefined;
  if (text.startsWith('-') && /^[0]*$/.test(digits)) return undefined;
  return text as Decimal;
}

/** A decimal written in our own source; throws on a misspelt one. */
export function decimal(text: string): Decimal {
  const value = parseDecimal(text);
  if (value === undefined) throw new TypeError(`not a decimal: "${text}"`);
  return value;
}

/** -1, 0 or 1 by value: `1.50` equals `1.5`. */
export function compareDecimals(left: Decimal, right: Decimal): -1 | 0 | 1 {
  const [a, b] = align(left, right);
  return a.units < b.units ? -1 : a.units > b.units ? 1 : 0;
}

/** This and the other operations throw a RangeError when the exact result exceeds 34 digits. */
export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const [a, b] = align(left, right);
  return format({ units: a.units + b.units, scale: a.scale });
}

export function subtractDecimals(left: Decimal, right: Decimal): Decimal {
  const [a, b] = align(left, right);
  return format({ units: a.units - b.units, scale: a.scale });
}

export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  const a = scaled(left);
  const b = scaled(right);
  return format({ units: a.units * b.units, scale: a.scale + b.scale });
}

/**
 * The quotient rounded half up (away from zero) to `fractionDigits` digits after the point.
 * Undefined when the divisor is zero: a ratio without a denominator has no value.
 */
export function divideDecimals(
  dividend: Decimal,
  divisor: Decimal,
  fractionDigits: number,
): Decimal | undefined {
  const [a, b] = align(dividend, divisor);
  if (b.units === 0n) return undefined;
  const negative = a.units < 0n !== b.units < 0n;
  const numerator = absolute(a.units) * 10n ** BigInt(fractionDigits);
  const denominator = absolute(b.units);
  const rounded = (2n * numerator + denominator) / (2n * denominator);
  return format({ units: negative ? -rounded : rounded, scale: fractionDigits });
}

/** True for `3` and `3.00`, false for `3.5`. */
export function isIntegral(value: Decimal): boolean {
  const { units, scale } = scaled(value);
  return units % 10n ** BigInt(scale) === 0n;
}

export function isNegative(value: Decimal): boolean {
  return value.startsWith('-');
}

/**
 * A non-negative integer below 2^53 in ASCII decimal without leading zeros, or undefined. The
 * built-in conversions also take '', ' 12 ', '0x10' and '1e3': nothing signed may be read by them.
 */
export function parseCount(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** An unsigned integer of any size below 2^64 in canonical ASCII decimal, or undefined. */
export function parseUnsigned64(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !/^(?:0|[1-9][0-9]{0,19})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value < 2n ** 64n ? value : undefined;
}

function scaled(value: Decimal): Scaled {
  const point = value.indexOf('.');
  if (point < 0) return { units: BigInt(value), scale: 0 };
  const scale = value.length - point - 1;
  return { units: BigInt(value.slice(0, point) + value.slice(point + 1)), scale };
}

function align(left: Decimal, right: Decimal): [Scaled, Scaled] {
  const a = scaled(left);
  const b = scaled(right);
  const scale = Math.max(a.scale, b.scale);
  return [widen(a, scale), widen(b, scale)];
}

function widen({ units, scale }: Scaled, to: number): Scaled {
  return { units: units * 10n ** BigInt(to - scale), scale: to };
}

function absolute(units: bigint): bigint {
  return units < 0n ? -units : units;
}

function format({ units, scale }: Scaled): Decimal {
  const digits = absolute(units)
    .toString()
    .padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale > 0 ? `.${digits.slice(digits.length - scale)}` : '';
  const text = `${units < 0n ? '-' : ''}${whole}${fraction}`;
  // Too many digits: an exact result that the stored form cannot hold is never cut in silence.
  if (whole.length + scale > decimalDigitsMax) throw new RangeError(`too many digits: ${text}`);
  return text as Decimal;
}
