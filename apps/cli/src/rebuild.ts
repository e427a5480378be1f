import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { connectEventStore } from '#event-store/node';
import { epochMs, systemClock } from '#kernel';
import { dump, openDatabase, readModels, readModelsSchema, rebuild } from '#read-models/node';
import type { Terminal } from './terminal.ts';

/** The folder holds no ledger. */
export class NoLedger extends Error {
  readonly code = 'ledger/not-found';
}

/** The rebuilt rows are not the ones that were there: exit 1, and the new ones stand. */
export class RebuiltDifferently extends Error {
  readonly code = 'rebuild/different';
}

/**
 * `ledger rebuild`: every read model from the first event on, beside the old ones and swapped in
 * one transaction, then compared by digest. The folder belongs to one process at a time, so the
 * server must be stopped; the node's lock says so otherwise.
 */
export async function runRebuild(terminal: Terminal, folder: string): Promise<void> {
  const file = join(folder, 'events.db');
  if (!existsSync(file)) throw new NoLedger(`${folder} holds no ledger`);
  const node = await startEmbeddedNode({ file });
  const store = connectEventStore(node.connectionString);
  const database = await openDatabase({ dataDir: join(folder, 'pglite') });
  try {
    const { db } = database;
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
  } finally {
    await store.close();
    await database.close();
    await node.stop();
  }
}
