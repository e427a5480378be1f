import { describe, expect, test } from '@jest/globals';
import { day } from '#kernel';
import { given } from '#testing';
import {
  acting,
  assignmentOf,
  committeeLetter,
  documentOf,
  dueDecided,
  frozen,
  known,
  made,
  opened,
  registeredAgencies,
  sourceAt,
  today,
} from './catalogue.contract.ts';
import { isSameAuthority, lastDayIn } from './due-dates.ts';
import type { RoundFact } from './round.events.ts';
import { dueOf } from './round-queries.ts';
import type { Round } from './round-state.ts';
import { roundDecider } from './round.ts';

const context = { acting: acting('registrar'), today, framework: null, agencies: known() };
const base = [opened, made(), made({ indicator: 'I.5', leads: ['son_la.so_khcn'] })];
const decide = {
  type: 'decide-due',
  scope: 'figure',
  indicator: null,
  dateId: 'annex',
  lastDay: null,
  why: 'Chọn phụ lục',
  document: null,
} as const;
const extend = {
  type: 'extend-deadline',
  scope: 'figure',
  indicator: 'I.4',
  agency: null,
  lastDay: day('2027-01-31'),
  reason: 'Chờ quyết toán',
  document: committeeLetter,
} as const;
const extended = (members: Partial<Omit<typeof extend, 'type'>> | object = {}): RoundFact => {
  const { type: _, ...data } = { ...extend, ...members };
  return { type: 'deadline.extended.v1', data };
};

function dueAfter(facts: readonly RoundFact[], indicator: string, agency: string | null = null) {
  const { state } = given(roundDecider, [...base, ...facts]);
  return dueOf(state as Round, indicator, 'figure', agency);
}

describe('dates as plans print them', () => {
  test.each([
    ['Quý IV/2026', '2026-12-31'],
    ['Quý III năm 2026', '2026-09-30'],
    ['Tháng 9/2026', '2026-09-30'],
    ['Tháng 06/2025', '2025-06-30'],
    ['Tháng 12/2026', '2026-12-31'],
    ['Tháng 2/2028', '2028-02-29'],
    ['Năm 2027', '2027-12-31'],
    ['Quý III - Quý IV năm 2026', '2026-12-31'],
    ['Hoàn thành trước 30/9/2026', '2026-09-29'],
    ['trước ngày 05/12/2026', '2026-12-04'],
    ['05/12/2026', '2026-12-05'],
    ['trước ngày 01/3/2028', '2028-02-29'],
  ])('%s leaves until %s', (raw, lastDay) => {
    expect(lastDayIn(raw)).toBe(lastDay);
  });

  test.each(['theo quy định', 'Hằng năm', 'trước 31/9/2026', ''])('%s leaves no day', (raw) => {
    expect(lastDayIn(raw)).toBeUndefined();
  });

  test('one authority has several spellings', () => {
    expect(isSameAuthority('Ủy ban nhân dân tỉnh Sơn La', 'UBND tỉnh Sơn La')).toBe(true);
    expect(isSameAuthority('UBND tỉnh', 'Uỷ ban nhân dân  tỉnh Sơn La')).toBe(true);
    expect(isSameAuthority('UBND tỉnh Bắc Ninh', 'UBND tỉnh Sơn La')).toBe(false);
    expect(isSameAuthority('UBND', 'UBND tỉnh Sơn La')).toBe(false);
    expect(isSameAuthority('Sở Khoa học và Công nghệ', 'UBND tỉnh Sơn La')).toBe(false);
  });
});

describe('deciding which date counts', () => {
  test('chooses among the named dates, the first time on a reason alone', () => {
    given(roundDecider, base).when(decide, context).then([dueDecided()]);
    given(roundDecider, base)
      .when({ ...decide, dateId: 'text' }, context)
      .refuses('due/date-not-named', { indicators: ['I.4', 'I.5'], scope: 'figure' });
    given(roundDecider, [opened]).when(decide, context).refuses('due/date-not-named');
  });

  test('takes one of a named date and a day, and a day only with its document', () => {
    const day1 = { ...decide, dateId: null, lastDay: day('2026-10-01') };
    given(roundDecider, base).when(day1, context).refuses('due/invalid');
    const both = { ...day1, dateId: 'annex', document: committeeLetter };
    given(roundDecider, base).when(both, context).refuses('due/invalid');
    const neither = { ...decide, dateId: null };
    given(roundDecider, base).when(neither, context).refuses('due/invalid');
    const set = { ...day1, document: committeeLetter };
    const { type: _, ...data } = set;
    given(roundDecider, base)
      .when(set, context)
      .then([{ type: 'due.decided.v1', data }]);
    const unknown = { ...decide, indicator: 'I.6' };
    given(roundDecider, base).when(unknown, context).refuses('assignment/unknown');
  });

  test('once decided, moves only on a document of the plan’s own authority', () => {
    const decided = given(roundDecider, [...base, dueDecided()]);
    decided.when(decide, context).refuses('due/already-decided', { same: true, revision: 3 });
    const moved = {
      ...decide,
      indicator: 'I.4',
      dateId: null,
      lastDay: day('2026-06-30'),
      why: 'Theo công văn',
    };
    const other = { ...moved, document: documentOf('Sở Khoa học và Công nghệ') };
    decided.when(other, context).refuses('due/needs-document', { authority: 'UBND tỉnh Sơn La' });
    decided.when({ ...decide, why: 'Khác' }, context).refuses('due/needs-document');
    const nobody = { ...moved, document: documentOf(null) };
    decided.when(nobody, context).refuses('catalogue/document', { pointer: '/document/issuer' });
    const letter = { ...moved, document: committeeLetter };
    const { type: _, ...data } = letter;
    decided.when(letter, context).then([{ type: 'due.decided.v1', data }]);
  });
});

describe('extending', () => {
  const decided = [...base, dueDecided()];

  test('gives more time on a document', () => {
    given(roundDecider, decided).when(extend, context).then([extended()]);
    const own = { ...extend, agency: 'son_la.so_tc' };
    given(roundDecider, decided)
      .when(own, context)
      .then([extended({ agency: 'son_la.so_tc' })]);
  });

  test('is never shorter, never for strangers, never of nothing', () => {
    const shorter = { ...extend, lastDay: day('2026-12-31') };
    given(roundDecider, decided)
      .when(shorter, context)
      .refuses('due/not-later', { lastDay: '2026-12-31' });
    given(roundDecider, base).when(extend, context).refuses('due/not-decided');
    const stranger = { ...extend, agency: 'son_la.so_tp' };
    given(roundDecider, decided).when(stranger, context).refuses('due/not-a-party');
    const ours = { ...extend, document: documentOf('Sở Tài chính') };
    given(roundDecider, decided).when(ours, context).refuses('due/needs-document');
    given(roundDecider, [...decided, extended()])
      .when(extend, context)
      .refuses('due/already-extended', { same: true, revision: 4 });
  });

  test('of a part is for participants', () => {
    const text = dueDecided({ scope: 'contribution', indicator: 'I.4', dateId: 'text' });
    const parts = [...base, text, frozen(['son_la.so_tp'])];
    const of = {
      ...extend,
      scope: 'contribution',
      agency: 'son_la.so_tp',
      lastDay: day('2026-10-15'),
    } as const;
    const fact = extended({
      scope: 'contribution',
      agency: 'son_la.so_tp',
      lastDay: day('2026-10-15'),
    });
    given(roundDecider, parts).when(of, context).then([fact]);
    given(roundDecider, parts)
      .when({ ...of, agency: 'son_la.so_tc' }, context)
      .refuses('due/not-a-party');
  });
});

describe('the date that counts', () => {
  const own = dueDecided({
    indicator: 'I.4',
    dateId: null,
    lastDay: day('2026-11-30'),
    document: committeeLetter,
  });

  test('is that of the decision for all, with where the plan names it', () => {
    expect(dueAfter([], 'I.4')).toBeNull();
    expect(dueAfter([dueDecided()], 'I.4')).toStrictEqual({
      lastDay: '2026-12-31',
      decidedBy: { stream: 'spec-1', revision: 3 },
      kind: 'named-date',
      source: sourceAt(141, 'Quý IV/2026'),
    });
    expect(dueAfter([dueDecided()], 'I.9')).toBeNull();
  });

  test('gives way to a decision of the indicator’s own', () => {
    expect(dueAfter([own, dueDecided()], 'I.4')).toStrictEqual({
      lastDay: '2026-11-30',
      decidedBy: { stream: 'spec-1', revision: 3 },
      kind: 'document',
      source: null,
    });
    expect(dueAfter([own, dueDecided()], 'I.5')?.lastDay).toBe('2026-12-31');
  });

  test('gives way to extensions, of which the one that gives most counts', () => {
    const forAll = extended({ lastDay: day('2027-01-15') });
    const forOne = extended({ agency: 'son_la.so_tc', lastDay: day('2027-02-15') });
    const facts = [dueDecided(), forAll, forOne];
    expect(dueAfter(facts, 'I.4', 'son_la.so_tc')).toStrictEqual({
      lastDay: '2027-02-15',
      decidedBy: { stream: 'spec-1', revision: 5 },
      kind: 'extension',
      source: null,
    });
    expect(dueAfter(facts, 'I.4')?.lastDay).toBe('2027-01-15');
    const later = [dueDecided(), forOne, extended({ lastDay: day('2027-03-15') })];
    expect(dueAfter(later, 'I.4', 'son_la.so_tc')?.lastDay).toBe('2027-03-15');
    // One for everybody that came afterwards takes nothing from what one agency was given.
    const smaller = [dueDecided(), forOne, forAll];
    expect(dueAfter(smaller, 'I.4', 'son_la.so_tc')?.lastDay).toBe('2027-02-15');
  });

  test('comes back from an extension by a later decision, to an earlier day too', () => {
    expect(dueAfter([dueDecided(), extended(), own], 'I.4')?.lastDay).toBe('2026-11-30');
    expect(dueAfter([dueDecided(), extended(), own, extended()], 'I.4')?.lastDay).toBe(
      '2027-01-31',
    );
  });

  test('cannot be lost by an amendment, but moves with one of the authority', () => {
    const decided = given(roundDecider, [...base, dueDecided()]);
    const [annex, text] = assignmentOf().dates;
    if (annex === undefined || text === undefined) throw new TypeError('the example has two dates');
    const amend = (dates: (typeof annex)[], document = committeeLetter) =>
      ({
        type: 'amend-assignment',
        assignment: assignmentOf({ dates }),
        reason: 'Sửa',
        document,
      }) as const;
    const around = { ...context, agencies: registeredAgencies };
    decided.when(amend([text]), around).refuses('assignment/date-in-use', { scope: 'figure' });
    const moved = [{ ...annex, lastDay: day('2026-11-30') }, text];
    decided.when(amend(moved, documentOf('Sở Tài chính')), around).refuses('due/needs-document');
    decided.when(amend(moved), around).then([
      {
        type: 'assignment.amended.v1',
        data: {
          ...assignmentOf({ dates: moved }),
          definition: { edition: '2026', revision: 1 },
          reason: 'Sửa',
          document: committeeLetter,
        },
      },
    ]);
  });
});
