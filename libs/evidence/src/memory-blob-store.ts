import { digestOf } from '#kernel';
import type { Digest } from '#kernel';
import {
  BlobCorrupt,
  BlobDigestMismatch,
  BlobMissing,
  BlobStore,
  BlobTooLarge,
  checkedContent,
} from './blob-store.ts';
import type { BlobPut, BlobReading, BlobStat, RunningDigest } from './blob-store.ts';

/** How small the pieces are that a reader gets: small, so that specs see more than one. */
const chunkBytes = 4096;

/**
 * The blob store for specs. It keeps every promise of the port that can be kept in memory, and
 * lets a spec do what an intruder with access to the disk could.
 */
export class MemoryBlobStore extends BlobStore {
  override readonly kind = 'memory';
  private readonly blobs = new Map<Digest, Uint8Array>();

  override async put(
    expected: Digest | null,
    content: AsyncIterable<Uint8Array>,
    { sizeBytesMax }: { readonly sizeBytesMax: number },
  ): Promise<BlobPut> {
    const bytes = await gather(content, sizeBytesMax);
    const digest = digestOf(bytes);
    if (expected !== null && expected !== digest) throw new BlobDigestMismatch(expected, digest);
    const there = this.blobs.get(digest);
    if (there !== undefined && digestOf(there) !== digest) {
      throw new BlobCorrupt(digest, digestOf(there));
    }
    if (there === undefined) this.blobs.set(digest, bytes);
    return { digest, alreadyThere: there !== undefined, ...placeOf(bytes) };
  }

  override async open(digest: Digest): Promise<BlobReading> {
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) throw new BlobMissing(digest);
    const sizeBytes = bytes.length;
    return { sizeBytes, content: checkedContent(digest, sizeBytes, pieces(bytes), gathering()) };
  }

  override async stat(digest: Digest): Promise<BlobStat | undefined> {
    const bytes = this.blobs.get(digest);
    return bytes === undefined ? undefined : placeOf(bytes);
  }

  override async ping(): Promise<void> {}

  /** Puts other bytes in the place of a blob, or none, behind the back of the port. */
  tamper(digest: Digest, change: (bytes: Uint8Array) => Uint8Array | undefined): void {
    const bytes = this.blobs.get(digest);
    const changed = bytes === undefined ? undefined : change(bytes.slice());
    if (changed === undefined) this.blobs.delete(digest);
    else this.blobs.set(digest, changed);
  }
}

function placeOf(bytes: Uint8Array): BlobStat {
  return { sizeBytes: bytes.length, versionId: null, retainUntil: null };
}

async function gather(
  content: AsyncIterable<Uint8Array>,
  sizeBytesMax: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of content) {
    sizeBytes += chunk.length;
    if (sizeBytes > sizeBytesMax) throw new BlobTooLarge(sizeBytesMax);
    // Copied, because the producer may fill the same buffer again.
    chunks.push(chunk.slice());
  }
  return joined(chunks);
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
}

/** No hash that runs in a browser and takes chunks is needed for a fake: it gathers. */
function gathering(): RunningDigest {
  const chunks: Uint8Array[] = [];
  return {
    update: (chunk) => chunks.push(chunk),
    digest: () => digestOf(joined(chunks)),
  };
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
