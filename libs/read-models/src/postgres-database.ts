import { Socket } from 'node:net';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Client, Pool } from 'pg';
import type { ClientBase, PoolConfig } from 'pg';
import { copyingPool, parserFor } from './postgres-connection.ts';
import type { Database, Sql } from './sql.ts';

/** The server answers, but may not be used as it is. The message is one sentence for an operator. */
export class DatabaseUnfit extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatabaseUnfit';
  }
}

/** The server does not answer at a start. Later on the errors of the driver come through. */
export class DatabaseAway extends Error {
  constructor(cause: unknown) {
    super('the database does not answer', { cause });
    this.name = 'DatabaseAway';
  }
}

/** Requests mostly read for a few milliseconds; the projector and sign-ins write a little. */
const connectionsMax = 10;
const connectMsMax = 5_000;
/** One batch of a rebuild takes a second or two; whatever takes a minute is stuck. */
const statementMsMax = 60_000;
/** Beyond every statement: a server that says nothing for so long has gone without a word. */
const quietMsMax = statementMsMax + 30_000;

/**
 * Opens a PostgreSQL server (14 or later, UTF8) as the database of the read models and of the
 * register, by the same SQL and with the same values coming out as from PGlite. The pool replaces
 * broken connections by itself: after the server was away, the next statement works again.
 *
 * Throws DatabaseAway or DatabaseUnfit. Nothing it throws carries the connection string.
 */
export async function openServer(connectionString: string, isReadOnly = false): Promise<Database> {
  const pool = new Pool({
    ...connectionTo(connectionString),
    max: connectionsMax,
    statement_timeout: statementMsMax,
    lock_timeout: statementMsMax / 2,
    idle_in_transaction_session_timeout: statementMsMax,
    stream: impatientSocket,
    // By a statement: options in the connection string would take the place of ours.
    ...(isReadOnly && readOnly),
  });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: copyingPool(pool) }) });
  try {
    await checkServer(db);
  } catch (error) {
    await db.destroy();
    throw error instanceof DatabaseUnfit ? error : new DatabaseAway(error);
  }
  return {
    db,
    kind: 'server',
    alone: (name, signal, run, onWait) => runAlone(connectionString, name, signal, run, onWait),
    // Another process: it comes back, and the pool with it.
    failed: new Promise<never>(() => undefined),
    close: () => db.destroy(),
  };
}

/** The pool waits for it, whatever its types say: no connection is given out that is not made so. */
const readOnly = {
  onConnect: (client: ClientBase): unknown =>
    client.query('set default_transaction_read_only = on'),
};

function connectionTo(connectionString: string): PoolConfig {
  return {
    connectionString,
    application_name: 'minhchung',
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser: parserFor },
  };
}

/** Statements end by their own time limit on the server; this is for a server that is no more. */
function impatientSocket(): Socket {
  const socket = new Socket();
  socket.setTimeout(quietMsMax, () => {
    socket.destroy(new Error(`the database said nothing for ${quietMsMax} ms`));
  });
  return socket;
}

async function checkServer(db: Sql): Promise<void> {
  const { rows } = await sql<{ version: string; encoding: string; at_commit: string }>`select
    current_setting('server_version_num') as version,
    current_setting('server_encoding') as encoding,
    current_setting('synchronous_commit') as at_commit`.execute(db);
  const [server] = rows;
  if (server === undefined || server.version.padStart(6, '0') < '140000') {
    throw new DatabaseUnfit('the PostgreSQL server is older than version 14');
  }
  if (server.encoding !== 'UTF8') {
    throw new DatabaseUnfit(`the database is encoded in ${server.encoding}; UTF8 is needed`);
  }
  if (server.at_commit === 'off') {
    throw new DatabaseUnfit(
      'synchronous_commit is off, so the server would forget accounts it has acknowledged',
    );
  }
}

/**
 * Waits until no other process holds the name, then runs while this one does. The lock is an
 * advisory one on a connection of its own: it ends with the connection, so a process that died
 * never keeps a standby waiting. When the connection breaks, `run` is told by its signal, and the
 * whole rejects. A process that learns of it late is stopped by the compare-and-swap of its commit.
 */
async function runAlone<T>(
  connectionString: string,
  name: string,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
  onWait: () => void = () => undefined,
): Promise<T> {
  const client = new Client(connectionTo(connectionString));
  const lost = new AbortController();
  client.on('error', (error) => lost.abort(error));
  client.on('end', () => lost.abort(new Error('the connection that held the lock has ended')));
  // Ending a client in the middle of a statement breaks the statement off.
  const leave = () => void client.end().catch(() => undefined);
  signal.addEventListener('abort', leave);
  try {
    signal.throwIfAborted();
    await client.connect();
    // So that the server drops a waiter whose process is gone; refused on some systems.
    await client.query(`set client_connection_check_interval = '10s'`).catch(() => undefined);
    const key = [`minhchung ${name}`];
    const { rows } = await client.query<{ is_held: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as is_held',
      key,
    );
    if (!rows[0]?.is_held) {
      onWait();
      await client.query('select pg_advisory_lock(hashtextextended($1, 0))', key);
    }
    const result = await run(AbortSignal.any([signal, lost.signal]));
    if (!signal.aborted) lost.signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener('abort', leave);
    await client.end().catch(() => undefined);
  }
}
