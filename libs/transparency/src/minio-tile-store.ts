import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Client } from 'minio';
import type { ClientOptions } from 'minio';
import { checkPath, isPath, objectBytesMax } from './tile-store.ts';
import { TileStore, TileStoreUnavailable } from './tile-store.ts';
import type { StoredObject } from './tile-store.ts';

/** Where the bucket is and how it is entered. The keys are secret: nothing here prints them. */
export type MinioTileStoreOptions = {
  /** Origin of the server, `http://` or `https://`, without a path. */
  readonly origin: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** A server that says nothing for so long is given up; ten seconds if not said. */
  readonly quietMsMax?: number;
};

export type TileStoreUnfitReason = 'locked' | 'versioned' | 'refused';

/** The store answers, but may not be used as it is. The message is one sentence for an operator. */
export class TileStoreUnfit extends Error {
  readonly reason: TileStoreUnfitReason;

  constructor(reason: TileStoreUnfitReason, message: string) {
    super(message);
    this.name = 'TileStoreUnfit';
    this.reason = reason;
  }
}

/** Objects on their way at once: each waits for the server's disk, as in the folder. */
const writersMax = 16;
const quietMsDefault = 10_000;

/**
 * Tiles as objects of one MinIO bucket, each under its path. The bucket has neither lock nor versions:
 * the checkpoint is written anew with every head, and each writing would leave a version behind
 * (CONTRACTS 9: 2 ms become 26 ms at 14,000 of them). Nothing is lost by that. Whoever deletes or
 * alters a tile is found out by fsck and by every auditor, at the right edge of the log and in its last
 * bundle also by the next start; what a head signed stays in the event store.
 *
 * An object is put whole: the server shows it, durable, when its answer has left, and the older one
 * until then. To put the same bytes again changes nothing.
 */
export class MinioTileStore extends TileStore {
  override readonly kind = 'minio';
  private readonly client: Client;
  private readonly bucket: string;

  private constructor(options: MinioTileStoreOptions) {
    super();
    this.bucket = options.bucket;
    this.client = connect(options);
  }

  /**
   * Makes the bucket where it is absent, checks one that is there. Rejects with TileStoreUnfit for
   * what an operator must put right, else with TileStoreUnavailable.
   */
  static async open(options: MinioTileStoreOptions): Promise<MinioTileStore> {
    const store = new MinioTileStore(options);
    try {
      await store.makeBucket();
      await store.checkBucket();
    } catch (error) {
      const code = s3CodeOf(error) ?? '';
      if (!refusals.includes(code)) throw error instanceof TileStoreUnfit ? error : away(error);
      throw new TileStoreUnfit(
        'refused',
        `the server refuses these keys what the bucket "${options.bucket}" needs (${code})`,
      );
    }
    return store;
  }

  override async write(objects: readonly StoredObject[]): Promise<void> {
    for (const { path } of objects) checkPath(path);
    const left = [...objects];
    const writer = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await this.put(next);
    };
    const writers = Array.from({ length: Math.min(writersMax, objects.length) }, writer);
    // Every writer is waited for, also when one fails: nothing may go on behind a rejection.
    const ends = await Promise.allSettled(writers);
    for (const end of ends) if (end.status === 'rejected') throw away(end.reason);
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    checkPath(path);
    try {
      const answer = await this.client.getObject(this.bucket, path);
      const pieces: Uint8Array[] = [];
      let sizeBytes = 0;
      for await (const piece of answer as AsyncIterable<Uint8Array>) {
        sizeBytes += piece.length;
        // Who may write to the bucket may put anything there, also more than there is memory for.
        if (sizeBytes > objectBytesMax(path))
          throw new TileStoreUnavailable(`${path} is too large`);
        pieces.push(piece);
      }
      return Uint8Array.from(Buffer.concat(pieces));
    } catch (error) {
      if (s3CodeOf(error) === 'NoSuchKey') return undefined;
      throw away(error);
    }
  }

  override async list(folder: string): Promise<readonly string[]> {
    checkPath(folder);
    try {
      const paths: string[] = [];
      const listed = this.client.listObjectsV2(this.bucket, `${folder}/`, false);
      for await (const { name } of listed as AsyncIterable<{ readonly name?: string }>) {
        // What lies deeper is answered as a prefix without a name.
        if (name !== undefined && isPath(name)) paths.push(name);
      }
      return paths;
    } catch (error) {
      throw away(error);
    }
  }

  override async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) checkPath(path);
    try {
      // The server takes so many names at once, and none is absent to it.
      for (let at = 0; at < paths.length; at += removedAtOnceMax) {
        await this.client.removeObjects(this.bucket, paths.slice(at, at + removedAtOnceMax));
      }
    } catch (error) {
      throw away(error);
    }
  }

  override async ping(): Promise<void> {
    await this.checkBucket().catch((error: unknown) => {
      throw away(error);
    });
    await this.write([{ path: 'probe', bytes: new Uint8Array(0) }]);
  }

  private async put({ path, bytes }: StoredObject): Promise<void> {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    await this.client.putObject(this.bucket, path, content, content.length, {
      'content-type': 'application/octet-stream',
    });
  }

  private async makeBucket(): Promise<void> {
    if (await this.client.bucketExists(this.bucket)) return;
    try {
      await this.client.makeBucket(this.bucket);
    } catch (error) {
      // Two servers may start at once; what the other one made is checked like any other.
      if (s3CodeOf(error) !== 'BucketAlreadyOwnedByYou') throw error;
    }
  }

  private async checkBucket(): Promise<void> {
    const { client, bucket } = this;
    if (await isLocked(client, bucket)) {
      throw new TileStoreUnfit(
        'locked',
        `the bucket "${bucket}" has object lock, which keeps every checkpoint for ever; ` +
          'tiles need a bucket of their own, without lock',
      );
    }
    const versioning = await client.getBucketVersioning(bucket);
    if (versioning?.Status !== 'Enabled') return;
    const why = `the bucket "${bucket}" keeps versions, so each checkpoint would make it slower`;
    throw new TileStoreUnfit('versioned', why);
  }
}

const refusals = ['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch'];
const removedAtOnceMax = 1_000;

function connect(options: MinioTileStoreOptions): Client {
  const { protocol, hostname, port } = new URL(options.origin);
  const isSecure = protocol === 'https:';
  return new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: +port }),
    useSSL: isSecure,
    accessKey: options.accessKey,
    secretKey: options.secretKey,
    // Its retries print to the console and hide what the server said. The sequencer retries.
    retryOptions: { disableRetry: true },
    transport: { request: patiently(isSecure, options.quietMsMax ?? quietMsDefault) },
  });
}

/** The client has no time limit of its own: a server that went silent would hold the log for ever. */
function patiently(isSecure: boolean, quietMsMax: number) {
  const send = isSecure ? requestHttps : requestHttp;
  const request = (
    options: RequestOptions,
    onResponse?: (response: IncomingMessage) => void,
  ): ClientRequest => {
    const sent = send({ ...options, timeout: quietMsMax }, onResponse);
    sent.on('timeout', () => sent.destroy(new Error(`no answer for ${quietMsMax} ms`)));
    return sent;
  };
  return request as NonNullable<ClientOptions['transport']>['request'];
}

async function isLocked(client: Client, bucket: string): Promise<boolean> {
  try {
    // The client declares a form without promises first; this one is what it does.
    const found = client.getObjectLockConfig(bucket) as unknown as Promise<{
      readonly objectLockEnabled?: string;
    }>;
    return (await found).objectLockEnabled === 'Enabled';
  } catch (error) {
    if (s3CodeOf(error) !== 'ObjectLockConfigurationNotFoundError') throw error;
    return false;
  }
}

/** The code that the server gave its refusal, undefined when it was not the server that failed. */
function s3CodeOf(error: unknown): string | undefined {
  const isServers = error instanceof Error && error.name === 'S3Error' && 'code' in error;
  return isServers && typeof error.code === 'string' ? error.code : undefined;
}

/** Neither an address nor a key gets into the message; the cause is for the log. */
function away(error: unknown): TileStoreUnavailable {
  if (error instanceof TileStoreUnavailable) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const why = s3CodeOf(error) ?? code ?? (error instanceof TileStoreUnfit ? message : 'no answer');
  return new TileStoreUnavailable(`the bucket of tiles: ${why}`, error);
}
