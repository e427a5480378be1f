import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EmbeddedNodeError, startEmbeddedNode } from '#embedded-event-store/node';
import { StoreUnavailable } from '#event-store';
import type { EventStore, StoredEvent } from '#event-store';
import { connectEventStore } from '#event-store/node';
import { canonicalJson, isLogged } from '#kernel';
import { compareWithStore } from '#verification';
import type { FindingList } from '#verification';
import { openDatabase } from '../../libs/embedded-event-store/src/database.ts';
import { EventLog } from '../../libs/embedded-event-store/src/event-log.ts';
import { drawnOnes, flipped, isFull, report, testTimeoutMs } from './flips.ts';
import { faultsIn, MapSource } from './ledger.ts';
import { smallLedger } from './small-ledger.ts';
import type { WholeLedger } from './small-ledger.ts';

/**
 * Bits of the embedded node's own file, drawn page by page: tables, indexes, the header. The node
 * does not look for damage when it starts, and need not. What it tells its readers, of the whole or
 * of one stream, either stays true to the letter, or it refuses, or the judge finds the change.
 */
let folder: string;
let file: string;
let sound: Uint8Array;
let ledger: WholeLedger;
let streams: readonly string[];
let truth: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamper-node-'));
  file = join(folder, 'events.db');
  ledger = await smallLedger();
  streams = [...new Set(ledger.events.map(({ stream }) => stream))];
  const node = await startEmbeddedNode({ file });
  const store = connectEventStore(node.connectionString);
  for (const { stream, revision, id, type, data, metadata } of ledger.events) {
    const expected = revision === 0 ? 'no-stream' : revision - 1;
    await store.append(stream, expected, [{ id, type, data, metadata }]);
  }
  await store.close();
  await node.stop();
  sound = Uint8Array.from(await readFile(file));
  truth = rowsOf();
}, testTimeoutMs);
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * All that an answer of the node could be made of, read in this process: where nothing of it
 * differs, no reader is told anything else. Throws what SQLite throws.
 */
function rowsOf(): string {
  const database = openDatabase(file);
  try {
    database.exec('PRAGMA synchronous = OFF');
    const log = new EventLog(database);
    const told = (events: ReturnType<EventLog['allEvents']>) =>
      events.map(({ record, ...row }) => ({ ...row, record: Buffer.from(record).toString('hex') }));
    const most = Number.MAX_SAFE_INTEGER;
    const all = [log.allEvents(0, 'forwards', most), log.allEvents(most, 'backwards', most)];
    const single = streams.map((stream) => {
      const { limits, ...state } = log.state(stream);
      const { maxCount = null, maxAgeMs = null, truncateBefore } = limits;
      const events = told(log.streamEvents({ limits, ...state }, 0, 'forwards', most));
      return [{ ...state, id: 0, maxCount, maxAgeMs, truncateBefore }, events];
    });
    return canonicalJson([all.map(told), single]);
  } finally {
    database.close();
  }
}

function isTrue(): boolean {
  try {
    return rowsOf() === truth;
  } catch {
    return false;
  }
}

/** As readers and judge get it: over the wire, through the official client. */
async function throughTheNode<T>(work: (store: EventStore) => Promise<T>): Promise<T> {
  const node = await startEmbeddedNode({ file });
  const store = connectEventStore(node.connectionString, { deadlineMs: 3_000 });
  try {
    return await work(store);
  } finally {
    await store.close();
    await node.stop();
  }
}

function judged(store: EventStore): Promise<FindingList> {
  return compareWithStore({
    source: new MapSource(ledger.objects),
    size: ledger.entries.length,
    events: store.readAll(),
    readStream: (stream) => store.readStream(stream),
  });
}

const withoutPlace = ({ position: _, ...event }: StoredEvent) => canonicalJson(event);

/**
 * Every act, of the whole and of each stream, as it was recorded. The head of the log is no act and
 * is told to nobody but the sequencer, which holds it against its signature.
 */
async function tellsTheTruth(store: EventStore): Promise<boolean> {
  for (const stream of [undefined, ...streams.filter(isLogged)]) {
    const told: string[] = [];
    const reading = stream === undefined ? store.readAll() : store.readStream(stream);
    for await (const event of reading) if (isLogged(event.stream)) told.push(withoutPlace(event));
    const expected = ledger.events.filter((event) =>
      stream === undefined ? isLogged(event.stream) : event.stream === stream,
    );
    if (canonicalJson(told) !== canonicalJson(expected.map(withoutPlace))) return false;
  }
  return true;
}

async function outcomeOf(): Promise<string> {
  if (isTrue()) return 'stays true';
  try {
    return await throughTheNode(async (store) => {
      const list = await judged(store);
      const faults = faultsIn(list);
      if (faults.length > 0) {
        // Whoever looks for the damage is told where: which act, or at least which stream.
        const areNamed = faults.every(({ stream }) => stream !== undefined);
        return areNamed ? 'found' : `without a place: ${canonicalJson(faults)}`;
      }
      if (list.count('unknown') > 0) return 'could not be read';
      const isTold = await tellsTheTruth(store);
      return isTold ? 'stays true' : 'told otherwise and not found';
    });
  } catch (error) {
    if (error instanceof EmbeddedNodeError) return 'start refused';
    if (error instanceof StoreUnavailable) return 'could not be read';
    throw error;
  }
}

describe('a bit turned in the file of the embedded node', () => {
  const pageBytes = 4_096;
  const fine = ['could not be read', 'found', 'start refused', 'stays true'];

  test('the file as it is tells the truth, and the judge agrees', async () => {
    expect(sound.length % pageBytes).toBe(0);
    const list = await throughTheNode(judged);
    expect([list.verdict(true), list.findings]).toEqual(['sound', []]);
    expect(await throughTheNode(tellsTheTruth)).toBe(true);
  });

  test(
    'is refused, found, or tells nobody anything else',
    async () => {
      const counts = new Map<string, number>();
      const wrong: string[] = [];
      for (let page = 0; page * pageBytes < sound.length; page += 1) {
        const bits = drawnOnes(`page ${page}`, pageBytes * 8, isFull ? 60 : 1);
        // Every other page in the sample: a node has to be started for most of them.
        for (const inPage of isFull ? bits : bits.slice(1, 1 + (page % 2))) {
          const bit = page * pageBytes * 8 + inPage;
          await rm(`${file}-wal`, { force: true });
          await writeFile(file, flipped(sound, bit));
          const outcome = await outcomeOf();
          counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
          if (!fine.includes(outcome)) wrong.push(`bit ${bit}: ${outcome}`);
        }
      }
      const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      report(`node's file: ${total} of ${sound.length * 8} bits: ${parts}`);
      expect(wrong).toEqual([]);
      expect(counts.has('found')).toBe(true);
    },
    testTimeoutMs,
  );
});

/**
 * The same with the words of a database: what its administrator changes by one statement. The
 * record of an event names its stream and revision itself, the tables beside it decide who is shown
 * it.
 */
describe('a statement in the database of the embedded node', () => {
  const figure = 'figure-son_la-qd1969-2026.I.1';
  const part = 'contribution-son_la-qd1969-2026.I.1.so_tc';
  const idOf = (stream: string) => `(SELECT id FROM streams WHERE name = '${stream}')`;
  const event = (stream: string, revision: number) =>
    `stream = ${idOf(stream)} AND revision = ${revision}`;

  /** What is found after the statements, as code, stream and revision. */
  async function foundAfter(...statements: readonly string[]): Promise<readonly unknown[]> {
    await rm(`${file}-wal`, { force: true });
    await writeFile(file, sound);
    const database = new DatabaseSync(file);
    for (const statement of statements) database.exec(statement);
    database.close();
    const { findings } = await throughTheNode(judged);
    return findings.map(({ code, stream, revision }) => [code, stream, revision]);
  }

  test('an act deleted', async () => {
    expect(await foundAfter(`DELETE FROM events WHERE ${event(figure, 1)}`)).toEqual([
      ['store/event-missing', figure, 1],
    ]);
  });

  test('a word in an act replaced by one of the same length', async () => {
    const [before, after] = ['sổ kế toán', 'sổ bí mật.'].map((word) => Buffer.from(word));
    expect(before?.length).toBe(after?.length);
    const hex = [before, after].map((bytes) => `'${bytes?.toString('hex').toUpperCase()}'`);
    const change = `unhex(replace(hex(record), ${hex.join(', ')}))`;
    const statement = `UPDATE events SET record = ${change} WHERE ${event(figure, 0)}`;
    expect(await foundAfter(statement)).toEqual([['store/event-altered', figure, 0]]);
  });

  test('an act put where nobody who reads all comes past', async () => {
    const statement = `UPDATE events SET position = -position WHERE ${event(figure, 0)}`;
    expect(await foundAfter(statement)).toEqual([['store/event-missing', figure, 0]]);
  });

  test('two acts in the place of each other', async () => {
    const place = (stream: string, revision: number) =>
      `(SELECT position FROM events WHERE ${event(stream, revision)})`;
    const found = await foundAfter(
      `CREATE TABLE place AS SELECT ${place(figure, 0)} AS first, ${place(part, 3)} AS second`,
      `UPDATE events SET position = 1 WHERE ${event(figure, 0)}`,
      `UPDATE events SET position = (SELECT first FROM place) WHERE ${event(part, 3)}`,
      `UPDATE events SET position = (SELECT second FROM place) WHERE ${event(figure, 0)}`,
      'DROP TABLE place',
    );
    expect(found).toEqual([['store/event-moved', figure, 0]]);
  });

  test('the beginning of a stream cut off for its readers', async () => {
    const statement = `UPDATE streams SET truncate_before = 2 WHERE name = '${figure}'`;
    expect(await foundAfter(statement)).toEqual([
      ['store/stream-differs', figure, 0],
      ['store/stream-differs', figure, 1],
    ]);
  });

  test('all but the newest act of a stream hidden from its readers', async () => {
    const statement = `UPDATE streams SET max_count = 1 WHERE name = '${part}'`;
    const hidden = [0, 1, 2].map((revision) => ['store/stream-differs', part, revision]);
    expect(await foundAfter(statement)).toEqual(hidden);
  });

  test('acts of a stream that are too old to be shown', async () => {
    const statement = `UPDATE streams SET max_age_ms = 0 WHERE name = '${figure}'`;
    const hidden = [0, 1, 2].map((revision) => ['store/stream-differs', figure, revision]);
    expect(await foundAfter(statement)).toEqual(hidden);
  });

  test('a stream declared deleted', async () => {
    const statement = `UPDATE streams SET tombstoned = 1 WHERE name = '${figure}'`;
    expect(await foundAfter(statement)).toEqual([['store/unreachable', figure, undefined]]);
  });

  test('two streams with their names exchanged', async () => {
    const found = await foundAfter(
      `UPDATE streams SET name = 'x' WHERE name = '${figure}'`,
      `UPDATE streams SET name = '${figure}' WHERE name = '${part}'`,
      `UPDATE streams SET name = '${part}' WHERE name = 'x'`,
    );
    expect(found).toContainEqual(['store/stream-differs', figure, 0]);
    expect(found).toContainEqual(['store/stream-differs', part, 0]);
  });

  test('two revisions of a stream exchanged', async () => {
    const found = await foundAfter(
      `UPDATE events SET revision = 9 WHERE ${event(figure, 1)}`,
      `UPDATE events SET revision = 1 WHERE ${event(figure, 2)}`,
      `UPDATE events SET revision = 2 WHERE ${event(figure, 9)}`,
    );
    expect(found).toEqual([['store/stream-differs', figure, undefined]]);
  });
});
