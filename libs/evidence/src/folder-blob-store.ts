import { randomUUID } from 'node:crypto';
import * as nodeFileSystem from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bareHex, digestFromHex } from '#kernel';
import type { Digest } from '#kernel';
import {
  BlobDigestMismatch,
  BlobMissing,
  BlobStore,
  BlobStoreUnavailable,
  checkedContent,
} from './blob-store.ts';
import type { BlobPut, BlobReader, BlobReading, BlobStat, UploadedFile } from './blob-store.ts';
import {
  diskFault,
  mapDiskFaults,
  runningSha256,
  stageInto,
  systemCodeOf,
} from './staged-content.ts';

/** The calls to the operating system that this store makes. Faults are injected here by specs. */
export type BlobFileSystem = Pick<
  typeof nodeFileSystem,
  'link' | 'mkdir' | 'open' | 'readdir' | 'stat' | 'unlink'
>;

/** Most evidence is a few hundred KiB: two such chunks are what one reader costs. */
const readBytes = 128 * 1024;

/** The least that a file system gives a file with content: a full one refuses it. */
const blockBytes = 4096;

/** Read-only for owner and group: a slip of the hand in a shell does not change evidence. */
const blobMode = 0o440;

/**
 * Blobs as files `ab/cd/<hex>` of one folder, for the single machine. A file is written in
 * `staging/`, synced, and then linked to its name: a link never overwrites, and a name is there
 * with all its bytes or not at all. Directories are synced before a put is acknowledged, since a
 * file whose name is lost is lost.
 *
 * One process at a time owns the folder (the ledger locks its data folder): opening it clears what
 * a killed process left in `staging/`, which would hit the uploads of a second one. Nothing here
 * refuses a deletion by the operating system's administrator; the log and the scrubber show it.
 */
export class FolderBlobStore extends BlobStore {
  override readonly kind = 'folder';
  private readonly folder: string;
  private readonly fileSystem: BlobFileSystem;
  /** Names that were made and not yet synced: hidden, or a deposit could rest on a lost one. */
  private readonly unsettled = new Set<Digest>();

  private constructor(folder: string, fileSystem: BlobFileSystem) {
    super();
    this.folder = folder;
    this.fileSystem = fileSystem;
  }

  /** Makes the folder where it is absent, and clears staging. Rejects with BlobStoreUnavailable. */
  static async open(
    folder: string,
    fileSystem: BlobFileSystem = nodeFileSystem,
  ): Promise<FolderBlobStore> {
    const store = new FolderBlobStore(folder, fileSystem);
    await mapDiskFaults(async () => {
      await fileSystem.mkdir(store.staging, { recursive: true });
      for (const name of await fileSystem.readdir(store.staging)) {
        await fileSystem.unlink(join(store.staging, name));
      }
      await store.syncDirectory(folder);
      await store.syncDirectory(dirname(folder));
    });
    return store;
  }

  /** The folder as it is: for looking at. Whoever runs it opens it. */
  static toRead(folder: string): BlobReader {
    return new FolderBlobStore(folder, nodeFileSystem);
  }

  /** Whatever else lies in the folder is no blob. */
  async *digests(): AsyncGenerator<Digest> {
    const namesIn = async (folder: string) => {
      const names = await mapDiskFaults(() => this.fileSystem.readdir(folder));
      return names.sort();
    };
    const isPart = (name: string) => /^[0-9a-f]{2}$/.test(name);
    for (const outer of (await namesIn(this.folder)).filter(isPart)) {
      for (const inner of (await namesIn(join(this.folder, outer))).filter(isPart)) {
        for (const name of await namesIn(join(this.folder, outer, inner))) {
          const digest = digestFromHex(name);
          if (digest !== undefined && name.startsWith(`${outer}${inner}`)) yield digest;
        }
      }
    }
  }

  override async put(
    expected: Digest | null,
    content: AsyncIterable<Uint8Array>,
    { sizeBytesMax }: { readonly sizeBytesMax: number },
  ): Promise<BlobPut> {
    const staged = join(this.staging, randomUUID());
    try {
      const file = await mapDiskFaults(() => this.fileSystem.open(staged, 'wx', blobMode));
      const { digest, sizeBytes } = await stageInto(file, content, { sizeBytesMax, sync: true });
      if (expected !== null && expected !== digest) throw new BlobDigestMismatch(expected, digest);
      const alreadyThere = await this.publish(staged, digest);
      if (alreadyThere) await this.readThrough(digest);
      return { digest, sizeBytes, alreadyThere, versionId: null, retainUntil: null };
    } finally {
      // What cannot be removed now is removed at the next start; the put's own outcome stands.
      await this.fileSystem.unlink(staged).catch(() => undefined);
    }
  }

  /** A second name for the uploaded file, once it was read and hashed; copied from another disk. */
  override async putFile(digest: Digest, file: UploadedFile): Promise<BlobPut> {
    const { path, sizeBytes } = file;
    if (path === null) return super.putFile(digest, file);
    try {
      // Reading is what checks; the bytes go nowhere.
      const running = runningSha256();
      for await (const _chunk of checkedContent(digest, sizeBytes, file.content(), running));
      const alreadyThere = await this.publish(path, digest);
      if (alreadyThere) await this.readThrough(digest);
      return { digest, sizeBytes, alreadyThere, versionId: null, retainUntil: null };
    } catch (error) {
      const code = error instanceof BlobStoreUnavailable ? systemCodeOf(error.cause) : undefined;
      if (code === 'EXDEV') return super.putFile(digest, file);
      throw code === 'ENOENT' ? new BlobMissing(digest) : error;
    }
  }

  override async open(digest: Digest): Promise<BlobReading> {
    const known = await this.stat(digest);
    if (known === undefined) throw new BlobMissing(digest);
    const chunks = this.chunksOf(digest);
    const content = checkedContent(digest, known.sizeBytes, chunks, runningSha256());
    return { sizeBytes: known.sizeBytes, content };
  }

  override async stat(digest: Digest): Promise<BlobStat | undefined> {
    if (this.unsettled.has(digest)) return undefined;
    try {
      const { size } = await this.fileSystem.stat(this.pathOf(digest));
      return { sizeBytes: size, versionId: null, retainUntil: null };
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined;
      throw diskFault(error);
    }
  }

  /** Writes, syncs and removes a file: only that tells a full or a failing disk from a sound one. */
  override async ping(): Promise<void> {
    const path = join(this.staging, randomUUID());
    const block = new Uint8Array(blockBytes);
    async function* content() {
      yield block;
    }
    try {
      const file = await mapDiskFaults(() => this.fileSystem.open(path, 'wx', blobMode));
      await stageInto(file, content(), { sizeBytesMax: blockBytes, sync: true });
    } finally {
      await this.fileSystem.unlink(path).catch(() => undefined);
    }
  }

  private get staging(): string {
    return join(this.folder, 'staging');
  }

  /** Where the blob with this digest lies, or would. */
  pathOf(digest: Digest): string {
    const name = bareHex(digest);
    return join(this.folder, name.slice(0, 2), name.slice(2, 4), name);
  }

  /** Gives a staged file its name; true when the name was taken already. */
  private async publish(staged: string, digest: Digest): Promise<boolean> {
    const path = this.pathOf(digest);
    const inner = dirname(path);
    let alreadyThere = (await this.stat(digest)) !== undefined;
    return mapDiskFaults(async () => {
      if (!alreadyThere) {
        await this.fileSystem.mkdir(inner, { recursive: true });
        this.unsettled.add(digest);
        alreadyThere = !(await this.linkIfAbsent(staged, path));
      }
      // Also when somebody else made the directories or the link: he may not have synced them yet.
      for (const directory of [inner, dirname(inner), this.folder]) {
        await this.syncDirectory(directory);
      }
      this.unsettled.delete(digest);
      return alreadyThere;
    });
  }

  private async linkIfAbsent(staged: string, path: string): Promise<boolean> {
    try {
      await this.fileSystem.link(staged, path);
      return true;
    } catch (error) {
      if (systemCodeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  private async readThrough(digest: Digest): Promise<void> {
    const { content } = await this.open(digest);
    // Reading is what checks; the bytes go nowhere.
    for await (const _chunk of content);
  }

  /** The bytes as they lie there. Each chunk is a new one: readers may keep what they got. */
  private async *chunksOf(digest: Digest): AsyncGenerator<Uint8Array, void, undefined> {
    const file = await this.openForReading(digest);
    try {
      for (;;) {
        const buffer = new Uint8Array(readBytes);
        const { bytesRead } = await mapDiskFaults(() => file.read(buffer, 0, readBytes, null));
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await mapDiskFaults(() => file.close());
    }
  }

  private async openForReading(digest: Digest): Promise<FileHandle> {
    try {
      return await this.fileSystem.open(this.pathOf(digest), 'r');
    } catch (error) {
      throw systemCodeOf(error) === 'ENOENT' ? new BlobMissing(digest) : diskFault(error);
    }
  }

  private async syncDirectory(path: string): Promise<void> {
    const directory = await this.fileSystem.open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}
