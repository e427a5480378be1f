import type { Decider, Digest, Fact, Instant } from '#kernel';
import type { EventStore, StoredEvent } from './port.ts';
import { recorded, upcasting } from './upcast.ts';
import type { Upcaster } from './upcast.ts';

/** A stream folded up to `revision` (-1: it does not exist). */
export type Folded<S> = {
  readonly state: S;
  readonly revision: number;
  readonly lastRecordedAt: Instant | undefined;
  readonly digest: Digest | undefined;
  /** Outcome of each command that wrote here: what a repeated request is answered from. */
  readonly commands: ReadonlyMap<string, CommandOutcome>;
};
export type CommandOutcome = { readonly requestDigest: Digest; readonly lastRevision: number };

/** The half of a decider that reads: how a stream becomes a state. */
export type Folding<S, F extends Fact> = Pick<Decider<never, S, F, never>, 'initial' | 'evolve'>;
type Kept = { folding: Folding<unknown, Fact>; folded: Folded<unknown> };
type Loading = { overtaken: boolean };

export type StreamCacheOptions = {
  readonly store: EventStore;
  readonly upcasters: readonly Upcaster[];
  /** Streams kept folded; of those beyond, the ones used least recently go. */
  readonly streamsMax: number;
  /**
   * True when every append to this store goes through this process (the embedded node holds an
   * exclusive lock). Otherwise each load reads the tail that others may have written.
   */
  readonly soleWriter: boolean;
};

/**
 * Folded aggregates by revision. Loading one over the wire costs about a millisecond, folding a
 * long one more; a kept one costs a map look-up. Never the source of truth: an append still names
 * the revision it expects, so a stale entry can only lead to a conflict, not to a wrong event.
 */
export class StreamCache {
  private readonly options: StreamCacheOptions;
  /**
   * What was used lately, and what was used before that: half of all that is kept each. When the one
   * is full it takes the place of the other, whose streams are forgotten unless they were used
   * again; a true order of use would cost more with every load than the load itself.
   */
  private kept = new Map<string, Kept>();
  private keptBefore = new Map<string, Kept>();
  /** Loads under way, by stream: what they read may be out of date when they arrive. */
  private readonly loading = new Map<string, Set<Loading>>();
  private readonly upcast: (event: StoredEvent) => StoredEvent;

  constructor(options: StreamCacheOptions) {
    this.options = options;
    this.upcast = upcasting(options.upcasters);
  }

  async load<S, F extends Fact>(folding: Folding<S, F>, stream: string): Promise<Folded<S>> {
    const kept = this.keptFor(folding, stream);
    if (kept !== undefined && this.options.soleWriter) return kept;
    let folded = kept ?? nothing(folding.initial);
    const loading = this.begin(stream);
    try {
      for await (const event of this.options.store.readStream(stream, {
        fromRevision: folded.revision + 1,
      })) {
        folded = this.advance(folding, folded, event);
      }
    } finally {
      this.end(stream, loading);
    }
    // What was appended while this was read is known by now, and would be hidden by an older fold:
    // for a sole writer nothing would ever bring it to light again.
    if (!loading.overtaken) this.keep(stream, folding, folded);
    return folded;
  }

  /** The fold of a stream that is not there, if nothing is known of this one. */
  presumeAbsent<S, F extends Fact>(folding: Folding<S, F>, stream: string): Folded<S> | undefined {
    return this.keptAs(stream) === undefined ? nothing(folding.initial) : undefined;
  }

  /**
   * Takes over what was just appended after `base`, so that the next load reads nothing. Where
   * another fold is kept than the one appended to, the stream is forgotten and read again. The
   * digests of the entries, in the order of the events, spare making them again.
   */
  extend<S, F extends Fact>(
    folding: Folding<S, F>,
    stream: string,
    base: Folded<S>,
    events: readonly StoredEvent[],
    digests: readonly Digest[] = [],
  ): void {
    const kept = this.keptAs(stream);
    this.forget(stream);
    const isWhole = kept === undefined ? base.revision < 0 : kept.folded === base;
    if (!isWhole) return;
    let folded = base;
    for (const [index, event] of events.entries()) {
      folded = this.advance(folding, folded, event, digests[index]);
    }
    this.keep(stream, folding, folded);
  }

  /** The next load reads the stream from its start, and none under way is kept. */
  forget(stream: string): void {
    this.kept.delete(stream);
    this.keptBefore.delete(stream);
    for (const loading of this.loading.get(stream) ?? []) loading.overtaken = true;
  }

  /** See the option of the same name: whether an append of somebody else can come between. */
  get soleWriter(): boolean {
    return this.options.soleWriter;
  }

  private begin(stream: string): Loading {
    const loading = { overtaken: false };
    const underWay = this.loading.get(stream) ?? new Set();
    this.loading.set(stream, underWay.add(loading));
    return loading;
  }

  private end(stream: string, loading: Loading): void {
    const underWay = this.loading.get(stream);
    underWay?.delete(loading);
    if (underWay?.size === 0) this.loading.delete(stream);
  }

  private keptFor<S, F extends Fact>(
    folding: Folding<S, F>,
    stream: string,
  ): Folded<S> | undefined {
    const kept = this.keptAs(stream);
    // Two ways of folding one stream must not see each other's states.
    if (kept === undefined || kept.folding.evolve !== folding.evolve) return undefined;
    return kept.folded as Folded<S>;
  }

  private keptAs(stream: string): Kept | undefined {
    const kept = this.kept.get(stream);
    if (kept !== undefined) return kept;
    const before = this.keptBefore.get(stream);
    if (before !== undefined) this.keep(stream, before.folding, before.folded);
    return before;
  }

  private keep<S, F extends Fact>(stream: string, folding: Folding<S, F>, folded: Folded<S>): void {
    if (this.kept.size >= Math.max(1, this.options.streamsMax / 2) && !this.kept.has(stream)) {
      this.keptBefore = this.kept;
      this.kept = new Map();
    }
    this.kept.set(stream, { folding, folded });
  }

  private advance<S, F extends Fact>(
    folding: Folding<S, F>,
    folded: Folded<S>,
    event: StoredEvent,
    digest?: Digest,
  ): Folded<S> {
    const { commandId, requestDigest, recordedAt } = event.metadata;
    // One map for all folds of a stream, growing by an entry an act. An older fold that somebody
    // still holds sees later acts in it; that is harmless, because they were recorded all the same.
    const commands = folded.commands as Map<string, CommandOutcome>;
    commands.set(commandId, { requestDigest, lastRevision: event.revision });
    const seen = recorded<F>(event, this.upcast, digest);
    return {
      state: folding.evolve(folded.state, seen),
      revision: event.revision,
      lastRecordedAt: recordedAt,
      digest: seen.digest,
      commands,
    };
  }
}

function nothing<S>(state: S): Folded<S> {
  return {
    state,
    revision: -1,
    lastRecordedAt: undefined,
    digest: undefined,
    commands: new Map(),
  };
}
