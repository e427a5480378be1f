import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EmbeddedNodeError } from './node-error.ts';

/** "MCev" in ASCII: tells `file` and us that this SQLite file is an event store of this node. */
const applicationId = 0x4d_43_65_76;

/** Raised by one whenever the tables change; a file of another version is refused, not guessed. */
const schemaVersion = 1;

/**
 * `events` is the log. `record` is the event as it goes over the wire, encoded once when it is
 * written; the other columns exist to find it. `streams` carries what an append must know about a
 * stream, kept in the same transaction as the events, so no cache can disagree with the log.
 * An event id is not unique: the protocol allows the same id in two streams.
 */
const schema = `
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    last_revision INTEGER NOT NULL,
    tombstoned INTEGER NOT NULL,
    truncate_before INTEGER NOT NULL,
    max_count INTEGER,
    max_age_ms INTEGER
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams (id),
    revision INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    type TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    record BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_revision ON events (stream, revision);
  CREATE INDEX events_by_id ON events (event_id);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/**
 * Opens or creates the file of a node and locks it for this connection alone.
 *
 * The lock is SQLite's own, held by the operating system on behalf of the process: it also keeps
 * out a second node in the same process, and it vanishes with the process however that dies. (It
 * is lost when something else in this process opens and closes the file by hand: POSIX locks work
 * like that. Copy the file only while the node is stopped.)
 *
 * @throws EmbeddedNodeError node/locked, node/not-a-store, node/corrupt, node/unknown-version,
 *   node/unwritable
 */
export function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    // Before the first read, so that the lock is exclusive from the start and the index of the
    // write-ahead log lives in memory instead of a shared file.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    const isNew = checkKind(database, file);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA fullfsync = ON;
      PRAGMA checkpoint_fullfsync = ON;
      PRAGMA cache_size = -65536;
      PRAGMA wal_autocheckpoint = 4000;
    `);
    database.exec(isNew ? `BEGIN IMMEDIATE; ${schema} COMMIT` : 'BEGIN IMMEDIATE; COMMIT');
    if (isNew) syncFolderOf(file);
    return database;
  } catch (error) {
    database?.close();
    throw explain(error, file);
  }
}

/**
 * Whether a node runs on the file, told without a trace: the connection may only read, and wants the
 * lock before the write-ahead log. It gets neither where nobody holds it either, which is an answer.
 */
export function isInUse(file: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    const code = sqliteCode(error);
    return code === busy || code === locked;
  } finally {
    database?.close();
  }
}

/** Nothing is written before the file is known to be ours: a foreign file stays as it was. */
function checkKind(database: DatabaseSync, file: string): boolean {
  const kind = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  const objects = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
  if (kind === 0 && version === 0 && objects === 0) return true;
  if (kind !== applicationId) {
    throw new EmbeddedNodeError('node/not-a-store', `${file} is a database of something else.`);
  }
  if (version !== schemaVersion) {
    const found = String(version);
    const message = `${file} has layout ${found}; this program knows ${schemaVersion} only.`;
    throw new EmbeddedNodeError('node/unknown-version', message);
  }
  return false;
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

/** A new file survives a power cut only once its folder entry is on disk as well. */
function syncFolderOf(file: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); the low byte of errcode. */
const busy = 5;
const locked = 6;
const corrupt = 11;
const notADatabase = 26;

/** The words of whatever was thrown. */
export function reasonOf(error: unknown): string {
  // Errors of Node itself are no `Error` of this realm when a test runs in a context of its own.
  const message: unknown = typeof error === 'object' && error && Reflect.get(error, 'message');
  return typeof message === 'string' ? message : String(error);
}

/** SQLite's primary result code, or undefined when the error is not SQLite's. */
function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

function explain(error: unknown, file: string): EmbeddedNodeError {
  if (error instanceof EmbeddedNodeError) return error;
  const options = { cause: error };
  const reason = reasonOf(error);
  switch (sqliteCode(error)) {
    case busy:
    case locked:
      return new EmbeddedNodeError('node/locked', `${file} is in use by another node.`, options);
    case notADatabase:
      return new EmbeddedNodeError('node/not-a-store', `${file} is not an event store.`, options);
    case corrupt:
      return new EmbeddedNodeError('node/corrupt', `${file} is damaged: ${reason}.`, options);
    default:
      return new EmbeddedNodeError('node/unwritable', `${file} is unusable: ${reason}.`, options);
  }
}
