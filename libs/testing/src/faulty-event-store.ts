import { AppendFailed, EventStore, StoreUnavailable } from '#event-store';
import type {
  AllFilter,
  Appended,
  Delivery,
  ExpectedRevision,
  NewEvent,
  Position,
  StoredEvent,
} from '#event-store';

/**
 * `before`: the call never reached the store, nothing happened. `after`: it took effect and only
 * the answer was lost. Faults come in this pair, because callers must survive both.
 */
export type FaultMoment = 'before' | 'after';

/**
 * A store in front of a store that fails the appends and reads a spec chooses. Each fault strikes
 * once, in the order they were planned; without a plan it passes everything through.
 */
export class FaultyEventStore extends EventStore {
  /** Every append that was asked for, the failed ones too: what a retry repeats is visible here. */
  readonly appends: { stream: string; expected: ExpectedRevision; ids: readonly string[] }[] = [];
  /** Streams that were read, in order. */
  readonly reads: string[] = [];
  private readonly appendFaults: { moment: FaultMoment; outcome: AppendFailed['outcome'] }[] = [];
  private readFaults = 0;
  private interlude: (() => Promise<void>) | undefined;
  private readonly inner: EventStore;

  constructor(inner: EventStore) {
    super();
    this.inner = inner;
  }

  /** The next append not yet spoken for fails; it reports `unknown`, as a lost connection does. */
  failAppend(moment: FaultMoment, outcome: AppendFailed['outcome'] = 'unknown'): this {
    // Claiming absence of what was written would be a lying store, which no caller can survive.
    if (moment === 'after' && outcome === 'absent') throw new TypeError('it would not be absent');
    this.appendFaults.push({ moment, outcome });
    return this;
  }

  /** The next read of a stream fails before its first event. */
  failRead(): this {
    this.readFaults += 1;
    return this;
  }

  /** Runs once between a caller's next append being asked for and its reaching the store. */
  beforeNextAppend(interlude: () => Promise<void>): this {
    this.interlude = interlude;
    return this;
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    this.appends.push({ stream, expected, ids: events.map(({ id }) => id) });
    const interlude = this.interlude;
    this.interlude = undefined;
    await interlude?.();
    const fault = this.appendFaults.shift();
    if (fault?.moment === 'before') throw new AppendFailed(fault.outcome, 'planned, before');
    const appended = await this.inner.append(stream, expected, events);
    if (fault?.moment === 'after') throw new AppendFailed('unknown', 'planned, after');
    return appended;
  }

  override async *readStream(
    stream: string,
    options?: { readonly fromRevision?: number; readonly maxCount?: number },
  ): AsyncGenerator<StoredEvent> {
    this.reads.push(stream);
    if (this.readFaults > 0) {
      this.readFaults -= 1;
      throw new StoreUnavailable('planned');
    }
    yield* this.inner.readStream(stream, options);
  }

  override readAll(options?: {
    readonly after?: Position;
    readonly maxCount?: number;
  }): AsyncIterable<StoredEvent> {
    return this.inner.readAll(options);
  }

  override subscribeToAll(options: {
    readonly after?: Position;
    readonly filter?: AllFilter;
    readonly signal: AbortSignal;
  }): AsyncIterable<Delivery> {
    return this.inner.subscribeToAll(options);
  }

  override ping(): Promise<void> {
    return this.inner.ping();
  }

  override close(): Promise<void> {
    return this.inner.close();
  }
}
