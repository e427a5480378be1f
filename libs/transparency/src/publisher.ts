import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, Instant } from '#kernel';
import { base64, formatSignedNote, isQuorum, parseCheckpoint, parseSignedNote, utf8 } from '#tlog';
import type { NoteSignature, Policy, SignedNote } from '#tlog';
import type { LogHead } from './log-head.ts';
import { checkpointPath } from './tile-store.ts';
import type { TileStore } from './tile-store.ts';
import type { WitnessClient } from './witness-client.ts';
import { isCosignature, WitnessContact } from './witness-contact.ts';
import type { WitnessState } from './witness-contact.ts';

export type PublisherOptions = {
  readonly tiles: TileStore;
  readonly clock: Clock;
  /** Its log is this one; witnesses without an address are not asked. */
  readonly policy: Policy;
  readonly witnesses: WitnessClient;
  /** How long a witness may take to answer. */
  readonly patienceMs?: number;
  /** How long the other witnesses may take once there are enough. */
  readonly graceMs?: number;
  /** How long whoever failed `tries` times is left alone, or until aborted. */
  readonly backOff?: (tries: number, signal: AbortSignal) => Promise<void>;
};

export type Published = {
  readonly treeSize: number;
  readonly root: string;
  /** Null where it was published before this start. */
  readonly publishedAt: Instant | null;
  /** Names, by the policy, of those who cosigned it. */
  readonly witnessed: readonly string[];
};

export type PublisherStatus = {
  readonly published: Published | undefined;
  /** Size of the tree that waits to be published, null if none does. */
  readonly pending: number | null;
  /** Whether the last head that was taken up found enough cosignatures. */
  readonly quorum: 'met' | 'missing';
  readonly witnesses: readonly WitnessState[];
  readonly lastError: Error | null;
};

/** The head in hand and who has cosigned it so far, by the policy's names. */
type Candidate = { readonly head: LogHead; readonly cosigned: Map<string, NoteSignature> };

/**
 * Publishes heads: asks the witnesses of the policy, all at once, and writes `checkpoint` when there
 * are enough cosignatures. A newer head takes the place of one that still waits; the published size
 * never goes back. Nobody waits for it: recording and sequencing go on whatever witnesses do.
 */
export class Publisher {
  private readonly options: PublisherOptions;
  private readonly contacts: readonly WitnessContact[];
  private readonly resting = new Set<WitnessContact>();
  private readonly failures = new Map<WitnessContact, number>();
  private stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  private newest: LogHead | undefined;
  private candidate: Candidate | undefined;
  private published: Published | undefined;
  private quorum: PublisherStatus['quorum'];
  private lastError: Error | null = null;
  private woken = Promise.withResolvers<void>();

  constructor(options: PublisherOptions) {
    this.options = options;
    const { policy, tiles, clock, witnesses: client } = options;
    this.contacts = policy.witnesses
      .filter(({ url }) => url !== undefined)
      .map((witness) => new WitnessContact({ witness, tiles, clock, client }));
    this.quorum = isQuorum(policy.quorum, new Set()) ? 'met' : 'missing';
  }

  /** Takes a head whose tiles are durable; returns at once. An older one than known is passed over. */
  offer(head: LogHead): void {
    if (this.newest !== undefined && this.newest.treeSize >= head.treeSize) return;
    this.newest = head;
    this.wake();
  }

  status(): PublisherStatus {
    const { published, newest, quorum, lastError } = this;
    const isPending = newest !== undefined && newest.treeSize > (published?.treeSize ?? -1);
    const pending = isPending ? newest.treeSize : null;
    const witnesses = this.contacts.map((contact) => contact.status());
    return { published, pending, quorum, witnesses, lastError };
  }

  /** Reads what is published already and begins. Rejects with TileStoreUnavailable. */
  async start(): Promise<void> {
    if (this.isRunning) return;
    await this.readPublished();
    this.stopping = new AbortController();
    this.isRunning = true;
    this.running = this.run(this.stopping.signal);
  }

  /** Ends after what is being written. */
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
        if (await this.advance(signal)) tries = 1;
        this.lastError = null;
      } catch (error) {
        if (signal.aborted) return;
        this.lastError = error instanceof Error ? error : new Error(String(error));
        await (this.options.backOff ?? backOffByDoubling)(tries, signal);
        tries += 1;
        continue;
      }
      if (!this.hasWork()) await promise;
    }
  }

  /** Something newer came, or somebody who has not cosigned the head in hand can be asked again. */
  private hasWork(): boolean {
    if (this.newest === undefined || this.stopping.signal.aborted) return false;
    if (this.newest !== this.candidate?.head) return true;
    return this.askable(this.candidate).length > 0;
  }

  private askable({ cosigned }: Candidate): readonly WitnessContact[] {
    return this.contacts.filter(
      (contact) => !this.resting.has(contact) && !cosigned.has(contact.witness.name),
    );
  }

  /** One round for the newest head; true if a checkpoint was written. */
  private async advance(signal: AbortSignal): Promise<boolean> {
    const head = this.newest;
    if (head === undefined) return false;
    const candidate = this.candidate?.head === head ? this.candidate : await this.taken(head);
    this.candidate = candidate;
    const ended = new AbortController();
    const patience = AbortSignal.timeout(this.options.patienceMs ?? 10_000);
    const either = AbortSignal.any([signal, ended.signal, patience]);
    const enough = Promise.withResolvers<void>();
    const look = () => {
      if (this.isEnough(candidate)) enough.resolve();
    };
    look();
    const asked = this.askable(candidate).map(async (contact) => {
      await this.ask(contact, candidate, either);
      look();
    });
    const all = Promise.allSettled(asked);
    await Promise.race([all, enough.promise]);
    const met = this.isEnough(candidate);
    if (met && asked.length > 0) {
      const grace = pause(this.options.graceMs ?? 500, undefined, { signal: either });
      await Promise.race([all, grace.catch(() => undefined)]);
    }
    ended.abort();
    const ends = await all;
    this.quorum = met ? 'met' : 'missing';
    const written = met && (await this.publish(candidate));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return written;
  }

  private async ask(contact: WitnessContact, { head, cosigned }: Candidate, signal: AbortSignal) {
    const newest = this.newest?.treeSize ?? head.treeSize;
    const signature = await contact.cosign(head, newest, signal);
    if (signature === undefined) return this.rest(contact);
    this.failures.delete(contact);
    cosigned.set(contact.witness.name, signature);
  }

  /** A witness that did not cosign is left alone for a while, so that it delays nobody. */
  private rest(contact: WitnessContact): void {
    const tries = (this.failures.get(contact) ?? 0) + 1;
    this.failures.set(contact, tries);
    this.resting.add(contact);
    const backOff = this.options.backOff ?? backOffByDoubling;
    void backOff(tries, this.stopping.signal).then(() => {
      this.resting.delete(contact);
      this.wake();
    });
  }

  private isEnough({ cosigned }: Candidate): boolean {
    return isQuorum(this.options.policy.quorum, new Set(cosigned.keys()));
  }

  /** Cosignatures of the same head that were published before are kept. */
  private async taken(head: LogHead): Promise<Candidate> {
    const cosigned = new Map<string, NoteSignature>();
    if (head.treeSize !== this.published?.treeSize) return { head, cosigned };
    const note = await this.readNote();
    const { clock, policy } = this.options;
    for (const witness of policy.witnesses) {
      const text = textOf(head);
      const kept = note?.signatures.find((one) => isCosignature({ witness, clock }, text, one));
      if (kept !== undefined) cosigned.set(witness.name, kept);
    }
    return { head, cosigned };
  }

  /**
   * Writes the checkpoint, unless there is a larger one: another server on the same store may have
   * been faster. Two that write at the same instant are not told apart; the smaller one then stands
   * until the next head.
   */
  private async publish({ head, cosigned }: Candidate): Promise<boolean> {
    const { tiles, policy, clock } = this.options;
    const witnessed = policy.witnesses.map(({ name }) => name).filter((name) => cosigned.has(name));
    const known = await this.readPublished();
    if (known !== undefined && known.treeSize > head.treeSize) return false;
    const isKnown = known?.treeSize === head.treeSize;
    if (isKnown && witnessed.every((name) => known.witnessed.includes(name))) return false;
    const note = parseSignedNote(utf8(head.checkpoint));
    if (!note.ok) throw new TypeError(`a head is no note: ${note.fault}`);
    const { text, signatures } = note.value;
    const cosignatures = witnessed.map((name) => cosigned.get(name) as NoteSignature);
    const bytes = formatSignedNote({ text, signatures: [...signatures, ...cosignatures] });
    await tiles.write([{ path: checkpointPath, bytes }]);
    const { treeSize, root } = head;
    this.published = { treeSize, root, publishedAt: clock.now(), witnessed };
    return true;
  }

  /** What the store holds; whether it may stand there is for the sequencer's recovery to say. */
  private async readPublished(): Promise<Published | undefined> {
    const note = await this.readNote();
    const checkpoint = note && parseCheckpoint(note.text);
    if (note === undefined || checkpoint?.ok !== true) return undefined;
    const { size: treeSize, root } = checkpoint.value;
    const { clock, policy } = this.options;
    const witnessed = policy.witnesses
      .filter((witness) =>
        note.signatures.some((one) => isCosignature({ witness, clock }, note.text, one)),
      )
      .map(({ name }) => name);
    const isOwn = this.published?.treeSize === treeSize;
    const publishedAt = isOwn ? (this.published?.publishedAt ?? null) : null;
    this.published = { treeSize, root: base64(root), publishedAt, witnessed };
    return this.published;
  }

  private async readNote(): Promise<SignedNote | undefined> {
    const bytes = await this.options.tiles.read(checkpointPath);
    const note = bytes && parseSignedNote(bytes);
    return note?.ok === true ? note.value : undefined;
  }

  private wake(): void {
    this.woken.resolve();
    this.woken = Promise.withResolvers<void>();
  }
}

function textOf({ checkpoint }: LogHead): string {
  const note = parseSignedNote(utf8(checkpoint));
  if (!note.ok) throw new TypeError(`a head is no note: ${note.fault}`);
  return note.value.text;
}

/** Half a second, doubled with each try, at most a minute; ends at once on abort. */
async function backOffByDoubling(tries: number, signal: AbortSignal): Promise<void> {
  const timeMs = Math.min(60_000, 250 * 2 ** Math.min(tries, 8));
  await pause(timeMs, undefined, { signal }).catch(() => undefined);
}
