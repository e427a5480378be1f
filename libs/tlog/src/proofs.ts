import { areEqual } from './reading.ts';
import { emptyRoot, nodeHash, rootOf, splitOf, subtreesOf } from './merkle-tree.ts';
import type { Hash, LeafRange, Subtree } from './merkle-tree.ts';

/**
 * Inclusion and consistency proofs: made after RFC 6962, sections 2.1.1 and 2.1.2, verified after
 * RFC 9162, sections 2.1.3.2 and 2.1.4.2. A tree below 2^53 leaves has proofs of at most 53 hashes.
 */
export const proofHashesMax = 63;

/**
 * Answers with the root of each subtree, in the order asked. All at once, so that whoever reads
 * tiles from a disk or over a network fetches each of them a single time.
 */
export type HashSource = (subtrees: readonly Subtree[]) => Promise<readonly Hash[]>;

/** The root of the first `size` leaves. */
export async function treeRoot(size: number, source: HashSource): Promise<Hash> {
  if (size === 0) return emptyRoot;
  const [root] = await rootsOf([{ from: 0, to: size }], source);
  return root as Hash;
}

/** PATH(index, D[size]) of RFC 6962: sibling of the leaf first. */
export async function proveInclusion(
  index: number,
  size: number,
  source: HashSource,
): Promise<readonly Hash[]> {
  if (index >= size) throw new TypeError(`leaf ${index} is not in a tree of ${size}`);
  return rootsOf(inclusionRanges(index, size), source);
}

/** PROOF(from, D[to]) of RFC 6962. Empty for equal sizes and for the empty tree. */
export async function proveConsistency(
  from: number,
  to: number,
  source: HashSource,
): Promise<readonly Hash[]> {
  if (from > to) throw new TypeError(`a tree of ${to} does not extend one of ${from}`);
  return rootsOf(consistencyRanges(from, to), source);
}

function inclusionRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let { from, to }: LeafRange = { from: 0, to: size };
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return ranges.reverse();
}

function consistencyRanges(older: number, newer: number): LeafRange[] {
  if (older === 0 || older === newer) return [];
  const ranges: LeafRange[] = [];
  let { from, to }: LeafRange = { from: 0, to: newer };
  // While the part in hand begins with leaf 0 and the older tree ends in it, the verifier knows the
  // older root itself and needs no hash for it: RFC 6962 carries this as the flag b of SUBPROOF.
  while (older !== to) {
    const middle = from + splitOf(to - from);
    if (older <= middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  if (from !== 0) ranges.push({ from, to });
  return ranges.reverse();
}

async function rootsOf(ranges: readonly LeafRange[], source: HashSource): Promise<Hash[]> {
  const parts = ranges.map(subtreesOf);
  const hashes = await source(parts.flat());
  let next = 0;
  return parts.map((part) => {
    const roots = hashes.slice(next, next + part.length);
    next += part.length;
    return rootOf(roots);
  });
}

export type InclusionClaim = {
  readonly leaf: Hash;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Hash[];
  readonly root: Hash;
};

/** True if `leaf` is the `index`-th of the `size` leaves under `root`. Never throws. */
export function verifyInclusion({ leaf, index, size, proof, root }: InclusionClaim): boolean {
  if (!areHashes([leaf, root, ...proof]) || !areSizes(index, size) || index >= size) return false;
  let place = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(place) && place !== 0) {
        place = half(place);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && areEqual(hash, root);
}

export type ConsistencyClaim = {
  readonly older: { readonly size: number; readonly root: Hash };
  readonly newer: { readonly size: number; readonly root: Hash };
  readonly proof: readonly Hash[];
};

/** True if the newer tree begins with all leaves of the older one, in order. Never throws. */
export function verifyConsistency({ older, newer, proof }: ConsistencyClaim): boolean {
  if (!areHashes([older.root, newer.root, ...proof])) return false;
  if (!areSizes(older.size, newer.size) || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && areEqual(older.root, newer.root);
  // Everything extends the empty tree, but only the empty tree has its root.
  if (older.size === 0) return proof.length === 0 && areEqual(older.root, emptyRoot);
  let place = older.size - 1;
  let last = newer.size - 1;
  while (isOdd(place)) {
    place = half(place);
    last = half(last);
  }
  // The place is zero here exactly if the older size is a power of two: its root is in the tree.
  const hashes = place === 0 ? [older.root, ...proof] : [...proof];
  const first = hashes.shift();
  if (first === undefined || (place === 0 && hashes.length === 0)) return false;
  let olderHash = first;
  let newerHash = first;
  for (const sibling of hashes) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      olderHash = nodeHash(sibling, olderHash);
      newerHash = nodeHash(sibling, newerHash);
      while (!isOdd(place) && place !== 0) {
        place = half(place);
        last = half(last);
      }
    } else {
      newerHash = nodeHash(newerHash, sibling);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && areEqual(olderHash, older.root) && areEqual(newerHash, newer.root);
}

function isOdd(count: number): boolean {
  return count % 2 === 1;
}

function half(count: number): number {
  return Math.floor(count / 2);
}

function areSizes(...counts: readonly number[]): boolean {
  return counts.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function areHashes(hashes: readonly Hash[]): boolean {
  return hashes.every(({ length }) => length === emptyRoot.length);
}
