import { sha256Into } from '#kernel';
import { hashBytes, tileWidth } from '#tlog';

/**
 * The tree of RFC 6962 made anew, tile after tile, without an object for each hash: hashes lie side by
 * side in the bytes of their tile. Whoever wrote the log used other code for it.
 */
const tileBytes = hashBytes * tileWidth;

/** Hashes each entry of a bundle as a leaf: SHA-256(0x00 ‖ entry). See {@link splitBundle}. */
export function leafHashes(bundle: Uint8Array, starts: Uint32Array, count: number): Uint8Array {
  const tile = new Uint8Array(count * hashBytes);
  for (let at = 0; at < count; at += 1) {
    const from = starts[at] as number;
    const end = (starts[at + 1] as number) - 2;
    // The byte before an entry is the lower half of its length: it stands in for the prefix, so that
    // nothing is copied, and is put back.
    const lengthByte = bundle[from - 1] as number;
    bundle[from - 1] = 0x00;
    sha256Into(bundle.subarray(from - 1, end), tile, at * hashBytes);
    bundle[from - 1] = lengthByte;
  }
  return tile;
}

/** Where the entries of a bundle begin. `fault` says why there are not exactly `width` of them. */
export type SplitBundle = {
  /** Of as many as could be read, and where the next one would begin. */
  readonly starts: Uint32Array;
  readonly count: number;
  readonly fault: string | undefined;
};

/** Reads the lengths of a bundle (c2sp.org/tlog-tiles): uint16, big-endian, before each entry. */
export function splitBundle(bundle: Uint8Array, width: number): SplitBundle {
  const starts = new Uint32Array(width + 1);
  let count = 0;
  let offset = 0;
  while (count < width) {
    const from = offset + 2;
    const end = from + (bundle[offset] ?? 0) * 256 + (bundle[offset + 1] ?? 0);
    if (from > bundle.length || end > bundle.length) {
      const fault = `entry ${count} of ${width} ends beyond byte ${bundle.length}`;
      return { starts: starts.subarray(0, count + 1), count, fault };
    }
    starts[count] = from;
    count += 1;
    offset = end;
    starts[count] = offset + 2;
  }
  const left = bundle.length - offset;
  const fault = left === 0 ? undefined : `${left} bytes after the last of ${width} entries`;
  return { starts, count, fault };
}

/** Scratch for folding: hash `i` begins at byte 1 + 32 · i, so that a prefix fits before each pair. */
const scratch = new Uint8Array(1 + tileBytes);

/** Root of `count` hashes side by side; `count` is a power of two, at most 256. */
export function perfectRootOf(hashes: Uint8Array, from: number, count: number): Uint8Array {
  scratch.set(hashes.subarray(from * hashBytes, (from + count) * hashBytes), 1);
  for (let left = count; left > 1; left /= 2) {
    for (let pair = 0; pair < left / 2; pair += 1) {
      const start = pair * 2 * hashBytes;
      // What stood here is the last byte of the pair before, which has been hashed already.
      scratch[start] = 0x01;
      sha256Into(scratch.subarray(start, start + 1 + 2 * hashBytes), scratch, 1 + pair * hashBytes);
    }
  }
  return scratch.slice(1, 1 + hashBytes);
}

/** A finished tile of a level above the leaves, or the unfinished last one. */
export type MadeTile = {
  readonly level: number;
  readonly index: number;
  readonly width: number;
  readonly hashes: Uint8Array;
};

type Level = { readonly hashes: Uint8Array; count: number; index: number };

/** All levels above the leaves; at most one tile of each is held. */
export class RunningTree {
  private readonly levels: Level[] = [];

  /** Takes the root of the next full leaf tile. Gives the tiles that it fills, lowest first. */
  push(tileRoot: Uint8Array): readonly MadeTile[] {
    const filled: MadeTile[] = [];
    let hash = tileRoot;
    for (let height = 0; ; height += 1) {
      const level = (this.levels[height] ??= {
        hashes: new Uint8Array(tileBytes),
        count: 0,
        index: 0,
      });
      level.hashes.set(hash, level.count * hashBytes);
      level.count += 1;
      if (level.count < tileWidth) return filled;
      const hashes = level.hashes.slice();
      filled.push({ level: height + 1, index: level.index, width: tileWidth, hashes });
      hash = perfectRootOf(hashes, 0, tileWidth);
      level.count = 0;
      level.index += 1;
    }
  }

  unfinished(): readonly MadeTile[] {
    return this.levels.flatMap(({ hashes, count, index }, height) =>
      count === 0
        ? []
        : [{ level: height + 1, index, width: count, hashes: hashes.slice(0, count * hashBytes) }],
    );
  }

  /** Root over everything pushed and `count` leaf hashes behind it. Undefined for no leaf at all. */
  rootWith(leaves: Uint8Array, count: number): Uint8Array | undefined {
    let root: Uint8Array | undefined;
    const all = [{ hashes: leaves, count }, ...this.levels];
    // From the right: the subtrees get larger to the left, within a tile and from level to level.
    for (const { hashes, count: width } of all) {
      for (let spread = 1, end = width; end > 0; spread *= 2) {
        if (end % (spread * 2) === 0) continue;
        end -= spread;
        const left = perfectRootOf(hashes, end, spread);
        root = root === undefined ? left : nodeOf(left, root);
      }
    }
    return root;
  }
}

function nodeOf(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(2 * hashBytes);
  both.set(left);
  both.set(right, hashBytes);
  return perfectRootOf(both, 0, 2);
}
