import { sql } from 'kysely';
import { digestOf, entryBytes, jsonText } from '#kernel';
import type { Digest, Entry, Instant } from '#kernel';
import type { Position, StoredEvent } from '#event-store';
import type { AnsweredAsOf, AsOf } from './as-of.ts';
import { copyInto, CopyRows } from './copy-rows.ts';
import type { CopyColumn } from './copy-rows.ts';
import type { Sql } from './database.ts';
import type { Leaf, LogEvent } from './log-event.ts';

/** One leaf as it is kept. `entry` is the canonical form as text: the digest is of its bytes. */
export type LeafRow<Text = string> = {
  readonly leaf_index: number;
  readonly position: Position;
  readonly event_id: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly digest: Digest;
  readonly recorded_at: Instant;
  readonly clock: Instant;
  readonly person: string;
  readonly agency: string;
  readonly role: string;
  readonly correlation_id: string;
  readonly indicator: string | null;
  readonly version: number | null;
  readonly entry: Text;
};

/** A leaf on its way into the table, which takes the bytes as they were hashed. */
export type NewLeaf = LeafRow<Uint8Array>;

/** Events that make a version; the others name the version they are about. */
const versionMakers = /\.(submitted|corrected|declared-unavailable|declared-no-data)\.v\d+$/;

/** An event's canonical bytes, and their digest: made once for each event (CONTRACTS 2). */
export type EntryOf = { readonly bytes: Uint8Array; readonly digest: Digest };

export function entryOf(event: StoredEvent): EntryOf {
  const bytes = entryBytes(event);
  return { bytes, digest: digestOf(bytes) };
}

/** The row of an event. `clock` is that of the leaf before, or undefined for the first. */
export function leafRow(
  event: StoredEvent,
  leafIndex: number,
  { bytes, digest }: EntryOf,
  clock: Instant | undefined,
): NewLeaf {
  const { actor, recordedAt, correlationId } = event.metadata;
  const data = event.data as { readonly indicator?: unknown; readonly version?: unknown };
  return {
    leaf_index: leafIndex,
    position: event.position,
    event_id: event.id,
    stream: event.stream,
    revision: event.revision,
    type: event.type,
    digest,
    recorded_at: recordedAt,
    clock: clock !== undefined && clock > recordedAt ? clock : recordedAt,
    person: actor.person,
    agency: actor.agency,
    role: actor.role,
    correlation_id: correlationId,
    indicator: typeof data.indicator === 'string' ? data.indicator : null,
    version:
      versionMakers.test(event.type) && typeof data.version === 'number' ? data.version : null,
    entry: bytes,
  };
}

const columns: Readonly<Record<keyof LeafRow, CopyColumn>> = {
  leaf_index: 'bigint',
  position: 'text',
  event_id: 'uuid',
  stream: 'text',
  revision: 'bigint',
  type: 'text',
  digest: 'text',
  recorded_at: 'text',
  clock: 'text',
  person: 'text',
  agency: 'text',
  role: 'text',
  correlation_id: 'text',
  indicator: 'text',
  version: 'bigint',
  entry: 'text',
};
const columnNames = Object.keys(columns) as (keyof LeafRow)[];

/** Leaves that wait to be written together. */
export class NewLeaves {
  private readonly rows = new CopyRows(Object.values(columns));

  add(leaf: NewLeaf): void {
    this.rows.add(columnNames.map((name) => leaf[name]));
  }

  async write(transaction: Sql, schema: string): Promise<void> {
    await copyInto(transaction, [schema, 'leaf'], columnNames, this.rows);
  }
}

/** The clock of the last leaf, undefined while there is none. */
export async function lastClock(db: Sql, schema: string): Promise<Instant | undefined> {
  const { rows } = await sql<{ clock: Instant }>`select clock from ${sql.id(schema, 'leaf')}
    order by leaf_index desc limit 1`.execute(db);
  return rows[0]?.clock;
}

/** The last revision of each of these streams; those without a leaf are left out. */
export async function lastRevisions(
  db: Sql,
  schema: string,
  streams: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ stream: string; revision: number }>`
    select last.stream, last.revision from unnest(${streams}::text[]) as wanted(stream)
    cross join lateral (
      select stream, revision from ${sql.id(schema, 'leaf')} as leaf
      where leaf.stream = wanted.stream order by leaf_index desc limit 1
    ) as last`.execute(db);
  return new Map(rows.map(({ stream, revision }) => [stream, revision]));
}

/**
 * The leaf that an `asOf` means. A time T means the leaf before the first one recorded after T.
 * Times are stamped by stream and by machine, so in the order of leaves they may step back; the
 * answer must still be a state that the ledger once was in (a prefix of the log), and must hold
 * nothing recorded after T. The longest such prefix is this one. An event recorded before T that
 * came behind a later one is left out: at T nobody who asked could have seen it.
 */
export async function locate(db: Sql, schema: string, asOf: AsOf): Promise<AnsweredAsOf> {
  const leaf = sql.id(schema, 'leaf');
  const found =
    typeof asOf === 'string'
      ? sql<LocatedRow>`select leaf_index, clock from ${leaf} where clock <= ${asOf}
        order by clock desc, leaf_index desc limit 1`
      : sql<LocatedRow>`select leaf_index, clock from ${leaf}
        where leaf_index <= ${asOf ?? Number.MAX_SAFE_INTEGER} order by leaf_index desc limit 1`;
  const [row] = (await found.execute(db)).rows;
  return row === undefined
    ? { leafIndex: null, at: null }
    : { leafIndex: row.leaf_index, at: row.clock };
}

type LocatedRow = { readonly leaf_index: number; readonly clock: Instant };

/** The event with this id (a UUID), wherever it stands. */
export async function leafOfEvent(
  db: Sql,
  schema: string,
  eventId: string,
): Promise<Leaf | undefined> {
  const { rows } = await sql<LeafRow>`select leaf_index, position, digest, entry
    from ${sql.id(schema, 'leaf')} where event_id = ${eventId}`.execute(db);
  return rows[0] && openLeaf(rows[0]);
}

/** One stream up to a leaf (included), oldest first, from a revision on. */
export async function leavesOfStream(
  db: Sql,
  schema: string,
  stream: string,
  upTo: number,
): Promise<readonly Leaf[]> {
  const { rows } = await sql<LeafRow>`select leaf_index, position, digest, entry
    from ${sql.id(schema, 'leaf')}
    where stream = ${stream} and leaf_index <= ${upTo} order by leaf_index`.execute(db);
  return rows.map(openLeaf);
}

/** The acts that made these versions, in no order. Each version was made once, by one act. */
export async function leavesOfVersions(
  db: Sql,
  schema: string,
  versions: readonly { readonly stream: string; readonly version: number }[],
): Promise<readonly Leaf[]> {
  if (versions.length === 0) return [];
  const { rows } = await sql<LeafRow>`select leaf_index, position, digest, entry
    from json_to_recordset(${jsonText(versions)}::json) as made(stream text, version bigint)
    join ${sql.id(schema, 'leaf')} as leaf using (stream, version)`.execute(db);
  return rows.map(openLeaf);
}

type LeafText = Pick<LeafRow, 'leaf_index' | 'position' | 'digest' | 'entry'>;

/** Makes the event again from the kept text. */
export function openLeaf({ leaf_index, position, digest, entry }: LeafText): Leaf {
  return { ...(JSON.parse(entry) as Entry), leafIndex: leaf_index, position, digest };
}

/** The leaf as the folds see it. The digest stays that of what was recorded. */
export function logEventOf(leaf: Leaf, upcast: (event: StoredEvent) => StoredEvent): LogEvent {
  const { type, data } = upcast(leaf);
  return { ...leaf, type, data };
}
