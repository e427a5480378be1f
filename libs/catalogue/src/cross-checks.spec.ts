import { describe, expect, test } from '@jest/globals';
import { given } from '#testing';
import {
  acting,
  defined,
  definitionOf,
  published,
  ratio,
  registrar,
  today,
} from './catalogue.contract.ts';
import { crossChecksOf } from './cross-checks.ts';
import type { CrossCheck } from './cross-checks.ts';
import { frameworkDecider } from './framework.ts';

const context = { acting: acting('registrar'), today };
const amount = definitionOf();
const share = ratio;
const term = (indicator: string, component: string) => ({
  indicator,
  component,
  cumulative: false,
});
const check: CrossCheck = {
  key: 'total_holds_part',
  severity: 'error',
  status: 'proposed',
  relation: 'at-most',
  left: [term(share.code, 'numerator')],
  right: [term(share.code, 'denominator')],
  text: 'numerator <= denominator',
  why: { vi: 'Phần không vượt tổng', en: null },
  reading: 'As it stands.',
};
const state = (...checks: CrossCheck[]) =>
  ({ type: 'state-cross-checks', edition: '2026', checks, reason: 'Đề xuất' }) as const;
const base = given(frameworkDecider, [published, defined(amount), defined(share)]);
const stated = (...checks: CrossCheck[]) =>
  ({
    type: 'framework.cross-checks-stated.v1',
    data: { edition: '2026', checks, reason: 'Đề xuất' },
  }) as const;

describe('cross-checks of an edition', () => {
  test('are stated by a registrar, all at once, and the last statement counts', () => {
    base
      .when(state(check), context)
      .then([stated(check)])
      .thenActor(registrar);
    base
      .when(state(check), { acting: acting('officer'), today })
      .refuses('framework/not-registrar');
    const other = { ...check, key: 'other' };
    const after = given(frameworkDecider, [
      published,
      defined(amount),
      defined(share),
      stated(check),
      stated(other),
    ]);
    expect(after.state?.editions.get('2026')?.crossChecks).toEqual([other]);
    after.when(state(other), context).refuses('framework/cross-checks-unchanged', { same: true });
    after.when(state(), context).then([stated()]);
    // What was replaced comes back by nobody's loading of a plan, only in words of its own.
    after.when(state(check), context).refuses('framework/cross-checks-unchanged', { same: true });
    const back = { ...state(check), reason: 'Trở lại bộ đầu tiên' };
    const data = { ...stated(check).data, reason: back.reason };
    after.when(back, context).then([{ type: 'framework.cross-checks-stated.v1', data }]);
  });

  test('leave the loading of an edition as repeatable as it was', () => {
    const after = given(frameworkDecider, [published, defined(share), stated(check)]);
    after
      .when({ type: 'publish-edition', ...published.data }, context)
      .refuses('framework/edition-exists', { same: true });
  });

  test.each([
    [
      'an indicator there is not',
      { left: [term('IX.9', 'value')] },
      'indicator/unknown',
      '/checks/0/left/0/indicator',
    ],
    [
      'a component there is not',
      { right: [term(share.code, 'nowhere')] },
      'framework/cross-check-invalid',
      '/checks/0/right/0/component',
    ],
    ['an empty side', { right: [] }, 'framework/cross-check-invalid', '/checks/0/right'],
    [
      'an unknown relation',
      { relation: 'alike' as never },
      'catalogue/choice',
      '/checks/0/relation',
    ],
    ['a key that is no id', { key: 'Tổng' }, 'catalogue/id', '/checks/0/key'],
  ])('with %s are refused', (_, change, code, pointer) => {
    base.when(state({ ...check, ...change }), context).refuses(code, { pointer });
  });

  test('never add money and numbers of another kind', () => {
    const papers = { ...amount.components[0]!, type: 'count', unit: 'bài', scaleMax: 0 } as const;
    const mixed = given(frameworkDecider, [
      published,
      defined({ ...amount, components: [papers] }),
      defined(share),
    ]);
    mixed
      .when(state({ ...check, right: [term(amount.code, papers.key)] }), context)
      .refuses('framework/cross-check-invalid', { pointer: '/checks/0/relation' });
  });

  test('are found by any indicator they name; those for people may have one side only', () => {
    const byHand = { ...check, key: 'by_hand', relation: 'by-hand', right: [] } as const;
    base.when(state(byHand), context).then([stated(byHand)]);
    expect(crossChecksOf([check, byHand], share.code)).toEqual([check, byHand]);
    expect(crossChecksOf([check], amount.code)).toEqual([]);
  });
});
