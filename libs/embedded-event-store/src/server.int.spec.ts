import { EventStoreDBClient, binaryEvent, jsonEvent } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from './database.ts';
import { EventLog } from './event-log.ts';
import { GroupCommit } from './group-commit.ts';
import { Outlet } from './outlet.ts';
import type { ReadReq, ReadRequest } from './protocol.ts';
import { answerRead } from './read.ts';
import { serve } from './server.ts';
import type { RunningServer } from './server.ts';
import { serveSubscription } from './subscription.ts';

/** The server in this very process, so that a test can reach its file. */
let folder: string;
let database: DatabaseSync;
const nowMs = (): number => 1_767_225_600_000;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-node-'));
  database = openDatabase(join(folder, 'events.db'));
});

afterEach(() => {
  if (database.isOpen) database.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a full disk, seen through the client', () => {
  let server: RunningServer;
  let client: EventStoreDBClient;

  beforeEach(async () => {
    server = await serve({ database, port: 0, maxAppendBytes: 1_000_000, nowMs });
    client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${server.port}?tls=false`);
  });

  afterEach(async () => {
    await client.dispose();
    await server.stop();
  });

  async function storedTypes(): Promise<unknown[]> {
    const found: unknown[] = [];
    for await (const { event } of client.readStream('figure-1')) found.push(event?.type);
    return found;
  }

  test.each([
    ['BatchAppend', {}],
    ['Append', { credentials: { username: 'admin', password: 'changeit' } }],
  ])('%s fails with an unknown outcome; reads go on; the retry succeeds', async (_name, form) => {
    const small = jsonEvent({ type: 'small', data: {} });
    await client.appendToStream('figure-1', small, { expectedRevision: 'no_stream', ...form });
    const pages = database.prepare('PRAGMA page_count').get()?.['page_count'];
    database.exec(`PRAGMA max_page_count = ${String(pages)}`);
    const large = binaryEvent({ type: 'large', data: new Uint8Array(500_000) });
    const append = () =>
      client.appendToStream('figure-1', large, { expectedRevision: 0n, ...form });
    await expect(append()).rejects.toMatchObject({ type: 'unknown' });
    expect(await storedTypes()).toEqual(['small']);
    database.exec('PRAGMA max_page_count = 100000');
    expect(await append()).toMatchObject({ success: true, nextExpectedRevision: 1n });
    expect(await storedTypes()).toEqual(['small', 'large']);
  });
});

/** A call whose reader takes nothing until told; records what was written to it. */
class LaggingCall extends EventEmitter {
  frames = 0;

  write(_frame: Buffer): boolean {
    this.frames += 1;
    return false;
  }

  end(): void {
    this.emit('finish');
  }
}

function outletTo(call: LaggingCall): Outlet {
  return new Outlet(call as unknown as ServerWritableStream<ReadReq, Buffer>);
}

/** Lets everything run that can run without the reader. */
function quiescence(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

describe('a reader that lags', () => {
  const all: ReadRequest = {
    stream: undefined,
    from: { kind: 'start' },
    backwards: false,
    count: 1000,
    resolveLinks: false,
    filter: undefined,
  };
  let log: EventLog;
  let commits: GroupCommit;

  function append(count: number): void {
    commits.submit({
      kind: 'append',
      stream: 'figure-1',
      expectation: { kind: 'any' },
      events: Array.from({ length: count }, () => ({
        id: randomUUID(),
        type: 'fact',
        isJson: true,
        data: Buffer.from('{}'),
        metadata: Buffer.alloc(0),
      })),
      deadlineMs: undefined,
      settle: () => undefined,
    });
    commits.flush();
  }

  beforeEach(() => {
    log = new EventLog(database);
    commits = new GroupCommit(log, nowMs);
    append(3);
  });

  test('a read waits for it before each further event', async () => {
    const call = new LaggingCall();
    const reading = answerRead(log, all, outletTo(call), nowMs);
    for (const frames of [1, 2, 3]) {
      await quiescence();
      expect(call.frames).toBe(frames);
      call.emit('drain');
    }
    await reading;
    expect(call.frames).toBe(3);
  });

  test('a subscription waits for it, and ends when it leaves', async () => {
    const call = new LaggingCall();
    const request = { ...all, count: undefined };
    const serving = serveSubscription(log, commits, request, outletTo(call), nowMs);
    await quiescence();
    // The confirmation and the first event.
    expect(call.frames).toBe(2);
    call.emit('cancelled');
    await serving;
    expect(call.frames).toBe(2);
  });

  test('a subscription that sleeps ends when its reader leaves', async () => {
    const call = new LaggingCall();
    const request: ReadRequest = { ...all, count: undefined, from: { kind: 'end' } };
    const serving = serveSubscription(log, commits, request, outletTo(call), nowMs);
    await quiescence();
    // The confirmation, and that there is nothing more to catch up with.
    expect(call.frames).toBe(2);
    append(1);
    await quiescence();
    expect(call.frames).toBe(3);
    call.emit('drain');
    await quiescence();
    call.emit('cancelled');
    await serving;
    append(1);
    expect(call.frames).toBe(3);
  });
});
