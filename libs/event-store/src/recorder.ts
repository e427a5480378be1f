import assert from 'node:assert';
import {
  digestOf,
  entryBytes,
  entryBytesMax,
  entryDigest,
  eventIdOf,
  notBefore,
  Refusal,
  refuseCommand,
} from '#kernel';
import type {
  Basis,
  Clock,
  Decider,
  Decision,
  Digest,
  Fact,
  Instant,
  Metadata,
  PersonId,
} from '#kernel';
import { AppendFailed, StoreUnavailable, VersionConflict } from './port.ts';
import type { EventStore, NewEvent, Position, StoredEvent } from './port.ts';
import { Presumption } from './presumption.ts';
import { StreamCache } from './stream-cache.ts';
import type { Folded, Folding } from './stream-cache.ts';

/** A command with everything that makes it this person's one command (CONTRACTS 4). */
export type Envelope<Command> = {
  readonly command: Command;
  readonly person: PersonId;
  readonly commandId: string;
  /** Digest of the canonical request: the same command id with another one is refused. */
  readonly requestDigest: Digest;
  /** The revision the person saw, from If-Match; null when none was sent. */
  readonly ifMatch: number | null;
  readonly correlationId: string;
  readonly causationId: string | null;
};

/** What was recorded. Made from the events read back where a try was repeated. */
export type Receipt = {
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly digest: Digest;
  readonly recordedAt: Instant;
  readonly commandId: string;
  /** Opaque; the HTTP layer turns it into Ledger-Position. Null when only the stream was read. */
  readonly position: Position | null;
  /** True when the command had been recorded before and this is the first answer again. */
  readonly repeated: boolean;
};

/** What the rules need from elsewhere, and the revisions of the streams it came from. */
export type Prepared<Context> = { readonly context: Context; readonly basis: readonly Basis[] };

/** What is to be appended, and the digests of the entries that it will be. */
type Acts = { readonly events: readonly NewEvent[]; readonly digests: readonly Digest[] };

export type RecorderOptions = {
  readonly store: EventStore;
  readonly clock: Clock;
  /** Name and version of the software, as it goes into each event's metadata. */
  readonly software: string;
  readonly cache: StreamCache;
};

const triesMax = 4;

/**
 * Load, fold, decide, append: the one way a command becomes events. Order of the checks is that of
 * CONTRACTS 4: the command's earlier outcome first, then If-Match, then the rules.
 */
export class Recorder {
  private readonly options: RecorderOptions;
  private readonly inFlight = new Set<string>();
  private readonly presumption: Presumption;

  constructor(options: RecorderOptions) {
    this.options = options;
    this.presumption = new Presumption(options.cache);
  }

  /** The folded present of a stream; `revision` is -1 when it does not exist. */
  async load<S, F extends Fact>(folding: Folding<S, F>, stream: string): Promise<Folded<S>> {
    try {
      return await this.options.cache.load(folding, stream);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw refuseCommand('store/unavailable');
      throw error;
    }
  }

  /**
   * Records what the decider decides. Rejects with a Refusal (nothing written, except that
   * `store/outcome-unknown` leaves it open) and never reports an unknown outcome as a failure.
   */
  async record<C, S, F extends Fact, X>(
    decider: Decider<C, S, F, X>,
    stream: string,
    envelope: Envelope<C>,
    prepare: (state: S, now: Instant) => Promise<Prepared<X>>,
  ): Promise<Receipt> {
    if (this.inFlight.has(envelope.commandId)) throw refuseCommand('command/in-flight');
    this.inFlight.add(envelope.commandId);
    try {
      return await this.tryToRecord(decider, stream, envelope, prepare);
    } finally {
      this.inFlight.delete(envelope.commandId);
    }
  }

  private async tryToRecord<C, S, F extends Fact, X>(
    decider: Decider<C, S, F, X>,
    stream: string,
    envelope: Envelope<C>,
    prepare: (state: S, now: Instant) => Promise<Prepared<X>>,
  ): Promise<Receipt> {
    for (let tries = 1; ; tries += 1) {
      // Who names no revision means what is not there yet, or will be told to name one.
      const mayPresume = tries === 1 && envelope.ifMatch === null;
      const presumed = mayPresume ? this.presumption.absent(decider, stream) : undefined;
      const folded = presumed ?? (await this.load(decider, stream));
      const earlier = await this.earlierOutcome(folded, stream, envelope);
      if (earlier !== undefined) return earlier;
      checkPrecondition(decider, folded, envelope);

      let acts: Acts;
      try {
        acts = await this.decide(decider, stream, envelope, folded, prepare);
      } catch (error) {
        // What is refused where nothing was presumed to be must be refused where it was looked for.
        if (presumed === undefined || !(error instanceof Refusal)) throw error;
        continue;
      }
      try {
        return await this.append(decider, stream, folded, acts, envelope);
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
        this.options.cache.forget(stream);
        // Whoever named a revision lost the race and learns the present; a creation named none and
        // looks again. Either way the next look finds a try of our own that had won unnoticed.
        if (envelope.ifMatch !== null || tries === triesMax) {
          const present = await this.load(decider, stream);
          const own = await this.earlierOutcome(present, stream, envelope);
          if (own !== undefined) return own;
          throw refuseCommand('command/stale', {
            expected: envelope.ifMatch,
            revision: present.revision,
          });
        }
      }
    }
  }

  private async decide<C, S, F extends Fact, X>(
    decider: Decider<C, S, F, X>,
    stream: string,
    envelope: Envelope<C>,
    folded: Folded<S>,
    prepare: (state: S, now: Instant) => Promise<Prepared<X>>,
  ): Promise<Acts> {
    const now = notBefore(folded.lastRecordedAt, this.options.clock.now());
    const { context, basis } = await prepare(folded.state, now);
    const decision = decider.decide(envelope.command, folded.state, context);
    const events = this.stamp(decision, envelope, othersOf(basis, stream), now);
    return { events, digests: digestsOf(events, stream, folded.revision) };
  }

  private stamp<F extends Fact>(
    decision: Decision<F>,
    envelope: Envelope<unknown>,
    basis: readonly Basis[],
    recordedAt: Instant,
  ): NewEvent[] {
    assert(decision.facts.length > 0, 'a decision without a fact is a refusal');
    assert(decision.actor.person === envelope.person, 'a decision is the act of who sent it');
    const metadata: Metadata = {
      actor: decision.actor,
      commandId: envelope.commandId,
      requestDigest: envelope.requestDigest,
      correlationId: envelope.correlationId,
      causationId: envelope.causationId,
      recordedAt,
      software: this.options.software,
      basis,
    };
    return decision.facts.map(({ type, data }, index) => ({
      id: eventIdOf(envelope.commandId, index),
      type,
      data,
      metadata,
    }));
  }

  /**
   * One append, repeated with the same ids while its outcome is unknown. Deadlines belong to the
   * adapter; here three unknown answers end in `store/outcome-unknown`, never in a failure.
   */
  private async append<S, F extends Fact>(
    folding: Folding<S, F>,
    stream: string,
    folded: Folded<S>,
    { events, digests }: Acts,
    envelope: Envelope<unknown>,
  ): Promise<Receipt> {
    const { store, cache } = this.options;
    const expected = folded.revision < 0 ? 'no-stream' : folded.revision;
    for (let tries = 1; ; tries += 1) {
      const isNew = this.presumption.newness();
      try {
        const { position } = await store.append(stream, expected, events);
        const stored = events.map((event, index) => ({
          ...event,
          stream,
          revision: folded.revision + 1 + index,
          position,
        }));
        const isCertainlyOurs = tries === 1 && cache.soleWriter && isNew(position);
        if (!isCertainlyOurs) return await this.readBack(folding, lastOf(stored), envelope);
        this.presumption.recorded(position);
        cache.extend(folding, stream, folded, stored, digests);
        return {
          ...receiptOf(lastOf(stored), lastOf(digests), envelope.commandId),
          repeated: false,
        };
      } catch (error) {
        if (!(error instanceof AppendFailed)) throw error;
        // That a later try was certainly not written says nothing about the tries before it.
        if (error.outcome === 'absent' && tries === 1) throw refuseCommand('store/unavailable');
        cache.forget(stream);
        this.presumption.leftOpen(stream);
        if (tries === 3) throw refuseCommand('store/outcome-unknown');
      }
    }
  }

  /**
   * The receipt from what stands in the stream. Another process may have carried out the same
   * command at the same time: its events have our ids, the store takes our append for a repetition,
   * and what was recorded is theirs, with their time and perhaps of another request.
   */
  private async readBack<S, F extends Fact>(
    folding: Folding<S, F>,
    ours: StoredEvent,
    envelope: Envelope<unknown>,
  ): Promise<Receipt> {
    let receipt: Receipt | undefined;
    try {
      const present = await this.load(folding, ours.stream);
      receipt = await this.earlierOutcome(present, ours.stream, envelope);
    } catch (error) {
      // It was recorded: only which answer to give is open until the store can be read again.
      const isAway = error instanceof Refusal && error.code === 'store/unavailable';
      throw isAway ? refuseCommand('store/outcome-unknown') : error;
    }
    assert(receipt !== undefined, `${ours.stream}: acknowledged, and the command is not there`);
    return { ...receipt, repeated: receipt.digest !== entryDigest(ours) };
  }

  private async earlierOutcome<S>(
    folded: Folded<S>,
    stream: string,
    envelope: Envelope<unknown>,
  ): Promise<Receipt | undefined> {
    const outcome = folded.commands.get(envelope.commandId);
    if (outcome === undefined) return undefined;
    if (outcome.requestDigest !== envelope.requestDigest) {
      throw refuseCommand('command/key-reused', { stream, revision: outcome.lastRevision });
    }
    try {
      const fromRevision = outcome.lastRevision;
      const last = this.options.store.readStream(stream, { fromRevision, maxCount: 1 });
      for await (const event of last) {
        const receipt = receiptOf(event, entryDigest(event), envelope.commandId);
        return { ...receipt, repeated: true };
      }
    } catch (error) {
      throw error instanceof StoreUnavailable ? refuseCommand('store/unavailable') : error;
    }
    throw new Error(`${stream}: revision ${outcome.lastRevision} was folded and is gone`);
  }
}

/** The last event's digest stands for the act; commands with several facts are read from it back. */
function receiptOf(
  event: StoredEvent,
  digest: Digest,
  commandId: string,
): Omit<Receipt, 'repeated'> {
  return {
    stream: event.stream,
    revision: event.revision,
    eventId: event.id,
    type: event.type,
    digest,
    recordedAt: event.metadata.recordedAt,
    commandId,
    position: event.position,
  };
}

function checkPrecondition<C, S>(
  decider: { creates(command: C): boolean },
  folded: Folded<S>,
  envelope: Envelope<C>,
): void {
  const exists = folded.revision >= 0;
  if (envelope.ifMatch === null) {
    // A creation of what exists is refused by its own rule, which says more than 428 could.
    if (exists && !decider.creates(envelope.command)) {
      throw refuseCommand('command/no-precondition', { revision: folded.revision });
    }
    return;
  }
  if (!exists) throw refuseCommand('command/absent', { expected: envelope.ifMatch });
  if (envelope.ifMatch !== folded.revision) {
    throw refuseCommand('command/stale', {
      expected: envelope.ifMatch,
      revision: folded.revision,
    });
  }
}

/**
 * Each other stream once: the first look counts, since where a stream moved in between the older
 * revision claims less. The stream's own revision is what the append names.
 */
function othersOf(basis: readonly Basis[], own: string): Basis[] {
  const revisions = new Map<string, number>();
  for (const { stream, revision } of basis) {
    if (stream !== own && revision >= 0 && !revisions.has(stream)) revisions.set(stream, revision);
  }
  return [...revisions].map(([stream, revision]) => ({ stream, revision }));
}

/** Of the entries that these events will be. Made once for an act: it is its dearest arithmetic. */
function digestsOf(events: readonly NewEvent[], stream: string, revision: number): Digest[] {
  return events.map((event, index) => {
    const entry = entryBytes({ ...event, stream, revision: revision + 1 + index });
    if (entry.length > entryBytesMax) {
      const facts = { bytes: entry.length, bytesMax: entryBytesMax };
      throw refuseCommand('command/entry-too-large', facts);
    }
    return digestOf(entry);
  });
}

function lastOf<T>(items: readonly T[]): T {
  const last = items.at(-1);
  assert(last !== undefined);
  return last;
}
