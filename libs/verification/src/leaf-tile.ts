import { base64, hashBytes, hashInTile, tilePath, tileWidth } from '#tlog';
import { readEntry } from './entry-form.ts';
import type { FindingList, Place } from './findings.ts';
import { leafHashes, perfectRootOf, splitBundle } from './running-tree.ts';
import type { SplitBundle } from './running-tree.ts';

/** What was read for the leaves 256 · `index` and on: the bundle of entries and the tile of hashes. */
export type LeafTileParts = {
  readonly index: number;
  readonly width: number;
  /** Undefined where it is not there, `closed` where the reader may not see it. */
  readonly bundle: Uint8Array | 'closed' | undefined;
  readonly tile: Uint8Array | undefined;
};

export type CheckedLeafTile = {
  /** The leaf hashes to go on with; undefined where neither part could be read. */
  readonly hashes: Uint8Array | undefined;
  /** Entries as far as they could be read, whatever they are worth, and their hashes. */
  readonly split: SplitBundle | undefined;
  readonly made: Uint8Array | undefined;
  /** Both parts were read, they differ, and the tile above settles for neither. */
  readonly undecided: { readonly ofEntries: Uint8Array; readonly ofTile: Uint8Array } | undefined;
};

/** The hash that the tile above holds for a full leaf tile; undefined where there is none. */
export type ParentHash = (index: number) => Promise<Uint8Array | undefined>;

/**
 * Hashes the entries again and compares with the stored tile, byte for byte. Where the two differ, the
 * tile above is the third witness: the side that it agrees with is gone on with, and the other one
 * is reported. The signed root has the last word over all of it.
 */
export async function checkLeafTile(
  parts: LeafTileParts,
  parentHash: ParentHash,
  findings: FindingList,
): Promise<CheckedLeafTile> {
  const { index, width, bundle } = parts;
  const ofTile = readHashes(parts, findings);
  if (bundle === 'closed')
    return { hashes: ofTile, split: undefined, made: undefined, undecided: undefined };
  const path = tilePath({ level: 'entries', index, width });
  if (bundle === undefined) {
    findings.add('log/bundle-missing', { path, index: index * tileWidth });
    return { hashes: ofTile, split: undefined, made: undefined, undecided: undefined };
  }
  const split = splitBundle(bundle, width);
  const made = leafHashes(bundle, split.starts, split.count);
  if (split.fault !== undefined) {
    const agreed = ofTile === undefined ? undefined : firstDifference(made, ofTile);
    const at = Math.min(agreed ?? split.count, width - 1);
    findings.add('log/bundle-malformed', {
      path,
      index: index * tileWidth + at,
      detail: split.fault,
    });
    // Once a length is wrong, what follows is no entry: only what the tile knows is looked into.
    const count = ofTile === undefined ? 0 : (agreed ?? split.count);
    return { hashes: ofTile, split: { ...split, count }, made, undecided: undefined };
  }
  if (ofTile === undefined) return { hashes: made, split, made, undecided: undefined };
  if (firstDifference(made, ofTile) === undefined) {
    return { hashes: made, split, made, undecided: undefined };
  }
  const parent = width === tileWidth ? await parentHash(index) : undefined;
  if (isRootOf(parent, made, width)) {
    reportTile(index, width, made, ofTile, findings);
    return { hashes: made, split, made, undecided: undefined };
  }
  if (isRootOf(parent, ofTile, width)) {
    reportEntries(index, ofTile, made, findings, { describe: describing(bundle, split) });
    return { hashes: ofTile, split, made, undecided: undefined };
  }
  return { hashes: made, split, made, undecided: { ofEntries: made, ofTile } };
}

function readHashes({ index, width, tile }: LeafTileParts, findings: FindingList) {
  const path = tilePath({ level: 0, index, width });
  if (tile === undefined) findings.add('log/tile-missing', { path });
  else if (tile.length !== width * hashBytes) {
    findings.add('log/tile-malformed', { path, detail: `${tile.length} bytes` });
  } else return tile;
  return undefined;
}

function isRootOf(parent: Uint8Array | undefined, hashes: Uint8Array, width: number): boolean {
  return parent !== undefined && isSame(perfectRootOf(hashes, 0, width), parent);
}

/** The entries are right: the tile is not. One finding a tile, at its first wrong hash. */
export function reportTile(
  index: number,
  width: number,
  right: Uint8Array,
  wrong: Uint8Array,
  findings: FindingList,
): void {
  const path = tilePath({ level: 0, index, width });
  findings.add('log/tile-differs', { path, ...differenceAt(right, wrong, index) });
}

export type EntryReport = {
  readonly code?: 'log/entry-differs' | 'log/entry-or-tile-differs';
  /** What the entry says of itself; its own position in the bundle is given. */
  readonly describe?: (at: number) => Place;
};

/** Stream and revision as the entry found has them, for whoever looks it up. */
export function describing(bundle: Uint8Array, { starts }: SplitBundle): (at: number) => Place {
  return (at) => {
    const { entry } = readEntry(bundle.subarray(starts[at], (starts[at + 1] as number) - 2));
    return entry === undefined ? {} : { stream: entry.stream, revision: entry.revision };
  };
}

/** The tile is right: each entry with another hash is not. */
export function reportEntries(
  index: number,
  right: Uint8Array,
  wrong: Uint8Array,
  findings: FindingList,
  { code = 'log/entry-differs', describe = () => ({}) }: EntryReport = {},
): void {
  for (let at = 0; at * hashBytes < right.length; at += 1) {
    const [expected, found] = [hashInTile(right, at), hashInTile(wrong, at)];
    if (isSame(expected, found)) continue;
    findings.add(code, {
      ...describe(at),
      index: index * tileWidth + at,
      expected: base64(expected),
      found: base64(found),
    });
  }
}

function differenceAt(right: Uint8Array, wrong: Uint8Array, index: number): Place {
  const at = firstDifference(right, wrong) ?? 0;
  return {
    index: index * tileWidth + at,
    expected: base64(hashInTile(right, at)),
    found: base64(hashInTile(wrong, at)),
  };
}

/** Number of the first hash in which two tiles differ, or of the first that only one has. */
export function firstDifference(left: Uint8Array, right: Uint8Array): number | undefined {
  const shorter = Math.min(left.length, right.length);
  for (let byte = 0; byte < shorter; byte += 1) {
    if (left[byte] !== right[byte]) return Math.floor(byte / hashBytes);
  }
  return left.length === right.length ? undefined : Math.floor(shorter / hashBytes);
}

export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return firstDifference(left, right) === undefined;
}
