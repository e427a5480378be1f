import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import entryVector from '../../../test/vectors/kernel/entry.json' with { type: 'json' };
import {
  agencyOfUnit,
  agencyPartOf,
  commandIdOf,
  derivedUuid,
  eventIdOf,
  isAgencyId,
  isIdPart,
  isIndicatorCode,
  isRoundId,
  isUnitId,
  isUuid,
  provinceOfRound,
  readFigureName,
} from './ids.ts';
import { invisibleIn, spelledOut, textFault } from './text.ts';

describe('names', () => {
  test.each([
    [
      'part',
      isIdPart,
      ['son_la', '2026_h1', 'a', '0'],
      ['', 'Son_la', 'a-b', 'a.b', 'sơn_la', 'a ', 'a\n'],
    ],
    [
      'agency',
      isAgencyId,
      ['son_la.so_tc'],
      ['son_la', 'son_la.', '.so_tc', 'son_la.so_tc.p_khtc', 'son_la..so_tc'],
    ],
    [
      'unit',
      isUnitId,
      ['son_la.so_tc', 'son_la.so_tc.p_khtc'],
      ['son_la', 'a.b.c.d', 'a.b.', 'a.b.C'],
    ],
    [
      'round',
      isRoundId,
      ['son_la-qd1969-2026', 'son_la-qd1969-2026_h1'],
      ['son_la-qd1969', 'a-b-c-d', 'A-b-c', 'a-b-'],
    ],
    [
      'indicator',
      isIndicatorCode,
      ['I.4', 'II', 'III.2.A', '7'],
      ['', 'i.4', 'I.', '.4', 'I..4', 'I-4', 'I.4\n'],
    ],
  ])('%s', (_, accepts, right, wrong) => {
    expect(right.filter(accepts)).toStrictEqual(right);
    expect(wrong.filter(accepts)).toStrictEqual([]);
  });

  test("a figure's name has a round, an indicator and perhaps an agency", () => {
    const round = 'son_la-qd1969-2026';
    expect(readFigureName(`${round}.I.4`)).toStrictEqual({
      round,
      indicator: 'I.4',
      agencyPart: null,
    });
    expect(readFigureName(`${round}.I.4.so_tc`)).toStrictEqual({
      round,
      indicator: 'I.4',
      agencyPart: 'so_tc',
    });
    expect(readFigureName(`${round}.II`)).toStrictEqual({
      round,
      indicator: 'II',
      agencyPart: null,
    });
    for (const wrong of [
      round,
      `${round}.`,
      `${round}.so_tc`,
      `${round}.I.4.so_tc.x`,
      `x.${round}.I`,
      `${round}.I.4\n`,
    ]) {
      expect(readFigureName(wrong)).toBeUndefined();
    }
  });

  test('parts of names', () => {
    expect(provinceOfRound('son_la-qd1969-2026')).toBe('son_la');
    expect(agencyPartOf('son_la.so_khcn')).toBe('so_khcn');
    expect(agencyOfUnit('son_la.so_khcn.p_khtc')).toBe('son_la.so_khcn');
    expect(agencyOfUnit('son_la.so_khcn')).toBe('son_la.so_khcn');
  });
});

describe('derived ids', () => {
  const { person, method, path, key, commandId, eventIds } = entryVector.command;

  test('are those that others computed, CONTRACTS 4', () => {
    expect(commandIdOf(person, method, path, key)).toBe(commandId);
    expect([0, 1, 10].map((index) => eventIdOf(commandId, index))).toStrictEqual(eventIds);
  });

  test('are UUIDs of version 8 and of the variant of RFC 9562, whatever they come from', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.nat())), (parts) => {
        const id = derivedUuid(parts);
        expect(isUuid(id)).toBe(true);
        expect([id[14], '89ab'.includes(id[19]!)]).toStrictEqual(['8', true]);
        expect(derivedUuid(parts)).toBe(id);
      }),
    );
  });

  test('differ when any part differs, and where one part ends and the next begins', () => {
    const ids = [
      commandIdOf('p', 'POST', '/a', 'k'),
      commandIdOf('p2', 'POST', '/a', 'k'),
      commandIdOf('p', 'PUT', '/a', 'k'),
      commandIdOf('p', 'POST', '/ak', ''),
      commandIdOf('p', 'POST', '/a', 'K'),
      derivedUuid(['1']),
      derivedUuid([1]),
      derivedUuid(['a', 'b']),
      derivedUuid(['ab']),
      derivedUuid(['a","b']),
      derivedUuid([]),
      eventIdOf('c', 1),
      eventIdOf('c1', 1),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('a UUID is lower-case and complete', () => {
    for (const wrong of [
      commandId.toUpperCase(),
      commandId.slice(1),
      `${commandId}\n`,
      `{${commandId}}`,
      '',
      'x',
    ]) {
      expect(isUuid(wrong)).toBe(false);
    }
  });
});

describe('text that people type', () => {
  test.each([
    ['Tỷ lệ chi cho KH&CN (%)', undefined],
    ['a', undefined],
    ['', 'empty'],
    [' \t\n', 'empty'],
    ['\u2028\u00a0', 'empty'],
    ['x'.repeat(31), 'too-long'],
    ['😀'.repeat(31), 'too-long'],
    ['😀'.repeat(30), undefined],
    ['x'.repeat(30), undefined],
    ['Ty\u0309 lệ', 'not-nfc'],
    ['\u212b', 'not-nfc'],
    ['a\ud800', 'not-well-formed'],
    ['a\u0000', 'control-character'],
    ['a\u007f', 'control-character'],
    ['a\u0085', 'control-character'],
    ['a\rb', 'control-character'],
    ['Sở\u202eTài chính', 'invisible-character'],
    ['Sở Tài\u200b chính', 'invisible-character'],
    ['tài\u00adchính', 'invisible-character'],
    ['\ufeffSở', 'invisible-character'],
    ['a\u{e0041}', 'invisible-character'],
    ['a\u2029b', 'invisible-character'],
    ['b\u0301\u0378', 'unassigned-character'],
    ['a\uffff', 'unassigned-character'],
    ['a\u{e0fff}', 'invisible-character'],
    ['Sở\u00a0Tài chính', undefined],
    ['a\n\tb', undefined],
    ['😀', undefined],
  ] as const)('%j: %s', (text, fault) => {
    expect(textFault(text, 30)).toBe(fault);
  });

  test('one line has no line feeds and no tabs', () => {
    expect(textFault('a\nb', 30, 'one')).toBe('control-character');
    expect(textFault('a\tb', 30, 'one')).toBe('control-character');
    expect(textFault('a b', 30, 'one')).toBeUndefined();
  });

  test('shows all of its characters: whatever Unicode calls ignorable or unassigned, and no more', () => {
    const property =
      /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cn}\ufff0-\ufffb]/u;
    const wrong: string[] = [];
    for (let point = 0; point <= 0x10_ff_ff; point += 1) {
      const character = String.fromCodePoint(point);
      if (property.test(character) !== (invisibleIn(character) !== undefined)) {
        wrong.push(point.toString(16));
      }
    }
    expect(wrong).toStrictEqual([]);
  });

  test.each([
    ['Sở Tài chính 😀 <U+001B>', 'Sở Tài chính 😀 <U+001B>'],
    ['a\u001b[2J\r\nb\tc', 'a<U+001B>[2J<U+000D><U+000A>b<U+0009>c'],
    ['\u009b8m\u007f', '<U+009B>8m<U+007F>'],
    ['a\u202eb\u200b\u2028\u115f', 'a<U+202E>b<U+200B><U+2028><U+115F>'],
    ['a\ud800b\u{e0041}\ue000\uffff', 'a<U+D800>b<U+E0041><U+E000><U+FFFF>'],
  ])('%j of unknown origin is shown as %j', (text, shown) => {
    expect(spelledOut(text)).toBe(shown);
    expect(spelledOut(shown)).toBe(shown);
  });

  test('names the first character that cannot be seen', () => {
    expect(invisibleIn('Sở Tài chính')).toBeUndefined();
    expect(invisibleIn('a\u00ad\u202e')).toBe('U+00AD');
    expect(invisibleIn('a\u{e0041}')).toBe('U+E0041');
    expect(invisibleIn('a\u0378')).toBe('U+0378');
  });
});
