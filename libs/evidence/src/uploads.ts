import { epochMs } from '#kernel';
import type { AgencyId, Clock, Digest } from '#kernel';
import { BlobCorrupt, BlobDigestMismatch, BlobMissing, BlobTooLarge } from './blob-store.ts';
import type { BlobStore } from './blob-store.ts';
import { asRefusal, findContent, receiveContent } from './content-intake.ts';
import type { ContentRequest, ReceivedContent } from './content-intake.ts';
import type { FoundContent } from './evidence.ts';
import { refuseEvidence } from './refusals.ts';
import type { HeldUpload, UploadArea } from './upload-area.ts';

/** What one agency may leave lying about, and for how long. */
export type UploadLimits = {
  /** Most bytes that are uploaded and not deposited, at any time. */
  readonly bytesMax: number;
  /** Most files handed in within an hour, whatever became of them. */
  readonly filesPerHourMax: number;
  /** An upload nobody deposited is removed after so long. */
  readonly keptMs: number;
};

export type UploadsOptions = {
  readonly area: UploadArea;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly limits: UploadLimits;
};

type PutOptions = Parameters<BlobStore['put']>[2];
type Waiting = HeldUpload & { readonly sinceMs: number };

const hourMs = 60 * 60 * 1000;

/**
 * The way of bytes from an upload to the store. They wait in the area of the agency that handed them
 * in; a deposit first puts them into the store, durably, and only then is recorded; the sweep
 * removes from the area alone. So whatever a sweep does, and whenever, no deposited byte is in its
 * reach: at worst an upload is gone before its deposit, which then asks for it again.
 *
 * Counted here and in memory: one process owns the area, and what lies in it is counted at the
 * start. Only the files of the last hour are forgotten with the process.
 */
export class Uploads {
  private readonly options: UploadsOptions;
  private readonly waiting = new Map<string, Waiting>();
  /** Bytes announced by uploads under way, for each agency. */
  private readonly announced = new Map<AgencyId, number>();
  private readonly handedIn = new Map<AgencyId, number[]>();
  /** Uploads that a put or a deposit is at work on: they are not removed meanwhile. */
  private readonly busy = new Map<string, number>();
  /** Removals under way: whoever hands the same file in again waits for them. */
  private readonly removals = new Map<string, Promise<void>>();

  private constructor(options: UploadsOptions) {
    this.options = options;
  }

  /** Counts what waits already. Rejects with BlobStoreUnavailable. */
  static async open(options: UploadsOptions): Promise<Uploads> {
    const uploads = new Uploads(options);
    for (const held of await options.area.held()) uploads.note(held);
    return uploads;
  }

  /**
   * Takes the bytes for the agency, within its limits. Refuses as `receiveContent` does, and with
   * `evidence/uploads-full` or `evidence/uploads-too-many`, before the first byte where the sender
   * said how many there will be.
   */
  receive(agency: AgencyId, request: ContentRequest): Promise<ReceivedContent> {
    const { digest } = request;
    const area = {
      put: (expected: Digest | null, content: AsyncIterable<Uint8Array>, options: PutOptions) =>
        this.options.area.put(agency, expected, content, options),
    };
    // Noted before the announcement is taken back, or others would find its room free meanwhile.
    return this.within(agency, request, area, ({ sizeBytes }) => {
      this.note({ agency, digest, sizeBytes, since: this.options.clock.now() });
    });
  }

  /**
   * Compares bytes with a file that the sender may read already; nothing waits afterwards. Within
   * the same limits: reading, hashing and staging cost the same, whatever the bytes turn out to be.
   */
  compare(agency: AgencyId, request: ContentRequest): Promise<ReceivedContent> {
    return this.within(agency, request, this.options.store);
  }

  private async within(
    agency: AgencyId,
    request: ContentRequest,
    store: Pick<BlobStore, 'put'>,
    taken: (received: ReceivedContent) => void = () => undefined,
  ): Promise<ReceivedContent> {
    const { digest, declaredBytes, sizeBytesMax } = request;
    const key = keyOf(agency, digest);
    if (declaredBytes !== null && declaredBytes > sizeBytesMax) {
      throw refuseEvidence('evidence/too-large', { sizeBytes: declaredBytes, sizeBytesMax });
    }
    this.countFile(agency);
    const roomBytes = this.roomFor(agency, key);
    const wantedBytes = declaredBytes ?? Math.min(sizeBytesMax, roomBytes);
    if (wantedBytes > roomBytes || roomBytes === 0) throw this.full(agency);
    return this.atWork(key, () =>
      this.announcing(agency, wantedBytes, async () => {
        const limited = { ...request, sizeBytesMax: Math.min(sizeBytesMax, roomBytes) };
        const received = await receiveContent(store, limited).catch((error: unknown) => {
          throw isTooLarge(error) && roomBytes < sizeBytesMax ? this.full(agency) : error;
        });
        taken(received);
        return received;
      }),
    );
  }

  /**
   * Puts an upload of the agency into the store, for good, and says what is there then; null where
   * the agency has no such upload, or one that is no longer what it was.
   */
  async keep(agency: AgencyId, digest: Digest): Promise<FoundContent | null> {
    const { area, store } = this.options;
    return this.atWork(keyOf(agency, digest), async () => {
      try {
        const file = await area.file(agency, digest);
        if (file === undefined) return null;
        await store.putFile(digest, file);
        return await findContent(store, digest);
      } catch (error) {
        if (error instanceof BlobMissing) return null;
        if (error instanceof BlobCorrupt || error instanceof BlobDigestMismatch) {
          // Either copy may be the changed one: what lies in the store is for its operator.
          if ((await findContent(store, digest)) === null) {
            await this.remove(agency, digest);
            return null;
          }
        }
        throw asRefusal(error);
      }
    });
  }

  /**
   * The upload was deposited, or has waited too long: its bytes are free again. False where
   * somebody is at work on it, and for a fault of the disk; then a later sweep takes it.
   */
  async discard(agency: AgencyId, digest: Digest): Promise<boolean> {
    const key = keyOf(agency, digest);
    if (this.busy.has(key) || this.removals.has(key)) return false;
    const removal = this.remove(agency, digest);
    this.removals.set(
      key,
      removal.catch(() => undefined),
    );
    try {
      await removal;
      return true;
    } catch {
      return false;
    } finally {
      this.removals.delete(key);
    }
  }

  /** Discards what waited too long, and answers it. */
  async sweep(): Promise<readonly HeldUpload[]> {
    const { clock, limits } = this.options;
    const bornBeforeMs = epochMs(clock.now()) - limits.keptMs;
    const gone: HeldUpload[] = [];
    for (const { sinceMs, ...held } of [...this.waiting.values()]) {
      if (sinceMs > bornBeforeMs) continue;
      if (await this.discard(held.agency, held.digest)) gone.push(held);
    }
    return gone;
  }

  /** What an agency has waiting, in bytes, without what is under way. */
  waitingBytes(agency: AgencyId): number {
    let bytes = 0;
    for (const held of this.waiting.values()) if (held.agency === agency) bytes += held.sizeBytes;
    return bytes;
  }

  private async remove(agency: AgencyId, digest: Digest): Promise<void> {
    await this.options.area.remove(agency, digest);
    this.waiting.delete(keyOf(agency, digest));
  }

  private note(held: HeldUpload): void {
    const key = keyOf(held.agency, held.digest);
    this.waiting.set(key, { ...held, sinceMs: epochMs(held.since) });
  }

  /** Bytes the agency may still bring; the same file again takes the place it has. */
  private roomFor(agency: AgencyId, key: string): number {
    const again = this.waiting.get(key)?.sizeBytes ?? 0;
    const taken = this.waitingBytes(agency) - again + (this.announced.get(agency) ?? 0);
    return Math.max(0, this.options.limits.bytesMax - taken);
  }

  private full(agency: AgencyId): Error {
    const { bytesMax } = this.options.limits;
    const waitingBytes = this.waitingBytes(agency);
    return refuseEvidence('evidence/uploads-full', { waitingBytes, bytesMax });
  }

  /** Attempts count, not successes: each costs the disk and the line. */
  private countFile(agency: AgencyId): void {
    const now = epochMs(this.options.clock.now());
    const { filesPerHourMax } = this.options.limits;
    const recent = (this.handedIn.get(agency) ?? []).filter((at) => at > now - hourMs && at <= now);
    const [oldest = now] = recent;
    if (recent.length >= filesPerHourMax) {
      const retryAfterSeconds = Math.max(1, Math.ceil((oldest + hourMs - now) / 1000));
      throw refuseEvidence('evidence/uploads-too-many', { filesPerHourMax, retryAfterSeconds });
    }
    this.handedIn.set(agency, [...recent, now]);
  }

  private async announcing<T>(
    agency: AgencyId,
    sizeBytes: number,
    act: () => Promise<T>,
  ): Promise<T> {
    const add = (bytes: number) =>
      this.announced.set(agency, (this.announced.get(agency) ?? 0) + bytes);
    add(sizeBytes);
    try {
      return await act();
    } finally {
      add(-sizeBytes);
    }
  }

  private async atWork<T>(key: string, act: () => Promise<T>): Promise<T> {
    const add = (count: number) => {
      const left = (this.busy.get(key) ?? 0) + count;
      if (left === 0) this.busy.delete(key);
      else this.busy.set(key, left);
    };
    for (;;) {
      const removal = this.removals.get(key);
      if (removal === undefined) break;
      await removal;
    }
    add(1);
    try {
      return await act();
    } finally {
      add(-1);
    }
  }
}

function keyOf(agency: AgencyId, digest: Digest): string {
  return `${agency} ${digest}`;
}

/** As the intake tells it; a store that is asked past it may throw the port's own error. */
function isTooLarge(error: unknown): boolean {
  if (error instanceof BlobTooLarge) return true;
  return error instanceof Error && 'code' in error && error.code === 'evidence/too-large';
}
