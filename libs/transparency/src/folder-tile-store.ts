import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDurableFolder, syncFolder } from './durable-folder.ts';
import { checkPath, isPath, objectBytesMax } from './tile-store.ts';
import { TileStore, TileStoreUnavailable } from './tile-store.ts';
import type { StoredObject } from './tile-store.ts';

/** Open files at once: each waits for the disk, more of them would only wait together. */
const writersMax = 16;

/** What `replace` writes to before it moves it; no path can have such a name. */
const draftPattern = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/;

/** A draft lives for one write. One so old is of a writer that was killed, whoever that was. */
const draftAgeMaxMs = 3_600_000;

/**
 * Tiles as files below a folder that any web server could serve. A file is written beside its place
 * under a name that no path can have, synced, and moved there; then the folders that got new names
 * are synced, new ones together with those above them.
 */
export class FolderTileStore extends TileStore {
  override readonly kind = 'folder';
  private readonly root: string;
  /** Folders that are there for good: their names, and those above them, were synced. */
  private readonly knownFolders = new Set<string>();

  private constructor(root: string) {
    super();
    this.root = root;
  }

  /** Makes the folder where it is absent. Rejects with TileStoreUnavailable. */
  static async open(root: string): Promise<FolderTileStore> {
    await answering(makeDurableFolder(root));
    const store = new FolderTileStore(root);
    // What lies about does no harm: a folder that cannot be tidied may still be read.
    await store.tidy().catch(() => undefined);
    return store;
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
    // Not before: after a write that failed the next one must sync these again.
    for (const folder of touched) this.knownFolders.add(folder);
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    checkPath(path);
    return answering(readObject(this.root, path).catch(undefinedIfAbsent));
  }

  override async list(folder: string): Promise<readonly string[]> {
    checkPath(folder);
    const names = await answering(readdir(join(this.root, folder)).catch(undefinedIfAbsent));
    return (names ?? []).map((name) => `${folder}/${name}`).filter(isPath);
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
  }

  /**
   * Removes drafts that killed writers left where the log last grew. Another server may be writing
   * here at this moment: only old ones go, by the clock of the file system that dated them.
   */
  private async tidy(): Promise<void> {
    const drafts = await draftsIn(this.root);
    if (drafts.length === 0) return;
    await this.ping();
    const { mtimeMs: now } = await stat(join(this.root, 'probe'));
    for (const draft of drafts) {
      const { mtimeMs } = await stat(draft);
      if (now - mtimeMs > draftAgeMaxMs) await rm(draft, { force: true });
    }
  }
}

/** Of the folders of a thousand tiles only the last two are looked into, where writers have been. */
async function draftsIn(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { withFileTypes: true });
  const drafts = found.filter(({ name }) => draftPattern.test(name));
  const folders = found.filter((one) => one.isDirectory()).map(({ name }) => name);
  const isGroup = (name: string) => name.startsWith('x');
  const groups = folders.filter(isGroup).toSorted().slice(-2);
  const inner = [...folders.filter((name) => !isGroup(name)), ...groups];
  const further = await Promise.all(inner.map((name) => draftsIn(join(folder, name))));
  return [...drafts.map(({ name }) => join(folder, name)), ...further.flat()];
}

/** Neither waits for a writer where a pipe lies in the object's place, nor follows a link there. */
const readingOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * What is read here is handed to anybody, so it is read only where it is a file of its own: a link
 * could lead to the key beside this folder, and what is larger than it can be is not ours.
 */
async function readObject(root: string, path: string): Promise<Uint8Array> {
  const handle = await open(join(root, path), readingOnly);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new TileStoreUnavailable(`${path} is not a file`);
    if (found.size > objectBytesMax(path)) {
      throw new TileStoreUnavailable(`${path} has ${found.size} bytes`);
    }
    return await handle.readFile();
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
