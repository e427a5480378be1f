import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, Refusal } from '#kernel';
import { expectationText } from './expectations.ts';
import { Field, ListField, Part, PartList } from './fields.ts';
import { acceptedBy } from './forms.ts';
import { problemAnswer } from './problem.ts';
import { RequestPipe } from './request.pipe.ts';
import { agencyId, dayText, decimalText, line } from './shapes.ts';

class Inner {
  @Field(decimalText) value: string;
  @Field(line(5), { nullable: true }) note: string | null = null;
}

class Outer {
  @Field(dayText) on: string;
  @ListField(agencyId, { countMin: 1, countMax: 2 }) agencies: string[];
  @Part(() => Inner) inner: Inner;
  @PartList(() => Inner, { countMax: 2 }) items: Inner[];
  @ListField(line(5), { countMax: 2, optional: true }) lines?: string[];
  @Field(line(5), { optional: true }) word?: string;
}

const pipe = new RequestPipe();
const read = (value: unknown) => pipe.transform(value, { type: 'body', metatype: Outer });

async function faults(value: unknown): Promise<unknown> {
  const error: unknown = await read(value).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Refusal);
  return (error as Refusal).facts['faults'];
}

const good = { on: '2026-09-30', agencies: ['son_la.so_tc'], inner: { value: '1.50' }, items: [] };

/** Mostly good values, so that good requests come about, among everything else that is JSON. */
const mostly = (...values: unknown[]) =>
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...values) }, fc.jsonValue());
const record = (members: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[]) =>
  fc.record(members, { requiredKeys, noNullPrototype: true });
const inner = fc.oneof(
  {
    weight: 20,
    arbitrary: record({ value: mostly('1.50', '-1'), note: mostly('x', null) }, ['value']),
  },
  fc.jsonValue(),
);
const items = fc.array(inner, { maxLength: 3 });
const some = record(
  {
    on: mostly('2026-09-30'),
    agencies: mostly(['son_la.so_tc'], ['a.b', 'a.c']),
    inner,
    items: fc.oneof({ weight: 20, arbitrary: items }, fc.jsonValue()),
    word: mostly('x', null),
    more: fc.jsonValue(),
  },
  ['on', 'agencies', 'inner', 'items'],
);
const requests = fc
  .tuple(some, fc.subarray(['more', 'word', 'on', 'inner'], { maxLength: 2 }))
  .map(([request, left]) =>
    Object.fromEntries(Object.entries(request).filter(([name]) => !left.includes(name))),
  );

describe('a request', () => {
  test('comes out plain, null where nothing was said, absent where that may be', async () => {
    const value = await read({ ...good, items: [{ value: '-1', note: 'x' }] });
    expect(canonicalJson(value)).toBe(
      canonicalJson({
        ...good,
        inner: { value: '1.50', note: null },
        items: [{ value: '-1', note: 'x' }],
      }),
    );
  });

  test('tells every fault at its place', async () => {
    expect(
      await faults({
        on: '2026-02-30',
        agencies: ['so_tc', 'son_la.so_tc'],
        inner: { value: 1.5, more: true },
        items: [{ value: '01' }, { value: '1', note: 'too long' }],
        word: null,
        recordedAt: 'now',
      }),
    ).toStrictEqual([
      { pointer: '/recordedAt', code: 'absent' },
      { pointer: '/on', code: 'day' },
      { pointer: '/agencies', code: 'agency' },
      { pointer: '/inner/more', code: 'absent' },
      { pointer: '/inner/value', code: 'decimal' },
      { pointer: '/items/0/value', code: 'decimal' },
      { pointer: '/items/1/note', code: 'line 5' },
      { pointer: '/word', code: 'line 5' },
    ]);
  });

  test('tells twenty faults, and how many more there are', async () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 23 }, (_, index) => [`m${index}`, index]),
    );
    const error: unknown = await read({ ...good, ...unknown }).catch((thrown: unknown) => thrown);
    const { faults: told, unlisted } = (error as Refusal).facts as {
      faults: unknown[];
      unlisted: number;
    };
    expect([told.length, unlisted]).toStrictEqual([20, 3]);
    expect(problemAnswer(error, 'en', 'x').problem.detail).toBe(
      '/m0: no such member. Further faults not listed: 3.',
    );
  });

  test('tells apart what cannot be seen, by the character and its place', async () => {
    expect(
      await faults({
        ...good,
        inner: { value: '1', note: 'a\u202eb' },
        lines: ['a', '\u200b'],
        word: '\u{e0041}',
        on: '2026-09-30\u200b',
      }),
    ).toStrictEqual([
      { pointer: '/on', code: 'day' },
      { pointer: '/inner/note', code: 'visible U+202E' },
      { pointer: '/lines/1', code: 'visible U+200B' },
      { pointer: '/word', code: 'visible U+E0041' },
    ]);
    expect(expectationText('visible U+202E', 'en')).toContain('U+202E');
  });

  test.each([
    [{ ...good, inner: [{ value: '1' }] }, '/inner', 'object'],
    [{ ...good, inner: 'x' }, '/inner', 'object'],
    [{ ...good, inner: null }, '/inner', 'object'],
    [{ ...good, items: { 0: { value: '1' } } }, '/items', 'list 2'],
    [{ ...good, items: ['x'] }, '/items', 'object'],
    [{ ...good, items: [null] }, '/items', 'object'],
    [{ ...good, items: [[]] }, '/items', 'object'],
    [{ ...good, items: [[{ value: '1' }]] }, '/items', 'object'],
    [{ ...good, agencies: [] }, '/agencies', 'filled-list 2'],
    [{ ...good, agencies: 'son_la.so_tc' }, '/agencies', 'filled-list 2'],
    [{ ...good, agencies: ['a.b', 'a.c', 'a.d'] }, '/agencies', 'filled-list 2'],
    [{ ...good, on: undefined }, '/on', 'day'],
    ['x', '', 'object'],
    [[good], '', 'object'],
    [null, '', 'object'],
    [undefined, '', 'object'],
  ])('%j is refused', async (value, pointer, code) => {
    const [first] = (await faults(value)) as { pointer: string; code: string }[];
    expect([first?.pointer.split('/').slice(0, 2).join('/'), first?.code]).toStrictEqual([
      pointer,
      code,
    ]);
  });

  test('is read in one pass as the library reads it, or left to the library', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (value) => {
        const metadata = { type: 'body', metatype: Outer } as const;
        const examined = await pipe.examine(value, metadata).catch(() => undefined);
        expect(acceptedBy(Outer, value)).toStrictEqual(examined);
      }),
      { numRuns: 5_000 },
    );
  });

  test('has words in two languages for what it expects', () => {
    expect(expectationText('line 5', 'vi')).toBe('một dòng văn bản không rỗng, tối đa 5 ký tự');
    expect(expectationText('line 5', 'en')).toContain('at most 5');
    expect(expectationText('strange', 'en')).toBe('strange');
  });
});
