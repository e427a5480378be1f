import { createReadStream } from 'node:fs';
import * as nodeFileSystem from 'node:fs/promises';
import { join } from 'node:path';
import { digestFromHex, instantFromMs, isAgencyId } from '#kernel';
import type { AgencyId, Digest } from '#kernel';
import { BlobMissing } from './blob-store.ts';
import type { BlobPut, UploadedFile } from './blob-store.ts';
import { FolderBlobStore } from './folder-blob-store.ts';
import type { BlobFileSystem } from './folder-blob-store.ts';
import { diskFault, mapDiskFaults, passingBytes, systemCodeOf } from './staged-content.ts';
import { UploadArea } from './upload-area.ts';
import type { HeldUpload } from './upload-area.ts';

/**
 * Uploads as files `<agency>/ab/cd/<hex>` of one folder of the machine that took them, on the disk
 * before they are acknowledged. Also with MinIO: a bucket under lock must not hold what nobody
 * deposited. A deposit goes to the server that took the upload; another one asks for it again.
 */
export class FolderUploadArea extends UploadArea {
  private readonly folder: string;
  private readonly fileSystem: BlobFileSystem;
  private readonly stores = new Map<AgencyId, Promise<FolderBlobStore>>();

  private constructor(folder: string, fileSystem: BlobFileSystem) {
    super();
    this.folder = folder;
    this.fileSystem = fileSystem;
  }

  /** Makes the folder where it is absent. Rejects with BlobStoreUnavailable. */
  static async open(
    folder: string,
    fileSystem: BlobFileSystem = nodeFileSystem,
  ): Promise<FolderUploadArea> {
    await mapDiskFaults(() => fileSystem.mkdir(folder, { recursive: true }));
    return new FolderUploadArea(folder, fileSystem);
  }

  override async put(
    agency: AgencyId,
    expected: Digest | null,
    content: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytesMax: number },
  ): Promise<BlobPut> {
    return (await this.storeOf(agency)).put(expected, content, options);
  }

  override async file(agency: AgencyId, digest: Digest): Promise<UploadedFile | undefined> {
    const store = await this.storeOf(agency);
    const known = await store.stat(digest);
    if (known === undefined) return undefined;
    const path = store.pathOf(digest);
    return { sizeBytes: known.sizeBytes, content: () => contentOf(path, digest), path };
  }

  override async remove(agency: AgencyId, digest: Digest): Promise<void> {
    const path = (await this.storeOf(agency)).pathOf(digest);
    try {
      await this.fileSystem.unlink(path);
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw diskFault(error);
    }
  }

  override async held(): Promise<readonly HeldUpload[]> {
    const held: HeldUpload[] = [];
    await mapDiskFaults(async () => {
      for (const agency of await this.fileSystem.readdir(this.folder)) {
        if (!isAgencyId(agency)) continue;
        const within = join(this.folder, agency);
        for (const name of await this.fileSystem.readdir(within, { recursive: true })) {
          const digest = digestFromHex(name.slice(-64));
          if (digest === undefined) continue;
          const { size, mtimeMs } = await this.fileSystem.stat(join(within, name));
          // Whole milliseconds: the file system keeps fractions, the stored form does not.
          const since = instantFromMs(Math.floor(mtimeMs));
          held.push({ agency, digest, sizeBytes: size, since });
        }
      }
    });
    return held;
  }

  /** Opened at its first use: its staging is cleared once in the life of the process. */
  private storeOf(agency: AgencyId): Promise<FolderBlobStore> {
    const known = this.stores.get(agency);
    if (known !== undefined) return known;
    // An id has one dot and no slash: it cannot lead out of the folder.
    if (!isAgencyId(agency)) throw new TypeError(`"${agency}" is no id of an agency`);
    const store = FolderBlobStore.open(join(this.folder, agency), this.fileSystem);
    this.stores.set(agency, store);
    // A disk that failed once may work again: the next upload tries anew.
    store.catch(() => this.stores.delete(agency));
    return store;
  }
}

async function* contentOf(path: string, digest: Digest): AsyncGenerator<Uint8Array> {
  try {
    for await (const { buffer, byteOffset, length } of createReadStream(path, {
      highWaterMark: passingBytes,
    })) {
      yield new Uint8Array(buffer as ArrayBuffer, byteOffset as number, length as number);
    }
  } catch (error) {
    throw systemCodeOf(error) === 'ENOENT' ? new BlobMissing(digest) : diskFault(error);
  }
}
