import {
  ErrorType,
  EventStoreDBClient,
  isCommandError,
  jsonEvent,
  START,
  StreamDeletedError,
  streamNameFilter,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import type {
  AllStreamResolvedEvent,
  CommandError,
  Credentials,
  JSONType,
  RecordedEvent,
} from '@eventstore/db-client';
import { parseCount, parseUnsigned64 } from '#kernel';
import { checkAppend } from './append-check.ts';
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
import {
  credentialsFor,
  logPosition,
  nameFilter,
  noPosition,
  positionOf,
} from './eventstoredb-wire.ts';
import { answered, leave, nothingIfAbsent, partsOf } from './eventstoredb-streams.ts';
import { Turns } from './turns.ts';

export type EventStoreDbOptions = {
  /**
   * How long an append, or the next part of a read, may stay unanswered. Default 10 s. A silent
   * server costs a quarter more, because its own deadline is given the chance to answer first.
   */
  readonly deadlineMs?: number;
  /**
   * `shared-stream` (the default) sends all appends through one call that stays open, `own-call`
   * opens a call for each. See the class for why there is a choice at all.
   */
  readonly appendBy?: 'shared-stream' | 'own-call';
};

/** Connects lazily: the first call finds out whether the server is there. */
export function connectEventStore(
  connectionString: string,
  options: EventStoreDbOptions = {},
): EventStoreDbEventStore {
  return new EventStoreDbEventStore(connectionString, options);
}

/** Of what is written to it, a call holds 16 messages while the server takes none. */
const sharedAppendsMax = 15;

/** The client's call that all appends share: one owner in a process, see the class. */
let sharedStreamOwner: EventStore | undefined;
function claimSharedStream(store: EventStore): void {
  sharedStreamOwner ??= store;
}

/**
 * The event store behind EventStoreDB's gRPC protocol (client 6.2.1), whether a real server or the
 * embedded node answers. No other file imports that client.
 *
 * The client keeps the unanswered appends of its fast call in one table for the whole process. Any
 * transport error rejects all of them, and an answer that arrives afterwards for one of them kills
 * the process from inside an event handler. What keeps that from happening here:
 *
 * 1. Appends have a client of their own, so that a failing read cannot give them a second call
 *    beside the first, whose answers would meet an emptied table.
 * 2. Only one instance in a process uses the fast call; any other opens a call for each append
 *    (about 2.3 times slower), and so never touches the table.
 * 3. After an append that was never answered, this instance does the same for good.
 * 4. Fewer appends are under way than the call holds when the server takes nothing: the client waits
 *    for room inside a promise whose rejection nobody can catch.
 */
export class EventStoreDbEventStore extends EventStore {
  private readonly connectionString: string;
  private readonly deadlineMs: number;
  /** Naming credentials for a call is what makes the client open one for it. */
  private readonly ownCallCredentials: Credentials | undefined;
  private readonly reader: EventStoreDBClient;
  private readonly turns = new Turns(sharedAppendsMax);
  private appender: EventStoreDBClient;
  private isClosed = false;

  constructor(connectionString: string, options: EventStoreDbOptions = {}) {
    super();
    this.connectionString = connectionString;
    this.deadlineMs = options.deadlineMs ?? 10_000;
    this.reader = EventStoreDBClient.connectionString(connectionString);
    this.appender = EventStoreDBClient.connectionString(connectionString);
    this.ownCallCredentials = credentialsFor(connectionString);
    if (options.appendBy !== 'own-call') claimSharedStream(this);
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    checkAppend(stream, expected, events);
    if (this.isClosed) throw new AppendFailed('absent', 'the connection was closed');
    const isShared = sharedStreamOwner === this || this.ownCallCredentials === undefined;
    if (!isShared) return this.send(stream, expected, events, this.ownCallCredentials);
    if (!(await this.turns.take(this.deadlineMs))) {
      throw new AppendFailed('absent', `not sent: no turn within ${this.deadlineMs} ms`);
    }
    try {
      return await this.send(stream, expected, events, undefined);
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
    if (sharedStreamOwner === this) sharedStreamOwner = undefined;
    // A read whose consumer stopped half-way and never comes back must not hold this up.
    await this.orSilence(Promise.all([this.appender.dispose(), this.reader.dispose()]));
  }

  private async send(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    credentials: Credentials | undefined,
  ): Promise<Appended> {
    const client = this.appender;
    const proposed = events.map(({ id, type, data, metadata }) => {
      return jsonEvent({ id, type, data: data as JSONType, metadata });
    });
    const sent = client.appendToStream(stream, proposed, {
      expectedRevision: expected === 'no-stream' ? 'no_stream' : big(expected),
      deadline: this.deadlineMs,
      ...(credentials && { credentials }),
    });
    const result = await this.orSilence(sent).catch((error: unknown) => {
      // A failed look at the server's features may be remembered by the client for ever.
      if (!isCommand(error)) this.renew(client);
      throw appendFailure(error, stream, expected, credentials === undefined);
    });
    if (result === 'silence') {
      if (sharedStreamOwner === this && this.ownCallCredentials) sharedStreamOwner = undefined;
      this.renew(client);
      throw new AppendFailed('unknown', `${stream}: no answer within ${this.deadlineMs} ms`);
    }
    const lastRevision = count(result.nextExpectedRevision);
    const position = result.position && positionOf(result.position);
    return { lastRevision, position: position ?? (await this.positionAt(stream, lastRevision)) };
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

  /** The client itself waits for ever, both for the server's features and for an append. */
  private async orSilence<T>(answer: Promise<T>): Promise<T | 'silence'> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<'silence'>((resolve) => {
      timer = setTimeout(() => resolve('silence'), this.deadlineMs * 1.25);
    });
    return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
  }

  /** Ends the calls of a client that cannot be relied on; what was under way becomes unknown. */
  private renew(client: EventStoreDBClient): void {
    if (this.appender !== client || this.isClosed) return;
    this.appender = EventStoreDBClient.connectionString(this.connectionString);
    void client.dispose();
  }
}

/** Errors after which it is certain that the append they answer was not carried out. */
const refusals: ReadonlySet<string> = new Set([
  ErrorType.ACCESS_DENIED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
  ErrorType.MISSING_REQUIRED_METADATA_PROPERTY,
  ErrorType.STREAM_DELETED,
  ErrorType.UNSUPPORTED,
]);

/**
 * What an error of the client says about an append. In doubt it is `unknown`: unavailable, deadline
 * exceeded, cancelled and not-leader all leave it open.
 */
function appendFailure(
  error: unknown,
  stream: string,
  expected: ExpectedRevision,
  isShared: boolean,
): Error {
  if (error instanceof WrongExpectedVersionError) {
    const { actualVersion } = error;
    const revision = typeof actualVersion === 'bigint' ? parseCount(String(actualVersion)) : null;
    return new VersionConflict(stream, expected, revision ?? null);
  }
  const said = `${stream}: ${messageOf(error)}`;
  if (!isCommand(error)) {
    // On the shared call everything after the sending becomes a CommandError. What is not one comes
    // from looking at the server's features, before anything was sent.
    const neverSent = isShared && error instanceof Error && 'code' in error;
    return new AppendFailed(neverSent ? 'absent' : 'unknown', said, error);
  }
  // An error of the shared call as a whole has a gRPC error behind it and hits every append under
  // way, answered or not; only one made from an answer speaks about this append.
  const isAboutThisAppend = !isShared || error._raw === undefined;
  const isRefusal = isAboutThisAppend && refusals.has(error.type);
  return new AppendFailed(isRefusal ? 'absent' : 'unknown', said, error);
}

function isCommand(error: unknown): error is CommandError {
  return error instanceof Error && isCommandError(error);
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
  return isCommand(error) ? `${error.type} ${error.message}`.trimEnd() : error.message;
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
