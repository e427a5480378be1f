import { canonicalBytes } from '#kernel';
import { leafHash, perfectRoot, treeRoot } from '#tlog';
import type { Hash } from '#tlog';

/**
 * Root of RFC 6962 over the JCS of `[stream, lastRevision]` of every stream, in the order of their
 * bytes (CONTRACTS 2): what `log.heads-recorded.v1` states.
 */
export function rootOfHeads(heads: Iterable<readonly [string, number]>): Promise<Hash> {
  const leaves = Array.from(heads, ([stream, revision]) => canonicalBytes([stream, revision]));
  const hashes = leaves.sort(inOrderOfBytes).map(leafHash);
  return treeRoot(hashes.length, async (subtrees) =>
    subtrees.map(({ level, index }) => {
      const spread = 2 ** level;
      return perfectRoot(hashes.slice(index * spread, (index + 1) * spread));
    }),
  );
}

function inOrderOfBytes(left: Uint8Array, right: Uint8Array): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at += 1) {
    const [one, other] = [left[at] as number, right[at] as number];
    if (one !== other) return one - other;
  }
  return left.length - right.length;
}

/**
 * Which stream each of the last entries belonged to, by the number under which the streams came: with
 * it the last revisions of a little while ago are found by counting back. Four bytes for each of the
 * `reach` entries, whatever the log.
 */
export class RecentStreams {
  private readonly ring: Uint32Array;
  private size = 0;

  constructor(reach: number) {
    this.ring = new Uint32Array(reach);
  }

  note(stream: number): void {
    this.ring[this.size % this.ring.length] = stream;
    this.size += 1;
  }

  /** How many entries of each stream came after the first `size`; undefined if too long ago. */
  since(size: number): ReadonlyMap<number, number> | undefined {
    if (this.size - size > this.ring.length) return undefined;
    const counts = new Map<number, number>();
    for (let index = size; index < this.size; index += 1) {
      const stream = this.ring[index % this.ring.length] as number;
      counts.set(stream, (counts.get(stream) ?? 0) + 1);
    }
    return counts;
  }
}
