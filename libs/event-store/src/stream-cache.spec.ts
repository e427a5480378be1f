import { describe, expect, test } from '@jest/globals';
import { eventIdOf } from '#kernel';
import { FaultyEventStore, metadataAt, tally } from '#testing';
import type { TallyFact } from '#testing';
import { MemoryEventStore } from './memory-event-store.ts';
import type { NewEvent, StoredEvent } from './port.ts';
import { StreamCache } from './stream-cache.ts';
import type { Upcaster } from './upcast.ts';

const opened: TallyFact = { type: 'tally.opened.v1', data: { limit: 9 } };
const counted = (by: number): TallyFact => ({ type: 'tally.counted.v1', data: { by } });

/** A memory store whose reads can be held after they have looked at the stream. */
class HeldStore extends MemoryEventStore {
  held: Promise<void> | undefined;

  override async *readStream(...args: Parameters<MemoryEventStore['readStream']>) {
    const held = this.held;
    const found: StoredEvent[] = [];
    for await (const event of super.readStream(...args)) found.push(event);
    await held;
    yield* found;
  }
}

function cached(
  options: { soleWriter?: boolean; streamsMax?: number; upcasters?: Upcaster[] } = {},
) {
  const memory = new HeldStore();
  const store = new FaultyEventStore(memory);
  const { soleWriter = true, streamsMax = 10, upcasters = [] } = options;
  const cache = new StreamCache({ store, upcasters, streamsMax, soleWriter });
  /** Appends as somebody who does not use this cache. */
  const write = async (stream: string, revision: number, facts: readonly TallyFact[]) => {
    const metadata = metadataAt({ stream, revision });
    const events: NewEvent[] = facts.map((fact, index) => {
      return { ...fact, id: eventIdOf(metadata.commandId, index), metadata };
    });
    await memory.append(stream, revision === 0 ? 'no-stream' : revision - 1, events);
    const stored: StoredEvent[] = [];
    for await (const event of memory.readStream(stream, { fromRevision: revision }))
      stored.push(event);
    return stored;
  };
  return { cache, store, memory, write };
}

describe('the stream cache', () => {
  test('an absent stream is the initial state at revision -1', async () => {
    const { cache } = cached();
    expect(await cache.load(tally, 'tally-1')).toStrictEqual({
      state: { limit: null, total: 0 },
      revision: -1,
      lastRecordedAt: undefined,
      digest: undefined,
      commands: new Map(),
    });
  });

  test('folds a stream once, with the outcome of each command at its last event', async () => {
    const { cache, store, write } = cached();
    await write('tally-1', 0, [opened]);
    const [, last] = await write('tally-1', 1, [counted(2), counted(3)]);
    const folded = await cache.load(tally, 'tally-1');
    expect(folded.state).toStrictEqual({ limit: 9, total: 5 });
    expect(folded).toMatchObject({ revision: 2, lastRecordedAt: last!.metadata.recordedAt });
    expect([...folded.commands.values()].map(({ lastRevision }) => lastRevision)).toStrictEqual([
      0, 2,
    ]);
    expect(await cache.load(tally, 'tally-1')).toBe(folded);
    expect(store.reads).toHaveLength(1);
  });

  test('takes over what was appended, as a reader of the store would see it', async () => {
    const { cache, store, write } = cached();
    await write('tally-1', 0, [opened]);
    const base = await cache.load(tally, 'tally-1');
    cache.extend(tally, 'tally-1', base, await write('tally-1', 1, [counted(2)]));
    const extended = await cache.load(tally, 'tally-1');
    expect(extended.state.total).toBe(2);
    expect(store.reads).toHaveLength(1);
    cache.forget('tally-1');
    expect(await cache.load(tally, 'tally-1')).toStrictEqual(extended);
    expect(store.reads).toHaveLength(2);
  });

  test('a fold that another load replaced is not extended, and the stream is read again', async () => {
    const { cache, write } = cached();
    await write('tally-1', 0, [opened]);
    // Two loads at once: only one of the two folds is kept.
    const folds = await Promise.all([cache.load(tally, 'tally-1'), cache.load(tally, 'tally-1')]);
    const appended = await write('tally-1', 1, [counted(2)]);
    for (const base of folds) cache.extend(tally, 'tally-1', base, appended);
    expect((await cache.load(tally, 'tally-1')).state.total).toBe(2);
    expect((await cache.load(tally, 'tally-1')).revision).toBe(1);
  });

  test.each(['extend', 'forget'] as const)(
    'a load overtaken by %s does not hide what came since',
    async (by) => {
      const { cache, memory, write } = cached();
      await write('tally-1', 0, [opened]);
      let release = () => {};
      memory.held = new Promise((resolve) => (release = resolve));
      const slow = cache.load(tally, 'tally-1');
      memory.held = undefined;
      // The slow load has seen the stream as it was when one that started later has ended.
      const base = await cache.load(tally, 'tally-1');
      const appended = await write('tally-1', 1, [counted(2)]);
      if (by === 'extend') cache.extend(tally, 'tally-1', base, appended);
      else cache.forget('tally-1');
      release();
      await slow;
      expect((await cache.load(tally, 'tally-1')).state.total).toBe(2);
    },
  );

  test('keeps the streams used last', async () => {
    const { cache, store, write } = cached({ streamsMax: 2 });
    for (const name of ['a', 'b', 'c']) await write(name, 0, [opened]);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.load(tally, name);
    expect(store.reads).toStrictEqual(['a', 'b', 'c', 'b']);
  });

  test('two ways of folding one stream do not see each other', async () => {
    const { cache, write } = cached();
    await write('tally-1', 0, [opened, counted(2)]);
    const kinds = {
      initial: [] as string[],
      evolve: (state: string[], { type }: TallyFact) => [...state, type],
    };
    expect((await cache.load(tally, 'tally-1')).state).toStrictEqual({ limit: 9, total: 2 });
    expect((await cache.load(kinds, 'tally-1')).state).toStrictEqual([
      opened.type,
      'tally.counted.v1',
    ]);
    expect((await cache.load(tally, 'tally-1')).state).toStrictEqual({ limit: 9, total: 2 });
  });

  test('with other writers each load reads what they appended, and only that', async () => {
    const { cache, write } = cached({ soleWriter: false });
    await write('tally-1', 0, [opened]);
    const first = await cache.load(tally, 'tally-1');
    await write('tally-1', 1, [counted(2)]);
    const evolved: number[] = [];
    const second = await cache.load(tally, 'tally-1');
    const watched = {
      ...tally,
      evolve: (...args: Parameters<typeof tally.evolve>) => {
        evolved.push(args[1].revision);
        return tally.evolve(...args);
      },
    };
    expect([first.revision, second.revision]).toStrictEqual([0, 1]);
    expect(second.state.total).toBe(2);
    await cache.load(watched, 'tally-1');
    await write('tally-1', 2, [counted(3)]);
    expect((await cache.load(watched, 'tally-1')).state.total).toBe(5);
    expect(evolved).toStrictEqual([0, 1, 2]);
  });

  test('a read that fails changes nothing', async () => {
    const { cache, store, write } = cached({ soleWriter: false });
    await write('tally-1', 0, [opened]);
    await cache.load(tally, 'tally-1');
    store.failRead();
    await expect(cache.load(tally, 'tally-1')).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect((await cache.load(tally, 'tally-1')).revision).toBe(0);
  });

  test('upcasts what it folds, and keeps the digest of what was recorded', async () => {
    const upcasters: Upcaster[] = [
      {
        from: 'tally.opened.v0',
        to: 'tally.opened.v1',
        upcast: (data) => ({ limit: (data as { max: number }).max }),
      },
    ];
    const retired = { type: 'tally.opened.v0', data: { max: 7 } } as unknown as TallyFact;
    const [plain, upcasting] = [cached(), cached({ upcasters })];
    for (const { write } of [plain, upcasting]) await write('tally-1', 0, [retired]);
    const folded = await upcasting.cache.load(tally, 'tally-1');
    expect(folded.state.limit).toBe(7);
    const asRecorded = { initial: 0, evolve: (state: number) => state + 1 };
    expect(folded.digest).toBe((await plain.cache.load(asRecorded, 'tally-1')).digest);
  });
});
