import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { describeEventStoreContract } from './event-store.contract.ts';
import { connectEventStore } from './node.ts';

async function onEmbeddedNode() {
  const folder = await mkdtemp(join(tmpdir(), 'event-store-'));
  const node = await startEmbeddedNode({ file: join(folder, 'events.db') });
  const store = connectEventStore(node.connectionString);
  const stop = async () => {
    await store.close();
    await node.stop();
    await rm(folder, { recursive: true });
  };
  return { store, stop };
}

describeEventStoreContract('embedded node', onEmbeddedNode);

/** A server that speaks HTTP/2 by nghttp2 forgives a connection a thousand resets, then closes it. */
test('what is not there can be asked for again and again', async () => {
  const { store, stop } = await onEmbeddedNode();
  let found = 0;
  for (let asked = 0; asked < 3_000; asked += 100) {
    const reads = Array.from({ length: 100 }, async (_, index) => {
      for await (const _event of store.readStream(`absent-${asked + index}`)) found += 1;
    });
    await Promise.all(reads);
  }
  expect(found).toBe(0);
  await stop();
});

const url = process.env['EVENTSTORE_URL'];
describeEventStoreContract(
  'EVENTSTORE_URL',
  async () => {
    const store = connectEventStore(url ?? '');
    return { store, stop: () => store.close() };
  },
  url === undefined ? 'EVENTSTORE_URL names no server' : undefined,
);
