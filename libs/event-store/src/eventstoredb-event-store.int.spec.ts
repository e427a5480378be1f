import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { describeEventStoreContract } from './event-store.contract.ts';
import { connectEventStore } from './node.ts';
import type { EventStoreDbOptions } from './node.ts';

async function onEmbeddedNode(options: EventStoreDbOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'event-store-'));
  const node = await startEmbeddedNode({ file: join(folder, 'events.db') });
  const store = connectEventStore(node.connectionString, options);
  const stop = async () => {
    await store.close();
    await node.stop();
    await rm(folder, { recursive: true });
  };
  return { store, stop };
}

describeEventStoreContract('embedded node, shared stream', () => onEmbeddedNode({}));
describeEventStoreContract('embedded node, own call', () => {
  return onEmbeddedNode({ appendBy: 'own-call' });
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
