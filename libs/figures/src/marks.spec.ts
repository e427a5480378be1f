import { describe, expect, test } from '@jest/globals';
import { day, digestOf } from '#kernel';
import {
  commands,
  endorsed,
  returned,
  stateAfter,
  step,
  submitted,
  verified,
  withdrawn,
} from './figure-acts.contract.ts';
import type { Step } from './figure-acts.contract.ts';
import { cast, contextFor, dost, due, figureId, letter, party } from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import { marksOf } from './marks.ts';

const alone: Changes = { assignment: { participants: [] } };
const marksAfter = (steps: readonly Step[], changes: Changes = {}) =>
  marksOf(stateAfter(...steps), contextFor(cast.registrar, changes));

const complete = [step(commands.submit, cast.officer, alone)];

test('a figure in order says that its evidence is complete', () => {
  expect(marksAfter(complete, alone)).toEqual(['evidence-complete']);
});

describe('overdue', () => {
  const dayAfter: Changes = { today: day('2027-01-01') };

  test('what is owed after its last day, not what was handed in late', () => {
    expect(marksAfter([], { today: day('2026-12-31') })).toEqual([]);
    expect(marksAfter([], dayAfter)).toEqual(['overdue']);
    expect(marksAfter(withdrawn, dayAfter)).toEqual(['overdue']);
    expect(marksAfter(submitted, dayAfter)).not.toContain('overdue');
  });

  test('a return is overdue by its own date', () => {
    expect(marksAfter(returned, { today: day('2026-09-10') })).not.toContain('overdue');
    expect(marksAfter(returned, { today: day('2026-09-11') })).toContain('overdue');
  });

  test("nothing is overdue where no date was decided, nor before the last lead's", () => {
    const undecided = { leads: [party('son_la.so_tc', { due: null })] };
    expect(marksAfter([], { ...dayAfter, assignment: undecided })).toEqual([]);
    const extended = party('son_la.so_yt', { due: { ...due, lastDay: day('2027-01-15') } });
    const joint = { mode: 'joint', leads: [party('son_la.so_tc'), extended] } as const;
    expect(marksAfter([], { ...dayAfter, assignment: joint })).toEqual([]);
    expect(marksAfter([], { today: day('2027-01-16'), assignment: joint })).toEqual(['overdue']);
  });
});

describe('of the present version', () => {
  test.each(['P', 'E'] as const)('status %s is provisional', (status) => {
    const acts = [step({ ...commands.submit, status }, cast.officer, alone)];
    expect(marksAfter(acts, alone)).toEqual(['provisional', 'evidence-complete']);
  });

  test('who signed for the head, and what came on paper', () => {
    const paper = { arrivalNumber: '45', arrivedOn: day('2026-08-30'), evidence: letter };
    const acts = [
      step({ ...commands.submit, paper }, cast.officer, alone),
      step(commands.endorse, cast.deputy, alone),
    ];
    expect(marksAfter(acts, alone)).toEqual([
      'evidence-complete',
      'endorsed-by-deputy',
      'transcribed',
    ]);
    const takenBack = [...acts, step(commands['withdraw-endorsement'], cast.deputy, alone)];
    expect(marksAfter(takenBack, alone)).toEqual(['evidence-complete', 'transcribed']);
  });

  test('evidence follows the facts of today', () => {
    expect(marksAfter(complete, { ...alone, evidence: [] })).toEqual(['evidence-incomplete']);
    const link = { evidence: null, reference: 'kho-1', component: null, page: null };
    const acts = [step({ ...commands.submit, evidence: [link] }, cast.officer, alone)];
    expect(marksAfter(acts, alone)).toEqual(['evidence-complete', 'evidence-referenced-only']);
  });

  test('parts outstanding, an older part, an older definition', () => {
    expect(marksAfter(submitted)).toEqual(['evidence-complete', 'parts-outstanding']);
    const contribution = `${figureId}.so_khcn`;
    const versions = [{ version: 1, digest: digestOf('part'), revision: 1, hands: [] }];
    const part = { contribution, agency: dost, accepted: 1, latest: 1, versions };
    const built = step({ ...commands.submit, builtFrom: [contribution] }, cast.officer, {
      ...alone,
      contributions: [part],
    });
    const since = { ...alone, contributions: [{ ...part, latest: 2 }] };
    expect(marksAfter([built], since)).toEqual(['evidence-complete', 'based-on-older-part']);
    const moved = { assignment: { participants: [], edition: '2027' } };
    expect(marksAfter(complete, moved)).toEqual(['evidence-complete', 'answers-older-definition']);
  });
});

describe('corrections pending', () => {
  const corrected = [...verified, step(commands.correct)];
  const ordered = [...verified, step(commands['order-correction'])];
  const endorse = step({ ...commands.endorse, version: 2 });
  const verify = step({ ...commands.verify, version: 2 });

  test('while a later version than the one in force waits', () => {
    expect(marksAfter(verified)).not.toContain('corrections-pending');
    expect(marksAfter(corrected)).toContain('corrections-pending');
    expect(marksAfter([...corrected, endorse, verify])).not.toContain('corrections-pending');
  });

  test('while an order is unanswered: an update or a withdrawn correction answers nothing', () => {
    expect(marksAfter(ordered)).toContain('corrections-pending');
    const answered = [...ordered, step(commands.correct), endorse, verify];
    expect(marksAfter(answered)).not.toContain('corrections-pending');
    const takenBack = [
      ...ordered,
      step(commands.correct),
      step({ ...commands.withdraw, version: 2 }),
    ];
    expect(marksAfter(takenBack)).toContain('corrections-pending');
    const provisional = [
      step({ ...commands.submit, status: 'P' }),
      ...verified.slice(1),
      step(commands['order-correction']),
      step({ ...commands.correct, kind: 'update' }),
      endorse,
      verify,
    ];
    expect(marksAfter(provisional)).toContain('corrections-pending');
  });
});

test('self-led shows from the first day, what a verification left while its version stands', () => {
  const led: Changes = { assignment: { leads: [party(dost)], participants: [] } };
  expect(marksAfter([], led)).toEqual(['self-led']);
  const acceptance = {
    kind: 'letter',
    number: '1',
    date: null,
    issuer: 'UBND tỉnh',
    title: 'Chấp nhận',
    digest: letter,
  } as const;
  const accepted = [
    step(commands.submit, cast.dostOfficer, led),
    step(commands.endorse, cast.dostHead, led),
    step({ ...commands.verify, acceptance }, cast.committeeHead, led),
  ];
  expect(marksAfter(accepted, led)).toEqual([
    'self-led',
    'not-independently-reviewed',
    'evidence-complete',
  ]);
  const corrected = [...accepted, step(commands.correct, cast.dostOfficer, led)];
  expect(marksAfter(corrected, led)).toEqual([
    'self-led',
    'evidence-complete',
    'corrections-pending',
  ]);
  expect(marksAfter(endorsed)).not.toContain('self-led');
});
