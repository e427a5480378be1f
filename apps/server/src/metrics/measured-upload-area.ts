import { UploadArea } from '#evidence';
import type { BlobPut, HeldUpload, UploadedFile } from '#evidence';
import type { AgencyId, Digest } from '#kernel';
import { countedBytes } from './measured-blob-store.ts';
import type { Metrics } from './metrics.ts';

/** Where uploads wait, with what comes in counted. Chunks pass through uncopied. */
export class MeasuredUploadArea extends UploadArea {
  private readonly inner: UploadArea;
  private readonly metrics: Metrics;

  constructor(inner: UploadArea, metrics: Metrics) {
    super();
    this.inner = inner;
    this.metrics = metrics;
  }

  override async put(
    agency: AgencyId,
    expected: Digest | null,
    content: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytesMax: number },
  ): Promise<BlobPut> {
    this.metrics.uploadBegan();
    try {
      const counted = countedBytes(content, (sizeBytes) =>
        this.metrics.evidenceReceived(sizeBytes),
      );
      const put = await this.inner.put(agency, expected, counted, options);
      this.metrics.uploadEnded(put.alreadyThere ? 'already-there' : 'kept');
      return put;
    } catch (error) {
      this.metrics.uploadEnded('failed');
      throw error;
    }
  }

  override file(agency: AgencyId, digest: Digest): Promise<UploadedFile | undefined> {
    return this.inner.file(agency, digest);
  }

  override remove(agency: AgencyId, digest: Digest): Promise<void> {
    return this.inner.remove(agency, digest);
  }

  override held(): Promise<readonly HeldUpload[]> {
    return this.inner.held();
  }
}
