import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '#kernel';
import type { ComponentDefinition } from '#catalogue';
import { components } from './figures.contract.ts';
import type { ValueInput } from './figures.commands.ts';
import { readValues } from './values.ts';

/** Nothing is required here, so that each spec speaks of one component. */
const optional = components.map((component) => ({ ...component, required: false }));
const read = (...inputs: readonly ValueInput[]) => readValues(inputs, optional);

function refusalOf(act: () => unknown): Pick<Refusal, 'code' | 'facts'> {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, facts: error.facts };
    throw error;
  }
  throw new Error('nothing was refused');
}

function redefined(key: string, change: Partial<ComponentDefinition>): ComponentDefinition[] {
  return optional.map((one) => (one.key === key ? { ...one, ...change } : one));
}

describe('money', () => {
  test.each([
    ['đồng', '1500000', '1500000'],
    ['nghìn đồng', '1500.5', '1500500'],
    ['triệu đồng', '0.000001', '1'],
    ['tỷ đồng', '12.345678901', '12345678901'],
    ['tỷ đồng', '-2.50', '-2500000000'],
  ])('typed in %s: %s is %s đồng, and what was typed stays', (unit, typed, dong) => {
    const definition = redefined('tong_chi', { unit, scaleMax: 9 });
    const values = readValues([{ component: 'tong_chi', value: typed }], definition);
    expect(values).toStrictEqual([
      {
        component: 'tong_chi',
        type: 'money',
        value: dong,
        unit: 'đồng',
        entered: { value: typed, unit },
      },
    ]);
  });

  test('a fraction of one đồng, an unknown unit and too many digits are refused', () => {
    const inDong = redefined('tong_chi', { unit: 'đồng', scaleMax: 2 });
    expect(refusalOf(() => readValues([{ component: 'tong_chi', value: '1.5' }], inDong))).toEqual({
      code: 'value/below-one-dong',
      facts: { pointer: '/values/0/value' },
    });
    const inDollars = redefined('tong_chi', { unit: 'USD' });
    expect(
      refusalOf(() => readValues([{ component: 'tong_chi', value: '1' }], inDollars)),
    ).toMatchObject({ code: 'value/unknown-money-unit', facts: { unit: 'USD' } });
    const value = '9'.repeat(30);
    expect(refusalOf(() => read({ component: 'tong_chi', value })).code).toBe(
      'value/too-many-digits',
    );
  });

  test('conversion is exact for any amount the unit can express', () => {
    const digits = fc.integer({ min: 0, max: 999 }).map((part) => String(part).padStart(3, '0'));
    const whole = fc.bigInt({ min: 1n, max: 10n ** 24n });
    fc.assert(
      fc.property(whole, digits, (units, fraction) => {
        const [value] = read({ component: 'tong_chi', value: `${units}.${fraction}` });
        expect(value?.value).toBe(`${units}${fraction}000`);
      }),
    );
  });
});

describe('numbers', () => {
  test('stay as typed, trailing zeros too, with the unit beside them', () => {
    expect(
      read({ component: 'ty_le', value: '12.50' }, { component: 'so_bai', value: '0' }),
    ).toStrictEqual([
      { component: 'ty_le', type: 'decimal', value: '12.50', unit: '%' },
      { component: 'so_bai', type: 'count', value: '0', unit: 'bài' },
    ]);
  });

  test.each(['', ' 1', '1,5', '01', '-0', '1e3', '0x10', '.5', 'NaN', '１'])(
    '"%s" is no decimal',
    (value) => {
      expect(refusalOf(() => read({ component: 'ty_le', value }))).toMatchObject({
        code: 'value/not-a-decimal',
        facts: { pointer: '/values/0/value' },
      });
    },
  );

  test('an absent value is no decimal either', () => {
    expect(refusalOf(() => read({ component: 'ty_le' })).code).toBe('value/not-a-decimal');
  });

  test.each(['-1', '1.5'])('%s is no count', (value) => {
    expect(refusalOf(() => read({ component: 'so_bai', value })).code).toBe('value/not-a-count');
  });

  test('more digits than defined are refused, not rounded', () => {
    expect(refusalOf(() => read({ component: 'ty_le', value: '1.230' })).code).toBe(
      'value/scale-exceeded',
    );
    expect(refusalOf(() => read({ component: 'so_bai', value: '1.0' }))).toEqual({
      code: 'value/scale-exceeded',
      facts: { pointer: '/values/0/value', expected: 0 },
    });
  });

  test.each([
    ['10', '10', true],
    ['10', '0', true],
    ['10', '10.01', false],
    ['10', '-1', false],
    ['-10', '-10', true],
    ['-10', '0', true],
    ['-10', '1', false],
    ['-10', '-11', false],
    ['0', '0', true],
    ['0', '1', false],
  ])('of %s the part %s may be estimated: %s', (value, estimated, allowed) => {
    const act = () => read({ component: 'ty_le', value, estimated });
    if (allowed) expect(act()[0]?.estimated).toBe(estimated);
    else expect(refusalOf(act).code).toBe('value/estimated-exceeds');
  });

  test('the estimated part and the breakdown of money are kept in đồng', () => {
    const breakdown = [{ dimension: 'nguồn', item: 'trung ương', value: '1.5' }];
    expect(
      read({ component: 'tong_chi', value: '3', estimated: '0.25', breakdown })[0],
    ).toMatchObject({
      value: '3000000',
      estimated: '250000',
      breakdown: [{ dimension: 'nguồn', item: 'trung ương', value: '1500000' }],
    });
  });

  test('an item of a breakdown stands once in its dimension', () => {
    const row = { dimension: 'huyện', item: 'Mường La', value: '1' };
    const breakdown = [row, { ...row, dimension: 'xã' }, row];
    expect(refusalOf(() => read({ component: 'ty_le', value: '3', breakdown }))).toEqual({
      code: 'value/duplicate-item',
      facts: { pointer: '/values/0/breakdown/2/item' },
    });
  });
});

describe('texts and items', () => {
  test('are kept as typed, items with what is absent as null', () => {
    const items = [{ key: '10.1000/1', label: 'Bài 1', value: '2' }, { key: '10.1000/2' }];
    expect(
      read(
        { component: 'muc_do', text: 'Mức 3' },
        { component: 'mo_ta', text: 'Dòng một\nDòng hai' },
        { component: 'bai_bao', items },
      ),
    ).toStrictEqual([
      { component: 'muc_do', type: 'level', text: 'Mức 3' },
      { component: 'mo_ta', type: 'text', text: 'Dòng một\nDòng hai' },
      {
        component: 'bai_bao',
        type: 'items',
        items: [
          { key: '10.1000/1', label: 'Bài 1', value: '2' },
          { key: '10.1000/2', label: null, value: null },
        ],
      },
    ]);
  });

  test.each([
    ['muc_do', '', 'empty'],
    ['muc_do', 'một\nhai', 'control-character'],
    ['mo_ta', 'Mức'.normalize('NFD'), 'not-nfc'],
    ['mo_ta', 'a'.repeat(4001), 'too-long'],
    ['mo_ta', '\ud800', 'not-well-formed'],
  ])('%s refuses a text that is faulty: %#', (component, text, fault) => {
    expect(refusalOf(() => read({ component, text }))).toMatchObject({
      code: 'value/text-invalid',
      facts: { pointer: '/values/0/text', fault },
    });
  });

  test('two items with one key are one item counted twice', () => {
    const items = [{ key: '10.1000/1' }, { key: '10.1000/2' }, { key: '10.1000/1' }];
    expect(refusalOf(() => read({ component: 'bai_bao', items }))).toEqual({
      code: 'value/duplicate-item',
      facts: { pointer: '/values/0/items/2/key', itemKey: 'DOI' },
    });
  });

  test('an empty list says that there is none; no list says nothing', () => {
    expect(read({ component: 'bai_bao', items: [] })[0]?.items).toEqual([]);
    expect(refusalOf(() => read({ component: 'bai_bao' })).code).toBe('value/wrong-member');
  });
});

describe('components', () => {
  test('must be known, once each, and the required ones there', () => {
    const known = components.map(({ key }) => key);
    expect(refusalOf(() => read({ component: 'la', value: '1' }))).toEqual({
      code: 'value/unknown-component',
      facts: { pointer: '/values/0/component', expected: known },
    });
    const twice = { component: 'ty_le', value: '1' };
    expect(refusalOf(() => read(twice, twice))).toEqual({
      code: 'value/duplicate-component',
      facts: { pointer: '/values/1/component' },
    });
    expect(refusalOf(() => readValues([twice], components))).toEqual({
      code: 'value/required',
      facts: { pointer: '/values', component: 'tong_chi' },
    });
  });

  test.each([
    [{ component: 'ty_le', value: '1', text: 'một' }, 'text'],
    [{ component: 'muc_do', text: 'Mức 1', value: '1' }, 'value'],
    [{ component: 'bai_bao', items: [], estimated: '1' }, 'estimated'],
    [{ component: 'mo_ta', text: 'a', items: [] }, 'items'],
  ])('a member that the type does not use is refused, not ignored: %#', (input, member) => {
    expect(refusalOf(() => read(input))).toMatchObject({
      code: 'value/wrong-member',
      facts: { pointer: `/values/0/${member}` },
    });
  });
});
