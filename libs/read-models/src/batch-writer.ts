import { sql } from 'kysely';
import assert from 'node:assert';
import { isLogged } from '#kernel';
import type { Instant, Recorded } from '#kernel';
import { upcasting } from '#event-store';
import type { StoredEvent, Upcaster } from '#event-store';
import type { Sql } from './database.ts';
import {
  entryOf,
  lastClock,
  leafRow,
  leavesOfStream,
  logEventOf,
  NewLeaves,
} from './leaf-table.ts';
import type { EntryOf, NewLeaf } from './leaf-table.ts';
import type { LogEvent, ReadModel } from './log-event.ts';
import { advanceProgress, readProgress } from './schema.ts';
import type { Progress } from './schema.ts';
import { StreamRevisions } from './stream-revisions.ts';
import { VersionedTable } from './versioned-table.ts';
import type { TableChanges } from './versioned-table.ts';

export type BatchWriterOptions = {
  readonly db: Sql;
  readonly schema: string;
  readonly models: readonly ReadModel[];
  readonly upcasters: readonly Upcaster[];
  /** Rows of each model, and streams, that are kept in memory. */
  readonly presentMax?: number;
};

/**
 * An event that cannot be folded, or of which the database will never take the rows. Projection
 * stops before it and stays: nothing is skipped.
 */
export class PoisonEvent extends Error {
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly eventType: string;

  constructor({ id, stream, revision, type }: StoredEvent, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${type} (${id}, ${stream} revision ${revision}) cannot be projected: ${why}`, { cause });
    this.name = 'PoisonEvent';
    this.eventId = id;
    this.stream = stream;
    this.revision = revision;
    this.eventType = type;
  }
}

/** Where the read models are after a batch, and the event that could not be folded, if any. */
export type Applied = { readonly progress: Progress; readonly poison: PoisonEvent | undefined };

/** Rows that were made and are not written yet, and how far they lead. */
export type Changes = {
  readonly from: Progress;
  readonly to: Progress;
  readonly leaves: NewLeaves;
  readonly tables: readonly TableChanges[];
};

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
  private readonly revisions: StreamRevisions;
  /** Of what was folded; `taken` is of what was made into changes. The database is behind both. */
  private progress: Progress | undefined;
  private taken: Progress | undefined;
  private leaves = new NewLeaves();
  private clock: Instant | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(options: BatchWriterOptions) {
    this.options = options;
    const presentMax = options.presentMax ?? 20_000;
    this.tables = options.models.map((model) => {
      return new VersionedTable(options.schema, model, presentMax);
    });
    this.revisions = new StreamRevisions(options.schema, presentMax);
    this.upcast = upcasting(options.upcasters);
  }

  /** What the database holds; read from it at the start and after every failure. */
  async position(): Promise<Progress> {
    if (this.progress === undefined) {
      const { db, schema } = this.options;
      this.clock = await lastClock(db, schema);
      this.progress = await readProgress(db, schema);
      this.taken = this.progress;
      if (this.progress.leafCount === 0) {
        for (const memory of [this.revisions, ...this.tables]) memory.begin();
      }
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
   * position, and so are those of streams that are not logged. Where an event cannot be folded, or
   * the database will never take its rows, those before it are committed and it is named. Throws
   * when the database fails: then nothing of the batch is committed, or, if only the answer was
   * lost, `position` will find all of it.
   */
  async apply(delivered: readonly StoredEvent[]): Promise<Applied> {
    const from = await this.position();
    try {
      const applied = await this.fold(delivered);
      if (this.unwritten > 0) {
        const changes = this.take();
        await this.options.db.transaction().execute(async (transaction) => {
          // Rows and position are one transaction and can be made again from the events: a power
          // cut may take the last of them together, and the projector goes on from the position
          // that is left. The register in the same database keeps waiting for its own commits.
          await sql`set local synchronous_commit to off`.execute(transaction);
          await this.write(transaction, changes);
        });
      }
      return applied;
    } catch (error) {
      this.forget();
      if (!isPermanent(error)) throw error;
      const now = await this.position();
      // A duplicate may also come of somebody else who wrote the same: then there is no culprit.
      if (now.leafCount !== from.leafCount) throw error;
      return this.applyApart(fresh(delivered, now), error);
    }
  }

  /** One of the events has rows that the database will never take: halves show which. */
  private async applyApart(events: readonly StoredEvent[], error: unknown): Promise<Applied> {
    const [first] = events;
    assert(first !== undefined);
    if (events.length === 1) {
      return { progress: await this.position(), poison: new PoisonEvent(first, error) };
    }
    const middle = Math.ceil(events.length / 2);
    const applied = await this.apply(events.slice(0, middle));
    return applied.poison === undefined ? this.apply(events.slice(middle)) : applied;
  }

  /**
   * The first part of `apply`: rows in memory. It may run while others are being written, and waits
   * for that only where it has to look into the tables.
   */
  async fold(delivered: readonly StoredEvent[]): Promise<Applied> {
    const from = await this.position();
    const { prepared, poison } = this.prepare(fresh(delivered, from));
    await this.load(prepared, from);
    const folded = this.foldAll(prepared, from);
    this.progress = folded.progress;
    return { ...folded, poison: folded.poison ?? poison };
  }

  /** Events that were folded and not taken. */
  get unwritten(): number {
    return (this.progress?.leafCount ?? 0) - (this.taken?.leafCount ?? 0);
  }

  /** Everything that was folded since this was last asked for. It must be written next. */
  take(): Changes {
    const { progress: to, taken: from, leaves } = this;
    assert(from !== undefined && to !== undefined, 'nothing was folded');
    const tables = this.tables.map((table) => table.take());
    this.taken = to;
    this.leaves = new NewLeaves();
    for (const memory of [this.revisions, ...this.tables]) memory.shrink();
    return { from, to, leaves, tables };
  }

  /** The last part: changes one after the other, in the order in which they were taken. */
  write(transaction: Sql, { from, to, leaves, tables }: Changes): Promise<void> {
    this.writing = this.writeRows(transaction, leaves, tables).then(() => {
      return advanceProgress(transaction, this.options.schema, from, to);
    });
    return this.writing;
  }

  private async writeRows(
    transaction: Sql,
    leaves: NewLeaves,
    changes: readonly TableChanges[],
  ): Promise<void> {
    await leaves.write(transaction, this.options.schema);
    for (const [index, table] of this.tables.entries()) {
      const own = changes[index];
      if (own !== undefined) await table.write(transaction, own);
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
    const streams = this.revisions.absent(prepared.map(({ event }) => event.stream));
    const absent = this.tables.map((table, index) => {
      return table.absent(prepared.flatMap(({ keys }) => keys[index] ?? []));
    });
    if (streams.length === 0 && absent.every(({ length }) => length === 0)) return;
    await this.writing;
    await this.revisions.load(db, streams);
    const upTo = from.leafCount - 1;
    const replay = async (stream: string) => {
      const leaves = await leavesOfStream(db, schema, stream, upTo);
      return leaves.map((leaf) => logEventOf(leaf, this.upcast));
    };
    for (const [index, table] of this.tables.entries()) {
      await table.load(db, absent[index] ?? [], replay);
    }
  }

  private foldAll(prepared: readonly Prepared[], from: Progress): Applied {
    let progress = from;
    for (const one of prepared) {
      try {
        this.leaves.add(this.foldOne(one, progress.leafCount));
      } catch (error) {
        for (const table of this.tables) table.unstage();
        return { progress, poison: new PoisonEvent(one.event, error) };
      }
      progress = { leafCount: progress.leafCount + 1, position: one.event.position };
    }
    return { progress, poison: undefined };
  }

  private foldOne({ event, entry, recorded, keys }: Prepared, leafIndex: number): NewLeaf {
    const expected = this.revisions.next(event.stream);
    // A hole means that something was cut out of the store, or that it delivered out of order.
    if (event.revision !== expected) throw new Error(`revision ${expected} was expected`);
    const leaf = leafRow(event, leafIndex, entry, this.clock);
    const logged: LogEvent = { ...recorded, leafIndex, position: event.position };
    for (const [index, table] of this.tables.entries()) {
      if (keys[index]?.length) table.fold(logged);
    }
    // Every table has folded it and made its rows: nothing that follows can fail, so an event's
    // rows are all there or none of them.
    for (const table of this.tables) table.seal(leafIndex);
    this.revisions.note(event.stream, event.revision);
    this.clock = leaf.clock;
    return leaf;
  }

  private forget(): void {
    this.progress = undefined;
    this.taken = undefined;
    this.leaves = new NewLeaves();
    this.writing = Promise.resolve();
    for (const memory of [this.revisions, ...this.tables]) memory.forget();
  }
}

/**
 * Data that no PostgreSQL takes, now or later, by class of SQLSTATE (PostgreSQL documentation,
 * appendix A): 22 data exception, 23 violated constraint, 54 beyond a limit of the program.
 */
function isPermanent(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^(?:22|23|54)[0-9A-Z]{3}$/.test(code);
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
