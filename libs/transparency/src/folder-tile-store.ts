import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkPath, TileStore, TileStoreUnavailable } from './tile-store.ts';
import type { StoredObject } from './tile-store.ts';

/** Open files at once: each waits for the disk, more of them would only wait together. */
const writersMax = 16;

/**
 * Tiles as files below a folder that any web server could serve. A file is written beside its place
 * under a name that no path can have, synced, and moved there; then the folders that got new names
 * are synced, new ones together with those above them.
 */
export class FolderTileStore extends TileStore {
  override readonly kind = 'folder';
  private readonly root: string;
  private readonly knownFolders = new Set<string>();

  private constructor(root: string) {
    super();
    this.root = root;
  }

  static async open(root: string): Promise<FolderTileStore> {
    await answering(mkdir(root, { recursive: true, mode: 0o700 }));
    return new FolderTileStore(root);
  }

  override async write(objects: readonly StoredObject[]): Promise<void> {
    const touched = new Set<string>();
    for (const { path } of objects) {
      checkPath(path);
      await answering(this.makeFolder(dirname(join(this.root, path)), touched));
    }
    const left = [...objects];
    const writer = async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await this.replace(next);
    };
    // Every writer is waited for, also when one fails: nothing may go on behind a rejection.
    const ends = await Promise.allSettled(Array.from({ length: writersMax }, writer));
    for (const end of ends) if (end.status === 'rejected') throw unavailable(end.reason);
    await answering(Promise.all([...touched].map(syncFolder)));
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    checkPath(path);
    return answering(readFile(join(this.root, path)).catch(undefinedIfAbsent));
  }

  override async remove(paths: readonly string[]): Promise<void> {
    const folders = new Set<string>();
    for (const path of paths) {
      checkPath(path);
      const file = join(this.root, path);
      await answering(rm(file, { force: true }));
      folders.add(dirname(file));
    }
    for (const folder of folders) {
      // An empty folder of partial tiles goes as well; one in use stays.
      const isGone = await rmdir(folder).then(
        () => true,
        () => false,
      );
      if (isGone) this.knownFolders.delete(folder);
    }
  }

  override async ping(): Promise<void> {
    await this.replace({ path: 'probe', bytes: new Uint8Array(0) });
  }

  private async replace({ path, bytes }: StoredObject): Promise<void> {
    const file = join(this.root, path);
    const draft = `${file}.${randomUUID()}.part`;
    try {
      const handle = await open(draft, 'wx', 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw unavailable(error);
    }
  }

  /** `touched` collects what must be synced: the folder itself, and those that name a new one. */
  private async makeFolder(folder: string, touched: Set<string>): Promise<void> {
    touched.add(folder);
    if (this.knownFolders.has(folder) || folder === this.root) return;
    await this.makeFolder(dirname(folder), touched);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    this.knownFolders.add(folder);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function answering<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(error: unknown): TileStoreUnavailable {
  if (error instanceof TileStoreUnavailable) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new TileStoreUnavailable(`the folder of tiles: ${code ?? message}`, error);
}

function undefinedIfAbsent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  return undefined;
}
