import { encodeBundle, leafHash, TreeEdge, tilePath, tileWidth } from '#tlog';
import type { Hash } from '#tlog';
import type { StoredObject } from './tile-store.ts';

/**
 * The tree and the bundles at their right edge: takes entries, gives the objects to be written. What
 * it holds is bounded: 255 hashes a level and the entries of one unfinished bundle.
 */
export class GrowingLog {
  private readonly edge: TreeEdge;
  private bundle: Uint8Array[];
  private filled: StoredObject[] = [];

  /** `bundle` holds the entries of the unfinished bundle of a tree with this edge. */
  constructor(edge: TreeEdge, bundle: readonly Uint8Array[]) {
    if (bundle.length !== edge.size % tileWidth) throw new TypeError('edge and bundle differ');
    this.edge = edge;
    this.bundle = [...bundle];
  }

  get size(): number {
    return this.edge.size;
  }

  append(entry: Uint8Array): void {
    const index = Math.floor(this.edge.size / tileWidth);
    this.bundle.push(entry);
    for (const { name, bytes } of this.edge.append(leafHash(entry))) {
      this.filled.push({ path: tilePath(name), bytes });
    }
    if (this.bundle.length === tileWidth) {
      const path = tilePath({ level: 'entries', index, width: tileWidth });
      this.filled.push({ path, bytes: encodeBundle(this.bundle) });
      this.bundle = [];
    }
  }

  root(): Hash {
    return this.edge.root();
  }

  /**
   * What must be there before anybody hears of the tree as it is: all objects filled since the last
   * call, and the partial ones at their present width.
   */
  takeObjects(): StoredObject[] {
    const objects = this.filled;
    this.filled = [];
    for (const { name, bytes } of this.edge.partialTiles()) {
      objects.push({ path: tilePath(name), bytes });
    }
    const width = this.bundle.length;
    if (width > 0) {
      const index = Math.floor(this.size / tileWidth);
      const path = tilePath({ level: 'entries', index, width });
      objects.push({ path, bytes: encodeBundle(this.bundle) });
    }
    return objects;
  }
}
