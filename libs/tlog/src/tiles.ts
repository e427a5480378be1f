import { hashBytes, perfectRoot, rootOf, subtreesOf } from './merkle-tree.ts';
import type { Hash, LeafRange, Subtree } from './merkle-tree.ts';
import { parseSize } from './reading.ts';
import type { HashSource } from './proofs.ts';

/**
 * Tiles of c2sp.org/tlog-tiles: 256 hashes wide, 8 levels of the tree high. Hash `i` of the tile
 * (`level`, `index`) is the root of the perfect subtree (8 · `level`, 256 · `index` + `i`).
 */
export const tileWidth = 256;
const tileHeight = 8;

/** `width` 256 is a full tile; a partial one has 1 to 255 hashes (or entries). */
export type TileName = {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
};

/** The path below the log's prefix, as in `tile/0/x001/x234/067.p/112`. */
export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  const last = groups.pop() ?? '000';
  const place = [...groups.map((group) => `x${group}`), last].join('/');
  return `tile/${level}/${place}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** The tile that a path names; undefined for any other spelling, so that each has one address. */
export function parseTilePath(path: string): TileName | undefined {
  const parts =
    /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(
      path,
    );
  if (parts === null) return undefined;
  const [, levelText = '', place = '', widthText] = parts;
  const level: TileName['level'] | undefined =
    levelText === 'entries' ? 'entries' : parseSize(levelText);
  const index = parseSize(place.replaceAll(/[x/]/g, '').replace(/^0+(?=.)/, ''));
  const width = widthText === undefined ? tileWidth : parseSize(widthText);
  if (level === undefined || index === undefined || width === undefined) return undefined;
  if (level !== 'entries' && level > 63) return undefined;
  const name: TileName = { level, index, width };
  return tilePath(name) === path ? name : undefined;
}

/** Hashes at tile level `level` of a tree: roots of full subtrees only. */
export function hashCountAt(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level);
}

/**
 * The tiles that a tree of `to` leaves has and one of `from` had not, entries' bundles left out:
 * level by level, left to right. A partial tile appears at its width in the larger tree.
 */
export function* newTiles(from: number, to: number): Generator<TileName & { level: number }> {
  for (let level = 0; hashCountAt(level, to) > 0; level += 1) {
    yield* tilesBetween(level, hashCountAt(level, from), hashCountAt(level, to));
  }
}

/** As {@link newTiles}, the bundles of the entries themselves. */
export function* newBundles(from: number, to: number): Generator<TileName> {
  for (const { index, width } of tilesBetween(0, from, to))
    yield { level: 'entries', index, width };
}

function* tilesBetween(
  level: number,
  from: number,
  to: number,
): Generator<TileName & { level: number }> {
  if (from === to) return;
  for (let index = Math.floor(from / tileWidth); index * tileWidth < to; index += 1) {
    yield { level, index, width: Math.min(tileWidth, to - index * tileWidth) };
  }
}

/** The `index`-th hash of a tile. */
export function hashInTile(tile: Uint8Array, index: number): Hash {
  const hash = tile.subarray(index * hashBytes, (index + 1) * hashBytes);
  if (hash.length !== hashBytes) throw new TypeError(`the tile has no hash ${index}`);
  return hash;
}

/** Reads a tile's bytes: exactly 32 · width. */
export type TileReader = (name: TileName & { level: number }) => Promise<Uint8Array>;

/**
 * Roots of subtrees out of the tiles of a tree of `size` leaves. Each tile is read once for each
 * call. Nothing is verified: whoever got the tiles from a stranger compares the root.
 */
export function hashesFromTiles(size: number, readTile: TileReader): HashSource {
  return async (subtrees) => {
    const tiles = new Map<string, Promise<Uint8Array>>();
    const places = subtrees.map((subtree) => placeOf(subtree, size));
    for (const { name } of places) {
      const key = tilePath(name);
      if (!tiles.has(key)) tiles.set(key, readTile(name));
    }
    await Promise.all(tiles.values());
    return Promise.all(
      places.map(async ({ name, from, to }) => {
        const tile = (await tiles.get(tilePath(name))) as Uint8Array;
        const hashes: Hash[] = [];
        for (let index = from; index < to; index += 1) hashes.push(hashInTile(tile, index));
        return perfectRoot(hashes);
      }),
    );
  };
}

/** The tile that holds a subtree and the hashes in it that the subtree's root is made of. */
function placeOf(
  { level, index }: Subtree,
  size: number,
): { name: TileName & { level: number } } & LeafRange {
  const tileLevel = Math.floor(level / tileHeight);
  const spread = 2 ** (level % tileHeight);
  const first = index * spread;
  const tileIndex = Math.floor(first / tileWidth);
  const width = Math.min(tileWidth, hashCountAt(tileLevel, size) - tileIndex * tileWidth);
  const from = first % tileWidth;
  if (from + spread > width) throw new TypeError(`a tree of ${size} has no such subtree`);
  return { name: { level: tileLevel, index: tileIndex, width }, from, to: from + spread };
}

/**
 * The right edge of a growing tree: at each tile level the hashes of the last, unfinished tile. All
 * that is needed to append, to write the new tiles and to know the root; memory is at most 255
 * hashes a level.
 */
export class TreeEdge {
  private count = 0;
  private readonly levels: Hash[][] = [];

  /** The edge of a tree that exists, from its last tiles. Reads one tile a level at most. */
  static async of(size: number, readTile: TileReader): Promise<TreeEdge> {
    const edge = new TreeEdge();
    edge.count = size;
    for (let level = 0; hashCountAt(level, size) > 0; level += 1) {
      const count = hashCountAt(level, size);
      const width = count % tileWidth;
      const hashes: Hash[] = [];
      if (width > 0) {
        const tile = await readTile({ level, index: Math.floor(count / tileWidth), width });
        for (let index = 0; index < width; index += 1) {
          // A copy: a view would keep the whole tile, and `slice` of a Buffer is a view.
          hashes.push(Uint8Array.from(hashInTile(tile, index)));
        }
      }
      edge.levels.push(hashes);
    }
    return edge;
  }

  get size(): number {
    return this.count;
  }

  /** Appends a leaf's hash. Gives each tile that this fills, lowest level first. */
  append(
    leaf: Hash,
  ): { readonly name: TileName & { level: number }; readonly bytes: Uint8Array }[] {
    const filled = [];
    this.count += 1;
    let hash = leaf;
    for (let level = 0; ; level += 1) {
      const hashes = (this.levels[level] ??= []);
      hashes.push(hash);
      if (hashes.length < tileWidth) return filled;
      const index = hashCountAt(level, this.count) / tileWidth - 1;
      filled.push({ name: { level, index, width: tileWidth }, bytes: bytesOf(hashes) });
      hash = perfectRoot(hashes);
      this.levels[level] = [];
    }
  }

  /** The unfinished tiles of the tree as it is. */
  partialTiles(): { readonly name: TileName & { level: number }; readonly bytes: Uint8Array }[] {
    return this.levels.flatMap((hashes, level) => {
      if (hashes.length === 0) return [];
      const index = Math.floor(hashCountAt(level, this.count) / tileWidth);
      return [{ name: { level, index, width: hashes.length }, bytes: bytesOf(hashes) }];
    });
  }

  root(): Hash {
    // From the highest level down, the subtrees get smaller to the right, as rootOf wants them.
    const roots = this.levels.toReversed().flatMap((hashes) =>
      subtreesOf({ from: 0, to: hashes.length }).map(({ level, index }) => {
        const spread = 2 ** level;
        return perfectRoot(hashes.slice(index * spread, (index + 1) * spread));
      }),
    );
    return rootOf(roots);
  }
}

function bytesOf(hashes: readonly Hash[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * hashBytes);
  hashes.forEach((hash, index) => bytes.set(hash, index * hashBytes));
  return bytes;
}
