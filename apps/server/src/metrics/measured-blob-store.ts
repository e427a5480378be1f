import { BlobStore } from '#evidence';
import type { BlobInterference, BlobPut, BlobReading, BlobStat, UploadedFile } from '#evidence';
import type { Digest } from '#kernel';
import type { Metrics } from './metrics.ts';

/** A blob store whose uploads and bytes are counted. Chunks pass through uncopied. */
export class MeasuredBlobStore extends BlobStore {
  override readonly kind: string;
  private readonly inner: BlobStore;
  private readonly metrics: Metrics;

  constructor(inner: BlobStore, metrics: Metrics) {
    super();
    this.kind = inner.kind;
    this.inner = inner;
    this.metrics = metrics;
  }

  override async put(
    expected: Digest | null,
    content: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytesMax: number },
  ): Promise<BlobPut> {
    this.metrics.uploadBegan();
    try {
      const counted = countedBytes(content, (sizeBytes) =>
        this.metrics.evidenceReceived(sizeBytes),
      );
      const put = await this.inner.put(expected, counted, options);
      this.metrics.uploadEnded(put.alreadyThere ? 'already-there' : 'kept');
      return put;
    } catch (error) {
      this.metrics.uploadEnded('failed');
      throw error;
    }
  }

  /** From an upload that was counted when it came. */
  override putFile(digest: Digest, file: UploadedFile): Promise<BlobPut> {
    return this.inner.putFile(digest, file);
  }

  override async open(digest: Digest): Promise<BlobReading> {
    const { sizeBytes, content } = await this.inner.open(digest);
    const counted = countedBytes(content, (sent) => this.metrics.evidenceSent(sent));
    return { sizeBytes, content: counted };
  }

  override stat(digest: Digest): Promise<BlobStat | undefined> {
    return this.inner.stat(digest);
  }

  override ping(): Promise<void> {
    return this.inner.ping();
  }

  override interferences(digest: Digest): Promise<readonly BlobInterference[]> {
    return this.inner.interferences(digest);
  }
}

/**
 * The same chunks, counted as they pass. A generator keeps the promises of the port: the next chunk
 * is asked for only when the consumer wants it, and whoever stops early closes the source as well.
 */
export async function* countedBytes(
  content: AsyncIterable<Uint8Array>,
  count: (sizeBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of content) {
    count(chunk.length);
    yield chunk;
  }
}
