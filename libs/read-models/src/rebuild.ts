import { sql } from 'kysely';
import type { EventStore, StoredEvent, Upcaster } from '#event-store';
import { BatchWriter } from './batch-writer.ts';
import type { Database, Sql } from './database.ts';
import type { ReadModel } from './log-event.ts';
import { createReadIndexes, isCurrentSchema, prepareSchema, readModelsSchema } from './schema.ts';
import type { Progress } from './schema.ts';

export type RebuildOptions = {
  readonly db: Sql;
  readonly store: EventStore;
  readonly models: readonly ReadModel[];
  readonly upcasters: readonly Upcaster[];
  readonly schema?: string;
  /** Events in one transaction; larger than when following, since nobody waits for any of them. */
  readonly batchMax?: number;
  /** Called after each batch. */
  readonly onProgress?: (progress: Progress) => void;
};

/**
 * Builds everything anew from the first event, beside what is there, and puts it in its place in
 * one transaction: readers see the old rows until they see the new ones. No projector may follow
 * the same schema meanwhile; one that does not know of it would notice at its next commit.
 *
 * Throws PoisonEvent when an event cannot be folded; then the old rows stay where they are.
 */
export async function rebuild(options: RebuildOptions): Promise<Progress> {
  const { db, store, models, upcasters, batchMax = 2_000 } = options;
  const schema = options.schema ?? readModelsSchema;
  const next = `${schema}_next`;
  await sql`drop schema if exists ${sql.id(next)} cascade`.execute(db);
  await prepareSchema(db, next, models, 'for-writing');
  const writer = new BatchWriter({ db, schema: next, models, upcasters });
  for await (const batch of batches(store.readAll(), batchMax)) {
    const { progress, poison } = await writer.apply(batch);
    if (poison !== undefined) throw poison;
    options.onProgress?.(progress);
  }
  await createReadIndexes(db, next, models);
  await swap(db, next, schema);
  return writer.position();
}

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
  return alone(`projector ${schema}`, new AbortController().signal, rebuildOnce);
}

async function swap(db: Sql, next: string, schema: string): Promise<void> {
  const old = `${schema}_old`;
  await db.transaction().execute(async (transaction) => {
    await sql`drop schema if exists ${sql.id(old)} cascade`.execute(transaction);
    const { rows } = await sql`select from pg_namespace where nspname = ${schema}`.execute(
      transaction,
    );
    if (rows.length > 0) {
      await sql`alter schema ${sql.id(schema)} rename to ${sql.id(old)}`.execute(transaction);
    }
    await sql`alter schema ${sql.id(next)} rename to ${sql.id(schema)}`.execute(transaction);
    await sql`drop schema if exists ${sql.id(old)} cascade`.execute(transaction);
  });
}

async function* batches(
  events: AsyncIterable<StoredEvent>,
  size: number,
): AsyncGenerator<readonly StoredEvent[]> {
  let batch: StoredEvent[] = [];
  for await (const event of events) {
    batch.push(event);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
