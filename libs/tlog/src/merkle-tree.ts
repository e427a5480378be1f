import { sha256 } from '#kernel';

/**
 * The Merkle tree of RFC 6962, section 2.1, with SHA-256. Indexes and sizes are counts below 2^53:
 * they are halved by division, because the shifts of the language end at 2^31.
 */

/** 32 bytes. */
export type Hash = Uint8Array;

export const hashBytes = 32;

/** A perfect subtree: the `index`-th of the 2^`level` leaves wide ones, counted from the left. */
export type Subtree = { readonly level: number; readonly index: number };

/** Leaves `from` (included) to `to` (excluded). */
export type LeafRange = { readonly from: number; readonly to: number };

const nodeMessage = new Uint8Array(1 + 2 * hashBytes);
nodeMessage[0] = 0x01;

/** SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Hash {
  const message = new Uint8Array(1 + entry.length);
  message.set(entry, 1);
  return sha256(message);
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Hash, right: Hash): Hash {
  if (left.length !== hashBytes || right.length !== hashBytes) {
    throw new TypeError('a node has two hashes of 32 bytes');
  }
  nodeMessage.set(left, 1);
  nodeMessage.set(right, 1 + hashBytes);
  return sha256(nodeMessage);
}

/** Root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Hash = sha256(new Uint8Array(0));

/** The largest power of two strictly below `size`, where a tree of that size is split. */
export function splitOf(size: number): number {
  if (size < 2) throw new TypeError(`a tree of ${size} leaves is not split`);
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/**
 * The perfect subtrees that cover a range, left to right. For the ranges that a tree and its proofs
 * are made of they get smaller to the right, so that {@link rootOf} folds them.
 */
export function subtreesOf({ from, to }: LeafRange): Subtree[] {
  const subtrees: Subtree[] = [];
  for (let next = from; next < to;) {
    let level = 0;
    let width = 1;
    while (next % (width * 2) === 0 && next + width * 2 <= to) {
      width *= 2;
      level += 1;
    }
    subtrees.push({ level, index: next / width });
    next += width;
  }
  return subtrees;
}

/** Folds the roots of a range's subtrees, given left to right, from the right. */
export function rootOf(subtreeRoots: readonly Hash[]): Hash {
  return (
    subtreeRoots.reduceRight<Hash | undefined>(
      (right, left) => (right === undefined ? left : nodeHash(left, right)),
      undefined,
    ) ?? emptyRoot
  );
}

/** Root of two to the power of n hashes of the same level. */
export function perfectRoot(hashes: readonly Hash[]): Hash {
  let level = hashes;
  if (level.length === 0) throw new TypeError('a perfect subtree has at least one hash');
  while (level.length > 1) {
    if (level.length % 2 !== 0) throw new TypeError('a perfect subtree is a power of two wide');
    const above: Hash[] = [];
    for (let index = 0; index < level.length; index += 2) {
      above.push(nodeHash(level[index] as Hash, level[index + 1] as Hash));
    }
    level = above;
  }
  return level[0] as Hash;
}
