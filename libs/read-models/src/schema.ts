import { sql } from 'kysely';
import { canonicalJson, digestOf } from '#kernel';
import type { Position } from '#event-store';
import type { Sql } from './database.ts';
import type { ReadModel } from './log-event.ts';

/** Where the read models live; the register of the same database has a schema of its own. */
export const readModelsSchema = 'read_models';

/** Whoever writes a schema is alone under this name (`Database.alone`). */
export function writersLock(schema: string): string {
  return `projector ${schema}`;
}

/** How far a schema has come: the number of leaves folded into it, and the position of the last. */
export type Progress = { readonly leafCount: number; readonly position: Position | undefined };

/** The tables in the schema were made by other models or an older version: rebuild first. */
export class ReadModelsOutdated extends Error {
  constructor(schema: string) {
    super(`the tables in "${schema}" are of another version of the read models: rebuild them`);
    this.name = 'ReadModelsOutdated';
  }
}

/** Raised when the layout of the leaf table or of versioned tables changes. */
const layoutVersion = 1;

/**
 * Makes schema and tables if they are not there. Throws ReadModelsOutdated when those that are
 * there were made by another set of models: nothing is migrated, everything can be rebuilt.
 */
export async function prepareSchema(
  db: Sql,
  schema: string,
  models: readonly ReadModel[],
): Promise<void> {
  const shape = shapeOf(models);
  const found = await findShape(db, schema);
  if (found === shape) return;
  if (found !== undefined) throw new ReadModelsOutdated(schema);
  await db.transaction().execute(async (transaction) => {
    // Several servers may start at once: the lock lets one work and the others look.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`minhchung ${schema}`}, 0))`.execute(
      transaction,
    );
    if ((await findShape(transaction, schema)) === shape) return;
    await createTables(transaction, schema, models);
    await createReadIndexes(transaction, schema, models);
  });
}

/** A new schema with empty tables, and the indexes that whoever writes them needs. */
export async function createTables(
  transaction: Sql,
  schema: string,
  models: readonly ReadModel[],
): Promise<void> {
  await sql`create schema ${sql.id(schema)}`.execute(transaction);
  await createLeafTable(transaction, schema);
  for (const model of models) await createVersionedTable(transaction, schema, model);
  await sql`create table ${sql.id(schema, 'progress')} (
    one int primary key check (one = 1),
    leaf_count bigint not null,
    position text,
    shape text not null
  )`.execute(transaction);
  await sql`insert into ${sql.id(schema, 'progress')}
    values (1, 0, null, ${shapeOf(models)})`.execute(transaction);
}

/** True when the schema is there and was made by exactly these models. */
export async function isCurrentSchema(
  db: Sql,
  schema: string,
  models: readonly ReadModel[],
): Promise<boolean> {
  return (await findShape(db, schema)) === shapeOf(models);
}

/** Undefined when there is no such schema; empty when there is one that is not ours. */
async function findShape(db: Sql, schema: string): Promise<string | undefined> {
  const { rows } = await sql<{ exists: boolean; has_progress: boolean }>`select
    exists (select from pg_namespace where nspname = ${schema}) as exists,
    to_regclass(${`${schema}.progress`}) is not null as has_progress`.execute(db);
  if (!rows[0]?.exists) return undefined;
  if (!rows[0].has_progress) return '';
  const found = await sql<{
    shape: string;
  }>`select shape from ${sql.id(schema, 'progress')}`.execute(db);
  return found.rows[0]?.shape ?? '';
}

function shapeOf(models: readonly ReadModel[]): string {
  const shapes = models.map(({ name, version, facets }) => ({ name, version, facets }));
  return digestOf(canonicalJson({ layoutVersion, models: shapes }));
}

/**
 * Rows stay whole up to a page (`toast_tuple_target`): PostgreSQL would compress and move out what
 * is longer than 2 KB, which costs more than everything else that a batch writes.
 *
 * Columns in collation "C", so that comparing texts in SQL is comparing them here. `clock` is the
 * latest time recorded up to the leaf: unlike `recorded_at`, which two machines may stamp out of
 * order, it never falls, and so an index can find the leaf of a time.
 */
async function createLeafTable(db: Sql, schema: string): Promise<void> {
  const leaf = sql.id(schema, 'leaf');
  await sql`create table ${leaf} (
    leaf_index bigint primary key,
    position text collate "C" not null,
    event_id uuid not null,
    stream text collate "C" not null,
    revision bigint not null,
    type text collate "C" not null,
    digest text collate "C" not null,
    recorded_at text collate "C" not null,
    clock text collate "C" not null,
    person text collate "C" not null,
    agency text collate "C" not null,
    role text collate "C" not null,
    correlation_id text collate "C" not null,
    indicator text collate "C",
    version bigint,
    entry text not null
  ) with (toast_tuple_target = 8160)`.execute(db);
  await sql`create unique index on ${leaf} (stream, leaf_index)`.execute(db);
}

/**
 * Indexes that only queries need. A rebuild adds them at the end: sorting once is cheaper than
 * finding the place of every row.
 */
export async function createReadIndexes(
  db: Sql,
  schema: string,
  models: readonly ReadModel[],
): Promise<void> {
  const leaf = sql.id(schema, 'leaf');
  await sql`create index on ${leaf} (event_id)`.execute(db);
  await sql`create index on ${leaf} (clock, leaf_index)`.execute(db);
  await sql`create index on ${leaf} (stream, version) where version is not null`.execute(db);
  for (const { name, facets } of models) {
    for (const facet of facets) {
      await sql`create index on ${sql.id(schema, name)} (${sql.id(facet)}, key)
        where to_leaf is null`.execute(db);
    }
  }
}

async function createVersionedTable(db: Sql, schema: string, model: ReadModel): Promise<void> {
  const table = sql.id(schema, model.name);
  const facets = model.facets.map((facet) => sql`${sql.id(facet)} text collate "C",`);
  // JSON as text: it is only ever read whole, and checking it again costs a third of the insert.
  await sql`create table ${table} (
    key text collate "C" not null,
    from_leaf bigint not null,
    to_leaf bigint check (to_leaf > from_leaf),
    ${sql.join(facets, sql` `)}
    doc text not null,
    primary key (key, from_leaf)
  ) with (toast_tuple_target = 8160)`.execute(db);
}

/** What the schema holds so far. */
export async function readProgress(db: Sql, schema: string): Promise<Progress> {
  const { rows } = await sql<{ leaf_count: number; position: Position | null }>`
    select leaf_count, position from ${sql.id(schema, 'progress')}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error(`"${schema}".progress is empty`);
  return { leafCount: row.leaf_count, position: row.position ?? undefined };
}

/**
 * Moves the progress on inside the transaction that wrote the rows. Compare-and-swap: if another
 * projector has written meanwhile, this one's rows must not be committed.
 */
export async function advanceProgress(
  transaction: Sql,
  schema: string,
  from: Progress,
  to: Progress,
): Promise<void> {
  const { numAffectedRows } = await sql`update ${sql.id(schema, 'progress')}
    set leaf_count = ${to.leafCount}, position = ${to.position}
    where leaf_count = ${from.leafCount}`.execute(transaction);
  if (numAffectedRows !== 1n) {
    throw new Error(`another projector writes "${schema}": it is no longer at ${from.leafCount}`);
  }
}
