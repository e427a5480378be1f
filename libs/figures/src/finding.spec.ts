import { describe, expect, test } from '@jest/globals';
import { day, digestOf } from '#kernel';
import type { DocumentRef } from '#kernel';
import type { ActingPerson } from '#directory';
import { given } from '#testing';
import {
  after as figureAfter,
  commands as figureCommands,
  endorsed,
  stateAfter,
  step as figureStep,
  verified,
} from './figure-acts.contract.ts';
import {
  actorIs,
  cast,
  commune,
  contextFor,
  dost,
  figureId,
  hat,
  leadAgency,
  letter,
  otherAgency,
  report,
  told,
  wearing,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import type { FindingCommand } from './finding.commands.ts';
import { answersMax, findingDecider } from './finding.ts';
import type { FindingContext } from './finding.ts';
import { evolveFinding, isOpenFinding } from './finding-state.ts';

const finding = '00000000-0000-4000-8000-0000000000f1';
const stream = `finding-${finding}`;
const { versions } = stateAfter(...endorsed);
const answerBy = day('2026-09-10');
const document: DocumentRef = {
  kind: 'letter',
  number: '15/UBND',
  date: day('2026-09-01'),
  issuer: 'UBND tỉnh',
  title: 'Ý kiến của UBND tỉnh',
  digest: letter,
};
const link = { evidence: report, reference: null, component: 'tong_chi', page: '2' };

const commands = {
  raise: {
    type: 'raise',
    kind: 'question',
    figure: figureId,
    version: 1,
    asked: null,
    text: 'Khoản chi nào được tính?',
    evidence: [link],
    answerBy,
    document: null,
  },
  answer: { type: 'answer', text: 'Theo phụ lục 2', evidence: [link], paper: null },
  overrule: { type: 'overrule', reason: 'Không ảnh hưởng kết quả', document },
  close: { type: 'close', outcome: 'settled', reason: 'Đã làm rõ' },
} as const satisfies { [T in FindingCommand['type']]: Extract<FindingCommand, { type: T }> };

const senders = {
  raise: cast.auditor,
  answer: cast.officer,
  overrule: cast.committeeHead,
  close: cast.auditor,
};

function by(acting: ActingPerson, changes: Changes = {}): FindingContext {
  return { ...contextFor(acting, changes), finding, versions };
}

function history(...types: FindingCommand['type'][]) {
  const acts = types.map((type) => ({ command: commands[type], context: by(senders[type]) }));
  return given(findingDecider, told(findingDecider, acts, stream), stream);
}

const raised = history('raise');

describe('raising a finding', () => {
  test('binds the version that was looked at and asks the leads', () => {
    history()
      .when(commands.raise, by(cast.auditor))
      .then([
        {
          type: 'finding.raised.v1',
          data: {
            finding,
            kind: 'question',
            asked: [leadAgency],
            text: commands.raise.text,
            subject: { kind: 'figure', figure: figureId, version: 1, digest: versions[0]!.digest },
            evidence: [link],
            answerBy,
            document: null,
          },
        },
      ])
      .thenActor(actorIs(cast.auditor));
  });

  test.each([dost, commune])('%s may be asked, having a part in it', (asked) => {
    history()
      .when({ ...commands.raise, asked }, by(cast.inspector))
      .thenActor(actorIs(cast.inspector));
  });

  test.each<[string, object, ActingPerson, string]>([
    ['an agency without a part', { asked: otherAgency }, cast.auditor, 'finding/not-a-party'],
    ['a version there is not', { version: 2 }, cast.auditor, 'figure/no-such-version'],
    ['a day that has passed', { answerBy: day('2026-08-31') }, cast.auditor, 'figure/day-passed'],
    ['no words', { text: ' ' }, cast.auditor, 'value/text-invalid'],
    [
      'evidence never handed in',
      { evidence: [{ ...link, evidence: digestOf('không') }] },
      cast.auditor,
      'figure/evidence-missing',
    ],
    ['an order of an auditor', { kind: 'order' }, cast.auditor, 'duty/role-required'],
    ['a question of a checker', {}, cast.checker, 'duty/role-required'],
    [
      'a question of who made the figure',
      {},
      wearing(cast.head.person, hat('auditor', otherAgency)),
      'duty/same-person',
    ],
  ])('refuses %s', (_, change, acting, code) => {
    history()
      .when({ ...commands.raise, ...change }, by(acting))
      .refuses(code);
  });

  test('is done once', () => {
    raised.when(commands.raise, by(cast.auditor)).refuses('finding/exists');
  });
});

describe('answering', () => {
  test('says on which day it counts and whether that was late', () => {
    const late = by(cast.officer, { today: day('2026-09-11') });
    const due = {
      lastDay: answerBy,
      decidedBy: { stream, revision: 0 },
      kind: 'document',
      source: null,
    } as const;
    const { text, evidence } = commands.answer;
    const answered = { answer: 'answer-1', agency: leadAgency, text, evidence };
    raised.when(commands.answer, late).then([
      {
        type: 'finding.answered.v1',
        data: {
          ...answered,
          due: { ...due, handedInOn: day('2026-09-11'), late: true },
          paper: null,
        },
      },
    ]);
    const paper = { arrivalNumber: '7', arrivedOn: answerBy, evidence: letter };
    raised.when({ ...commands.answer, paper }, late).then([
      {
        type: 'finding.answered.v1',
        data: { ...answered, due: { ...due, handedInOn: answerBy, late: false }, paper },
      },
    ]);
  });

  test.each<[string, ActingPerson, string | null]>([
    ['the head', cast.head, null],
    ['an officer', cast.secondOfficer, null],
    ['the head of another agency', cast.otherHead, 'duty/not-asked'],
    ['an officer of another agency', cast.otherOfficer, 'duty/role-required'],
    ['the raiser', cast.auditor, 'duty/auditor-writes'],
    [
      'an auditor who is an officer too',
      wearing(cast.officer.person, ...cast.officer.capacities, hat('auditor', otherAgency)),
      'duty/auditor-writes',
    ],
  ])('is for the agency asked: %s', (_, acting, code) => {
    const decided = raised.when(commands.answer, by(acting));
    if (code === null) decided.thenActor(actorIs(acting));
    else decided.refuses(code);
  });

  test('what the checking agency is asked, its checkers answer', () => {
    const asked = { command: { ...commands.raise, asked: dost }, context: by(cast.auditor) };
    given(findingDecider, told(findingDecider, [asked], stream), stream)
      .when(commands.answer, by(cast.checker))
      .thenActor(actorIs(cast.checker));
  });

  test('passes to the successor of who was asked', () => {
    const leads = [
      { agency: otherAgency, succeeds: [leadAgency], responsibility: null, due: null },
    ];
    raised
      .when(commands.answer, by(cast.otherOfficer, { assignment: { leads } }))
      .thenActor(actorIs(cast.otherOfficer));
  });

  test('is numbered, and may be done again while the finding is open', () => {
    history('raise', 'answer').when(commands.answer, by(cast.head)).thenActor(actorIs(cast.head));
    expect(history('raise', 'answer', 'answer').state?.answers.map(({ answer }) => answer)).toEqual(
      ['answer-1', 'answer-2'],
    );
  });
});

test('a finding takes so many answers and no more; who is not content closes or orders', () => {
  const answers = Array.from({ length: answersMax }, () => 'answer' as const);
  history('raise', ...answers)
    .when(commands.answer, by(cast.officer))
    .refuses('finding/answers-full', { max: 100 });
  expect(history('raise', ...answers, 'close').state?.status).toBe('closed');
});

describe('setting aside and closing', () => {
  test('UBND tỉnh alone overrules, by a document in the register', () => {
    raised
      .when(commands.overrule, by(cast.committeeHead))
      .then([
        { type: 'finding.overruled.v1', data: { reason: commands.overrule.reason, document } },
      ]);
    raised.when(commands.overrule, by(cast.head)).refuses('duty/not-committee');
    const unfiled = { ...commands.overrule, document: { ...document, digest: null } };
    raised.when(unfiled, by(cast.committeeHead)).refuses('figure/document-required');
  });

  test('the raiser’s agency closes, whoever of its people', () => {
    const colleague = wearing(cast.registrar.person, hat('inspector', 'son_la.kiem_toan'));
    raised.when(commands.close, by(colleague)).thenActor(actorIs(colleague));
    raised.when(commands.close, by(cast.inspector)).refuses('duty/not-raising-agency');
    raised.when(commands.close, by(cast.head)).refuses('duty/role-required');
  });

  test('stands in the way until then, and an overruling stays on record', () => {
    const statuses = [
      raised,
      history('raise', 'answer'),
      history('raise', 'overrule'),
      history('raise', 'close'),
    ].map(({ state }) => [state?.status, state !== null && isOpenFinding(state)]);
    expect(statuses).toEqual([
      ['open', true],
      ['answered', true],
      ['overruled', false],
      ['closed', false],
    ]);
    const { state } = history('raise', 'overrule', 'close');
    expect(state).toMatchObject({ status: 'closed', overruled: { document } });
  });

  test.each([
    ['answer', ['raise', 'close']],
    ['answer', ['raise', 'overrule']],
    ['overrule', ['raise', 'close']],
    ['overrule', ['raise', 'overrule']],
    ['close', ['raise', 'close']],
  ] as const)('%s is refused after %j', (type, before) => {
    history(...before)
      .when(commands[type], by(senders[type]))
      .refuses('finding/wrong-status');
  });

  test('nothing is done to a finding there is not', () => {
    for (const type of ['answer', 'overrule', 'close'] as const) {
      history().when(commands[type], by(senders[type])).refuses('finding/unknown');
    }
    const [stray] = history('raise', 'close').history.slice(1);
    expect(evolveFinding(null, stray!)).toBeNull();
  });
});

describe('a correction ordered from a finding', () => {
  const order = { ...figureCommands['order-correction'], finding } as const;
  const ordering = {
    finding,
    revision: 0,
    kind: 'order',
    figure: figureId,
    agency: actorIs(cast.inspector).agency,
    open: true,
  } as const;

  test('names the finding it carries out', () => {
    const { history: events } = figureAfter([
      ...verified,
      figureStep(order, cast.inspector, { ordering }),
    ]);
    expect(events.at(-1)).toMatchObject({
      type: 'correction.ordered.v1',
      data: { finding: { stream, revision: 0 } },
    });
  });

  test.each([
    ['a finding there is not', null],
    ['a question', { ...ordering, kind: 'question' as const }],
    ['one about another figure', { ...ordering, figure: 'son_la-qd1969-2026.I.5' }],
    ['one of another agency', { ...ordering, agency: otherAgency }],
    ['one that is settled', { ...ordering, open: false }],
  ])('is refused from %s', (_, facts) => {
    figureAfter(verified)
      .when(order, contextFor(cast.inspector, { ordering: facts }))
      .refuses('figure/finding-not-an-order');
  });
});
