import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { canonicalJson } from '#kernel';
import type { Digest } from '#kernel';
import type { Sql } from './database.ts';
import type { ReadModel } from './log-event.ts';

/** What a schema holds, as a digest over its lines. */
export type Dump = { readonly digest: Digest; readonly lineCount: number };

const pageSize = 1_000;

/**
 * Every row of every table as one canonical line, `<table> <JSON>`, tables by name and rows by
 * primary key. Nothing is left out but the physical order of rows: two schemas with the same digest
 * answer every question alike. `onLine` gets each line, for whoever wants to see a difference.
 */
export async function dump(
  db: Sql,
  schema: string,
  models: readonly ReadModel[],
  onLine: (line: string) => void = () => undefined,
): Promise<Dump> {
  const hash = createHash('sha256');
  let lineCount = 0;
  const keys: Record<string, readonly string[]> = { leaf: ['leaf_index'], progress: ['one'] };
  for (const { name } of models) keys[name] = ['key', 'from_leaf'];
  for (const [table, key] of Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for await (const row of rowsOf(db, schema, table, key)) {
      const line = `${table} ${canonicalJson(row)}`;
      hash.update(`${line}\n`);
      lineCount += 1;
      onLine(line);
    }
  }
  return { digest: `sha256:${hash.digest('hex')}` as Digest, lineCount };
}

/** In pages that begin after the last key seen, so memory does not grow with the table. */
async function* rowsOf(
  db: Sql,
  schema: string,
  table: string,
  key: readonly string[],
): AsyncGenerator<Record<string, unknown>> {
  const columns = sql.join(key.map((column) => sql.id(column)));
  let after: readonly unknown[] | undefined;
  for (;;) {
    const start = after === undefined ? sql`true` : sql`(${columns}) > (${sql.join(after)})`;
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.id(schema, table)}
      where ${start} order by ${columns} limit ${pageSize}`.execute(db);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    after = key.map((column) => last[column]);
  }
}
