import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { connectEventStore } from '#event-store/node';
import type { EventStore, NewEvent } from '#event-store';
import { isLogged, systemClock } from '#kernel';
import { readHead, Sequencer } from '#transparency';
import type { LogSigner } from '#transparency';
import { FolderTileStore, makeKeyFile, openFileSigner } from '#transparency/node';
import { openBenchLedger } from './bench-ledger.ts';
import { addCopies } from './cloned-rounds.ts';
import { freshFolder } from '../ledger-under-test.ts';
import { round } from '../small-round.ts';
import { atEnd } from './endings.ts';
import { measureJudges } from './judging.ts';
import { seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

const copies = 200;
const roundCount = 3;
const origin = 'ledger.invalid/bench';

/**
 * The log: how fast entries of a store get their place, tiles, bundles and a signed head, on disk;
 * how fast proofs are made and a log of a million entries is judged. Beside it Tessera, the log of the
 * people who wrote the specification, where its programs are named.
 */
export async function measureLog(tesseraFolder: string | undefined): Promise<Measured[]> {
  const folder = await freshFolder();
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const eventCount = await fillStore(folder);
  await makeKeyFile(join(folder, 'keys', 'log.key'));
  const signer = await openFileSigner(join(folder, 'keys', 'log.key'), origin);
  const fromNode: number[] = [];
  const theirs: number[] = [];
  for (let turn = 0; turn < roundCount; turn += 1) {
    fromNode.push(await sequenceAll(folder, turn, eventCount, signer));
    if (tesseraFolder === undefined) continue;
    const count = tesseraEntries;
    theirs.push(await appendToTessera(tesseraFolder, join(folder, `tessera-${turn}`), count));
  }
  const rows: Measured[] = [
    {
      what: 'sequencing from the embedded node, tiles and signed heads on disk',
      unit: 'entries/s',
      spread: spreadOf(fromNode),
    },
  ];
  if (theirs.length > 0) {
    rows.push({
      what: "the same size of entry by Tessera's POSIX driver",
      unit: 'entries/s',
      spread: spreadOf(theirs),
    });
  }
  return [...rows, ...(await measureJudges(folder, tesseraFolder))];
}

const tesseraEntries = 200_000;
/** What an entry of a figure has on average, as the bench's own rounds make them. */
export const entryBytes = 1_000;

/** Events as rounds make them, without the heads that the server that made them left there. */
async function fillStore(folder: string): Promise<number> {
  const { ledger } = await openBenchLedger({ lives: true });
  await ledger.stop();
  await addCopies(ledger.folder, { round, from: 0, to: copies });
  const from = await startEmbeddedNode({ file: join(ledger.folder, 'events.db') });
  const to = await startEmbeddedNode({ file: join(folder, 'events.db') });
  const [source, target] = [from, to].map((node) => connectEventStore(node.connectionString));
  try {
    return await copyEntries(source as EventStore, target as EventStore);
  } finally {
    await source?.close();
    await target?.close();
    await from.stop();
    await to.stop();
  }
}

/** Streams whole, many at once: their order among each other is no matter here. */
async function copyEntries(source: EventStore, target: EventStore): Promise<number> {
  const streams = new Map<string, NewEvent[]>();
  let eventCount = 0;
  for await (const { stream, revision: _, position: __, ...event } of source.readAll()) {
    if (!isLogged(stream)) continue;
    const own = streams.get(stream) ?? [];
    own.push(event);
    streams.set(stream, own);
    eventCount += 1;
  }
  const left = [...streams];
  const lane = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      await target.append(next[0], 'no-stream', next[1]);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  return eventCount;
}

/** Of a copy of the store, since a head is kept in it, until its last event is under a head. */
async function sequenceAll(
  folder: string,
  turn: number,
  eventCount: number,
  signer: LogSigner,
): Promise<number> {
  const own = join(folder, `turn-${turn}`);
  await mkdir(own);
  await cp(join(folder, 'events.db'), join(own, 'events.db'));
  const node = await startEmbeddedNode({ file: join(own, 'events.db') });
  const store = connectEventStore(node.connectionString);
  const ended = Promise.withResolvers<void>();
  const sequencer = new Sequencer({
    store,
    tiles: await FolderTileStore.open(join(own, 'log')),
    clock: systemClock,
    origin,
    signers: [signer],
    software: 'bench',
    onHead: ({ treeSize }) => {
      if (treeSize === eventCount) ended.resolve();
    },
  });
  const started = seconds();
  await sequencer.start();
  await ended.promise;
  const perSecond = eventCount / (seconds() - started);
  await sequencer.stop();
  const head = await readHead(store);
  if (head?.treeSize !== eventCount) throw new Error(`the head says ${head?.treeSize}`);
  await store.close();
  await node.stop();
  await rm(own, { recursive: true });
  return perSecond;
}

async function appendToTessera(programs: string, folder: string, count: number): Promise<number> {
  const { stdout } = await run(join(programs, 'tessera-bench'), [
    folder,
    String(count),
    String(entryBytes),
  ]);
  await rm(folder, { recursive: true });
  return (JSON.parse(stdout) as { entriesPerSecond: number }).entriesPerSecond;
}

export type Ran = { readonly stdout: string; readonly stderr: string; readonly tookS: number };

/** Runs a program to its end; a failing one is the bench's end as well. */
export async function run(program: string, parameters: readonly string[]): Promise<Ran> {
  const started = seconds();
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [child.stdout, child.stderr].map(async (stream) => {
    let text = '';
    for await (const piece of stream.setEncoding('utf8')) text += piece;
    return text;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  const ran = { stdout: (await stdout) ?? '', stderr: (await stderr) ?? '' };
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${ran.stderr.slice(-2_000)}`);
  return { ...ran, tookS: seconds() - started };
}
