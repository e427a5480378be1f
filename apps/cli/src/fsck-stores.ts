import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedNodeError, startEmbeddedNode } from '#embedded-event-store/node';
import type { EventStore } from '#event-store';
import { connectEventStore } from '#event-store/node';
import { digestOf } from '#kernel';
import type { Digest } from '#kernel';
import {
  dump,
  openDatabase,
  prepareSchema,
  readModels,
  readModelsSchema,
  readProgress,
  rebuild,
} from '#read-models/node';
import type { Database } from '#read-models/node';
import { FindingList, compareWithStore, reportWith } from '#verification';
import type { FsckReport, LogSource } from '#verification';
import type { PartSettings } from './part-settings.ts';
import { NoLedger } from './rebuild.ts';

export type Stores = {
  readonly store: EventStore;
  /** Undefined where there are no read models to compare. */
  readonly database: Database | undefined;
  close(): Promise<void>;
};

/** A server runs on this folder: what is to be compared must stand still. */
export class ServerRuns extends Error {
  readonly code = 'fsck/server-runs';
  readonly exitCode = 2;
}

/** The file of the event store is damaged, or is none: nobody can tell what it should hold. */
export class StoreUnusable extends Error {
  readonly code = 'fsck/store-unusable';
  readonly exitCode = 2;
}

/**
 * Event store and database of a ledger, as its server would open them: by the settings, else in the
 * folder. Throws ServerRuns, StoreUnusable, NoLedger.
 */
export async function openStores(
  folder: string | undefined,
  settings: PartSettings,
): Promise<Stores> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const store = connectEventStore(settings.eventStoreUrl ?? (await openNode(folder, closers)));
    closers.push(() => store.close());
    const database = await openReadModels(folder, settings);
    if (database !== undefined) closers.push(() => database.close());
    return { store, database, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openNode(
  folder: string | undefined,
  closers: (() => Promise<void>)[],
): Promise<string> {
  const file = folder === undefined ? undefined : join(folder, 'events.db');
  if (file === undefined || !existsSync(file)) {
    throw new NoLedger('no event store: name the folder of a ledger, or set LEDGER_EVENTSTORE_URL');
  }
  try {
    const node = await startEmbeddedNode({ file });
    closers.push(() => node.stop());
    return node.connectionString;
  } catch (error) {
    if (!(error instanceof EmbeddedNodeError)) throw error;
    if (error.code !== 'node/locked') throw new StoreUnusable(error.message, { cause: error });
    throw new ServerRuns(
      `a server runs on ${folder}: stop it, or check the log alone with --log-only`,
      { cause: error },
    );
  }
}

async function openReadModels(
  folder: string | undefined,
  { databaseUrl }: PartSettings,
): Promise<Database | undefined> {
  if (databaseUrl !== undefined) return openDatabase({ connectionString: databaseUrl });
  const dataDir = folder === undefined ? undefined : join(folder, 'pglite');
  if (dataDir === undefined || !existsSync(dataDir)) return undefined;
  return openDatabase({ dataDir });
}

export type ComparisonOptions = {
  readonly source: LogSource;
  readonly stores: Stores;
  readonly onProgress: (entries: number, size: number) => void;
};

/**
 * Adds to the log's own report what event store and read models say otherwise: the store against
 * the log entry by entry, the read models against those that the store's events make.
 */
export async function judgeStores(
  report: FsckReport,
  { source, stores, onProgress }: ComparisonOptions,
): Promise<FsckReport> {
  const { store, database } = stores;
  if (report.size === undefined) return report;
  const { size } = report;
  const found = await compareWithStore({
    source,
    size,
    events: store.readAll(),
    readStream: (stream) => store.readStream(stream),
    onProgress,
  });
  const both = reportWith(report, found);
  return database === undefined ? both : reportWith(both, await compareReadModels(store, database));
}

/** Made anew in a database of its own, so that nothing is written into what is judged. */
async function compareReadModels(store: EventStore, database: Database): Promise<FindingList> {
  const findings = new FindingList();
  const folder = await mkdtemp(join(tmpdir(), 'ledger-fsck-'));
  const scratch = await openDatabase({ dataDir: join(folder, 'pglite') });
  try {
    await prepareSchema(database.db, readModelsSchema, readModels);
    const { leafCount, position: until } = await readProgress(database.db, readModelsSchema);
    if (until === undefined) await prepareSchema(scratch.db, readModelsSchema, readModels);
    else await rebuild({ db: scratch.db, store, models: readModels, upcasters: [], until });
    const [right, there] = [await tablesOf(scratch), await tablesOf(database)];
    for (const table of new Set([...right.keys(), ...there.keys()])) {
      const [expected, found] = [right.get(table) ?? 'no rows', there.get(table) ?? 'no rows'];
      if (expected === found) continue;
      const detail = `${table}, after ${leafCount} events`;
      findings.add('store/read-model-differs', { detail, expected, found });
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    findings.add('store/read-models-unusable', { detail });
  } finally {
    await scratch.close();
    await rm(folder, { recursive: true, force: true });
  }
  return findings;
}

/** A digest over the rows of each table, in the order of their keys. */
async function tablesOf({ db }: Database): Promise<ReadonlyMap<string, Digest>> {
  const tables = new Map<string, Digest>();
  await dump(db, readModelsSchema, readModels, (line) => {
    const table = line.slice(0, line.indexOf(' '));
    tables.set(table, digestOf(`${tables.get(table) ?? ''}${line}`));
  });
  return tables;
}
