import { describe, expect, test } from '@jest/globals';
import { entryDigest } from '#kernel';
import { storedEvent } from '#testing';
import { recorded, upcasting } from './upcast.ts';
import type { Upcaster } from './upcast.ts';

const event = storedEvent(
  { type: 'toy.made.v1', data: { a: 1 } },
  { stream: 'toy-1', revision: 2 },
);
const step = (from: string, to: string): Upcaster => ({
  from,
  to,
  upcast: (data) => ({ ...(data as object), [to]: true }),
});

describe('upcasting', () => {
  test('goes from version to version until none fits', () => {
    const upcast = upcasting([
      step('toy.made.v2', 'toy.made.v3'),
      step('toy.made.v1', 'toy.made.v2'),
    ]);
    expect(upcast(event)).toStrictEqual({
      ...event,
      type: 'toy.made.v3',
      data: { a: 1, 'toy.made.v2': true, 'toy.made.v3': true },
    });
    expect(event).toMatchObject({ type: 'toy.made.v1', data: { a: 1 } });
  });

  test('leaves alone what has no upcaster', () => {
    expect(upcasting([step('toy.other.v1', 'toy.other.v2')])(event)).toBe(event);
  });

  test('refuses two for one type, and a circle', () => {
    expect(() => upcasting([step('a', 'b'), step('a', 'c')])).toThrow('two upcasters');
    const circle = upcasting([step('toy.made.v1', 'b'), step('b', 'toy.made.v1')]);
    expect(() => circle(event)).toThrow('in a circle');
  });

  test('the digest is of what was recorded, never of its successor', () => {
    const seen = recorded(event, upcasting([step('toy.made.v1', 'toy.made.v2')]));
    expect(seen.type).toBe('toy.made.v2');
    expect(seen.digest).toBe(entryDigest(event));
    expect(seen).not.toHaveProperty('position');
  });
});
