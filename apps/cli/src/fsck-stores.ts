import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedNodeError, startEmbeddedNode } from '#embedded-event-store/node';
import { StoreUnavailable } from '#event-store';
import type { EventStore } from '#event-store';
import { connectEventStore } from '#event-store/node';
import { digestOf } from '#kernel';
import type { Digest } from '#kernel';
import {
  DatabaseAway,
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
import type { FindingCode, FsckReport, LogSource } from '#verification';
import { SettingMistake } from './part-settings.ts';
import type { PartSettings } from './part-settings.ts';
import { NoLedger } from './rebuild.ts';

export type Stores = {
  readonly store: EventStore;
  /** Undefined where there are no read models: neither in the folder nor named. */
  readonly database: Database | undefined;
  close(): Promise<void>;
};

/** A server runs on this folder: what is to be compared must stand still. */
export class ServerRuns extends Error {
  readonly code = 'fsck/server-runs';
}

/** An event store that is damaged, or a database that does not answer. */
export class StoreUnusable extends Error {
  readonly code = 'fsck/store-unusable';
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
    const store = connected(settings.eventStoreUrl ?? (await openNode(folder, closers)));
    closers.push(() => store.close());
    const database = await openReadModels(folder, settings);
    if (database !== undefined) closers.push(() => database.close());
    return { store, database, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function connected(url: string): EventStore {
  try {
    return connectEventStore(url);
  } catch (error) {
    throw new SettingMistake('LEDGER_EVENTSTORE_URL is no connection string', { cause: error });
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
  if (databaseUrl !== undefined) {
    return openDatabase({ connectionString: databaseUrl }).catch((error: unknown) => {
      if (!(error instanceof DatabaseAway)) throw error;
      throw new StoreUnusable(error.message, { cause: error });
    });
  }
  const dataDir = folder === undefined ? undefined : join(folder, 'pglite');
  if (dataDir === undefined || !existsSync(dataDir)) return undefined;
  return openDatabase({ dataDir });
}

export type ComparisonOptions = {
  readonly source: LogSource;
  readonly stores: Stores;
  readonly onProgress: (entries: number, size: number) => void;
};

/** The log's report with what the stores add, and which of them were looked at to their end. */
export type StoresReport = {
  readonly report: FsckReport;
  readonly compared: { readonly eventStore: boolean; readonly readModels: boolean };
};

/**
 * Adds to the log's own report what event store and read models say otherwise: the store against
 * the log entry by entry, the read models against those that the store's events make. Nothing is
 * compared with a log whose checkpoint could not be read.
 */
export async function judgeStores(
  report: FsckReport,
  { source, stores, onProgress }: ComparisonOptions,
): Promise<StoresReport> {
  const { store, database } = stores;
  const { size } = report;
  if (size === undefined) return { report, compared: { eventStore: false, readModels: false } };
  const unreachable = (error: unknown): FindingList => {
    if (!(error instanceof StoreUnavailable)) throw error;
    const list = new FindingList();
    list.add('store/unreachable', { detail: error.message });
    return list;
  };
  const events = store.readAll();
  const found = await compareWithStore({ source, size, events, onProgress }).catch(unreachable);
  const eventStore = !isFound(found, 'store/unreachable', 'log/unreachable');
  const both = reportWith(report, found);
  if (!eventStore) return { report: both, compared: { eventStore, readModels: false } };
  const ofModels = await compareReadModels(store, database);
  const readModels = !isFound(ofModels, 'store/read-models-unusable');
  return { report: reportWith(both, ofModels), compared: { eventStore, readModels } };
}

function isFound(list: FindingList, ...codes: readonly FindingCode[]): boolean {
  return list.findings.some(({ code }) => codes.includes(code));
}

/** Made anew in a database of its own, so that nothing is written into what is judged. */
async function compareReadModels(
  store: EventStore,
  database: Database | undefined,
): Promise<FindingList> {
  const findings = new FindingList();
  if (database === undefined) {
    const detail = 'there are none in the folder; LEDGER_DATABASE_URL names those in PostgreSQL';
    findings.add('store/read-models-unusable', { detail });
    return findings;
  }
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
