import type { Decider, Digest, Fact, Instant, Recorded } from '#kernel';
import { idIn } from './log-event.ts';
import type { LogEvent, ReadModel } from './log-event.ts';

/** A stream folded by its own context's decider, and where that stands. */
export type Aggregate<State> = {
  readonly id: string;
  /** Of the last event: what an ETag and If-Match name (CONTRACTS 4). */
  readonly revision: number;
  readonly digest: Digest;
  readonly recordedAt: Instant;
  readonly state: State;
};

/** The part of a decider that replays; read models never decide. */
export type Folding<State, F extends Fact> = Pick<
  Decider<never, State, F, never>,
  'initial' | 'evolve'
>;

export type AggregateDefinition<State> = {
  readonly name: string;
  readonly version: number;
  /** Of the streams, e.g. `agency-`; what follows it is the key. */
  readonly prefix: string;
  /** True for streams that begin so and are of another kind: `evidence-ref-`. */
  readonly isOther?: (stream: string) => boolean;
  readonly facets: readonly string[];
  facetsOf(row: Aggregate<State>): Readonly<Record<string, string | null>>;
};

/**
 * A model of which the row is the context's own state: its rules stand in one place. For streams
 * whose state stays small; others keep a view of the state and fold it again from the leaves.
 */
export function aggregateModel<State, F extends Fact>(
  definition: AggregateDefinition<NonNullable<State>>,
  folding: Folding<State, F>,
): ReadModel<Aggregate<NonNullable<State>>, Aggregate<NonNullable<State>>> {
  const { name, version, facets } = definition;
  return {
    name,
    version,
    facets,
    facetsOf: (row) => definition.facetsOf(row),
    keysOf: (event) => keysIn(event, definition),
    fold: (event, states) => {
      const [key] = keysIn(event, definition);
      if (key !== undefined) states.put(key, advance(folding, key, states.get(key), event));
    },
    rowOf: (state) => state,
    streamOf: null,
  };
}

/** One event further. Throws where the decider makes nothing of a stream's first event. */
export function advance<State, F extends Fact>(
  folding: Folding<State, F>,
  id: string,
  before: Aggregate<NonNullable<State>> | undefined,
  event: LogEvent,
): Aggregate<NonNullable<State>> {
  const state = folding.evolve(
    before === undefined ? folding.initial : before.state,
    event as unknown as Recorded<F>,
  );
  if (state === null || state === undefined) {
    throw new Error(`${event.type} on a stream that was never begun`);
  }
  const { revision, digest, metadata } = event;
  return { id, revision, digest, recordedAt: metadata.recordedAt, state };
}

function keysIn(
  { stream }: Recorded,
  { prefix, isOther }: Pick<AggregateDefinition<unknown>, 'prefix' | 'isOther'>,
): readonly string[] {
  const id = isOther?.(stream) === true ? undefined : idIn(stream, prefix);
  return id === undefined ? [] : [id];
}
