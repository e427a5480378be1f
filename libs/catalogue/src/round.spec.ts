import { describe, expect, test } from '@jest/globals';
import { day } from '#kernel';
import { given } from '#testing';
import {
  acting,
  assignmentOf,
  committeeLetter,
  defined,
  definitionOf,
  documentOf,
  frozen,
  made,
  opened,
  opening,
  published,
  ratio,
  registeredAgencies,
  registrar,
  today,
} from './catalogue.contract.ts';
import type { FrameworkFact } from './framework.events.ts';
import { frameworkDecider } from './framework.ts';
import type { RoundFact } from './round.events.ts';
import { isClosed, leadsOf, sentenceFor } from './round-queries.ts';
import type { Round } from './round-state.ts';
import { agenciesIn, roundDecider } from './round.ts';

const frameworkOf = (...facts: readonly FrameworkFact[]) => given(frameworkDecider, facts).state;
const framework = frameworkOf(published, defined(definitionOf()), defined(ratio));
const context = { acting: acting('registrar'), today, framework, agencies: registeredAgencies };
const assign = { type: 'assign', assignment: assignmentOf() } as const;

describe('opening a round', () => {
  test('of a plan without number makes a draft', () => {
    given(roundDecider, []).when(opening, context).then([opened]).thenActor(registrar);
    const legalBasis = { ...opening.legalBasis, number: '120/KH-UBND', date: day('2026-05-20') };
    const { type: _, ...data } = { ...opening, legalBasis };
    given(roundDecider, [])
      .when({ ...opening, legalBasis }, context)
      .then([
        { type: 'round.opened.v1', data: { ...data, province: 'son_la', status: 'numbered' } },
      ]);
  });

  test('again says whether it is the same, after its legal basis was issued too', () => {
    const issued: RoundFact = {
      type: 'round.legal-basis-issued.v1',
      data: { legalBasis: committeeLetter },
    };
    const again = given(roundDecider, [opened, issued]);
    again.when(opening, context).refuses('round/exists', { same: true });
    const other = { ...opening, title: { vi: 'Khác', en: null } };
    again.when(other, context).refuses('round/exists', { same: false });
  });

  test.each([
    ['a name of another framework', { round: 'son_la-qd2244-2026' }, 'round/name'],
    ['a name in another form', { round: 'son_la' }, 'round/name'],
    ['an unknown framework', { framework: 'x', round: 'son_la-x-2026' }, 'framework/unknown'],
    ['an unknown edition', { edition: '2027' }, 'framework/edition-unknown'],
    ['a chain that begins elsewhere', { checkingAgency: 'son_la.so_tc' }, 'round/chain-invalid'],
    [
      'a chain with a stranger',
      { chain: ['son_la.so_khcn', 'son_la.x'] },
      'catalogue/agency-unknown',
    ],
    ['no responsibility', { responsibility: [] }, 'catalogue/empty'],
    [
      'two sentences for one kind',
      { responsibility: [...opening.responsibility, ...opening.responsibility] },
      'round/responsibility-invalid',
    ],
    [
      'a period that ends before it begins',
      { period: { from: day('2026-02-01'), to: day('2026-01-01'), label: '2026' } },
      'round/period-invalid',
    ],
  ])('is refused with %s', (_, members, code) => {
    given(roundDecider, [])
      .when({ ...opening, ...members }, context)
      .refuses(code);
  });

  test('is for registrars, and comes before everything else', () => {
    const officer = { ...context, acting: acting('officer') };
    given(roundDecider, []).when(opening, officer).refuses('round/not-registrar');
    given(roundDecider, []).when(assign, context).refuses('round/unknown');
  });

  test('and all that follows are for the province’s registrars, or a central one', () => {
    const stranger = { ...context, acting: acting('registrar', 'bac_ninh.so_khcn') };
    const central = { ...context, acting: acting('registrar', 'trung_uong.bo_khcn') };
    for (const [history, command] of [
      [[], opening],
      [[opened], assign],
    ] as const) {
      given(roundDecider, history).when(command, stranger).refuses('round/other-province', {
        province: 'son_la',
      });
      given(roundDecider, history)
        .when(command, central)
        .thenActor({ ...registrar, agency: 'trung_uong.bo_khcn', unit: 'trung_uong.bo_khcn' });
    }
  });

  test('fixes the sentence that binds each kind of agency', () => {
    const round = given(roundDecider, [opened]).state as Round;
    expect(sentenceFor(round, 'commune')).toStrictEqual(opening.responsibility[0]);
    expect(sentenceFor(round, 'ministry')).toBeNull();
  });
});

describe('a legal basis', () => {
  const issue = {
    type: 'issue-legal-basis',
    legalBasis: documentOf('UBND tỉnh Sơn La', { kind: 'plan', number: '120/KH-UBND' }),
  } as const;
  const issued: RoundFact = {
    type: 'round.legal-basis-issued.v1',
    data: { legalBasis: issue.legalBasis },
  };

  test('turns a draft into a numbered plan, once', () => {
    given(roundDecider, [opened]).when(issue, context).then([issued]);
    const round = given(roundDecider, [opened, issued]).state as Round;
    expect(round.opening.status).toBe('numbered');
    expect(round.openedAs.status).toBe('draft');
    given(roundDecider, [opened, issued])
      .when(issue, context)
      .refuses('round/legal-basis-issued', { same: true });
  });

  test('needs a number and a date', () => {
    const draft = { ...issue, legalBasis: { ...issue.legalBasis, number: null } };
    given(roundDecider, [opened])
      .when(draft, context)
      .refuses('catalogue/document', { pointer: '/legalBasis/number' });
  });
});

describe('an assignment', () => {
  const open = given(roundDecider, [opened]);

  test('is stamped with the definition in force', () => {
    open.when(assign, context).then([made()]);
    const second: FrameworkFact = {
      type: 'indicator.redefined.v1',
      data: {
        edition: '2026',
        definition: { ...definitionOf({ unit: 'x' }), revision: 2 },
        reason: 'Sửa',
        document: null,
      },
    };
    const redefined = frameworkOf(published, defined(definitionOf()), second);
    open.when(assign, { ...context, framework: redefined }).then([made({}, 2)]);
  });

  test('made again says whether it is the same', () => {
    const done = given(roundDecider, [opened, made()]);
    done.when(assign, context).refuses('assignment/exists', { same: true });
    const other = { ...assign, assignment: assignmentOf({ leads: ['son_la.so_khcn'] }) };
    done.when(other, context).refuses('assignment/exists', { same: false });
  });

  test.each([
    ['an undefined indicator', { indicator: 'I.7' }, 'indicator/unknown'],
    ['no lead', { leads: [] }, 'assignment/leads-invalid'],
    ['two leads alone', { leads: ['son_la.so_tc', 'son_la.so_tp'] }, 'assignment/leads-invalid'],
    ['an unregistered lead', { leads: ['son_la.so_yt'] }, 'catalogue/agency-unknown'],
    [
      'a party that is both',
      { coordinating: [{ raw: 'x', agency: 'son_la.so_tp', class: 'g_dn' }] },
      'assignment/party-invalid',
    ],
    ['a mode of its own', { mode: 'several' as 'joint' }, 'catalogue/choice'],
  ])('is refused with %s', (_, members, code) => {
    open.when({ ...assign, assignment: assignmentOf(members) }, context).refuses(code);
  });

  describe('with the lead cell piece by piece', () => {
    const [finance, gone] = ['son_la.so_tc', 'son_la.so_tttt'] as const;
    const named = {
      raw: 'Sở Tài chính',
      agency: finance,
      class: null,
      unit: `${finance}.p_ns`,
      members: [finance],
      reason: null,
    };
    const group = {
      raw: 'các sở, ban, ngành',
      agency: null,
      class: 'g_so_nganh',
      unit: null,
      members: ['son_la.so_tp', gone],
      reason: null,
    };
    const leads = [finance, 'son_la.so_tp', gone];
    const cell = { mode: 'each', leads, leadParties: [named, group] } as const;

    test('keeps units, classes, and bodies that are gone', () => {
      const assignment = assignmentOf(cell);
      open.when({ ...assign, assignment }, context).then([made(cell)]);
      const again = given(roundDecider, [opened, made(cell)]);
      again.when({ ...assign, assignment }, context).refuses('assignment/exists', { same: true });
      again.when(assign, context).refuses('assignment/exists', { same: false });
    });

    test.each([
      ['a lead out of nowhere', [named], '/assignment/leadParties'],
      [
        'a piece of nobody who leads',
        [named, { ...group, members: leads.slice(1, 2) }],
        '/assignment/leadParties',
      ],
      [
        'a class read as nobody without a reason',
        [named, { ...group, members: [] }],
        '/assignment/leadParties/1/reason',
      ],
      [
        'a choice without a reason',
        [named, { ...group, class: 'g_cqdv_lq' }],
        '/assignment/leadParties/1/reason',
      ],
      [
        'a name read as another',
        [{ ...named, members: [gone] }, group],
        '/assignment/leadParties/0/members',
      ],
      [
        'a unit of another agency',
        [{ ...named, unit: 'son_la.so_tp.p_1' }, group],
        '/assignment/leadParties/0/unit',
      ],
    ])('is refused with %s', (_, leadParties, pointer) => {
      const assignment = assignmentOf({ ...cell, leadParties });
      open
        .when({ ...assign, assignment }, context)
        .refuses('assignment/lead-party-invalid', { pointer });
    });

    test('is refused with a piece that is an agency and a class', () => {
      const both = { ...named, class: 'g_so_nganh' };
      const assignment = assignmentOf({ ...cell, leadParties: [both, group] });
      open
        .when({ ...assign, assignment }, context)
        .refuses('assignment/party-invalid', { pointer: '/assignment/leadParties/0' });
    });
  });

  test('may name a lead that is gone, whose duty waits for its successor', () => {
    const leads = ['son_la.so_tttt'];
    open.when({ ...assign, assignment: assignmentOf({ leads }) }, context).then([made({ leads })]);
    const pass = {
      type: 'pass-to-successor',
      indicator: 'I.4',
      from: 'son_la.so_tttt',
      to: 'son_la.so_khcn',
      on: day('2025-07-01'),
      document: committeeLetter,
    } as const;
    const { type: _, ...data } = pass;
    const passed: RoundFact = { type: 'assignment.passed-to-successor.v1', data };
    const waiting = given(roundDecider, [opened, made({ leads })]);
    waiting.when(pass, context).then([passed]);
    const stranger = { ...pass, from: 'son_la.so_tp' };
    waiting.when(stranger, context).refuses('assignment/not-a-party', { from: 'son_la.so_tp' });
    waiting.when({ ...pass, to: 'son_la.so_tttt' }, context).refuses('assignment/not-a-party');
    const done = given(roundDecider, [opened, made({ leads }), passed]);
    done.when(pass, context).refuses('assignment/passed', { same: true });
    expect(leadsOf(done.state as Round, 'I.4')).toStrictEqual(['son_la.so_khcn']);
  });

  test('is amended on a document, coordinating parties only before they are frozen', () => {
    const amend = (members: object) =>
      ({
        type: 'amend-assignment',
        assignment: assignmentOf(members),
        reason: 'Sửa',
        document: committeeLetter,
      }) as const;
    const done = given(roundDecider, [opened, made()]);
    done.when(amend({}), context).refuses('assignment/unchanged', { same: true });
    open.when(amend({}), context).refuses('assignment/unknown');
    const leads = ['son_la.so_khcn'];
    done.when(amend({ leads }), context).then([
      {
        type: 'assignment.amended.v1',
        data: {
          ...assignmentOf({ leads }),
          definition: { edition: '2026', revision: 1 },
          reason: 'Sửa',
          document: committeeLetter,
        },
      },
    ]);
    given(roundDecider, [opened, made(), frozen([])])
      .when(amend({ coordinating: [] }), context)
      .refuses('assignment/frozen');
  });
});

describe('moving to an edition', () => {
  const move = { type: 'move-to-edition', edition: '2027', document: committeeLetter } as const;
  const assigned = given(roundDecider, [opened, made(), made({ indicator: 'I.2' })]);
  const second = { ...published, data: { ...published.data, edition: '2027' } };
  const both = [published, defined(definitionOf()), defined(ratio), second];

  test('says which definitions changed and which revisions count', () => {
    const moved = frameworkOf(
      ...both,
      defined(definitionOf({ status: 'official' }), '2027'),
      defined(ratio, '2027'),
    );
    const data = {
      edition: '2027',
      changed: ['I.4'],
      document: committeeLetter,
      definitions: [
        { indicator: 'I.4', revision: 1 },
        { indicator: 'I.2', revision: 1 },
      ],
    };
    const fact: RoundFact = { type: 'round.moved-to-edition.v1', data };
    assigned.when(move, { ...context, framework: moved }).then([fact]);
    const round = given(roundDecider, [opened, made(), fact]).state as Round;
    expect(round.opening.edition).toBe('2027');
    expect(round.assignments.get('I.4')?.assignment.definition).toStrictEqual({
      edition: '2027',
      revision: 1,
    });
  });

  test('wants every assigned indicator there, and something to change', () => {
    const lacking = frameworkOf(...both, defined(ratio, '2027'));
    assigned
      .when(move, { ...context, framework: lacking })
      .refuses('round/edition-lacks-indicator', { indicators: ['I.4'] });
    assigned.when({ ...move, edition: '2028' }, context).refuses('framework/edition-unknown');
    assigned
      .when({ ...move, edition: '2026' }, context)
      .refuses('round/edition-unchanged', { same: true });
  });
});

describe('a closed round', () => {
  const close = { type: 'close', on: day('2027-01-31'), reason: 'Hết kỳ', document: null } as const;
  const closed: RoundFact = {
    type: 'round.closed.v1',
    data: { on: close.on, reason: close.reason, document: null },
  };
  const done = given(roundDecider, [opened, made(), closed]);

  test('takes no more assignments, but still passes duties on', () => {
    given(roundDecider, [opened]).when(close, context).then([closed]);
    done.when(close, context).refuses('round/closed', { same: true });
    const since = { ...context, today: close.on };
    done.when(assign, since).refuses('round/closed', { on: '2027-01-31' });
    const pass = {
      type: 'pass-to-successor',
      indicator: 'I.4',
      from: 'son_la.so_tc',
      to: 'son_la.so_khcn',
      on: day('2027-02-01'),
      document: committeeLetter,
    } as const;
    const { type: _, ...data } = pass;
    done.when(pass, context).then([{ type: 'assignment.passed-to-successor.v1', data }]);
  });
});

test('a closing recorded ahead of its day stops nothing before it', () => {
  const data = { on: day('2027-01-31'), reason: 'Hết kỳ', document: null };
  const ahead = given(roundDecider, [opened, { type: 'round.closed.v1', data }]);
  const round = ahead.state as Round;
  expect([isClosed(round, day('2027-01-30')), isClosed(round, day('2027-01-31'))]).toStrictEqual([
    false,
    true,
  ]);
  const made = { type: 'assignment.made.v1', data: expect.anything() };
  const before = { ...context, today: day('2027-01-30') };
  expect(roundDecider.decide(assign, round, before).facts).toStrictEqual([made]);
});

test('the agencies that a command is about are looked up once each', () => {
  const round = given(roundDecider, [opened, made()]).state;
  expect(agenciesIn(opening, null)).toStrictEqual(opening.chain);
  const coordinating = [
    { raw: 'x', agency: 'son_la.so_tc', class: null },
    { raw: 'y', agency: 'x', class: null },
  ];
  const assignment = assignmentOf({ coordinating });
  expect(agenciesIn({ type: 'assign', assignment }, round)).toStrictEqual(['son_la.so_tc']);
  const named = given(roundDecider, [opened, made({ coordinating })]).state;
  const choices = [{ class: 'g_dn', members: ['son_la.so_tp'], reason: 'x' }];
  expect(
    agenciesIn({ type: 'freeze-participants', indicator: 'I.4', choices }, named),
  ).toStrictEqual(['son_la.so_tc', 'son_la.so_tp']);
});
