import { AppendFailed, EventStore, VersionConflict } from '#event-store';
import type {
  AllFilter,
  Appended,
  Delivery,
  ExpectedRevision,
  NewEvent,
  Position,
  StoredEvent,
} from '#event-store';
import { isLogged } from '#kernel';
import type { AppendOutcome, Metrics } from './metrics.ts';

/** Most appends of unknown outcome that are remembered; a store that is away makes many. */
const unknownMax = 1_000;

/**
 * An event store whose appends are counted and timed; reads pass through as they are. What is
 * counted as recorded is what was acknowledged to this server: an append whose outcome stays unknown
 * is not, even if it was written, until somebody repeats it.
 */
export class MeasuredEventStore extends EventStore {
  private readonly inner: EventStore;
  private readonly metrics: Metrics;
  private readonly onRecorded: (appended: Appended, eventCount: number) => void;
  /** First event ids of appends that may have been written. */
  private readonly unknown = new Set<string>();
  private inFlightCount = 0;

  constructor(
    inner: EventStore,
    metrics: Metrics,
    onRecorded: (appended: Appended, eventCount: number) => void,
  ) {
    super();
    this.inner = inner;
    this.metrics = metrics;
    this.onRecorded = onRecorded;
  }

  /** Appends that were asked for and have not ended, those that wait for their turn included. */
  get appendsInFlight(): number {
    return this.inFlightCount;
  }

  override get appendsWaiting(): number {
    return this.inner.appendsWaiting;
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const first = events[0]?.id ?? '';
    if (this.unknown.delete(first)) this.metrics.appendRetried();
    const began = performance.now();
    this.inFlightCount += 1;
    let outcome: AppendOutcome = 'unknown';
    try {
      const appended = await this.inner.append(stream, expected, events);
      outcome = 'recorded';
      for (const { type } of events) this.metrics.actRecorded(type);
      if (isLogged(stream)) this.onRecorded(appended, events.length);
      return appended;
    } catch (error) {
      outcome = outcomeOf(error);
      if (outcome === 'unknown') this.remember(first);
      throw error;
    } finally {
      this.inFlightCount -= 1;
      this.metrics.appendEnded(outcome, performance.now() - began);
    }
  }

  override readStream(
    stream: string,
    options?: { readonly fromRevision?: number; readonly maxCount?: number },
  ): AsyncIterable<StoredEvent> {
    return this.inner.readStream(stream, options);
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

  private remember(first: string): void {
    this.unknown.add(first);
    const oldest = this.unknown.values().next().value;
    if (this.unknown.size > unknownMax && oldest !== undefined) this.unknown.delete(oldest);
  }
}

/** What is none of the port's own errors is a fault of ours: whether it was written is open. */
function outcomeOf(error: unknown): AppendOutcome {
  if (error instanceof VersionConflict) return 'conflict';
  return error instanceof AppendFailed ? error.outcome : 'unknown';
}
