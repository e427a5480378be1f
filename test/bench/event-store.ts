import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { connectEventStore } from '#event-store/node';
import type { EventStore, NewEvent } from '#event-store';
import { freshFolder } from '../ledger-under-test.ts';
import { seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

const inFlight = 64;
const appendsAtOnce = 5_000;
const roundCount = 5;
/** An event of the ledger is about so large, data and metadata together. */
const data = { value: 'x'.repeat(600) };
const metadata = { recordedAt: '2026-01-01T00:00:00.000Z', basis: 'y'.repeat(500) };

/**
 * The embedded node through our adapter and through the official client, and beside it the same disk
 * and the same SQLite.
 */
export async function measureEventStore(): Promise<Measured[]> {
  const folder = await freshFolder();
  const node = await startEmbeddedNode({ file: join(folder, 'events.db') });
  const client = EventStoreDBClient.connectionString(node.connectionString);
  const store = connectEventStore(node.connectionString);
  const plain = new DatabaseSync(join(folder, 'plain.db'));
  plain.exec(
    'pragma journal_mode = wal; pragma synchronous = full; create table event (record blob)',
  );
  const ours: number[] = [];
  const appends: number[] = [];
  const inserts: number[] = [];
  const reads: number[] = [];
  for (let turn = 0; turn <= roundCount; turn += 1) {
    ours.push(await appendsPerSecond((stream) => appendByUs(store, stream)));
    appends.push(await appendsPerSecond((stream) => appendByClient(client, stream)));
    inserts.push(insertsPerSecond(plain));
    reads.push(await readsPerSecond(client));
  }
  await store.close();
  await client.dispose();
  await node.stop();
  plain.close();
  await rm(folder, { recursive: true });
  const counted = (values: readonly number[]) => spreadOf(values.slice(1));
  return [
    {
      what: 'durable appends through the adapter, 64 in flight',
      unit: '/s',
      spread: counted(ours),
    },
    {
      what: 'durable appends through the client, 64 in flight',
      unit: '/s',
      spread: counted(appends),
    },
    {
      what: 'durable inserts into SQLite without a network, 64 a commit',
      unit: '/s',
      spread: counted(inserts),
    },
    { what: 'reads of $all through the client', unit: 'events/s', spread: counted(reads) },
  ];
}

async function appendsPerSecond(append: (stream: string) => Promise<unknown>): Promise<number> {
  const started = seconds();
  let left = appendsAtOnce;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await append(`bench-${randomUUID()}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return appendsAtOnce / (seconds() - started);
}

function appendByUs(store: EventStore, stream: string): Promise<unknown> {
  const event = { id: randomUUID(), type: 'bench', data, metadata };
  return store.append(stream, 'no-stream', [event as unknown as NewEvent]);
}

function appendByClient(client: EventStoreDBClient, stream: string): Promise<unknown> {
  const event = jsonEvent({ type: 'bench', data, metadata });
  return client.appendToStream(stream, event, { expectedRevision: 'no_stream' });
}

function insertsPerSecond(database: DatabaseSync): number {
  const insert = database.prepare('insert into event values (?)');
  const record = Buffer.alloc(1_200, 'z');
  const started = seconds();
  for (let count = 0; count < appendsAtOnce; count += inFlight) {
    database.exec('begin');
    for (let one = 0; one < inFlight; one += 1) insert.run(record);
    database.exec('commit');
  }
  return appendsAtOnce / (seconds() - started);
}

async function readsPerSecond(client: EventStoreDBClient): Promise<number> {
  const started = seconds();
  let count = 0;
  for await (const _ of client.readAll()) count += 1;
  return count / (seconds() - started);
}
