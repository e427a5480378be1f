import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '#kernel';
import { changesBetween } from './difference.ts';

describe('the difference of two values', () => {
  test('names every place by its pointer, as deep as the shapes agree', () => {
    const before = { status: 'submitted', values: [{ value: '1.5' }, { value: '2' }], 'a/b': 1 };
    const after = { status: 'endorsed', values: [{ value: '1.50' }], 'a/b': 1, note: null };
    expect(changesBetween(before, after)).toStrictEqual([
      { pointer: '/note', after: null },
      { pointer: '/status', before: 'submitted', after: 'endorsed' },
      { pointer: '/values/0/value', before: '1.5', after: '1.50' },
      { pointer: '/values/1', before: { value: '2' } },
    ]);
    expect(changesBetween({ 'a/b': 1 }, { 'a/b': 2 })[0]?.pointer).toBe('/a~1b');
    expect(changesBetween(undefined, { a: 1 })).toStrictEqual([{ pointer: '', after: { a: 1 } }]);
    expect(changesBetween({ a: [] }, { a: {} })).toStrictEqual([
      { pointer: '/a', before: [], after: {} },
    ]);
  });

  test('is empty exactly for equal values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(changesBetween(left, structuredClone(left))).toStrictEqual([]);
        const isSame = canonicalJson(left) === canonicalJson(right);
        expect(changesBetween(left, right).length === 0).toBe(isSame);
      }),
    );
  });
});

test('names that every object inherits are ordinary members', () => {
  expect(changesBetween({ toString: 1 }, {})).toEqual([{ pointer: '/toString', before: 1 }]);
  expect(changesBetween({}, { valueOf: 2 })).toEqual([{ pointer: '/valueOf', after: 2 }]);
});
