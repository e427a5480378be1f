import { describe, expect, test } from '@jest/globals';
import { chooseLanguage, formatDay, formatDecimal, Terminal } from './terminal.ts';

function printed(language: 'vi' | 'en', act: (terminal: Terminal) => void): string {
  let text = '';
  act(
    new Terminal(language, (part) => {
      text += part;
    }),
  );
  return text;
}

describe('numbers and days as people write them', () => {
  test.each([
    ['156470.5', '156.470,5', '156,470.5'],
    ['-1234567.00', '-1.234.567,00', '-1,234,567.00'],
    ['0.123456', '0,123456', '0.123456'],
    ['999', '999', '999'],
    // Beyond what a float can hold: every digit stays.
    ['9007199254740993', '9.007.199.254.740.993', '9,007,199,254,740,993'],
  ])('%s', (value, vi, en) => {
    expect(formatDecimal(value, 'vi')).toBe(vi);
    expect(formatDecimal(value, 'en')).toBe(en);
  });

  test('days', () => {
    expect(formatDay('2026-09-30', 'vi')).toBe('30/09/2026');
    expect(formatDay('2026-09-30', 'en')).toBe('2026-09-30');
  });
});

describe('the language', () => {
  test.each([
    ['vi', {}, 'vi'],
    ['en', { LANG: 'vi_VN.UTF-8' }, 'en'],
    [undefined, { LANG: 'vi_VN.UTF-8' }, 'vi'],
    [undefined, { LANG: 'vi_VN.UTF-8', LC_ALL: 'C' }, 'en'],
    [undefined, { LANG: 'vi_VN.UTF-8', LC_ALL: '', LC_MESSAGES: '' }, 'vi'],
    [undefined, {}, 'en'],
  ] as const)('option %s in %j is %s', (option, environment, language) => {
    expect(chooseLanguage(option, environment)).toBe(language);
  });
});

describe('tables', () => {
  test('columns are as wide as their widest cell, in code points; numbers stand to the right', () => {
    const text = printed('vi', (terminal) =>
      terminal.table(
        ['Cơ quan', 'Trễ'],
        [
          ['Sở Tài chính', '2'],
          ['Sở Y tế', '13'],
        ],
      ),
    );
    expect(text.split('\n')).toEqual([
      '  Cơ quan       Trễ',
      '  ────────────  ───',
      '  Sở Tài chính    2',
      '  Sở Y tế        13',
      '',
    ]);
  });

  test('a person reads one language', () => {
    const say = { vi: 'Xong', en: 'Done' };
    expect(printed('en', (terminal) => terminal.done(say))).toBe('  ✓ Done\n');
    expect(printed('vi', (terminal) => terminal.heading(say))).toBe('\nXong\n────\n');
  });
});

describe('what others wrote', () => {
  const hostile = '\u001b[2J\u001b[HSOUND\r\n\u009b8m\u202e';
  const spelt = '<U+001B>[2J<U+001B>[HSOUND<U+000D><U+000A><U+009B>8m<U+202E>';

  test('is spelled out wherever it is printed', () => {
    const say = { vi: hostile, en: hostile };
    expect(printed('en', (terminal) => terminal.line(hostile))).toBe(`${spelt}\n`);
    expect(printed('en', (terminal) => terminal.done(say))).toBe(`  ✓ ${spelt}\n`);
    expect(printed('vi', (terminal) => terminal.refused(say))).toBe(`  ✗ ${spelt}\n`);
    expect(printed('en', (terminal) => terminal.heading(say))).toContain(`\n${spelt}\n──`);
    const table = printed('en', (terminal) => terminal.table(['stream'], [[hostile]]));
    expect(table).toContain(`\n  ${spelt}\n`);
  });

  test('is escaped in a report for programs, which stays the same value', () => {
    const report = { found: `${hostile}\u{e0041}`, say: 'Sở Tài chính' };
    const text = printed('en', (terminal) => terminal.json(report));
    expect(JSON.parse(text)).toStrictEqual(report);
    expect(text).not.toMatch(/[^\n -~ởàí]/u);
    expect(text).toContain('"say": "Sở Tài chính"');
    expect(text).toContain('\\u009b8m\\u202e\\udb40\\udc41');
  });
});
