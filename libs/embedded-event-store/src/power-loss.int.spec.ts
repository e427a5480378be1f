import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from './database.ts';
import { EventLog } from './event-log.ts';

/**
 * A loss of power, modelled (QUALITY R2). What was synced is there, and a commit is acknowledged
 * only when its bytes in the write-ahead log were; of what was being written after that the disk
 * may hold any part, or anything else in its place. Each such image is opened by the program's own
 * way in and must hold a prefix of the commits: all that were acknowledged, none in part.
 */
const headerBytes = 32;
const frameBytes = 24 + 4096;
const sectorBytes = 512;
const commitCount = 8;

/** By hand, some minutes: each single byte instead of those at the borders and some between. */
const everyByte = process.env['LEDGER_TEST_EVERY_BYTE'] === 'true';
const testTimeoutMs = everyByte ? 3_600_000 : 120_000;

/** Bytes of one file when so many commits were acknowledged: `ends[n]` after the first n of them. */
type Recorded = {
  readonly database: Buffer;
  readonly log: Buffer;
  readonly ends: readonly number[];
  /** What was in the log's place before: a log is begun anew over its old frames. */
  readonly before: Buffer;
};

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'power-loss-'));
  file = join(folder, 'events.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const encoder = new TextEncoder();

/** Commit `n` is two events of one stream of its own, and a third one in the stream of all. */
function commit(log: EventLog, n: number): void {
  log.begin();
  const events = [0, 1].map((part) => event(`${n}.${part}`, n));
  log.append(`own-${n}`, events, n);
  log.append('all', [event(`${n}.2`, 10 * n)], n);
  log.commit();
}

function event(type: string, size: number) {
  const data = encoder.encode(`"${'x'.repeat(size)}"`);
  return { id: randomUUID(), type, isJson: true, data, metadata: new Uint8Array(0) };
}

function record({ overOldFrames }: { readonly overOldFrames: boolean }): Recorded {
  const database = openDatabase(file);
  const log = new EventLog(database);
  const walFile = `${file}-wal`;
  // Without this the frames that make the tables would be part of every image.
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  if (overOldFrames) {
    const filler = new Array(3 * commitCount).fill('filler').map((type: string) => event(type, 50));
    for (const one of filler) {
      log.begin();
      log.append('filler', [one], 1);
      log.commit();
    }
    // All of it is in the database now; the next commit begins the log anew, over these frames.
    database.exec('PRAGMA wal_checkpoint(RESTART)');
  }
  const before = readFileSync(walFile);
  const ends = [before.length === 0 ? 0 : headerBytes];
  let previous: Buffer = before;
  for (let n = 1; n <= commitCount; n += 1) {
    commit(log, n);
    const now = readFileSync(walFile);
    ends.push(endOfChange(previous, now));
    previous = now;
  }
  const recorded = { database: readFileSync(file), log: previous, ends, before };
  database.close();
  return recorded;
}

/** Frames are only ever added: behind the last one that is another than before. */
function endOfChange(before: Buffer, now: Buffer): number {
  let end = now.length;
  for (; end > headerBytes; end -= frameBytes) {
    const [from, to] = [end - frameBytes, end];
    if (!now.subarray(from, to).equals(before.subarray(from, to))) return end;
  }
  return end;
}

/** How many commits the image holds; anything but a prefix of whole ones is thrown. */
function commitsIn(databaseBytes: Buffer, log: Buffer): number {
  writeFileSync(file, databaseBytes);
  writeFileSync(`${file}-wal`, log);
  const database = openDatabase(file);
  try {
    const opened = new EventLog(database);
    const types = opened
      .allEvents(0, 'forwards', 10_000)
      .map(({ type }) => type)
      .filter((type) => type !== 'filler');
    const count = Math.floor(types.length / 3);
    const whole = Array.from({ length: count }, (_, at) =>
      [0, 1, 2].map((part) => `${at + 1}.${part}`),
    );
    expect(types).toStrictEqual(whole.flat());
    expect(opened.state('all').lastRevision).toBe(count - 1);
    // Closing would sync what nobody will read: the model needs thousands of images.
    database.exec('PRAGMA synchronous = OFF');
    return count;
  } finally {
    database.close();
  }
}

/** Acknowledged when the log was synced up to here. */
function acknowledgedAt(ends: readonly number[], bytes: number): number {
  return ends.findLastIndex((end) => end <= bytes);
}

/** The log as it is while the bytes behind `synced` are on their way; `tail` is what the disk has. */
function image({ log, before }: Recorded, synced: number, tail: Buffer): Buffer {
  const written = Buffer.concat([log.subarray(0, synced), tail]);
  return Buffer.concat([written, before.subarray(written.length)]);
}

/** Every byte near the borders of frames, and some within: 97 has no factor in common with them. */
function isCut(at: number): boolean {
  if (everyByte) return true;
  const inFrame = (at - headerBytes + frameBytes) % frameBytes;
  return inFrame <= 40 || inFrame >= frameBytes - 16 || at % 97 === 0;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe.each([
  ['a new log', { overOldFrames: false }],
  ['a log that was begun anew over old frames', { overOldFrames: true }],
])('power is lost while a commit is written to %s', (_, options) => {
  let recorded: Recorded;
  beforeEach(() => {
    recorded = record(options);
  });

  test(
    'and the log is cut off: at any byte all that was acknowledged is there, no more',
    () => {
      const { log, ends } = recorded;
      const cuts = range(headerBytes, (ends.at(-1) ?? 0) + 1).filter(isCut);
      expect(cuts.length).toBeGreaterThan(1000);
      const found = cuts.map((at) => commitsIn(recorded.database, log.subarray(0, at)));
      expect(found).toStrictEqual(cuts.map((at) => acknowledgedAt(ends, at)));
    },
    testTimeoutMs,
  );

  test('and its tail is garbage, zeros, or what lay there before', () => {
    const { log, ends } = recorded;
    for (const [count, synced] of ends.entries()) {
      if (count === 0 || count === commitCount) continue;
      const length = (ends[count + 1] ?? 0) - synced;
      const noise = createHash('shake256', { outputLength: length }).update(`${count}`).digest();
      for (const tail of [noise, Buffer.alloc(length), Buffer.alloc(0)]) {
        expect(commitsIn(recorded.database, image(recorded, synced, tail))).toBe(count);
      }
      // A frame that is whole but for one bit: in its header, its page, and the commit mark.
      for (const at of [4, 9, 16, 24, 2000, length - 1]) {
        const tail = Buffer.from(log.subarray(synced, synced + length));
        tail.writeUInt8(tail.readUInt8(at) ^ 1, at);
        expect(commitsIn(recorded.database, image(recorded, synced, tail))).toBe(count);
      }
    }
  });

  test('and one sector of it was not written: the commit is there whole or not at all', () => {
    const { log, ends } = recorded;
    let lost = 0;
    for (const [count, synced] of ends.entries()) {
      if (count === 0 || count === commitCount) continue;
      const end = ends[count + 1] ?? 0;
      const first = Math.floor(synced / sectorBytes);
      for (const sector of range(first, Math.ceil(end / sectorBytes))) {
        const tail = Buffer.from(log.subarray(synced, end));
        const from = Math.max(0, sector * sectorBytes - synced);
        const to = Math.min(tail.length, (sector + 1) * sectorBytes - synced);
        tail.fill(0, from, to);
        // A sector of zeros is no loss, the commit is as it was.
        const isWhole = tail.equals(log.subarray(synced, end));
        lost += isWhole ? 0 : 1;
        const found = commitsIn(recorded.database, image(recorded, synced, tail));
        expect(found).toBe(isWhole ? count + 1 : count);
      }
    }
    expect(lost).toBeGreaterThan(50);
  });
});

test('power is lost while the log is carried over into the database: nothing is missing', () => {
  const { database: before, log } = record({ overOldFrames: false });
  // Opening and closing carries everything over.
  expect(commitsIn(before, log)).toBe(commitCount);
  const after = readFileSync(file);
  expect(after.equals(before)).toBe(false);
  const old = Buffer.concat([before, Buffer.alloc(Math.max(0, after.length - before.length))]);
  for (let at = 0; at <= after.length; at += sectorBytes) {
    const inOrder = Buffer.concat([after.subarray(0, at), old.subarray(at)]);
    const backwards = Buffer.concat([old.subarray(0, at), after.subarray(at)]);
    const torn = Buffer.concat([after.subarray(0, at + 100), old.subarray(at + 100)]);
    for (const image of [inOrder, backwards, torn]) expect(commitsIn(image, log)).toBe(commitCount);
  }
});
