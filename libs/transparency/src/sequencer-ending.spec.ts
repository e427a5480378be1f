import { expect, test } from '@jest/globals';
import { MemoryEventStore } from '#event-store';
import type { Delivery } from '#event-store';
import { grow, sequencerOf, until } from './made-up-log.contract.ts';
import { MemoryTileStore } from './memory-tile-store.ts';

/** A store whose subscriptions end by themselves, without an error, as often as told. */
class EndingStore extends MemoryEventStore {
  subscriptions = 0;
  endings: number;

  constructor(endings: number) {
    super();
    this.endings = endings;
  }

  override subscribeToAll(
    ...options: Parameters<MemoryEventStore['subscribeToAll']>
  ): AsyncGenerator<Delivery> {
    this.subscriptions += 1;
    return this.subscriptions > this.endings ? super.subscribeToAll(...options) : nothing();
  }
}

async function* nothing(): AsyncGenerator<Delivery, void, undefined> {
  // It ends before it began.
}

test('a subscription that ends by itself is begun anew, each time later', async () => {
  const store = new EndingStore(3);
  await grow(store, 0, 5);
  const waits: number[] = [];
  const states: string[] = [];
  const { sequencer } = sequencerOf(store, new MemoryTileStore(), {
    backOff: async (tries) => {
      waits.push(tries);
      states.push(sequencer.status().state);
    },
  });
  await sequencer.start();
  await until(() => sequencer.status().caughtUp);
  expect([waits, states]).toStrictEqual([
    [1, 2, 3],
    ['waiting', 'waiting', 'waiting'],
  ]);
  expect(sequencer.status()).toMatchObject({ state: 'running', lastError: null });
  await sequencer.stop();
});
