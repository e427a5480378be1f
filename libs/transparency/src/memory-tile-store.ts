import { checkPath, TileStore } from './tile-store.ts';
import type { StoredObject } from './tile-store.ts';

/** Tiles in memory, for specs and for a reading that is not kept. Copies, so nobody shares bytes. */
export class MemoryTileStore extends TileStore {
  override readonly kind = 'memory';
  private readonly objects = new Map<string, Uint8Array>();

  override async write(objects: readonly StoredObject[]): Promise<void> {
    for (const { path } of objects) checkPath(path);
    for (const { path, bytes } of objects) this.objects.set(path, Uint8Array.from(bytes));
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    checkPath(path);
    const bytes = this.objects.get(path);
    return bytes && Uint8Array.from(bytes);
  }

  override async list(folder: string): Promise<readonly string[]> {
    checkPath(folder);
    const first = `${folder}/`;
    const isIn = (path: string) => path.startsWith(first) && !path.includes('/', first.length);
    return [...this.objects.keys()].filter(isIn);
  }

  override async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) this.objects.delete(path);
  }

  override async ping(): Promise<void> {}

  /** Every path there is, sorted. */
  paths(): string[] {
    return [...this.objects.keys()].toSorted();
  }
}
