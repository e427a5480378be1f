import { describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import { checkTexts } from './check-catalogue.ts';
import { compared, comparing, count, relating, term } from './checks.contract.ts';
import { after, commands, endorsed, stateAfter, step } from './figure-acts.contract.ts';
import { cast, contextFor } from './figures.contract.ts';

const round = 'son_la-qd1969-2026';
/** I.4 states 125000500000 đồng; the other indicator states less, and must not. */
const money = { ...count('value', '1', 'đồng'), type: 'money' } as const;
const facts = {
  ...comparing(
    [relating('equal', [term('I.4', 'tong_chi')], [term('II.1', 'value')])],
    [compared(`${round}.II.1`, 'II.1', [money])],
  ),
  assignment: { participants: [] },
};
const verify = { ...commands.verify, reviewBody: null, acceptance: null };
const answer = {
  code: 'check/cross-check',
  component: 'tong_chi',
  check: 'equal',
  reason: 'Khác phạm vi',
};
const standing = { ...answer, severity: 'error' } as const;
const checker = contextFor(cast.checker, facts);

describe('verifying in spite of findings', () => {
  test('an error that nobody answered stops it, and is listed', () => {
    const { reason: _, ...named } = answer;
    const found = {
      ...named,
      severity: 'error',
      pointer: '/values/0',
      expected: '= 1',
      found: '125000500000',
      about: [
        {
          figure: `${round}.II.1`,
          version: 1,
          digest: digestOf(`${round}.II.1`),
          inForce: true,
        },
      ],
    };
    after(endorsed)
      .when(verify, checker)
      .refuses('figure/checks-open', { pointer: '/overrides', findings: [found] });
  });

  test('answered in words it passes, and finding and words stay in the event', () => {
    const { reason: _, ...named } = standing;
    const past = step({ ...verify, overrides: [answer] }, cast.checker, facts);
    const { state, history } = after([...endorsed, past]);
    expect(state).toMatchObject({ status: 'verified', inForce: 1 });
    expect(history.at(-1)).toMatchObject({
      type: 'figure.verified.v1',
      data: { findings: expect.arrayContaining([named]), overrides: [answer] },
    });
  });

  test.each([
    ['no finding', { ...answer, code: 'check/jump' }],
    ['a finding on another component', { ...answer, component: null }],
    ['another cross-check', { ...answer, check: 'other' }],
  ])('an answer to %s is refused', (_, override) => {
    after(endorsed)
      .when({ ...verify, overrides: [answer, override] }, checker)
      .refuses('figure/no-such-check', { pointer: '/overrides/1' });
  });

  test('nothing is answered twice, nor without words', () => {
    after(endorsed)
      .when({ ...verify, overrides: [answer, answer] }, checker)
      .refuses('figure/no-such-check', { pointer: '/overrides/1' });
    after(endorsed)
      .when({ ...verify, overrides: [{ ...answer, reason: ' ' }] }, checker)
      .refuses('value/text-invalid', { pointer: '/overrides/0/reason' });
  });

  test('a warning passes unanswered, and may be answered', () => {
    const outstanding = contextFor(cast.checker);
    after(endorsed).when(verify, outstanding).thenActor({
      person: cast.checker.person,
      agency: 'son_la.so_khcn',
      unit: 'son_la.so_khcn.p_khcn',
      role: 'checker',
      actingFor: null,
    });
    const words = {
      code: 'check/parts-outstanding',
      component: null,
      check: null,
      reason: 'Xã chưa nộp',
    };
    expect(stateAfter(...endorsed, step({ ...verify, overrides: [words] })).status).toBe(
      'verified',
    );
  });

  test('who may not verify learns nothing of the checks', () => {
    after(endorsed)
      .when(verify, contextFor(cast.otherChecker, facts))
      .refuses('duty/not-checking-agency');
  });
});

test('every code says what it means in both languages', () => {
  for (const { en, vi } of Object.values(checkTexts)) {
    expect([en.trim(), vi.normalize('NFC')]).toEqual([en, vi]);
    expect(Math.min(en.length, vi.length)).toBeGreaterThan(5);
  }
});
