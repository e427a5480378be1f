import type { Digest, Entry, Fact, Recorded } from '#kernel';
import type { Position } from '#event-store';

/** A logged event as the folds see it: upcast, and counted. */
export type LogEvent<F extends Fact = Fact> = Recorded<F> & {
  /** 0-based, dense over all logged streams in `$all` order: the only position shown outside. */
  readonly leafIndex: number;
  readonly position: Position;
};

/** A leaf as it is read: the whole event and where it stands. */
export type Leaf = Entry & {
  readonly leafIndex: number;
  readonly digest: Digest;
  readonly position: Position;
};

/** The states of one model while one event is folded. */
export type States<State> = {
  /** Undefined before the first put. Only keys that `keysOf` named may be asked for. */
  get(key: string): State | undefined;
  /** Takes effect if every model folds the event. A second put in one event replaces the first. */
  put(key: string, state: State): void;
};

/**
 * One kind of row, kept with every content it ever had. A row depends on the events of streams that
 * this model reads and on nothing else: what spans models is joined when it is read, at one leaf,
 * so no fold ever waits for another and any order of models gives the same rows.
 */
export type ReadModel<Row = unknown, State = unknown> = {
  /** Table name. */
  readonly name: string;
  /** Raised with every change of the fold or of the row: an older table is then rebuilt. */
  readonly version: number;
  /** Columns to list by. Their values never change during the life of a key. */
  readonly facets: readonly string[];
  facetsOf(row: Row): Readonly<Record<string, string | null>>;
  /** Every key that folding this event reads or writes; empty when it does not concern us. */
  keysOf(event: Recorded): readonly string[];
  /** Throws for an event that cannot be: that stops the projection, nothing is passed over. */
  fold(event: LogEvent, states: States<State>): void;
  /** What of the state is kept and shown: bounded, however long the history grows. */
  rowOf(state: State): Row;
  /**
   * The one stream that a key's state is folded from, where the row does not hold all of the
   * state: it is then folded again from the kept leaves. Null where the row is the state.
   */
  readonly streamOf: ((key: string) => string) | null;
};

/** A row and the leaf that made it so. */
export type Versioned<Row> = {
  readonly key: string;
  readonly fromLeaf: number;
  readonly row: Row;
};

/** `son_la-x-2026.I.4` of `figure-son_la-x-2026.I.4`; undefined for streams of another kind. */
export function idIn(stream: string, prefix: string): string | undefined {
  return stream.startsWith(prefix) ? stream.slice(prefix.length) : undefined;
}
