import { describe, expect, test } from '@jest/globals';
import {
  describedStreamOf,
  firstReadable,
  isReadable,
  isSoftDeleted,
  limitsIn,
  noLimits,
  softDeletedBefore,
} from './stream-state.ts';
import type { StreamLimits, StreamState } from './stream-state.ts';

function state(lastRevision: number, limits: Partial<StreamLimits> = {}): StreamState {
  const name = 'figure-1';
  return { id: 1, name, lastRevision, tombstoned: false, limits: { ...noLimits, ...limits } };
}

describe('limitsIn', () => {
  const read = (json: string): StreamLimits => limitsIn(Buffer.from(json));

  test('reads what the client writes; ages are seconds on the wire', () => {
    expect(read('{"$maxCount":3,"$maxAge":2,"$tb":7,"own":"kept"}')).toEqual({
      truncateBefore: 7,
      maxCount: 3,
      maxAgeMs: 2000,
    });
  });

  test('2^63-1 means deleted', () => {
    expect(read('{"$tb":9223372036854775807}').truncateBefore).toBe(softDeletedBefore);
  });

  test.each(['', 'no json', 'null', '"text"', '{"$tb":"7","$maxCount":-1}'])(
    'limits nothing when it says %j',
    (json) => {
      expect(read(json)).toEqual(noLimits);
    },
  );
});

describe('what a reader may see', () => {
  test('the stricter of $tb and $maxCount holds', () => {
    expect(firstReadable(state(9))).toBe(0);
    expect(firstReadable(state(9, { truncateBefore: 4 }))).toBe(4);
    expect(firstReadable(state(9, { maxCount: 3 }))).toBe(7);
    expect(firstReadable(state(9, { truncateBefore: 4, maxCount: 3 }))).toBe(7);
    expect(firstReadable(state(9, { maxCount: 100 }))).toBe(0);
  });

  test('nothing of a stream that is empty or softly deleted', () => {
    expect(isReadable(state(0))).toBe(true);
    expect(isReadable(state(-1))).toBe(false);
    const gone = state(5, { truncateBefore: softDeletedBefore });
    expect(isSoftDeleted(gone)).toBe(true);
    expect(isReadable(gone)).toBe(false);
  });

  test('metadata streams are known by their name', () => {
    expect(describedStreamOf('$$figure-1')).toBe('figure-1');
    expect(describedStreamOf('$settings')).toBeUndefined();
    expect(describedStreamOf('$$')).toBeUndefined();
  });
});
