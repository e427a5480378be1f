import { formatTlogProof, hashCountAt, hashesFromTiles, parseCheckpoint } from '#tlog';
import { parseSignedNote, parseTilePath, proveInclusion, tileWidth } from '#tlog';
import { tileReader } from './recovery.ts';
import type { TileStore } from './tile-store.ts';

export type ReceiptOptions = {
  readonly tiles: TileStore;
  /** The published note, verbatim. */
  readonly checkpoint: Uint8Array;
  /** Leaf index of the entry. */
  readonly index: number;
};

/**
 * The `.tlog-proof` (c2sp.org/tlog-proof@v1) of an entry under a checkpoint; undefined while the
 * checkpoint does not reach it. Throws LogRefused for tiles that are not there.
 */
export async function inclusionReceipt(options: ReceiptOptions): Promise<Uint8Array | undefined> {
  const { tiles, checkpoint, index } = options;
  const note = parseSignedNote(checkpoint);
  const head = note.ok ? parseCheckpoint(note.value.text) : note;
  if (!head.ok) throw new TypeError(`not a checkpoint: ${head.fault}`);
  const { size } = head.value;
  if (index >= size) return undefined;
  const hashes = await proveInclusion(index, size, hashesFromTiles(size, tileReader(tiles)));
  return formatTlogProof({ extra: undefined, index, hashes, checkpoint });
}

/**
 * Whether a path below `/log/` names a tile or a bundle of a published tree: full ones and partial
 * ones up to what the tree fills. What was staged beyond it has no signature yet and is nobody's.
 */
export function servable(path: string, publishedSize: number): boolean {
  const name = parseTilePath(path);
  if (name === undefined) return false;
  const { level, index, width } = name;
  const count = hashCountAt(level === 'entries' ? 0 : level, publishedSize);
  return index * tileWidth + width <= count;
}
