import { setTimeout as pause } from 'node:timers/promises';
import { DeliveryQueue } from '#event-store';
import type { Delivery, EventStore, Position } from '#event-store';
import { BatchWriter, PoisonEvent } from './batch-writer.ts';
import type { BatchWriterOptions } from './batch-writer.ts';
import type { Database } from './database.ts';
import { prepareSchema, readProgress, writersLock } from './schema.ts';
import type { Progress } from './schema.ts';
import { Waiters } from './waiters.ts';
import type { Target } from './waiters.ts';

export type ProjectorOptions = BatchWriterOptions & {
  readonly store: EventStore;
  /** Of the database: lets one projector write while others stand by. Absent: there is no other. */
  readonly alone?: Database['alone'];
  /** Most events in one transaction. */
  readonly batchMax?: number;
  /** Told of each batch that was committed: how many events, and how long it took. For metrics. */
  readonly onBatch?: (eventCount: number, tookMs: number) => void;
  /** How long to wait before try number `tries` of a broken subscription, or until aborted. */
  readonly backOff?: (tries: number, signal: AbortSignal) => Promise<void>;
};

/** For readiness and for metrics. */
export type ProjectorStatus = {
  /**
   * `standby`: another process writes, this one takes over when that ends; what is in the database
   * can be read meanwhile. `failed`: an event cannot be projected, `lastError` names it, and only a
   * person can help.
   */
  readonly state: 'stopped' | 'starting' | 'standby' | 'running' | 'waiting' | 'failed';
  /** Position of the last leaf in the database. */
  readonly position: Position | null;
  /** Leaf index of the last leaf in the database. */
  readonly leafIndex: number | null;
  /** True while everything the store had when it last said so is in the database. */
  readonly caughtUp: boolean;
  readonly lastError: Error | null;
};

/**
 * Follows `$all` and keeps the read models up to date. What it has committed it never applies
 * again, what it has not committed it asks for again, after a restart and after a broken connection
 * alike: the position is in the same transaction as the rows.
 */
export class Projector {
  private readonly options: ProjectorOptions;
  private readonly writer: BatchWriter;
  private readonly waiters = new Waiters();
  private stopping = new AbortController();
  private isWatching = false;
  private running: Promise<void> = Promise.resolve();
  private present: ProjectorStatus = {
    state: 'stopped',
    position: null,
    leafIndex: null,
    caughtUp: false,
    lastError: null,
  };

  constructor(options: ProjectorOptions) {
    this.options = options;
    this.writer = new BatchWriter(options);
  }

  status(): ProjectorStatus {
    return this.present;
  }

  /** The same, asked of the database where another process writes to it. */
  async look(): Promise<ProjectorStatus> {
    if (this.present.state === 'standby') {
      const { db, schema } = this.options;
      const progress = await readProgress(db, schema);
      this.note(progress, progress.position);
    }
    return this.present;
  }

  /**
   * Prepares the schema and begins to follow; resolves as soon as queries can be answered, which is
   * long before it has caught up. Throws ReadModelsOutdated when a rebuild must come first.
   */
  async start(): Promise<void> {
    if (this.present.state !== 'stopped') throw new TypeError('the projector runs already');
    const { db, schema, models } = this.options;
    await prepareSchema(db, schema, models);
    this.present = { ...this.present, state: 'starting', caughtUp: false, lastError: null };
    const progress = await this.writer.position();
    this.note(progress, progress.position);
    this.stopping = new AbortController();
    this.running = this.run(this.stopping.signal);
  }

  /** Ends after the batch in hand; nothing applied is lost, nothing half applied remains. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.present = { ...this.present, state: 'stopped', caughtUp: false };
    this.waiters.release();
  }

  /**
   * Resolves to true as soon as the target is committed, to false when `timeoutMs` have passed or
   * the projector stopped or failed before. Woken by the commit; only a standby, who hears of none,
   * asks the database while somebody waits.
   */
  async waitFor(target: Target, timeoutMs: number): Promise<boolean> {
    const { state } = this.present;
    const isHopeless = state === 'failed' || state === 'stopped';
    const reached = this.waiters.wait(target, isHopeless ? 0 : timeoutMs);
    if (state === 'standby') void this.watch(this.stopping.signal);
    return reached;
  }

  private async watch(signal: AbortSignal): Promise<void> {
    if (this.isWatching) return;
    this.isWatching = true;
    while (this.waiters.isAwaited && this.present.state === 'standby') {
      // While the database is away nothing is reached, and whoever waits runs into time.
      await this.look().catch(() => undefined);
      await pause(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
    this.isWatching = false;
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let tries = 1; !signal.aborted; tries += 1) {
      const before = this.present.leafIndex;
      try {
        await this.followAlone(signal);
      } catch (error) {
        if (signal.aborted) return;
        const lastError = error instanceof Error ? error : new Error(String(error));
        this.present = { ...this.present, caughtUp: false, lastError };
        if (lastError instanceof PoisonEvent) {
          this.present = { ...this.present, state: 'failed' };
          this.waiters.release();
          return;
        }
        // Whatever else failed (the store, the database) may work again: wait, then begin anew
        // from what the database says. Until then the state shows it and waitFor runs into time.
        this.present = { ...this.present, state: 'waiting' };
        if (this.present.leafIndex !== before) tries = 1;
        await (this.options.backOff ?? backOffByDoubling)(tries, signal);
      }
    }
  }

  private async followAlone(signal: AbortSignal): Promise<void> {
    const { alone, schema } = this.options;
    if (alone === undefined) return this.follow(signal);
    const standBy = () => {
      this.present = { ...this.present, state: 'standby', caughtUp: false };
      if (this.waiters.isAwaited) void this.watch(signal);
    };
    const run = async (held: AbortSignal) => {
      // Read anew: another process may have written since this one last did.
      await this.writer.reload();
      return this.follow(held);
    };
    return alone(writersLock(schema), signal, run, standBy);
  }

  /** One subscription, from the committed position until it breaks or `signal` aborts. */
  private async follow(signal: AbortSignal): Promise<void> {
    this.present = { ...this.present, state: 'starting' };
    const progress = await this.writer.position();
    this.note(progress, progress.position);
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const queue = new DeliveryQueue(2 * this.batchMax);
    const subscription = this.options.store.subscribeToAll({
      ...(progress.position === undefined ? {} : { after: progress.position }),
      // Not `log-head`: as a prefix it would also leave out `log-heads`, whose events are leaves.
      filter: { excludeStreamPrefixes: ['$'] },
      signal: either,
    });
    const reading = queue.fill(subscription, either);
    try {
      await this.drain(queue, either);
    } finally {
      ended.abort();
      await reading;
    }
  }

  private async drain(queue: DeliveryQueue, signal: AbortSignal): Promise<void> {
    for (;;) {
      // While catching up only full batches are worth a commit; once live, whatever is there is.
      const batch = await queue.take(this.batchMax, this.present.caughtUp);
      if (batch === undefined) return;
      const began = performance.now();
      const events = batch.flatMap((one) => (one.kind === 'event' ? [one.event] : []));
      const { progress, poison } = await this.writer.apply(events);
      const caughtUp = this.present.caughtUp || batch.some(({ kind }) => kind === 'caught-up');
      this.present = { ...this.present, state: 'running', caughtUp, lastError: null };
      this.note(progress, poison === undefined ? lastPosition(batch) : undefined);
      if (events.length > 0) this.options.onBatch?.(events.length, performance.now() - began);
      if (poison !== undefined) throw poison;
      if (caughtUp) await this.rest(queue, performance.now() - began, signal);
    }
  }

  /**
   * A commit costs several milliseconds however few events it holds, and PGlite spends them in the
   * thread that answers requests. Under load it would commit a handful of events at a time and leave
   * half of the thread to writing. So while nobody waits to read what he wrote, a live projector
   * rests four times as long as it worked; a full batch, a reader who waits and a stop end the rest.
   */
  private async rest(queue: DeliveryQueue, workedMs: number, signal: AbortSignal): Promise<void> {
    const rested = new AbortController();
    const restMs = Math.min(4 * workedMs, restMsMax);
    const wanted = this.waiters.untilWanted(restMs, AbortSignal.any([signal, rested.signal]));
    const full = queue.untilFull(this.batchMax, rested.signal);
    await Promise.race([wanted, full]);
    rested.abort();
    await Promise.all([wanted, full]);
  }

  /** Shows what is committed, and wakes those who waited for it. */
  private note({ leafCount, position }: Progress, seen: Position | undefined): void {
    const leafIndex = leafCount === 0 ? null : leafCount - 1;
    this.present = { ...this.present, position: position ?? null, leafIndex };
    // Everything up to `seen` was considered, also what is not logged or was a checkpoint.
    const reached =
      seen !== undefined && (position === undefined || seen > position) ? seen : position;
    this.waiters.reached({ leafIndex, position: reached ?? null });
  }

  private get batchMax(): number {
    return this.options.batchMax ?? 500;
  }
}

/** A standby asks so often while somebody waits to read what he wrote elsewhere. */
const lookEveryMs = 20;
/** Nobody who does not ask for it waits longer for a read model to follow. */
const restMsMax = 250;

function lastPosition(batch: readonly Delivery[]): Position | undefined {
  const last = batch.findLast(({ kind }) => kind !== 'caught-up');
  if (last?.kind === 'event') return last.event.position;
  return last?.kind === 'checkpoint' ? last.position : undefined;
}

/** A tenth of a second, doubled with each try, at most five seconds; ends at once on abort. */
async function backOffByDoubling(tries: number, signal: AbortSignal): Promise<void> {
  const delayMs = Math.min(5_000, 50 * 2 ** Math.min(tries, 10));
  await pause(delayMs, undefined, { signal }).catch(() => undefined);
}
