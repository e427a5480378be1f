import { sql } from 'kysely';
import type { IndicatorCode, RoundId } from '#kernel';
import type { AnsweredAsOf, Page } from './as-of.ts';
import type { Sql } from './database.ts';
import { historyItem } from './history-item.ts';
import type { HistoryItem } from './history-item.ts';
import { openLeaf } from './leaf-table.ts';
import type { LeafRow } from './leaf-table.ts';

/** Which acts belong to a history: whole streams, and what a round said about an indicator. */
export type HistoryScope = {
  readonly streams: readonly string[];
  readonly round: RoundId;
  readonly indicator: IndicatorCode;
};

export const historyLimitMax = 200;

/**
 * A page of the acts in scope up to a leaf. The cursor is the leaf index of the last item, so pages
 * never shift: what comes later has a higher index. Each stream gives at most one page, by index,
 * and they are merged: a stream of ten thousand acts costs no more than a short one.
 */
export async function readHistory(
  db: Sql,
  schema: string,
  scope: HistoryScope,
  asOf: AnsweredAsOf,
  page: { readonly after: number | null; readonly limit: number; readonly isNewestFirst: boolean },
): Promise<Page<HistoryItem>> {
  const leaf = sql.id(schema, 'leaf');
  const upTo = asOf.leafIndex ?? -1;
  const { after, isNewestFirst } = page;
  const direction = isNewestFirst ? sql`desc` : sql`asc`;
  const wanted = isNewestFirst
    ? sql`leaf_index <= ${upTo} and leaf_index < ${after ?? Number.MAX_SAFE_INTEGER}`
    : sql`leaf_index <= ${upTo} and leaf_index > ${after ?? -1}`;
  const rest = sql`${wanted} order by leaf_index ${direction} limit ${page.limit + 1}`;
  const { rows } = await sql<LeafRow>`
    select leaf_index, position, digest, version, entry from (
      select own.* from unnest(${scope.streams}::text[]) as wanted(name)
      cross join lateral (select * from ${leaf} where stream = wanted.name and ${rest}) as own
      union all
      (select * from ${leaf} where stream = ${`round-${scope.round}`}
        and (indicator is null or indicator = ${scope.indicator}) and ${rest})
    ) as found order by leaf_index ${direction} limit ${page.limit + 1}`.execute(db);
  const shown = rows.slice(0, page.limit);
  const ends = await endsOfVersions(db, schema, shown.map(withStream), upTo);
  return {
    items: shown.map((row) => {
      const leaf = openLeaf(row);
      const end = row.version === null ? undefined : ends.get(`${leaf.stream} ${row.version}`);
      return historyItem(leaf, row.version, end ?? null);
    }),
    nextCursor: rows.length > shown.length ? String(shown.at(-1)?.leaf_index) : null,
    asOf,
  };
}

type Ends = ReadonlyMap<string, number>;
type MadeVersion = { readonly stream: string; readonly version: number | null };

function withStream(row: LeafRow): MadeVersion {
  return { stream: openLeaf(row).stream, version: row.version };
}

/** The leaf at which each of these versions was followed by the next one of its stream. */
async function endsOfVersions(
  db: Sql,
  schema: string,
  made: readonly MadeVersion[],
  upTo: number,
): Promise<Ends> {
  const versions = made.flatMap(({ stream, version }) => {
    return version === null ? [] : [{ stream, version: version + 1 }];
  });
  if (versions.length === 0) return new Map();
  const { rows } = await sql<{ stream: string; version: number; leaf_index: number }>`
    select stream, version, leaf_index from ${sql.id(schema, 'leaf')}
    where stream = any(${versions.map(({ stream }) => stream)})
      and version = any(${versions.map(({ version }) => version)}::bigint[])
      and leaf_index <= ${upTo}`.execute(db);
  return new Map(
    rows.map(({ stream, version, leaf_index }) => {
      return [`${stream} ${version - 1}`, leaf_index];
    }),
  );
}
