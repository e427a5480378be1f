import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal, digestOf } from '#kernel';
import {
  asked,
  checked,
  codesOf,
  compared,
  comparing,
  count,
  definedBy,
  relating,
  term,
} from './checks.contract.ts';
import { compareWith, formerRoundOf } from './comparisons.ts';
import type { ComparedFigure } from './contexts.ts';
import { figureId, report } from './figures.contract.ts';

const round = 'son_la-qd1969-2026';
const papers = definedBy([asked('value')]);
const other = `${round}.II.1`;
const third = `${round}.II.2`;
const own = term('I.4', 'value');
const theirs = term('II.1', 'value');

describe('a cross-check', () => {
  test('compares the sums of both sides exactly, whichever side is checked', () => {
    const values = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 }), fc.nat({ max: 9 }));
    fc.assert(
      fc.property(values, ([a, b, c]) => {
        const figures = [
          compared(other, 'II.1', [count('value', `${b}`)]),
          compared(third, 'II.2', [count('value', `${c}`)]),
        ];
        const right = [theirs, term('II.2', 'value')];
        const holds = { equal: a === b + c, 'at-most': a <= b + c, 'at-least': a >= b + c };
        for (const relation of ['equal', 'at-most', 'at-least'] as const) {
          const straight = comparing([relating(relation, [own], right)], figures);
          const expected = holds[relation] ? [] : ['check/cross-check value'];
          expect(codesOf(checked([count('value', `${a}`)], papers, straight))).toEqual(expected);
        }
        const turned = comparing([relating('at-least', right, [own])], figures);
        expect(codesOf(checked([count('value', `${a}`)], papers, turned))).toEqual(
          b + c >= a ? [] : ['check/cross-check value'],
        );
      }),
    );
  });

  test('names the other figure in the very version that was looked at', () => {
    const figures = [compared(other, 'II.1', [count('value', '5')], false)];
    const facts = comparing([relating('equal', [own], [theirs], 'warning')], figures);
    expect(checked([count('value', '4')], papers, facts).findings).toEqual([
      {
        code: 'check/cross-check',
        severity: 'warning',
        component: 'value',
        check: 'equal',
        pointer: '/values/0',
        expected: '= 5',
        found: '4',
        about: [{ figure: other, version: 1, digest: digestOf(other), inForce: false }],
      },
    ]);
  });

  test('waits for figures that state nothing yet, and says for which', () => {
    const awaited = comparing(
      [relating('equal', [own], [theirs])],
      [compared(other, 'II.1', null)],
    );
    expect(checked([count('value', '4')], papers, awaited)).toEqual({
      findings: [],
      notCompared: [{ check: 'equal', why: 'not-stated', awaited: [other] }],
    });
    const unassigned = comparing([relating('equal', [own], [theirs])]);
    expect(checked([count('value', '4')], papers, unassigned).notCompared).toEqual([
      { check: 'equal', why: 'not-stated', awaited: [] },
    ]);
    const byHand = comparing([relating('by-hand', [own], [])]);
    expect(checked([count('value', '4')], papers, byHand).notCompared).toEqual([
      { check: 'by_hand', why: 'by-hand', awaited: [] },
    ]);
  });

  test('puts the version under test in the place of what its figure had in force', () => {
    const figures = [
      compared(figureId, 'I.4', [count('value', '99')]),
      compared(other, 'II.1', [count('value', '4')]),
    ];
    const facts = comparing([relating('equal', [own], [theirs])], figures);
    expect(checked([count('value', '4')], papers, facts).findings).toEqual([]);
  });

  test('cumulates over former rounds as far as they are known', () => {
    const check = relating('at-most', [term('I.4', 'value', true)], [term('II.1', 'value', true)]);
    const figures = [compared(other, 'II.1', [count('value', '1')])];
    const before = [
      compared('son_la-qd1969-2025.I.4', 'I.4', [count('value', '1')]),
      compared('son_la-qd1969-2025.II.1', 'II.1', [count('value', '3')]),
      compared('son_la-qd1969-2024.II.1', 'II.1', null),
    ];
    const stated = [count('value', '3')];
    const without = checked(stated, papers, comparing([check], figures));
    expect(codesOf(without)).toEqual(['check/cross-check value']);
    const within = checked(stated, papers, comparing([check], figures, before));
    expect(codesOf(within).filter((code) => code.startsWith('check/cross'))).toEqual([]);
  });

  test('of things that must be apart finds what both name: items and files', () => {
    const check = relating('disjoint', [own], [theirs], 'warning');
    const apart = compared(other, 'II.1', [count('value', '1')]);
    const shared: ComparedFigure = {
      ...apart,
      stated: {
        ...apart.stated!,
        evidence: [{ evidence: report, reference: null, component: null, page: null }],
      },
    };
    const stated = [count('value', '1')];
    expect(checked(stated, papers, comparing([check], [apart])).findings).toEqual([]);
    expect(checked(stated, papers, comparing([check], [shared])).findings).toMatchObject([
      { code: 'check/cross-check', found: report, expected: null },
    ]);
  });
});

describe('jumps against the former round', () => {
  const former = (value: string, unit = 'bài') =>
    comparing([], [], [compared('son_la-qd1969-2025.I.4', 'I.4', [count('value', value, unit)])]);

  test.each([
    ['10', '15', []],
    ['10', '16', ['check/jump value']],
    ['10', '5', []],
    ['10', '4', ['check/jump value']],
    ['0', '100', []],
  ])('from %s to %s', (before, now, codes) => {
    expect(codesOf(checked([count('value', now)], papers, former(before)))).toEqual(codes);
  });

  test('another unit is another number, and another figure another story', () => {
    expect(codesOf(checked([count('value', '99')], papers, former('1', 'cuốn')))).toEqual([]);
    const elsewhere = comparing(
      [],
      [],
      [compared('son_la-qd1969-2025.II.4', 'II.4', [count('value', '1')])],
    );
    expect(codesOf(checked([count('value', '99')], papers, elsewhere))).toEqual([]);
  });

  test('of a ratio the quotient counts, not its two numbers', () => {
    const share = definedBy([asked('numerator'), asked('denominator')], {
      aggregation: { rule: 'ratio', factor: decimal('100'), meaning: 'share' },
    });
    const stated = (n: string, d: string) => [count('numerator', n), count('denominator', d)];
    const before = comparing(
      [],
      [],
      [compared('son_la-qd1969-2025.I.4', 'I.4', stated('1', '10'))],
    );
    expect(codesOf(checked(stated('10', '100'), share, before))).toEqual([]);
    expect(checked(stated('2', '10'), share, before).findings).toMatchObject([
      { code: 'check/jump', expected: '1/10', found: '2/10' },
    ]);
  });
});

describe('the rounds that are looked at', () => {
  test.each([
    ['son_la-qd1969-2026', 'son_la-qd1969-2025'],
    ['son_la-plan52-2026_h2', 'son_la-plan52-2026_h1'],
    ['son_la-plan52-2026_h1', 'son_la-plan52-2025_h2'],
    ['son_la-x-1000', 'son_la-x-0999'],
    ['son_la-x-0000', null],
    ['son_la-x-spring', null],
  ])('before %s was %s', (now, before) => {
    expect(formerRoundOf(now)).toBe(before);
  });

  test('end where the ledger knows none, and beyond the nearest only sums look', async () => {
    const asked: string[] = [];
    const known = {
      assignments: new Map(
        ['I.4', 'II.1'].map((indicator) => [
          indicator,
          { assignment: { mode: 'single', leads: [] } },
        ]),
      ),
    };
    const source = {
      round: async (id: string) => (id < 'son_la-qd1969-2023' ? null : (known as never)),
      figure: async (id: string) => {
        asked.push(id);
        return { versions: [], inForce: null };
      },
    };
    const check = relating('at-most', [own], [term('II.1', 'value', true)]);
    const name = { round, indicator: 'I.4', agencyPart: null };
    const found = await compareWith(name, known as never, [check], source);
    expect(asked).toEqual([
      `${round}.I.4`,
      `${round}.II.1`,
      'son_la-qd1969-2025.I.4',
      'son_la-qd1969-2025.II.1',
      'son_la-qd1969-2024.II.1',
      'son_la-qd1969-2023.II.1',
    ]);
    expect(found.figures.every(({ stated }) => stated === null)).toBe(true);
  });
});
