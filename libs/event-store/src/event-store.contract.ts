import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { entryDigest } from '#kernel';
import { metadataAt } from '#testing';
import { VersionConflict } from './port.ts';
import type { Delivery, EventStore, NewEvent, Position, StoredEvent } from './port.ts';

export type EventStoreUnderTest = { readonly store: EventStore; stop(): Promise<void> };

/**
 * The promises of `port.ts`, one named case for each. A store that others write to may be used:
 * every case has streams of its own and looks at `$all` only after a position of its own. With
 * `skipped` nothing is started and the reason stands in the report.
 */
export function describeEventStoreContract(
  name: string,
  start: () => Promise<EventStoreUnderTest>,
  skipped?: string,
): void {
  if (skipped !== undefined) {
    describe.skip(`event store contract: ${name}`, () => test(skipped, () => undefined));
    return;
  }
  describe(`event store contract: ${name}`, () => {
    let underTest: EventStoreUnderTest;
    const open = () => underTest.store;
    beforeAll(async () => {
      underTest = await start();
    });
    afterAll(() => underTest.stop());
    describeAppends(open);
    describeRepetitions(open);
    describeReads(open);
    describeSubscriptions(open);
    describeSubscriptionEnds(open);
  });
}

function describeAppends(open: () => EventStore): void {
  test('append-order: events keep their order and get dense revisions from 0', async () => {
    const stream = newStream();
    const events = newEvents(stream, 5);
    expect(await open().append(stream, 'no-stream', events.slice(0, 2))).toMatchObject({
      lastRevision: 1,
    });
    expect(await open().append(stream, 1, events.slice(2))).toMatchObject({ lastRevision: 4 });
    const read = await all(open().readStream(stream));
    expect(read.map(({ revision }) => revision)).toStrictEqual([0, 1, 2, 3, 4]);
    expect(read.map(withoutPlace)).toStrictEqual(events);
    expect(read.every((event) => event.stream === stream)).toBe(true);
  });

  test('conflict: a stream that is elsewhere is named with its revision, nothing is written', async () => {
    const stream = newStream();
    await open().append(stream, 'no-stream', newEvents(stream, 3));
    for (const expected of ['no-stream', 0, 1, 3, 7] as const) {
      const late = open().append(stream, expected, newEvents(stream, 3));
      await expect(late).rejects.toMatchObject({
        name: 'VersionConflict',
        stream,
        expected,
        actualRevision: 2,
      });
    }
    expect(await all(open().readStream(stream))).toHaveLength(3);
  });

  test('conflict-absent: a revision expected of an absent stream conflicts with null', async () => {
    const stream = newStream();
    const early = open().append(stream, 0, newEvents(stream, 1));
    await expect(early).rejects.toMatchObject({ name: 'VersionConflict', actualRevision: null });
    expect(await all(open().readStream(stream))).toStrictEqual([]);
  });

  test('concurrent-appends: of 32 writers on one revision one wins', async () => {
    const stream = newStream();
    await open().append(stream, 'no-stream', newEvents(stream, 1));
    const proposals = Array.from({ length: 32 }, () => newEvents(stream, 2));
    const results = await Promise.allSettled(
      proposals.map((events) => open().append(stream, 0, events)),
    );
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    const losers = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(losers).toHaveLength(31);
    expect(losers.every(({ reason }) => reason instanceof VersionConflict)).toBe(true);
    const read = await all(open().readStream(stream, { fromRevision: 1 }));
    expect(read.map(withoutPlace)).toStrictEqual(proposals[winner]);
  });

  test('concurrent-creations: of 32 creators one wins', async () => {
    const stream = newStream();
    const results = await Promise.allSettled(
      Array.from({ length: 32 }, () => open().append(stream, 'no-stream', newEvents(stream, 1))),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await all(open().readStream(stream))).toHaveLength(1);
  });

  test('many-streams: 200 appends at once all arrive, each in its stream', async () => {
    const streams = Array.from({ length: 200 }, newStream);
    await Promise.all(
      streams.map((stream) => open().append(stream, 'no-stream', newEvents(stream, 2))),
    );
    for (const stream of streams.slice(0, 20)) {
      expect(await all(open().readStream(stream))).toHaveLength(2);
    }
  });

  test('unicode: names, keys and values come back as they went in, and so does the digest', async () => {
    const stream = newStream('hồ sơ Đề án 06/Quỹ 漢字 😀 ');
    const data = {
      'chỉ tiêu': 'Tỷ lệ chi NSNN cho KH&CN, %',
      '': [null, true, [], {}, 0, -5, 9007199254740991],
      'line\u2028break': '"\\/\b\f\n\r\t\u0000\u007f€😀',
      value: '1234567890.50',
      nested: { b: { a: '' } },
    };
    const [event] = newEvents(stream, 1, data);
    await open().append(stream, 'no-stream', [event!]);
    const [read] = await all(open().readStream(stream));
    expect(withoutPlace(read!)).toStrictEqual(event);
    expect(read!.stream).toBe(stream);
    expect(entryDigest(read!)).toBe(entryDigest({ ...event!, stream, revision: 0 }));
  });

  test('large: an entry of the largest size, and 300 events in one append', async () => {
    const stream = newStream();
    await open().append(stream, 'no-stream', newEvents(stream, 1, { text: 'ế'.repeat(21_000) }));
    await open().append(stream, 0, newEvents(stream, 300));
    const read = await all(open().readStream(stream));
    expect(read.map(({ revision }) => revision)).toStrictEqual([...Array(301).keys()]);
    expect((read[0]!.data as { text: string }).text).toHaveLength(21_000);
  });

  test('mistakes: what is our own mistake is a TypeError and writes nothing', async () => {
    const stream = newStream();
    const [event, other] = newEvents(stream, 2) as [NewEvent, NewEvent];
    const append = (...args: Parameters<EventStore['append']>) => open().append(...args);
    await expect(append(stream, 'no-stream', [])).rejects.toThrow(TypeError);
    await expect(append(`$${stream}`, 'no-stream', [event])).rejects.toThrow(TypeError);
    await expect(append('', 'no-stream', [event])).rejects.toThrow(TypeError);
    await expect(append(stream, -1, [event])).rejects.toThrow(TypeError);
    await expect(append(stream, 0.5, [event])).rejects.toThrow(TypeError);
    for (const wrong of [
      { ...event, id: 'not-a-uuid' },
      { ...event, type: '' },
      { ...event, data: undefined },
      { ...event, data: { at: new URL('x:y') } },
      { ...event, data: Number.NaN },
      { ...event, id: other.id },
    ]) {
      await expect(append(stream, 'no-stream', [other, wrong])).rejects.toThrow(TypeError);
    }
    expect(await all(open().readStream(stream))).toStrictEqual([]);
  });
}

function describeRepetitions(open: () => EventStore): void {
  test('repetition: the same ids at the same revision answer the same and write nothing', async () => {
    const stream = newStream();
    const first = newEvents(stream, 2);
    const second = newEvents(stream, 3);
    const created = await open().append(stream, 'no-stream', first);
    const extended = await open().append(stream, 1, second);
    expect(await open().append(stream, 'no-stream', first)).toStrictEqual(created);
    expect(await open().append(stream, 1, second)).toStrictEqual(extended);
    expect((await all(open().readStream(stream))).map(withoutPlace)).toStrictEqual([
      ...first,
      ...second,
    ]);
  });

  test('repetition-at-once: ten equal appends under way together write once', async () => {
    const stream = newStream();
    const events = newEvents(stream, 2);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => open().append(stream, 'no-stream', events)),
    );
    for (const answer of answers) expect(answer).toStrictEqual(answers[0]);
    expect(await all(open().readStream(stream))).toHaveLength(2);
  });

  test('repetition-else: other ids, other order or more events are a conflict', async () => {
    const stream = newStream();
    const events = newEvents(stream, 3) as [NewEvent, NewEvent, NewEvent];
    await open().append(stream, 'no-stream', events);
    for (const other of [
      newEvents(stream, 3),
      [events[1], events[0], events[2]],
      [...events, ...newEvents(stream, 1)],
    ]) {
      await expect(open().append(stream, 'no-stream', other)).rejects.toThrow(VersionConflict);
    }
    expect(await all(open().readStream(stream))).toHaveLength(3);
  });

  test('repetition-keeps-the-first: what was recorded is not replaced by what is sent again', async () => {
    const stream = newStream();
    const [event] = newEvents(stream, 1) as [NewEvent];
    await open().append(stream, 'no-stream', [event]);
    await open().append(stream, 'no-stream', [{ ...event, data: { text: 'later' } }]);
    expect((await all(open().readStream(stream))).map(withoutPlace)).toStrictEqual([event]);
  });
}

function describeReads(open: () => EventStore): void {
  test('read-part: from a revision on, at most so many, nothing beyond the end', async () => {
    const stream = newStream();
    await open().append(stream, 'no-stream', newEvents(stream, 6));
    const revisions = async (options: { fromRevision?: number; maxCount?: number }) =>
      (await all(open().readStream(stream, options))).map(({ revision }) => revision);
    expect(await revisions({ fromRevision: 4 })).toStrictEqual([4, 5]);
    expect(await revisions({ maxCount: 2 })).toStrictEqual([0, 1]);
    expect(await revisions({ fromRevision: 2, maxCount: 3 })).toStrictEqual([2, 3, 4]);
    expect(await revisions({ fromRevision: 6 })).toStrictEqual([]);
    expect(await revisions({ fromRevision: 100 })).toStrictEqual([]);
    expect(await revisions({ maxCount: 0 })).toStrictEqual([]);
    expect(await all(open().readStream(newStream()))).toStrictEqual([]);
  });

  test('early-break: a reader may leave, and the store still answers', async () => {
    const stream = newStream();
    await open().append(stream, 'no-stream', newEvents(stream, 300));
    for (let round = 0; round < 5; round += 1) {
      for await (const event of open().readStream(stream)) {
        if (event.revision === 3) break;
      }
    }
    expect(await all(open().readStream(stream, { maxCount: 1 }))).toHaveLength(1);
  });

  test('positions: one order for all streams, of fixed width, the one that append answered', async () => {
    const [one, two] = [newStream(), newStream()];
    const after = await mark(open());
    const appended = [
      await open().append(one, 'no-stream', newEvents(one, 1)),
      await open().append(two, 'no-stream', newEvents(two, 3)),
      await open().append(one, 0, newEvents(one, 1)),
    ];
    const read = (await all(open().readAll({ after }))).filter(({ stream }) =>
      [one, two].includes(stream),
    );
    expect(read.map(({ stream, revision }) => [stream, revision])).toStrictEqual([
      [one, 0],
      [two, 0],
      [two, 1],
      [two, 2],
      [one, 1],
    ]);
    const positions = read.map(({ position }) => position);
    expect(positions).toStrictEqual([...new Set(positions)].sort());
    expect(new Set(positions.map(({ length }) => length)).size).toBe(1);
    expect(positions.every((position) => position > after)).toBe(true);
    expect(appended.map(({ position }) => position)).toStrictEqual([
      positions[0],
      positions[3],
      positions[4],
    ]);
    expect(await all(open().readStream(two))).toStrictEqual(read.slice(1, 4));
  });

  test('read-all-after: exclusive, counted, and never a stream of the store itself', async () => {
    const stream = newStream();
    const after = await mark(open());
    await open().append(stream, 'no-stream', newEvents(stream, 4));
    const read = (await all(open().readAll({ after }))).filter((event) => event.stream === stream);
    expect(read).toHaveLength(4);
    const rest = await all(open().readAll({ after: read[1]!.position }));
    expect(rest.filter((event) => event.stream === stream)).toStrictEqual(read.slice(2));
    expect(await all(open().readAll({ after: read[0]!.position, maxCount: 2 }))).toHaveLength(2);
    const first = await all(open().readAll({ maxCount: 50 }));
    expect(first.length).toBeGreaterThan(0);
    expect(first.filter((event) => event.stream.startsWith('$'))).toStrictEqual([]);
  });

  test('ping: answers', async () => {
    await expect(open().ping()).resolves.toBeUndefined();
  });
}

function describeSubscriptions(open: () => EventStore): void {
  test('catch-up-then-live: what was there, caught up, what comes, each once and in order', async () => {
    const stream = newStream();
    const after = await mark(open());
    await open().append(stream, 'no-stream', newEvents(stream, 3));
    const seen: number[] = [];
    let writing: Promise<unknown> | undefined;
    for await (const delivery of subscribed(open(), { after })) {
      if (delivery.kind === 'event' && delivery.event.stream === stream) {
        seen.push(delivery.event.revision);
        if (seen.length === 6) break;
      }
      if (delivery.kind === 'caught-up' && writing === undefined) {
        expect(seen).toStrictEqual([0, 1, 2]);
        writing = open().append(stream, 2, newEvents(stream, 3));
      }
    }
    await writing;
    expect(seen).toStrictEqual([0, 1, 2, 3, 4, 5]);
  });

  test('same-as-read: a delivered event is the event that a read gives', async () => {
    const stream = newStream();
    const after = await mark(open());
    await open().append(stream, 'no-stream', newEvents(stream, 3));
    const delivered = await eventsUntil(open(), { after }, stream, 3);
    expect(delivered).toStrictEqual(await all(open().readStream(stream)));
  });

  test('resume: from any position that was delivered, exactly what follows', async () => {
    const stream = newStream();
    const after = await mark(open());
    await open().append(stream, 'no-stream', newEvents(stream, 4));
    const delivered = await eventsUntil(open(), { after }, stream, 4);
    for (const [index, { position }] of delivered.slice(0, 3).entries()) {
      const rest = await eventsUntil(open(), { after: position }, stream, 3 - index);
      expect(rest).toStrictEqual(delivered.slice(index + 1));
    }
  });

  test('filter: excluded prefixes are literal text, others come, and the passed-over is certified', async () => {
    const tag = randomUUID();
    const names = [`a.b-${tag}`, `axb-${tag}`, `(c|d)$-${tag}`, `c-${tag}`, `$z`.slice(1) + tag];
    const after = await mark(open());
    for (const name of names) await open().append(name, 'no-stream', newEvents(name, 1));
    const filter = { excludeStreamPrefixes: ['a.b-', '(c|d)$-', 'zz'] };
    const last = names.at(-1)!;
    const seen: string[] = [];
    for await (const delivery of subscribed(open(), { after, filter })) {
      if (delivery.kind !== 'event' || !delivery.event.stream.includes(tag)) continue;
      seen.push(delivery.event.stream);
      if (delivery.event.stream === last) break;
    }
    expect(seen).toStrictEqual([names[1], names[3], last]);
  });

  test('checkpoint: says that all up to it was considered, and one can start again from it', async () => {
    const quiet = newStream('quiet-');
    const after = await mark(open());
    let expected: number | 'no-stream' = 'no-stream';
    for (let round = 0; round < 3; round += 1) {
      expected = (await open().append(quiet, expected, newEvents(quiet, 60))).lastRevision;
    }
    const passedOver = await all(open().readStream(quiet));
    const filter = { excludeStreamPrefixes: [quiet] };
    let checkpoint: Position | undefined;
    for await (const delivery of subscribed(open(), { after, filter })) {
      if (delivery.kind === 'event') expect(delivery.event.stream).not.toBe(quiet);
      if (delivery.kind === 'checkpoint') {
        expect(delivery.position > (checkpoint ?? after)).toBe(true);
        checkpoint = delivery.position;
      }
      if (delivery.kind === 'caught-up') break;
    }
    // A third of the way is enough to spare a restart from reading all of it again.
    expect(checkpoint! > passedOver[60]!.position).toBe(true);
    const loud = newStream();
    await open().append(loud, 'no-stream', newEvents(loud, 2));
    expect(await eventsUntil(open(), { after: checkpoint!, filter }, loud, 2)).toHaveLength(2);
  });

  test('checkpoint-order: never ahead of an event that was not delivered yet', async () => {
    const [loud, quiet] = [newStream(), newStream('quiet-')];
    const after = await mark(open());
    for (let round = 0; round < 6; round += 1) {
      await open().append(loud, round === 0 ? 'no-stream' : round - 1, newEvents(loud, 1));
      await open().append(quiet, round === 0 ? 'no-stream' : round * 40 - 1, newEvents(quiet, 40));
    }
    let last = after;
    let events = 0;
    for await (const delivery of subscribed(open(), {
      after,
      filter: { excludeStreamPrefixes: [quiet] },
    })) {
      if (delivery.kind === 'caught-up') break;
      const position = delivery.kind === 'event' ? delivery.event.position : delivery.position;
      expect(position >= last).toBe(true);
      if (delivery.kind === 'event' && delivery.event.stream === loud) events += 1;
      last = position;
    }
    expect(events).toBe(6);
  });

  test('slow-consumer: a thousand events come while it holds the first, none is lost', async () => {
    const stream = newStream();
    const after = await mark(open());
    const text = 'x'.repeat(2000);
    await open().append(stream, 'no-stream', newEvents(stream, 100, { text }));
    const seen: number[] = [];
    for await (const delivery of subscribed(open(), { after })) {
      if (delivery.kind !== 'event' || delivery.event.stream !== stream) continue;
      if (seen.length === 0) {
        for (let end = 99; end < 999; end += 100) {
          await open().append(stream, end, newEvents(stream, 100, { text }));
        }
      }
      seen.push(delivery.event.revision);
      if (seen.length === 1000) break;
    }
    expect(seen).toStrictEqual([...Array(1000).keys()]);
  });

  test('many-subscribers: each sees everything, whatever the others do', async () => {
    const stream = newStream();
    const after = await mark(open());
    const watching = Array.from({ length: 4 }, () => eventsUntil(open(), { after }, stream, 20));
    await open().append(stream, 'no-stream', newEvents(stream, 10));
    await open().append(stream, 9, newEvents(stream, 10));
    for (const seen of await Promise.all(watching)) expect(seen).toHaveLength(20);
  });
}

function describeSubscriptionEnds(open: () => EventStore): void {
  test('abort-waiting: a subscription that waits for the next event ends quietly', async () => {
    const abort = new AbortController();
    const after = await mark(open());
    const kinds: string[] = [];
    for await (const { kind } of open().subscribeToAll({ after, signal: abort.signal })) {
      kinds.push(kind);
      if (kind === 'caught-up') queueMicrotask(() => abort.abort());
    }
    expect(kinds).toContain('caught-up');
  });

  test('abort-holding: nothing more is delivered after the signal', async () => {
    const stream = newStream();
    const after = await mark(open());
    await open().append(stream, 'no-stream', newEvents(stream, 50));
    const abort = new AbortController();
    let events = 0;
    for await (const delivery of open().subscribeToAll({ after, signal: abort.signal })) {
      if (delivery.kind !== 'event') continue;
      events += 1;
      abort.abort();
    }
    expect(events).toBe(1);
  });

  test('abort-before: a signal given before the start delivers nothing', async () => {
    const deliveries = await all(open().subscribeToAll({ signal: AbortSignal.abort() }));
    expect(deliveries).toStrictEqual([]);
  });

  test('consumer-throws: its own error comes out, and the store still answers', async () => {
    const stream = newStream();
    const after = await mark(open());
    await open().append(stream, 'no-stream', newEvents(stream, 2));
    const consume = async () => {
      for await (const delivery of subscribed(open(), { after })) {
        if (delivery.kind === 'event') throw new RangeError('of the consumer');
      }
    };
    await expect(consume()).rejects.toThrow(RangeError);
    expect(await all(open().readStream(stream))).toHaveLength(2);
  });
}

type From = {
  readonly after: Position;
  readonly filter?: { excludeStreamPrefixes: readonly string[] };
};

function subscribed(store: EventStore, from: From): AsyncIterable<Delivery> {
  return store.subscribeToAll({ ...from, signal: new AbortController().signal });
}

async function eventsUntil(
  store: EventStore,
  from: From,
  stream: string,
  count: number,
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const delivery of subscribed(store, from)) {
    if (delivery.kind === 'event' && delivery.event.stream === stream) events.push(delivery.event);
    if (events.length === count) break;
  }
  return events;
}

/** A position before everything that the case writes. */
async function mark(store: EventStore): Promise<Position> {
  const stream = newStream('mark-');
  return (await store.append(stream, 'no-stream', newEvents(stream, 1))).position;
}

function newStream(prefix: unknown = 'toy-'): string {
  return `${typeof prefix === 'string' ? prefix : 'toy-'}${randomUUID()}`;
}

function newEvents(stream: string, count: number, data: unknown = { text: 'Đã ghi' }): NewEvent[] {
  return Array.from({ length: count }, (_, revision) => ({
    id: randomUUID(),
    type: 'toy.written.v1',
    data,
    metadata: metadataAt({ stream, revision }),
  }));
}

function withoutPlace({ id, type, data, metadata }: StoredEvent): NewEvent {
  return { id, type, data, metadata };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
