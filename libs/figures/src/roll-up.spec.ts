import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDecimals, compareDecimals, decimal, digestOf, multiplyDecimals } from '#kernel';
import type { Decimal } from '#kernel';
import type { AggregationRule, ComponentDefinition, IndicatorDefinition } from '#catalogue';
import { components as staged, definition as stagedDefinition } from './figures.contract.ts';
import { differencesOf, movedParts } from './roll-up-difference.ts';
import { rollUp } from './roll-up.ts';
import type { PartStated } from './roll-up.ts';
import type { ComponentValue } from './statement.ts';
import { readValues } from './values.ts';

const round = 'son_la-qd1969-2026.I.4';
const [money, , count, , , items] = staged;

function component(key: string, from: ComponentDefinition | undefined): ComponentDefinition {
  if (from === undefined) throw new TypeError('the stage has every type of component');
  return { ...from, key };
}

function defined(
  rule: AggregationRule,
  components: readonly ComponentDefinition[],
  factor: Decimal | null = null,
): IndicatorDefinition {
  return { ...stagedDefinition, aggregation: { rule, factor, meaning: rule }, components };
}

const total = defined('sum', [component('value', money)]);
const papers = defined('distinct-sum', [component('value', count), component('items', items)]);
const share = defined(
  'ratio',
  [component('numerator', count), component('denominator', count)],
  decimal('100'),
);
const groups = defined('recompute', [
  { ...component('value', count), suppliedBy: 'lead' },
  component('items', items),
]);
const levels = defined('weighted-mean', [
  { ...component('value', count), suppliedBy: 'lead' },
  component('items', items),
]);

function part(giver: string, values: readonly ComponentValue[], version = 1): PartStated {
  const contribution = `${round}.${giver}`;
  return {
    contribution,
    agency: `son_la.${giver}`,
    revision: version,
    version,
    digest: digestOf(`${contribution} ${version}`),
    status: 'A',
    values,
  };
}

const amount = (value: string): ComponentValue[] => [
  { component: 'value', type: 'money', value: decimal(value), unit: 'đồng' },
];
const listed = (...keys: string[]): ComponentValue[] => [
  { component: 'value', type: 'count', value: decimal(String(keys.length)), unit: 'bài' },
  {
    component: 'items',
    type: 'items',
    items: keys.map((key) => ({ key, label: null, value: null })),
  },
];
const valued = (...values: string[]): ComponentValue[] => [
  {
    component: 'items',
    type: 'items',
    items: values.map((value, index) => ({
      key: `10.1/${index}-${value}`,
      label: null,
      value: decimal(value),
    })),
  },
];
const fraction = (numerator: string, denominator: string): ComponentValue[] => [
  { component: 'numerator', type: 'count', value: decimal(numerator), unit: 'bài' },
  { component: 'denominator', type: 'count', value: decimal(denominator), unit: 'bài' },
];

const wholes = fc.nat({ max: 10 ** 9 }).map(String);
const shuffled = <T>(values: readonly T[]) =>
  fc.shuffledSubarray([...values], { minLength: values.length, maxLength: values.length });
const givers = (counts: readonly string[]) =>
  counts.map((value, index) => [`a_${index}`, value] as const);

describe('a sum of parts', () => {
  test('shows every addend with its lineage and proposes the declared unit', () => {
    const parts = [part('so_khcn', amount('64215000000')), part('so_yt', amount('1500'), 2)];
    const { arithmetic, proposed, builtFrom, quotient } = rollUp(total, parts);
    expect(arithmetic).toMatchObject([
      {
        component: 'value',
        how: 'sum',
        unit: 'đồng',
        total: '64215001500',
        problem: null,
        addends: [
          { contribution: `${round}.so_khcn`, version: 1, value: '64215000000' },
          { contribution: `${round}.so_yt`, version: 2, revision: 2, value: '1500' },
        ],
      },
    ]);
    expect(proposed).toEqual([{ component: 'value', value: '64215.0015' }]);
    expect(builtFrom.map(({ digest }) => digest)).toEqual(parts.map(({ digest }) => digest));
    expect(quotient).toBeNull();
  });

  test('is the same in any order and equals adding one by one', () => {
    const cases = fc.array(wholes, { minLength: 1, maxLength: 12 }).chain((values) => {
      const parts = givers(values).map(([giver, value]) => part(giver, amount(value)));
      return fc.tuple(fc.constant(values), fc.constant(parts), shuffled(parts));
    });
    fc.assert(
      fc.property(cases, ([values, parts, others]) => {
        const result = rollUp(total, parts);
        expect(rollUp(total, others)).toStrictEqual(result);
        const sum = values.map(decimal).reduce(addDecimals);
        expect(result.arithmetic[0]?.total).toBe(sum);
      }),
    );
  });

  test('read again as a submission gives back the very total', () => {
    const declared = { ...total, components: [{ ...component('value', money), scaleMax: 6 }] };
    fc.assert(
      fc.property(fc.array(wholes, { minLength: 1, maxLength: 6 }), (values) => {
        const parts = givers(values).map(([giver, value]) => part(giver, amount(value)));
        const { arithmetic, proposed } = rollUp(declared, parts);
        expect(readValues(proposed, declared.components)[0]?.value).toBe(arithmetic[0]?.total);
      }),
    );
  });

  test('counts estimated parts and breakdowns, the latter only where all have one', () => {
    const broken = (value: string, estimated: string | null, rows: readonly string[]) => [
      {
        ...amount(value)[0]!,
        ...(estimated !== null && { estimated: decimal(estimated) }),
        breakdown: rows.map((row) => ({ dimension: 'nguồn', item: 'chi', value: decimal(row) })),
      },
    ];
    const parts = [
      part('b', broken('3000000', '1000000', ['3000000'])),
      part('a', broken('2000000', null, ['2000000'])),
    ];
    const both = { dimension: 'nguồn', item: 'chi', value: '5' };
    expect(rollUp(total, parts).proposed).toEqual([
      { component: 'value', value: '5', estimated: '1', breakdown: [both] },
    ]);
    const plain = [...parts, part('c', amount('1'))];
    expect(rollUp(total, plain).proposed[0]).not.toHaveProperty('breakdown');
  });

  test('without a part, or beyond what can be kept, is no total and no proposal', () => {
    expect(rollUp(total, [])).toMatchObject({
      arithmetic: [{ total: null, problem: 'nobody-stated-it' }],
      proposed: [],
    });
    const most = '9'.repeat(34);
    const parts = [part('a', amount(most)), part('b', amount(most))];
    expect(rollUp(total, parts)).toMatchObject({
      arithmetic: [{ total: null, problem: 'too-many-digits' }],
      proposed: [],
    });
  });

  test('a part without data is named and adds nothing', () => {
    const nothing: PartStated = { ...part('b', []), status: 'M' };
    const { noData, builtFrom, arithmetic } = rollUp(total, [nothing, part('a', amount('7'))]);
    expect(noData.map(({ agency }) => agency)).toEqual(['son_la.b']);
    expect(builtFrom.length).toBe(2);
    expect(arithmetic[0]?.total).toBe('7');
  });

  test('a component of the lead alone is never offered, nor anything under the rule none', () => {
    const own = defined('sum', [{ ...component('value', money), suppliedBy: 'lead' }]);
    expect(rollUp(own, [part('a', amount('7'))]).proposed).toEqual([]);
    const none = defined('none', [component('value', money)]);
    expect(rollUp(none, [part('a', amount('7'))])).toMatchObject({ arithmetic: [], proposed: [] });
  });
});

describe('a sum free of duplicates', () => {
  test('counts an item once and says who named it', () => {
    const parts = [part('b', listed('10.1/x', '10.1/Y')), part('a', listed('10.1/y', '10.1/z'))];
    const { arithmetic, proposed, caveats } = rollUp(papers, parts);
    expect(arithmetic[0]).toMatchObject({ how: 'distinct-count', total: '3', problem: null });
    expect(arithmetic[0]?.addends.map(({ value }) => value)).toEqual(['2', '2']);
    expect(arithmetic[1]?.list?.duplicates).toMatchObject([
      {
        key: '10.1/y',
        differs: false,
        named: [{ contribution: `${round}.a` }, { contribution: `${round}.b`, key: '10.1/Y' }],
      },
    ]);
    expect(proposed[0]).toEqual({ component: 'value', value: '3' });
    expect(caveats).toEqual([]);
    expect(readValues(proposed, papers.components)[0]?.value).toBe('3');
  });

  test('keys other than DOI are compared as typed, and those that look alike are shown', () => {
    const numbers = defined(
      'distinct-sum',
      papers.components.map((one) => (one.type === 'items' ? { ...one, itemKey: 'số đơn' } : one)),
    );
    const parts = [part('a', listed('52/KH')), part('b', listed('52/kh'))];
    const { arithmetic, caveats } = rollUp(numbers, parts);
    expect(arithmetic[0]?.total).toBe('2');
    expect(arithmetic[1]?.list?.alike).toEqual([['52/KH', '52/kh']]);
    expect(caveats).toEqual(['keys-look-alike']);
  });

  test('is idempotent and order-independent', () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'));
    const cases = fc.array(keys, { minLength: 1, maxLength: 6 }).chain((lists) => {
      const parts = lists.map((list, index) => part(`a_${index}`, listed(...list)));
      return fc.tuple(fc.constant(lists), fc.constant(parts), shuffled(parts));
    });
    fc.assert(
      fc.property(cases, ([lists, parts, others]) => {
        const once = rollUp(papers, parts);
        expect(rollUp(papers, others)).toStrictEqual(once);
        expect(once.arithmetic[0]?.total).toBe(String(new Set(lists.flat()).size));
        const joined = once.arithmetic[1]?.list?.items ?? [];
        const again = rollUp(papers, [part('all', listed(...joined.map(({ key }) => key)))]);
        expect(again.arithmetic[0]?.total).toBe(once.arithmetic[0]?.total);
        expect(again.arithmetic[1]?.list?.duplicates).toEqual([]);
        const twice = rollUp(papers, [
          ...parts,
          part('all', listed(...joined.map(({ key }) => key))),
        ]);
        expect(twice.arithmetic[0]?.total).toBe(once.arithmetic[0]?.total);
      }),
    );
  });

  test('a number without its list stops the count, nothing at all does not', () => {
    const bare = (value: string): ComponentValue[] =>
      [listed('x')[0]!].map((one) => ({ ...one, value: decimal(value) }));
    const stopped = rollUp(papers, [part('a', listed('x')), part('b', bare('5'))]);
    expect(stopped.arithmetic[0]).toMatchObject({ total: null, problem: 'part-without-list' });
    expect(stopped.proposed.map(({ component: key }) => key)).toEqual(['items']);
    const zero = rollUp(papers, [part('a', listed('x')), part('b', bare('0'))]);
    expect(zero.arithmetic[0]).toMatchObject({ total: '1', problem: null });
  });

  test('parts that say different things of one item are pointed out', () => {
    const named = (label: string): ComponentValue[] => [
      {
        component: 'items',
        type: 'items',
        items: [{ key: 'x', label, value: null }],
      },
    ];
    const { caveats } = rollUp(papers, [part('a', named('Một')), part('b', named('Hai'))]);
    expect(caveats).toEqual(['duplicates-differ']);
  });
});

describe('a ratio of parts', () => {
  test('sums both sides and never averages', () => {
    const parts = [part('a', fraction('1', '2')), part('b', fraction('1', '4'))];
    const { quotient, proposed } = rollUp(share, parts);
    expect(quotient).toEqual({
      numerator: '2',
      denominator: '6',
      factor: '100',
      value: '33.333333',
      fractionDigits: 6,
      isExact: false,
    });
    expect(proposed).toEqual([
      { component: 'numerator', value: '2' },
      { component: 'denominator', value: '6' },
    ]);
  });

  test('equals rational arithmetic to the last shown digit', () => {
    const pairs = fc.array(fc.tuple(fc.nat({ max: 9999 }), fc.integer({ min: 1, max: 9999 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(pairs, (rows) => {
        const parts = rows.map(([n, d], index) => part(`a_${index}`, fraction(`${n}`, `${d}`)));
        const { quotient } = rollUp(share, parts);
        const numerator = rows.reduce((sum, [n]) => sum + n, 0);
        const denominator = rows.reduce((sum, [, d]) => sum + d, 0);
        // |value × denominator − 100 × numerator| ≤ denominator × half of the last digit shown.
        const value = quotient?.value ?? decimal('0');
        const twice = multiplyDecimals(value, decimal(`${2 * denominator}`));
        const off = addDecimals(twice, decimal(numerator === 0 ? '0' : `-${200 * numerator}`));
        const most = multiplyDecimals(decimal('0.000001'), decimal(`${denominator}`));
        expect(compareDecimals(off, most)).toBeLessThanOrEqual(0);
        expect(compareDecimals(multiplyDecimals(off, decimal('-1')), most)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('has no value over zero, and none where one side was never stated', () => {
    expect(rollUp(share, [part('a', fraction('0', '0'))]).quotient?.value).toBeNull();
    expect(rollUp(share, [part('a', [fraction('1', '2')[0]!])]).quotient).toBeNull();
  });

  test('a weighted mean is weighted by its denominators, and says so', () => {
    const improved = {
      ...share,
      aggregation: { ...share.aggregation, rule: 'weighted-mean' },
    } as const;
    const parts = [part('a', fraction('10', '20')), part('b', fraction('0', '80'))];
    const { quotient, caveats } = rollUp(improved, parts);
    expect([quotient?.value, caveats]).toEqual(['10.000000', ['weighted-by-denominator']]);
  });

  test('levels without weights have no mean, only a distribution', () => {
    const { distribution, caveats, quotient } = rollUp(levels, [
      part('a', valued('3', '4', '3.0')),
    ]);
    expect(distribution).toEqual([
      { value: '3', count: 2 },
      { value: '4', count: 1 },
    ]);
    expect([caveats, quotient]).toEqual([['no-weights'], null]);
  });
});

describe('what is recomputed', () => {
  test.each([
    [[], '0'],
    [['0', '0'], '0'],
    [['10', '8', '5', '4', '3'], '4'],
    [['25', '8', '5', '3', '3'], '3'],
    [['1', '1', '1'], '1'],
  ])('the H-index of %j is %s', (citations, index) => {
    expect(rollUp(groups, [part('a', valued(...citations))]).arithmetic[0]).toMatchObject({
      how: 'h-index',
      total: index,
    });
  });

  test('the H-index comes from all items together, not from those of the parts', () => {
    const parts = [part('a', valued('3', '3', '3')), part('b', valued('4', '5'))];
    expect(rollUp(groups, parts).arithmetic[0]?.total).toBe('3');
    expect(rollUp(groups, parts).caveats).toEqual([]);
  });

  test('stands still where an item has no value, and warns where the key names no publication', () => {
    expect(rollUp(groups, [part('a', listed('x').slice(1))]).arithmetic[0]).toMatchObject({
      total: null,
      problem: 'items-without-value',
    });
    const keyed = groups.components.map((one) =>
      one.type === 'items' ? { ...one, itemKey: 'nhóm nghiên cứu' } : one,
    );
    expect(rollUp({ ...groups, components: keyed }, []).caveats).toEqual([
      'items-may-not-be-publications',
    ]);
  });
});

describe('what a version states beside its parts', () => {
  test('the movement of a corrected part is told from what the lead knows beyond', () => {
    const [before, after] = [part('a', amount('5'), 1), part('a', amount('8'), 2)];
    const [then, now] = [rollUp(total, [before]), rollUp(total, [after])];
    expect(differencesOf(total, amount('20'), then, now)).toEqual([
      {
        component: 'value',
        stated: '20',
        fromPartsThen: '5',
        fromPartsNow: '8',
        difference: '12',
        moved: '3',
        onlyInParts: [],
        onlyStated: [],
      },
    ]);
    expect(movedParts(then.builtFrom, now.builtFrom)).toEqual([
      { contribution: `${round}.a`, builtOn: 1, accepted: 2 },
    ]);
    expect(movedParts(now.builtFrom, now.builtFrom)).toEqual([]);
    expect(movedParts(then.builtFrom, [])).toMatchObject([{ accepted: null }]);
  });

  test('lists are compared by key', () => {
    const now = rollUp(papers, [part('a', listed('10.1/x', '10.1/y'))]);
    const [, difference] = differencesOf(
      papers,
      listed('10.1/X', '10.1/z'),
      rollUp(papers, []),
      now,
    );
    expect(difference).toMatchObject({ onlyInParts: ['10.1/y'], onlyStated: ['10.1/z'] });
  });
});
