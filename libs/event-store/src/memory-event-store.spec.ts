import { describe, expect, test } from '@jest/globals';
import { metadataAt } from '#testing';
import { describeEventStoreContract } from './event-store.contract.ts';
import { MemoryEventStore } from './memory-event-store.ts';
import type { NewEvent } from './port.ts';

describeEventStoreContract('memory', async () => {
  const store = new MemoryEventStore();
  return { store, stop: () => store.close() };
});

describe('the opinions of the memory store', () => {
  const id = '22222222-2222-4222-8222-222222222222';
  const event = (data: unknown): NewEvent => ({
    id,
    type: 'toy.written.v1',
    data,
    metadata: metadataAt({ stream: 'toy-1', revision: 0 }),
  });

  test('an event id is accepted once in the whole store', async () => {
    const store = new MemoryEventStore();
    await store.append('toy-1', 'no-stream', [event({})]);
    await expect(store.append('toy-2', 'no-stream', [event({})])).rejects.toThrow(TypeError);
    await expect(store.append('toy-1', 0, [event({})])).rejects.toThrow(TypeError);
  });

  test('nobody shares an object with anybody', async () => {
    const store = new MemoryEventStore();
    const data = { list: [1], gone: undefined };
    const appending = store.append('toy-1', 'no-stream', [event(data)]);
    data.list.push(2);
    await appending;
    for (const _ of [1, 2]) {
      for await (const read of store.readStream('toy-1')) {
        expect(read.data).toStrictEqual({ list: [1] });
        (read.data as { list: number[] }).list.push(3);
      }
    }
  });

  test('a closed store says so to everybody', async () => {
    const store = new MemoryEventStore();
    const watching = (async () => {
      for await (const { kind } of store.subscribeToAll({ signal: new AbortController().signal })) {
        if (kind === 'caught-up') void store.close();
      }
    })();
    await expect(watching).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreUnavailable' });
    const late = store.append('toy-1', 'no-stream', [event({})]);
    await expect(late).rejects.toMatchObject({ name: 'AppendFailed', outcome: 'absent' });
  });
});
