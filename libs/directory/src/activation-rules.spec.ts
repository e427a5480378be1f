import { describe, expect, test } from '@jest/globals';
import { addDays, day, digestOf } from '#kernel';
import type { Instant, Role } from '#kernel';
import { given } from '#testing';
import type { Told } from '#testing';
import { activationLifeDays, standingOf } from './activation-rules.ts';
import type { PersonCommand } from './directory.commands.ts';
import { confirmingRoles } from './grant-rules.ts';
import { personDecider } from './person.ts';
import type { PersonFact } from './person.events.ts';
import type { Person, PersonContext } from './standing.ts';

const today = day('2026-03-02');
const recordedAt = '2026-03-02T02:00:00.000Z' as Instant;
const subject = '33333333-3333-4333-8333-333333333333';
const asking = '22222222-2222-4222-8222-222222222222';
const other = '55555555-5555-4555-8555-555555555555';
const finance = 'son_la.so_tc';
const science = 'son_la.so_khcn';
const committee = 'son_la.ubnd_tinh';
const id = (digit: number) => `aaaaaaaa-aaaa-4aaa-8aaa-00000000000${digit}`;
const codes = [0, 1, 2].map((one) => digestOf(`code ${one}`));
const reason = 'Mất mật khẩu; đề nghị bằng văn bản.';

function as(person: string, role?: Role, agency: string = science): PersonContext {
  const days = { from: day('2026-01-01'), to: null };
  const capacity = { grant: 'g', agency, unit: agency, ...days, delegation: null };
  const capacities = role === undefined ? [] : [{ ...capacity, role }];
  return {
    acting: { person, agency, capacities },
    today,
    agency: null,
    head: null,
    missingFile: null,
    bootstrap: false,
  };
}
const registrar = as(asking, 'registrar');

const by = (person: string, role: Role, agency: string = science) => ({
  actor: { person, agency, unit: agency, role, actingFor: null },
  recordedAt,
});
const enrolled: Told<PersonFact> = {
  type: 'person.enrolled.v1',
  data: {
    person: subject,
    agency: finance,
    unit: finance,
    commitment: digestOf('first'),
    activation: { issue: id(0), code: codes[0]! },
  },
  metadata: by(asking, 'registrar'),
};
const used = (issue: string): Told<PersonFact> => ({
  type: 'activation.used.v1',
  data: { issue },
  metadata: by(subject, 'holder', finance),
});
const issued = (needsConfirmation: boolean, number = 1): Told<PersonFact> => ({
  type: 'activation.issued.v1',
  data: {
    issue: id(number),
    code: codes[number]!,
    reason,
    issuerAgency: science,
    needsConfirmation,
  },
  metadata: by(asking, 'registrar'),
});
const confirmed: Told<PersonFact> = {
  type: 'activation.confirmed.v1',
  data: { issue: id(1) },
  metadata: by(other, 'inspector', committee),
};
const cancelled: Told<PersonFact> = {
  type: 'activation.cancelled.v1',
  data: { issue: id(1), reason: 'Tôi không yêu cầu.' },
  metadata: by(subject, 'officer', finance),
};
const bare = ({ type, data }: Told<PersonFact>) => ({ type, data }) as PersonFact;

const issue = { type: 'issue-activation', issue: id(1), code: codes[1]!, reason } as const;
const issuing = (hasSecret = false): PersonCommand => ({ ...issue, hasSecret });
const confirm: PersonCommand = { type: 'confirm-activation', issue: id(1) };
const cancel: PersonCommand = {
  type: 'cancel-activation',
  issue: id(1),
  reason: 'Tôi không yêu cầu.',
};
const use: PersonCommand = { type: 'use-activation', issue: id(1), code: codes[1]! };
const after = (...facts: Told<PersonFact>[]) => given(personDecider, [enrolled, ...facts]);
/** Somebody with a secret, for whom a registrar asked for a code. */
const taken = [used(id(0)), issued(true)] as const;

describe('a code', () => {
  test('is issued by a registrar, never for oneself, and the event says why', () => {
    after()
      .when(issuing(), registrar)
      .then([bare(issued(false))])
      .thenActor({
        person: asking,
        agency: science,
        unit: science,
        role: 'registrar',
        actingFor: null,
      });
    after().when(issuing(), as(subject, 'registrar')).refuses('activation/to-oneself');
    for (const role of ['head', 'certifier', 'inspector', 'officer'] as const) {
      after()
        .when(issuing(), as(other, role, finance))
        .refuses('activation/not-registrar');
    }
    after()
      .when({ ...issue, hasSecret: false, reason: '' }, registrar)
      .refuses('directory/text', { pointer: '/reason' });
  });

  test('for somebody with a secret waits for a second person, by what either store knows', () => {
    after(used(id(0)))
      .when(issuing(), registrar)
      .then([bare(issued(true))]);
    after()
      .when(issuing(true), registrar)
      .then([bare(issued(true))]);
    // The people of the first start chose their secrets without a code.
    const { activation: _, ...data } = (
      enrolled as Extract<PersonFact, { type: 'person.enrolled.v1' }>
    ).data;
    const first = { ...enrolled, data, metadata: by(asking, 'operator') } as Told<PersonFact>;
    given(personDecider, [first])
      .when(issuing(), registrar)
      .then([bare(issued(true))]);
  });

  test.each(confirmingRoles)('is confirmed by a %s of another agency than the asker’s', (role) => {
    after(...taken)
      .when(confirm, as(other, role, committee))
      .then([bare(confirmed)]);
    after(...taken)
      .when(confirm, as(other, role))
      .refuses('activation/confirmer-same-agency', { agency: science });
  });

  test('is not confirmed by anybody else, nor by who asked, nor by whose it is', () => {
    for (const role of ['officer', 'deputy', 'checker', 'auditor', 'recipient'] as const) {
      after(...taken)
        .when(confirm, as(other, role, committee))
        .refuses('activation/not-confirmer');
    }
    for (const person of [subject, asking]) {
      after(...taken)
        .when(confirm, as(person, 'registrar', committee))
        .refuses('activation/own-confirmation');
    }
  });

  test('is confirmed once, while it could still be used', () => {
    const inspector = as(other, 'inspector', committee);
    after().when(confirm, inspector).refuses('activation/unknown');
    after(issued(false)).when(confirm, inspector).refuses('activation/needs-no-confirmation');
    after(...taken, confirmed)
      .when(confirm, inspector)
      .refuses('activation/already-confirmed');
    after(...taken, cancelled)
      .when(confirm, inspector)
      .refuses('activation/over');
    after(...taken, issued(true, 2))
      .when(confirm, inspector)
      .refuses('activation/over');
    const late = { ...inspector, today: addDays(today, activationLifeDays + 1) };
    after(...taken)
      .when(confirm, late)
      .refuses('activation/over');
    const lastDay = { ...inspector, today: addDays(today, activationLifeDays) };
    after(...taken)
      .when(confirm, lastDay)
      .then([bare(confirmed)]);
  });

  test('is cancelled by the person or a registrar, and is over then', () => {
    after(...taken)
      .when(cancel, as(subject, 'officer', finance))
      .then([bare(cancelled)]);
    after(...taken)
      .when(cancel, as(subject))
      .then([bare(cancelled)])
      .thenActor({
        person: subject,
        agency: finance,
        unit: finance,
        role: 'holder',
        actingFor: null,
      });
    after(...taken, confirmed)
      .when(cancel, registrar)
      .then([bare(cancelled)]);
    after(...taken)
      .when(cancel, as(other, 'head', finance))
      .refuses('activation/not-yours');
    after(...taken, cancelled)
      .when(cancel, registrar)
      .refuses('activation/over');
    after(...taken, confirmed, used(id(1)))
      .when(cancel, registrar)
      .refuses('activation/over');
  });
});

describe('using a code', () => {
  test('is an act of its holder, once', () => {
    after(issued(false))
      .when(use, as(subject))
      .then([bare(used(id(1)))])
      .thenActor({
        person: subject,
        agency: finance,
        unit: finance,
        role: 'holder',
        actingFor: null,
      });
    after(issued(false), used(id(1)))
      .when(use, as(subject))
      .refuses('account/activation');
    after(issued(false)).when(use, as(other)).refuses('account/activation');
    const wrong = { ...use, code: codes[2]! } as PersonCommand;
    after(issued(false)).when(wrong, as(subject)).refuses('account/activation');
    after(issued(false), issued(false, 2)).when(use, as(subject)).refuses('account/activation');
  });

  test('waits for the second person where one is needed', () => {
    after(...taken)
      .when(use, as(subject))
      .refuses('activation/unconfirmed');
    after(...taken, confirmed)
      .when(use, as(subject))
      .then([bare(used(id(1)))]);
    after(...taken, confirmed, cancelled)
      .when(use, as(subject))
      .refuses('account/activation');
  });

  test('makes the person one who has a secret; before it nothing does', () => {
    expect(after().state?.hasSecret).toBe(false);
    expect(after(issued(false)).state?.hasSecret).toBe(false);
    expect(after(used(id(0))).state?.hasSecret).toBe(true);
  });
});

test('where a code stands is told from the events alone', () => {
  const standing = (facts: Told<PersonFact>[], on = today) => {
    const person = after(...facts).state as Person;
    return person.activations.map((one) => standingOf(person, one, on));
  };
  expect(standing([])).toEqual(['usable']);
  expect(standing([used(id(0))])).toEqual(['used']);
  expect(standing([...taken])).toEqual(['used', 'awaits-confirmation']);
  expect(standing([...taken, confirmed])).toEqual(['used', 'usable']);
  expect(standing([...taken, confirmed, used(id(1))])).toEqual(['used', 'used']);
  expect(standing([...taken, cancelled])).toEqual(['used', 'over']);
  expect(standing([issued(false)])).toEqual(['over', 'usable']);
  expect(standing([], addDays(today, activationLifeDays + 1))).toEqual(['over']);
});
