import { entryBytes, isLogged } from '#kernel';
import type { EventStore } from '#event-store';
import { areEqual, base64, decodeBundle, hashBytes, hashesFromTiles, hashInTile } from '#tlog';
import { leafHash, parseCheckpoint, parseSignedNote, textOf, tilePath, tileWidth } from '#tlog';
import { treeRoot, TreeEdge, verdictOf } from '#tlog';
import type { Checkpoint, TileName, TileReader, VerifierKey } from '#tlog';
import { GrowingLog } from './growing-log.ts';
import { LogRefused, readHead } from './log-head.ts';
import type { LogHead } from './log-head.ts';
import { checkpointPath } from './tile-store.ts';
import type { TileStore } from './tile-store.ts';

export type RecoveryOptions = {
  readonly store: EventStore;
  readonly tiles: TileStore;
  readonly origin: string;
  /** The head must be signed by one of them. */
  readonly keys: readonly VerifierKey[];
  /** What is published may be older than the last change of keys, and bear one of these alone. */
  readonly retired?: readonly VerifierKey[];
};

export type Recovered = {
  readonly head: LogHead | undefined;
  readonly log: GrowingLog;
};

/**
 * Finds out where the log stands, and that nothing on the way there was taken back: at a start, and
 * again whenever another worker was first. Throws LogRefused when head, published checkpoint, tiles
 * and event store cannot be those of one log. Changes nothing.
 *
 * Looked at are the tiles at the right edge and every entry of the last bundle, which is all that the
 * log goes on from; what lies further in is the business of fsck and of auditors.
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { store, tiles } = options;
  // In this order: of another worker's newest head nothing is published before it is in the store.
  const published = await readPublished(options);
  const head = await readHead(store);
  if (head === undefined) {
    if (published !== undefined) {
      throw new LogRefused(
        'log/head-rolled-back',
        `a checkpoint of ${published.size} entries was published, but the event store knows no head`,
      );
    }
    return { head, log: new GrowingLog(new TreeEdge(), []) };
  }
  checkHead(head, options);
  if (published !== undefined) checkNotRolledBack(published, head);
  const readTile = tileReader(tiles);
  const edge = await TreeEdge.of(head.treeSize, readTile);
  if (base64(edge.root()) !== head.root) {
    throw new LogRefused('log/tiles-differ', `the tiles make another root than the head's`);
  }
  if (published !== undefined) await checkPublished(published, head, tiles);
  const bundle = await readLastBundle(tiles, edge);
  await checkLastEntry(store, head, bundle.at(-1) as Uint8Array);
  return { head, log: new GrowingLog(edge, bundle.length < tileWidth ? bundle : []) };
}

/**
 * Reads a tile that must be there. A partial one goes when the full one is there, perhaps while
 * somebody still reads the smaller tree: it is the beginning of the full one.
 */
export function tileReader(tiles: TileStore): TileReader {
  return async (name) => {
    const path = tilePath(name);
    const sizeBytes = name.width * hashBytes;
    const exact = await tiles.read(path);
    const bytes = exact ?? (await readFull(tiles, name))?.subarray(0, sizeBytes);
    if (bytes === undefined) {
      throw new LogRefused('log/tiles-missing', `${path} is not in the store of tiles`);
    }
    if (bytes.length !== sizeBytes) {
      throw new LogRefused('log/tiles-differ', `${path} has ${bytes.length} bytes`);
    }
    return bytes;
  };
}

async function readFull(tiles: TileStore, name: TileName): Promise<Uint8Array | undefined> {
  if (name.width === tileWidth) return undefined;
  return tiles.read(tilePath({ ...name, width: tileWidth }));
}

async function readPublished({ tiles, origin, keys, retired = [] }: RecoveryOptions) {
  const bytes = await tiles.read(checkpointPath);
  if (bytes === undefined) return undefined;
  const checkpoint = openCheckpoint(bytes, origin, [...keys, ...retired]);
  if (checkpoint === undefined) {
    throw new LogRefused(
      'log/key-changed',
      'the published checkpoint is not signed by this ledger with a key it has',
    );
  }
  return checkpoint;
}

/** The checkpoint of a note that one of the keys signed for this origin, else undefined. */
export function openCheckpoint(
  bytes: Uint8Array,
  origin: string,
  keys: readonly VerifierKey[],
): Checkpoint | undefined {
  const note = parseSignedNote(bytes);
  if (!note.ok || !keys.some((key) => verdictOf(note.value, key) === 'valid')) return undefined;
  const checkpoint = parseCheckpoint(note.value.text);
  return checkpoint.ok && checkpoint.value.origin === origin ? checkpoint.value : undefined;
}

/** Whoever can write to the event store can append to `log-head`, but not sign. */
function checkHead(head: LogHead, { origin, keys }: RecoveryOptions): void {
  const checkpoint = openCheckpoint(new TextEncoder().encode(head.checkpoint), origin, keys);
  const isOurs =
    checkpoint !== undefined &&
    checkpoint.size === head.treeSize &&
    base64(checkpoint.root) === head.root;
  if (!isOurs) {
    throw new LogRefused(
      'log/head-unsigned',
      `revision ${head.revision} of log-head is not signed by this ledger with a key it has`,
    );
  }
}

function checkNotRolledBack(published: Checkpoint, head: LogHead): void {
  if (published.size <= head.treeSize) return;
  throw new LogRefused(
    'log/head-rolled-back',
    `a checkpoint of ${published.size} entries was published, but the head has ${head.treeSize}`,
  );
}

async function checkPublished(published: Checkpoint, head: LogHead, tiles: TileStore) {
  const source = hashesFromTiles(head.treeSize, tileReader(tiles));
  const root = await treeRoot(published.size, source);
  if (base64(root) !== base64(published.root)) {
    throw new LogRefused(
      'log/head-forked',
      `the published checkpoint of ${published.size} entries is not a beginning of this log`,
    );
  }
}

/**
 * The entries of the last bundle, each held against its hash in the tree: what is carried on from here
 * is written again, into wider bundles, and an altered entry would be with it.
 */
async function readLastBundle(tiles: TileStore, edge: TreeEdge): Promise<readonly Uint8Array[]> {
  const index = Math.floor((edge.size - 1) / tileWidth);
  const width = edge.size - index * tileWidth;
  const bundle = await readBundle(tiles, index, width);
  const partial = edge.partialTiles().find(({ name }) => name.level === 0);
  const tile = partial?.bytes ?? (await tileReader(tiles)({ level: 0, index, width }));
  const altered = bundle.findIndex((entry, at) => !areEqual(leafHash(entry), hashInTile(tile, at)));
  if (altered < 0) return bundle;
  throw new LogRefused(
    'log/tiles-differ',
    `entry ${index * tileWidth + altered} is another one in its bundle than in the tree`,
  );
}

/** The entries of a bundle that must be there; a partial one may have become the full one. */
export async function readBundle(
  tiles: TileStore,
  index: number,
  width: number,
): Promise<readonly Uint8Array[]> {
  const name = { level: 'entries', index, width } as const;
  const path = tilePath(name);
  const exact = await tiles.read(path);
  const bytes = exact ?? (await readFull(tiles, name));
  if (bytes === undefined) {
    throw new LogRefused('log/tiles-missing', `${path} is not in the store of tiles`);
  }
  const bundle = decodeBundle(bytes, exact === undefined ? tileWidth : width);
  if (!bundle.ok) throw new LogRefused('log/tiles-differ', `${path}: ${bundle.fault}`);
  return bundle.value.slice(0, width);
}

/**
 * The head says up to which position of `$all` its entries reach. A store that was restored or
 * altered in between may have something else there, and reading on from it would join two histories.
 */
async function checkLastEntry(store: EventStore, head: LogHead, entry: Uint8Array): Promise<void> {
  const last = head.treeSize - 1;
  const place = placeOf(entry);
  if (place === undefined) {
    throw new LogRefused('log/tiles-differ', `entry ${last} of the log is no entry at all`);
  }
  const { stream, revision: fromRevision } = place;
  for await (const event of store.readStream(stream, { fromRevision, maxCount: 1 })) {
    const isSame =
      event.position === head.position &&
      isLogged(event.stream) &&
      base64(entryBytes(event)) === base64(entry);
    if (isSame) return;
  }
  throw new LogRefused(
    'log/store-differs',
    `the event store does not hold entry ${last} of the log where the head says`,
  );
}

/** Which event an entry is that of; undefined for bytes that are none's. */
function placeOf(entry: Uint8Array): { stream: string; revision: number } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(textOf(entry) ?? '');
  } catch {
    return undefined;
  }
  const { stream, revision } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof stream !== 'string' || typeof revision !== 'number') return undefined;
  const isPlace = isLogged(stream) && Number.isSafeInteger(revision) && revision >= 0;
  return isPlace ? { stream, revision } : undefined;
}
