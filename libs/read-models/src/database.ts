import assert from 'node:assert';
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { openServer } from './postgres-database.ts';
import type { Database, Sql } from './sql.ts';

export type { Database, Sql };

export type DatabaseOptions = {
  /** Folder of the embedded PostgreSQL; without it everything is in memory and gone at the end. */
  readonly dataDir?: string;
  /** A PostgreSQL server instead of the embedded one. */
  readonly connectionString?: string;
};

/**
 * Opens the database of the read models and of the register: PGlite (PostgreSQL in the process), or
 * a server. Callers may run statements at will while a transaction is open elsewhere: kysely hands
 * out PGlite's one connection to one at a time. Inside a transaction use its own handle only.
 */
export async function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  if (options.connectionString !== undefined) return openServer(options.connectionString);
  const pglite =
    options.dataDir === undefined ? await PGlite.create() : await openFolder(options.dataDir);
  const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite }) });
  return {
    db,
    kind: 'embedded',
    // The folder belongs to this process: nobody else can be there.
    alone: (_name, signal, run) => run(signal),
    close: async () => {
      // Kysely closes a PGlite it has used; closing an unused one is left to us.
      await db.destroy();
      if (!pglite.closed) await pglite.close();
    },
  };
}

type FolderFile = { readonly nfd: number };
type FolderFileSystem = { stream_ops: { fsync?: (file: FolderFile) => number } };
type EmscriptenFiles = {
  lookupPath(
    path: string,
    options: { follow_mount: boolean },
  ): {
    readonly node: { readonly mount: { readonly type: FolderFileSystem } };
  };
};

/**
 * PGlite 0.5 starts PostgreSQL with fsync off (`-F`), and its folder file system has no fsync at
 * all, so a power cut could lose or tear what was committed. The read models could be rebuilt, but
 * the register beside them could not. We leave out the switch, give the file system the missing
 * operation, and have the write-ahead log use it: its default, fdatasync, ends in an empty
 * function. A commit then costs a real sync, 0.1 to 0.5 ms on the machines we measured.
 */
export async function openFolder(
  dataDir: string,
  sync: (descriptor: number) => void = fdatasyncSync,
): Promise<PGlite> {
  const isNew = !existsSync(join(dataDir, 'PG_VERSION'));
  mkdirSync(dataDir, { recursive: true });
  const pglite = await PGlite.create({
    dataDir,
    startParams: [
      ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
      '-c',
      'wal_sync_method=fsync',
    ],
  });
  const files = pglite.Module.FS as unknown as EmscriptenFiles;
  const folder = files.lookupPath('/pglite/data', { follow_mount: true }).node.mount.type;
  assert(folder.stream_ops.fsync === undefined, 'PGlite brings its own fsync now: drop ours');
  folder.stream_ops.fsync = ({ nfd }) => {
    sync(nfd);
    return 0;
  };
  // What the start wrote before this was possible is made durable before anybody relies on it.
  await pglite.exec('checkpoint');
  if (isNew) syncFolder(dataDir);
  return pglite;
}

function syncFolder(folder: string): void {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const path of [folder, ...entries.map(({ parentPath, name }) => join(parentPath, name))]) {
    const file = openSync(path, 'r');
    fsyncSync(file);
    closeSync(file);
  }
}
