import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'minio';
import type { ClientOptions } from 'minio';
import { BlobStoreUnavailable } from './blob-store.ts';

/** Where the bucket is and how it is entered. The keys are secret: nothing here prints them. */
export type MinioBucket = {
  /** Origin of the server, `http://` or `https://`, without a path. */
  readonly origin: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Days for which the server refuses to delete each version, to everybody. At least 1. */
  readonly retentionDays: number;
  /** A server that says nothing for so long is given up. */
  readonly quietMsMax?: number;
};

export type UnfitReason =
  'no-lock' | 'no-versions' | 'no-retention' | 'other-mode' | 'other-retention' | 'refused';

/** The store answers, but may not be used as it is. The message is one sentence for an operator. */
export class BlobStoreUnfit extends Error {
  readonly reason: UnfitReason;

  constructor(reason: UnfitReason, message: string) {
    super(message);
    this.name = 'BlobStoreUnfit';
    this.reason = reason;
  }
}

/**
 * What one upload holds in memory. The client reads files up to this size whole, and larger ones in
 * parts of it; 10,000 parts are the most, so files up to 80 GB fit.
 */
const partBytes = 8 * 1024 * 1024;
const quietMsDefault = 60_000;

export function connectMinio(options: MinioBucket): Client {
  const { protocol, hostname, port } = new URL(options.origin);
  const isSecure = protocol === 'https:';
  return new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: +port }),
    useSSL: isSecure,
    accessKey: options.accessKey,
    secretKey: options.secretKey,
    partSize: partBytes,
    // Its retries print to the console and hide what the server said. Our callers retry.
    retryOptions: { disableRetry: true },
    transport: transportWithPatience(isSecure, options.quietMsMax ?? quietMsDefault),
  });
}

/** The client has no time limit of its own: a server that went silent would hold us for ever. */
function transportWithPatience(isSecure: boolean, quietMsMax: number) {
  const send = isSecure ? requestHttps : requestHttp;
  const request = (
    options: RequestOptions,
    onResponse?: (response: IncomingMessage) => void,
  ): ClientRequest => {
    const sent = send({ ...options, timeout: quietMsMax }, onResponse);
    sent.on('timeout', () => sent.destroy(new Error(`no answer for ${quietMsMax} ms`)));
    return sent;
  };
  return { request: request as typeof requestHttp } satisfies ClientOptions['transport'];
}

/**
 * Makes the bucket where it is absent: with lock and versions, which can be had at its birth only,
 * and with COMPLIANCE for the days asked for. One that exists must be exactly so; it is never
 * changed, because whoever made it otherwise had a reason. Throws BlobStoreUnfit or
 * BlobStoreUnavailable.
 */
export async function prepareBucket(client: Client, options: MinioBucket): Promise<void> {
  const { bucket, retentionDays } = options;
  if (!(await startAsked(options, () => client.bucketExists(bucket)))) {
    await startAsked(options, () => makeIfAbsent(client, bucket));
  }
  const present = await startAsked(options, () => settledLockOf(client, bucket));
  const isNew = present.isLocked && present.mode === undefined;
  if (isNew && (await startAsked(options, () => isEmpty(client, bucket)))) {
    // Ours, and perhaps left half made by a start that was killed between the two calls.
    await startAsked(options, () => retain(client, bucket, retentionDays));
  }
  await startAsked(options, () => checkBucket(client, options));
}

/** Throws BlobStoreUnfit when somebody made the bucket weaker than it must be, or longer-lived. */
export async function checkBucket(client: Client, options: MinioBucket): Promise<void> {
  const { bucket, retentionDays } = options;
  const { isLocked, mode, days, isVersioned } = await lockOf(client, bucket);
  if (!isLocked) {
    throw new BlobStoreUnfit(
      'no-lock',
      `the bucket "${bucket}" has no object lock, which only a new bucket can be given`,
    );
  }
  if (!isVersioned) {
    throw new BlobStoreUnfit('no-versions', `the bucket "${bucket}" does not keep every version`);
  }
  if (mode === undefined) {
    throw new BlobStoreUnfit(
      'no-retention',
      `the bucket "${bucket}" holds objects and has no default retention`,
    );
  }
  if (mode !== 'COMPLIANCE') {
    throw new BlobStoreUnfit(
      'other-mode',
      `the bucket "${bucket}" retains in the mode ${mode}, which an administrator can bypass; ` +
        'COMPLIANCE is needed',
    );
  }
  if (days !== retentionDays) {
    throw new BlobStoreUnfit(
      'other-retention',
      `the bucket "${bucket}" retains for ${days ?? 'years, not'} days, and ` +
        `${retentionDays} were asked for`,
    );
  }
}

type LockConfig = {
  readonly objectLockEnabled?: string;
  readonly mode?: string;
  readonly unit?: string;
  readonly validity?: number;
};

type BucketLock = {
  readonly isLocked: boolean;
  readonly isVersioned: boolean;
  readonly mode: string | undefined;
  /** Undefined where it is counted in years. */
  readonly days: number | undefined;
};

async function lockOf(client: Client, bucket: string): Promise<BucketLock> {
  const versioning = await client.getBucketVersioning(bucket);
  // An exclusion would let some keys be overwritten: then it does not keep every version.
  const isVersioned = versioning?.Status === 'Enabled' && versioning.ExcludedPrefixes === undefined;
  try {
    // The client declares a form without promises first; this one is what it does.
    const found = client.getObjectLockConfig(bucket) as unknown as Promise<LockConfig>;
    const { objectLockEnabled, mode, unit, validity } = await found;
    const isLocked = objectLockEnabled === 'Enabled';
    return { isLocked, isVersioned, mode, days: unit === 'Days' ? validity : undefined };
  } catch (error) {
    if (s3CodeOf(error) !== 'ObjectLockConfigurationNotFoundError') throw error;
    return { isLocked: false, isVersioned, mode: undefined, days: undefined };
  }
}

/**
 * MinIO shows a bucket a moment before the lock that it was made with: of two servers that start at
 * once, the second one would find the bucket of the first without. Looks again for a second.
 */
async function settledLockOf(client: Client, bucket: string): Promise<BucketLock> {
  let found = await lockOf(client, bucket);
  for (let tries = 0; !(found.isLocked && found.isVersioned) && tries < 10; tries += 1) {
    await pause(100);
    found = await lockOf(client, bucket);
  }
  return found;
}

async function makeIfAbsent(client: Client, bucket: string): Promise<void> {
  try {
    await client.makeBucket(bucket, '', { ObjectLocking: true });
  } catch (error) {
    // Two servers may start at once; what the other one made is checked like any other.
    if (s3CodeOf(error) !== 'BucketAlreadyOwnedByYou') throw error;
  }
}

async function retain(client: Client, bucket: string, days: number): Promise<void> {
  const lock = { mode: 'COMPLIANCE', unit: 'Days', validity: days };
  const set = client.setObjectLockConfig.bind(client) as unknown as (
    bucket: string,
    lock: LockConfig,
  ) => Promise<void>;
  await set(bucket, lock);
}

async function isEmpty(client: Client, bucket: string): Promise<boolean> {
  const listed = client.listObjects(bucket, '', true, { IncludeVersion: true });
  for await (const _object of listed) return false;
  return true;
}

/** Rights and keys are an operator's matter at a start; everything else is the store's. */
async function startAsked<T>({ bucket }: MinioBucket, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof BlobStoreUnfit) throw error;
    const code = s3CodeOf(error) ?? '';
    if (refusals.includes(code)) {
      throw new BlobStoreUnfit(
        'refused',
        `the server refuses these keys what the bucket "${bucket}" needs (${code})`,
      );
    }
    throw storeFault(error);
  }
}

const refusals = ['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch'];
const fullCodes = ['XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded', 'QuotaExceeded'];

/** The code that the server gave its refusal, undefined when it was not the server that failed. */
export function s3CodeOf(error: unknown): string | undefined {
  const isServers = error instanceof Error && error.name === 'S3Error' && 'code' in error;
  return isServers && typeof error.code === 'string' ? error.code : undefined;
}

/** Whatever a call to the server ended with, as the port names it. */
export function storeFault(error: unknown): unknown {
  if (error instanceof BlobStoreUnavailable) return error;
  const isFull = fullCodes.includes(s3CodeOf(error) ?? '') || codeOf(error) === 'ENOSPC';
  return new BlobStoreUnavailable(isFull ? 'full' : 'io', error);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
