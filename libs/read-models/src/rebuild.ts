import { sql } from 'kysely';
import type { EventStore, Position, StoredEvent, Upcaster } from '#event-store';
import { BatchWriter } from './batch-writer.ts';
import type { Database, Sql } from './database.ts';
import type { ReadModel } from './log-event.ts';
import {
  createReadIndexes,
  createTables,
  isCurrentSchema,
  readModelsSchema,
  writersLock,
} from './schema.ts';
import type { Progress } from './schema.ts';

export type RebuildOptions = {
  readonly db: Sql;
  readonly store: EventStore;
  readonly models: readonly ReadModel[];
  readonly upcasters: readonly Upcaster[];
  readonly schema?: string;
  /** Events in one transaction; larger than when following, since nobody waits for any of them. */
  readonly batchMax?: number;
  /** Rows of each model, and streams, that are kept in memory. */
  readonly presentMax?: number;
  /** The last event to take; all there are unless told. */
  readonly until?: Position;
  /** Called with each batch that goes to the database. */
  readonly onProgress?: (progress: Progress) => void;
};

/**
 * Builds everything anew from the first event and puts it in the place of what is there, in one
 * transaction: readers see the old rows until they see the new ones, and of a rebuild that was
 * broken off nothing remains. No projector may follow the same schema meanwhile; one that does not
 * know of it would notice at its next commit.
 *
 * Throws PoisonEvent when an event cannot be folded; then the old rows stay where they are.
 */
export async function rebuild(options: RebuildOptions): Promise<Progress> {
  const { models } = options;
  const schema = options.schema ?? readModelsSchema;
  const next = `${schema}_next`;
  return options.db.transaction().execute(async (transaction) => {
    await sql`drop schema if exists ${sql.id(next)} cascade`.execute(transaction);
    await createTables(transaction, next, models);
    const progress = await fill(transaction, next, options);
    await createReadIndexes(transaction, next, models);
    await swap(transaction, next, schema);
    return progress;
  });
}

/**
 * Three at work at once: the store sends the next events while these are folded here, a few at a
 * time so that it need not wait long for us, and the database writes those before.
 */
async function fill(transaction: Sql, schema: string, options: RebuildOptions): Promise<Progress> {
  const { store, until, batchMax = 2_000 } = options;
  const writer = new BatchWriter({ ...options, db: transaction, schema });
  let writing: Promise<void> = Promise.resolve();
  const writeNext = async () => {
    await writing;
    writing = writer.write(transaction, writer.take());
    // Whoever awaits it hears of a failure; until then nobody does.
    writing.catch(() => undefined);
  };
  try {
    for await (const events of inGroups(store.readAll(), Math.min(batchMax, foldedAtOnce), until)) {
      const { progress, poison } = await writer.fold(events);
      if (poison !== undefined) throw poison;
      if (writer.unwritten < batchMax) continue;
      await writeNext();
      options.onProgress?.(progress);
    }
    if (writer.unwritten > 0) await writeNext();
  } finally {
    await writing;
  }
  return writer.position();
}

/** About as many events as the store sends ahead. */
const foldedAtOnce = 64;

/**
 * Makes the schema ready to be followed, by a rebuild if other models made it. True if rebuilt.
 * With `alone` it waits until no projector of another process, of the older version perhaps,
 * follows the schema.
 */
export async function rebuildIfOutdated(
  options: RebuildOptions & { readonly alone?: Database['alone'] },
): Promise<boolean> {
  const { db, models, schema = readModelsSchema, alone } = options;
  const isReady = async () => {
    const exists = await sql`select from pg_namespace where nspname = ${schema}`.execute(db);
    return exists.rows.length === 0 || isCurrentSchema(db, schema, models);
  };
  if (await isReady()) return false;
  const rebuildOnce = async () => {
    if (await isReady()) return false;
    await rebuild(options);
    return true;
  };
  if (alone === undefined) return rebuildOnce();
  return alone(writersLock(schema), new AbortController().signal, rebuildOnce);
}

async function swap(transaction: Sql, next: string, schema: string): Promise<void> {
  await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(transaction);
  await sql`alter schema ${sql.id(next)} rename to ${sql.id(schema)}`.execute(transaction);
}

async function* inGroups(
  events: AsyncIterable<StoredEvent>,
  size: number,
  until: Position | undefined,
): AsyncGenerator<readonly StoredEvent[]> {
  let batch: StoredEvent[] = [];
  for await (const event of events) {
    if (until !== undefined && event.position > until) break;
    batch.push(event);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
