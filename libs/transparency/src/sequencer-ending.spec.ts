import { expect, test } from '@jest/globals';
import { AppendFailed, MemoryEventStore } from '#event-store';
import type { Appended, Delivery } from '#event-store';
import { headStream } from './log-events.ts';
import { faultsOf, grow, sequencerOf, until } from './made-up-log.contract.ts';
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

/** A store that answers every call but the swap of the head, whose outcome nobody learns. */
class MuteStore extends MemoryEventStore {
  swaps = 0;
  isMute = true;

  override async append(...options: Parameters<MemoryEventStore['append']>): Promise<Appended> {
    if (options[0] !== headStream || !this.isMute) return super.append(...options);
    this.swaps += 1;
    // As over a wire: an answer, or none, takes a turn.
    await new Promise((resolve) => setImmediate(resolve));
    throw new AppendFailed('unknown', 'as asked for');
  }
}

test('a swap whose outcome stays unknown is waited for, told of, and ends with the stop', async () => {
  const [store, tiles] = [new MuteStore(), new MemoryTileStore()];
  await grow(store, 0, 5);
  const swapsAtWait: number[] = [];
  const rested = Promise.withResolvers<void>();
  const { sequencer, settled } = sequencerOf(store, tiles, {
    backOff: async (tries) => {
      swapsAtWait.push(store.swaps);
      if (tries > 1) await rested.promise;
    },
  });
  await sequencer.start();
  await until(() => swapsAtWait.length === 2);
  expect(swapsAtWait).toStrictEqual([3, 6]);
  const { state, lastError } = sequencer.status();
  expect([state, lastError]).toMatchObject(['waiting', { name: 'StoreUnavailable' }]);
  const stopped = sequencer.stop();
  rested.resolve();
  await stopped;
  store.isMute = false;
  await sequencer.start();
  await until(() => sequencer.status().head?.treeSize === 5);
  await sequencer.stop();
  await settled();
  expect(await faultsOf(store, tiles)).toEqual([]);
});
