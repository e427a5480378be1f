import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import rfc8785 from '../../../test/vectors/kernel/rfc8785.json' with { type: 'json' };
import { canonicalBytes, canonicalJson, escapePointer, jsonText } from './canonical.ts';

function numberOf(bits: string): number {
  return Buffer.from(bits, 'hex').readDoubleBE();
}

describe('RFC 8785', () => {
  test.each(rfc8785.numbers)('appendix B: %s is %s', (bits, text) => {
    expect(canonicalJson(numberOf(String(bits)))).toBe(text);
  });

  test.each(rfc8785.refusedNumbers)('appendix B: %s is an error', (bits) => {
    expect(() => canonicalJson({ a: [numberOf(bits)] })).toThrow('not JSON at "/a/0"');
  });

  test('3.2.3: members are sorted by UTF-16 code units', () => {
    const text = canonicalJson(JSON.parse(rfc8785.sorting.input));
    expect(Object.values(JSON.parse(text) as object).toSorted()).toHaveLength(7);
    const places = rfc8785.sorting.order.map((value) => text.indexOf(`"${value}"`));
    expect(places).toStrictEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  test('3.2.2 and 3.2.4: the sample, byte by byte', () => {
    const bytes = canonicalBytes(JSON.parse(rfc8785.sample.input));
    expect(Buffer.from(bytes).toString('hex')).toBe(rfc8785.sample.hex);
  });

  test('3.2.2.2: which characters are escaped, and how', () => {
    const low = Array.from({ length: 0x23 }, (_, code) => String.fromCharCode(code)).join('');
    expect(canonicalJson(low)).toBe(
      '"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f' +
        '\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017' +
        '\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f !\\""',
    );
    expect(canonicalJson('/\\\u007f\u0080\u2028\u2029\ufeff€😀ắ')).toBe(
      '"/\\\\\u007f\u0080\u2028\u2029\ufeff€😀ắ"',
    );
    expect(canonicalJson('a\u0306\u0301')).toBe('"a\u0306\u0301"');
  });
});

describe('canonicalJson', () => {
  test('whatever JSON it is given comes back, in one form for any order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        const parsed: unknown = JSON.parse(text);
        expect(parsed).toEqual(JSON.parse(jsonText(value)));
        expect(canonicalJson(parsed)).toBe(text);
        expect(canonicalJson(reversed(parsed))).toBe(text);
      }),
    );
  });

  test('a member that is undefined is absent, one of an array is refused', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    expect(() => canonicalJson([undefined])).toThrow('not JSON at "/0"');
    expect(() => canonicalJson(new Array(1))).toThrow('not JSON at "/0"');
  });

  test('a member of any name is an ordinary member', () => {
    const text = '{"":0,"__proto__":{"a":1},"constructor":2,"toString":3}';
    expect(canonicalJson(JSON.parse(text))).toBe(text);
    expect(canonicalJson({ 10: 'a', 9: 'b', 1: 'c' })).toBe('{"1":"c","10":"a","9":"b"}');
  });

  test('what is not JSON is refused with the pointer to it', () => {
    const cycle: Record<string, unknown> = {};
    cycle['a'] = { 'b/~': cycle };
    const cases: [unknown, string][] = [
      [undefined, ''],
      [() => 1, ''],
      [Symbol('a'), ''],
      [1n, ''],
      [{ a: { b: [0, Number.NaN] } }, '/a/b/1'],
      [{ a: -Infinity }, '/a'],
      [{ at: new URL('x:y') }, '/at'],
      [{ 'a/b': { '~': '\ud800' } }, '/a~1b/~0'],
      [{ '\udc00': 1 }, '/\udc00'],
      [cycle, '/a/b~1~0'],
      [new Map(), ''],
      [Buffer.from('a'), ''],
    ];
    for (const [value, pointer] of cases) {
      expect(() => canonicalJson(value)).toThrow(TypeError);
      expect(() => canonicalJson(value)).toThrow(`not JSON at "${pointer}"`);
    }
  });

  test('what is nested deeper than it may be', () => {
    const threeLevels = [1, { a: 'x', b: [] }];
    expect(() => canonicalJson(threeLevels, 2)).toThrow('not JSON at "/1/b": more than 2 levels');
    expect(() => canonicalJson(threeLevels, 2)).toThrow(TypeError);
    expect(canonicalJson(threeLevels, 3)).toBe('[1,{"a":"x","b":[]}]');
    expect(canonicalJson('x', 0)).toBe('"x"');
    expect(() => canonicalJson({}, 0)).toThrow(TypeError);
  });

  test('the same object twice is no cycle, and an object without a prototype is an object', () => {
    const twice = { a: 1 };
    expect(canonicalJson([twice, twice])).toBe('[{"a":1},{"a":1}]');
    expect(canonicalJson(Object.assign(Object.create(null) as object, { a: 1 }))).toBe('{"a":1}');
  });
});

test('escapePointer: RFC 6901 section 3', () => {
  expect(escapePointer('a/b~c~1')).toBe('a~1b~0c~01');
});

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const turned = Object.entries(value)
    .reverse()
    .map(([name, member]) => [name, reversed(member)] as const);
  return Object.fromEntries(turned);
}
