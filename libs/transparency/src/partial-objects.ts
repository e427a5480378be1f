import { hashCountAt, parseTilePath, tilePath, tileWidth } from '#tlog';
import type { TileName } from '#tlog';
import type { TileStore } from './tile-store.ts';

/**
 * The partial tiles and bundles that lie in a store. One may go when the full one is there
 * (c2sp.org/tlog-tiles), and not before: the published checkpoint, and readers of an older one, may
 * need it. What was noted stays known until it was removed, whatever fails in between.
 */
export class PartialObjects {
  private readonly tiles: TileStore;
  private readonly paths = new Set<string>();

  constructor(tiles: TileStore) {
    this.tiles = tiles;
  }

  /** Takes up those of these paths that are partial ones. */
  note(paths: Iterable<string>): void {
    for (const path of paths) {
      const name = parseTilePath(path);
      if (name !== undefined && name.width < tileWidth) this.paths.add(path);
    }
  }

  /**
   * Takes up what lies at the right edges of trees of these sizes: nothing partial was written
   * elsewhere while the log grew from one to another. Rejects with TileStoreUnavailable.
   */
  async lookAt(sizes: readonly number[]): Promise<void> {
    const folders = new Set(sizes.flatMap(edgeFolders));
    for (const folder of folders) this.note(await this.tiles.list(folder));
  }

  /**
   * Removes those whose full one is part of a tree of this size, which is in the store. Rejects with
   * TileStoreUnavailable, and will try the same again.
   */
  async removeUnder(size: number): Promise<void> {
    const superfluous = [...this.paths].filter((path) => isFull(parseTilePath(path), size));
    if (superfluous.length === 0) return;
    await this.tiles.remove(superfluous);
    for (const path of superfluous) this.paths.delete(path);
  }
}

function isFull(name: TileName | undefined, size: number): boolean {
  if (name === undefined) return false;
  const count = hashCountAt(name.level === 'entries' ? 0 : name.level, size);
  return (name.index + 1) * tileWidth <= count;
}

/** Where the unfinished tiles and the unfinished bundle of a tree lie, at whatever width. */
function edgeFolders(size: number): string[] {
  const folderOf = (level: TileName['level'], count: number) => {
    const index = Math.floor(count / tileWidth);
    return `${tilePath({ level, index, width: tileWidth })}.p`;
  };
  const folders = [folderOf('entries', size)];
  for (let level = 0; level === 0 || hashCountAt(level, size) > 0; level += 1) {
    folders.push(folderOf(level, hashCountAt(level, size)));
  }
  return folders;
}
