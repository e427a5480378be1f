import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal } from '#kernel';
import { asked, checked, codesOf, count, definedBy } from './checks.contract.ts';
import { letter, report } from './figures.contract.ts';
import type { ComponentValue } from './statement.ts';

const papers = definedBy([asked('value')]);
const share = definedBy([asked('numerator'), asked('denominator')], {
  aggregation: { rule: 'ratio', factor: decimal('100'), meaning: 'share' },
});
const level = (label: string, unit: string | null = null) =>
  definedBy(
    [asked('level', { type: 'level', unit: null, scaleMax: null, label: { vi: label, en: null } })],
    { unit },
  );
const leveled = (text: string): ComponentValue => ({ component: 'level', type: 'level', text });
const list = (component: string, values: readonly (string | null)[]): ComponentValue => ({
  component,
  type: 'items',
  items: values.map((value, index) => ({
    key: `k${index}`,
    label: null,
    value: value === null ? null : decimal(value),
  })),
});

describe('values held against the definition in force', () => {
  test('nothing is found where all is well', () => {
    expect(checked([count('value', '12')], papers)).toEqual({ findings: [], notCompared: [] });
  });

  test.each<[string, ComponentValue[], string]>([
    ['a required component that is absent', [], 'check/component-missing value'],
    [
      'a component there is no more',
      [count('value', '1'), count('old', '1')],
      'check/component-unknown old',
    ],
    ['another unit', [count('value', '1', 'cuốn')], 'check/unit-differs value'],
    [
      'a fraction of a paper',
      [count('value', '1.5')],
      'check/scale-exceeded value|check/not-a-count value',
    ],
    ['fewer than none', [count('value', '-1')], 'check/not-a-count value'],
    ['another type', [{ component: 'value', type: 'text', text: 'x' }], 'check/type-differs value'],
  ])('%s is found', (_, values, expected) => {
    expect(codesOf(checked(values, papers)).join('|')).toBe(expected);
  });

  test('each finding points at its place, with what was expected and what was found', () => {
    expect(checked([count('value', '1', 'cuốn')], papers).findings).toEqual([
      {
        code: 'check/unit-differs',
        severity: 'error',
        component: 'value',
        check: null,
        pointer: '/values/0/value',
        expected: 'bài',
        found: 'cuốn',
        about: [],
      },
    ]);
  });

  test('money is held against the unit it was typed in', () => {
    const money = definedBy([asked('value', { type: 'money', unit: 'triệu đồng', scaleMax: 1 })]);
    const value: ComponentValue = {
      component: 'value',
      type: 'money',
      value: decimal('1250000'),
      unit: 'đồng',
      entered: { value: decimal('1.25'), unit: 'triệu đồng' },
    };
    expect(codesOf(checked([value], money))).toEqual(['check/scale-exceeded value']);
  });

  test.each([
    ['-0.01', ['check/percentage-outside value']],
    ['0', []],
    ['100', []],
    ['100.01', ['check/percentage-outside value']],
  ])('a percentage of %s', (value, codes) => {
    const percentage = definedBy([asked('value', { type: 'decimal', unit: '%', scaleMax: 2 })]);
    const stated = { ...count('value', value, '%'), type: 'decimal' } as const;
    expect(codesOf(checked([stated], percentage))).toEqual(codes);
  });

  test.each([
    ['1.000', '1.000 = 1'],
    ['-1.000', '-1.000 = -1'],
    ['999.120', '999.120 = 999.12'],
    ['120.005', '120.005 = 120.005'],
    ['0.125', undefined],
    ['1000', undefined],
    ['1000.000', undefined],
    ['1.00', undefined],
    ['1.0000', undefined],
  ])('a point before three digits: how %s was read', (text, found) => {
    const length = definedBy([asked('value', { type: 'decimal', unit: 'km', scaleMax: null })]);
    const stated = { ...count('value', text, 'km'), type: 'decimal' } as const;
    const told = checked([stated], length).findings.filter(
      ({ code }) => code === 'check/point-read-as-decimal',
    );
    expect(told.map((one) => [one.severity, one.found])).toEqual(
      found === undefined ? [] : [['warning', found]],
    );
  });

  test('money, in the unit that it was typed in', () => {
    const money = definedBy([asked('value', { type: 'money', unit: 'triệu đồng', scaleMax: 3 })]);
    const value: ComponentValue = {
      component: 'value',
      type: 'money',
      value: decimal('1250000'),
      unit: 'đồng',
      entered: { value: decimal('1.250'), unit: 'triệu đồng' },
    };
    expect(checked([value], money).findings).toMatchObject([
      { code: 'check/point-read-as-decimal', found: '1.250 = 1.25', pointer: '/values/0/value' },
    ]);
  });

  test.each<[string, string | null, string, string[]]>([
    ['Mức đánh giá (1–5)', null, '5', []],
    ['Mức đánh giá (1–5)', null, '6', ['check/level-outside-scale level']],
    ['Mức', 'TRL 1–9', '0', ['check/level-outside-scale level']],
    ['Mức', 'TRL 1–9', 'khá', ['check/level-not-a-number level']],
    ['Mức', 'mức/điểm', 'khá', []],
  ])('a level of "%s" in "%s": %s', (label, unit, text, codes) => {
    expect(codesOf(checked([leveled(text)], level(label, unit)))).toEqual(codes);
  });

  test('a breakdown adds up, dimension by dimension', () => {
    const row = (dimension: string, item: string, value: string) => ({
      dimension,
      item,
      value: decimal(value),
    });
    const value = {
      ...count('value', '3'),
      breakdown: [row('cấp', 'bộ', '1'), row('cấp', 'tỉnh', '2'), row('năm', '2025', '2')],
    };
    expect(checked([value], papers).findings).toMatchObject([
      { code: 'check/breakdown-differs', expected: '3', found: 'năm: 2' },
    ]);
  });
});

describe('ratios', () => {
  test('a share never exceeds its whole, and only a share has that bound', () => {
    const ratio = fc.tuple(fc.nat({ max: 99 }), fc.integer({ min: 1, max: 99 }));
    fc.assert(
      fc.property(ratio, ([numerator, denominator]) => {
        const values = [count('numerator', `${numerator}`), count('denominator', `${denominator}`)];
        const found = codesOf(checked(values, share));
        expect(found).toEqual(numerator > denominator ? ['check/share-above-whole numerator'] : []);
        const people = definedBy([asked('numerator'), asked('denominator', { unit: 'người' })], {
          aggregation: { rule: 'ratio', factor: decimal('10000'), meaning: 'per 10,000' },
        });
        const mixed = [values[0]!, count('denominator', `${denominator}`, 'người')];
        expect(codesOf(checked(mixed, people))).toEqual([]);
      }),
    );
  });

  test('over zero the ratio does not apply', () => {
    const values = [count('numerator', '1'), count('denominator', '0')];
    expect(codesOf(checked(values, share))).toEqual(['check/denominator-zero denominator']);
  });
});

describe('numbers that follow from a list', () => {
  const items = asked('items', { type: 'items', unit: 'bài', scaleMax: null, itemKey: 'DOI' });
  const listed = (rule: 'distinct-sum' | 'recompute' | 'sum') =>
    definedBy([asked('value'), items], { aggregation: { rule, factor: null, meaning: rule } });

  test.each([
    ['distinct-sum', '2', []],
    ['distinct-sum', '3', ['check/list-count-differs value']],
    ['recompute', '1', []],
    ['recompute', '2', ['check/not-recomputed value']],
    ['sum', '7', []],
  ] as const)('under %s a value of %s', (rule, value, codes) => {
    expect(
      codesOf(checked([count('value', value), list('items', ['1', '1'])], listed(rule))),
    ).toEqual(codes);
  });

  test('without citations nothing is recomputed', () => {
    expect(
      codesOf(checked([count('value', '9'), list('items', [null])], listed('recompute'))),
    ).toEqual([]);
  });
});

describe('evidence and parts', () => {
  const link = { evidence: report, reference: null, component: null, page: null };

  test('a required kind of document is missing, one by one', () => {
    const strict = { ...papers, evidenceKinds: ['report', 'decision', 'minutes'] };
    expect(checked([count('value', '1')], strict).findings).toMatchObject([
      { code: 'check/evidence-incomplete', expected: 'decision' },
      { code: 'check/evidence-incomplete', expected: 'minutes' },
    ]);
    const both = [link, { ...link, evidence: letter }];
    expect(checked([count('value', '1')], strict, {}, { evidence: both }).findings.length).toBe(1);
  });

  test('a required component needs a link to itself or to the whole', () => {
    const elsewhere = [{ ...link, component: 'other' }];
    expect(codesOf(checked([count('value', '1')], papers, {}, { evidence: elsewhere }))).toEqual([
      'check/evidence-absent value',
    ]);
    const own = [{ ...link, component: 'value' }];
    expect(codesOf(checked([count('value', '1')], papers, {}, { evidence: own }))).toEqual([]);
  });

  test('parts outstanding and an older definition are found', () => {
    const outstanding = ['son_la.so_yt'];
    const older = { framework: 'qd1969', edition: '2024', revision: 1 };
    expect(
      codesOf(checked([count('value', '1')], papers, {}, { outstanding, definition: older })),
    ).toEqual(['check/parts-outstanding -', 'check/older-definition -']);
  });

  test('what is declared unavailable has nothing to check', () => {
    expect(checked([], papers, {}, { status: 'M', evidence: [] }).findings).toEqual([]);
  });
});
