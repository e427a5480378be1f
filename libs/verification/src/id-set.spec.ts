import { describe, expect, test } from '@jest/globals';
import { derivedUuid } from '#kernel';
import { IdSet } from './id-set.ts';

const uuidOf = (words: readonly number[]): string => {
  const hex = words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** What undoes a multiplication by an odd number, modulo 2^32. */
function undoing(factor: number): number {
  let inverse = factor;
  for (let round = 0; round < 5; round += 1) {
    inverse = Math.imul(inverse, 2 - Math.imul(factor, inverse));
  }
  return inverse;
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));
const [first, second] = [0xcc9e2d51, 0x1b873593];

/**
 * An id that MurmurHash3 puts at zero, which its end leaves as it is: of 122 bits that are free, 32 are
 * all that it takes. This is what anybody does who read the source.
 */
function atZero(chosen: number): string {
  const words = [chosen, 0x12348abc, 0x9abc0000];
  let hash = 0;
  for (const word of words) {
    hash ^= Math.imul(rotated(Math.imul(word, first), 15), second);
    hash = Math.imul(rotated(hash, 13), 5) + 0xe6546b64;
  }
  const wanted = rotated(Math.imul(-0xe6546b64, undoing(5)), 32 - 13);
  const last = Math.imul(
    rotated(Math.imul(hash ^ wanted, undoing(second)), 32 - 15),
    undoing(first),
  );
  return uuidOf([...words, last]);
}

/** Adds all of them, and tells how many slots and nodes were looked at for each. */
function stepsPerId(ids: IdSet, added: readonly string[], isNew: boolean): number {
  const before = ids.steps;
  expect(added.filter((id) => ids.add(id) !== isNew)).toEqual([]);
  return (ids.steps - before) / added.length;
}

const manyIds = 20_000;
const ordinary = Array.from({ length: manyIds }, (_, at) => derivedUuid(['id', at]));

describe('what an id costs', () => {
  test('is a handful of looks where ids are digests, or counted, or share their beginning', () => {
    const counted = Array.from({ length: manyIds }, (_, at) => uuidOf([7, 0x8000, 0x80000000, at]));
    const began = Array.from({ length: manyIds }, (_, at) => uuidOf([at, 0x8000, 0x80000000, 7]));
    for (const one of [ordinary, counted, began]) {
      const ids = new IdSet();
      expect(stepsPerId(ids, one, true)).toBeLessThan(8);
      expect(stepsPerId(ids, one, false)).toBeLessThan(8);
    }
  });

  test('has a bound where they were chosen to fall upon one place', () => {
    const chosen = Array.from({ length: manyIds }, (_, at) => atZero(at));
    expect(new Set(chosen).size).toBe(manyIds);
    const ids = new IdSet();
    // 32 slots, and twice as many nodes as an id has bits: the tree is walked once more to insert.
    expect(stepsPerId(ids, chosen, true)).toBeGreaterThan(32);
    expect(stepsPerId(ids, chosen, false)).toBeLessThan(32 + 128);
    // The table grows under them, and forgets nobody.
    expect(stepsPerId(ids, ordinary, true)).toBeLessThan(32 + 2 * 128);
    expect(stepsPerId(ids, [...ordinary, ...chosen], false)).toBeLessThan(32 + 128);
  });

  test('has the same bound where each differs from the next in its last bits alone', () => {
    // The worst for the tree: 2^0, 2^1, 2^2 ... hang below one another.
    const thorny = Array.from({ length: 32 }, (_, at) => atZero(2 ** at));
    const ids = new IdSet();
    const others = Array.from({ length: 64 }, (_, at) => atZero(0x00f00000 + at * 0x1000));
    expect(stepsPerId(ids, [...others, ...thorny], true)).toBeLessThan(32 + 2 * 128);
    expect(stepsPerId(ids, [...others, ...thorny], false)).toBeLessThan(32 + 128);
  });
});

test('ids of all kinds are told apart as a set of texts does', () => {
  const ids = new IdSet();
  const known = new Set<string>();
  // Each number twice and more, in an order without a pattern.
  for (let at = 0; at < 6_000; at += 1) {
    const number = (at * 7_919) % 2_503;
    const id = number % 3 === 0 ? derivedUuid(['id', number]) : atZero(number % 1_201);
    expect([id, ids.add(id)]).toEqual([id, !known.has(id)]);
    known.add(id);
  }
});
