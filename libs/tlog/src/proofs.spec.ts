import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptyRoot, leafHash, nodeHash, rootOf } from './merkle-tree.ts';
import type { Hash, Subtree } from './merkle-tree.ts';
import { proveConsistency, proveInclusion, treeRoot } from './proofs.ts';
import { verifyConsistency, verifyInclusion } from './proofs.ts';
import type { HashSource } from './proofs.ts';
import { base64, utf8 } from './reading.ts';

const sizeMax = 260;
const leaves = Array.from({ length: sizeMax }, (_, index) => leafHash(utf8(`entry-${index}`)));

/** MTH of RFC 6962, section 2.1, written down as it stands there: what everything is held against. */
function written(hashes: readonly Hash[]): Hash {
  if (hashes.length === 0) return emptyRoot;
  if (hashes.length === 1) return hashes[0] as Hash;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(written(hashes.slice(0, split)), written(hashes.slice(split)));
}

const known = new Map<string, Hash>();
const source: HashSource = async (subtrees) =>
  subtrees.map(({ level, index }: Subtree) => {
    const key = `${level} ${index}`;
    const width = 2 ** level;
    const hash = known.get(key) ?? written(leaves.slice(index * width, (index + 1) * width));
    known.set(key, hash);
    return hash;
  });

const roots = Array.from({ length: sizeMax + 1 }, (_, size) => written(leaves.slice(0, size)));

/** A tree whose leaves are all alike: any size has its subtrees at hand, beyond 2^31 too. */
const levels: Hash[] = [leafHash(utf8('alike'))];
const alike: HashSource = async (subtrees) =>
  subtrees.map(({ level }) => {
    while (levels.length <= level) {
      const below = levels.at(-1) as Hash;
      levels.push(nodeHash(below, below));
    }
    return levels[level] as Hash;
  });

function flipped(hash: Hash, bit: number): Hash {
  const copy = Uint8Array.from(hash);
  copy[Math.floor(bit / 8)] = (copy[Math.floor(bit / 8)] as number) ^ (1 << (bit % 8));
  return copy;
}

describe('the tree', () => {
  test('has the roots that other implementations give', () => {
    expect(base64(emptyRoot)).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
    expect(roots.slice(1, 6).map(base64)).toEqual([
      'QHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU=',
      'LyelCCwdQq+kiKw1Cp/EOQwIT1T3Hs3/hZ6Y24QptHk=',
      'pkvybgkSj2/i/m+LLYyAHhZrV8BHp82bK4Ceepai8cs=',
      'JWueiCXl03CkrgBdCQHqKRl34pJ/XPjj5yZg3QlRnts=',
      'GqaNMHSQWlgfhMu9D3U3lJBP2ARRvEwT5p2aU7xZUCw=',
    ]);
  });

  test('is folded from its perfect subtrees at every size', async () => {
    for (let size = 0; size <= sizeMax; size += 1) {
      expect(base64(await treeRoot(size, source))).toBe(base64(roots[size] as Hash));
    }
    expect(rootOf([])).toEqual(emptyRoot);
  });
});

describe('an inclusion proof', () => {
  test('holds for every leaf of every size', async () => {
    for (let size = 1; size <= sizeMax; size += 1) {
      const root = roots[size] as Hash;
      for (let index = 0; index < size; index += 1) {
        const proof = await proveInclusion(index, size, source);
        const claim = { leaf: leaves[index] as Hash, index, size, proof, root };
        if (!verifyInclusion(claim)) throw new Error(`leaf ${index} of ${size} is not proven`);
      }
    }
  });

  test('holds for nothing else: other leaf, place, size, root, or one hash more or less', async () => {
    for (let size = 2; size <= 70; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proof = await proveInclusion(index, size, source);
        const right = {
          leaf: leaves[index] as Hash,
          index,
          size,
          proof,
          root: roots[size] as Hash,
        };
        const wrong = [
          { ...right, leaf: leaves[(index + 1) % size] as Hash },
          { ...right, index: (index + 1) % size },
          { ...right, size: index },
          { ...right, root: roots[size - 1] as Hash },
          { ...right, proof: [...proof, right.leaf] },
          { ...right, proof: proof.slice(1) },
          { ...right, proof: proof.slice(0, -1) },
          { ...right, index: -1 },
          { ...right, index: index + 0.5 },
          { ...right, root: right.root.slice(1) },
        ];
        expect(wrong.map(verifyInclusion)).toEqual(wrong.map(() => false));
      }
    }
  });

  test('breaks with any bit of any of its hashes', async () => {
    const [index, size] = [37, 70];
    const proof = await proveInclusion(index, size, source);
    const right = { leaf: leaves[index] as Hash, index, size, proof, root: roots[size] as Hash };
    for (let bit = 0; bit < 256; bit += 1) {
      expect(verifyInclusion({ ...right, leaf: flipped(right.leaf, bit) })).toBe(false);
      expect(verifyInclusion({ ...right, root: flipped(right.root, bit) })).toBe(false);
      for (const place of proof.keys()) {
        const altered = proof.map((hash, at) => (at === place ? flipped(hash, bit) : hash));
        expect(verifyInclusion({ ...right, proof: altered })).toBe(false);
      }
    }
  });

  test('reaches beyond 2^31 leaves, up to the last size there is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        async (size, part) => {
          const index = Math.min(size - 1, Math.floor(size * part));
          const [proof, root] = [
            await proveInclusion(index, size, alike),
            await treeRoot(size, alike),
          ];
          const claim = { leaf: levels[0] as Hash, index, size, proof, root };
          expect(verifyInclusion(claim)).toBe(true);
          const last = proof.length - 1;
          const bent = proof.map((hash, at) => (at === last ? flipped(hash, 5) : hash));
          expect(verifyInclusion({ ...claim, proof: bent })).toBe(proof.length === 0);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('is not made for a leaf that is not there', async () => {
    await expect(proveInclusion(5, 5, source)).rejects.toThrow(TypeError);
  });
});

describe('a consistency proof', () => {
  test('holds between every two sizes', async () => {
    for (let to = 0; to <= sizeMax; to += 1) {
      for (let from = 0; from <= to; from += 1) {
        const proof = await proveConsistency(from, to, source);
        const older = { size: from, root: roots[from] as Hash };
        const newer = { size: to, root: roots[to] as Hash };
        if (!verifyConsistency({ older, newer, proof })) throw new Error(`${from} to ${to}`);
      }
    }
  });

  test('holds for no other roots, sizes or hashes', async () => {
    for (let to = 1; to <= 70; to += 1) {
      for (let from = 1; from < to; from += 1) {
        const proof = await proveConsistency(from, to, source);
        const older = { size: from, root: roots[from] as Hash };
        const newer = { size: to, root: roots[to] as Hash };
        const wrong = [
          { older: { ...older, root: newer.root }, newer, proof },
          { older, newer: { ...newer, root: older.root }, proof },
          { older: { ...older, size: from - 1 }, newer, proof },
          { older: newer, newer: older, proof },
          { older, newer: { ...newer, size: from }, proof },
          { older, newer, proof: [...proof, older.root] },
          { older, newer, proof: proof.slice(1) },
          { older, newer, proof: proof.slice(0, -1) },
          { older, newer, proof: [] },
          { older, newer: { ...newer, size: to + 0.5 }, proof },
          ...proof.map((_, place) => ({
            older,
            newer,
            proof: proof.map((hash, at) => (at === place ? flipped(hash, 77) : hash)),
          })),
        ];
        expect(wrong.map(verifyConsistency)).toEqual(wrong.map(() => false));
      }
    }
  });

  test('from the empty tree is empty, and wants its root', () => {
    const newer = { size: 3, root: roots[3] as Hash };
    const older = { size: 0, root: emptyRoot };
    expect(verifyConsistency({ older, newer, proof: [] })).toBe(true);
    expect(verifyConsistency({ older, newer, proof: [emptyRoot] })).toBe(false);
    expect(verifyConsistency({ older: { ...older, root: newer.root }, newer, proof: [] })).toBe(
      false,
    );
  });

  test('reaches beyond 2^31 leaves', async () => {
    const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    await fc.assert(
      fc.asyncProperty(size, size, async (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const proof = await proveConsistency(from, to, alike);
        const older = { size: from, root: await treeRoot(from, alike) };
        const newer = { size: to, root: await treeRoot(to, alike) };
        expect(verifyConsistency({ older, newer, proof })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('claims that are not proofs', () => {
  const [one, two, three, four] = ['a', 'b', 'c', 'd'].map((text) => leafHash(utf8(text))) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const [left, right] = [nodeHash(one, two), nodeHash(three, four)];
  const root = nodeHash(left, right);

  test('an inclusion proof that ends below the root', () => {
    const claim = { leaf: one, index: 0, size: 4, proof: [two, right], root };
    expect(verifyInclusion(claim)).toBe(true);
    expect(verifyInclusion({ ...claim, proof: [two], root: left })).toBe(false);
    expect(verifyInclusion({ ...claim, proof: [], root: one })).toBe(false);
    expect(verifyInclusion({ ...claim, size: 1, proof: [two], root: left })).toBe(false);
  });

  test('hashes of another length are no reason to throw', () => {
    const short = new Uint8Array(31);
    const claim = { leaf: one, index: 0, size: 4, proof: [two, right], root };
    expect(verifyInclusion({ ...claim, proof: [two, short] })).toBe(false);
    expect(verifyInclusion({ ...claim, leaf: short })).toBe(false);
    expect(
      verifyInclusion({ ...claim, index: 0, size: 1, proof: [], leaf: short, root: short }),
    ).toBe(false);
    const older = { size: 2, root: left };
    const newer = { size: 4, root };
    expect(verifyConsistency({ older, newer, proof: [right] })).toBe(true);
    expect(verifyConsistency({ older, newer, proof: [short] })).toBe(false);
    const same = { size: 2, root: short };
    expect(verifyConsistency({ older: same, newer: same, proof: [] })).toBe(false);
  });

  test('a consistency proof backwards, of too little, or of too much', () => {
    const [two2, four4] = [
      { size: 2, root: left },
      { size: 4, root },
    ];
    expect(verifyConsistency({ older: four4, newer: two2, proof: [right] })).toBe(false);
    expect(verifyConsistency({ older: four4, newer: two2, proof: [] })).toBe(false);
    expect(verifyConsistency({ older: two2, newer: four4, proof: [] })).toBe(false);
    expect(verifyConsistency({ older: two2, newer: { size: 4, root: left }, proof: [] })).toBe(
      false,
    );
    expect(verifyConsistency({ older: { size: 3, root: left }, newer: four4, proof: [] })).toBe(
      false,
    );
    expect(verifyConsistency({ older: two2, newer: two2, proof: [] })).toBe(true);
    expect(verifyConsistency({ older: two2, newer: two2, proof: [right] })).toBe(false);
    expect(verifyConsistency({ older: two2, newer: { size: 2, root }, proof: [] })).toBe(false);
  });

  test('what cannot be proven is refused with both sizes', async () => {
    const nothing = async () => [];
    await expect(proveInclusion(4, 4, nothing)).rejects.toThrow('leaf 4 is not in a tree of 4');
    await expect(proveConsistency(5, 4, nothing)).rejects.toThrow(
      'a tree of 4 does not extend one of 5',
    );
  });
});
