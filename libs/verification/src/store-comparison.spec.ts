import { describe, expect, test } from '@jest/globals';
import { digestOf, entryBytes } from '#kernel';
import type { Entry } from '#kernel';
import { encodeBundle, textOf } from '#tlog';
import { fsck } from './fsck.ts';
import { FindingList } from './findings.ts';
import type { Finding } from './findings.ts';
import { SourceUnavailable } from './log-source.ts';
import { madeLog, MadeStory, MemoryLog, placesOf, policyFor } from './made-log.contract.ts';
import { without } from './made-log.contract.ts';
import { compareWithStore, reportWith } from './store-comparison.ts';

const size = 12;
const story = MadeStory.of(size);
const log = madeLog(story.entries);
const source = new MemoryLog(log.files);
const entries = story.entries.map((bytes) => JSON.parse(textOf(bytes) as string) as Entry);
const at = (index: number) => entries[index] as Entry;
const digestAt = (index: number) => digestOf(story.entries[index] as Uint8Array);
const placeOf = (index: number) => {
  const { stream, revision } = at(index);
  return { index, stream, revision };
};
/** What comes next on a stream, as the ledger would record it. */
const next = (stream: string, revision: number, data: unknown = { value: 'new' }): Entry => ({
  ...at(5),
  id: `new ${stream} ${revision}`,
  stream,
  revision,
  data,
});

async function* given(list: readonly Entry[]): AsyncGenerator<Entry> {
  yield* list;
}

async function found(
  stored: readonly Entry[],
  read = source,
): Promise<readonly Omit<Finding, 'severity' | 'say'>[]> {
  return placesOf(
    (await compareWithStore({ source: read, size, readStream: undefined, events: given(stored) }))
      .findings,
  );
}

describe('a store held against its log', () => {
  test('that says the same has no finding, whatever else it holds', async () => {
    const others = [
      { ...at(1), stream: '$settings' },
      { ...at(1), stream: 'log-head' },
    ];
    expect(
      await found([...others, ...entries.slice(0, 4), ...others, ...entries.slice(4)]),
    ).toEqual([]);
  });

  test('that has grown since the checkpoint is told of, no more', async () => {
    const more = [next('spec-1', 3), next('spec-9', 0), next('spec-1', 4)];
    const list = await compareWithStore({
      source,
      size,
      readStream: undefined,
      events: given([...entries, ...more]),
    });
    expect(placesOf(list.findings)).toEqual(
      more.map((event) => ({
        code: 'store/behind-head',
        stream: event.stream,
        revision: event.revision,
        found: digestOf(entryBytes(event)),
      })),
    );
    expect(list.verdict(true)).toBe('sound');
  });

  test('with an act less: the entry is named, and nothing behind it', async () => {
    expect(await found(entries.toSpliced(4, 1))).toEqual([
      { code: 'store/event-missing', ...placeOf(4), expected: digestAt(4) },
    ]);
  });

  test('with its tail cut off', async () => {
    expect(await found(entries.slice(0, 10))).toEqual(
      [10, 11].map((index) => ({
        code: 'store/event-missing',
        ...placeOf(index),
        expected: digestAt(index),
      })),
    );
  });

  test('with an act more, among those of the log', async () => {
    const extra = next('spec-7', 0);
    expect(await found(entries.toSpliced(4, 0, extra))).toEqual([
      {
        code: 'store/event-added',
        stream: 'spec-7',
        revision: 0,
        found: digestOf(entryBytes(extra)),
      },
    ]);
  });

  test.each([
    ['a second beginning', next('spec-1', 0)],
    ['a revision after a gap', next('spec-1', 7)],
    ['a revision that there is, said otherwise', next('spec-1', 1)],
  ])('with %s behind everything', async (_, extra) => {
    expect(await found([...entries, extra])).toEqual([
      {
        code: 'store/event-added',
        stream: extra.stream,
        revision: extra.revision,
        found: digestOf(entryBytes(extra)),
      },
    ]);
  });

  test('with one revision twice before its place', async () => {
    const twice = [next('spec-1', 0, { value: 'a' }), next('spec-1', 0, { value: 'b' })];
    const moved = entries.toSpliced(1, 1);
    const places = await found([...twice, ...moved]);
    expect(places).toMatchObject([
      { code: 'store/event-added', found: digestOf(entryBytes(next('spec-1', 0, { value: 'b' }))) },
      { code: 'store/event-altered', ...placeOf(1), expected: digestAt(1) },
      { code: 'store/event-moved', ...placeOf(0) },
    ]);
  });

  test('with another value in an act', async () => {
    const altered = { ...at(6), data: { value: '7' } };
    expect(await found(entries.with(6, altered))).toEqual([
      {
        code: 'store/event-altered',
        ...placeOf(6),
        expected: digestAt(6),
        found: digestOf(entryBytes(altered)),
      },
    ]);
  });

  test.each([
    ['swapped with its neighbour', entries.with(3, at(4)).with(4, at(3)), [4]],
    ['moved to the front', [at(8), ...entries.toSpliced(8, 1)], [8]],
    ['moved to the end', [...entries.toSpliced(2, 1), at(2)], [2]],
  ])('with an act %s', async (_, stored, moved) => {
    const places = await found(stored);
    expect(new Set(places.map(({ code }) => code))).toEqual(new Set(['store/event-moved']));
    expect(places.map(({ index }) => index)).toEqual(expect.arrayContaining(moved));
  });

  test('with something that can be no entry', async () => {
    const lone = { ...at(6), data: { value: '\ud800' } };
    expect(await found(entries.with(6, lone))).toEqual([
      { code: 'store/event-unusable', stream: at(6).stream, revision: at(6).revision },
      { code: 'store/event-missing', ...placeOf(6), expected: digestAt(6) },
    ]);
  });

  test('that is another one altogether', async () => {
    const others = entries.map((event) => ({ ...event, stream: `other-${event.stream}` }));
    const codes = (await found(others)).map(({ code }) => code);
    expect(codes.filter((code) => code === 'store/event-missing')).toHaveLength(size);
    expect(codes.filter((code) => code === 'store/behind-head').length).toBe(size);
  });
});

describe('a store that is another one', () => {
  const others = entries.map((event) => ({ ...event, stream: `other-${event.stream}` }));
  const codesWith = async (pendingMax: number, stored: readonly Entry[] = others) => {
    let takenCount = 0;
    async function* counted(): AsyncGenerator<Entry> {
      for (const event of stored) {
        takenCount += 1;
        yield event;
      }
    }
    const list = await compareWithStore({
      source,
      size,
      readStream: undefined,
      events: counted(),
      pendingMax,
    });
    return { takenCount, codes: list.counts(), verdict: list.verdict(true) };
  };

  test('is given up once too much waits for its other half', async () => {
    // With each place one event waits and one entry.
    for (const [pendingMax, taken] of [
      [11, 6],
      [12, 7],
    ] as const) {
      expect(await codesWith(pendingMax)).toEqual({
        takenCount: taken,
        codes: { 'store/event-added': taken, 'store/event-missing': taken },
        verdict: 'unsound',
      });
    }
    const whole = await codesWith(24);
    expect(whole.codes).toEqual({ 'store/behind-head': 12, 'store/event-missing': 12 });
  });

  test('is given up behind the head, too', async () => {
    const more = Array.from({ length: 9 }, (_, revision) => next('spec-9', revision));
    const { takenCount, codes } = await codesWith(4, [...entries, ...more]);
    expect(takenCount).toBeLessThan(size + more.length);
    expect(Object.keys(codes)).toEqual(['store/event-added']);
    expect((await codesWith(9, [...entries, ...more])).codes).toEqual({ 'store/behind-head': 9 });
  });
});

test('what a moved act left behind is still continued by what is new', async () => {
  const stored = entries.with(3, at(4)).with(4, at(3));
  const { stream, revision } = at(entries.findLastIndex((one) => one.stream === at(3).stream));
  const list = await compareWithStore({
    source,
    size,
    readStream: undefined,
    events: given([...stored, next(stream, revision + 1)]),
  });
  expect(list.counts()).toEqual({ 'store/behind-head': 1, 'store/event-moved': 1 });
});

test('an entry that cannot be read leaves its event uncompared', async () => {
  const spoilt = MadeStory.of(4).put('no entry').tell('spec-0');
  const read = new MemoryLog(madeLog(spoilt.entries).files);
  const events = spoilt.entries
    .toSpliced(4, 1)
    .map((bytes) => JSON.parse(textOf(bytes) as string) as Entry)
    .toSpliced(4, 0, next('spec-8', 0));
  const list = await compareWithStore({
    source: read,
    size: 6,
    readStream: undefined,
    events: given(events),
  });
  expect(list.counts()).toEqual({ 'store/event-uncompared': 1 });
});

describe('a log that cannot be read to its end', () => {
  const broken = (path: string) => {
    const files = new Map(log.files);
    files.delete(path);
    return new MemoryLog(files);
  };

  test('calls nothing in the store added', async () => {
    const [path] = [...log.files.keys()].filter((one) => one.startsWith('tile/entries/'));
    const places = await found(entries, broken(path as string));
    expect(places.map(({ code }) => code)).toEqual(entries.map(() => 'store/event-uncompared'));
    expect(places[0]).toEqual({
      code: 'store/event-uncompared',
      stream: at(0).stream,
      revision: 0,
      found: digestAt(0),
    });
  });

  test('says so', async () => {
    const away = new MemoryLog(log.files);
    away.read = () => Promise.reject(new SourceUnavailable('away', 'gone'));
    expect(await found(entries, away)).toEqual([{ code: 'log/unreachable', detail: 'gone' }]);
    away.read = () => Promise.reject(new RangeError('a bug'));
    await expect(found(entries, away)).rejects.toThrow('a bug');
  });
});

test('a store that breaks off keeps what was found, and calls nothing missing', async () => {
  async function* breaking(): AsyncGenerator<Entry> {
    yield* [next('spec-7', 0), ...entries.slice(0, 6)];
    throw new Error('the file is damaged');
  }
  const list = await compareWithStore({ source, size, readStream: undefined, events: breaking() });
  expect(placesOf(list.findings)).toEqual([
    { code: 'store/unreachable', detail: 'the file is damaged' },
  ]);
  expect(list.verdict(true)).toBe('unknown');
});

test('says how far it is', async () => {
  const seen: (readonly [number, number])[] = [];
  const onProgress = (done: number, of: number) => seen.push([done, of]);
  await compareWithStore({
    source,
    size,
    readStream: undefined,
    events: given(entries),
    onProgress,
  });
  expect(seen).toEqual(entries.map((_, index) => [index + 1, size]));
});

test('the events are let go of when the comparison ends', async () => {
  let isOver = false;
  async function* watched(): AsyncGenerator<Entry> {
    try {
      yield* entries;
    } finally {
      isOver = true;
    }
  }
  const away = new MemoryLog(log.files);
  away.read = () => Promise.reject(new SourceUnavailable('away', 'gone'));
  const events = watched();
  await events.next();
  await compareWithStore({ source: away, size, readStream: undefined, events });
  expect(isOver).toBe(true);
});

describe('one report of log and store', () => {
  const listOf = (...places: Parameters<FindingList['add']>[]) => {
    const list = new FindingList();
    for (const place of places) list.add(...place);
    return list;
  };
  const sound = () => fsck({ source, policy: policyFor() });

  test('has all findings, counted by code, and the bad entry with the lowest index', async () => {
    const both = reportWith(
      reportWith(await sound(), listOf(['store/event-missing', { index: 7 }])),
      listOf(['store/event-missing', { index: 3 }], ['store/event-moved', { index: 9 }]),
    );
    expect(both.counts).toEqual({ 'store/event-missing': 2, 'store/event-moved': 1 });
    expect(both.findings.map(({ index }) => index)).toEqual([7, 3, 9]);
    expect([both.verdict, both.firstBadEntry?.index]).toEqual(['unsound', 3]);
    expect(reportWith(both, listOf(['store/event-moved', { index: 5 }])).firstBadEntry?.index).toBe(
      3,
    );
  });

  test('is as bad as the worse of the two', async () => {
    const report = await sound();
    expect(report.verdict).toBe('sound');
    const unknown = reportWith(report, listOf(['store/unreachable']));
    expect(unknown.verdict).toBe('unknown');
    expect(reportWith(unknown, listOf()).verdict).toBe('unknown');
    expect(reportWith(unknown, listOf(['store/event-moved', { index: 1 }])).verdict).toBe(
      'unsound',
    );
    const unanchored = reportWith(await fsck({ source }), listOf(['store/behind-head']));
    expect(unanchored.verdict).toBe('sound-unanchored');
    expect(unanchored.firstBadEntry).toBeUndefined();
  });
});

describe('a log that says something else when it is read again', () => {
  const { root } = log;
  const altered = entries.with(4, { ...at(4), data: { value: 'other' } });
  /** What a server shows that first proves a log, and then tells it as the altered store has it. */
  const lie = new MemoryLog(
    new Map(log.files).set('tile/entries/000.p/12', encodeBundle(altered.map(entryBytes))),
  );
  const judged = (read: MemoryLog, events: readonly Entry[]) =>
    compareWithStore({ source: read, size, root, readStream: undefined, events: given(events) });

  test('says nothing of a store that agrees with what was proven', async () => {
    expect((await judged(source, entries)).counts()).toEqual({});
    expect((await judged(source, altered)).counts()).toEqual({ 'store/event-altered': 1 });
  });

  test('is found out, and neither accuses nor clears the store', async () => {
    for (const events of [altered, entries]) {
      const list = await judged(lie, events);
      expect(placesOf(list.findings)).toEqual([{ code: 'log/changed-while-read' }]);
    }
    const gone = new MemoryLog(without(log.files, 'tile/entries/000.p/12'));
    expect((await judged(gone, entries)).counts()).toEqual({ 'log/changed-while-read': 1 });
  });

  test('also where only the third reading differs, for the names of the entries', async () => {
    let count = 0;
    class Turning extends MemoryLog {
      override read(path: string): Promise<Uint8Array | undefined> {
        if (path.includes('entries')) count += 1;
        return count > 1 ? lie.read(path) : super.read(path);
      }
    }
    const hidden = at(4).stream;
    const list = await compareWithStore({
      source: new Turning(log.files),
      size,
      root,
      events: given(entries),
      readStream: (name) =>
        given((name === hidden ? altered : entries).filter(({ stream }) => stream === name)),
    });
    expect(placesOf(list.findings)).toEqual([{ code: 'log/changed-while-read' }]);
    expect(count).toBe(2);
  });
});

describe('an entry that is not the one of the tree', () => {
  const other = { ...at(4), data: { value: 'other' } };
  const withBundle = (events: readonly Entry[]) =>
    new MemoryLog(
      new Map(log.files).set('tile/entries/000.p/12', encodeBundle(events.map(entryBytes))),
    );
  const judged = async (read: MemoryLog, stored: readonly Entry[]) =>
    placesOf(
      (await compareWithStore({ source: read, size, readStream: undefined, events: given(stored) }))
        .findings,
    );

  test('accuses no store that has what the tree has', async () => {
    expect(await judged(withBundle(entries.with(4, other)), entries)).toEqual([]);
  });

  test('clears no store that has neither', async () => {
    const third = { ...at(4), data: { value: 'third' } };
    const { stream, revision } = at(4);
    expect(await judged(withBundle(entries.with(4, other)), entries.with(4, third))).toEqual([
      { code: 'store/event-uncompared', stream, revision, found: digestOf(entryBytes(third)) },
    ]);
  });

  test('leaves a store to itself that was altered alike: the log says it', async () => {
    const altered = entries.with(4, other);
    expect(await judged(withBundle(altered), altered)).toEqual([]);
    const report = await fsck({ source: withBundle(altered), policy: policyFor() });
    expect(report.firstBadEntry).toMatchObject({ code: 'log/entry-differs', index: 4 });
  });
});

test('a stream with an entry that could not be read is not judged by the others', async () => {
  const long = MadeStory.of(260);
  const events = long.entries.map((bytes) => JSON.parse(textOf(bytes) as string) as Entry);
  const list = await compareWithStore({
    source: new MemoryLog(without(madeLog(long.entries).files, 'tile/entries/000')),
    size: 260,
    events: given(events),
    readStream: (name) => given(events.filter(({ stream }) => stream === name)),
  });
  expect(list.counts()).toEqual({ 'store/event-uncompared': 256 });
});
