import { describe, expect, test } from '@jest/globals';
import { day, roles } from '#kernel';
import type { Day } from '#kernel';
import type { PersonCommand } from './directory.commands.ts';
import { confirmedRoles, confirmingRoles } from './grant-rules.ts';
import {
  agencyOf,
  as,
  bare,
  committee,
  document,
  finance,
  granted,
  granter,
  granting,
  grantOf,
  headId,
  id,
  other,
  registrar,
  science,
  subject,
  today,
} from './grants.contract.ts';
import type { PersonFact } from './person.events.ts';

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
