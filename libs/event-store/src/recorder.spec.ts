import { describe, expect, test } from '@jest/globals';
import { entryDigest, manualClock } from '#kernel';
import type { Instant } from '#kernel';
import { FaultyEventStore, historyStart, tally, tallyEnvelope } from '#testing';
import type { TallyCommand } from '#testing';
import { MemoryEventStore } from './memory-event-store.ts';
import type { StoredEvent } from './port.ts';
import { Recorder } from './recorder.ts';
import { StreamCache } from './stream-cache.ts';

const stream = 'tally-1';

/** A ledger of one stream; `other` is a second process on the same store. */
function ledger({ soleWriter = true } = {}) {
  const memory = new MemoryEventStore();
  const store = new FaultyEventStore(memory);
  const clock = manualClock(historyStart);
  const process = (software: string) => {
    const cache = new StreamCache({ store, upcasters: [], streamsMax: 10, soleWriter });
    const recorder = new Recorder({ store, clock, software, cache });
    const record = (command: TallyCommand, key: string, ifMatch: number | null = null) =>
      recorder.record(tally, stream, tallyEnvelope(command, key, ifMatch), async (_, now) => {
        return { context: { now }, basis: [{ stream: 'round-1', revision: 4 }] };
      });
    return { cache, recorder, record };
  };
  const events = async () => {
    const list: StoredEvent[] = [];
    for await (const event of memory.readStream(stream)) list.push(event);
    return list;
  };
  return { ...process('spec/1'), other: process('spec/2'), memory, store, clock, events };
}

const open: TallyCommand = { kind: 'open', limit: 100 };
const count = (...by: number[]): TallyCommand => ({ kind: 'count', by });
const code = (expected: string, facts: object = {}) => ({ code: expected, facts });

function reasonsOf(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
}

describe('recording', () => {
  test('stamps what it records and answers with the last event, its digest and its place', async () => {
    const { record, events, clock } = ledger();
    await record(open, 'k1');
    clock.advance(1000);
    const receipt = await record(count(1, 2), 'k2', 0);
    const [, first, last] = await events();
    expect(receipt).toStrictEqual({
      stream,
      revision: 2,
      eventId: last!.id,
      type: 'tally.counted.v1',
      digest: entryDigest(last!),
      recordedAt: '2026-01-05T02:00:01.000Z',
      commandId: last!.metadata.commandId,
      position: last!.position,
      repeated: false,
    });
    expect(last!.metadata).toStrictEqual(first!.metadata);
    expect(last!.metadata).toMatchObject({
      software: 'spec/1',
      correlationId: 'k2',
      causationId: null,
      basis: [{ stream: 'round-1', revision: 4 }],
    });
  });

  test('recordedAt never runs behind the event before it, whatever the clock does', async () => {
    const { record, clock } = ledger();
    clock.set('2026-03-01T00:00:00.000Z' as Instant);
    await record(open, 'k1');
    clock.set('2026-02-01T00:00:00.000Z' as Instant);
    expect((await record(count(1), 'k2', 0)).recordedAt).toBe('2026-03-01T00:00:00.000Z');
    clock.set('2026-03-01T00:00:00.001Z' as Instant);
    expect((await record(count(1), 'k3', 1)).recordedAt).toBe('2026-03-01T00:00:00.001Z');
  });

  test('a refusal by a rule writes nothing', async () => {
    const { record, events } = ledger();
    await record(open, 'k1');
    await expect(record(count(101), 'k2', 0)).rejects.toMatchObject(
      code('tally/full', { limit: 100 }),
    );
    await expect(record(open, 'k3')).rejects.toMatchObject(code('tally/open'));
    expect(await events()).toHaveLength(1);
  });

  test('an entry beyond the size of a log entry is refused, one byte less is not', async () => {
    const { record, events, cache } = ledger();
    await record(open, 'k1');
    const long = (length: number): TallyCommand => ({
      kind: 'count',
      by: [1],
      text: 'x'.repeat(length),
    });
    await record(long(1000), 'k2', 0);
    const { entryBytes } = await import('#kernel');
    const overhead = entryBytes((await events())[1]!).length - 1000;
    const full = 65_535 - overhead;
    await expect(record(long(full + 1), 'k3', 1)).rejects.toMatchObject(
      code('command/entry-too-large', { bytes: 65_536, bytesMax: 65_535 }),
    );
    expect((await cache.load(tally, stream)).revision).toBe(1);
    expect((await record(long(full), 'k4', 1)).revision).toBe(2);
  });
});

describe('the same command again', () => {
  test('gets the first receipt: in series, after later acts, and after the cache is lost', async () => {
    const { record, cache, events } = ledger();
    await record(open, 'k1');
    const first = await record(count(1, 2), 'k2', 0);
    const again = { ...first, repeated: true };
    expect(await record(count(1, 2), 'k2', 0)).toStrictEqual(again);
    await record(count(3), 'k3', 2);
    expect(await record(count(1, 2), 'k2', 0)).toStrictEqual(again);
    cache.forget(stream);
    expect(await record(count(1, 2), 'k2', 0)).toStrictEqual(again);
    expect(await record(count(1, 2), 'k2', 7)).toStrictEqual(again);
    expect(await events()).toHaveLength(4);
  });

  test('with another request it is refused, before If-Match and the rules are looked at', async () => {
    const { record, events } = ledger();
    await record(open, 'k1');
    await record(count(1), 'k2', 0);
    const reused = code('command/key-reused', { stream, revision: 1 });
    await expect(record(count(2), 'k2', 1)).rejects.toMatchObject(reused);
    await expect(record(count(2), 'k2', 0)).rejects.toMatchObject(reused);
    await expect(record(count(2), 'k2')).rejects.toMatchObject(reused);
    await expect(record(count(500), 'k2', 1)).rejects.toMatchObject(reused);
    expect(await events()).toHaveLength(2);
  });

  test('while it is carried out it is refused, and afterwards answered', async () => {
    const { record, store } = ledger();
    await record(open, 'k1');
    let during: Promise<unknown> | undefined;
    store.beforeNextAppend(async () => {
      during = record(count(1), 'k2', 0);
      await expect(during).rejects.toMatchObject(code('command/in-flight'));
    });
    const receipt = await record(count(1), 'k2', 0);
    expect(during).toBeDefined();
    expect(await record(count(1), 'k2', 0)).toStrictEqual({ ...receipt, repeated: true });
  });

  test('a refused command may be sent again and is decided anew', async () => {
    const { record } = ledger();
    await record(open, 'k1');
    await expect(record(count(1), 'k2', 5)).rejects.toMatchObject(code('command/stale'));
    await expect(record(count(1), 'k2', 0)).resolves.toMatchObject({ repeated: false });
  });
});

describe('If-Match', () => {
  test('is needed for an act on what exists', async () => {
    const { record, events } = ledger();
    await record(open, 'k1');
    await expect(record(count(1), 'k2')).rejects.toMatchObject(
      code('command/no-precondition', { revision: 0 }),
    );
    expect(await events()).toHaveLength(1);
  });

  test('a stale one is refused with the present revision, nothing is written', async () => {
    const { record, events } = ledger();
    await expect(record(open, 'k0', 0)).rejects.toMatchObject(
      code('command/absent', { expected: 0 }),
    );
    await record(open, 'k1');
    await record(count(1), 'k2', 0);
    for (const stale of [0, 2]) {
      await expect(record(count(1), 'k3', stale)).rejects.toMatchObject(
        code('command/stale', { expected: stale, revision: 1 }),
      );
    }
    expect(await events()).toHaveLength(2);
  });

  test('of 32 writers at once one wins, the others learn the new revision', async () => {
    const { record, events } = ledger();
    await record(open, 'k1');
    const writers = Array.from({ length: 32 }, (_, writer) => record(count(1), `w${writer}`, 0));
    const results = await Promise.allSettled(writers);
    const reasons = reasonsOf(results);
    expect(reasons).toHaveLength(31);
    for (const reason of reasons)
      expect(reason).toMatchObject(code('command/stale', { revision: 1 }));
    expect(await events()).toHaveLength(2);
    await expect(record(count(1), 'after', 1)).resolves.toMatchObject({ revision: 2 });
  });

  test('an act that loses to another process is stale, and never tried again silently', async () => {
    const { record, other, store, events } = ledger({ soleWriter: false });
    await record(open, 'k1');
    store.beforeNextAppend(async () => void (await other.record(count(5), 'theirs', 0)));
    await expect(record(count(1), 'ours', 0)).rejects.toMatchObject(
      code('command/stale', { expected: 0, revision: 1 }),
    );
    expect(await events()).toHaveLength(2);
  });
});

describe('a creation', () => {
  test('that loses the race looks again and is refused by its own rule', async () => {
    const { record, other, store, events } = ledger();
    store.beforeNextAppend(async () => void (await other.record(open, 'theirs')));
    await expect(record(open, 'ours')).rejects.toMatchObject(code('tally/open'));
    expect(store.appends.map(({ expected }) => expected)).toStrictEqual(['no-stream', 'no-stream']);
    expect(await events()).toHaveLength(1);
  });
});

describe('an append of unknown outcome', () => {
  test.each(['before', 'after'] as const)(
    'lost %s it took effect: ends exactly once',
    async (moment) => {
      const { record, store, events } = ledger();
      await record(open, 'k1');
      store.failAppend(moment);
      const receipt = await record(count(1, 2), 'k2', 0);
      const [, one, two] = store.appends;
      expect(two).toStrictEqual(one);
      const read = await events();
      expect(read).toHaveLength(3);
      expect(receipt).toMatchObject({
        revision: 2,
        digest: entryDigest(read[2]!),
        repeated: false,
      });
      await expect(record(count(1), 'k3', 2)).resolves.toMatchObject({ revision: 3 });
    },
  );

  test('lost acknowledgement, and somebody acted on top: the receipt is still of the first', async () => {
    const { record, other, store, events } = ledger({ soleWriter: false });
    await record(open, 'k1');
    store.failAppend('after');
    store.beforeNextAppend(async () => {
      store.beforeNextAppend(async () => void (await other.record(count(7), 'theirs', 1)));
    });
    const receipt = await record(count(1), 'ours', 0);
    const read = await events();
    expect(read.map(({ data }) => data)).toStrictEqual([{ limit: 100 }, { by: 1 }, { by: 7 }]);
    expect(receipt).toMatchObject({ revision: 1, eventId: read[1]!.id, repeated: false });
  });

  test('not written, and somebody acted in between: stale, nothing of ours is there', async () => {
    const { record, other, store, events } = ledger({ soleWriter: false });
    await record(open, 'k1');
    store.failAppend('before');
    store.beforeNextAppend(async () => {
      store.beforeNextAppend(async () => void (await other.record(count(7), 'theirs', 0)));
    });
    await expect(record(count(1), 'ours', 0)).rejects.toMatchObject(code('command/stale'));
    expect(await events()).toHaveLength(2);
  });

  test.each(['before', 'after'] as const)(
    'three times %s: said to be unknown, and settled later',
    async (moment) => {
      const { record, store, events } = ledger();
      await record(open, 'k1');
      store.failAppend(moment).failAppend(moment).failAppend(moment);
      await expect(record(count(1), 'k2', 0)).rejects.toMatchObject(code('store/outcome-unknown'));
      const receipt = await record(count(1), 'k2', 0);
      expect(receipt).toMatchObject({ revision: 1, repeated: moment === 'after' });
      expect(await events()).toHaveLength(2);
    },
  );

  test('followed by one that was certainly not written stays unknown', async () => {
    const { record, store, events } = ledger();
    await record(open, 'k1');
    store.failAppend('after').failAppend('before', 'absent').failAppend('before', 'absent');
    await expect(record(count(1), 'k2', 0)).rejects.toMatchObject(code('store/outcome-unknown'));
    expect(await events()).toHaveLength(2);
  });

  test('written, but not to be read back: unknown, because it was recorded', async () => {
    const { record, store, events } = ledger();
    await record(open, 'k1');
    store.failAppend('after').beforeNextAppend(async () => void store.failRead());
    await expect(record(count(1), 'k2', 0)).rejects.toMatchObject(code('store/outcome-unknown'));
    expect(await events()).toHaveLength(2);
  });
});

describe('a store that is away', () => {
  test('is reported as such when certainly nothing was written', async () => {
    const { record, recorder, store, events, cache } = ledger();
    await record(open, 'k1');
    store.failAppend('before', 'absent');
    await expect(record(count(1), 'k2', 0)).rejects.toMatchObject(code('store/unavailable'));
    cache.forget(stream);
    store.failRead();
    await expect(recorder.load(tally, stream)).rejects.toMatchObject(code('store/unavailable'));
    await expect(record(count(1), 'k2', 0)).resolves.toMatchObject({ revision: 1 });
    expect(await events()).toHaveLength(2);
  });
});

describe('the same command in two processes at once', () => {
  test('is recorded once, and both receipts are of what was recorded', async () => {
    const { record, other, store, events, clock } = ledger({ soleWriter: false });
    await record(open, 'k1');
    let theirs: unknown;
    store.beforeNextAppend(async () => {
      clock.advance(5000);
      theirs = await other.record(count(1), 'same', 0);
    });
    const ours = await record(count(1), 'same', 0);
    const read = await events();
    expect(read).toHaveLength(2);
    expect(theirs).toMatchObject({ digest: entryDigest(read[1]!), repeated: false });
    expect(ours).toStrictEqual({ ...(theirs as object), repeated: true });
    expect(read[1]!.metadata.software).toBe('spec/2');
  });

  test('with another request the later one is refused', async () => {
    const { record, other, store, events } = ledger({ soleWriter: false });
    await record(open, 'k1');
    store.beforeNextAppend(async () => void (await other.record(count(1), 'same', 0)));
    await expect(record(count(2), 'same', 0)).rejects.toMatchObject(code('command/key-reused'));
    expect((await events()).map(({ data }) => data)).toStrictEqual([{ limit: 100 }, { by: 1 }]);
  });
});
