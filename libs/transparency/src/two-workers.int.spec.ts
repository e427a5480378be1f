import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startEmbeddedNode } from '#embedded-event-store/node';
import type { EventStore } from '#event-store';
import { connectEventStore } from '#event-store/node';
import { entryBytes, isLogged, manualClock } from '#kernel';
import { FaultyEventStore } from '#testing';
import { base64, leafHash, textOf, TreeEdge } from '#tlog';
import { fsck, readEntries } from '#verification';
import { FolderLogSource } from '#verification/node';
import { FolderTileStore } from './folder-tile-store.ts';
import { headStream } from './log-events.ts';
import type { HeadAdvanced } from './log-events.ts';
import { LogRefused } from './log-head.ts';
import { openLog } from './log-keys.ts';
import { madeUpEvent, origin, sequencerOf, specSigner, until } from './made-up-log.contract.ts';
import { now, policyOf, SpecClient } from './made-up-witness.contract.ts';
import { Publisher } from './publisher.ts';

/**
 * Two servers that somebody started on one event store: each with a connection, a sequencer and a
 * publisher of its own, over a real node, while a third connection records.
 */
let folder: string;
let node: Awaited<ReturnType<typeof startEmbeddedNode>>;
let recording: EventStore;
const closing: (() => Promise<void>)[] = [];
const clock = manualClock(now);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'two-workers-'));
  node = await startEmbeddedNode({ file: join(folder, 'events.db') });
  recording = connectEventStore(node.connectionString);
  const { key } = specSigner(1);
  await openLog({ store: recording, clock, software: 'spec', origin, keys: [key] });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await recording.close();
  await node.stop();
  await rm(folder, { recursive: true, force: true });
});

async function worker(tilesIn: string, batchMax = 50) {
  const connection = connectEventStore(node.connectionString);
  // Fails nothing: it knows how often this worker tried to advance the head.
  const store = new FaultyEventStore(connection);
  const tiles = await FolderTileStore.open(join(folder, tilesIn));
  const policy = policyOf([], 'none');
  const publisher = new Publisher({ tiles, clock, policy, witnesses: new SpecClient([]) });
  const onHead = publisher.offer.bind(publisher);
  const { sequencer } = sequencerOf(store, tiles, { onHead, batchMax });
  const stop = async () => {
    await sequencer.stop();
    await publisher.stop();
  };
  closing.push(async () => {
    await stop();
    await connection.close();
  });
  return {
    stop,
    start: async () => {
      await publisher.start();
      await sequencer.start();
    },
    tries: () => store.appends.filter(({ stream }) => stream === headStream).length,
    status: () => sequencer.status(),
    publishedSize: () => publisher.status().published?.treeSize ?? 0,
    publishError: () => publisher.status().lastError,
  };
}

type Worker = Awaited<ReturnType<typeof worker>>;

/** Records batch after batch until `isEnough`, whatever the workers do. */
async function recordUntil(isEnough: () => boolean | Promise<boolean>): Promise<void> {
  for (let batch = 0; !(await isEnough()); batch += 1) {
    const stream = `spec-${batch}`;
    const events = Array.from({ length: 40 }, (_, n) => madeUpEvent(stream, n));
    await recording.append(stream, 'no-stream', events);
  }
}

async function recordedEntries(): Promise<string[]> {
  const entries: string[] = [];
  for await (const event of recording.readAll()) {
    if (isLogged(event.stream)) entries.push(textOf(entryBytes(event)) ?? '');
  }
  return entries;
}

async function headsIn(): Promise<readonly HeadAdvanced['data'][]> {
  const heads: HeadAdvanced['data'][] = [];
  for await (const { data } of recording.readStream(headStream)) {
    heads.push(data as HeadAdvanced['data']);
  }
  return heads;
}

/** Every head there ever was is the root of the first so many entries, and larger than the last. */
async function expectOneHistory(entries: readonly string[]): Promise<void> {
  const edge = new TreeEdge();
  for (const { treeSize, root } of await headsIn()) {
    expect(treeSize).toBeGreaterThan(edge.size);
    for (const entry of entries.slice(edge.size, treeSize)) {
      edge.append(leafHash(new TextEncoder().encode(entry)));
    }
    expect([treeSize, root]).toEqual([treeSize, base64(edge.root())]);
  }
}

async function expectSound(tilesIn: string, entries: readonly string[]): Promise<void> {
  const source = new FolderLogSource(join(folder, tilesIn));
  const report = await fsck({ source, policy: policyOf([], 'none') });
  const faults = report.findings.filter(({ severity }) => severity !== 'note');
  expect([report.verdict, report.size, faults]).toEqual(['sound', entries.length, []]);
  const read: (string | undefined)[] = [];
  for await (const entry of readEntries(source, entries.length)) read.push(entry && textOf(entry));
  expect(read).toEqual(entries);
}

const lostBy = async (...workers: readonly Worker[]) =>
  workers.reduce((sum, { tries }) => sum + tries(), 0) - (await headsIn()).length;

describe('two workers started by mistake on one event store', () => {
  test('with the same tiles: one wins each head, and both go on with one log', async () => {
    const workers = [await worker('log'), await worker('log')] as const;
    await Promise.all(workers.map(({ start }) => start()));
    await recordUntil(async () => (await lostBy(...workers)) >= 5);
    const entries = await recordedEntries();
    await until(() => workers.every(({ status }) => status().head?.treeSize === entries.length));
    await until(() => workers.some(({ publishedSize }) => publishedSize() === entries.length));
    for (const { status, publishError } of workers) {
      expect([status().state, publishError()]).toEqual(['running', null]);
    }
    await Promise.all(workers.map(({ stop }) => stop()));
    await expectOneHistory(entries);
    // Who was slower may have written its checkpoint last; the next start writes the newest.
    const after = await worker('log');
    await after.start();
    await until(() => after.publishedSize() === entries.length);
    await after.stop();
    await expectSound('log', entries);
  });

  test('with tiles of their own: one wins, the other stops and says why', async () => {
    // Of batches of the same size both would hold the same tiles, and so could both go on.
    const workers = [await worker('log-1', 50), await worker('log-2', 17)] as const;
    await Promise.all(workers.map(({ start }) => start()));
    const hasStopped = ({ status }: Worker) => status().state === 'failed';
    await recordUntil(() => workers.some(hasStopped));
    const loser = workers.findIndex(hasStopped);
    const winner = workers[1 - loser] as Worker;
    const { lastError } = (workers[loser] as Worker).status();
    expect(lastError).toBeInstanceOf(LogRefused);
    expect((lastError as LogRefused).code).toBe('log/tiles-missing');

    const entries = await recordedEntries();
    await until(() => winner.publishedSize() === entries.length);
    expect(winner.status().state).toBe('running');
    await Promise.all(workers.map(({ stop }) => stop()));
    await expectOneHistory(entries);
    await expectSound(`log-${2 - loser}`, entries);
    // It does not come back by itself either: somebody has to say where the tiles are.
    const again = await worker(`log-${loser + 1}`);
    await expect(again.start()).rejects.toMatchObject({ code: 'log/tiles-missing' });
  });
});
