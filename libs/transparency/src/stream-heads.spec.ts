import { describe, expect, test } from '@jest/globals';
import { AppendFailed, MemoryEventStore, StoreUnavailable } from '#event-store';
import { manualClock } from '#kernel';
import { base64 } from '#tlog';
import { readHead } from './log-head.ts';
import type { LogHead } from './log-head.ts';
import { grow, sequencerOf, until } from './made-up-log.contract.ts';
import { now } from './made-up-witness.contract.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import { headsRoot, recordHeads, recordHeadsOnce, recordIn, StreamHeads } from './stream-heads.ts';

/** Knows how many events were read out of `$all`. */
class CountingStore extends MemoryEventStore {
  readCount = 0;

  override async *readAll(options?: Parameters<MemoryEventStore['readAll']>[0]) {
    for await (const event of super.readAll(options)) {
      this.readCount += 1;
      yield event;
    }
  }
}

function sequencedLog() {
  const store = new CountingStore();
  const { sequencer } = sequencerOf(store, new MemoryTileStore());
  let count = 0;
  const headAt = async (size: number): Promise<LogHead> => {
    await until(async () => (await readHead(store))?.treeSize === size);
    return (await readHead(store)) as LogHead;
  };
  return {
    store,
    sequencer,
    headAt,
    record: async (more: number) => {
      await grow(store, count, more);
      count += more;
    },
  };
}

const stamp = { clock: manualClock(now), software: 'spec' };

describe('stream heads asked for again and again', () => {
  test('are read once each, and are those of the whole', async () => {
    const { store, sequencer, headAt, record } = sequencedLog();
    await sequencer.start();
    const heads = new StreamHeads(store);
    await record(40);
    await heads.under(await headAt(40));
    await record(7);
    const head = await headAt(47);
    store.readCount = 0;
    const known = await heads.under(head);
    // The seven, the head behind the forty, and the one behind these, where it ended.
    expect(store.readCount).toBeLessThanOrEqual(10);
    expect(known).toEqual(await new StreamHeads(store).under(head));
    expect([...known.values()].reduce((sum, last) => sum + last + 1, 0)).toBe(47);
    await sequencer.stop();
  });

  test('make no second record while there is nothing new to say', async () => {
    const { store, sequencer, headAt, record } = sequencedLog();
    await sequencer.start();
    const heads = new StreamHeads(store);
    const asked = async (size: number) =>
      recordHeadsOnce({ ...stamp, store, heads, head: await headAt(size) });
    await record(12);
    const first = await asked(12);
    expect([first.wasThere, recordIn(first.event).treeSize]).toEqual([false, 12]);
    // The record is an entry itself, which says nothing that it did not say.
    for (const size of [13, 13]) {
      expect(await asked(size)).toEqual({ event: first.event, wasThere: true });
    }
    await record(1);
    const second = await asked(14);
    expect([second.wasThere, recordIn(second.event).treeSize]).toEqual([false, 14]);
    expect(recordIn(second.event).root).toBe(
      base64(await headsRoot(await new StreamHeads(store).under(await readHeadOf(store, 14)))),
    );
    await sequencer.stop();
  });

  test('are recorded anew where an act came between head and record', async () => {
    const { store, sequencer, headAt, record } = sequencedLog();
    await sequencer.start();
    const heads = new StreamHeads(store);
    await record(5);
    const head = await headAt(5);
    await record(1);
    // The head that was asked at knows nothing of the sixth.
    const first = await recordHeadsOnce({ ...stamp, store, heads, head });
    expect(recordIn(first.event).treeSize).toBe(5);
    const second = await recordHeadsOnce({ ...stamp, store, heads, head: await headAt(7) });
    expect([second.wasThere, recordIn(second.event).treeSize]).toEqual([false, 7]);
    await sequencer.stop();
  });

  test('are given up where the outcome of the append stays unknown', async () => {
    const { store, sequencer, headAt, record } = sequencedLog();
    await sequencer.start();
    await record(5);
    const head = await headAt(5);
    let tries = 0;
    store.append = async () => {
      tries += 1;
      throw new AppendFailed('unknown', 'as asked for');
    };
    const recorded = recordHeads({ ...stamp, store, head });
    await expect(recorded).rejects.toThrow(StoreUnavailable);
    expect(tries).toBe(3);
    await sequencer.stop();
  });

  test('are not recorded for a head that the store does not bear out', async () => {
    const { store, sequencer, headAt, record } = sequencedLog();
    await sequencer.start();
    await record(5);
    const head = { ...(await headAt(5)), treeSize: 6 };
    await expect(recordHeads({ ...stamp, store, head })).rejects.toMatchObject({
      code: 'log/store-differs',
    });
    await sequencer.stop();
  });
});

/** The head of a size, which is not the newest any more. */
async function readHeadOf(store: MemoryEventStore, size: number): Promise<LogHead> {
  for await (const { data, revision } of store.readStream('log-head')) {
    const head = { ...(data as Omit<LogHead, 'revision'>), revision };
    if (head.treeSize === size) return head;
  }
  throw new Error(`no head of ${size}`);
}
