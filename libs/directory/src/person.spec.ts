import { describe, expect, test } from '@jest/globals';
import { day, digestOf } from '#kernel';
import type { Actor, Day, DocumentRef, Role } from '#kernel';
import { given } from '#testing';
import type { Told } from '#testing';
import { agencyDecider } from './agency.ts';
import type { Agency } from './agency.ts';
import type { PersonCommand } from './directory.commands.ts';
import { personDecider } from './person.ts';
import type { PersonFact } from './person.events.ts';
import { agenciesOf, capacitiesOf, headsOn, overlap, spanOf } from './standing.ts';
import type { Grant, Person, PersonContext } from './standing.ts';

const today = day('2026-03-02');
const subject = '33333333-3333-4333-8333-333333333333';
const sender = '22222222-2222-4222-8222-222222222222';
const head = '44444444-4444-4444-8444-444444444444';
const id = (digit: number) => `aaaaaaaa-aaaa-4aaa-8aaa-00000000000${digit}`;
const document: DocumentRef = {
  kind: 'decision',
  number: '5/QĐ-UBND',
  date: day('2026-01-05'),
  issuer: 'UBND tỉnh Sơn La',
  title: 'Về việc bổ nhiệm',
  digest: digestOf('appointment'),
};

function agencyOf(agency: string, dissolvedOn: Day | null = null): Agency {
  const data = {
    agency,
    kind: 'department',
    province: 'son_la',
    name: { vi: agency, en: null },
    aliases: [],
    classes: [],
    document: null,
  } as const;
  const unit = { unit: `${agency}.p_ns`, name: { vi: 'Phòng', en: null } };
  const { state } = given(agencyDecider, [
    { type: 'agency.registered.v1', data },
    { type: 'unit.registered.v1', data: unit },
    ...(dissolvedOn === null
      ? []
      : [{ type: 'agency.dissolved.v1', data: { on: dissolvedOn, document } } as const]),
  ]);
  if (state === null) throw new Error('no agency');
  return state;
}

function as(role: Role, overrides: Partial<PersonContext> = {}, person = sender): PersonContext {
  const capacity = {
    grant: 'g',
    role,
    agency: 'son_la.so_khcn',
    unit: 'son_la.so_khcn',
    from: day('2026-01-01'),
    to: null,
    delegation: null,
  };
  return {
    acting: { person, agency: 'son_la.so_khcn', capacities: [capacity] },
    today,
    agency: agencyOf('son_la.so_tc'),
    head: null,
    missingFile: null,
    bootstrap: false,
    ...overrides,
  };
}

const enrolled: PersonFact = {
  type: 'person.enrolled.v1',
  data: {
    person: subject,
    agency: 'son_la.so_tc',
    unit: 'son_la.so_tc.p_ns',
    commitment: digestOf('first'),
  },
};
const enroll = { type: 'enroll', ...enrolled.data } as Extract<PersonCommand, { type: 'enroll' }>;

type GrantData = Extract<PersonFact, { type: 'role.granted.v1' }>['data'];
function granted(change: Partial<GrantData> = {}): PersonFact {
  return {
    type: 'role.granted.v1',
    data: {
      grant: id(1),
      role: 'officer',
      agency: 'son_la.so_tc',
      unit: 'son_la.so_tc',
      from: day('2026-01-01'),
      to: null,
      document: null,
      granterAgency: 'son_la.so_khcn',
      commitment: digestOf('first'),
      needsConfirmation: false,
      ...change,
    },
  };
}
/** As the head records it, which counts at once. */
function delegated(change: object = {}): Told<PersonFact> {
  const actor = { agency: 'son_la.so_tc', unit: 'son_la.so_tc', role: 'head', actingFor: null };
  return {
    type: 'delegation.recorded.v1',
    metadata: { actor: { person: head, ...actor } as Actor },
    data: {
      delegation: id(7),
      form: 'KT',
      head,
      agency: 'son_la.so_tc',
      from: day('2026-02-01'),
      to: day('2026-12-31'),
      document,
      ...change,
    },
  };
}
const confirmed: PersonFact = { type: 'role.confirmed.v1', data: { grant: id(1) } };
const revoked = (from: string): PersonFact => ({
  type: 'role.revoked.v1',
  data: { grant: id(1), from: day(from), reason: 'nghỉ hưu' },
});

function personAfter(...facts: Told<PersonFact>[]): Person {
  const { state } = given(personDecider, [enrolled, ...facts]);
  if (state === null) throw new Error('nobody');
  return state;
}
function hats(person: Person, on: Day = today): string[] {
  return capacitiesOf(person, on).map(({ role, delegation }) => {
    return delegation === null ? role : `${role} ${delegation.form} ${delegation.id}`;
  });
}

describe('enrolment', () => {
  test('is a registrar’s, in a registered unit of a living agency', () => {
    given(personDecider, []).when(enroll, as('registrar')).then([enrolled]);
    given(personDecider, []).when(enroll, as('head')).refuses('person/not-registrar');
    given(personDecider, []).when(enroll, as('operator')).refuses('person/not-registrar');
    given(personDecider, [])
      .when(enroll, as('registrar', { agency: null }))
      .refuses('agency/unknown', { pointer: '/agency' });
    given(personDecider, [])
      .when({ ...enroll, unit: 'son_la.so_tc.p_kh' }, as('registrar'))
      .refuses('agency/unit-unknown', { pointer: '/unit' });
    given(personDecider, [])
      .when({ ...enroll, unit: 'son_la.so_nv.p_ns' }, as('registrar'))
      .refuses('agency/unit-elsewhere', { pointer: '/unit' });
    const gone = agencyOf('son_la.so_tc', today);
    given(personDecider, [])
      .when(enroll, as('registrar', { agency: gone }))
      .refuses('agency/gone');
  });

  test('at the first start is the operator’s, before any agency is registered', () => {
    const first = { agency: null, bootstrap: true };
    given(personDecider, []).when(enroll, as('operator', first)).then([enrolled]);
    given(personDecider, []).when(enroll, as('registrar', first)).refuses('person/not-registrar');
  });

  test('a second time says whether it is the same', () => {
    given(personDecider, [enrolled])
      .when(enroll, as('registrar'))
      .refuses('person/already-enrolled', { same: true });
    const other = { ...enroll, commitment: digestOf('other') };
    given(personDecider, [enrolled])
      .when(other, as('registrar'))
      .refuses('person/already-enrolled', { same: false });
  });

  test.each([
    [{ person: 'me' }, 'directory/id', '/person'],
    [{ agency: 'so_tc' }, 'directory/id', '/agency'],
    [{ unit: 'p' }, 'directory/id', '/unit'],
    [{ commitment: 'no' }, 'directory/digest', '/commitment'],
  ])('refuses %j', (change, code, pointer) => {
    const command = { ...enroll, ...change } as PersonCommand;
    given(personDecider, []).when(command, as('registrar')).refuses(code, { pointer });
  });

  test('comes before everything else', () => {
    given(personDecider, [])
      .when({ type: 'confirm', grant: id(1) }, as('registrar'))
      .refuses('person/unknown');
    expect(personDecider.creates(enroll)).toBe(true);
    expect(personDecider.creates({ type: 'confirm', grant: id(1) })).toBe(false);
  });
});

describe('particulars', () => {
  const rename: PersonCommand = { type: 'rename', commitment: digestOf('new'), reason: 'bổ nhiệm' };

  test('are changed by a registrar, and never their own', () => {
    const { type: _, ...data } = rename;
    given(personDecider, [enrolled])
      .when(rename, as('registrar'))
      .then([{ type: 'person.renamed.v1', data }]);
    given(personDecider, [enrolled]).when(rename, as('head')).refuses('person/not-registrar');
    given(personDecider, [enrolled])
      .when(rename, as('registrar', {}, subject))
      .refuses('person/own-particulars');
  });

  test('are kept in order, and the last ones are not entered again', () => {
    const same: PersonCommand = { ...rename, commitment: digestOf('first') };
    given(personDecider, [enrolled])
      .when(same, as('registrar'))
      .refuses('person/unchanged', { same: true });
    const { type: _, ...data } = rename;
    const after = { type: 'person.renamed.v1', data } as PersonFact;
    given(personDecider, [enrolled, after])
      .when(same, as('registrar'))
      .then([{ type: 'person.renamed.v1', data: { ...data, commitment: digestOf('first') } }]);
    expect(personAfter(after).commitments).toEqual([digestOf('first'), digestOf('new')]);
    given(personDecider, [enrolled])
      .when({ ...rename, reason: '' }, as('registrar'))
      .refuses('directory/text', { pointer: '/reason' });
  });
});

describe('erasure of contact data', () => {
  const erase: PersonCommand = { type: 'erase', reason: 'theo yêu cầu' };
  const erased: PersonFact = {
    type: 'person.erased.v1',
    data: { what: 'contact-data', reason: 'theo yêu cầu' },
  };

  test('is asked for by the person or a registrar, once', () => {
    given(personDecider, [enrolled]).when(erase, as('registrar')).then([erased]);
    given(personDecider, [enrolled])
      .when(erase, as('officer', {}, subject))
      .then([erased]);
    given(personDecider, [enrolled]).when(erase, as('head')).refuses('person/not-yours-to-erase');
    given(personDecider, [enrolled, erased])
      .when(erase, as('registrar'))
      .refuses('person/already-erased');
    expect(personAfter(granted(), erased)).toEqual({ ...personAfter(granted()), erased: true });
  });
});

describe('what a person may act as', () => {
  test('follows the days of the grant, both included', () => {
    const person = personAfter(granted({ from: day('2026-03-01'), to: day('2026-03-31') }));
    expect(hats(person, day('2026-02-28'))).toEqual([]);
    expect(hats(person, day('2026-03-01'))).toEqual(['officer']);
    expect(hats(person, day('2026-03-31'))).toEqual(['officer']);
    expect(hats(person, day('2026-04-01'))).toEqual([]);
  });

  test('begins with the confirmation where one is needed', () => {
    const grant = granted({ role: 'head', needsConfirmation: true, document });
    expect(hats(personAfter(grant))).toEqual([]);
    expect(headsOn(personAfter(grant), 'son_la.so_tc', today)).toBe(false);
    expect(hats(personAfter(grant, confirmed))).toEqual(['head']);
    expect(headsOn(personAfter(grant, confirmed), 'son_la.so_tc', today)).toBe(true);
    expect(headsOn(personAfter(grant, confirmed), 'son_la.so_nv', today)).toBe(false);
    expect(headsOn(personAfter(granted()), 'son_la.so_tc', today)).toBe(false);
  });

  test('ends on the day of the revocation', () => {
    const person = personAfter(granted(), revoked('2026-03-02'));
    expect(hats(person, day('2026-03-01'))).toEqual(['officer']);
    expect(hats(person, day('2026-03-02'))).toEqual([]);
  });

  test('has place, grant and days', () => {
    const person = personAfter(granted({ unit: 'son_la.so_tc.p_ns', to: day('2026-12-31') }));
    expect(capacitiesOf(person, today)).toEqual([
      {
        grant: id(1),
        role: 'officer',
        agency: 'son_la.so_tc',
        unit: 'son_la.so_tc.p_ns',
        from: '2026-01-01',
        to: '2026-12-31',
        delegation: null,
      },
    ]);
  });

  test('a deputy with a delegation signs for the head, without one for nobody', () => {
    const deputy = granted({ role: 'deputy' });
    expect(hats(personAfter(deputy))).toEqual(['deputy']);
    const both = personAfter(deputy, delegated(), delegated({ delegation: id(8), form: 'TUQ' }));
    expect(hats(both)).toEqual([`deputy KT ${id(7)}`, `deputy TUQ ${id(8)}`]);
    expect(capacitiesOf(both, today)[0]?.delegation).toEqual({ id: id(7), form: 'KT', head });
    expect(hats(both, day('2026-01-31'))).toEqual(['deputy']);
    expect(hats(both, day('2027-01-01'))).toEqual(['deputy']);
    expect(hats(personAfter(deputy, delegated({ agency: 'son_la.so_nv' })))).toEqual(['deputy']);
    const lapsed = capacitiesOf(both, today, ({ form }) => form !== 'KT');
    expect(lapsed.map(({ delegation }) => delegation?.form)).toEqual(['TUQ']);
  });

  test('what somebody else recorded in the head’s name counts once it was confirmed', () => {
    const deputy = granted({ role: 'deputy' });
    const { metadata: _, ...claimed } = delegated();
    const waiting = personAfter(deputy, claimed);
    expect(hats(waiting)).toEqual(['deputy']);
    expect(waiting.delegations).toMatchObject([{ needsConfirmation: true, confirmedBy: null }]);
    const agreed: PersonFact = { type: 'delegation.confirmed.v1', data: { delegation: id(7) } };
    expect(hats(personAfter(deputy, claimed, agreed))).toEqual([`deputy KT ${id(7)}`]);
    const other: PersonFact = { type: 'delegation.confirmed.v1', data: { delegation: id(8) } };
    expect(hats(personAfter(deputy, claimed, other))).toEqual(['deputy']);
    const officer = granted();
    const byOrder = { ...claimed, data: { ...claimed.data, form: 'TUQ' } } as PersonFact;
    expect(hats(personAfter(officer, byOrder))).toEqual(['officer']);
    expect(hats(personAfter(officer, byOrder, agreed))).toEqual([
      'officer',
      `officer TUQ ${id(7)}`,
    ]);
  });

  test('an officer keeps the plain capacity beside TL. and TUQ., and never signs KT.', () => {
    expect(hats(personAfter(granted(), delegated()))).toEqual(['officer']);
    const by = personAfter(granted(), delegated({ form: 'TL' }));
    expect(hats(by)).toEqual(['officer', `officer TL ${id(7)}`]);
    const checker = granted({ role: 'checker' });
    expect(hats(personAfter(checker, delegated({ form: 'TL' })))).toEqual(['checker']);
    expect(hats(personAfter(delegated({ form: 'TL' })))).toEqual([]);
  });

  test('belongs to the agency of enrolment and to those of grants in force', () => {
    const person = personAfter(
      granted({ agency: 'son_la.so_nv' }),
      granted({ grant: id(2), agency: 'son_la.so_gddt', to: day('2026-03-01') }),
    );
    expect(agenciesOf(person, today)).toEqual(['son_la.so_tc', 'son_la.so_nv']);
  });
});

describe('spans of days', () => {
  const grantWith = (change: Partial<GrantData>, ...more: PersonFact[]): Grant => {
    const [grant] = personAfter(granted(change), ...more).grants;
    if (grant === undefined) throw new Error('no grant');
    return grant;
  };

  test('end before the revocation, and may be none', () => {
    expect(spanOf(grantWith({}))).toEqual({ from: '2026-01-01', to: null });
    expect(spanOf(grantWith({}, revoked('2026-03-01')))?.to).toBe('2026-02-28');
    const lastDay = (to: string, from: string) => {
      return spanOf(grantWith({ to: day(to) }, revoked(from)))?.to;
    };
    expect(lastDay('2026-02-01', '2026-01-31')).toBe('2026-01-30');
    expect(lastDay('2026-01-15', '2026-01-16')).toBe('2026-01-15');
    expect(spanOf(grantWith({}, revoked('2026-01-01')))).toBeNull();
  });

  test('overlap when they share a day', () => {
    const span = (from: string, to: string | null) => ({
      from: day(from),
      to: to === null ? null : day(to),
    });
    const spring = span('2026-03-01', '2026-05-31');
    expect(overlap(spring, span('2026-05-31', null))).toBe(true);
    expect(overlap(spring, span('2026-06-01', null))).toBe(false);
    expect(overlap(span('2026-06-01', null), spring)).toBe(false);
    expect(overlap(spring, span('2026-01-01', '2026-03-01'))).toBe(true);
    expect(overlap(spring, span('2026-01-01', '2026-02-28'))).toBe(false);
    expect(overlap(span('2026-01-01', null), span('2030-01-01', null))).toBe(true);
  });
});
