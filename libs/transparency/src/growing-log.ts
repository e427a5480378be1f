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
  /** Partial objects that were written, by the full object that makes them superfluous. */
  private readonly partials = new Map<string, string[]>();
  private superfluous: string[] = [];

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
      this.fill(tilePath(name), bytes);
    }
    if (this.bundle.length === tileWidth) {
      const path = tilePath({ level: 'entries', index, width: tileWidth });
      this.fill(path, encodeBundle(this.bundle));
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
      const full = tilePath({ ...name, width: tileWidth });
      objects.push(this.partial(full, tilePath(name), bytes));
    }
    const width = this.bundle.length;
    if (width > 0) {
      const name = { level: 'entries', index: Math.floor(this.size / tileWidth) } as const;
      const full = tilePath({ ...name, width: tileWidth });
      objects.push(this.partial(full, tilePath({ ...name, width }), encodeBundle(this.bundle)));
    }
    return objects;
  }

  /** Partial objects whose full one was taken before: they may be forgotten once that is written. */
  takeSuperfluous(): string[] {
    const paths = this.superfluous;
    this.superfluous = [];
    return paths;
  }

  private fill(path: string, bytes: Uint8Array): void {
    this.filled.push({ path, bytes });
    this.superfluous.push(...(this.partials.get(path) ?? []));
    this.partials.delete(path);
  }

  private partial(full: string, path: string, bytes: Uint8Array): StoredObject {
    const paths = this.partials.get(full) ?? [];
    if (!paths.includes(path)) paths.push(path);
    this.partials.set(full, paths);
    return { path, bytes };
  }
}
