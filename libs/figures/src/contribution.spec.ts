import { describe, expect, test } from '@jest/globals';
import { day } from '#kernel';
import type { ActingPerson } from '#directory';
import {
  accepted,
  after,
  commands,
  endorsed,
  frozenBy,
  histories,
  lastDay,
  requested,
  returned,
  senders,
  stateAfter,
  step,
  stream,
  submitted,
} from './contribution-acts.contract.ts';
import { contributionStatuses, factsOfContribution } from './contribution-state.ts';
import {
  actorIs,
  broken,
  cast,
  commune,
  contextFor,
  dost,
  due,
  figureId,
  hat,
  leadAgency,
  letter,
  party,
  report,
  responsibility,
  today,
  wearing,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import type { ContributionCommand } from './figures.commands.ts';

describe("the table of a part: a figure's, with accept in place of verify", () => {
  // Columns: awaiting, requested, submitted, endorsed, accepted, returned, withdrawn.
  const table = `
    request              requested -         -         -         -         -         -
    submit               submitted submitted -         -         -         -         submitted
    correct              -         -         submitted submitted submitted submitted -
    declare-no-data      submitted submitted -         -         -         submitted submitted
    endorse              -         -         endorsed  -         -         -         -
    withdraw-endorsement -         -         -         submitted -         -         -
    accept               -         -         -         accepted  -         -         -
    return               -         -         returned  returned  -         -         -
    withdraw             -         -         withdrawn withdrawn -         withdrawn -`;

  const cells = table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [type, ...results] = line.trim().split(/\s+/);
      return contributionStatuses.map((status, index) => ({
        type: type as ContributionCommand['type'],
        status,
        result: results[index] ?? 'missing cell',
      }));
    });

  test('has a cell for every command in every status', () => {
    expect(cells).toHaveLength(9 * 7);
    expect(new Set(cells.map(({ type }) => type))).toEqual(new Set(Object.keys(commands)));
  });

  test.each(cells)('$type from $status: $result', ({ type, status, result }) => {
    const command: ContributionCommand =
      type === 'correct' && status === 'returned'
        ? { ...commands.correct, kind: 'resubmission' }
        : commands[type];
    const sender = type === 'return' && status === 'endorsed' ? cast.officer : senders[type];
    if (result === '-') {
      after(histories[status])
        .when(command, contextFor(sender))
        .refuses('contribution/wrong-status', { command: type, status });
    } else {
      expect(stateAfter(...histories[status], step(command, sender)).status).toBe(result);
    }
  });
});

describe('exact facts', () => {
  const digest = after(submitted).history[1]!.digest;

  test('a request says what is asked and by which act it is owed', () => {
    after([])
      .when(commands.request, contextFor(cast.officer))
      .then([
        {
          type: 'contribution.requested.v1',
          data: {
            contribution: `${figureId}.so_khcn`,
            figure: figureId,
            round: 'son_la-qd1969-2026',
            indicator: 'I.4',
            agency: dost,
            components: ['tong_chi'],
            documentsOnly: false,
            frozenBy,
          },
        },
      ])
      .thenActor(actorIs(cast.officer));
  });

  test('no data is a version like any other: reason, no values, status M', () => {
    after(requested)
      .when(commands['declare-no-data'], contextFor(cast.dostOfficer))
      .then([
        {
          type: 'contribution.declared-no-data.v1',
          data: {
            version: 1,
            kind: 'first',
            round: 'son_la-qd1969-2026',
            indicator: 'I.4',
            agency: dost,
            definition: { framework: 'qd1969', edition: '2025', revision: 1 },
            status: 'M',
            values: [],
            asOf: today,
            method: null,
            evidence: [],
            due: { ...due, handedInOn: today, late: false },
            paper: null,
            note: null,
            reason: 'Không phát sinh',
          },
        },
      ]);
  });

  test("the giver's own head accepts the responsibility sentence", () => {
    after(submitted)
      .when(commands.endorse, contextFor(cast.dostHead))
      .then([
        {
          type: 'contribution.endorsed.v1',
          data: {
            version: 1,
            digest,
            agency: dost,
            responsibility,
            signature: { form: 'head', delegation: null },
          },
        },
      ]);
  });

  test("the lead's officer accepts the version by its digest", () => {
    after(endorsed)
      .when({ ...commands.accept, note: 'Khớp' }, contextFor(cast.officer))
      .then([{ type: 'contribution.accepted.v1', data: { version: 1, digest, note: 'Khớp' } }])
      .thenActor(actorIs(cast.officer));
  });

  test('a resubmission answers by the date the return set', () => {
    const again = { ...commands.correct, kind: 'resubmission' } as const;
    const late: Changes = { today: day('2026-09-11') };
    expect(stateAfter(...returned, step(again, cast.dostOfficer, late)).versions[1]).toMatchObject({
      replaces: 1,
      statement: {
        kind: 'resubmission',
        due: { lastDay, decidedBy: { stream, revision: 2 }, kind: 'return', late: true },
      },
    });
  });
});

describe('who may', () => {
  test.each([
    ['request', cast.otherOfficer, [], 'duty/not-lead-agency'],
    ['submit', cast.otherOfficer, requested, 'duty/not-your-agency'],
    ['submit', cast.officer, requested, 'duty/not-your-agency'],
    ['correct', cast.officer, submitted, 'duty/not-your-agency'],
    ['declare-no-data', cast.officer, requested, 'duty/not-your-agency'],
    ['endorse', cast.head, submitted, 'duty/not-your-agency'],
    ['withdraw-endorsement', cast.head, endorsed, 'duty/not-your-agency'],
    ['accept', cast.dostOfficer, endorsed, 'duty/not-lead-agency'],
    ['return', cast.head, submitted, 'duty/not-your-agency'],
    ['return', cast.dostOfficer, endorsed, 'duty/not-lead-agency'],
    ['withdraw', cast.head, submitted, 'duty/not-your-agency'],
    ['endorse', cast.dostOfficer, submitted, 'duty/role-required'],
    ['accept', cast.head, endorsed, 'duty/role-required'],
  ] as const)('%s is refused elsewhere: %#', (type, acting, history, code) => {
    after(history).when(commands[type], contextFor(acting)).refuses(code);
  });

  test('one person neither hands in and endorses, nor accepts what they handed in', () => {
    const everything = (person: ActingPerson): ActingPerson =>
      wearing(person.person, hat('officer', dost), hat('head', dost), hat('officer', leadAgency));
    after(submitted)
      .when(commands.endorse, contextFor(everything(cast.dostOfficer)))
      .refuses('duty/same-person', { version: 1 });
    for (const hand of [cast.dostOfficer, cast.dostHead]) {
      after(endorsed)
        .when(commands.accept, contextFor(everything(hand)))
        .refuses('duty/same-person', { version: 1 });
    }
  });

  test('only the head who endorsed takes it back', () => {
    const successor = wearing(cast.otherHead.person, hat('head', dost));
    after(endorsed)
      .when(commands['withdraw-endorsement'], contextFor(successor))
      .refuses('duty/not-your-endorsement');
  });

  test.each(Object.keys(commands) as ContributionCommand['type'][])(
    'an inspector does not %s',
    (type) => {
      const both = wearing(
        senders[type].person,
        ...senders[type].capacities,
        hat('inspector', 'son_la.thanh_tra'),
      );
      after([]).when(commands[type], contextFor(both)).refuses('duty/auditor-writes');
    },
  );
});

describe('what is asked for', () => {
  test.each([
    [{ agency: commune }, {}, 'contribution/wrong-agency', '/agency'],
    [
      {},
      { assignment: { participants: [], frozenBy: null } },
      'contribution/participants-not-frozen',
      undefined,
    ],
    [{}, { assignment: { participants: [commune] } }, 'contribution/not-a-participant', undefined],
    [{ documentsOnly: true }, {}, 'contribution/components-or-documents', '/components'],
    [{ components: [] }, {}, 'contribution/components-or-documents', '/components'],
    [{ components: ['tong_chi', 'ty_le'] }, {}, 'value/unknown-component', '/components/1'],
    [{ components: ['so_bai', 'so_bai'] }, {}, 'value/duplicate-component', '/components/1'],
  ] as const)('a request is refused: %#', (change, changes, code, pointer) => {
    after([])
      .when({ ...commands.request, ...change }, contextFor(cast.officer, changes))
      .refuses(code, pointer === undefined ? {} : { pointer });
  });

  test('is what may be stated, and what must be', () => {
    const other = [{ component: 'so_bai', value: '3' }];
    after(requested)
      .when({ ...commands.submit, values: other }, contextFor(cast.dostOfficer))
      .refuses('value/unknown-component', { expected: ['tong_chi'] });
    after(requested)
      .when({ ...commands.submit, values: [] }, contextFor(cast.dostOfficer))
      .refuses('value/required', { component: 'tong_chi' });
    const documents = step({ ...commands.request, components: [], documentsOnly: true });
    after([documents])
      .when(commands.submit, contextFor(cast.dostOfficer))
      .refuses('value/unknown-component', { expected: [] });
    const none = step({ ...commands.submit, values: [] });
    expect(stateAfter(documents, none).status).toBe('submitted');
  });

  test('without a request what parts supply may be stated, and nothing must be', () => {
    const ofLead = [{ component: 'ty_le', value: '3' }];
    after([])
      .when({ ...commands.submit, values: ofLead }, contextFor(cast.dostOfficer))
      .refuses('value/unknown-component');
    expect(stateAfter(step({ ...commands.submit, values: [] })).status).toBe('submitted');
  });

  test('who owes no part hands none in', () => {
    const none: Changes = { assignment: { participants: [commune] } };
    after([])
      .when(commands.submit, contextFor(cast.dostOfficer, none))
      .refuses('contribution/not-a-participant', { agency: dost });
  });

  test('closing the round does not stop a part: it leads to a correction', () => {
    const closed: Changes = { round: { closed: true } };
    expect(stateAfter(...requested, step(commands.submit, cast.dostOfficer, closed)).status).toBe(
      'submitted',
    );
  });

  test('no head endorses and no lead accepts what rests on a broken file', () => {
    const since: Changes = {
      evidence: contextFor(cast.head).evidence.map((file) => ({ ...file, integrityFailed: true })),
    };
    after(submitted)
      .when(commands.endorse, contextFor(cast.dostHead, since))
      .refuses('contribution/evidence-missing', { fault: 'integrity-failed' });
    after(endorsed)
      .when(commands.accept, contextFor(cast.officer, since))
      .refuses('contribution/evidence-missing', { fault: 'integrity-failed' });
  });

  test('evidence and texts are checked as for figures', () => {
    const link = { evidence: broken, reference: null, component: null, page: null };
    after(requested)
      .when({ ...commands.submit, evidence: [link] }, contextFor(cast.dostOfficer))
      .refuses('contribution/evidence-missing', { pointer: '/evidence/0/evidence' });
    after(submitted)
      .when({ ...commands.return, remarks: [] }, contextFor(cast.dostHead))
      .refuses('contribution/remarks-required');
  });
});

describe('the rules shared with figures speak of the part', () => {
  const link = { evidence: null, reference: null, component: null, page: null };
  const paper = { arrivalNumber: '45', arrivedOn: day('2026-09-02'), evidence: letter };
  const remark = { component: 'la', evidence: null, text: 'Thiếu' };
  const yesterday = day('2026-08-31');
  const silent: Changes = { giver: party(dost, { responsibility: null }) };

  test.each([
    ['no-such-version', submitted, { ...commands.endorse, version: 7 }, cast.dostHead, {}],
    ['evidence-link-invalid', [], { ...commands.submit, evidence: [link] }, cast.dostOfficer, {}],
    ['arrival-in-future', [], { ...commands.submit, paper }, cast.dostOfficer, {}],
    [
      'remark-target-unknown',
      submitted,
      { ...commands.return, remarks: [remark] },
      cast.dostHead,
      {},
    ],
    ['day-passed', submitted, { ...commands.return, lastDay: yesterday }, cast.dostHead, {}],
    ['no-responsibility-sentence', submitted, commands.endorse, cast.dostHead, silent],
  ] as const)('contribution/%s', (reason, history, command, acting, changes) => {
    after(history).when(command, contextFor(acting, changes)).refuses(`contribution/${reason}`);
  });
});

describe('an outsider, spoken for by the lead', () => {
  const outsider: Changes = {
    contribution: `${figureId}.dn_thuy_dien`,
    giver: party('son_la.dn_thuy_dien', { responsibility: null, due: null }),
  };
  const outsideSource = { name: 'Công ty Thủy điện', sourceKind: 'survey' } as const;
  const deposit = step({ ...commands.submit, outsideSource }, cast.officer, outsider);

  test('is accepted from where a head would have endorsed, by a second officer of the lead', () => {
    after([deposit])
      .when(commands.accept, contextFor(cast.officer, outsider))
      .refuses('duty/same-person');
    const done = stateAfter(deposit, step(commands.accept, cast.secondOfficer, outsider));
    expect(done).toMatchObject({ status: 'accepted', inForce: 1 });
    expect(done.versions[0]?.statement).toMatchObject({
      agency: 'son_la.dn_thuy_dien',
      outsideSource,
      due: null,
    });
  });

  test('carries no responsibility sentence', () => {
    after([deposit])
      .when(commands.endorse, contextFor(cast.head, outsider))
      .refuses('contribution/outsider-not-endorsed');
  });

  test('comes with its source document', () => {
    after([])
      .when({ ...commands.submit, outsideSource, evidence: [] }, contextFor(cast.officer, outsider))
      .refuses('contribution/outside-document-required', { pointer: '/evidence' });
  });

  test("is returned by the lead's officer and withdrawn by the lead's head", () => {
    const back = step(commands.return, cast.secondOfficer, outsider);
    expect(stateAfter(deposit, back).status).toBe('returned');
    const gone = step(commands.withdraw, cast.head, outsider);
    expect(stateAfter(deposit, gone).status).toBe('withdrawn');
  });

  test('is nobody who owes a part and answers for it', () => {
    after(requested)
      .when({ ...commands.submit, outsideSource }, contextFor(cast.officer))
      .refuses('contribution/not-an-outsider');
    after([])
      .when({ ...commands.submit, outsideSource }, contextFor(cast.dostOfficer, outsider))
      .refuses('duty/not-lead-agency');
  });
});

describe('versions of a part', () => {
  const v2 = step(commands.correct);
  const named = { contribution: `${figureId}.so_khcn`, agency: dost };

  test('the accepted version stays in force until a later one is accepted', () => {
    expect(stateAfter(...accepted, v2)).toMatchObject({ status: 'submitted', inForce: 1 });
    const taken = [...accepted, v2, step({ ...commands.withdraw, version: 2 })];
    expect(stateAfter(...taken)).toMatchObject({ status: 'accepted', inForce: 1 });
    after([...accepted, v2])
      .when(commands.accept, contextFor(cast.officer))
      .refuses('contribution/wrong-status');
    after([...accepted, v2, step({ ...commands.endorse, version: 2 })])
      .when(commands.accept, contextFor(cast.officer))
      .refuses('contribution/version-superseded', { latest: 2 });
  });

  test('an update is for what was planned to be replaced', () => {
    const update = { ...commands.correct, kind: 'update' } as const;
    after(accepted)
      .when(update, contextFor(cast.dostOfficer))
      .refuses('contribution/not-an-update');
    const noData = step(commands['declare-no-data']);
    expect(stateAfter(noData, step(update)).versions).toHaveLength(2);
    after(returned)
      .when(update, contextFor(cast.dostOfficer))
      .refuses('contribution/wrong-kind', { expected: ['resubmission'] });
  });

  test('its figure sees what was accepted, what came since, and whose hands were in it', () => {
    const facts = factsOfContribution(stateAfter(...accepted, v2), named);
    expect(facts).toMatchObject({ ...named, accepted: 1, latest: 2 });
    const hands = [cast.dostOfficer, cast.dostHead].map((person) => {
      const { person: id, agency, unit } = actorIs(person);
      return { person: id, agency, unit };
    });
    const digest = after(accepted).history[1]!.digest;
    expect(facts.versions[0]).toEqual({
      version: 1,
      digest,
      revision: 1,
      hands,
      evidence: [report],
    });
    expect(factsOfContribution(stateAfter(), named)).toEqual({
      ...named,
      accepted: null,
      latest: null,
      versions: [],
    });
  });
});
