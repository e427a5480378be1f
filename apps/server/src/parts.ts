import { join } from 'node:path';
import type { Logger } from 'pino';
import { migrateRegister, Register } from '#directory/node';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { Recorder, StreamCache } from '#event-store';
import type { EventStore, Position } from '#event-store';
import { connectEventStore } from '#event-store/node';
import { Uploads } from '#evidence';
import type { BlobInterference, BlobStore, UploadArea } from '#evidence';
import { FolderBlobStore, FolderUploadArea, MinioBlobStore } from '#evidence/node';
import { openDatabase, Projector } from '#read-models/node';
import type { Database, DatabaseOptions } from '#read-models/node';
import type { Clock, Digest } from '#kernel';
import { LedgerFolder } from './configuration/ledger-folder.ts';
import type { TileStore } from '#transparency';
import { FolderTileStore, MinioTileStore } from '#transparency/node';
import type { Configuration } from './configuration/configuration.ts';
import type { MinioSettings } from './configuration/minio-settings.ts';
import { LedgerLog } from './log/ledger-log.ts';
import { Backlog } from './metrics/backlog.ts';
import { MeasuredBlobStore } from './metrics/measured-blob-store.ts';
import { MeasuredEventStore } from './metrics/measured-event-store.ts';
import { MeasuredUploadArea } from './metrics/measured-upload-area.ts';
import type { Metrics } from './metrics/metrics.ts';
import { openReadModels } from './projection.ts';

/** Everything the application is put together from, opened and running. */
export type Parts = {
  readonly folder: LedgerFolder;
  readonly clock: Clock;
  readonly store: MeasuredEventStore;
  /** What of its own acts is not in the read models yet. */
  readonly backlog: Backlog;
  readonly recorder: Recorder;
  /** The transparency log over what is recorded, and what of its own acts is not in it yet. */
  readonly ledgerLog: LedgerLog;
  readonly unlogged: Backlog;
  readonly database: Database;
  readonly register: Register;
  readonly blobs: BlobStore;
  readonly uploads: Uploads;
  /** What was met over stored evidence; whoever wants to know of each asks here. */
  readonly interferences: Interferences;
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
  readonly uploadFolder: (folder: string) => Promise<UploadArea>;
  readonly tileFolder: (folder: string) => Promise<TileStore>;
};

/** Passes on what the store of evidence meets, once somebody listens. */
export type Interferences = {
  listener: (evidence: Digest, found: readonly BlobInterference[]) => void;
};

const adapters: Openers = {
  eventStore: connectEventStore,
  database: openDatabase,
  blobFolder: (folder) => FolderBlobStore.open(folder),
  uploadFolder: (folder) => FolderUploadArea.open(folder),
  tileFolder: (folder) => FolderTileStore.open(folder),
};

export type PartsOptions = {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly software: string;
  readonly log: Logger;
  readonly metrics: Metrics;
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
  { configuration, clock, software, log, metrics, openers }: PartsOptions,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Parts> {
  const openBy: Openers = { ...adapters, ...openers };
  await LedgerFolder.make(configuration);
  const isEmbedded = configuration.eventStoreUrl === null;
  const { url, failed } =
    configuration.eventStoreUrl === null
      ? await openNode(configuration.dataFolder, closers)
      : { url: configuration.eventStoreUrl, failed: never() };
  const folder = await LedgerFolder.open(configuration, clock);

  const following: { projector?: Projector; ledgerLog?: LedgerLog } = {};
  const backlog = new Backlog(() => reachedBy(following.projector));
  const unlogged = new Backlog(() => following.ledgerLog?.status().head?.position ?? null);
  const opened = openBy.eventStore(url);
  const store = new MeasuredEventStore(opened, metrics, ({ position }, eventCount) => {
    for (const waiting of [backlog, unlogged]) waiting.add(position, eventCount, performance.now());
  });
  closers.push(() => store.close());
  await store.ping();
  const ledgerLog = await LedgerLog.open({
    folder,
    settings: configuration.log,
    store: opened,
    clock,
    software,
    log,
    openTiles: () => openTiles(configuration, openBy, folder),
    onSigned: () => metrics.headSigned(),
  });
  following.ledgerLog = ledgerLog;
  closers.push(() => ledgerLog.stop());

  const database = await openBy.database(databaseOf(configuration, folder));
  closers.push(() => database.close());
  await migrateRegister(database.db);
  const register = new Register(database.db);
  const interferences: Interferences = { listener: () => undefined };
  const evidence = { configuration, openBy, folder, clock, log, metrics, interferences };
  const { blobs, uploads } = await openEvidence(evidence);
  const cache = new StreamCache({ store, upcasters: [], streamsMax, soleWriter: isEmbedded });
  const recorder = new Recorder({ store, clock, software, cache });
  const projector = await openReadModels(database, store, log, (eventCount, tookMs) =>
    metrics.batchCommitted(eventCount, tookMs),
  );
  following.projector = projector;
  closers.push(() => projector.stop());
  return {
    folder,
    clock,
    store,
    backlog,
    recorder,
    ledgerLog,
    unlogged,
    database,
    register,
    blobs,
    uploads,
    interferences,
    projector,
    failed: firstOf(failed, database.failed),
    close,
  };
}

/** Where evidence is kept, and where it waits before. */
async function openEvidence({
  configuration: { minio, uploads: limits },
  openBy,
  folder,
  clock,
  log,
  metrics,
  interferences,
}: Pick<PartsOptions, 'configuration' | 'clock' | 'log' | 'metrics'> & {
  readonly openBy: Openers;
  readonly folder: LedgerFolder;
  readonly interferences: Interferences;
}): Promise<Pick<Parts, 'blobs' | 'uploads'>> {
  // With MinIO the folder only holds bytes on their way.
  const blobFolder = folder.partFolder('blobs');
  const opened = await (minio === null
    ? openBy.blobFolder(blobFolder)
    : openMinio(minio, blobFolder, log, interferences));
  const blobs = new MeasuredBlobStore(opened, metrics);
  const waiting = await openBy.uploadFolder(folder.partFolder('uploads'));
  const area = new MeasuredUploadArea(waiting, metrics);
  return { blobs, uploads: await Uploads.open({ area, store: blobs, clock, limits }) };
}

function openTiles(
  { log: { tilesBucket }, minio }: Configuration,
  { tileFolder }: Openers,
  folder: LedgerFolder,
): Promise<TileStore> {
  if (tilesBucket === null) return tileFolder(folder.partFolder('log'));
  if (minio === null) throw new TypeError('a bucket for tiles is where the evidence is');
  const { origin, accessKey, secretKey } = minio;
  return MinioTileStore.open({ origin, accessKey, secretKey, bucket: tilesBucket });
}

function databaseOf({ databaseUrl }: Configuration, folder: LedgerFolder): DatabaseOptions {
  return databaseUrl === null
    ? { dataDir: folder.partFolder('pglite') }
    : { connectionString: databaseUrl };
}

async function openNode(
  dataFolder: string,
  closers: (() => Promise<void>)[],
): Promise<{ readonly url: string; readonly failed: Promise<never> }> {
  const node = await startEmbeddedNode({ file: join(dataFolder, 'events.db') });
  closers.push(() => node.stop());
  return { url: node.connectionString, failed: node.failed };
}

function openMinio(
  minio: MinioSettings,
  stagingFolder: string,
  log: Logger,
  interferences: Interferences,
): Promise<BlobStore> {
  return MinioBlobStore.open({
    ...minio,
    stagingFolder,
    onInterference: (evidence, found) => {
      log.error({ evidence, found }, 'somebody put a marker or a version over evidence');
      interferences.listener(evidence, found);
    },
  });
}

/** How far the read models are; a standby follows nobody and answers for nothing. */
function reachedBy(projector: Projector | undefined): Position | 'all' | null {
  const status = projector?.status();
  return status?.state === 'standby' ? 'all' : (status?.position ?? null);
}

/** The first to reject; like each of them, for whoever wants to know. */
function firstOf(...failures: readonly Promise<never>[]): Promise<never> {
  const first = Promise.race(failures);
  first.catch(() => undefined);
  return first;
}

function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}
