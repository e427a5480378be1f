import { describe, test } from '@jest/globals';
import { day, digestOf } from '#kernel';
import type { Actor, DocumentRef, Role } from '#kernel';
import { given } from '#testing';
import type { Told } from '#testing';
import { agencyDecider } from './agency.ts';
import type { Agency } from './agency.ts';
import type { AgencyFact } from './agency.events.ts';
import type { AgencyCommand, PersonCommand } from './directory.commands.ts';
import { personDecider } from './person.ts';
import type { PersonFact } from './person.events.ts';
import type { PersonContext } from './standing.ts';

const today = day('2026-03-02');
const subject = '33333333-3333-4333-8333-333333333333';
const sender = '22222222-2222-4222-8222-222222222222';
const head = '44444444-4444-4444-8444-444444444444';
const [near, far, central] = ['son_la.so_tc', 'bac_ninh.so_tc', 'trung_uong.bo_khcn'];
const id = 'aaaaaaaa-aaaa-4aaa-8aaa-000000000001';
const document: DocumentRef = {
  kind: 'decision',
  number: '5/QĐ-UBND',
  date: day('2026-01-05'),
  issuer: 'UBND tỉnh',
  title: 'Quyết định',
  digest: digestOf('file'),
};
const name = { vi: 'Sở Tài chính', en: null };
const registration = (agency: string): AgencyFact => {
  const [province = ''] = agency.split('.');
  const data = { agency, kind: 'department', province, name, aliases: [], classes: [] } as const;
  return { type: 'agency.registered.v1', data: { ...data, document: null } };
};
const agencyOf = (agency: string): Agency => {
  const { state } = given(agencyDecider, [registration(agency)]);
  if (state === null) throw new Error('no agency');
  return state;
};

const capacity = (role: Role, agency: string) => ({
  grant: 'g',
  role,
  agency,
  unit: agency,
  from: day('2026-01-01'),
  to: null,
  delegation: null,
});
function registrarOf(agency: string, about: string): PersonContext {
  return {
    acting: { person: sender, agency, capacities: [capacity('registrar', agency)] },
    today,
    agency: agencyOf(about),
    head: null,
    missingFile: null,
    bootstrap: false,
  };
}
const enrolledAt = (agency: string): Told<PersonFact> => ({
  type: 'person.enrolled.v1',
  data: { person: subject, agency, unit: agency, commitment: digestOf('first') },
});
const grantAt = (role: Role, agency: string): Extract<PersonCommand, { type: 'grant' }> => ({
  type: 'grant',
  grant: id,
  role,
  agency,
  unit: agency,
  from: today,
  to: null,
  document: role === 'head' || role === 'deputy' ? document : null,
  commitment: digestOf('first'),
});
const grantedAt = (role: Role, agency: string): PersonFact => {
  const { type: _, ...data } = grantAt(role, agency);
  const more = { granterAgency: central, needsConfirmation: false };
  return { type: 'role.granted.v1', data: { ...data, ...more } };
};

/** Allowed at home and from the center, refused from another province. */
function boundTo(agency: string, command: PersonCommand, ...history: Told<PersonFact>[]): void {
  const isCentral = agency === central;
  for (const from of isCentral ? [central] : [near, central]) {
    const actor = { person: sender, agency: from, unit: from, role: 'registrar', actingFor: null };
    given(personDecider, history)
      .when(command, registrarOf(from, agency))
      .thenActor(actor as Actor);
  }
  for (const from of isCentral ? [near, far] : [far]) {
    given(personDecider, history)
      .when(command, registrarOf(from, agency))
      .refuses('directory/other-province', { agency });
  }
}

describe('a registrar acts in their own province, a central one in each', () => {
  const here = enrolledAt(near);
  const reason = 'theo văn bản';

  test('on people: enrolling, renaming, new codes, erasing', () => {
    const commitment = digestOf('next');
    const enroll = { type: 'enroll', person: subject, agency: near, unit: near } as const;
    boundTo(near, { ...enroll, commitment });
    boundTo(near, { type: 'rename', commitment, reason }, here);
    const code = digestOf('code');
    const issue = { type: 'issue-activation', issue: id, code, reason, hasSecret: true } as const;
    boundTo(near, issue, here);
    boundTo(near, { type: 'erase', reason }, here);
  });

  test('on roles and delegations', () => {
    for (const role of ['officer', 'head', 'registrar', 'auditor'] as const) {
      boundTo(near, grantAt(role, near), here);
      const revoke = { type: 'revoke', grant: id, from: today, reason } as const;
      boundTo(near, revoke, here, grantedAt(role, near));
    }
    const days = { from: today, to: null };
    const delegated = {
      delegation: id,
      form: 'KT',
      head,
      agency: near,
      ...days,
      document,
    } as const;
    const recorded: PersonFact = { type: 'delegation.recorded.v1', data: delegated };
    const end = { type: 'end-delegation', delegation: id, reason } as const;
    boundTo(near, end, here, grantedAt('deputy', near), recorded);
    given(personDecider, [here, grantedAt('deputy', near)])
      .when({ type: 'delegate', ...delegated }, registrarOf(far, near))
      .refuses('directory/other-province', { agency: near });
  });

  test('at central agencies only what reads and judges', () => {
    const there = enrolledAt(central);
    for (const role of ['auditor', 'inspector', 'recipient'] as const) {
      for (const from of [near, far, central]) {
        const { type: _, ...data } = grantAt(role, central);
        const needsConfirmation = role === 'inspector';
        given(personDecider, [there])
          .when(grantAt(role, central), registrarOf(from, central))
          .then([
            { type: 'role.granted.v1', data: { ...data, granterAgency: from, needsConfirmation } },
          ]);
      }
    }
    for (const role of ['officer', 'head', 'checker', 'certifier', 'registrar'] as const) {
      boundTo(central, grantAt(role, central), there);
    }
    const code = digestOf('code');
    const issue = { type: 'issue-activation', issue: id, code, reason, hasSecret: true } as const;
    given(personDecider, [there, grantedAt('recipient', central)])
      .when(issue, registrarOf(near, central))
      .thenActor({
        person: sender,
        agency: near,
        unit: near,
        role: 'registrar',
        actingFor: null,
      });
    // Whoever can act as a central registrar can act everywhere, wherever that one is enrolled.
    boundTo(central, issue, there, grantedAt('registrar', central));
    given(personDecider, [here, grantedAt('registrar', central)])
      .when(issue, registrarOf(near, near))
      .refuses('directory/other-province');
  });

  test('of a role that ends, only the day of its end takes the reach of its account away', () => {
    const code = digestOf('code');
    const issue = { type: 'issue-activation', issue: id, code, reason, hasSecret: true } as const;
    const ends = (from: string): PersonFact => ({
      type: 'role.revoked.v1',
      data: { grant: id, from: day(from), reason },
    });
    const until = (from: string) =>
      given(personDecider, [here, grantedAt('registrar', central), ends(from)]);
    until('2026-03-03').when(issue, registrarOf(near, near)).refuses('directory/other-province');
    until('2026-03-02').when(issue, registrarOf(near, near)).thenActor({
      person: sender,
      agency: near,
      unit: near,
      role: 'registrar',
      actingFor: null,
    });
  });

  test('on agencies: registering one of elsewhere, and whatever becomes of one', () => {
    const context = (agency: string) => {
      return { acting: registrarOf(agency, near).acting, today, successor: null };
    };
    const register = (agency: string): AgencyCommand => ({
      type: 'register',
      agency,
      kind: 'department',
      name,
      aliases: [],
      classes: [],
      document: null,
    });
    const registering = (agency: string, from: string) =>
      given(agencyDecider, []).when(register(agency), context(from));
    registering(near, near).then([registration(near)]);
    registering(near, central).then([registration(near)]);
    registering(near, far).refuses('directory/other-province', { agency: near });
    registering(central, near).then([registration(central)]);
    const dissolve: AgencyCommand = { type: 'dissolve', on: today, document };
    for (const [agency, from] of [
      [near, far],
      [central, near],
    ] as const) {
      given(agencyDecider, [registration(agency)])
        .when(dissolve, context(from))
        .refuses('directory/other-province', { agency });
    }
    given(agencyDecider, [registration(near)])
      .when(dissolve, context(central))
      .then([{ type: 'agency.dissolved.v1', data: { on: today, document } }]);
  });
});
