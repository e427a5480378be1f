import { describe, expect, test } from '@jest/globals';
import type { ActingPerson } from '#directory';
import {
  after,
  commands,
  endorsed,
  returned,
  senders,
  stateAfter,
  step,
  submitted,
  verified,
} from './figure-acts.contract.ts';
import {
  actorIs,
  broken,
  cast,
  contextFor,
  dost,
  hat,
  leadAgency,
  party,
  wearing,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import type { FigureCommand } from './figures.commands.ts';

/** Somebody who is already there, given one more hat. */
function also(person: ActingPerson, ...capacities: ActingPerson['capacities']): ActingPerson {
  return { ...person, capacities: [...person.capacities, ...capacities] };
}

const histories = {
  submit: [],
  'declare-unavailable': [],
  correct: verified,
  endorse: submitted,
  're-endorse': verified,
  'withdraw-endorsement': endorsed,
  return: submitted,
  verify: endorsed,
  'request-explanation': submitted,
  explain: [...submitted, step(commands['request-explanation'])],
  withdraw: submitted,
  dispute: submitted,
  settle: [...submitted, step(commands.dispute)],
  'order-correction': verified,
} as const satisfies Record<FigureCommand['type'], unknown>;
const types = Object.keys(histories) as FigureCommand['type'][];

describe('roles', () => {
  test.each(types)('%s is for nobody without the role', (type) => {
    after(histories[type])
      .when(commands[type], contextFor(cast.registrar))
      .refuses('duty/role-required');
    after(histories[type])
      .when(commands[type], contextFor(wearing(cast.head.person)))
      .refuses('duty/role-required');
  });

  test.each([
    ['submit', cast.otherOfficer, 'duty/not-lead-agency'],
    ['declare-unavailable', cast.dostOfficer, 'duty/not-lead-agency'],
    ['correct', cast.communeOfficer, 'duty/not-lead-agency'],
    ['endorse', cast.otherHead, 'duty/not-lead-agency'],
    ['re-endorse', cast.dostHead, 'duty/not-lead-agency'],
    ['withdraw-endorsement', cast.dostHead, 'duty/not-lead-agency'],
    ['return', cast.dostHead, 'duty/not-lead-agency'],
    ['verify', cast.otherChecker, 'duty/not-checking-agency'],
    ['request-explanation', cast.otherChecker, 'duty/not-checking-agency'],
    ['explain', cast.otherHead, 'duty/not-lead-agency'],
    ['withdraw', cast.otherHead, 'duty/not-lead-agency'],
    ['dispute', cast.otherHead, 'duty/not-a-party'],
    ['settle', cast.otherHead, 'duty/not-disputing-agency'],
  ] as const)('%s is refused to the same role of another agency', (type, acting, code) => {
    after(histories[type]).when(commands[type], contextFor(acting)).refuses(code);
  });

  test('what was endorsed is returned by the checking agency, not by the head any more', () => {
    after(endorsed).when(commands.return, contextFor(cast.head)).refuses('duty/role-required');
    after(endorsed)
      .when(commands.return, contextFor(cast.otherChecker))
      .refuses('duty/not-checking-agency');
    after(submitted).when(commands.return, contextFor(cast.checker)).refuses('duty/role-required');
  });

  test.each(['endorse', 'return', 'withdraw', 'dispute'] as const)(
    '%s by a deputy needs a delegation in force',
    (type) => {
      after(histories[type])
        .when(commands[type], contextFor(cast.deputyWithoutDelegation))
        .refuses('duty/no-delegation', { agencies: expect.any(Array) });
      const done = stateAfter(...histories[type], step(commands[type], cast.deputy));
      expect(done.versions).toHaveLength(1);
    },
  );

  test('in their own office a head signs as head, whatever else was delegated to them', () => {
    const both = wearing(cast.head.person, ...cast.deputy.capacities, hat('head', leadAgency));
    const state = stateAfter(...submitted, step(commands.endorse, both));
    expect(state.versions[0]?.endorsements[0]).toMatchObject({
      by: { role: 'head', actingFor: null },
      signature: { form: 'head', delegation: null },
    });
  });

  test('an agency that leads and one that contributes may dispute', () => {
    for (const acting of [cast.head, cast.dostHead, cast.communeHead]) {
      const state = stateAfter(...verified, step(commands.dispute, acting));
      expect(state.disputes[0]?.by).toEqual(actorIs(acting));
    }
  });
});

describe('rule 1: different people', () => {
  const officerAndHead = also(cast.officer, hat('head', leadAgency));
  const officerAndChecker = also(cast.officer, hat('checker', dost));
  const headAndChecker = also(cast.head, hat('checker', dost));

  test('who handed in does not endorse', () => {
    after(submitted)
      .when(commands.endorse, contextFor(officerAndHead))
      .refuses('duty/same-person', { version: 1 });
  });

  test('who handed in does not verify', () => {
    after(endorsed)
      .when(commands.verify, contextFor(officerAndChecker))
      .refuses('duty/same-person', { version: 1 });
  });

  test('who endorsed does not verify, not even after taking the endorsement back', () => {
    after(endorsed).when(commands.verify, contextFor(headAndChecker)).refuses('duty/same-person');
    const byDeputy = [
      ...endorsed,
      step(commands['withdraw-endorsement']),
      step(commands.endorse, cast.deputy),
    ];
    after(byDeputy).when(commands.verify, contextFor(headAndChecker)).refuses('duty/same-person');
  });

  test('the corrector of a version counts as its hand; that of an earlier one does not', () => {
    const corrected = [...submitted, step(commands.correct, cast.secondOfficer)];
    const endorse = { ...commands.endorse, version: 2 };
    const secondAndHead = also(cast.secondOfficer, hat('head', leadAgency));
    after(corrected).when(endorse, contextFor(secondAndHead)).refuses('duty/same-person');
    expect(stateAfter(...corrected, step(endorse, officerAndHead)).status).toBe('endorsed');
  });

  test('only the head who endorsed takes it back', () => {
    after(endorsed)
      .when(commands['withdraw-endorsement'], contextFor(cast.deputy))
      .refuses('duty/not-your-endorsement');
  });
});

describe('rule 2: endorsement', () => {
  test('quotes a sentence or does not happen', () => {
    const leads = [party(leadAgency, { responsibility: null })];
    const silent: Changes = { assignment: { leads } };
    after(submitted)
      .when(commands.endorse, contextFor(cast.head, silent))
      .refuses('figure/no-responsibility-sentence', { agency: leadAgency });
  });

  test('is not given to a version whose file is no longer whole', () => {
    const since: Changes = {
      evidence: contextFor(cast.head).evidence.map((file) => ({ ...file, integrityFailed: true })),
    };
    after(submitted)
      .when(commands.endorse, contextFor(cast.head, since))
      .refuses('figure/evidence-missing', { fault: 'integrity-failed' });
    after(endorsed)
      .when(commands.verify, contextFor(cast.checker, since))
      .refuses('figure/evidence-missing', { fault: 'integrity-failed' });
  });
});

describe('rule 6: auditors and inspectors', () => {
  test.each(types.filter((type) => type !== 'request-explanation' && type !== 'order-correction'))(
    'do not %s, whatever other hat they wear',
    (type) => {
      for (const role of ['auditor', 'inspector'] as const) {
        const both = also(senders[type], hat(role, 'son_la.thanh_tra_tinh'));
        after(histories[type])
          .when(commands[type], contextFor(both))
          .refuses('duty/auditor-writes');
      }
    },
  );

  test('nor once the role has ended, in a figure they audited', () => {
    const asked = [...returned, step(commands['request-explanation'], cast.auditor)];
    const moved = wearing(cast.auditor.person, hat('officer', leadAgency));
    const resubmission = { ...commands.correct, kind: 'resubmission' } as const;
    after(asked).when(resubmission, contextFor(moved)).refuses('duty/auditor-writes');
  });

  test('an auditor asks and an inspector orders, but neither about their own work', () => {
    const moved = wearing(cast.officer.person, hat('auditor', 'son_la.kiem_toan'));
    after(submitted)
      .when(commands['request-explanation'], contextFor(moved))
      .refuses('duty/same-person');
    const checkerMoved = wearing(cast.checker.person, hat('inspector', 'son_la.thanh_tra_tinh'));
    after(verified)
      .when(commands['order-correction'], contextFor(checkerMoved))
      .refuses('duty/same-person');
    after(verified)
      .when(commands['order-correction'], contextFor(cast.auditor))
      .refuses('duty/role-required', { roles: ['inspector'] });
  });
});

describe('what a hand-in may cite', () => {
  const link = { evidence: null, reference: null, component: null, page: null };
  const submit = (evidence: (typeof commands.submit)['evidence'][number] | typeof link) => ({
    ...commands.submit,
    evidence: [commands.submit.evidence[0]!, evidence],
  });

  test.each([
    [link, 'figure/evidence-link-invalid', '/evidence/1'],
    [
      { ...link, reference: 'kho-1', evidence: broken },
      'figure/evidence-link-invalid',
      '/evidence/1',
    ],
    [
      { ...link, reference: 'kho-1', component: 'la' },
      'figure/evidence-link-invalid',
      '/evidence/1/component',
    ],
    [{ ...link, evidence: broken }, 'figure/evidence-missing', '/evidence/1/evidence'],
    [{ ...link, reference: 'kho-2' }, 'figure/evidence-missing', '/evidence/1/reference'],
    [{ ...link, reference: 'kho-1', page: '' }, 'value/text-invalid', '/evidence/1/page'],
  ])('%#: %j', (evidence, code, pointer) => {
    after([]).when(submit(evidence), contextFor(cast.officer)).refuses(code, { pointer });
  });

  test('a file that was never handed in supports nothing', () => {
    after([])
      .when(commands.submit, contextFor(cast.officer, { evidence: [] }))
      .refuses('figure/evidence-missing', { pointer: '/evidence/0/evidence', fault: 'absent' });
  });

  test('status M is declared with a reason, not submitted', () => {
    for (const command of [commands.submit, commands.correct]) {
      after(command.type === 'submit' ? [] : verified)
        .when({ ...command, status: 'M' }, contextFor(cast.officer))
        .refuses('value/status-missing', { pointer: '/status' });
    }
    after([])
      .when({ ...commands['declare-unavailable'], reason: ' ' }, contextFor(cast.officer))
      .refuses('value/text-invalid', { pointer: '/reason', fault: 'empty' });
  });

  test('remarks of a return point at something this version has', () => {
    const remark = { component: null, evidence: null, text: 'Thiếu' };
    const at = (one: object) => ({ ...commands.return, remarks: [{ ...remark, ...one }] });
    const head = contextFor(cast.head);
    after(submitted)
      .when({ ...commands.return, remarks: [] }, head)
      .refuses('figure/remarks-required', { pointer: '/remarks' });
    after(submitted)
      .when(at({ component: 'la' }), head)
      .refuses('figure/remark-target-unknown', { pointer: '/remarks/0/component' });
    after(submitted)
      .when(at({ evidence: broken }), head)
      .refuses('figure/remark-target-unknown', { pointer: '/remarks/0/evidence' });
    after(submitted)
      .when(at({ text: '' }), head)
      .refuses('value/text-invalid', { pointer: '/remarks/0/text' });
  });
});
