import { compareDecimals, divideDecimals, multiplyDecimals } from '#kernel';
import type { Decimal } from '#kernel';

/** Digits after the point of a shown quotient: ours, more than any definition prints. */
export const quotientFractionDigits = 6;

/**
 * A ratio as it is shown: numerator times factor over denominator. The two numbers are the
 * statement and the quotient follows from them; it is rounded for show, stored nowhere and never
 * added or averaged (DOMAIN, value).
 */
export type Quotient = {
  readonly numerator: Decimal;
  readonly denominator: Decimal;
  readonly factor: Decimal | null;
  /** Rounded half up; null with a denominator of zero: "không áp dụng". */
  readonly value: Decimal | null;
  readonly fractionDigits: number;
  readonly isExact: boolean;
};

/** Null where one of the two is missing, or where the exact product cannot be kept. */
export function quotientOf(
  numerator: Decimal | null,
  denominator: Decimal | null,
  factor: Decimal | null,
): Quotient | null {
  if (numerator === null || denominator === null) return null;
  return (
    exactly(() => {
      const dividend = factor === null ? numerator : multiplyDecimals(numerator, factor);
      const fractionDigits = quotientFractionDigits;
      const value = divideDecimals(dividend, denominator, fractionDigits) ?? null;
      const isExact =
        value !== null && compareDecimals(multiplyDecimals(value, denominator), dividend) === 0;
      return { numerator, denominator, factor, value, fractionDigits, isExact };
    }) ?? null
  );
}

/** Undefined where an exact result has more digits than can be kept: nothing is ever cut. */
export function exactly<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
