import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { recordedEvent, tombstoneRevision } from './frames.ts';
import type { ProposedEvent } from './protocol.ts';
import { describedStreamOf, limitsIn, metadataStreamOf, noLimits } from './stream-state.ts';
import type { StreamState } from './stream-state.ts';

/** An event as the log holds it. */
export type StoredEvent = {
  position: number;
  stream: string;
  revision: number;
  type: string;
  createdMs: number;
  /** The encoded RecordedEvent. */
  record: Uint8Array;
};

/**
 * Where the first event stands. Zero is what an absent number looks like on this wire, so nothing
 * is ever stored there.
 */
const firstPosition = 64;

/**
 * The events in their one order, and what is known per stream. Reads may be asked at any time;
 * writes only between `begin` and `commit` or `rollBack` (group-commit.ts is their only caller).
 * A position is the number of bytes written before: growing, never dense.
 */
export class EventLog {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;
  #end = firstPosition;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepare(database);
    this.#findEnd();
  }

  /** The position the next event will get; every stored one is smaller. */
  get end(): number {
    return this.#end;
  }

  begin(): void {
    this.#database.exec('BEGIN IMMEDIATE');
  }

  /** Returns when the operating system has confirmed that everything is on disk. */
  commit(): void {
    this.#database.exec('COMMIT');
  }

  rollBack(): void {
    // SQLite has already rolled back by itself after some errors, a full disk among them.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#findEnd();
  }

  close(): void {
    this.#database.close();
  }

  state(name: string): StreamState {
    const row = this.#statements.state.get(name);
    const described = describedStreamOf(name);
    // The metadata of a burnt name is burnt with it.
    const burnt =
      described !== undefined && this.#statements.state.get(described)?.tombstoned === 1;
    if (!row) return { id: undefined, name, lastRevision: -1, tombstoned: burnt, limits: noLimits };
    return {
      id: row.id,
      name,
      lastRevision: row.last_revision,
      tombstoned: row.tombstoned === 1 || burnt,
      limits: {
        truncateBefore: row.truncate_before,
        // Of metadata only the newest counts.
        maxCount: described === undefined ? (row.max_count ?? undefined) : 1,
        maxAgeMs: row.max_age_ms ?? undefined,
      },
    };
  }

  /** Writes the events behind the last revision. Returns the position of the last of them. */
  append(name: string, events: readonly ProposedEvent[], createdMs: number): number | undefined {
    const state = this.#known(name);
    let revision = state.lastRevision;
    let position: number | undefined;
    for (const event of events) {
      revision += 1;
      position = this.#insert(state, event, revision, createdMs);
    }
    this.#statements.setLastRevision.run(revision, state.id);
    const newest = events.at(-1);
    const described = describedStreamOf(name);
    if (newest && described !== undefined) this.#applyMetadata(described, newest.data);
    return position;
  }

  /** Burns the name: writes the last event the stream can ever have. Returns its position. */
  tombstone(name: string, event: ProposedEvent, createdMs: number): number {
    const state = this.#known(name);
    this.#statements.setTombstoned.run(state.id);
    return this.#insert(state, event, tombstoneRevision, createdMs);
  }

  /** The newest metadata of a stream as JSON text, with `$tb` set to another value. */
  metadataTruncatedBefore(name: string, revision: number, dataOf: (record: Uint8Array) => Buffer) {
    const metadata = this.state(metadataStreamOf(name));
    const newest =
      metadata.id === undefined
        ? undefined
        : this.streamEvents(metadata, metadata.lastRevision, 'forwards', 1)[0];
    const before = newest ? dataOf(newest.record).toString('utf8') : '{}';
    return this.#statements.truncatedBefore.get(before, revision)?.json ?? `{"$tb":${revision}}`;
  }

  revisionOf(state: StreamState, eventId: string): number | undefined {
    if (state.id === undefined) return undefined;
    return this.#statements.revisionOf.get(uuidBytes(eventId), state.id)?.revision;
  }

  holdsAt(state: StreamState, revision: number, eventId: string): boolean {
    if (state.id === undefined) return false;
    const { holdsAt } = this.#statements;
    return holdsAt.get(state.id, revision, uuidBytes(eventId)) !== undefined;
  }

  positionOf(state: StreamState, revision: number): number | undefined {
    if (state.id === undefined) return undefined;
    return this.#statements.positionOf.get(state.id, revision)?.position;
  }

  /** A page of a stream from a revision on, that revision included. */
  streamEvents(
    state: StreamState,
    fromRevision: number,
    direction: 'forwards' | 'backwards',
    limit: number,
  ): StoredEvent[] {
    if (state.id === undefined) return [];
    const { streamForwards, streamBackwards } = this.#statements;
    const statement = direction === 'forwards' ? streamForwards : streamBackwards;
    return statement.all(state.id, fromRevision, limit);
  }

  /** A page of the whole log. Forwards includes the position, backwards begins below it. */
  allEvents(position: number, direction: 'forwards' | 'backwards', limit: number): StoredEvent[] {
    const { allForwards, allBackwards } = this.#statements;
    return (direction === 'forwards' ? allForwards : allBackwards).all(position, limit);
  }

  #known(name: string): StreamState & { id: number } {
    const state = this.state(name);
    const { id } = state;
    if (id !== undefined) return { ...state, id };
    this.#statements.addStream.run(name);
    const added = this.#statements.state.get(name);
    if (!added) throw new Error('A stream that was just added is not there.');
    return { ...state, id: added.id };
  }

  #insert(
    state: StreamState & { id: number },
    event: ProposedEvent,
    revision: number,
    createdMs: number,
  ): number {
    const position = this.#end;
    const place = { stream: state.name, revision, position, createdMs };
    const record = recordedEvent(event, place);
    const { insert } = this.#statements;
    insert.run(position, state.id, revision, uuidBytes(event.id), event.type, createdMs, record);
    this.#end = position + record.length;
    return position;
  }

  #applyMetadata(described: string, data: Uint8Array): void {
    const { id } = this.#known(described);
    const limits = limitsIn(data);
    const { truncateBefore, maxCount = null, maxAgeMs = null } = limits;
    this.#statements.setLimits.run(truncateBefore, maxCount, maxAgeMs, id);
  }

  #findEnd(): void {
    const last = this.#statements.last.get();
    this.#end = last ? last.position + last.size : firstPosition;
  }
}

/** A statement with the shape of its rows; SQLite checks names when it is prepared. */
type Query<Row> = Omit<StatementSync, 'get' | 'all'> & {
  get(...parameters: (number | string | Uint8Array)[]): Row | undefined;
  all(...parameters: (number | string | Uint8Array)[]): Row[];
};

type StreamRow = {
  id: number;
  last_revision: number;
  tombstoned: number;
  truncate_before: number;
  max_count: number | null;
  max_age_ms: number | null;
};

const eventColumns = `e.position, s.name AS stream, e.revision, e.type,
  e.created_ms AS createdMs, e.record`;

function prepare(database: DatabaseSync) {
  const query = <Row>(sql: string): Query<Row> => database.prepare(sql) as unknown as Query<Row>;
  const events = (condition: string): Query<StoredEvent> =>
    query(`SELECT ${eventColumns} FROM events e JOIN streams s ON s.id = e.stream ${condition}`);
  return {
    state: query<StreamRow>(
      `SELECT id, last_revision, tombstoned, truncate_before, max_count, max_age_ms
       FROM streams WHERE name = ?`,
    ),
    addStream: database.prepare(
      `INSERT INTO streams (name, last_revision, tombstoned, truncate_before)
       VALUES (?, -1, 0, 0)`,
    ),
    setLastRevision: database.prepare('UPDATE streams SET last_revision = ? WHERE id = ?'),
    setTombstoned: database.prepare('UPDATE streams SET tombstoned = 1 WHERE id = ?'),
    setLimits: database.prepare(
      'UPDATE streams SET truncate_before = ?, max_count = ?, max_age_ms = ? WHERE id = ?',
    ),
    insert: database.prepare(
      `INSERT INTO events (position, stream, revision, event_id, type, created_ms, record)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    last: query<{ position: number; size: number }>(
      'SELECT position, length(record) AS size FROM events ORDER BY position DESC LIMIT 1',
    ),
    // The plus keeps SQLite from choosing the index by stream, which would scan the stream.
    revisionOf: query<{ revision: number }>(
      `SELECT revision FROM events WHERE event_id = ? AND +stream = ?
       ORDER BY revision DESC LIMIT 1`,
    ),
    holdsAt: query<{ found: number }>(
      'SELECT 1 AS found FROM events WHERE stream = ? AND revision = ? AND +event_id = ?',
    ),
    positionOf: query<{ position: number }>(
      'SELECT position FROM events WHERE stream = ? AND revision = ?',
    ),
    truncatedBefore: query<{ json: string | null }>(
      `SELECT CASE WHEN json_valid(?1) THEN json_set(?1, '$."$tb"', ?2) END AS json`,
    ),
    streamForwards: events('WHERE e.stream = ? AND e.revision >= ? ORDER BY e.revision LIMIT ?'),
    streamBackwards: events(
      'WHERE e.stream = ? AND e.revision <= ? ORDER BY e.revision DESC LIMIT ?',
    ),
    allForwards: events('WHERE e.position >= ? ORDER BY e.position LIMIT ?'),
    allBackwards: events('WHERE e.position < ? ORDER BY e.position DESC LIMIT ?'),
  };
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}
