import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { logPosition, nameFilter, positionOf } from './eventstoredb-wire.ts';
import type { Position } from './port.ts';

const halves = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const places = fc.record({ commit: halves, prepare: halves }, { noNullPrototype: true });

describe('positions', () => {
  test('go there and back, and compare as text as they do in the log', () => {
    fc.assert(
      fc.property(places, places, (one, other) => {
        expect(logPosition(positionOf(one))).toStrictEqual(one);
        const isBefore =
          one.commit === other.commit ? one.prepare < other.prepare : one.commit < other.commit;
        expect(positionOf(one) < positionOf(other)).toBe(isBefore);
        expect(positionOf(one)).toHaveLength(41);
      }),
    );
  });

  test('one of another kind of store is refused', () => {
    for (const foreign of ['00000000000000000001', '', '1.', 'a.b', '-1.0']) {
      expect(() => logPosition(foreign as Position)).toThrow(TypeError);
    }
  });
});

describe('the name filter', () => {
  test('lets pass what starts with none of the prefixes, taken as literal text', () => {
    const prefixes = ['log-', 'a.b', '(x|y)', 'đề án', '^', '[z]', 'p\\d', ''];
    const passes = (name: string) => new RegExp(nameFilter(prefixes)).test(name);
    for (const name of ['figure-1', 'alog-', 'aXb', 'x', 'y', 'z', 'p7', 'đề', 'a$', '']) {
      expect([name, passes(name)]).toStrictEqual([name, true]);
    }
    const excluded = ['$all', '$$x', ...prefixes.filter((prefix) => prefix !== '')];
    for (const name of excluded) {
      expect([name, passes(name), passes(`${name}1`)]).toStrictEqual([name, false, false]);
    }
  });

  test('without prefixes it is the streams of the store itself that do not pass', () => {
    expect(nameFilter([])).toBe('^(?!\\$)');
  });
});
