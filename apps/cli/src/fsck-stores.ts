import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreUnavailable } from '#event-store';
import type { EventStore, Position } from '#event-store';
import { digestOf, isLogged } from '#kernel';
import type { Digest } from '#kernel';
import {
  dump,
  isCurrentSchema,
  openDatabase,
  prepareSchema,
  readModels,
  readModelsSchema,
  readProgress,
  rebuild,
} from '#read-models/node';
import type { Database, Progress } from '#read-models/node';
import { fromBase64 } from '#tlog';
import { FindingList, compareWithStore, reportWith } from '#verification';
import type { FindingCode, FsckReport, LogClaims, LogSource } from '#verification';
import { judgeEvidence } from './fsck-evidence.ts';
import type { EvidenceOptions } from './fsck-evidence.ts';
import type { Opened, Stores } from './fsck-parts.ts';
import { judgeRegister } from './fsck-register.ts';

export type ComparisonOptions = {
  readonly source: LogSource;
  readonly stores: Stores;
  /** What the log says of files and people, as far as it was proven. */
  readonly claims: LogClaims;
  /** Where evidence lies; undefined where it is left out. */
  readonly evidence: EvidenceOptions | undefined;
  readonly onProgress: (entries: number, size: number) => void;
};

/** Which of what lies beside the log was looked at to its end. */
export type Compared = {
  readonly eventStore: boolean;
  readonly readModels: boolean;
  readonly evidence: boolean;
  readonly register: boolean;
};

export const nothingCompared: Compared = {
  eventStore: false,
  readModels: false,
  evidence: false,
  register: false,
};

/** The log's report with what the stores add. */
export type StoresReport = { readonly report: FsckReport; readonly compared: Compared };

/**
 * Adds to the log's own report what the stores say otherwise: the event store against the log entry
 * by entry, the read models against those that the store's events make, the register of persons and
 * the files of evidence against what the log proves of them. Nothing is compared with a log whose
 * checkpoint could not be read, and neither names nor files with one that does not come to its root.
 */
export async function judgeStores(
  report: FsckReport,
  { source, stores, claims, evidence, onProgress }: ComparisonOptions,
): Promise<StoresReport> {
  const { store, database } = stores;
  const { size } = report;
  if (size === undefined) return { report, compared: nothingCompared };
  const ofStore = await judgeEventStore(report, size, { source, store, onProgress });
  const eventStore = !isFound(ofStore, 'store/unreachable', 'log/unreachable');
  const ofModels = eventStore ? await judgeReadModels(store, database) : undefined;
  const ofRegister = claims.isProven ? await judgeRegister(claims, store, database) : undefined;
  const isFiles = claims.isProven && evidence !== undefined;
  const ofFiles = isFiles ? await judgeEvidence(claims, evidence) : undefined;
  // Where an entry could not be taken, what it names was not looked at.
  const { isComplete } = claims;
  const lists = [ofStore, ofModels, ofRegister, ofFiles].filter((list) => list !== undefined);
  return {
    report: lists.reduce(reportWith, report),
    compared: {
      eventStore,
      readModels: isWhole(ofModels, 'store/read-models-unusable'),
      evidence: isComplete && isWhole(ofFiles, 'evidence/store-unusable'),
      register: isComplete && isWhole(ofRegister, 'register/unusable'),
    },
  };
}

async function judgeEventStore(
  report: FsckReport,
  size: number,
  {
    source,
    store,
    onProgress,
  }: Pick<ComparisonOptions, 'source' | 'onProgress'> & Pick<Stores, 'store'>,
): Promise<FindingList> {
  if ('fault' in store) return listOf('store/unreachable', store.fault);
  const { part } = store;
  return compareWithStore({
    source,
    size,
    ...rootOfSound(report),
    events: part.readAll(),
    readStream: (stream) => part.readStream(stream),
    onProgress,
  }).catch((error: unknown) => {
    if (!(error instanceof StoreUnavailable)) throw error;
    return listOf('store/unreachable', error.message);
  });
}

function listOf(code: FindingCode, detail: string): FindingList {
  const findings = new FindingList();
  findings.add(code, { detail });
  return findings;
}

/** A log that was not found sound is not held to what it said of itself. */
function rootOfSound({ verdict, root }: FsckReport): { readonly root?: Uint8Array } {
  const bytes = verdict === 'unsound' || verdict === 'unknown' ? undefined : fromBase64(root ?? '');
  return bytes === undefined ? {} : { root: bytes };
}

function isWhole(list: FindingList | undefined, unusable: FindingCode): boolean {
  return list !== undefined && !isFound(list, unusable);
}

function isFound(list: FindingList, ...codes: readonly FindingCode[]): boolean {
  return list.findings.some(({ code }) => codes.includes(code));
}

/** Whatever keeps them from being compared, a damaged file or a lost connection, is told. */
async function judgeReadModels(
  store: Opened<EventStore>,
  database: Opened<Database>,
): Promise<FindingList> {
  const code = 'store/read-models-unusable';
  if ('fault' in store) return listOf(code, store.fault);
  if ('fault' in database) return listOf(code, database.fault);
  try {
    return await compareReadModels(store.part, database.part);
  } catch (error) {
    return listOf(code, error instanceof Error ? error.message : String(error));
  }
}

/** Made anew in a database of its own, so that nothing is written into what is judged. */
async function compareReadModels(store: EventStore, database: Database): Promise<FindingList> {
  const findings = new FindingList();
  const { leafCount, position: until } = await progressOf(store, database);
  const folder = await mkdtemp(join(tmpdir(), 'ledger-fsck-'));
  const scratch = await openDatabase({ dataDir: join(folder, 'pglite') });
  try {
    if (until === undefined) await prepareSchema(scratch.db, readModelsSchema, readModels);
    else await rebuild({ db: scratch.db, store, models: readModels, upcasters: [], until });
    const [right, there] = [await tablesOf(scratch), await tablesOf(database)];
    for (const table of new Set([...right.keys(), ...there.keys()])) {
      const [expected, found] = [right.get(table) ?? 'no rows', there.get(table) ?? 'no rows'];
      if (expected === found) continue;
      const detail = `${table}, after ${leafCount} events`;
      findings.add('store/read-model-differs', { detail, expected, found });
    }
    const left = until === undefined ? 0 : await loggedAfter(store, until);
    if (left > 0) findings.add('store/read-models-behind', { detail: `${left} events` });
  } finally {
    await scratch.close();
    await rm(folder, { recursive: true, force: true });
  }
  return findings;
}

/** A server that was stopped may have left them a moment behind; who stops them shows an older state. */
async function loggedAfter(store: EventStore, after: Position): Promise<number> {
  let count = 0;
  for await (const { stream } of store.readAll({ after })) if (isLogged(stream)) count += 1;
  return count;
}

/**
 * How far they have come. Tables that are not there, or took up nothing of a store that holds events,
 * agree with anything: a crash before the first of them leaves such, and whoever empties the folder.
 */
async function progressOf(store: EventStore, { db }: Database): Promise<Progress> {
  if (!(await isCurrentSchema(db, readModelsSchema, readModels))) {
    throw new TypeError('there are no read models, or those of another version');
  }
  const progress = await readProgress(db, readModelsSchema);
  if (progress.position !== undefined) return progress;
  for await (const { stream } of store.readAll()) {
    if (isLogged(stream)) throw new TypeError('they took up none of the events');
  }
  return progress;
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
