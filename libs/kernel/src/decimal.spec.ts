import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addDecimals,
  compareDecimals,
  decimal,
  divideDecimals,
  isIntegral,
  isNegative,
  multiplyDecimals,
  parseCount,
  parseDecimal,
  parseUnsigned64,
  subtractDecimals,
} from './decimal.ts';
import type { Decimal } from './decimal.ts';

/** The value as a fraction of two integers, by other means than the code under test uses. */
type Rational = { readonly over: bigint; readonly under: bigint };

function rational(text: string): Rational {
  const [whole, fraction = ''] = text.split('.') as [string, string?];
  return { over: BigInt(whole + fraction), under: BigInt(`1${'0'.repeat(fraction.length)}`) };
}

const same = (a: Rational, b: Rational) => a.over * b.under === b.over * a.under;

/** Decimals up to 15 digits, so that no sum and no product leaves the 34 digits. */
const decimals = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }),
    fc.integer({ min: 0, max: 15 }),
  )
  .map(([units, scale]) => {
    const digits = `${units < 0n ? -units : units}`.padStart(scale + 1, '0');
    const point = digits.length - scale;
    const sign = units < 0n ? '-' : '';
    return decimal(`${sign}${digits.slice(0, point)}${scale > 0 ? '.' : ''}${digits.slice(point)}`);
  });

describe('the form', () => {
  test.each([
    '0',
    '0.0',
    '0.00',
    '7',
    '-7',
    '10',
    '1.50',
    '-0.5',
    '0.05',
    '9'.repeat(34),
    `0.${'1'.repeat(33)}`,
  ])('%s is a decimal and stays as it is written', (text) => {
    expect(parseDecimal(text)).toBe(text);
  });

  test.each([
    '',
    ' ',
    '-',
    '.',
    '1.',
    '.5',
    '00',
    '01',
    '-01',
    '+1',
    '-0',
    '-0.0',
    '-0.00',
    '1e3',
    '1E3',
    '0x10',
    '1_000',
    '1,5',
    '1.5.0',
    ' 1',
    '1 ',
    '1\n',
    '٣',
    '１',
    'NaN',
    'Infinity',
    '--1',
    '9'.repeat(35),
    `0.${'1'.repeat(34)}`,
  ])('%j is none', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
    expect(() => decimal(text)).toThrow(TypeError);
  });

  test('only a string is read', () => {
    for (const value of [1, 1n, null, undefined, ['1'], { toString: () => '1' }]) {
      expect(parseDecimal(value)).toBeUndefined();
    }
  });
});

describe('arithmetic is that of fractions', () => {
  const check = (property: (a: Decimal, b: Decimal) => void) =>
    fc.assert(fc.property(decimals, decimals, property));

  test('comparison', () =>
    check((a, b) => {
      const [x, y] = [rational(a), rational(b)];
      const difference = x.over * y.under - y.over * x.under;
      expect(compareDecimals(a, b)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
    }));

  test('sum, difference and product, each in the accepted form', () =>
    check((a, b) => {
      const [x, y] = [rational(a), rational(b)];
      const results: [Decimal, Rational][] = [
        [
          addDecimals(a, b),
          { over: x.over * y.under + y.over * x.under, under: x.under * y.under },
        ],
        [
          subtractDecimals(a, b),
          { over: x.over * y.under - y.over * x.under, under: x.under * y.under },
        ],
        [multiplyDecimals(a, b), { over: x.over * y.over, under: x.under * y.under }],
      ];
      for (const [result, expected] of results) {
        expect(parseDecimal(result)).toBe(result);
        expect(same(rational(result), expected)).toBe(true);
      }
    }));

  test('quotient: never further off than half of the last digit, and away from zero at half', () => {
    fc.assert(
      fc.property(decimals, decimals, fc.integer({ min: 0, max: 4 }), (a, b, digits) => {
        const quotient = divideDecimals(a, b, digits);
        const [x, y] = [rational(a), rational(b)];
        if (y.over === 0n) return expect(quotient).toBeUndefined();
        expect(quotient).toMatch(
          digits === 0 ? /^-?[0-9]+$/ : new RegExp(`^-?[0-9]+\\.[0-9]{${digits}}$`),
        );
        // |q - x/y| * 2 * 10^digits <= 1, and at 1 the quotient is the one further from zero.
        const q = rational(quotient!);
        const over =
          absolute(q.over * x.under * y.over - x.over * y.under * q.under) *
          2n *
          10n ** BigInt(digits);
        const under = absolute(q.under * x.under * y.over);
        expect(over <= under).toBe(true);
        const isFurther =
          absolute(q.over * x.under * y.over) > absolute(x.over * y.under * q.under);
        if (over === under) expect(isFurther).toBe(true);
      }),
    );
  });

  test.each([
    ['1', '3', 2, '0.33'],
    ['2', '3', 2, '0.67'],
    ['1', '8', 2, '0.13'],
    ['-1', '8', 2, '-0.13'],
    ['1', '-8', 2, '-0.13'],
    ['-1', '-8', 2, '0.13'],
    ['-1', '1000', 2, '0.00'],
    ['5', '10', 0, '1'],
    ['4', '10', 0, '0'],
    ['0', '7', 3, '0.000'],
    ['12.50', '0.5', 1, '25.0'],
    ['9999', '10000', 3, '1.000'],
  ] as const)('%s / %s to %i digits is %s', (a, b, digits, expected) => {
    expect(divideDecimals(decimal(a), decimal(b), digits)).toBe(expected);
  });

  test('scales: a sum keeps the longer one, a product adds them, nothing becomes -0', () => {
    expect(addDecimals(decimal('1.50'), decimal('2.5'))).toBe('4.00');
    expect(subtractDecimals(decimal('0.1'), decimal('0.10'))).toBe('0.00');
    expect(addDecimals(decimal('-1.5'), decimal('1.5'))).toBe('0.0');
    expect(multiplyDecimals(decimal('-0.5'), decimal('0.00'))).toBe('0.000');
    expect(addDecimals(decimal('0.1'), decimal('0.2'))).toBe('0.3');
  });

  test('integral and negative are about the value', () => {
    for (const text of ['3', '3.00', '0', '-4.0', '0.000'])
      expect(isIntegral(decimal(text))).toBe(true);
    for (const text of ['3.5', '0.001', '-0.10']) expect(isIntegral(decimal(text))).toBe(false);
    expect(isNegative(decimal('-0.01'))).toBe(true);
    expect(isNegative(decimal('0'))).toBe(false);
  });
});

describe('counts', () => {
  test('are read in one form only', () => {
    expect([parseCount('0'), parseCount('42'), parseCount('9007199254740991')]).toStrictEqual([
      0, 42, 9007199254740991,
    ]);
    expect(parseUnsigned64('18446744073709551615')).toBe(2n ** 64n - 1n);
    expect(parseUnsigned64('0')).toBe(0n);
    for (const wrong of [
      '',
      '-1',
      '+1',
      '01',
      '1.0',
      '1e3',
      ' 1',
      '1 ',
      '0x1',
      '１',
      '1n',
      1,
      1n,
      null,
      undefined,
    ]) {
      expect(parseCount(wrong)).toBeUndefined();
      expect(parseUnsigned64(wrong)).toBeUndefined();
    }
    expect(parseCount('9007199254740992')).toBeUndefined();
    expect(parseUnsigned64('18446744073709551616')).toBeUndefined();
    expect(parseUnsigned64('99999999999999999999')).toBeUndefined();
  });
});

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

test('an exact result with more than 34 digits is an error, never cut', () => {
  const largest = decimal('9'.repeat(34));
  expect(() => addDecimals(largest, decimal('1'))).toThrow(RangeError);
  expect(() => multiplyDecimals(largest, decimal('10'))).toThrow(RangeError);
  expect(subtractDecimals(largest, decimal('1'))).toBe(`${'9'.repeat(33)}8`);
});
