import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedNode } from '#embedded-event-store/node';
import type { EventStore } from '#event-store';
import { connectEventStore } from '#event-store/node';
import { epochMs, systemClock } from '#kernel';
import {
  dump,
  openDatabase,
  readModels,
  readModelsSchema,
  rebuild,
  writersLock,
} from '#read-models/node';
import type { Database } from '#read-models/node';
import type { PartSettings } from './part-settings.ts';
import type { Terminal } from './terminal.ts';

/** The folder holds no ledger. */
export class NoLedger extends Error {
  readonly code = 'ledger/not-found';
}

/** A server follows the read models: two writers would be one too many. */
export class ReadModelsInUse extends Error {
  readonly code = 'rebuild/in-use';
}

/** The rebuilt rows are not the ones that were there: exit 1, and the new ones stand. */
export class RebuiltDifferently extends Error {
  readonly code = 'rebuild/different';
}

/**
 * `ledger rebuild`: every read model from the first event on, in one transaction that puts the new
 * rows in the place of the old ones, then compared by digest. On the parts that the servers use: by
 * the same variables, event store and database in the folder or beside it. No server may follow the
 * read models meanwhile; the node's lock says so in a folder, a lock in the database elsewhere.
 */
export async function runRebuild(
  terminal: Terminal,
  folder: string,
  settings: PartSettings,
): Promise<void> {
  const { store, close } = await openStore(folder, settings);
  try {
    const database = await openDatabase(
      settings.databaseUrl === undefined
        ? { dataDir: join(folder, 'pglite') }
        : { connectionString: settings.databaseUrl },
    );
    try {
      await database.alone(
        writersLock(readModelsSchema),
        new AbortController().signal,
        () => rebuildAndCompare(terminal, database, store),
        () => {
          throw new ReadModelsInUse('a server follows the read models; stop it first');
        },
      );
    } finally {
      await database.close();
    }
  } finally {
    await close();
  }
}

type OpenStore = { readonly store: EventStore; readonly close: () => Promise<void> };

async function openStore(folder: string, { eventStoreUrl }: PartSettings): Promise<OpenStore> {
  if (eventStoreUrl !== undefined) {
    const store = connectEventStore(eventStoreUrl);
    return { store, close: () => store.close() };
  }
  const file = join(folder, 'events.db');
  if (!existsSync(file)) throw new NoLedger(`${folder} holds no ledger`);
  const node = await startEmbeddedNode({ file });
  const store = connectEventStore(node.connectionString);
  return { store, close: () => store.close().then(() => node.stop()) };
}

async function rebuildAndCompare(
  terminal: Terminal,
  { db }: Database,
  store: EventStore,
): Promise<void> {
  const before = await dump(db, readModelsSchema, readModels);
  const startedMs = epochMs(systemClock.now());
  const { leafCount } = await rebuild({ db, store, models: readModels, upcasters: [] });
  const tookMs = epochMs(systemClock.now()) - startedMs;
  const after = await dump(db, readModelsSchema, readModels);
  const count = String(leafCount);
  if (before.digest !== after.digest) {
    throw new RebuiltDifferently(
      `rebuilt from ${count} events: ${after.digest}, but before it was ${before.digest}`,
    );
  }
  terminal.done({
    vi: `Dựng lại từ ${count} sự kiện trong ${tookMs} ms: ${after.lineCount} dòng, giống hệt như trước`,
    en: `rebuilt from ${count} events in ${tookMs} ms: ${after.lineCount} rows, the same as before`,
  });
  terminal.line(`    ${after.digest}`);
}
