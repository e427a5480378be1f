import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonText, Refusal } from '#kernel';
import { depthMax, itemsMax, membersMax, readJson, valuesMax } from './json-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function refusedFor(content: string | Uint8Array): Refusal {
  try {
    readJson(typeof content === 'string' ? bytes(content) : content);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error(`accepted: ${String(content)}`);
}

function refusalOf(content: string | Uint8Array): readonly [string, string | undefined] {
  const { code, facts } = refusedFor(content);
  return [code, facts.pointer];
}

describe('a JSON body', () => {
  test.each([
    ['', 0],
    ['{"đợt": 1,}', 13],
    ['\ufeff{}', 0],
    [Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 2],
  ])('that is none is told the byte where it stops: %j', (content, offset) => {
    expect(refusedFor(content).facts).toStrictEqual({ offset });
  });

  test.each<readonly [string, string, string | undefined]>([
    ['', 'request/malformed-json', undefined],
    ['{', 'request/malformed-json', undefined],
    ['{"a":1,}', 'request/malformed-json', undefined],
    ['\ufeff{}', 'request/malformed-json', undefined],
    ['{"a":1,"a":1}', 'request/duplicate-key', '/a'],
    ['{"a":1,"\\u0061":2}', 'request/duplicate-key', '/a'],
    ['[{"x":{}},{"b~/":[{"c":1,"d":2,"c":3}]}]', 'request/duplicate-key', '/1/b~0~1/0/c'],
    ['{"a":{"__proto__":{}}}', 'request/forbidden-key', '/a/__proto__'],
    ['{"constructor":1}', 'request/forbidden-key', '/constructor'],
    ['{"a":[{"toString":1}]}', 'request/forbidden-key', '/a/0/toString'],
    ['{"valueOf":null}', 'request/forbidden-key', '/valueOf'],
    ['{"hasOwnProperty":1}', 'request/forbidden-key', '/hasOwnProperty'],
    ['{"value":1.5}', 'request/not-an-integer', '/value'],
    ['{"values":[1,1e3]}', 'request/not-an-integer', '/values/1'],
    ['[-0]', 'request/not-an-integer', '/0'],
    ['[9007199254740992]', 'request/not-an-integer', '/0'],
    ['{"note":"Tie\u0302\u0301ng"}', 'request/not-nfc', '/note'],
    ['["\\ud800"]', 'request/not-nfc', '/0'],
    ['{"e\u0301":1}', 'request/not-nfc', '/e\u0301'],
  ])('%s is refused as %s', (text, code, pointer) => {
    expect(refusalOf(text)).toStrictEqual([code, pointer]);
  });

  test('is UTF-8', () => {
    expect(refusalOf(new Uint8Array([0x22, 0xff, 0x22]))[0]).toBe('request/malformed-json');
  });

  test('may be nested so deep and no deeper, however long it is', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(readJson(bytes(nested(depthMax)))).toHaveLength(1);
    expect(refusalOf(nested(depthMax + 1))[0]).toBe('request/too-deep');
    expect(refusalOf(nested(5_000))[0]).toBe('request/too-deep');
  });

  test('has so many members, items and values and no more', () => {
    const members = (count: number) =>
      jsonText(Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 1])));
    const items = (count: number) => `{"a":[0,{"b":[${'1,'.repeat(count - 1)}1]}]}`;
    expect(readJson(bytes(members(membersMax)))).toHaveProperty(`m${membersMax - 1}`);
    expect(refusalOf(members(membersMax + 1))).toStrictEqual(['request/too-many-values', '']);
    expect(readJson(bytes(items(itemsMax)))).toHaveProperty('a');
    expect(refusalOf(items(itemsMax + 1))).toStrictEqual(['request/too-many-values', '/a/1/b']);
    const lists = (count: number) =>
      `[${Array(count)
        .fill(`[${'1,'.repeat(999)}1]`)
        .join()}]`;
    expect(readJson(bytes(lists(valuesMax / 1_000 - 1)))).toHaveLength(valuesMax / 1_000 - 1);
    expect(refusalOf(lists(valuesMax / 1_000 + 1))).toStrictEqual(['request/too-many-values', '']);
  });

  test('has so many marks on a letter and no more', () => {
    const marked = (count: number) => jsonText({ a: `a${'\u0323'.repeat(count)}` });
    expect(refusalOf(marked(30))[0]).toBe('request/not-nfc');
    expect(refusalOf(marked(31))).toStrictEqual(['request/too-many-marks', '/a']);
    expect(refusalOf(marked(500_000))[0]).toBe('request/too-many-marks');
  });

  test('takes the same name in different objects, and names that look like structure', () => {
    const text = '{"a":{"a":["{",{"a":"}"}]},"b":[{"a":1},{"a":2}],"\\"":null,"c":true}';
    expect(readJson(bytes(text))).toStrictEqual(JSON.parse(text));
  });

  test('whatever JSON without fractions and combining marks comes back as it was', () => {
    const key = fc.string({ unit: fc.constantFrom(...'abc"\\{}[],:/~é đ') });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        key,
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, (json) => {
        const text = jsonText(json);
        expect(readJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});
