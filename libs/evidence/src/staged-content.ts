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

/** What is handed to the disk at once. Chunks of a request are 64 KiB: a call for each costs more. */
const writeBytes = 512 * 1024;

/** Written back on the way after so many bytes, so that the disk does not begin at the end. */
const syncEveryBytes = 32 * 1024 * 1024;

/**
 * Writes the content into the file, hashing on the way, and closes the file in any case. With
 * `sync` the bytes are on the disk when it resolves; a failing sync is never tried again, since the
 * pages are gone. Throws BlobTooLarge, BlobStoreUnavailable for the disk, and what the content
 * itself throws, as it is.
 *
 * Receiving and hashing in this thread, writing in another and the disk itself work at the same
 * time: each call holds two buffers of 512 KiB, however large the content is.
 */
export async function stageInto(
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  { sizeBytesMax, sync }: { readonly sizeBytesMax: number; readonly sync: boolean },
): Promise<Staged> {
  const writer = new BehindWriter(file, sync);
  try {
    const running = runningSha256();
    let sizeBytes = 0;
    // Only our own calls are mapped: an error of the content must come through as it is.
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > sizeBytesMax) throw new BlobTooLarge(sizeBytesMax);
      running.update(chunk);
      await writer.add(chunk);
    }
    await writer.end();
    return { digest: running.digest(), sizeBytes };
  } finally {
    await writer.settled();
    await mapDiskFaults(() => file.close());
  }
}

/**
 * A file that is written one step behind its producer: while one buffer goes to the disk the next
 * is filled. Chunks are copied, since they belong to their producer again (BlobStore.put).
 */
class BehindWriter {
  private readonly file: FileHandle;
  private readonly sync: boolean;
  private filling: Buffer | undefined;
  private spare: Buffer | undefined;
  private filledBytes = 0;
  private unsyncedBytes = 0;
  /** The write under way, and the sync: at most one of each, and nothing after one that failed. */
  private writing: Promise<void> = Promise.resolve();
  private syncing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, sync: boolean) {
    this.file = file;
    this.sync = sync;
  }

  /** Resolves when the chunk was taken over; rejects with the fault of an earlier write or sync. */
  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      // Made for the first byte, and the second one only for content that fills the first.
      this.filling ??= Buffer.allocUnsafeSlow(writeBytes);
      const piece = chunk.subarray(at, at + writeBytes - this.filledBytes);
      this.filling.set(piece, this.filledBytes);
      this.filledBytes += piece.length;
      at += piece.length;
      if (this.filledBytes === writeBytes) await this.flush();
    }
  }

  /** Everything is written; with `sync` it is on the disk. */
  async end(): Promise<void> {
    await this.flush();
    await this.writing;
    await this.syncing;
    if (this.sync) await mapDiskFaults(() => this.file.sync());
  }

  /** Nothing is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.writing, this.syncing]);
  }

  private async flush(): Promise<void> {
    await this.writing;
    const full = this.filling?.subarray(0, this.filledBytes);
    if (full === undefined || full.length === 0) return;
    [this.filling, this.spare] = [this.spare, this.filling];
    this.filledBytes = 0;
    this.writing = noticed(mapDiskFaults(() => writeAll(this.file, full)));
    this.unsyncedBytes += full.length;
    if (!this.sync || this.unsyncedBytes < syncEveryBytes) return;
    this.unsyncedBytes = 0;
    // An earlier one that still runs slows the producer down to what the disk takes.
    await this.syncing;
    this.syncing = noticed(mapDiskFaults(() => this.file.datasync()));
  }
}

/** A fault that is awaited later is not one that nobody handles. */
function noticed(act: Promise<void>): Promise<void> {
  act.catch(() => undefined);
  return act;
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

/** How much of a file is read at once where it only passes through. */
export const passingBytes = 1024 * 1024;

/**
 * Gives the memory of a chunk back at once. Only for whoever has taken it from a socket, where each
 * chunk has memory of its own, and is done with it: left to the collector, chunks of 64 KiB make it
 * mark the whole heap for every 40 MiB that come in, half the processor time of an upload.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  // A chunk that shares its memory is a small one from a pool.
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}
