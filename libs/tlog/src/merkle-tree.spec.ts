import { describe, expect, test } from '@jest/globals';
import { sha256 } from '#kernel';
import { leafHash, nodeHash, perfectRoot, rootOf, splitOf, subtreesOf } from './merkle-tree.ts';
import { joined, utf8 } from './reading.ts';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((text) => leafHash(utf8(text))) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

describe('hashes', () => {
  test('of a leaf and of a node begin with bytes of their own', () => {
    expect(a).toEqual(sha256(Uint8Array.of(0, 0x61)));
    expect(nodeHash(a, b)).toEqual(sha256(joined(Uint8Array.of(1), a, b)));
  });

  test('of a node take two hashes of 32 bytes', () => {
    const fault = new TypeError('a node has two hashes of 32 bytes');
    expect(() => nodeHash(a.subarray(1), b)).toThrow(fault);
    expect(() => nodeHash(a, b.subarray(1))).toThrow(fault);
    expect(() => nodeHash(joined(a, b), joined(a, b))).toThrow(fault);
  });

  test('of a perfect subtree take a power of two of them', () => {
    expect(perfectRoot([a])).toEqual(a);
    expect(perfectRoot([a, b, c, d])).toEqual(nodeHash(nodeHash(a, b), nodeHash(c, d)));
    expect(() => perfectRoot([])).toThrow(new TypeError('a perfect subtree has at least one hash'));
    const odd = new TypeError('a perfect subtree is a power of two wide');
    expect(() => perfectRoot([a, b, c])).toThrow(odd);
    expect(() => perfectRoot([a, b, c, d, a, b])).toThrow(odd);
  });
});

describe('a tree', () => {
  test('is split at the largest power of two below its size', () => {
    expect([2, 3, 4, 5, 8, 9, 2 ** 40, 2 ** 40 + 1].map(splitOf)).toEqual([
      1,
      2,
      2,
      4,
      4,
      8,
      2 ** 39,
      2 ** 40,
    ]);
    expect(() => splitOf(1)).toThrow(new TypeError('a tree of 1 leaves is not split'));
    expect(() => splitOf(0)).toThrow(new TypeError('a tree of 0 leaves is not split'));
  });

  test('is covered by perfect subtrees, each where its width allows', () => {
    expect(subtreesOf({ from: 0, to: 7 })).toEqual([
      { level: 2, index: 0 },
      { level: 1, index: 2 },
      { level: 0, index: 6 },
    ]);
    // A range that begins in the middle grows to the right as far as it is aligned, and no further.
    expect(subtreesOf({ from: 4, to: 8 })).toEqual([{ level: 2, index: 1 }]);
    expect(subtreesOf({ from: 6, to: 10 })).toEqual([
      { level: 1, index: 3 },
      { level: 1, index: 4 },
    ]);
    expect(subtreesOf({ from: 1, to: 4 })).toEqual([
      { level: 0, index: 1 },
      { level: 1, index: 1 },
    ]);
    expect(subtreesOf({ from: 3, to: 3 })).toEqual([]);
    expect(rootOf([a, b, c])).toEqual(nodeHash(a, nodeHash(b, c)));
  });
});
