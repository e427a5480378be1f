import type { AgencyId, Digest, Instant } from '#kernel';
import type { BlobPut, UploadedFile } from './blob-store.ts';

/** Bytes that an agency handed in and has not deposited yet. */
export type HeldUpload = {
  readonly agency: AgencyId;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** When they were handed in, as far as the area itself knows. */
  readonly since: Instant;
};

/**
 * Where uploads wait, apart for each agency, until somebody deposits them: outside the blob store,
 * because what is in there can never be removed. Nothing here is evidence, and nothing may rest on
 * it. Passes `upload-area.contract.ts`.
 *
 * Concurrency: any number of calls at once, also for the same upload. An upload that is removed
 * while it is read breaks off or is read to its end; it never yields other bytes.
 */
export abstract class UploadArea {
  /**
   * Keeps the bytes for the agency, durably when it resolves, with the rejections of
   * `BlobStore.put`. `alreadyThere` tells of this agency's uploads alone.
   */
  abstract put(
    agency: AgencyId,
    expected: Digest | null,
    content: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytesMax: number },
  ): Promise<BlobPut>;

  /** The upload, undefined where the agency has none of that digest. */
  abstract file(agency: AgencyId, digest: Digest): Promise<UploadedFile | undefined>;

  /** Resolves when it is gone, also where it was not there. Rejects with BlobStoreUnavailable. */
  abstract remove(agency: AgencyId, digest: Digest): Promise<void>;

  /** Everything that waits, in no order. Read once, at the start. */
  abstract held(): Promise<readonly HeldUpload[]>;
}
