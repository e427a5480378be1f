import { describe, expect, test } from '@jest/globals';
import { day, digestOf } from '#kernel';
import { contributionDecider } from './contribution.ts';
import {
  commands as partCommands,
  step as partStep,
  stream as partStream,
  submitted as partSubmitted,
} from './contribution-acts.contract.ts';
import { after, commands, endorsed, stateAfter, step, submitted } from './figure-acts.contract.ts';
import { actorIs, broken, cast, contextFor, letter, told, today } from './figures.contract.ts';
import { marksOf } from './marks.ts';
import { isTranscribed } from './versions.ts';

const paper = { arrivalNumber: '123', arrivedOn: day('2026-08-30'), evidence: letter };
const approvals = [
  ['endorse', submitted, cast.head],
  ['return', submitted, cast.head],
  ['verify', endorsed, cast.checker],
] as const;

describe('an approving act that came on paper', () => {
  test.each(approvals)(
    '%s says so, is the act of who may do it, and leaves the mark',
    (type, before, who) => {
      const act = step({ ...commands[type], paper }, who);
      const { history, state } = after([...before, act]);
      expect(history.at(-1)).toMatchObject({ data: { paper }, metadata: { actor: actorIs(who) } });
      expect(isTranscribed(state.versions[0]!)).toBe(true);
      expect(marksOf(state, contextFor(who))).toContain('transcribed');
    },
  );

  test.each(approvals)('%s without paper has no such member and no mark', (type, before, who) => {
    const { history, state } = after([...before, step({ ...commands[type], paper: null }, who)]);
    expect(history.at(-1)?.data).not.toHaveProperty('paper');
    expect(isTranscribed(state.versions[0]!)).toBe(false);
  });

  test.each(approvals)('%s gives nobody another’s capacity', (type, before, _who) => {
    after(before)
      .when({ ...commands[type], paper }, contextFor(cast.otherOfficer))
      .refuses('duty/role-required');
  });

  test.each(approvals)(
    '%s needs the stamped paper in the register, whole and arrived',
    (type, before, who) => {
      const refusedFor = (change: object, code: string) =>
        after(before)
          .when({ ...commands[type], paper: { ...paper, ...change } }, contextFor(who))
          .refuses(code);
      refusedFor({ evidence: digestOf('không có') }, 'figure/evidence-missing');
      refusedFor({ evidence: broken }, 'figure/evidence-missing');
      refusedFor({ arrivedOn: day('2026-09-02') }, 'figure/arrival-in-future');
      refusedFor({ arrivalNumber: '' }, 'value/text-invalid');
    },
  );

  test('a withdrawn endorsement takes its mark along', () => {
    const steps = [
      ...submitted,
      step({ ...commands.endorse, paper }),
      step(commands['withdraw-endorsement']),
    ];
    expect(isTranscribed(stateAfter(...steps).versions[0]!)).toBe(false);
  });
});

describe('statements that came on paper', () => {
  const late = { today: day('2027-01-05') };
  const arrived = { ...paper, arrivedOn: day('2026-12-31') };

  test('count from the arrival, whoever typed them in and when', () => {
    const typed = step({ ...commands.submit, paper: arrived }, cast.officer, late);
    const { statement, by } = stateAfter(typed).versions[0]!;
    expect(statement.due).toMatchObject({ handedInOn: '2026-12-31', late: false });
    expect([statement.paper, by]).toEqual([arrived, actorIs(cast.officer)]);
    const own = stateAfter(step(commands.submit, cast.officer, late)).versions[0]!.statement.due;
    expect(own).toMatchObject({ handedInOn: '2027-01-05', late: true });
  });

  test('so does what cannot be had, and what did not occur', () => {
    const declared = step(
      { ...commands['declare-unavailable'], paper: arrived },
      cast.officer,
      late,
    );
    expect(stateAfter(declared).versions[0]!.statement).toMatchObject({
      status: 'M',
      paper: arrived,
      due: { handedInOn: '2026-12-31', late: false },
    });
    const nothing = partStep(
      { ...partCommands['declare-no-data'], paper: arrived },
      cast.dostOfficer,
      late,
    );
    expect(told(contributionDecider, [nothing], partStream)[0]?.data).toMatchObject({
      paper: arrived,
      due: { late: false },
    });
  });

  test('a part is endorsed and returned on paper as well', () => {
    for (const type of ['endorse', 'return'] as const) {
      const act = partStep({ ...partCommands[type], paper });
      expect(
        told(contributionDecider, [...partSubmitted, act], partStream).at(-1)?.data,
      ).toMatchObject({ paper });
    }
    expect(paper.arrivedOn <= today).toBe(true);
  });
});
