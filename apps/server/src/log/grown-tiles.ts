import { decodeBundle, encodeBundle, hashBytes, hashCountAt } from '#tlog';
import { parseTilePath, tilePath, tileWidth } from '#tlog';
import type { TileName } from '#tlog';
import { TileStore } from '#transparency';
import type { StoredObject } from '#transparency';
import { NotAsPublished } from './published-checkpoint.ts';

/**
 * The store of tiles as readers see it. A partial tile is kept until the full one is there, but who
 * holds an older checkpoint asks for it for as long as they like (c2sp.org/tlog-tiles wants it
 * served for every published size while nothing else holds its hashes): here it is cut out of what
 * has grown over it. Writing is for the sequencer alone.
 */
export class GrownTiles extends TileStore {
  override readonly kind: string;
  private readonly inner: TileStore;
  private readonly headSize: () => number;

  /** `headSize` is the size of the largest tree whose objects are all in the store. */
  constructor(inner: TileStore, headSize: () => number) {
    super();
    this.kind = inner.kind;
    this.inner = inner;
    this.headSize = headSize;
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    const bytes = await this.inner.read(path);
    const name = parseTilePath(path);
    if (bytes !== undefined || name === undefined || name.width === tileWidth) return bytes;
    // In this order: the partial one is removed only once the full one is there.
    for (const width of [this.widthNow(name), tileWidth]) {
      if (width <= name.width) continue;
      const grown = await this.inner.read(tilePath({ ...name, width }));
      if (grown !== undefined) return firstOf(grown, name, width);
    }
    return undefined;
  }

  override list(folder: string): Promise<readonly string[]> {
    return this.inner.list(folder);
  }

  override async write(_objects: readonly StoredObject[]): Promise<void> {
    throw new TypeError('readers do not write tiles');
  }

  override async remove(_paths: readonly string[]): Promise<void> {
    throw new TypeError('readers do not remove tiles');
  }

  override ping(): Promise<void> {
    return this.inner.ping();
  }

  private widthNow({ level, index }: TileName): number {
    const count = hashCountAt(level === 'entries' ? 0 : level, this.headSize());
    return Math.min(tileWidth, count - index * tileWidth);
  }
}

/** The first hashes or entries of a wider object: what the narrower one was, byte for byte. */
function firstOf(bytes: Uint8Array, { level, width }: TileName, grownTo: number): Uint8Array {
  if (level !== 'entries') return bytes.slice(0, width * hashBytes);
  const bundle = decodeBundle(bytes, grownTo);
  if (!bundle.ok) throw new NotAsPublished(`a stored bundle: ${bundle.fault}`);
  return encodeBundle(bundle.value.slice(0, width));
}

/**
 * A tile or a bundle, undefined for an absent one. Rejects with NotAsPublished over bytes that have
 * not its form: whatever got into its place, from a key file on, is not sent to anybody.
 */
export async function readObject(tiles: TileStore, path: string): Promise<Uint8Array | undefined> {
  const bytes = await tiles.read(path);
  const name = parseTilePath(path);
  if (bytes === undefined || name === undefined) return undefined;
  const { level, width } = name;
  const isWhole =
    level === 'entries' ? decodeBundle(bytes, width).ok : bytes.length === width * hashBytes;
  if (isWhole) return bytes;
  throw new NotAsPublished(`${path} has ${bytes.length} bytes, which are not ${width} of its kind`);
}
