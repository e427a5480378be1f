import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonText, Refusal } from '#kernel';
import { depthMax, readJson } from './json-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function refusalOf(content: string | Uint8Array): readonly [string, string | undefined] {
  try {
    readJson(typeof content === 'string' ? bytes(content) : content);
  } catch (error) {
    if (error instanceof Refusal) return [error.code, error.facts.pointer];
    throw error;
  }
  throw new Error(`accepted: ${String(content)}`);
}

describe('a JSON body', () => {
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
