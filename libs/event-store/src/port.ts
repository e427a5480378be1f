import type { Metadata } from '#kernel';

/**
 * What the ledger asks of an event store, and what it may rely on. Every adapter and the fake pass
 * `event-store.contract.ts`; an adapter is one file, named after the product. Streams whose name
 * starts with `$` are the store's own: nothing is appended to them and no read delivers them.
 */

/** Where an append must find its stream: at this revision, or not there at all. */
export type ExpectedRevision = number | 'no-stream';

export type NewEvent = {
  /** UUID, derived from the command: the same command gives the same ids on every try. */
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: Metadata;
};

export type StoredEvent = NewEvent & {
  readonly stream: string;
  /** 0-based, dense within the stream, below 2^53. */
  readonly revision: number;
  /** Where it stands in `$all`. Opaque, increasing, not dense: compare and keep, never count. */
  readonly position: Position;
};

declare const positionBrand: unique symbol;
/** Fixed-width text, so that comparing two as strings compares them in the store's order. */
export type Position = string & { readonly [positionBrand]: true };

export type Appended = { readonly lastRevision: number; readonly position: Position };

export type AllFilter = { readonly excludeStreamPrefixes: readonly string[] };

export type Delivery =
  | { readonly kind: 'event'; readonly event: StoredEvent }
  /** Everything up to `position` was considered; nothing matching was left out. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  /** All that was there when asked has been delivered. May come again after a lag. */
  | { readonly kind: 'caught-up' };

export abstract class EventStore {
  /** Appends that were asked for and not sent yet, where the adapter makes some wait. For metrics. */
  get appendsWaiting(): number {
    return 0;
  }

  /**
   * Appends all events or none, durably: when it resolves, a kill of any process at any instant
   * loses nothing of it. Order within the call is kept. Repeating an append with the same ids and
   * the same expected revision succeeds without writing again and answers the same revision.
   * Rejects with VersionConflict when the stream is elsewhere, with AppendFailed when the store
   * cannot be reached or refuses; its `outcome` says whether the events may be there.
   */
  abstract append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended>;

  /**
   * Events of one stream in order from `fromRevision` (inclusive); none for an absent stream.
   * Sees every append that was acknowledged before the call. Rejects with StoreUnavailable.
   */
  abstract readStream(
    stream: string,
    options?: { readonly fromRevision?: number; readonly maxCount?: number },
  ): AsyncIterable<StoredEvent>;

  /** All events after `after` (exclusive; from the start without it), in `$all` order, then ends. */
  abstract readAll(options?: {
    readonly after?: Position;
    readonly maxCount?: number;
  }): AsyncIterable<StoredEvent>;

  /**
   * Catches up after `after` (exclusive), then goes on live until `signal` aborts. Delivers each
   * event once and in `$all` order, the next only when the consumer asks for it, so a slow one is
   * never overrun. Ends quietly on abort, rejects with StoreUnavailable when the connection breaks:
   * the caller subscribes again from its own position.
   */
  abstract subscribeToAll(options: {
    readonly after?: Position;
    readonly filter?: AllFilter;
    readonly signal: AbortSignal;
  }): AsyncIterable<Delivery>;

  /** Resolves when the store answers, rejects with StoreUnavailable. For readiness. */
  abstract ping(): Promise<void>;

  abstract close(): Promise<void>;
}

/** Another append came first. `actualRevision` is null for an absent or unknown stream. */
export class VersionConflict extends Error {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly actualRevision: number | null;

  constructor(stream: string, expected: ExpectedRevision, actualRevision: number | null) {
    super(`${stream}: expected ${expected}, found ${actualRevision ?? 'no stream'}`);
    this.name = 'VersionConflict';
    this.stream = stream;
    this.expected = expected;
    this.actualRevision = actualRevision;
  }
}

/**
 * An append that was not acknowledged. `absent`: certainly not written. `unknown`: perhaps written;
 * only a try with the same ids and the same expected revision may follow.
 */
export class AppendFailed extends Error {
  readonly outcome: 'absent' | 'unknown';

  constructor(outcome: 'absent' | 'unknown', message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'AppendFailed';
    this.outcome = outcome;
  }
}

/** The store did not answer a read or a subscription. Nothing was changed by it. */
export class StoreUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreUnavailable';
  }
}
