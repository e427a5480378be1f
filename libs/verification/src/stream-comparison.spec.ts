import { describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import type { Entry } from '#kernel';
import { textOf } from '#tlog';
import { MadeStory, madeLog, MemoryLog, placesOf } from './made-log.contract.ts';
import { compareWithStore } from './store-comparison.ts';

/** A store whose whole agrees with the log, and whose streams are read by another way. */
const size = 12;
const story = MadeStory.of(size);
const entries = story.entries.map((bytes) => JSON.parse(textOf(bytes) as string) as Entry);
const source = new MemoryLog(madeLog(story.entries).files);
const stream = 'spec-1';
/** Leaf indexes of the entries of the stream, by revision. */
const places = entries.flatMap((entry, index) => (entry.stream === stream ? [index] : []));

async function* given(list: readonly Entry[]): AsyncGenerator<Entry> {
  yield* list;
}

const ofStream = (name: string) => entries.filter((entry) => entry.stream === name);

/** What is found when `stream` alone is read as `told`, all others as they are. */
async function found(told: (own: readonly Entry[]) => AsyncIterable<Entry>, all = entries) {
  const list = await compareWithStore({
    source,
    size,
    events: given(all),
    readStream: (name) => (name === stream ? told(ofStream(name)) : given(ofStream(name))),
  });
  return placesOf(list.findings);
}

const digestAt = (index: number) => digestOf(story.entries[index] as Uint8Array);
const differs = (index: number, more: object = {}) => ({
  code: 'store/stream-differs',
  index,
  stream,
  revision: (entries[index] as Entry).revision,
  expected: digestAt(index),
  ...more,
});

test('the stream has a few entries, or nothing is tried here', () => {
  expect(places.length).toBeGreaterThan(2);
});

describe('a stream read by itself', () => {
  const [first, second, last] = [places[0], places[1], places.at(-1)] as [number, number, number];

  test('is what the log has of it', async () => {
    expect(await found(given)).toStrictEqual([]);
  });

  test('may have grown since the checkpoint', async () => {
    const own = ofStream(stream);
    const next = { ...(own.at(-1) as Entry), id: 'new', revision: own.length };
    expect(await found((told) => given([...told, next]))).toStrictEqual([]);
  });

  test('hides an act: the entry is named', async () => {
    expect(await found((own) => given(own.toSpliced(1, 1)))).toStrictEqual([differs(second)]);
  });

  test('ends too early', async () => {
    expect(await found((own) => given(own.slice(0, -1)))).toStrictEqual([differs(last)]);
  });

  test('is not there', async () => {
    expect(await found(() => given([]))).toStrictEqual(places.map((index) => differs(index)));
  });

  test('begins with something else', async () => {
    const other = { ...(entries[first] as Entry), data: { value: 'other' } };
    const [one] = (await found((own) => given(own.with(0, other)))) as [object];
    expect(one).toMatchObject(differs(first));
    expect(Reflect.get(one, 'found')).not.toBe(digestAt(first));
  });

  test('holds what has no canonical form', async () => {
    const other = { ...(entries[first] as Entry), data: { value: '\ud800' } };
    expect(await found((own) => given(own.with(0, other)))).toStrictEqual([
      differs(first, { found: digestOf(new Uint8Array(0)) }),
    ]);
  });

  test('has every act, in another order or one of them twice: the stream is named', async () => {
    const whole = [{ code: 'store/stream-differs', stream }];
    expect(await found((own) => given(own.toReversed()))).toStrictEqual(whole);
    expect(await found((own) => given([own[0] as Entry, ...own]))).toStrictEqual(whole);
    expect(await found((own) => given([...own, own[0] as Entry]))).toStrictEqual(whole);
  });

  test('cannot be read: nobody can tell', async () => {
    const failing = async function* (): AsyncGenerator<Entry> {
      yield entries[first] as Entry;
      throw new Error('the index is damaged');
    };
    expect(await found(failing)).toStrictEqual([
      { code: 'store/unreachable', stream, detail: 'the index is damaged' },
    ]);
  });

  test('of a store that breaks off: what was found stands, the rest is not missing', async () => {
    const failing = async function* (list: readonly Entry[]): AsyncGenerator<Entry> {
      yield* list;
      throw new Error('the file is damaged');
    };
    const other = { ...(entries[2] as Entry), data: { value: 'other' } };
    const list = await compareWithStore({
      source,
      size,
      events: failing(entries.with(2, other).slice(0, 6)),
      readStream: () => failing([]),
    });
    expect(list.findings.map(({ code, index }) => [code, index])).toStrictEqual([
      ['store/event-altered', 2],
      ['store/unreachable', undefined],
    ]);
  });

  test('is not asked for where the whole differs already', async () => {
    const codes = (await found(() => given([]), entries.slice(1))) as { readonly code: string }[];
    expect(codes.map(({ code }) => code)).toStrictEqual(['store/event-missing']);
  });
});
