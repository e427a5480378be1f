import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonText } from '#kernel';
import { jsonFaultAt, tokensMax, utf8FaultAt } from './json-fault.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('where a text stops being JSON', () => {
  test.each([
    ['{"a": 1,}', 8],
    ["{'a': 1}", 1],
    ['{"a" 1}', 5],
    ['{"a": tru}', 6],
    ['{"a": 01}', 7],
    ['[1, 2', 5],
    ['[1 2]', 3],
    ['[1}', 2],
    ['{]', 1],
    ['', 0],
    [' ', 1],
    ['1 1', 2],
    ['"a\nb"', 0],
    ['[,]', 1],
    ['{"a": "b}', 6],
    ['{"a": 1, "b": [1, {"c": null}]}', undefined],
  ])('%j: %s', (text, at) => {
    expect(jsonFaultAt(text)).toBe(at);
  });

  test('is somewhere in exactly those texts that the language does not parse either', () => {
    const pieces = ['{', '}', '[', ']', ',', ':', '"a"', '1', 'null', ' ', 'x', '"'];
    const made = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((all) => all.join(''));
    const cut = fc.tuple(fc.json(), fc.nat()).map(([text, at]) => text.slice(0, at % text.length));
    fc.assert(
      fc.property(fc.oneof(made, cut, fc.json()), (text) => {
        expect([text, jsonFaultAt(text) === undefined]).toStrictEqual([text, isJson(text)]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is found in one look, however deep or long the text is', () => {
    const deep = '['.repeat(tokensMax - 1);
    expect(jsonFaultAt(deep)).toBe(deep.length);
    expect(jsonFaultAt('['.repeat(tokensMax))).toBeUndefined();
    expect(jsonFaultAt(`${jsonText('a'.repeat(1_000_000))}x`)).toBe(1_000_002);
  });
});

test('where bytes stop being UTF-8', () => {
  const bytes = (text: string, ...more: number[]) =>
    Uint8Array.from([...new TextEncoder().encode(text), ...more]);
  expect(utf8FaultAt(bytes('đợt \ufffd'))).toBeUndefined();
  expect(utf8FaultAt(bytes('đợt', 0xff, 0x20))).toBe(6);
  expect(utf8FaultAt(bytes('a', 0xe1, 0xbb))).toBe(1);
});
