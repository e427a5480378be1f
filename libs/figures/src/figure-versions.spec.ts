import { describe, expect, test } from '@jest/globals';
import { day, digestOf } from '#kernel';
import {
  after,
  commands,
  conclusion,
  endorsed,
  lastDay,
  returned,
  stateAfter,
  step,
  submitted,
  verified,
  withdrawn,
} from './figure-acts.contract.ts';
import type { Step } from './figure-acts.contract.ts';
import {
  actorIs,
  cast,
  contextFor,
  dost,
  due,
  figureId,
  figureStream,
  leadAgency,
  letter,
  otherAgency,
  party,
  responsibility,
  today,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';

describe('versions', () => {
  const v2 = step(commands.correct);

  test('an approval of a superseded version is refused, whoever asks', () => {
    after([...endorsed, v2])
      .when(commands.endorse, contextFor(cast.head))
      .refuses('figure/version-superseded', { latest: 2 });
    after([...submitted, v2, step({ ...commands.endorse, version: 2 })])
      .when(commands.verify, contextFor(cast.checker))
      .refuses('figure/version-superseded', { latest: 2 });
  });

  test('a version that was never handed in cannot be approved', () => {
    after(submitted)
      .when({ ...commands.endorse, version: 2 }, contextFor(cast.head))
      .refuses('figure/no-such-version', { latest: 1 });
    after(submitted)
      .when({ ...commands.endorse, version: 0 }, contextFor(cast.head))
      .refuses('figure/no-such-version');
  });

  test('the verified version stays in force until a later one is verified', () => {
    const corrected = [...verified, v2];
    const endorsedAgain = [...corrected, step({ ...commands.endorse, version: 2 })];
    const back = step({ ...commands.return, version: 2 }, cast.checker);
    const returnedAgain = [...endorsedAgain, back];
    const verifiedAgain = [...endorsedAgain, step({ ...commands.verify, version: 2 })];
    expect(stateAfter(...corrected)).toMatchObject({ status: 'submitted', inForce: 1 });
    expect(stateAfter(...endorsedAgain)).toMatchObject({ status: 'endorsed', inForce: 1 });
    expect(stateAfter(...returnedAgain)).toMatchObject({ status: 'returned', inForce: 1 });
    expect(stateAfter(...verifiedAgain)).toMatchObject({ status: 'verified', inForce: 2 });
  });

  test('withdrawing a pending version brings back the verified one, by its own number', () => {
    const back = [...verified, v2, step({ ...commands.withdraw, version: 2 })];
    expect(stateAfter(...back)).toMatchObject({ status: 'verified', inForce: 1 });
    const again = after(back).when(commands.correct, contextFor(cast.officer));
    expect(() => again.refuses('none')).toThrow('figure.corrected.v1');
    expect(
      stateAfter(...back, v2).versions.map(({ statement, replaces }) => [
        statement.version,
        replaces,
      ]),
    ).toEqual([
      [1, null],
      [2, 1],
      [3, 1],
    ]);
  });

  test('a question may be about the version in force while a later one is pending', () => {
    const asked = stateAfter(...verified, v2, step(commands['request-explanation']));
    expect(asked.explanations[0]).toMatchObject({ version: 1, explainedBy: null });
    after([...submitted, v2])
      .when(commands['request-explanation'], contextFor(cast.checker))
      .refuses('figure/version-superseded');
  });

  test('after a return comes a resubmission and nothing else', () => {
    for (const kind of ['update', 'correction'] as const) {
      after(returned)
        .when({ ...commands.correct, kind }, contextFor(cast.officer))
        .refuses('figure/wrong-kind', { expected: ['resubmission'] });
    }
    after(verified)
      .when({ ...commands.correct, kind: 'resubmission' }, contextFor(cast.officer))
      .refuses('figure/wrong-kind', { expected: ['update', 'correction'] });
  });

  test('an update replaces what was planned to be replaced, else it is a correction', () => {
    const update = { ...commands.correct, kind: 'update' } as const;
    const complete: Changes = { assignment: { participants: [] } };
    const final = step(commands.submit, cast.officer, complete);
    after([final])
      .when(update, contextFor(cast.officer, complete))
      .refuses('figure/not-an-update', { expected: ['correction'] });
    const provisional = step({ ...commands.submit, status: 'P' }, cast.officer, complete);
    expect(stateAfter(provisional, step(update, cast.officer, complete)).versions).toHaveLength(2);
    const values = [{ component: 'tong_chi', value: '10', estimated: '2' }];
    const estimate = step({ ...commands.submit, values }, cast.officer, complete);
    expect(stateAfter(estimate, step(update, cast.officer, complete)).versions).toHaveLength(2);
  });

  test('a part that has come, or a definition that moved on, is no fault of the lead', () => {
    const update = { ...commands.correct, kind: 'update' } as const;
    after(submitted).when(update, contextFor(cast.officer)).refuses('figure/not-an-update');
    const part = {
      contribution: `${figureId}.so_khcn`,
      agency: dost,
      accepted: 1,
      latest: 1,
      versions: [],
    };
    const come = step(update, cast.officer, { contributions: [part] });
    expect(stateAfter(...submitted, come).versions).toHaveLength(2);
    const final = step(commands.submit, cast.officer, { assignment: { participants: [] } });
    const moved = { assignment: { participants: [], edition: '2027' } };
    expect(stateAfter(final, step(update, cast.officer, moved)).versions).toHaveLength(2);
  });
});

describe('dates', () => {
  const dueOn = (acts: readonly Step[]) => stateAfter(...acts).versions.at(-1)?.statement.due;
  const late: Changes = { today: day('2027-01-01') };

  test('late is recorded, never refused', () => {
    expect(dueOn([step(commands.submit, cast.officer, late)])).toEqual({
      ...due,
      handedInOn: '2027-01-01',
      late: true,
    });
    const lastMinute: Changes = { today: due.lastDay };
    expect(dueOn([step(commands.submit, cast.officer, lastMinute)])?.late).toBe(false);
  });

  test('what came on paper counts from its arrival', () => {
    const paper = { arrivalNumber: '45', arrivedOn: day('2026-12-31'), evidence: letter };
    const typedInLater = step({ ...commands.submit, paper }, cast.officer, late);
    expect(dueOn([typedInLater])).toMatchObject({ handedInOn: '2026-12-31', late: false });
    after([])
      .when({ ...commands.submit, paper }, contextFor(cast.officer))
      .refuses('figure/arrival-in-future', { pointer: '/paper/arrivedOn' });
  });

  test('a return sets its own date, cited by the event that set it', () => {
    const resubmission = { ...commands.correct, kind: 'resubmission' } as const;
    expect(dueOn([...returned, step(resubmission, cast.officer, late)])).toEqual({
      lastDay,
      decidedBy: { stream: figureStream, revision: 1 },
      kind: 'return',
      source: null,
      handedInOn: '2027-01-01',
      late: true,
    });
  });

  test('a correction is due only where an inspector ordered it', () => {
    const ordered = [...verified, step(commands['order-correction'])];
    expect(dueOn([...ordered, step(commands.correct)])).toMatchObject({
      lastDay,
      kind: 'document',
      decidedBy: { stream: figureStream, revision: 3 },
      late: false,
    });
    expect(dueOn([...verified, step(commands.correct)])).toBeNull();
    const provisional = step({ ...commands.submit, status: 'P' });
    const update = step({ ...commands.correct, kind: 'update' });
    expect(dueOn([provisional, ...ordered.slice(1), update])).toBeNull();
  });

  test('a round without a decided date makes nothing late', () => {
    const undecided = { assignment: { leads: [party(leadAgency, { due: null })] } };
    expect(dueOn([step(commands.submit, cast.officer, undecided)])).toBeNull();
  });

  test('closing a round stops new figures, never corrections', () => {
    const closed: Changes = { round: { closed: true } };
    for (const command of [commands.submit, commands['declare-unavailable']]) {
      after([]).when(command, contextFor(cast.officer, closed)).refuses('figure/round-closed');
    }
    const all = [
      ...verified.slice(0, 1),
      step(commands.endorse, cast.head, closed),
      step(commands.verify, cast.checker, closed),
      step(commands.correct, cast.officer, closed),
    ];
    expect(stateAfter(...all)).toMatchObject({ status: 'submitted', inForce: 1 });
    expect(stateAfter(...withdrawn, step(commands.submit, cast.officer, closed)).status).toBe(
      'submitted',
    );
  });

  test.each([
    ['return', cast.head, submitted],
    ['request-explanation', cast.checker, submitted],
    ['order-correction', cast.inspector, verified],
  ] as const)('%s cannot ask for yesterday', (type, acting, history) => {
    const command = { ...commands[type], lastDay: day('2026-08-31') };
    after(history).when(command, contextFor(acting)).refuses('figure/day-passed', {
      pointer: '/lastDay',
      expected: today,
    });
    const onTheDay = step({ ...commands[type], lastDay: today }, acting);
    expect(stateAfter(...history, onTheDay).versions).toHaveLength(1);
  });
});

describe('joint and separate leads', () => {
  const joint: Changes = {
    assignment: { mode: 'joint', leads: [party(leadAgency), party(otherAgency)] },
  };
  const handedIn = step(commands.submit, cast.officer, joint);
  const first = step(commands.endorse, cast.head, joint);
  const second = step(commands.endorse, cast.otherHead, joint);

  test('all joint leads endorse; until then the figure stays submitted', () => {
    expect(stateAfter(handedIn, first).status).toBe('submitted');
    expect(stateAfter(handedIn, first, second).status).toBe('endorsed');
    const history = after([handedIn]);
    const digest = history.history[0]!.digest;
    history.when(commands.endorse, contextFor(cast.otherHead, joint)).then([
      {
        type: 'figure.endorsed.v1',
        data: {
          version: 1,
          digest,
          agency: otherAgency,
          responsibility,
          signature: { form: 'head', delegation: null },
          awaited: [leadAgency],
        },
      },
    ]);
  });

  test('one of them does not endorse twice, not even by the deputy', () => {
    after([handedIn, first])
      .when(commands.endorse, contextFor(cast.deputy, joint))
      .refuses('figure/already-endorsed', { agency: leadAgency });
  });

  test('an endorsement may be withdrawn while the other is awaited, and after', () => {
    const takenBack = step(commands['withdraw-endorsement'], cast.head, joint);
    expect(stateAfter(handedIn, first, takenBack, second).status).toBe('submitted');
    expect(stateAfter(handedIn, first, second, takenBack, first).status).toBe('endorsed');
  });

  test('a corrected version needs all endorsements anew', () => {
    const corrected = step(commands.correct, cast.officer, joint);
    const again = step({ ...commands.endorse, version: 2 }, cast.head, joint);
    expect(stateAfter(handedIn, first, second, corrected, again).status).toBe('submitted');
  });

  test('in mode each the name of the figure says whose it is', () => {
    const each = (figure: string): Changes => ({
      figure,
      assignment: { mode: 'each', leads: [party(leadAgency), party(otherAgency)] },
    });
    const own = each('son_la-qd1969-2026.I.4.so_yt');
    after([]).when(commands.submit, contextFor(cast.officer, own)).refuses('duty/not-lead-agency');
    expect(stateAfter(step(commands.submit, cast.otherOfficer, own)).status).toBe('submitted');
    for (const name of ['son_la-qd1969-2026.I.4', 'son_la-qd1969-2026.I.4.so_nv']) {
      after([])
        .when(commands.submit, contextFor(cast.officer, each(name)))
        .refuses('figure/unknown');
    }
    after([])
      .when(commands.submit, contextFor(cast.officer, { figure: 'son_la-qd1969-2026.I.4.so_tc' }))
      .refuses('figure/unknown');
  });

  test('the successor answers under the name of the agency it took over', () => {
    const passed: Changes = {
      figure: 'son_la-qd1969-2026.I.4.so_tc',
      assignment: { mode: 'each', leads: [party(otherAgency, { succeeds: [leadAgency] })] },
    };
    expect(stateAfter(step(commands.submit, cast.otherOfficer, passed)).status).toBe('submitted');
    after([])
      .when(commands.submit, contextFor(cast.officer, passed))
      .refuses('duty/not-lead-agency');
  });
});

describe('flags', () => {
  const asked = [...submitted, step(commands['request-explanation'])];
  const disputed = [...submitted, step(commands.dispute)];
  const settled = { ...commands.settle, outcome: 'dismissed', document: conclusion } as const;

  test('a request is answered once', () => {
    const answered = [...asked, step(commands.explain)];
    after(answered)
      .when(commands.explain, contextFor(cast.officer))
      .refuses('figure/already-explained');
    after(asked)
      .when({ ...commands.explain, request: 'explanation-2' }, contextFor(cast.officer))
      .refuses('figure/no-such-request');
    expect(stateAfter(...answered).explanations[0]?.explainedBy).toEqual(actorIs(cast.officer));
  });

  test('the disputing agency takes a dispute back, UBND tỉnh decides by a document', () => {
    after(disputed)
      .when(commands.settle, contextFor(cast.head))
      .refuses('duty/not-disputing-agency');
    after(disputed).when(settled, contextFor(cast.dostHead)).refuses('duty/not-committee');
    after(disputed)
      .when({ ...settled, document: null }, contextFor(cast.committeeHead))
      .refuses('figure/document-required', { pointer: '/document/digest' });
    const unknown = { ...conclusion, digest: digestOf('không có') };
    after(disputed)
      .when({ ...settled, document: unknown }, contextFor(cast.committeeHead))
      .refuses('figure/evidence-missing', { pointer: '/document/digest' });
    const done = [...disputed, step(settled, cast.committeeHead)];
    expect(stateAfter(...done).disputes[0]?.outcome).toBe('dismissed');
    after(done).when(commands.settle, contextFor(cast.dostHead)).refuses('figure/already-settled');
    after(submitted)
      .when(commands.settle, contextFor(cast.dostHead))
      .refuses('figure/no-such-dispute');
  });

  test('a conclusion has a number and a date', () => {
    for (const lacking of [{ number: null }, { date: null }]) {
      const order = commands['order-correction'];
      const command = { ...order, conclusion: { ...conclusion, ...lacking } };
      after(verified)
        .when(command, contextFor(cast.inspector))
        .refuses('figure/conclusion-incomplete');
    }
  });

  test('a conclusion may come before its file, but not with a title nobody can read', () => {
    const order = commands['order-correction'];
    const unfiled = { ...order, conclusion: { ...conclusion, digest: null } };
    expect(stateAfter(...verified, step(unfiled)).orders).toHaveLength(1);
    after(verified)
      .when({ ...order, conclusion: { ...conclusion, title: '' } }, contextFor(cast.inspector))
      .refuses('value/text-invalid', { pointer: '/conclusion/title' });
    const unknown = { ...order, conclusion: { ...conclusion, digest: digestOf('không có') } };
    after(verified)
      .when(unknown, contextFor(cast.inspector))
      .refuses('figure/evidence-missing', { pointer: '/conclusion/digest' });
  });
});
