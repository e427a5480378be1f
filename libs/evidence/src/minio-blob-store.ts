import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'minio';
import { bareHex, digestFromHex, instantFromMs, readRfc3339 } from '#kernel';
import type { Digest, Instant } from '#kernel';
import {
  BlobDigestMismatch,
  BlobMissing,
  BlobStore,
  BlobStoreUnavailable,
  checkedContent,
} from './blob-store.ts';
import type {
  BlobInterference,
  BlobPut,
  BlobReader,
  BlobReading,
  BlobStat,
  UploadedFile,
} from './blob-store.ts';
import { checkBucket, connectMinio, prepareBucket, s3CodeOf, storeFault } from './minio-bucket.ts';
import type { MinioBucket } from './minio-bucket.ts';
import {
  mapDiskFaults,
  passingBytes,
  release,
  runningSha256,
  stageInto,
  systemCodeOf,
} from './staged-content.ts';

export type MinioBlobStoreOptions = MinioBucket & {
  /** A folder of this process alone, with room for the uploads that run at the same time. */
  readonly stagingFolder: string;
  /** Told each time a delete marker or a later version is met over a blob. Must not throw. */
  readonly onInterference?: (digest: Digest, found: readonly BlobInterference[]) => void;
};

/** One version as the server lists it; its types leave out what a listing of versions adds. */
type ListedVersion = {
  readonly name?: string;
  readonly size?: number;
  readonly lastModified?: Date;
  readonly versionId?: string;
  readonly isDeleteMarker?: boolean;
};

/** The oldest version of a key: the only one that counts. */
type FirstVersion = { readonly versionId: string; readonly sizeBytes: number };

/**
 * Blobs as objects `ab/cd/<hex>` of one MinIO bucket under object lock in COMPLIANCE mode: until
 * the date that each version carries nobody can delete or change it, whoever runs the server
 * included. What they can do is lay something over it, because deleting a locked object succeeds by
 * adding a delete marker (FORMATS 4.3). So this store reads the first version by its id and never
 * "the object"; what lies over it changes no answer and is reported.
 *
 * An upload is staged in a local file, since its name is its digest and its digest is known at the
 * end only. To put it under the name that the sender claims would keep a lie for years. The file
 * need not be durable: what is acknowledged was read back from the server and hashed. The server's
 * own checksums would not do, since the client passes none on.
 */
export class MinioBlobStore extends BlobStore {
  override readonly kind = 'minio';
  private readonly options: MinioBlobStoreOptions;
  private readonly client: Client;
  private readonly turns = new Map<Digest, Promise<unknown>>();

  private constructor(options: MinioBlobStoreOptions) {
    super();
    this.options = options;
    this.client = connectMinio(options);
  }

  /**
   * Makes the bucket where it is absent, checks one that is there, and clears staging. Rejects with
   * BlobStoreUnfit for what an operator must put right, else with BlobStoreUnavailable.
   */
  static async open(options: MinioBlobStoreOptions): Promise<MinioBlobStore> {
    const store = new MinioBlobStore(options);
    const { stagingFolder } = options;
    await mapDiskFaults(async () => {
      await mkdir(stagingFolder, { recursive: true });
      for (const name of await readdir(stagingFolder)) await unlink(join(stagingFolder, name));
    });
    await prepareBucket(store.client, options);
    return store;
  }

  /**
   * The bucket as it is, for looking at: nothing is made or staged, and how long it retains is not
   * asked. Keys that may list versions and read are enough.
   */
  static toRead(bucket: Omit<MinioBucket, 'retentionDays'>): BlobReader {
    return new MinioBlobStore({ ...bucket, retentionDays: 0, stagingFolder: '' });
  }

  /** Also of what a delete marker lies over. Whatever else lies in the bucket is no blob. */
  async *digests(): AsyncGenerator<Digest> {
    const { bucket } = this.options;
    let last: Digest | undefined;
    try {
      const versions = this.client.listObjects(bucket, '', true, { IncludeVersion: true });
      for await (const { name = '', isDeleteMarker } of versions as AsyncIterable<ListedVersion>) {
        const digest = digestFromHex(name.slice(name.lastIndexOf('/') + 1));
        const isBlob = digest !== undefined && name === keyOf(digest) && isDeleteMarker !== true;
        if (isBlob && digest !== last) yield digest;
        if (isBlob) last = digest;
      }
    } catch (error) {
      throw storeFault(error);
    }
  }

  override async put(
    expected: Digest | null,
    content: AsyncIterable<Uint8Array>,
    { sizeBytesMax }: { readonly sizeBytesMax: number },
  ): Promise<BlobPut> {
    const staged = join(this.options.stagingFolder, randomUUID());
    try {
      const file = await mapDiskFaults(() => open(staged, 'wx', 0o600));
      const { digest, sizeBytes } = await stageInto(file, content, { sizeBytesMax, sync: false });
      if (expected !== null && expected !== digest) throw new BlobDigestMismatch(expected, digest);
      return await this.inTurn(digest, () => this.publish(staged, digest, sizeBytes));
    } finally {
      // What cannot be removed now is removed at the next start; the put's own outcome stands.
      await unlink(staged).catch(() => undefined);
    }
  }

  /**
   * What waits on this machine is not staged once more. It is hashed before it goes anywhere, since
   * a lie under a locked name would stay for years, and again when it is read back.
   */
  override async putFile(digest: Digest, file: UploadedFile): Promise<BlobPut> {
    const { path, sizeBytes } = file;
    if (path === null) return super.putFile(digest, file);
    // Reading is what checks; the bytes go nowhere.
    for await (const _chunk of checkedContent(digest, sizeBytes, file.content(), runningSha256()));
    return this.inTurn(digest, () => this.publish(path, digest, sizeBytes));
  }

  override async open(digest: Digest): Promise<BlobReading> {
    const first = await this.first(digest);
    if (first === undefined) throw new BlobMissing(digest);
    return { sizeBytes: first.sizeBytes, content: this.contentOf(digest, first) };
  }

  override async stat(digest: Digest): Promise<BlobStat | undefined> {
    const first = await this.first(digest);
    if (first === undefined) return undefined;
    const { versionId, sizeBytes } = first;
    const { until } = await this.retentionOf(digest, versionId);
    return { sizeBytes, versionId, retainUntil: until };
  }

  override async ping(): Promise<void> {
    await answered(() => checkBucket(this.client, this.options));
  }

  override async interferences(digest: Digest): Promise<readonly BlobInterference[]> {
    return (await this.versionsOf(digest)).over;
  }

  /**
   * Puts a staged file under its digest unless a first version is there, then reads back and
   * checks what is there, whoever put it. `if-none-match` decides between two processes; it does
   * not replace the look before, because a delete marker hides the first version from it.
   */
  private async publish(staged: string, digest: Digest, sizeBytes: number): Promise<BlobPut> {
    let created: string | null = null;
    let first = await this.first(digest);
    if (first === undefined) {
      created = await this.upload(staged, digest, sizeBytes);
      first = await this.first(digest);
    }
    if (first === undefined) throw new BlobStoreUnavailable('io', new BlobMissing(digest));
    // Reading is what checks; the bytes go nowhere.
    for await (const chunk of this.contentOf(digest, first)) release(chunk);
    const { versionId } = first;
    const { until, mode } = await this.retentionOf(digest, versionId);
    const isOurs = versionId === created;
    if (isOurs && (mode !== 'COMPLIANCE' || until === null)) {
      // Somebody weakened the bucket since the start: a deposit may not rest on this.
      throw new BlobStoreUnavailable('io', new Error('the server keeps it without retention'));
    }
    return {
      digest,
      sizeBytes: first.sizeBytes,
      alreadyThere: !isOurs,
      versionId,
      retainUntil: until,
    };
  }

  /** The version that was made, null when another process was first. */
  private async upload(staged: string, digest: Digest, sizeBytes: number): Promise<string | null> {
    const file = createReadStream(staged, { highWaterMark: passingBytes });
    try {
      const headers = { 'content-type': 'application/octet-stream', 'if-none-match': '*' };
      const { bucket } = this.options;
      const made = await this.client.putObject(bucket, keyOf(digest), file, sizeBytes, headers);
      return made.versionId ?? null;
    } catch (error) {
      if (s3CodeOf(error) === 'PreconditionFailed') return null;
      // An upload that was taken away while it was deposited.
      throw systemCodeOf(error) === 'ENOENT' ? new BlobMissing(digest) : storeFault(error);
    } finally {
      file.destroy();
    }
  }

  /** One after the other for the same digest: two uploads in parts would share their parts. */
  private async inTurn<T>(digest: Digest, act: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(digest) ?? Promise.resolve()).then(act, act);
    this.turns.set(digest, turn);
    try {
      return await turn;
    } finally {
      if (this.turns.get(digest) === turn) this.turns.delete(digest);
    }
  }

  private contentOf(digest: Digest, first: FirstVersion): AsyncGenerator<Uint8Array> {
    const chunks = this.chunksOf(digest, first.versionId);
    return checkedContent(digest, first.sizeBytes, chunks, runningSha256());
  }

  private async *chunksOf(digest: Digest, versionId: string): AsyncGenerator<Uint8Array> {
    try {
      const { bucket } = this.options;
      const answer = await this.client.getObject(bucket, keyOf(digest), { versionId });
      // Leaving the loop early destroys the answer, and with it the connection.
      for await (const { buffer, byteOffset, length } of answer as AsyncIterable<Buffer>) {
        yield new Uint8Array(buffer, byteOffset, length);
      }
    } catch (error) {
      throw isAbsent(error) ? new BlobMissing(digest) : storeFault(error);
    }
  }

  private async retentionOf(
    digest: Digest,
    versionId: string,
  ): Promise<{ readonly until: Instant | null; readonly mode: string | null }> {
    const { bucket } = this.options;
    try {
      const found = await this.client.getObjectRetention(bucket, keyOf(digest), { versionId });
      const until = readRfc3339(found?.retainUntilDate) ?? null;
      return { until, mode: found?.mode ?? null };
    } catch (error) {
      if (s3CodeOf(error) !== 'NoSuchObjectLockConfiguration') throw storeFault(error);
      return { until: null, mode: null };
    }
  }

  private async first(digest: Digest): Promise<FirstVersion | undefined> {
    const { first, over } = await this.versionsOf(digest);
    if (over.length > 0) this.options.onInterference?.(digest, over);
    return first;
  }

  /** The first version of a key, and what was laid over it since. */
  private async versionsOf(digest: Digest) {
    const key = keyOf(digest);
    const listed: ListedVersion[] = [];
    await answered(async () => {
      const { bucket } = this.options;
      const versions = this.client.listObjects(bucket, key, true, { IncludeVersion: true });
      for await (const version of versions as AsyncIterable<ListedVersion>) {
        if (version.name === key) listed.push(version);
      }
    });
    // The server lists the newest first, and delete markers of a page after its versions.
    const oldest = listed.findLast(({ isDeleteMarker }) => isDeleteMarker !== true);
    const over = listed.filter((version) => version !== oldest).map(interferenceOf);
    over.sort((one, other) => (one.at < other.at ? -1 : 1));
    if (oldest?.versionId === undefined) return { first: undefined, over };
    const first = { versionId: oldest.versionId, sizeBytes: oldest.size ?? 0 };
    return { first, over };
  }
}

/** Two levels of folders, as in the folder store: the server lists a key by reading its folder. */
function keyOf(digest: Digest): string {
  const name = bareHex(digest);
  return `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`;
}

function interferenceOf({ versionId, lastModified, isDeleteMarker }: ListedVersion) {
  return {
    kind: isDeleteMarker === true ? 'delete-marker' : 'later-version',
    versionId: versionId ?? '',
    at: instantFromMs(lastModified?.getTime() ?? 0),
  } satisfies BlobInterference;
}

function isAbsent(error: unknown): boolean {
  const code = s3CodeOf(error);
  return code === 'NoSuchKey' || code === 'NoSuchVersion';
}

async function answered<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storeFault(error);
  }
}
