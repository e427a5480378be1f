import { describe, expect, test } from '@jest/globals';
import { day } from '#kernel';
import type { Day, Instant } from '#kernel';
import { checksOf } from './checks.ts';
import { nothingToCompare } from './contexts.ts';
import { commands as partCommands, requested } from './contribution-acts.contract.ts';
import { after as afterPart } from './contribution-acts.contract.ts';
import { after, commands, stateAfter, step } from './figure-acts.contract.ts';
import { cast, contextFor, letter } from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import { marksOf } from './marks.ts';
import { isRecordedLate } from './paper-arrival.ts';

const paper = { arrivalNumber: '45', arrivedOn: day('2026-08-25'), evidence: letter };
const submitting = (change: object, changes: Changes = {}) =>
  after([]).when(
    { ...commands.submit, paper: { ...paper, ...change } },
    contextFor(cast.officer, changes),
  );
const pointer = '/paper/arrivedOn';

describe('the day a paper arrived', () => {
  test('is not after today', () => {
    const expected = '2026-09-01';
    submitting({ arrivedOn: day('2026-09-02') }).refuses('figure/arrival-in-future', {
      pointer,
      expected,
    });
  });

  test('is not before the plan that asks for it', () => {
    const reason = 'Nhập bù.';
    const round = { opensOn: day('2026-03-01') };
    const early = { arrivedOn: day('2026-02-28'), reason };
    submitting(early, { round }).refuses('figure/arrival-too-early', {
      pointer,
      expected: '2026-03-01',
    });
    submitting({ arrivedOn: day('2026-03-01'), reason }, { round }).thenActor(
      expect.objectContaining({ role: 'officer' }) as never,
    );
  });

  test('is not before the date that the paper itself bears', () => {
    const dated = (documentDate: Day | null): Changes => ({
      evidence: contextFor(cast.officer).evidence.map((file) =>
        file.evidence === letter ? { ...file, documentDate } : file,
      ),
    });
    submitting({}, dated(day('2026-08-26'))).refuses('figure/arrival-too-early', {
      pointer,
      expected: '2026-08-26',
    });
    for (const documentDate of [day('2026-08-25'), null]) {
      submitting({}, dated(documentDate)).thenActor(
        expect.objectContaining({ role: 'officer' }) as never,
      );
    }
  });

  test('holds for parts as for figures', () => {
    const command = { ...partCommands.submit, paper: { ...paper, arrivedOn: day('2025-12-31') } };
    afterPart(requested)
      .when(command, contextFor(cast.dostOfficer))
      .refuses('contribution/arrival-too-early', { pointer });
  });
});

describe('a paper that was typed in long after it arrived', () => {
  const eight = day('2026-08-24');

  test('needs words after more than seven days, which stay with it', () => {
    submitting({ arrivedOn: eight }).refuses('figure/arrival-unexplained', {
      pointer: '/paper/reason',
      recordedOn: '2026-09-01',
      daysMax: 7,
    });
    submitting({ arrivedOn: eight, reason: ' ' }).refuses('value/text-invalid');
    const told = { ...paper, arrivedOn: eight, reason: 'Văn thư nghỉ ốm.' };
    const typed = step({ ...commands.submit, paper: told }, cast.officer);
    expect(stateAfter(typed).versions[0]!.statement.paper).toEqual(told);
    // Seven days are enough for the post room, and words may be given at any time.
    const seven = step({ ...commands.submit, paper: { ...paper, reason: null } }, cast.officer);
    expect(stateAfter(seven).versions[0]!.statement.paper).toEqual(paper);
  });

  test('is shown to whoever verifies: a mark, and a finding with both days', () => {
    const told = { ...paper, arrivedOn: eight, reason: 'Văn thư nghỉ ốm.' };
    const recordedAt = '2026-09-01T02:00:00.000Z' as Instant;
    const typed = stateAfter(step({ ...commands.submit, paper: told }, cast.officer));
    const version = { ...typed.versions[0]!, recordedAt };
    const facts = { ...contextFor(cast.checker), comparisons: nothingToCompare };
    expect(checksOf(version, facts).findings).toContainEqual({
      code: 'check/recorded-late',
      severity: 'warning',
      component: null,
      check: null,
      pointer,
      expected: '2026-09-01',
      found: eight,
      about: [],
    });
    expect(marksOf({ ...typed, versions: [version] }, facts)).toContain('recorded-late');
    const inTime = { ...version, recordedAt: '2026-08-31T02:00:00.000Z' as Instant };
    expect(isRecordedLate(inTime)).toBe(false);
    expect(checksOf(inTime, facts).findings.map(({ code }) => code)).not.toContain(
      'check/recorded-late',
    );
    expect(marksOf({ ...typed, versions: [inTime] }, facts)).not.toContain('recorded-late');
  });

  test('is shown so also where it declares that there is nothing', () => {
    const told = { ...paper, arrivedOn: eight, reason: 'Văn thư nghỉ ốm.' };
    const declared = stateAfter(
      step({ ...commands['declare-unavailable'], paper: told }, cast.officer),
    );
    const recordedAt = '2026-09-01T02:00:00.000Z' as Instant;
    const version = { ...declared.versions[0]!, recordedAt };
    const facts = { ...contextFor(cast.checker), comparisons: nothingToCompare };
    expect(checksOf(version, facts).findings.map(({ code }) => code)).toEqual([
      'check/recorded-late',
    ]);
  });
});
