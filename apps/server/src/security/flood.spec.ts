import { describe, expect, test } from '@jest/globals';
import { Flood } from './flood.ts';

describe('a flood of lines', () => {
  const limits = { burst: 2, refillMs: 1_000, keysMax: 2 };

  test('lets some pass at once, then one for each while, and says how many it left out', () => {
    const flood = new Flood(limits);
    const passed = [0, 0, 0, 500, 999, 1_000, 1_001, 2_500].map((at) => flood.pass('a', at));
    expect(passed).toStrictEqual([0, 0, null, null, null, 3, null, 1]);
  });

  test('counts each sender apart, and forgets the one unheard of for longest', () => {
    const flood = new Flood(limits);
    expect([flood.pass('a', 0), flood.pass('a', 0), flood.pass('a', 0)]).toStrictEqual([
      0,
      0,
      null,
    ]);
    expect(flood.pass('b', 0)).toBe(0);
    expect(flood.pass('a', 0)).toBeNull();
    expect(flood.pass('c', 0)).toBe(0);
    // b was forgotten, a was not.
    expect(flood.pass('a', 0)).toBeNull();
  });

  test('gives nothing for a clock that jumps back', () => {
    const flood = new Flood({ ...limits, burst: 1 });
    expect([flood.pass('a', 5_000), flood.pass('a', 0), flood.pass('a', 5_999)]).toStrictEqual([
      0,
      null,
      null,
    ]);
  });
});
