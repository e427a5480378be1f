import { join } from 'node:path';
import type { Logger } from 'pino';
import { migrateRegister, Register } from '#directory/node';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { Recorder, StreamCache } from '#event-store';
import type { EventStore } from '#event-store';
import { connectEventStore } from '#event-store/node';
import type { BlobStore } from '#evidence';
import { FolderBlobStore, MinioBlobStore } from '#evidence/node';
import { openDatabase, Projector } from '#read-models/node';
import type { Database } from '#read-models/node';
import type { Clock } from '#kernel';
import { LedgerFolder } from './configuration/ledger-folder.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { MinioSettings } from './configuration/minio-settings.ts';
import { openReadModels } from './projection.ts';

/** Everything the application is put together from, opened and running. */
export type Parts = {
  readonly folder: LedgerFolder;
  readonly clock: Clock;
  readonly store: EventStore;
  readonly recorder: Recorder;
  readonly database: Database;
  readonly register: Register;
  readonly blobs: BlobStore;
  readonly projector: Projector;
  /** Rejects when a part has died that the server cannot live without; never resolves. */
  readonly failed: Promise<never>;
  /** Closes what is open, in the opposite order; nothing acknowledged is lost. */
  close(): Promise<void>;
};

/** How adapters are opened. Whoever tests a failing part opens one that fails on command. */
export type Openers = {
  readonly eventStore: (url: string) => EventStore;
  readonly database: typeof openDatabase;
  readonly blobFolder: (folder: string) => Promise<BlobStore>;
};

const adapters: Openers = {
  eventStore: connectEventStore,
  database: openDatabase,
  blobFolder: (folder) => FolderBlobStore.open(folder),
};

export type PartsOptions = {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly software: string;
  readonly log: Logger;
  /** In place of the adapters that the configuration asks for. */
  readonly openers?: Partial<Openers>;
};

/** Folded streams kept in memory: a round with all its figures and people, a few times over. */
const streamsMax = 20_000;

/**
 * Opens the parts in the order in which they depend on each other. The embedded node first: its
 * lock is what makes this the only server on the folder. Whatever fails, what was opened before is
 * closed again, so that a next try finds nothing in its way.
 */
export async function openParts(options: PartsOptions): Promise<Parts> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) {
      try {
        await closer();
      } catch (error) {
        options.log.error({ err: error }, 'a part did not close cleanly');
      }
    }
  };
  try {
    return await open(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  { configuration, clock, software, log, openers }: PartsOptions,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Parts> {
  const openBy: Openers = { ...adapters, ...openers };
  await LedgerFolder.make(configuration.dataFolder);
  const isEmbedded = configuration.eventStoreUrl === null;
  const { url, failed } =
    configuration.eventStoreUrl === null
      ? await openNode(configuration.dataFolder, closers)
      : { url: configuration.eventStoreUrl, failed: never() };
  const folder = await LedgerFolder.open(configuration, clock);

  const store = openBy.eventStore(url);
  closers.push(() => store.close());
  await store.ping();

  const database = await openBy.database(
    configuration.databaseUrl === null
      ? { dataDir: folder.partFolder('pglite') }
      : { connectionString: configuration.databaseUrl },
  );
  closers.push(() => database.close());
  await migrateRegister(database.db);
  const register = new Register(database.db);
  // With MinIO the folder only holds uploads on their way.
  const blobFolder = folder.partFolder('blobs');
  const blobs = await (configuration.minio === null
    ? openBy.blobFolder(blobFolder)
    : openMinio(configuration.minio, blobFolder, log));

  const cache = new StreamCache({ store, upcasters: [], streamsMax, soleWriter: isEmbedded });
  const recorder = new Recorder({ store, clock, software, cache });
  const projector = await openReadModels(database, store, log);
  closers.push(() => projector.stop());
  return { folder, clock, store, recorder, database, register, blobs, projector, failed, close };
}

async function openNode(
  dataFolder: string,
  closers: (() => Promise<void>)[],
): Promise<{ readonly url: string; readonly failed: Promise<never> }> {
  const node = await startEmbeddedNode({ file: join(dataFolder, 'events.db') });
  closers.push(() => node.stop());
  return { url: node.connectionString, failed: node.failed };
}

function openMinio(minio: MinioSettings, stagingFolder: string, log: Logger): Promise<BlobStore> {
  return MinioBlobStore.open({
    ...minio,
    stagingFolder,
    onInterference: (evidence, found) =>
      log.error({ evidence, found }, 'somebody put a marker or a version over evidence'),
  });
}

function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}
