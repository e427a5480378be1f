import { describe, expect, test } from '@jest/globals';
import { manualClock, refuser } from '#kernel';
import { FaultyEventStore, historyStart, tally, tallyEnvelope, tallyRefusals } from '#testing';
import type { TallyCommand } from '#testing';
import { MemoryEventStore } from './memory-event-store.ts';
import { Recorder } from './recorder.ts';
import { StreamCache } from './stream-cache.ts';

/** A tally with one more rule, which comes after that of what is open already. */
const strict: typeof tally = {
  ...tally,
  decide: (command, state, context) => {
    const decision = tally.decide(command, state, context);
    if (command.kind === 'open' && command.limit < 0) throw refuser(tallyRefusals)('tally/full');
    return decision;
  },
};
const open = (limit = 100): TallyCommand => ({ kind: 'open', limit });

/** One writer of one store; `restarted` is that writer after all it kept in memory is gone. */
function writer(store = new FaultyEventStore(new MemoryEventStore()), soleWriter = true) {
  const clock = manualClock(historyStart);
  const cache = new StreamCache({ store, upcasters: [], streamsMax: 10, soleWriter });
  const recorder = new Recorder({ store, clock, software: 'spec/1', cache });
  const record = (
    stream: string,
    command: TallyCommand,
    key: string,
    ifMatch: number | null = null,
  ) =>
    recorder.record(strict, stream, tallyEnvelope(command, key, ifMatch), async (_, now) => {
      return { context: { now }, basis: [] };
    });
  return { store, clock, record, restarted: () => writer(store) };
}

describe('a creation', () => {
  test('looks at its stream only until something was recorded; what it made is kept', async () => {
    const { store, record } = writer();
    await record('tally-1', open(), 'k1');
    await record('tally-2', open(), 'k2');
    await record('tally-2', { kind: 'count', by: [1] }, 'k3', 0);
    expect(store.reads).toStrictEqual(['tally-1']);
  });

  test('looks each time where others write to the same store', async () => {
    const { store, record } = writer(undefined, false);
    await record('tally-1', open(), 'k1');
    store.reads.length = 0;
    await record('tally-2', open(), 'k2');
    expect(store.reads.slice(0, 1)).toStrictEqual(['tally-2']);
  });

  test('of what was there already is refused by its rule', async () => {
    const before = writer();
    await before.record('tally-1', open(), 'k1');
    const { record } = before.restarted();
    await record('tally-2', open(), 'k2');
    await expect(record('tally-1', open(), 'k3')).rejects.toMatchObject({ code: 'tally/open' });
  });

  test('that is refused on a stream taken for absent is refused again on the one that is there', async () => {
    const before = writer();
    await before.record('tally-1', open(), 'k1');
    const { record, store } = before.restarted();
    await record('tally-2', open(), 'k2');
    store.reads.length = 0;
    await expect(record('tally-1', open(-1), 'k3')).rejects.toMatchObject({ code: 'tally/open' });
    await expect(record('tally-3', open(-1), 'k4')).rejects.toMatchObject({ code: 'tally/full' });
    expect(store.reads).toStrictEqual(['tally-1', 'tally-3']);
  });
});

describe('the same command again after a restart', () => {
  test('is answered the first receipt, though its stream was taken for absent', async () => {
    const before = writer();
    const first = await before.record('tally-1', open(), 'k1');
    const { record, clock } = before.restarted();
    clock.advance(60_000);
    await record('tally-2', open(), 'k2');
    expect(await record('tally-1', open(), 'k1')).toStrictEqual({ ...first, repeated: true });
  });

  test('is refused when it is another request', async () => {
    const before = writer();
    await before.record('tally-1', open(), 'k1');
    const { record } = before.restarted();
    await record('tally-2', open(), 'k2');
    await expect(record('tally-1', open(7), 'k1')).rejects.toMatchObject({
      code: 'command/key-reused',
    });
  });
});

test('after an append of unknown outcome its stream is looked at', async () => {
  const { store, record, clock } = writer();
  await record('tally-1', open(), 'k1');
  // It was written each time, and nobody learnt of it.
  for (let tries = 0; tries < 3; tries += 1) store.failAppend('after');
  const unknown = { code: 'store/outcome-unknown' };
  await expect(record('tally-2', open(), 'k2')).rejects.toMatchObject(unknown);
  clock.advance(60_000);
  expect(await record('tally-2', open(), 'k2')).toMatchObject({
    repeated: true,
    recordedAt: historyStart,
  });
});
