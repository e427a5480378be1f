import { describe, expect, test } from '@jest/globals';
import { day, digestOf } from '#kernel';
import type { Day, DocumentRef, Role } from '#kernel';
import { given, someActor } from '#testing';
import { agencyDecider } from './agency.ts';
import type { AgencyKind } from './agency.events.ts';
import type { Agency } from './agency.ts';
import type { ReviewBodyCommand } from './directory.commands.ts';
import { reviewBodyDecider, sessionItem } from './review-body.ts';
import type { ReviewBodyContext } from './review-body.ts';
import type { ReviewBodyFact, SessionItem } from './review-body.events.ts';

const today = day('2026-11-20');
const [chair, secretary, member, outsider, registrarId] = [1, 2, 3, 4, 5].map((digit) => {
  return `0000000${digit}-0000-4000-8000-000000000000`;
}) as [string, string, string, string, string];
const [committee, finance, science] = ['son_la.ubnd_tinh', 'son_la.so_tc', 'son_la.so_khcn'];
const decision: DocumentRef = {
  kind: 'decision',
  number: '77/QĐ-UBND',
  date: day('2026-10-01'),
  issuer: 'UBND tỉnh Sơn La',
  title: 'Thành lập tổ chuyên môn liên ngành',
  digest: null,
};

function agencyOf(agency: string, kind: AgencyKind, goneOn: Day | null = null): Agency {
  const data = {
    agency,
    kind,
    province: 'son_la',
    name: { vi: agency, en: null },
    aliases: [],
    classes: [],
    document: null,
  };
  const end = { on: goneOn ?? today, document: decision };
  const { state } = given(agencyDecider, [
    { type: 'agency.registered.v1', data },
    ...(goneOn === null ? [] : [{ type: 'agency.dissolved.v1', data: end } as const]),
  ]);
  if (state === null) throw new Error('no agency');
  return state;
}

function as(person: string, role: Role | null, agency = science): ReviewBodyContext {
  const capacity = {
    grant: 'g',
    role: role ?? 'officer',
    agency,
    unit: agency,
    from: day('2026-01-01'),
    to: null,
    delegation: null,
  } as const;
  return {
    acting: { person, agency, capacities: role === null ? [] : [capacity] },
    today,
    appointer: agencyOf(committee, 'committee'),
    agenciesOf: new Map([
      [chair, [finance]],
      [secretary, [science]],
      [member, [science, finance]],
    ]),
    missingFile: null,
  };
}
const registrar = as(registrarId, 'registrar');

type Establish = Extract<ReviewBodyCommand, { type: 'establish' }>;
const establish: Establish = {
  type: 'establish',
  body: 'son_la.to_lien_nganh',
  name: 'Tổ chuyên môn liên ngành',
  form: 'interagency-group',
  province: 'son_la',
  decision,
  appointedBy: committee,
  members: [
    { person: chair, agency: finance, position: 'chair' },
    { person: secretary, agency: science, position: 'secretary' },
    { person: member, agency: science, position: 'member' },
  ],
};
const { type: _establish, ...content } = establish;
const established: ReviewBodyFact = { type: 'review-body.established.v1', data: content };

describe('establishing a review body', () => {
  test('is a registrar’s or certifier’s, on the committee’s decision', () => {
    for (const role of ['registrar', 'certifier'] as const) {
      given(reviewBodyDecider, []).when(establish, as(registrarId, role)).then([established]);
    }
    for (const role of ['head', 'checker', 'auditor', 'officer', null] as const) {
      given(reviewBodyDecider, [])
        .when(establish, as(chair, role))
        .refuses('review-body/not-founder');
    }
  });

  test.each([
    [null, 'agency/unknown'],
    [agencyOf(committee, 'department'), 'review-body/not-appointed'],
    [agencyOf(committee, 'committee', day('2026-10-01')), 'review-body/not-appointed'],
  ])('needs a committee that appoints it (%#)', (appointer, code) => {
    given(reviewBodyDecider, [])
      .when(establish, { ...registrar, appointer })
      .refuses(code);
  });

  test.each([
    [{ appointedBy: 'bac_ninh.ubnd_tinh' }, 'review-body/not-appointed'],
    [{ decision: { ...decision, kind: 'letter' } }, 'review-body/not-appointed'],
    [{ decision: { ...decision, number: null } }, 'directory/document'],
    [{ decision: { ...decision, date: null } }, 'directory/document'],
    [{ decision: { ...decision, date: '2026-11-21' } }, 'directory/day'],
  ])('needs a decision of that province, numbered and dated (%#)', (change, code) => {
    const command = { ...establish, ...change } as ReviewBodyCommand;
    given(reviewBodyDecider, []).when(command, registrar).refuses(code);
  });

  test('is for the province of whoever founds it', () => {
    const away = { ...establish, province: 'bac_ninh' };
    given(reviewBodyDecider, []).when(away, registrar).refuses('directory/other-province');
  });

  const withMembers = (...members: Establish['members']) => ({ ...establish, members });
  const [first, second, third] = establish.members as [
    Establish['members'][0],
    Establish['members'][0],
    Establish['members'][0],
  ];

  test('has one chair, no member twice, and two agencies where it is interagency', () => {
    const refused = (command: Establish, code: string) => {
      given(reviewBodyDecider, []).when(command, registrar).refuses(code);
    };
    refused(withMembers(), 'review-body/members');
    refused(withMembers(second, third), 'review-body/members');
    refused(withMembers(first, { ...second, position: 'chair' }), 'review-body/members');
    refused(withMembers(first, second, first), 'directory/twice');
    refused(withMembers({ ...first }, { ...third, agency: finance }), 'review-body/members');
    const adviser: Establish = { ...withMembers(first), form: 'independent-adviser' };
    const { type: _, ...data } = adviser;
    given(reviewBodyDecider, [])
      .when(adviser, registrar)
      .then([{ type: 'review-body.established.v1', data }]);
  });

  test('seats enrolled people for an agency of theirs', () => {
    for (const wrong of [
      { ...second, agency: finance },
      { ...second, person: outsider },
    ]) {
      given(reviewBodyDecider, [])
        .when(withMembers(first, wrong, third), registrar)
        .refuses('review-body/member-agency', { pointer: '/members/1' });
    }
  });

  test('a second time says whether it is the same, whatever was done since', () => {
    const session = {
      session: 's1',
      heldOn: today,
      minutes: digestOf('m'),
      present: [chair],
      items: [],
    };
    const history: ReviewBodyFact[] = [
      established,
      { type: 'review-body.session-recorded.v1', data: session },
    ];
    given(reviewBodyDecider, history)
      .when(establish, registrar)
      .refuses('review-body/already-established', { same: true });
    given(reviewBodyDecider, history)
      .when({ ...establish, name: 'Tổ khác' }, registrar)
      .refuses('review-body/already-established', { same: false });
  });

  test.each([
    [{ body: 'Tổ' }, 'directory/id', '/body'],
    [{ name: '' }, 'directory/text', '/name'],
    [{ form: 'club' }, 'directory/choice', '/form'],
    [{ province: 'Sơn La' }, 'directory/id', '/province'],
    [{ appointedBy: 'ubnd' }, 'directory/id', '/appointedBy'],
    [{ members: [{ ...first, person: 'x' }] }, 'directory/id', '/members/0/person'],
    [{ members: [{ ...first, agency: 'x' }] }, 'directory/id', '/members/0/agency'],
    [{ members: [{ ...first, position: 'x' }] }, 'directory/choice', '/members/0/position'],
  ])('refuses %j', (change, code, pointer) => {
    const command = { ...establish, ...change } as ReviewBodyCommand;
    given(reviewBodyDecider, []).when(command, registrar).refuses(code, { pointer });
  });
});

const everybody = [chair, secretary, member];
const item: SessionItem = {
  figure: 'son_la-qd1969-2026.I.4',
  version: 2,
  digest: digestOf('version'),
  decision: 'accept',
  votesFor: 2,
  votesAgainst: 0,
  abstained: [member],
};
type RecordSession = Extract<ReviewBodyCommand, { type: 'record-session' }>;
const record: RecordSession = {
  type: 'record-session',
  session: 'phien_01',
  heldOn: day('2026-11-18'),
  minutes: digestOf('minutes'),
  present: everybody,
  items: [item],
};
const { type: _record, ...sessionData } = record;
const held: ReviewBodyFact = { type: 'review-body.session-recorded.v1', data: sessionData };
const dissolution: ReviewBodyFact = {
  type: 'review-body.dissolved.v1',
  data: { on: day('2026-11-18'), document: decision },
};

describe('recording a session', () => {
  const recording = (change: object, context = registrar, ...more: ReviewBodyFact[]) => {
    return given(reviewBodyDecider, [established, ...more]).when({ ...record, ...change }, context);
  };

  test('is the chair’s, the secretary’s or a registrar’s', () => {
    recording({}, as(chair, 'officer', finance))
      .then([held])
      .thenActor({
        person: chair,
        agency: finance,
        unit: finance,
        role: 'officer',
        actingFor: null,
      });
    recording({}, as(secretary, 'checker')).then([held]);
    recording({}, as(secretary, 'head', committee)).then([held]);
    recording({}, registrar).then([held]);
    recording({}, as(member, 'officer')).refuses('review-body/not-recorder');
    recording({}, as(outsider, 'certifier')).refuses('review-body/not-recorder');
    recording({}, as(chair, null)).refuses('review-body/not-recorder');
  });

  test('the seat’s own agency names the capacity before any other', () => {
    const both = as(chair, 'officer', science);
    const [other] = both.acting.capacities;
    if (other === undefined) throw new Error('no capacity');
    const seat = { ...other, agency: finance, unit: finance };
    const acting = { ...both.acting, capacities: [other, seat] };
    recording({}, { ...both, acting }).thenActor({
      person: chair,
      agency: finance,
      unit: finance,
      role: 'officer',
      actingFor: null,
    });
  });

  test('lies between establishment, dissolution and today', () => {
    recording({ heldOn: day('2026-11-21') }).refuses('review-body/session-day');
    recording({ heldOn: day('2026-09-30') }).refuses('review-body/session-day');
    recording({ heldOn: day('2026-10-01') }).then([
      { ...held, data: { ...held.data, heldOn: day('2026-10-01') } },
    ]);
    recording({}, registrar, dissolution).refuses('review-body/dissolved');
    const before = { heldOn: day('2026-11-17') };
    recording(before, registrar, dissolution).then([
      { ...held, data: { ...held.data, ...before } },
    ]);
  });

  test('rests on minutes that are deposited', () => {
    const missingFile = digestOf('x');
    recording({ minutes: missingFile }, { ...registrar, missingFile }).refuses(
      'review-body/minutes-not-deposited',
      { pointer: '/minutes' },
    );
  });

  test('remembers who recorded it', () => {
    const { state } = given(reviewBodyDecider, [established, held]);
    expect(state?.sessions).toStrictEqual([{ ...held.data, recordedBy: someActor.person }]);
  });

  test('is recorded once', () => {
    recording({}, registrar, held).refuses('review-body/session-already-recorded', { same: true });
    recording({ minutes: digestOf('x') }, registrar, held).refuses(
      'review-body/session-already-recorded',
      { same: false },
    );
  });

  test.each([
    [{ session: 'Phiên 1' }, 'directory/id', '/session'],
    [{ heldOn: '2026-11-31' }, 'directory/day', '/heldOn'],
    [{ minutes: 'x' }, 'directory/digest', '/minutes'],
    [{ present: [chair, chair] }, 'directory/twice', '/present/1'],
    [{ present: [chair, outsider] }, 'review-body/not-member', '/present/1'],
    [{ present: [] }, 'review-body/item', '/present'],
    [{ items: [] }, 'review-body/item', '/items'],
    [{ items: [item, item] }, 'directory/twice', '/items/1'],
  ])('refuses %j', (change, code, pointer) => {
    recording(change).refuses(code, { pointer });
  });

  test.each([
    [{ figure: 'I.4' }, 'review-body/item', '/items/0/figure'],
    [{ version: 0 }, 'review-body/item', '/items/0/version'],
    [{ version: 1.5 }, 'review-body/item', '/items/0/version'],
    [{ digest: 'x' }, 'directory/digest', '/items/0/digest'],
    [{ decision: 'defer' }, 'directory/choice', '/items/0/decision'],
    [{ abstained: [member, member] }, 'directory/twice', '/items/0/abstained/1'],
    [{ abstained: [outsider] }, 'review-body/not-member', '/items/0/abstained/0'],
    [{ votesFor: 3 }, 'review-body/votes', '/items/0'],
    [{ votesFor: 1 }, 'review-body/votes', '/items/0'],
    [{ votesFor: 3, votesAgainst: -1 }, 'review-body/votes', '/items/0'],
    [{ votesFor: 0.5, votesAgainst: 1.5 }, 'review-body/votes', '/items/0'],
    [{ decision: 'return' }, 'review-body/against-votes', '/items/0'],
    [{ votesFor: 0, votesAgainst: 2 }, 'review-body/against-votes', '/items/0'],
    [{ votesFor: 0, abstained: everybody }, 'review-body/against-votes', '/items/0'],
  ])('refuses an item with %j', (change, code, pointer) => {
    recording({ items: [{ ...item, ...change }] }).refuses(code, { pointer });
  });

  test('a tie is the chair’s to break, an absent member does not abstain', () => {
    for (const decided of ['accept', 'return'] as const) {
      const items = [{ ...item, votesFor: 1, votesAgainst: 1, decision: decided }];
      recording({ items }).then([{ ...held, data: { ...held.data, items } }]);
    }
    recording({ present: [chair, secretary] }).refuses('review-body/not-member', {
      pointer: '/items/0/abstained/0',
    });
  });

  test('what it decided is found by session, figure and version', () => {
    const { state } = given(reviewBodyDecider, [established, held]);
    if (state === null) throw new Error('no body');
    expect(sessionItem(state, 'phien_01', item)).toEqual(item);
    expect(sessionItem(state, 'phien_02', item)).toBeUndefined();
    expect(sessionItem(state, 'phien_01', { ...item, version: 1 })).toBeUndefined();
    expect(sessionItem(state, 'phien_01', { ...item, figure: 'x' })).toBeUndefined();
  });
});

describe('dissolving', () => {
  const dissolve: ReviewBodyCommand = { type: 'dissolve', ...dissolution.data };

  test('is done once, by those who may establish', () => {
    given(reviewBodyDecider, [established]).when(dissolve, registrar).then([dissolution]);
    given(reviewBodyDecider, [established])
      .when(dissolve, as(chair, 'head'))
      .refuses('review-body/not-founder');
    given(reviewBodyDecider, [established, dissolution])
      .when(dissolve, registrar)
      .refuses('review-body/dissolved', { on: '2026-11-18' });
    given(reviewBodyDecider, []).when(dissolve, registrar).refuses('review-body/unknown');
    expect(reviewBodyDecider.creates(establish)).toBe(true);
    expect(reviewBodyDecider.creates(dissolve)).toBe(false);
  });
});
