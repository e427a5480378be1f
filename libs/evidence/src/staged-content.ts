import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { digestFromHex } from '#kernel';
import type { Digest } from '#kernel';
import { BlobStoreUnavailable, BlobTooLarge } from './blob-store.ts';
import type { RunningDigest } from './blob-store.ts';

/**
 * The first step of every adapter: content of unknown size and digest becomes a local file of which
 * both are known. Only then is anything put under a name that cannot be taken back.
 */

export type Staged = { readonly digest: Digest; readonly sizeBytes: number };

/**
 * Writes the content into the file, hashing on the way, and closes the file in any case. With
 * `sync` the bytes are on the disk when it resolves; a failing sync is never tried again, since the
 * pages are gone. Throws BlobTooLarge, BlobStoreUnavailable for the disk, and what the content
 * itself throws, as it is.
 */
export async function stageInto(
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  { sizeBytesMax, sync }: { readonly sizeBytesMax: number; readonly sync: boolean },
): Promise<Staged> {
  try {
    const running = runningSha256();
    let sizeBytes = 0;
    // Only our own calls are mapped: an error of the content must come through as it is.
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > sizeBytesMax) throw new BlobTooLarge(sizeBytesMax);
      running.update(chunk);
      await mapDiskFaults(() => writeAll(file, chunk));
    }
    if (sync) await mapDiskFaults(() => file.sync());
    return { digest: running.digest(), sizeBytes };
  } finally {
    await mapDiskFaults(() => file.close());
  }
}

/** A write may take only a part of what it was given; the rest follows. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, at, chunk.length - at, null);
    at += bytesWritten;
  }
}

export function runningSha256(): RunningDigest {
  const hash = createHash('sha256');
  return {
    update: (chunk) => {
      hash.update(chunk);
    },
    digest: () => {
      const digest = digestFromHex(hash.digest('hex'));
      if (digest === undefined) throw new TypeError('SHA-256 is 64 hex digits');
      return digest;
    },
  };
}

export async function mapDiskFaults<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw diskFault(error);
  }
}

/** Errors of the operating system, as the port names them; our own bugs pass unchanged. */
export function diskFault(error: unknown): unknown {
  const code = systemCodeOf(error);
  if (code === undefined) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new BlobStoreUnavailable(full ? 'full' : 'io', error);
}

/** The code of an error of the operating system, undefined for any other error. */
export function systemCodeOf(error: unknown): string | undefined {
  // Not `instanceof`: under a test runner these errors come from another realm.
  const isSystemError =
    typeof error === 'object' && error !== null && 'code' in error && 'syscall' in error;
  return isSystemError && typeof error.code === 'string' ? error.code : undefined;
}
