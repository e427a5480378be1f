import { describe, expect, test } from '@jest/globals';
import { isNestedDeeper } from './json-faults.ts';

/** The most levels that are open at once, asked bound by bound. */
function levelsOf(text: string): number {
  let levels = 0;
  while (isNestedDeeper(text, levels)) levels += 1;
  return levels;
}

describe('levels of a JSON text', () => {
  test.each([
    ['', 0],
    ['1', 0],
    ['[]', 1],
    ['{}', 1],
    ['[[],[],{}]', 2],
    ['{"a":{},"b":{},"c":[]}', 2],
    ['[[{}]]', 3],
    ['[[{}],[[[]]]]', 4],
    // What is not JSON has levels as well: they are counted before anything is parsed.
    ['[[[', 3],
    ['}}[[', 0],
    [']]]{{{{', 1],
  ])('%s: %d', (text, levels) => {
    expect(levelsOf(text)).toBe(levels);
  });

  test('are not opened by brackets in a text, however it is written', () => {
    expect(levelsOf('["[[[{{{"]')).toBe(1);
    expect(levelsOf('["x[[","]",[]]')).toBe(2);
    expect(levelsOf(String.raw`["\"[[["]`)).toBe(1);
    expect(levelsOf(String.raw`["\\",[[]]]`)).toBe(3);
    expect(levelsOf(String.raw`["a\\\"[[",{}]`)).toBe(2);
    expect(levelsOf('["ab",[],"abc",[[]]]')).toBe(3);
  });

  test('go down with each that is closed', () => {
    expect(levelsOf(`[${'[],'.repeat(100)}{}]`)).toBe(2);
    expect(levelsOf(`{${'"a":{},'.repeat(100)}"b":[{}]}`)).toBe(3);
  });
});
