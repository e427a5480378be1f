import { openEmbedded } from './pglite-database.ts';
import { openServer } from './postgres-database.ts';
import type { Database, Sql } from './sql.ts';

export type { Database, Sql };

export type DatabaseOptions = {
  /** Folder of the embedded PostgreSQL; without it everything is in memory and gone at the end. */
  readonly dataDir?: string;
  /** A PostgreSQL server instead of the embedded one. */
  readonly connectionString?: string;
  /** For whoever judges what a server holds: it refuses every statement that would write. */
  readonly isReadOnly?: boolean;
};

/**
 * Opens the database of the read models and of the register: PGlite (PostgreSQL in the process), or
 * a server. Callers may run statements at will while a transaction is open elsewhere: on PGlite,
 * which has one session, they wait for its end. Inside a transaction use its own handle only.
 */
export function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const { dataDir, connectionString, isReadOnly = false } = options;
  if (connectionString !== undefined) return openServer(connectionString, isReadOnly);
  return openEmbedded(dataDir);
}
