import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, Instant } from '#kernel';
import { areEqual, base64, formatSignedNote, hashesFromTiles, isQuorum } from '#tlog';
import { treeRoot, verifyCheckpoint } from '#tlog';
import type { CheckpointVerdict, NoteSignature, Policy } from '#tlog';
import { Cosigning } from './cosigning.ts';
import type { Candidate } from './cosigning.ts';
import { LogRefused } from './log-head.ts';
import type { LogHead } from './log-head.ts';
import { tileReader } from './recovery.ts';
import { checkpointPath } from './tile-store.ts';
import type { TileStore } from './tile-store.ts';
import type { WitnessClient } from './witness-client.ts';
import { isCosignature, noteOf } from './witness-contact.ts';
import type { WitnessState } from './witness-contact.ts';

export type PublisherOptions = {
  readonly tiles: TileStore;
  readonly clock: Clock;
  /** Its log is this one; witnesses without an address are not asked. */
  readonly policy: Policy;
  readonly witnesses: WitnessClient;
  /** How long a witness may take to answer; ten seconds if not said. */
  readonly patienceMs?: number;
  /** How long a newer head waits for witnesses that still look at this one; half a second. */
  readonly graceMs?: number;
  /** How long until what is published is looked at again, though nothing changed; ten seconds. */
  readonly lookAgainMs?: number;
  /** How long whoever failed `tries` times is left alone, or until aborted. */
  readonly backOff?: (tries: number, signal: AbortSignal) => Promise<void>;
  /** Told how things stand each time that something may have changed, not while it stops. */
  readonly onLook?: (status: PublisherStatus) => void;
};

export type Published = {
  readonly treeSize: number;
  readonly root: string;
  /** When a tree of this size was published first; null where that was before this start. */
  readonly publishedAt: Instant | null;
  /** Names, by the policy, of those who cosigned it. */
  readonly witnessed: readonly string[];
};

export type PublisherStatus = {
  readonly published: Published | undefined;
  /** Size of the tree that waits to be published, null if none does. */
  readonly pending: number | null;
  /** Whether the last head that all were asked for found enough cosignatures. */
  readonly quorum: 'met' | 'missing';
  readonly witnesses: readonly WitnessState[];
  readonly lastError: Error | null;
};

/** The checkpoint as it lies there, and what is to be said of it. */
type Stored = { readonly bytes: Uint8Array; readonly verdict: CheckpointVerdict };

/** From the fourth try on a failing store is asked every four seconds. */
const storeTriesMax = 4;

/**
 * Publishes heads: asks the witnesses of the policy, all at once, and writes `checkpoint` as soon as
 * there are enough cosignatures; those that come later are added. A newer head takes the place of
 * one that still waits, and one publisher never takes the published size back; where two share a
 * store by mistake, the larger one puts its own in its place again. Nobody waits for it: recording
 * and sequencing go on whatever witnesses do.
 */
export class Publisher {
  private readonly options: PublisherOptions;
  private readonly cosigning: Cosigning;
  private stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  private newest: LogHead | undefined;
  private published: Published | undefined;
  /** The last published checkpoint that is known to be a beginning of this log. */
  private agreed: Pick<Published, 'treeSize' | 'root'> | undefined;
  private quorum: PublisherStatus['quorum'];
  private publishError: Error | null = null;
  private woken = Promise.withResolvers<void>();

  constructor(options: PublisherOptions) {
    this.options = options;
    const { policy, tiles, clock, witnesses: client } = options;
    this.cosigning = new Cosigning({
      policy,
      tiles,
      clock,
      client,
      patienceMs: options.patienceMs ?? 10_000,
      graceMs: options.graceMs ?? 500,
      backOff: options.backOff ?? backOffByDoubling,
      onChange: () => this.wake(),
    });
    this.quorum = isQuorum(policy.quorum, new Set()) ? 'met' : 'missing';
  }

  /** Takes a head whose tiles are durable; returns at once. One that is no larger is passed over. */
  offer(head: LogHead): void {
    if (this.newest !== undefined && this.newest.treeSize >= head.treeSize) return;
    this.newest = head;
    this.wake();
  }

  status(): PublisherStatus {
    const { published, newest, quorum, cosigning } = this;
    const isPending = newest !== undefined && newest.treeSize > (published?.treeSize ?? -1);
    return {
      published,
      pending: isPending ? newest.treeSize : null,
      quorum,
      witnesses: cosigning.status(),
      lastError: this.publishError ?? cosigning.fault() ?? null,
    };
  }

  /** Reads what is published already and begins. Rejects with TileStoreUnavailable. */
  async start(): Promise<void> {
    if (this.isRunning) return;
    this.noteKnown(await this.read());
    this.stopping = new AbortController();
    this.isRunning = true;
    this.running = this.run(this.stopping.signal);
  }

  /** Ends after what is being written; a later start goes on with the newest head. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
    this.isRunning = false;
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let tries = 1; !signal.aborted;) {
      const { promise } = this.woken;
      try {
        await this.advance(signal);
        this.publishError = null;
        tries = 1;
        if (this.newest !== undefined && !signal.aborted) this.options.onLook?.(this.status());
      } catch (error) {
        this.publishError = error instanceof Error ? error : new Error(String(error));
        const backOff = this.options.backOff ?? backOffByDoubling;
        // The store is our own: it is looked after sooner than a witness that does not answer.
        const pauses = Math.min(tries, storeTriesMax);
        if (!signal.aborted) await backOff(pauses, signal).catch(() => undefined);
        tries += 1;
        continue;
      }
      await this.wokenOrLater(promise, signal);
    }
    await this.cosigning.stop();
  }

  private async wokenOrLater(woken: Promise<void>, stopping: AbortSignal): Promise<void> {
    if (stopping.aborted) return;
    const { lookAgainMs = 10_000 } = this.options;
    const waiting = new AbortController();
    const later = pause(lookAgainMs, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([woken, later]);
    waiting.abort();
  }

  /** Whatever can be done now; called again with each change. */
  private async advance(signal: AbortSignal): Promise<void> {
    const { newest, cosigning } = this;
    if (newest === undefined) return;
    if (cosigning.candidate?.head !== newest && cosigning.mayChange()) {
      // Under a steady load there is always a newer head: what found enough goes out first.
      const isOut = cosigning.candidate?.head.treeSize === this.published?.treeSize;
      if (!isOut) await this.publishEnough();
      cosigning.take(await this.candidateOf(newest));
    }
    cosigning.ask(signal);
    const isPublished = await this.publishEnough();
    if (!isPublished && !cosigning.isAsking()) this.quorum = 'missing';
  }

  /** Publishes the head in hand if it has enough cosignatures, and answers whether it has. */
  private async publishEnough(): Promise<boolean> {
    const { candidate } = this.cosigning;
    if (candidate === undefined || !this.cosigning.isEnough()) return false;
    this.quorum = 'met';
    await this.publish(candidate);
    return true;
  }

  /** Cosignatures of the same head that were published before are kept. */
  private async candidateOf(head: LogHead): Promise<Candidate> {
    const candidate = { head, cosigned: new Map<string, NoteSignature>() };
    if (head.treeSize === this.published?.treeSize) this.adopt(candidate, await this.read());
    return candidate;
  }

  /** Takes over what is published already, before its own: two servers then agree on one line. */
  private adopt({ head, cosigned }: Candidate, stored: Stored | undefined): void {
    const { clock, policy } = this.options;
    for (const witness of policy.witnesses) {
      const kept = stored?.verdict.note?.signatures.find((one) =>
        isCosignature({ witness, clock }, head, one),
      );
      if (kept !== undefined) cosigned.set(witness.name, kept);
    }
  }

  /**
   * Writes the checkpoint, unless there is a larger one: another server on the same store may have
   * been faster. Of two that write at the same instant the smaller one may stand, until the larger
   * one looks again. Throws LogRefused over a checkpoint of ours that is of another history.
   */
  private async publish(candidate: Candidate): Promise<void> {
    const { tiles, policy, clock } = this.options;
    const { head, cosigned } = candidate;
    const { treeSize, root } = head;
    const stored = await this.read();
    const known = this.noteKnown(stored);
    if (known !== undefined) {
      if (known.treeSize > treeSize) return;
      await this.checkBeginning(known, head);
    }
    const isKnown = known?.treeSize === treeSize;
    if (isKnown) this.adopt(candidate, stored);
    const witnessed = policy.witnesses.map(({ name }) => name).filter((name) => cosigned.has(name));
    const { text, signatures } = noteOf(head);
    const cosignatures = witnessed.map((name) => cosigned.get(name) as NoteSignature);
    const bytes = formatSignedNote({ text, signatures: [...signatures, ...cosignatures] });
    if (stored !== undefined && areEqual(stored.bytes, bytes)) return;
    await tiles.write([{ path: checkpointPath, bytes }]);
    const publishedAt = isKnown ? known.publishedAt : clock.now();
    this.published = { treeSize, root, publishedAt, witnessed };
    this.agreed = this.published;
  }

  /** Recovery has looked at the start; this is for what somebody else has published since. */
  private async checkBeginning(known: Published, head: LogHead): Promise<void> {
    const { agreed } = this;
    if (agreed?.treeSize === known.treeSize && agreed.root === known.root) return;
    const { treeSize } = known;
    const source = hashesFromTiles(head.treeSize, tileReader(this.options.tiles));
    const root = base64(await treeRoot(treeSize, source));
    if (known.root !== root) {
      const why = `the published checkpoint of ${treeSize} entries is not a beginning of this log`;
      throw new LogRefused('log/head-forked', why);
    }
    this.agreed = known;
  }

  /** What the store holds, held against the policy. */
  private async read(): Promise<Stored | undefined> {
    const bytes = await this.options.tiles.read(checkpointPath);
    return bytes && { bytes, verdict: verifyCheckpoint(bytes, this.options.policy) };
  }

  /**
   * What is published is what this log has signed: a stranger's checkpoint in its place neither
   * counts nor keeps anything back.
   */
  private noteKnown(stored: Stored | undefined): Published | undefined {
    const verdict = stored?.verdict;
    const isOurs = verdict?.faults.every(({ fault }) => faultsOfOurs.includes(fault)) ?? false;
    if (!isOurs || verdict?.checkpoint === undefined) return undefined;
    const { size: treeSize, root } = verdict.checkpoint;
    const publishedAt = this.published?.treeSize === treeSize ? this.published.publishedAt : null;
    const witnessed = [...verdict.witnessed];
    this.published = { treeSize, root: base64(root), publishedAt, witnessed };
    return this.published;
  }

  private wake(): void {
    this.woken.resolve();
    this.woken = Promise.withResolvers<void>();
  }
}

/** A policy may have changed since a checkpoint was published; that takes nothing back. */
const faultsOfOurs: readonly string[] = ['quorum-missing', 'witness-signature-invalid'];

/**
 * How long whoever failed `tries` times rests: half a second, doubled with each try, at most 15
 * seconds. A witness that comes back, or came to know this log, is waited for no longer than that;
 * one that stays away is asked four times a minute, which is a burden to nobody.
 */
export function restMs(tries: number): number {
  return Math.min(15_000, 250 * 2 ** Math.min(tries, 8));
}

/** Rests for {@link restMs}; ends at once on abort. */
async function backOffByDoubling(tries: number, signal: AbortSignal): Promise<void> {
  await pause(restMs(tries), undefined, { signal }).catch(() => undefined);
}
