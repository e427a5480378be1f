import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from '@jest/globals';
import { isStrictPoint } from './ed25519-encoding.ts';
import { verifyEd25519 as verifyByNode } from './ed25519-node.ts';
import { verifyEd25519 as verifyByNoble } from './ed25519-noble.ts';
import { edgeCases } from './ed25519.contract.ts';
import type { EdgeCase } from './ed25519.contract.ts';
import { areEqual, joined } from './reading.ts';

const cases = edgeCases();
const { Point } = ed25519;

/** RFC 8032 section 5.1.7 without the cofactor, of points in any spelling: OpenSSL's and Go's answer. */
function holdsBare({ key, message, signature }: EdgeCase): boolean {
  const [encodedR, encodedS] = [signature.subarray(0, 32), signature.subarray(32)];
  const s = bytesToNumberLE(encodedS);
  if (s >= Point.Fn.ORDER) return false;
  const h = Point.Fn.create(bytesToNumberLE(sha512(joined(encodedR, key, message))));
  const made = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(key, true).multiplyUnsafe(h));
  return areEqual(made.toBytes(), encodedR);
}

describe('signatures at the edge of Ed25519', () => {
  test.each([
    ['Node', verifyByNode],
    ['a browser', verifyByNoble],
  ] as const)('are judged alike: in %s', (_place, verify) => {
    const found = cases.map(({ name, key, message, signature }) => {
      return [name, verify(key, message, signature)];
    });
    expect(found).toEqual(cases.map(({ name, isValid }) => [name, isValid]));
  });

  test('are refused by a stricter rule only where the equation holds', () => {
    const found = cases
      .filter(({ name }) => name !== 'key off the curve')
      .map((one) => [one.name, holdsBare(one), one.isValid || one.isLaxlyValid === true]);
    expect(found).toEqual(found.map(([name, holds]) => [name, holds, holds]));
    expect(cases.filter(({ isLaxlyValid }) => isLaxlyValid === true).length).toBe(23);
  });

  test('include what the cofactored equation of noble cannot tell', () => {
    const untold = cases.filter(({ isValid, key, message, signature }) => {
      return !isValid && ed25519.verify(signature, message, key, { zip215: false });
    });
    expect(untold.map(({ name }) => name)).toContain('R with 1/8 added');
    expect(cases.length).toBeGreaterThan(60);
  });
});

test('of a key and of R there is one spelling, and of the points of small order none', () => {
  const encoded = (first: number, middle: number, last: number): Uint8Array =>
    new Uint8Array(32).fill(middle).with(0, first).with(31, last);
  const spelled = [
    [0xec, 0xff, 0x7f, false],
    [0xec, 0xff, 0xff, false],
    [0xeb, 0xff, 0x7f, true],
    [0xeb, 0xff, 0xff, true],
    [0xed, 0xff, 0x7f, false],
    [0xed, 0xfe, 0x7f, true],
    [0xff, 0xff, 0xff, false],
    [0xff, 0xff, 0x7e, true],
    [0x00, 0x00, 0x00, false],
    [0x00, 0x00, 0x80, false],
    [0x01, 0x00, 0x00, false],
    [0x01, 0x00, 0x80, false],
    [0x01, 0x01, 0x80, true],
    [0x02, 0x00, 0x00, true],
  ] as const;
  const found = spelled.map(([first, middle, last]) => [
    first,
    middle,
    last,
    isStrictPoint(encoded(first, middle, last)),
  ]);
  expect(found).toEqual(spelled);
  const lengths = [31, 33].map((length) => isStrictPoint(new Uint8Array(length).fill(9)));
  expect(lengths).toEqual([false, false]);
});
