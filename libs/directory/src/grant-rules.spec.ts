import { describe, expect, test } from '@jest/globals';
import { day, digestOf, roles } from '#kernel';
import type { Day, DocumentRef, Role } from '#kernel';
import { given } from '#testing';
import type { Told } from '#testing';
import { agencyDecider } from './agency.ts';
import type { Agency } from './agency.ts';
import type { PersonCommand } from './directory.commands.ts';
import { confirmedRoles, confirmingRoles } from './grant-rules.ts';
import { personDecider } from './person.ts';
import type { PersonFact } from './person.events.ts';
import { capacitiesOf } from './standing.ts';
import type { Person, PersonContext } from './standing.ts';

const today = day('2026-03-02');
const subject = '33333333-3333-4333-8333-333333333333';
const granter = '22222222-2222-4222-8222-222222222222';
const other = '55555555-5555-4555-8555-555555555555';
const headId = '44444444-4444-4444-8444-444444444444';
const finance = 'son_la.so_tc';
const science = 'son_la.so_khcn';
const committee = 'son_la.ubnd_tinh';
const id = (digit: number) => `aaaaaaaa-aaaa-4aaa-8aaa-00000000000${digit}`;
const document: DocumentRef = {
  kind: 'decision',
  number: '5/QĐ-UBND',
  date: day('2026-01-05'),
  issuer: 'UBND tỉnh Sơn La',
  title: 'Về việc bổ nhiệm',
  digest: digestOf('appointment'),
};

function agencyOf(agency: string, goneOn: Day | null = null): Agency {
  const data = {
    agency,
    kind: 'department',
    province: 'son_la',
    name: { vi: agency, en: null },
    aliases: [],
    classes: [],
    document: null,
  } as const;
  const end = { type: 'agency.dissolved.v1', data: { on: goneOn ?? today, document } } as const;
  const { state } = given(agencyDecider, [
    { type: 'agency.registered.v1', data },
    ...(goneOn === null ? [] : [end]),
  ]);
  if (state === null) throw new Error('no agency');
  return state;
}

type Hat = { readonly role: Role; readonly at?: string };
function as(
  person: string,
  hats: readonly Hat[],
  more: Partial<PersonContext> = {},
): PersonContext {
  const capacities = hats.map(({ role, at = science }) => ({
    grant: 'g',
    role,
    agency: at,
    unit: at,
    from: day('2026-01-01'),
    to: null,
    delegation: null,
  }));
  return {
    acting: { person, agency: hats[0]?.at ?? science, capacities },
    today,
    agency: agencyOf(finance),
    head: null,
    missingFile: null,
    bootstrap: false,
    ...more,
  };
}
/** The registrar as an event names them. */
const byScience = {
  person: granter,
  agency: science,
  unit: science,
  role: 'registrar',
  actingFor: null,
} as const;
const registrar = as(granter, [{ role: 'registrar' }]);

const enrolled: PersonFact = {
  type: 'person.enrolled.v1',
  data: { person: subject, agency: finance, unit: finance, commitment: digestOf('first') },
};

type GrantCommand = Extract<PersonCommand, { type: 'grant' }>;
function grantOf(role: Role, change: Partial<GrantCommand> = {}): GrantCommand {
  const appointed = role === 'head' || role === 'deputy';
  return {
    type: 'grant',
    grant: id(1),
    role,
    agency: finance,
    unit: finance,
    from: day('2026-03-01'),
    to: null,
    document: appointed ? document : null,
    commitment: digestOf('first'),
    ...change,
  };
}
function granted(command: GrantCommand, change: object = {}): Told<PersonFact> {
  const { type: _, ...data } = command;
  const needsConfirmation = confirmedRoles.includes(command.role);
  const fact = {
    type: 'role.granted.v1',
    data: { ...data, granterAgency: science, needsConfirmation, ...change },
  } as PersonFact;
  return { ...fact, metadata: { actor: byScience } };
}
function bare({ type, data }: Told<PersonFact>): PersonFact {
  return { type, data } as PersonFact;
}
function granting(command: PersonCommand, context: PersonContext, ...more: Told<PersonFact>[]) {
  return given(personDecider, [enrolled, ...more]).when(command, context);
}

describe('granting', () => {
  test('who signs, who brings into force and who may confirm are confirmed', () => {
    expect([...confirmedRoles].sort()).toEqual(
      ['certifier', 'checker', 'deputy', 'head', 'inspector', 'registrar'].sort(),
    );
  });

  const grantable = roles.filter((role) => role !== 'operator' && role !== 'holder');
  test.each(grantable)('a registrar grants %s', (role) => {
    granting(grantOf(role), registrar)
      .then([bare(granted(grantOf(role)))])
      .thenActor({
        person: granter,
        agency: science,
        unit: science,
        role: 'registrar',
        actingFor: null,
      });
  });

  test('nobody is granted the operator’s or the holder’s role, nobody grants to themselves', () => {
    granting(grantOf('operator'), registrar).refuses('grant/operator');
    granting(grantOf('holder'), registrar).refuses('grant/operator');
    granting(grantOf('officer'), as(subject, [{ role: 'registrar' }])).refuses('grant/to-oneself');
    granting(grantOf('officer'), as(subject, [{ role: 'head', at: finance }])).refuses(
      'grant/to-oneself',
    );
  });

  test('a head names the officers of their own agency and nobody else', () => {
    const head = as(headId, [{ role: 'head', at: finance }]);
    granting(grantOf('officer'), head).then([
      bare(granted(grantOf('officer'), { granterAgency: finance })),
    ]);
    for (const role of grantable.filter((one) => one !== 'officer')) {
      granting(grantOf(role), head).refuses('grant/not-granter');
    }
    const elsewhere = grantOf('officer', { agency: science, unit: science });
    granting(elsewhere, head).refuses('grant/not-granter');
    // A post in their own agency, for a person of another.
    granting(elsewhere, as(headId, [{ role: 'head' }])).refuses('grant/not-granter');
  });

  test.each(roles.filter((role) => role !== 'registrar' && role !== 'head'))(
    'a %s grants nothing',
    (role) => {
      granting(grantOf('officer'), as(granter, [{ role, at: finance }])).refuses(
        'grant/not-granter',
      );
    },
  );

  test.each(['head', 'deputy'] as const)('a %s needs the appointment with its file', (role) => {
    for (const paper of [null, { ...document, digest: null }]) {
      granting(grantOf(role, { document: paper }), registrar).refuses('grant/no-appointment', {
        pointer: '/document/digest',
      });
    }
  });

  test('the place is registered and alive on the first day that counts', () => {
    granting(grantOf('officer'), { ...registrar, agency: null }).refuses('agency/unknown');
    granting(grantOf('officer', { unit: `${finance}.p_x` }), registrar).refuses(
      'agency/unit-unknown',
    );
    const ending = { ...registrar, agency: agencyOf(finance, day('2026-06-01')) };
    granting(grantOf('officer'), ending).then([bare(granted(grantOf('officer')))]);
    granting(grantOf('officer', { from: day('2026-06-01') }), ending).refuses('agency/gone');
    const ended = { ...registrar, agency: agencyOf(finance, today) };
    granting(grantOf('officer', { from: day('2026-01-01') }), ended).refuses('agency/gone');
  });

  test.each([
    [{ grant: 'x' }, 'directory/id', '/grant'],
    [{ role: 'boss' }, 'directory/choice', '/role'],
    [{ from: '2026-02-30' }, 'directory/day', '/from'],
    [{ to: 'never' }, 'directory/day', '/to'],
    [{ to: '2026-02-28' }, 'directory/period', '/to'],
    [{ commitment: 'x' }, 'directory/digest', '/commitment'],
    [{ document: { ...document, title: '' } }, 'directory/text', '/document/title'],
  ])('refuses %j', (change, code, pointer) => {
    granting({ ...grantOf('officer'), ...change } as PersonCommand, registrar).refuses(code, {
      pointer,
    });
  });

  test('the same grant counts once, unless the first was revoked', () => {
    const first = granted(grantOf('officer'));
    granting(grantOf('officer', { grant: id(2) }), registrar, first).refuses(
      'grant/already-granted',
      { grant: id(1), same: true },
    );
    granting(grantOf('checker'), registrar, first).refuses('grant/already-granted', {
      grant: id(1),
      same: false,
    });
    const again = grantOf('officer', { grant: id(2) });
    const revoked: PersonFact = {
      type: 'role.revoked.v1',
      data: { grant: id(1), from: today, reason: 'nhầm' },
    };
    granting(again, registrar, first, revoked).then([bare(granted(again))]);
    const longer = grantOf('officer', { grant: id(2), to: day('2027-01-01') });
    granting(longer, registrar, first).then([bare(granted(longer))]);
  });
});

describe('separation of duties 6', () => {
  const reporting = ['officer', 'head', 'deputy', 'checker', 'certifier'] as const;
  const pairs = reporting.flatMap(
    (one) =>
      [
        [one, 'auditor'],
        [one, 'inspector'],
      ] as const,
  );

  test.each(pairs)('%s and %s exclude each other on one day of one province', (one, judge) => {
    for (const [held, asked] of [
      [one, judge],
      [judge, one],
    ] as const) {
      const wanted = grantOf(asked, { grant: id(2), agency: committee, unit: committee });
      const at = { ...registrar, agency: agencyOf(committee) };
      granting(wanted, at, granted(grantOf(held))).refuses('grant/duties-collide', { role: held });
    }
  });

  test('not on other days, in another province, or beside other roles', () => {
    const wanted = grantOf('auditor', { grant: id(2), from: day('2026-04-01') });
    const before = granted(grantOf('officer', { to: day('2026-03-31') }));
    granting(wanted, registrar, before).then([bare(granted(wanted))]);
    const away = granted(grantOf('officer', { agency: 'bac_ninh.so_tc', unit: 'bac_ninh.so_tc' }));
    granting(wanted, registrar, away).then([bare(granted(wanted))]);
    granting(wanted, registrar, granted(grantOf('recipient'))).then([bare(granted(wanted))]);
    const revoked: PersonFact = {
      type: 'role.revoked.v1',
      data: { grant: id(1), from: day('2026-04-01'), reason: 'chuyển' },
    };
    granting(wanted, registrar, granted(grantOf('officer')), revoked).then([bare(granted(wanted))]);
  });
});

describe('the first start', () => {
  const first = { bootstrap: true, agency: null };
  const operator = as(subject, [{ role: 'operator', at: finance }], first);
  const operatorAtScience = as(granter, [{ role: 'operator' }], first);

  test('grants the first registrar to the operator’s own id', () => {
    granting(grantOf('registrar'), operator).then([
      bare(granted(grantOf('registrar'), { granterAgency: finance, needsConfirmation: false })),
    ]);
    granting(grantOf('officer'), operator).refuses('grant/bootstrap');
  });

  test('grants one confirming person of another agency, who needs no confirmation', () => {
    for (const role of confirmingRoles) {
      granting(grantOf(role), operatorAtScience).then([
        bare(granted(grantOf(role), { needsConfirmation: false })),
      ]);
    }
    granting(grantOf('officer'), operatorAtScience).refuses('grant/bootstrap');
    granting(grantOf('registrar', { agency: science, unit: science }), operatorAtScience).refuses(
      'grant/bootstrap',
    );
  });

  test('is over for whoever holds a grant, and is nobody’s but the operator’s', () => {
    granting(
      grantOf('registrar', { grant: id(2) }),
      operator,
      granted(grantOf('recipient')),
    ).refuses('grant/bootstrap');
    granting(
      grantOf('registrar'),
      as(granter, [{ role: 'registrar' }], { bootstrap: true }),
    ).refuses('grant/not-granter');
    granting(grantOf('registrar'), { ...operatorAtScience, bootstrap: false }).refuses(
      'grant/not-granter',
    );
  });
});

describe('confirming', () => {
  const confirm: PersonCommand = { type: 'confirm', grant: id(1) };
  const confirmed: PersonFact = { type: 'role.confirmed.v1', data: { grant: id(1) } };
  const head = granted(grantOf('head'));
  const inspector = as(other, [{ role: 'inspector', at: committee }]);

  test.each(confirmingRoles)('is done by a %s of another agency than the granter’s', (role) => {
    granting(confirm, as(other, [{ role, at: committee }]), head)
      .then([confirmed])
      .thenActor({ person: other, agency: committee, unit: committee, role, actingFor: null });
    granting(confirm, as(other, [{ role, at: science }]), head).refuses(
      'grant/confirmer-same-agency',
      { agency: science },
    );
    granting(confirm, as(other, [{ role }, { role, at: committee }]), head).then([confirmed]);
  });

  test.each(roles.filter((role) => !confirmingRoles.some((one) => one === role)))(
    'is not done by a %s',
    (role) => {
      granting(confirm, as(other, [{ role, at: committee }]), head).refuses('grant/not-confirmer');
    },
  );

  test('is never one’s own: neither whose grant it is nor who made it', () => {
    for (const person of [subject, granter]) {
      granting(confirm, as(person, [{ role: 'registrar', at: committee }]), head).refuses(
        'grant/own-confirmation',
      );
    }
  });

  test('happens once, to a grant that needs it and can still count', () => {
    granting(confirm, inspector).refuses('grant/unknown');
    granting(confirm, inspector, granted(grantOf('officer'))).refuses(
      'grant/needs-no-confirmation',
    );
    granting(confirm, inspector, head, confirmed).refuses('grant/already-confirmed');
    const ended = granted(grantOf('head', { to: day('2026-03-01') }));
    granting(confirm, inspector, ended).refuses('grant/over');
    const revoked = (from: Day): PersonFact => ({
      type: 'role.revoked.v1',
      data: { grant: id(1), from, reason: 'thôi' },
    });
    granting(confirm, inspector, head, revoked(today)).refuses('grant/over');
    granting(confirm, inspector, head, revoked(day('2026-03-01'))).refuses('grant/over');
    granting(confirm, inspector, head, revoked(day('2026-03-03'))).then([confirmed]);
  });
});

describe('revoking', () => {
  const revoke = (from = '2026-03-10'): PersonCommand => ({
    type: 'revoke',
    grant: id(1),
    from: day(from),
    reason: 'chuyển công tác',
  });
  const revoked = (from = '2026-03-10'): PersonFact => ({
    type: 'role.revoked.v1',
    data: { grant: id(1), from: day(from), reason: 'chuyển công tác' },
  });
  const officer = granted(grantOf('officer', { to: day('2026-12-31') }));

  test('is the registrar’s, and the head’s for officers of the agency', () => {
    granting(revoke(), registrar, officer).then([revoked()]);
    granting(revoke(), as(headId, [{ role: 'head', at: finance }]), officer).then([revoked()]);
    granting(revoke(), as(headId, [{ role: 'head' }]), officer).refuses('grant/not-revoker');
    const checker = granted(grantOf('checker'));
    granting(revoke(), as(headId, [{ role: 'head', at: finance }]), checker).refuses(
      'grant/not-revoker',
    );
    granting(revoke(), as(other, [{ role: 'deputy', at: finance }]), officer).refuses(
      'grant/not-revoker',
    );
  });

  test('names a day within the grant, and a second one only earlier', () => {
    granting(revoke('2026-02-28'), registrar, officer).refuses('directory/period');
    granting(revoke('2026-03-01'), registrar, officer).then([revoked('2026-03-01')]);
    granting(revoke('2027-01-01'), registrar, officer).refuses('grant/over');
    granting(revoke('2026-03-10'), registrar, officer, revoked()).refuses('grant/already-revoked', {
      from: '2026-03-10',
    });
    granting(revoke('2026-03-09'), registrar, officer, revoked()).then([revoked('2026-03-09')]);
    granting(revoke(), registrar).refuses('grant/unknown');
    granting({ ...revoke(), reason: '' } as PersonCommand, registrar, officer).refuses(
      'directory/text',
      { pointer: '/reason' },
    );
    granting({ ...revoke(), from: 'x' } as PersonCommand, registrar, officer).refuses(
      'directory/day',
      { pointer: '/from' },
    );
  });
});

describe('delegating', () => {
  const data = {
    delegation: id(7),
    form: 'KT',
    head: headId,
    agency: finance,
    from: day('2026-02-01'),
    to: day('2026-12-31'),
    document,
  } as const;
  const delegate = { type: 'delegate', ...data } as Extract<PersonCommand, { type: 'delegate' }>;
  const recorded: Told<PersonFact> = {
    type: 'delegation.recorded.v1',
    data,
    metadata: { actor: byScience },
  };
  const byHead: Told<PersonFact> = {
    ...recorded,
    metadata: {
      actor: { person: headId, agency: finance, unit: finance, role: 'head', actingFor: null },
    },
  };
  const deputy = granted(grantOf('deputy'));

  function headFrom(from: string, to: string | null = null): Person {
    const grant = grantOf('head', { from: day(from), to: to === null ? null : day(to) });
    const { state } = given(personDecider, [
      { ...enrolled, data: { ...enrolled.data, person: headId } } as PersonFact,
      granted(grant),
      { type: 'role.confirmed.v1', data: { grant: id(1) } },
    ]);
    if (state === null) throw new Error('nobody');
    return state;
  }
  const byRegistrar = { ...registrar, head: headFrom('2026-03-01') };

  test('is recorded by a registrar or by that head', () => {
    granting(delegate, byRegistrar, deputy).then([bare(recorded)]);
    const head = byRegistrar.head;
    granting(delegate, as(headId, [{ role: 'head', at: finance }], { head }), deputy).then([
      bare(recorded),
    ]);
    granting(delegate, as(other, [{ role: 'head', at: finance }], { head }), deputy).refuses(
      'delegation/not-recorder',
    );
    granting(delegate, as(headId, [{ role: 'head' }], { head }), deputy).refuses(
      'delegation/not-recorder',
    );
  });

  test('is never to oneself', () => {
    granting(
      delegate,
      as(subject, [{ role: 'registrar' }], { head: byRegistrar.head }),
      deputy,
    ).refuses('delegation/to-oneself');
    granting({ ...delegate, head: subject }, byRegistrar, deputy).refuses('delegation/to-oneself');
  });

  test('comes from whoever heads the agency today, or on its first day if later', () => {
    granting(delegate, registrar, deputy).refuses('delegation/not-head', { on: today });
    granting(delegate, { ...registrar, head: headFrom('2026-03-03') }, deputy).refuses(
      'delegation/not-head',
    );
    const later = { ...delegate, from: day('2026-05-01') };
    granting(later, { ...registrar, head: headFrom('2026-03-01', '2026-04-30') }, deputy).refuses(
      'delegation/not-head',
      { on: '2026-05-01' },
    );
    granting({ ...delegate, agency: science }, byRegistrar, deputy).refuses('delegation/not-head');
  });

  test('needs a grant that carries the form, for some of the days', () => {
    const officer = granted(grantOf('officer'));
    granting(delegate, byRegistrar, officer).refuses('delegation/no-grant', { form: 'KT' });
    for (const form of ['TL', 'TUQ'] as const) {
      for (const held of [officer, deputy]) {
        granting({ ...delegate, form }, byRegistrar, held).then([
          { type: 'delegation.recorded.v1', data: { ...data, form } },
        ]);
      }
      granting({ ...delegate, form }, byRegistrar, granted(grantOf('checker'))).refuses(
        'delegation/no-grant',
      );
    }
    granting({ ...delegate, to: day('2026-02-28') }, byRegistrar, deputy).refuses(
      'delegation/no-grant',
    );
    const elsewhere = granted(grantOf('deputy', { agency: science, unit: science }));
    granting(delegate, byRegistrar, elsewhere).refuses('delegation/no-grant');
  });

  test('is recorded once, on a numbered document', () => {
    granting({ ...delegate, delegation: id(8) }, byRegistrar, deputy, recorded).refuses(
      'delegation/already-recorded',
      { delegation: id(7), same: true },
    );
    granting({ ...delegate, to: null }, byRegistrar, deputy, recorded).refuses(
      'delegation/already-recorded',
      { same: false },
    );
    granting({ ...delegate, document: { ...document, number: null } }, byRegistrar, deputy).refuses(
      'directory/document',
      { pointer: '/document/number' },
    );
    granting({ ...delegate, form: 'TM' as 'TL' }, byRegistrar, deputy).refuses('directory/choice', {
      pointer: '/form',
    });
    expect(given(personDecider, [enrolled, recorded]).state?.delegations).toEqual([
      {
        ...data,
        recordedBy: granter,
        recorderAgency: science,
        needsConfirmation: true,
        confirmedBy: null,
        ended: null,
      },
    ]);
  });

  test('rests on a deposited file where it is not the head who records it', () => {
    const unfiled = { ...delegate, document: { ...document, digest: null } };
    granting(unfiled, byRegistrar, deputy).refuses('delegation/no-document', {
      pointer: '/document/digest',
    });
    const missingFile = document.digest;
    granting(delegate, { ...byRegistrar, missingFile }, deputy).refuses(
      'delegation/document-not-deposited',
    );
    const own = as(headId, [{ role: 'head', at: finance }], { head: byRegistrar.head });
    granting(unfiled, own, deputy).then([
      { type: 'delegation.recorded.v1', data: { ...data, document: unfiled.document } },
    ]);
  });

  describe('confirmed', () => {
    const confirm: PersonCommand = { type: 'confirm-delegation', delegation: id(7) };
    const agreed: PersonFact = { type: 'delegation.confirmed.v1', data: { delegation: id(7) } };

    test('by the head in whose name it was recorded', () => {
      granting(confirm, as(headId, [{ role: 'head', at: finance }]), deputy, recorded)
        .then([agreed])
        .thenActor({
          person: headId,
          agency: finance,
          unit: finance,
          role: 'head',
          actingFor: null,
        });
      // Also where the registrar belongs to the head's own agency.
      granting(confirm, as(headId, [{ role: 'head', at: finance }]), deputy, {
        ...recorded,
        metadata: { actor: { ...byScience, agency: finance, unit: finance } },
      }).then([agreed]);
      // Who was head and is not any more agrees to nothing.
      granting(confirm, as(headId, [{ role: 'officer', at: finance }]), deputy, recorded).refuses(
        'delegation/not-confirmer',
      );
    });

    test.each(confirmingRoles)('by a %s of another agency than the recorder’s', (role) => {
      granting(confirm, as(other, [{ role, at: committee }]), deputy, recorded).then([agreed]);
      granting(confirm, as(other, [{ role, at: science }]), deputy, recorded).refuses(
        'delegation/confirmer-same-agency',
        { agency: science },
      );
    });

    test('by nobody else, nor by who recorded it or would sign by it', () => {
      for (const role of ['officer', 'deputy', 'checker', 'auditor', 'recipient'] as const) {
        granting(confirm, as(other, [{ role, at: committee }]), deputy, recorded).refuses(
          'delegation/not-confirmer',
        );
      }
      for (const person of [granter, subject]) {
        const acting = as(person, [{ role: 'head', at: committee }]);
        granting(confirm, acting, deputy, recorded).refuses('delegation/own-confirmation');
      }
    });

    test('on its paper: by the head alone where no file was recorded', () => {
      const unfiled = {
        ...recorded,
        data: { ...data, document: { ...document, digest: null } },
      } as Told<PersonFact>;
      granting(confirm, as(other, [{ role: 'registrar', at: committee }]), deputy, unfiled).refuses(
        'delegation/unfiled',
      );
      granting(confirm, as(headId, [{ role: 'head', at: finance }]), deputy, unfiled).then([
        agreed,
      ]);
    });

    test('once, where it is needed, while it is not over', () => {
      const confirmer = as(other, [{ role: 'registrar', at: committee }]);
      granting(confirm, confirmer, deputy).refuses('delegation/unknown');
      granting(confirm, confirmer, deputy, recorded, agreed).refuses(
        'delegation/already-confirmed',
      );
      granting(confirm, confirmer, deputy, byHead).refuses('delegation/needs-no-confirmation');
      const ended = { delegation: id(7), from: today, reason: 'Không đúng.' };
      granting(confirm, confirmer, deputy, recorded, {
        type: 'delegation.ended.v1',
        data: ended,
      }).refuses('delegation/already-ended');
      const over = { ...recorded, data: { ...data, to: day('2026-03-01') } } as PersonFact;
      granting(confirm, confirmer, deputy, over).refuses('delegation/over');
    });
  });

  describe('ended before its last day', () => {
    const end: PersonCommand = {
      type: 'end-delegation',
      delegation: id(7),
      reason: 'Thủ trưởng đã về.',
    };
    const ended: PersonFact = {
      type: 'delegation.ended.v1',
      data: { delegation: id(7), from: today, reason: 'Thủ trưởng đã về.' },
    };

    test('by the head who gave it or by a registrar, from the day of the act', () => {
      granting(end, registrar, deputy, recorded).then([ended]);
      granting(end, as(headId, [{ role: 'head', at: finance }]), deputy, recorded)
        .then([ended])
        .thenActor({
          person: headId,
          agency: finance,
          unit: finance,
          role: 'head',
          actingFor: null,
        });
      const others = [
        as(other, [{ role: 'head', at: finance }]),
        as(headId, [{ role: 'head' }]),
        as(subject, [{ role: 'deputy', at: finance }]),
      ];
      for (const one of others) {
        granting(end, one, deputy, recorded).refuses('delegation/not-ender');
      }
    });

    test('once, with a reason, and not after its last day', () => {
      granting(end, registrar, deputy).refuses('delegation/unknown');
      granting(end, registrar, deputy, recorded, ended).refuses('delegation/already-ended', {
        from: today,
      });
      granting({ ...end, reason: ' ' }, registrar, deputy, recorded).refuses('directory/text', {
        pointer: '/reason',
      });
      const over = { ...recorded, data: { ...data, to: day('2026-03-01') } } as PersonFact;
      granting(end, registrar, deputy, over).refuses('delegation/over');
    });

    test('counts no more on that day, and may be given again', () => {
      const confirmed: PersonFact = { type: 'role.confirmed.v1', data: { grant: id(1) } };
      const signing = (on: Day, ...more: PersonFact[]) => {
        const { state } = given(personDecider, [enrolled, deputy, confirmed, byHead, ...more]);
        return capacitiesOf(state as Person, on).map(({ delegation }) => delegation?.id ?? null);
      };
      expect(signing(today)).toEqual([id(7)]);
      expect(signing(today, ended)).toEqual([null]);
      expect(signing(day('2026-03-01'), ended)).toEqual([id(7)]);
      const again = { ...delegate, delegation: id(8) };
      granting(again, byRegistrar, deputy, recorded, ended).then([
        { type: 'delegation.recorded.v1', data: { ...data, delegation: id(8) } },
      ]);
    });
  });
});
