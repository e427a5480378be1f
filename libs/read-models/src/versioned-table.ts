import assert from 'node:assert';
import { sql } from 'kysely';
import { canonicalJson, jsonText } from '#kernel';
import { copyInto, CopyRows } from './copy-rows.ts';
import type { CopyValue } from './copy-rows.ts';
import type { Sql } from './database.ts';
import type { LogEvent, ReadModel, Versioned } from './log-event.ts';

/** The present state of a key; null: there is no row for the key. */
type Present = { readonly state: unknown } | null;

/** A stream's events up to a leaf, upcast: where states come from that no row holds in full. */
export type Replay = (stream: string) => Promise<readonly LogEvent[]>;

/** A state that an event made, and what the table keeps of it: the facets and the document. */
type Staged = { readonly state: unknown; readonly content: readonly CopyValue[] };

/** A version that no event of the batch has replaced so far. */
type Open = { readonly fromLeaf: number; readonly content: readonly CopyValue[] };

/** What a batch changes in a table. */
export type TableChanges = {
  /** Versions that were in the table before, and the leaf that replaced them. */
  readonly closed: readonly { readonly key: string; readonly to_leaf: number }[];
  readonly added: CopyRows;
};

/**
 * The table of one read model: every state of every row, with the leaf from which and the leaf up
 * to which it held. Present rows are kept in memory, least recently used first out, so that a fold
 * waits for SQL once per batch and table. Nothing is ever removed: a row says that a thing ended.
 */
export class VersionedTable {
  readonly model: ReadModel;
  private readonly schema: string;
  private readonly presentMax: number;
  private readonly present = new Map<string, Present>();
  /** True as long as what is not in memory is not in the table either. */
  private isWhole = false;
  private readonly staged = new Map<string, Staged>();
  private readonly open = new Map<string, Open>();
  private closed: { readonly key: string; readonly to_leaf: number }[] = [];
  private added: CopyRows;

  constructor(schema: string, model: ReadModel, presentMax: number) {
    this.schema = schema;
    this.model = model;
    this.presentMax = presentMax;
    this.added = this.noRows();
  }

  /** The table has no row yet: there is nothing to be loaded until something is forgotten. */
  begin(): void {
    this.isWhole = true;
  }

  /** Which of these keys must be loaded before they can be folded. */
  absent(keys: Iterable<string>): readonly string[] {
    const absent = [...new Set(keys)].filter((key) => !this.present.has(key));
    if (!this.isWhole) return absent;
    for (const key of absent) this.present.set(key, null);
    return [];
  }

  /** Loads the present of keys that are not in memory: one statement for the rows. */
  async load(db: Sql, absent: readonly string[], replay: Replay): Promise<void> {
    if (absent.length === 0) return;
    const { rows } = await sql<{ key: string; doc: string }>`select key, doc
      from ${sql.id(this.schema, this.model.name)}
      where key = any(${absent}) and to_leaf is null`.execute(db);
    for (const key of absent) this.present.set(key, null);
    const { streamOf } = this.model;
    for (const { key, doc } of rows) {
      const state: unknown =
        streamOf === null
          ? JSON.parse(doc)
          : replayed(this.model, key, await replay(streamOf(key)));
      this.present.set(key, { state });
    }
  }

  /**
   * Folds one event and makes its rows ready. Whatever may be wrong with it comes out here; nothing
   * is taken over until `seal`, so a fault leaves no half of it.
   */
  fold(event: LogEvent): void {
    const { name } = this.model;
    this.model.fold(event, {
      get: (key) => {
        const present = this.present.get(key);
        assert(present !== undefined, `${name} reads "${key}", which keysOf does not name`);
        return (this.staged.get(key) ?? present)?.state;
      },
      put: (key, state) => {
        assert(this.present.has(key), `${name} writes "${key}", which keysOf does not name`);
        this.staged.set(key, { state, content: this.contentOf(state) });
      },
    });
  }

  /** Canonical: a replayed state has its members in another order than one folded live. */
  private contentOf(state: unknown): readonly CopyValue[] {
    const row = this.model.rowOf(state);
    const facets = this.model.facetsOf(row);
    const values = this.model.facets.map((facet) => facets[facet] ?? null);
    return [...values, canonicalJson(row)];
  }

  /**
   * Takes over what the folded event staged. Every put makes a version, also one that changes
   * nothing: so what is written follows from the log alone, not from what was in memory.
   */
  seal(leafIndex: number): void {
    for (const [key, { state, content }] of this.staged) {
      const open = this.open.get(key);
      if (open !== undefined) this.add(key, open, leafIndex);
      else if (this.present.get(key) !== null) this.closed.push({ key, to_leaf: leafIndex });
      this.open.set(key, { fromLeaf: leafIndex, content });
      // Deleted first: insertion order is the order of use.
      this.present.delete(key);
      this.present.set(key, { state });
    }
    this.staged.clear();
  }

  /** Drops what the event being folded had staged. */
  unstage(): void {
    this.staged.clear();
  }

  /** What was sealed since this was last asked for. */
  take(): TableChanges {
    for (const [key, open] of this.open) this.add(key, open, null);
    const changes = { closed: this.closed, added: this.added };
    this.open.clear();
    this.closed = [];
    this.added = this.noRows();
    return changes;
  }

  /** Writes what was taken: one statement closes the old versions, one adds the new. */
  async write(transaction: Sql, { closed, added }: TableChanges): Promise<void> {
    if (closed.length > 0) {
      await sql`update ${sql.id(this.schema, this.model.name)} as kept set to_leaf = closed.to_leaf
        from json_to_recordset(${jsonText(closed)}::json) as closed(key text, to_leaf bigint)
        where kept.key = closed.key and kept.to_leaf is null`.execute(transaction);
    }
    const columns = ['key', 'from_leaf', 'to_leaf', ...this.model.facets, 'doc'];
    await copyInto(transaction, [this.schema, this.model.name], columns, added);
  }

  /** Whoever looks for it waits until what was taken is in the table, so memory may let go of it. */
  shrink(): void {
    for (const key of this.present.keys()) {
      if (this.present.size <= this.presentMax) break;
      this.present.delete(key);
      this.isWhole = false;
    }
  }

  /** The batch is not in the database, or perhaps not: memory may not know more than the table. */
  forget(): void {
    this.take();
    this.staged.clear();
    this.present.clear();
    this.isWhole = false;
  }

  private add(key: string, { fromLeaf, content }: Open, toLeaf: number | null): void {
    this.added.add([key, fromLeaf, toLeaf, ...content]);
  }

  private noRows(): CopyRows {
    const facets = this.model.facets.map(() => 'text' as const);
    return new CopyRows(['text', 'bigint', 'bigint', ...facets, 'text']);
  }
}

function replayed(model: ReadModel, key: string, events: readonly LogEvent[]): unknown {
  let state: unknown;
  for (const event of events) {
    model.fold(event, {
      get: () => state,
      put: (of, next) => {
        assert(of === key, `${model.name} makes "${of}" from the stream of "${key}"`);
        state = next;
      },
    });
  }
  return state;
}

/** The row of a key as it was once `leafIndex` was there. */
export async function rowAt<Row>(
  db: Sql,
  schema: string,
  model: ReadModel<Row>,
  key: string,
  leafIndex: number,
): Promise<Row | undefined> {
  const { rows } = await sql<{ doc: string }>`select doc from ${sql.id(schema, model.name)}
    where key = ${key} and from_leaf <= ${leafIndex}
    order by from_leaf desc limit 1`.execute(db);
  return rows[0] && (JSON.parse(rows[0].doc) as Row);
}

/** Which rows of a table to list: those whose facets have these values, or one of them. */
export type Listing = {
  readonly where?: Readonly<Record<string, string | readonly string[]>>;
  /** Rows behind this key only, in order of key. */
  readonly afterKey?: string;
  readonly limit?: number;
};

/**
 * Rows as they were once `leafIndex` was there, in order of key. Goes from the keys of today to
 * each one's version of then: facets never change and rows are never removed, so today knows all
 * keys, and a row with ten thousand versions costs no more than one with two.
 */
export async function rowsAt<Row>(
  db: Sql,
  schema: string,
  model: ReadModel<Row>,
  leafIndex: number,
  { where = {}, afterKey = '', limit = Number.MAX_SAFE_INTEGER }: Listing = {},
): Promise<readonly Versioned<Row>[]> {
  const table = sql.id(schema, model.name);
  const conditions = Object.entries(where).map(([name, value]) => {
    assert(model.facets.includes(name), `${model.name} is not listed by ${name}`);
    return typeof value === 'string'
      ? sql`and ${sql.id(name)} = ${value}`
      : sql`and ${sql.id(name)} = any(${value})`;
  });
  const { rows } = await sql<VersionedRow>`
    select former.key, former.from_leaf, former.doc
    from (
      select key from ${table} where to_leaf is null and key > ${afterKey}
      ${sql.join(conditions, sql` `)}
    ) as today
    cross join lateral (
      select * from ${table} as kept
      where kept.key = today.key and kept.from_leaf <= ${leafIndex}
      order by kept.from_leaf desc limit 1
    ) as former order by former.key limit ${limit}`.execute(db);
  return rows.map((row) => versioned<Row>(row));
}

/** The rows of these keys as they were, in order of key; keys without one are left out. */
export async function rowsOfKeys<Row>(
  db: Sql,
  schema: string,
  model: ReadModel<Row>,
  keys: readonly string[],
  leafIndex: number,
): Promise<readonly Versioned<Row>[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<VersionedRow>`
    select former.key, former.from_leaf, former.doc
    from (select distinct unnest(${keys}::text[]) as key) as wanted
    cross join lateral (
      select * from ${sql.id(schema, model.name)} as kept
      where kept.key = wanted.key and kept.from_leaf <= ${leafIndex}
      order by kept.from_leaf desc limit 1
    ) as former order by former.key`.execute(db);
  return rows.map((row) => versioned<Row>(row));
}

type VersionedRow = {
  readonly key: string;
  readonly from_leaf: number;
  readonly doc: string;
};

function versioned<Row>({ key, from_leaf, doc }: VersionedRow): Versioned<Row> {
  return { key, fromLeaf: from_leaf, row: JSON.parse(doc) as Row };
}
