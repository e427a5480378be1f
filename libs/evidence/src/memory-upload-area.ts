import type { AgencyId, Clock, Digest } from '#kernel';
import type { BlobPut, UploadedFile } from './blob-store.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';
import { UploadArea } from './upload-area.ts';
import type { HeldUpload } from './upload-area.ts';

/** The upload area for specs: a blob store in memory for each agency. */
export class MemoryUploadArea extends UploadArea {
  private readonly clock: Clock;
  private readonly stores = new Map<AgencyId, MemoryBlobStore>();
  private readonly uploads = new Map<string, HeldUpload>();

  constructor(clock: Clock) {
    super();
    this.clock = clock;
  }

  override async put(
    agency: AgencyId,
    expected: Digest | null,
    content: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytesMax: number },
  ): Promise<BlobPut> {
    const put = await this.storeOf(agency).put(expected, content, options);
    const { digest, sizeBytes } = put;
    const key = `${agency} ${digest}`;
    if (!this.uploads.has(key)) {
      this.uploads.set(key, { agency, digest, sizeBytes, since: this.clock.now() });
    }
    return put;
  }

  override async file(agency: AgencyId, digest: Digest): Promise<UploadedFile | undefined> {
    const store = this.storeOf(agency);
    const known = await store.stat(digest);
    if (known === undefined) return undefined;
    async function* content() {
      yield* (await store.open(digest)).content;
    }
    return { sizeBytes: known.sizeBytes, content, path: null };
  }

  override async remove(agency: AgencyId, digest: Digest): Promise<void> {
    this.tamper(agency, digest, () => undefined);
    this.uploads.delete(`${agency} ${digest}`);
  }

  override async held(): Promise<readonly HeldUpload[]> {
    return [...this.uploads.values()];
  }

  /** Puts other bytes in the place of an upload, behind the back of the port. */
  tamper(
    agency: AgencyId,
    digest: Digest,
    change: (bytes: Uint8Array) => Uint8Array | undefined,
  ): void {
    this.storeOf(agency).tamper(digest, change);
  }

  private storeOf(agency: AgencyId): MemoryBlobStore {
    const store = this.stores.get(agency) ?? new MemoryBlobStore();
    this.stores.set(agency, store);
    return store;
  }
}
