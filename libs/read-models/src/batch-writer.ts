import { sql } from 'kysely';
import assert from 'node:assert';
import { isLogged } from '#kernel';
import type { Instant, Recorded } from '#kernel';
import { upcasting } from '#event-store';
import type { StoredEvent, Upcaster } from '#event-store';
import type { Sql } from './database.ts';
import {
  entryOf,
  insertLeaves,
  lastClock,
  lastRevisions,
  leafRow,
  leavesOfStream,
  logEventOf,
} from './leaf-table.ts';
import type { EntryOf, LeafRow } from './leaf-table.ts';
import type { LogEvent, ReadModel } from './log-event.ts';
import { advanceProgress, readProgress } from './schema.ts';
import type { Progress } from './schema.ts';
import { VersionedTable } from './versioned-table.ts';

export type BatchWriterOptions = {
  readonly db: Sql;
  readonly schema: string;
  readonly models: readonly ReadModel[];
  readonly upcasters: readonly Upcaster[];
  /** Rows of each model, and streams, that are kept in memory. */
  readonly presentMax?: number;
};

/** An event that cannot be folded. Projection stops before it and stays: nothing is skipped. */
export class PoisonEvent extends Error {
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;

  constructor({ id, stream, revision, type }: StoredEvent, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${type} (${id}, ${stream} revision ${revision}) cannot be projected: ${why}`, { cause });
    this.name = 'PoisonEvent';
    this.eventId = id;
    this.stream = stream;
    this.revision = revision;
  }
}

/** Where the read models are after a batch, and the event that could not be folded, if any. */
export type Applied = { readonly progress: Progress; readonly poison: PoisonEvent | undefined };

/** An event made ready for the folds, with the rows that each table may touch. */
type Prepared = {
  readonly event: StoredEvent;
  readonly entry: EntryOf;
  readonly recorded: Recorded;
  readonly keys: readonly (readonly string[])[];
};

/**
 * Turns batches of events into rows: leaves, versions of the models, and the progress, in one SQL
 * transaction. It is the only writer of its schema; a second one is noticed at commit.
 */
export class BatchWriter {
  private readonly options: BatchWriterOptions;
  private readonly tables: readonly VersionedTable[];
  private readonly upcast: (event: StoredEvent) => StoredEvent;
  private readonly revisions = new Map<string, number>();
  private readonly presentMax: number;
  private progress: Progress | undefined;
  private clock: Instant | undefined;

  constructor(options: BatchWriterOptions) {
    this.options = options;
    this.presentMax = options.presentMax ?? 20_000;
    this.tables = options.models.map((model) => {
      return new VersionedTable(options.schema, model, this.presentMax);
    });
    this.upcast = upcasting(options.upcasters);
  }

  /** What the database holds; read from it at the start and after every failure. */
  async position(): Promise<Progress> {
    if (this.progress === undefined) {
      const { db, schema } = this.options;
      this.clock = await lastClock(db, schema);
      this.progress = await readProgress(db, schema);
    }
    return this.progress;
  }

  /** The same, read from the database in any case: somebody else may have written to it. */
  async reload(): Promise<Progress> {
    this.forget();
    return this.position();
  }

  /**
   * Applies events in the order of `$all`. Those applied before are passed over, known by their
   * position, and so are those of streams that are not logged. Where an event cannot be folded,
   * those before it are committed and it is named. Throws when the database fails: then nothing of
   * the batch is committed, or, if only the answer was lost, `position` will find all of it.
   */
  async apply(delivered: readonly StoredEvent[]): Promise<Applied> {
    const from = await this.position();
    const events = fresh(delivered, from);
    if (events.length === 0) return { progress: from, poison: undefined };
    try {
      const { prepared, poison } = this.prepare(events);
      await this.load(prepared, from);
      const folded = this.fold(prepared, from);
      if (folded.leaves.length > 0) this.progress = await this.write(folded.leaves, from);
      return { progress: this.progress ?? from, poison: folded.poison ?? poison };
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** Reads each event's keys; stops at one that is too odd even for that. */
  private prepare(events: readonly StoredEvent[]) {
    const prepared: Prepared[] = [];
    for (const event of events) {
      try {
        const entry = entryOf(event);
        const recorded: Recorded = { ...this.upcast(event), digest: entry.digest };
        const keys = this.tables.map(({ model }) => model.keysOf(recorded));
        prepared.push({ event, entry, recorded, keys });
      } catch (error) {
        return { prepared, poison: new PoisonEvent(event, error) };
      }
    }
    return { prepared, poison: undefined };
  }

  private async load(prepared: readonly Prepared[], from: Progress): Promise<void> {
    const { db, schema } = this.options;
    const streams = new Set(prepared.map(({ event }) => event.stream));
    const unknown = [...streams].filter((stream) => !this.revisions.has(stream));
    if (unknown.length > 0) {
      const found = await lastRevisions(db, schema, unknown);
      for (const stream of unknown) this.revisions.set(stream, found.get(stream) ?? -1);
    }
    const upTo = from.leafCount - 1;
    const replay = async (stream: string) => {
      const leaves = await leavesOfStream(db, schema, stream, upTo);
      return leaves.map((leaf) => logEventOf(leaf, this.upcast));
    };
    for (const [index, table] of this.tables.entries()) {
      await table.load(
        db,
        prepared.flatMap(({ keys }) => keys[index] ?? []),
        replay,
      );
    }
  }

  private fold(prepared: readonly Prepared[], from: Progress) {
    const leaves: LeafRow[] = [];
    for (const one of prepared) {
      try {
        leaves.push(this.foldOne(one, from.leafCount + leaves.length));
      } catch (error) {
        for (const table of this.tables) table.unstage();
        return { leaves, poison: new PoisonEvent(one.event, error) };
      }
    }
    return { leaves, poison: undefined };
  }

  private foldOne({ event, entry, recorded, keys }: Prepared, leafIndex: number): LeafRow {
    const expected = (this.revisions.get(event.stream) ?? -1) + 1;
    // A hole means that something was cut out of the store, or that it delivered out of order.
    if (event.revision !== expected) throw new Error(`revision ${expected} was expected`);
    const leaf = leafRow(event, leafIndex, entry, this.clock);
    const logged: LogEvent = { ...recorded, leafIndex, position: event.position };
    for (const [index, table] of this.tables.entries()) {
      if (keys[index]?.length) table.fold(logged);
    }
    // Every table has folded it without a fault: only now does any of them take it over.
    for (const table of this.tables) table.seal(leafIndex);
    this.revisions.delete(event.stream);
    this.revisions.set(event.stream, event.revision);
    this.clock = leaf.clock;
    return leaf;
  }

  private async write(leaves: readonly LeafRow[], from: Progress): Promise<Progress> {
    const { db, schema } = this.options;
    const last = leaves.at(-1);
    assert(last !== undefined);
    const to: Progress = { leafCount: last.leaf_index + 1, position: last.position };
    await db.transaction().execute(async (transaction) => {
      // Rows and position are one transaction and can be made again from the events: a power cut
      // may take the last of them together, and the projector goes on from the position that is
      // left. The register in the same database keeps waiting for its own commits.
      await sql`set local synchronous_commit to off`.execute(transaction);
      await insertLeaves(transaction, schema, leaves);
      for (const table of this.tables) await table.write(transaction);
      await advanceProgress(transaction, schema, from, to);
    });
    for (const table of this.tables) table.committed();
    for (const stream of this.revisions.keys()) {
      if (this.revisions.size <= this.presentMax) break;
      this.revisions.delete(stream);
    }
    return to;
  }

  private forget(): void {
    this.progress = undefined;
    this.revisions.clear();
    for (const table of this.tables) table.forget();
  }
}

/** Logged events beyond the progress, each once: a store may deliver again what it delivered. */
function fresh(delivered: readonly StoredEvent[], { position }: Progress): StoredEvent[] {
  let seen = position;
  const events: StoredEvent[] = [];
  for (const event of delivered) {
    if (!isLogged(event.stream)) continue;
    if (seen !== undefined && event.position <= seen) continue;
    seen = event.position;
    events.push(event);
  }
  return events;
}
