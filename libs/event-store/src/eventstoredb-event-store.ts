import {
  EventStoreDBClient,
  isCommandError,
  START,
  StreamDeletedError,
  streamNameFilter,
} from '@eventstore/db-client';
import type { AllStreamResolvedEvent, RecordedEvent } from '@eventstore/db-client';
import { parseCount, parseUnsigned64 } from '#kernel';
import { checkAppend } from './append-check.ts';
import { AppendCall } from './eventstoredb-append-call.ts';
import type { AppendAnswer } from './eventstoredb-append-call.ts';
import { AppendFailed, EventStore, StoreUnavailable, VersionConflict } from './port.ts';
import type {
  AllFilter,
  Appended,
  Delivery,
  ExpectedRevision,
  NewEvent,
  Position,
  StoredEvent,
} from './port.ts';
import { logPosition, nameFilter, noPosition, positionOf } from './eventstoredb-wire.ts';
import { answered, leave, nothingIfAbsent, partsOf } from './eventstoredb-streams.ts';
import { Turns } from './turns.ts';

export type EventStoreDbOptions = {
  /**
   * How long an append, or the next part of a read, may stay unanswered. Default 10 s. A silent
   * server costs a quarter more, because its own deadline is given the chance to answer first.
   */
  readonly deadlineMs?: number;
};

/** Connects lazily: the first call finds out whether the server is there. */
export function connectEventStore(
  connectionString: string,
  options: EventStoreDbOptions = {},
): EventStoreDbEventStore {
  return new EventStoreDbEventStore(connectionString, options);
}

/** So many appends may be unanswered: more would only wait in the server's memory, not in ours. */
const appendsUnderWayMax = 256;

/**
 * The event store behind EventStoreDB's gRPC protocol (client 6.2.1), whether a real server or the
 * embedded node answers. Only the files of this name import that client.
 *
 * Reading and appending have a client each: the client reconnects by closing its channel, and a read
 * that fails must not take appends with it. Reads and subscriptions are the client's own; appends go
 * through a call that we hold (`AppendCall` says why).
 */
export class EventStoreDbEventStore extends EventStore {
  private readonly connectionString: string;
  private readonly deadlineMs: number;
  private readonly reader: EventStoreDBClient;
  private readonly turns = new Turns(appendsUnderWayMax);
  private appender: EventStoreDBClient;
  private appendCall: Promise<AppendCall> | undefined;
  private isClosed = false;

  constructor(connectionString: string, options: EventStoreDbOptions = {}) {
    super();
    this.connectionString = connectionString;
    this.deadlineMs = options.deadlineMs ?? 10_000;
    this.reader = EventStoreDBClient.connectionString(connectionString);
    this.appender = EventStoreDBClient.connectionString(connectionString);
  }

  override get appendsWaiting(): number {
    return this.turns.waitingCount;
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const checked = checkAppend(stream, expected, events);
    if (this.isClosed) throw new AppendFailed('absent', 'the connection was closed');
    if (!(await this.turns.take(this.deadlineMs))) {
      throw new AppendFailed('absent', `not sent: no turn within ${this.deadlineMs} ms`);
    }
    try {
      const call = await this.openAppendCall();
      const answer = await call.append(stream, expected, checked);
      if (answer.kind !== 'written') throw appendFailure(answer, stream, expected);
      const { lastRevision, position } = answer;
      return { lastRevision, position: position ?? (await this.positionAt(stream, lastRevision)) };
    } finally {
      this.turns.giveBack();
    }
  }

  override async *readStream(
    stream: string,
    options: { readonly fromRevision?: number; readonly maxCount?: number } = {},
  ): AsyncGenerator<StoredEvent> {
    const { fromRevision = 0, maxCount = Number.MAX_SAFE_INTEGER } = options;
    if (maxCount <= 0) return;
    try {
      const read = nothingIfAbsent(
        this.reader.readStream(stream, { fromRevision: big(fromRevision), maxCount }),
      );
      for await (const { event } of answered(read, this.deadlineMs, maxCount)) {
        if (event) yield stored(event);
      }
    } catch (error) {
      throw unavailable(error);
    }
  }

  override async *readAll(
    options: { readonly after?: Position; readonly maxCount?: number } = {},
  ): AsyncGenerator<StoredEvent> {
    const { after, maxCount = Number.MAX_SAFE_INTEGER } = options;
    // The client cannot filter this read, so the count is kept here and not by the server.
    let left = maxCount;
    if (left <= 0) return;
    const fromPosition = after === undefined ? START : logPosition(after);
    try {
      const read = this.reader.readAll({ fromPosition });
      for await (const { event } of answered(read, this.deadlineMs)) {
        if (event === undefined || event.streamId.startsWith('$')) continue;
        const one = stored(event);
        // The server's `from` is inclusive, the port's `after` is not.
        if (after !== undefined && one.position <= after) continue;
        yield one;
        left -= 1;
        if (left === 0) return;
      }
    } catch (error) {
      throw unavailable(error);
    }
  }

  override async *subscribeToAll(options: {
    readonly after?: Position;
    readonly filter?: AllFilter;
    readonly signal: AbortSignal;
  }): AsyncGenerator<Delivery> {
    const { after, filter, signal } = options;
    if (signal.aborted) return;
    const subscription = this.reader.subscribeToAll({
      fromPosition: after === undefined ? START : logPosition(after),
      filter: streamNameFilter({
        regex: nameFilter(filter?.excludeStreamPrefixes ?? []),
        // Pushed into the same queue as the events: told apart from it, a checkpoint would overtake
        // events that the consumer has not seen, and a restart from it would skip them.
        checkpointReached: (_, position) => {
          subscription.push({ kind: 'checkpoint', position: positionOf(position) });
        },
      }),
    });
    subscription.on('caughtUp', () => subscription.push({ kind: 'caught-up' }));
    // The client reports errors also after the end, when nobody else listens.
    subscription.on('error', () => {});
    // Any part wakes the loop, which then looks at the signal before at the part.
    const wake = () => subscription.push({ kind: 'caught-up' });
    signal.addEventListener('abort', wake, { once: true });
    try {
      for await (const part of partsOf<AllStreamResolvedEvent | Delivery>(subscription)) {
        if (isAborted(signal)) return;
        if ('kind' in part) yield part;
        else if (part.event) yield { kind: 'event', event: stored(part.event) };
        if (isAborted(signal)) return;
      }
    } catch (error) {
      if (isAborted(signal)) return;
      throw unavailable(error);
    } finally {
      signal.removeEventListener('abort', wake);
      leave(subscription, subscription.unsubscribe());
    }
    if (!isAborted(signal)) throw new StoreUnavailable('the server ended the subscription');
  }

  override async ping(): Promise<void> {
    try {
      const read = this.reader.readAll({ maxCount: 1 });
      for await (const _ of answered(read, this.deadlineMs, 1)) return;
    } catch (error) {
      throw unavailable(error);
    }
  }

  override async close(): Promise<void> {
    this.isClosed = true;
    // A read whose consumer stopped half-way and never comes back must not hold this up.
    await this.orSilence(Promise.all([this.appender.dispose(), this.reader.dispose()]));
  }

  /** The call that is open, or a new one; AppendFailed when there is none to be had. */
  private async openAppendCall(): Promise<AppendCall> {
    const opening = (this.appendCall ??= this.startAppendCall());
    const call = await this.orSilence(opening).catch((error: unknown) => error);
    if (call instanceof AppendCall) return call;
    // A failed look at the server's features may be remembered by the client for ever.
    if (this.forget(opening)) this.renewAppender();
    const said = call === 'silence' ? `no answer within ${this.deadlineMs} ms` : messageOf(call);
    throw new AppendFailed('absent', `not sent: ${said}`, call);
  }

  /** Some servers answer a repetition without the position of the first time. */
  private async positionAt(stream: string, revision: number): Promise<Position> {
    try {
      for await (const event of this.readStream(stream, { fromRevision: revision, maxCount: 1 })) {
        return event.position;
      }
    } catch (error) {
      throw new AppendFailed('unknown', `${stream}: written, but not read back`, error);
    }
    throw new AppendFailed('unknown', `${stream}: acknowledged at ${revision} and not there`);
  }

  /** The client itself waits for ever, both for the server's features and for its calls to end. */
  private async orSilence<T>(answer: Promise<T>): Promise<T | 'silence'> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<'silence'>((resolve) => {
      timer = setTimeout(() => resolve('silence'), this.deadlineMs * 1.25);
    });
    return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
  }

  private startAppendCall(): Promise<AppendCall> {
    const opening = AppendCall.open(this.appender, this.deadlineMs, (wasSilent) => {
      if (this.forget(opening) && wasSilent) this.renewAppender();
    });
    return opening;
  }

  /** The next append opens a call of its own; false when one after this has been opened already. */
  private forget(opening: Promise<AppendCall>): boolean {
    if (this.appendCall !== opening) return false;
    this.appendCall = undefined;
    return true;
  }

  /** Ends the calls of a client that cannot be relied on; what was under way becomes unknown. */
  private renewAppender(): void {
    if (this.isClosed) return;
    const client = this.appender;
    this.appender = EventStoreDBClient.connectionString(this.connectionString);
    void client.dispose();
  }
}

function appendFailure(
  answer: Exclude<AppendAnswer, { readonly kind: 'written' }>,
  stream: string,
  expected: ExpectedRevision,
): Error {
  if (answer.kind === 'wrong-version') {
    return new VersionConflict(stream, expected, answer.actualRevision);
  }
  const said = `${stream}: ${answer.message}`;
  if (answer.kind === 'refused') return new AppendFailed('absent', said);
  return new AppendFailed('unknown', said, answer.cause);
}

function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  return new StoreUnavailable(messageOf(error), error);
}

function messageOf(error: unknown): string {
  if (error instanceof StreamDeletedError) {
    return 'the stream was deleted in the event store, which a ledger never does';
  }
  if (!(error instanceof Error)) return String(error);
  return isCommandError(error) ? `${error.type} ${error.message}`.trimEnd() : error.message;
}

function stored(event: RecordedEvent): StoredEvent {
  const { id, streamId: stream, type, data, metadata, position } = event;
  const revision = count(event.revision);
  if (!event.isJson || metadata === undefined) {
    throw new StoreUnavailable(`${stream} ${revision}: not an event of a ledger`);
  }
  // Servers before 22.6 leave it out where a single stream is read.
  if (position === undefined || position.commit === noPosition) {
    throw new StoreUnavailable('the server is too old: it reads streams without positions');
  }
  return {
    id,
    stream,
    revision,
    position: positionOf(position),
    type,
    data,
    metadata: metadata as StoredEvent['metadata'],
  };
}

function count(value: bigint): number {
  const number = parseCount(value.toString());
  if (number === undefined) throw new StoreUnavailable(`a revision out of range: ${value}`);
  return number;
}

function big(value: number): bigint {
  const integer = parseUnsigned64(String(value));
  if (integer === undefined) throw new TypeError(`not a revision: ${value}`);
  return integer;
}

/** Read through a function, because the compiler takes a signal once seen as unchanged. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
