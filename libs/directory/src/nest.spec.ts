import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { MemoryEventStore, Recorder, StreamCache } from '#event-store';
import type { Envelope, StoredEvent } from '#event-store';
import { commandIdOf, day, derivedUuid, digestOf, manualClock, Refusal } from '#kernel';
import type { DocumentRef, Instant, PersonId, Role } from '#kernel';
import {
  DecideAgency,
  DecidePerson,
  DecideReviewBody,
  Directory,
  directoryHandlers,
  DocumentFiles,
} from './nest.ts';
import type { Bootstrap } from './nest.ts';
import type { AgencyCommand, PersonCommand } from './directory.commands.ts';

// 23:30 of 1 March in UTC is the morning of 2 March in Vietnam.
const now = '2026-03-01T23:30:00.000Z' as Instant;
const today = day('2026-03-02');
const science = 'son_la.so_khcn';
const committee = 'son_la.ubnd_tinh';
const finance = 'son_la.so_tc';
const [registrar, confirmer, head, deputy] = ['registrar', 'confirmer', 'head', 'deputy'].map(
  (name) => derivedUuid(['spec', name]),
) as [PersonId, PersonId, PersonId, PersonId];
const document: DocumentRef = {
  kind: 'decision',
  number: '5/QĐ-UBND',
  date: day('2026-01-05'),
  issuer: 'UBND tỉnh Sơn La',
  title: 'Về việc bổ nhiệm',
  digest: digestOf('appointment'),
};

/** Only the appointment was ever handed in. */
const files: DocumentFiles = {
  deposited: async (file) =>
    file === document.digest ? { stream: 'evidence-appointment', revision: 0 } : null,
};

let store: MemoryEventStore;
let app: INestApplicationContext;
let bus: CommandBus;
let directory: Directory;
let sent = 0;

beforeAll(async () => {
  store = new MemoryEventStore();
  const cache = new StreamCache({ store, upcasters: [], streamsMax: 100, soleWriter: true });
  const clock = manualClock(now);
  const recorder = new Recorder({ store, clock, software: 'spec/1', cache });
  const module = await Test.createTestingModule({
    imports: [CqrsModule.forRoot()],
    providers: [
      { provide: Recorder, useValue: recorder },
      { provide: DocumentFiles, useValue: files },
      ...directoryHandlers,
    ],
  }).compile();
  app = await module.init();
  bus = app.get(CommandBus);
  directory = app.get(Directory);
});
afterAll(async () => {
  await app.close();
});

function envelope<C>(person: PersonId, command: C, ifMatch: number | null): Envelope<C> {
  sent += 1;
  const commandId = commandIdOf(person, 'POST', '/spec', String(sent));
  return {
    command,
    person,
    commandId,
    requestDigest: digestOf(commandId),
    ifMatch,
    correlationId: commandId,
    causationId: null,
  };
}
async function toAgency(by: PersonId, agency: string, command: AgencyCommand) {
  const { revision } = await directory.agency(agency);
  const ifMatch = revision < 0 ? null : revision;
  return bus.execute(new DecideAgency(agency, envelope(by, command, ifMatch)));
}

async function toPerson(
  by: PersonId,
  person: PersonId,
  command: PersonCommand,
  bootstrap: Bootstrap | null = null,
) {
  const { revision } = await directory.person(person);
  const ifMatch = revision < 0 ? null : revision;
  return bus.execute(new DecidePerson(person, envelope(by, command, ifMatch), bootstrap));
}
const enroll = (person: PersonId, agency: string): PersonCommand => ({
  type: 'enroll',
  person,
  agency,
  unit: agency,
  commitment: digestOf(person),
});
const grant = (role: Role, agency: string, name: string = role): PersonCommand => ({
  type: 'grant',
  grant: derivedUuid(['spec', name]),
  role,
  agency,
  unit: agency,
  from: day('2026-01-01'),
  to: null,
  commitment: digestOf(name),
  document: role === 'head' || role === 'deputy' ? document : null,
});
async function last(stream: string): Promise<StoredEvent> {
  const events: StoredEvent[] = [];
  for await (const event of store.readStream(stream)) events.push(event);
  const event = events.at(-1);
  if (event === undefined) throw new Error(`nothing in ${stream}`);
  return event;
}
async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Refusal) return error.code;
      throw error;
    },
  );
}

// One history, told in order: each test stands on the one before it.
describe('a directory from its first start', () => {
  test('the operator enrols and grants the first two people', async () => {
    const operator = { agency: science, unit: science };
    await toPerson(registrar, registrar, enroll(registrar, science), operator);
    await toPerson(registrar, registrar, grant('registrar', science), operator);
    await toPerson(registrar, confirmer, enroll(confirmer, committee), operator);
    const receipt = await toPerson(registrar, confirmer, grant('inspector', committee), operator);
    expect(receipt).toMatchObject({
      stream: `person-${confirmer}`,
      revision: 1,
      type: 'role.granted.v1',
      repeated: false,
    });
    const { metadata } = await last(`person-${confirmer}`);
    expect(metadata.actor).toEqual({
      person: registrar,
      agency: science,
      unit: science,
      role: 'operator',
      actingFor: null,
    });
    expect(metadata.basis).toEqual([]);
    expect((await directory.actingPerson(confirmer, today)).acting.capacities).toMatchObject([
      { role: 'inspector', agency: committee },
    ]);
  });

  test('the registrar registers agencies; the basis is the registrar’s own stream', async () => {
    const kinds = { [finance]: 'department', [committee]: 'committee' } as const;
    for (const [agency, kind] of Object.entries(kinds)) {
      const command = {
        type: 'register',
        agency,
        kind,
        name: { vi: agency, en: null },
        aliases: [],
        classes: [],
        document: null,
      } as const;
      const decide = (by: PersonId) =>
        bus.execute(new DecideAgency(agency, envelope(by, command, null)));
      await decide(registrar);
      expect(await codeOf(decide(registrar))).toBe('agency/already-registered');
      expect(await codeOf(decide(confirmer))).toBe('agency/not-registrar');
    }
    expect((await last(`agency-${finance}`)).metadata.basis).toEqual([
      { stream: `person-${registrar}`, revision: 1 },
    ]);
    expect((await directory.agency(finance)).state?.kind).toBe('department');
    expect(await directory.agency('son_la.so_nv')).toMatchObject({ state: null, revision: -1 });
  });

  test('a head counts once confirmed from another agency', async () => {
    await toPerson(registrar, head, enroll(head, finance));
    const unseen = {
      ...grant('head', finance),
      document: { ...document, digest: digestOf('nobody saw it') },
    };
    expect(await codeOf(toPerson(registrar, head, unseen))).toBe('grant/document-not-deposited');
    await toPerson(registrar, head, grant('head', finance));
    expect((await last(`person-${head}`)).metadata.basis).toEqual([
      { stream: `person-${registrar}`, revision: 1 },
      { stream: `agency-${finance}`, revision: 0 },
      { stream: 'evidence-appointment', revision: 0 },
    ]);
    expect((await directory.actingPerson(head, today)).acting.capacities).toEqual([]);
    const confirm: PersonCommand = { type: 'confirm', grant: derivedUuid(['spec', 'head']) };
    expect(await codeOf(toPerson(registrar, head, confirm))).toBe('grant/own-confirmation');
    expect(await codeOf(toPerson(head, head, confirm))).toBe('grant/own-confirmation');
    await toPerson(confirmer, head, confirm);
    expect((await directory.actingPerson(head, today)).acting.capacities).toMatchObject([
      { role: 'head', agency: finance },
    ]);
  });

  test('a deputy signs for the head as long as there is that head', async () => {
    await toPerson(registrar, deputy, enroll(deputy, finance));
    await toPerson(registrar, deputy, grant('deputy', finance));
    await toPerson(confirmer, deputy, { type: 'confirm', grant: derivedUuid(['spec', 'deputy']) });
    const delegate = {
      type: 'delegate',
      delegation: derivedUuid(['spec', 'kt']),
      form: 'KT',
      head,
      agency: finance,
      from: day('2026-01-01'),
      to: null,
      document,
    } as const;
    const unseen = { ...delegate, document: { ...document, digest: digestOf('nobody saw it') } };
    expect(await codeOf(toPerson(head, deputy, unseen))).toBe('delegation/document-not-deposited');
    await toPerson(head, deputy, delegate);
    // The head recorded it: one stream said who acts and who heads, and it stands there once.
    expect((await last(`person-${deputy}`)).metadata.basis).toEqual([
      { stream: `person-${head}`, revision: 2 },
      { stream: `agency-${finance}`, revision: 0 },
      { stream: 'evidence-appointment', revision: 0 },
    ]);
    const signing = await directory.actingPerson(deputy, today);
    expect(signing.acting.capacities).toMatchObject([
      { role: 'deputy', delegation: { form: 'KT', head } },
    ]);
    expect(signing.basis).toEqual([
      { stream: `person-${deputy}`, revision: 3 },
      { stream: `person-${head}`, revision: 2 },
      { stream: `agency-${finance}`, revision: 0 },
    ]);

    await toPerson(registrar, head, {
      type: 'revoke',
      grant: derivedUuid(['spec', 'head']),
      from: today,
      reason: 'nghỉ hưu',
    });
    const after = await directory.actingPerson(deputy, today);
    expect(after.acting.capacities).toMatchObject([{ role: 'deputy', delegation: null }]);
    expect(after.basis).toContainEqual({ stream: `person-${head}`, revision: 3 });
  });

  test('nobody acts for an agency that was dissolved, and the basis says which one it was', async () => {
    const gone = 'son_la.so_cu';
    await toAgency(registrar, gone, {
      type: 'register',
      agency: gone,
      kind: 'department',
      name: { vi: 'Sở cũ', en: null },
      aliases: [],
      classes: [],
      document: null,
    });
    const officer = derivedUuid(['spec', 'officer of a dissolved agency']);
    await toPerson(registrar, officer, {
      type: 'enroll',
      person: officer,
      agency: gone,
      unit: gone,
      commitment: digestOf('nobody'),
    });
    await toPerson(registrar, officer, grant('officer', gone, 'gone'));
    const before = await directory.actingPerson(officer, today);
    expect(before.acting.capacities).toMatchObject([{ role: 'officer', agency: gone }]);

    await toAgency(registrar, gone, { type: 'dissolve', on: today, document });
    const after = await directory.actingPerson(officer, today);
    expect(after.acting.capacities).toEqual([]);
    expect(after.basis.at(-1)).toEqual({ stream: `agency-${gone}`, revision: 1 });
  });

  test('a review body rests on the committee and on its members', async () => {
    const command = {
      type: 'establish',
      body: 'to_lien_nganh',
      name: 'Tổ chuyên môn liên ngành',
      form: 'interagency-group',
      province: 'son_la',
      decision: document,
      appointedBy: committee,
      members: [
        { person: confirmer, agency: committee, position: 'chair' },
        { person: deputy, agency: finance, position: 'secretary' },
      ],
    } as const;
    const decide = (by: PersonId) =>
      bus.execute(new DecideReviewBody('to_lien_nganh', envelope(by, command, null)));
    expect(await codeOf(decide(head))).toBe('review-body/not-founder');
    await decide(registrar);
    expect((await last('review-body-to_lien_nganh')).metadata.basis).toEqual([
      { stream: `person-${registrar}`, revision: 1 },
      { stream: `agency-${committee}`, revision: 0 },
      { stream: `person-${confirmer}`, revision: 1 },
      { stream: `person-${deputy}`, revision: 3 },
    ]);
    expect((await directory.reviewBody('to_lien_nganh')).state?.members).toHaveLength(2);

    const session = {
      type: 'record-session',
      session: 'phien_01',
      heldOn: today,
      // The one file that this register of evidence knows.
      minutes: digestOf('appointment'),
      present: [confirmer, deputy],
      items: [
        {
          figure: 'son_la-qd1969-2026.I.4',
          version: 1,
          digest: digestOf('version'),
          decision: 'accept',
          votesFor: 2,
          votesAgainst: 0,
          abstained: [],
        },
      ],
    } as const;
    const record = envelope(deputy, session, 0);
    await bus.execute(new DecideReviewBody('to_lien_nganh', record));
    const again = await bus.execute(new DecideReviewBody('to_lien_nganh', record));
    expect(again.repeated).toBe(true);
    expect((await last('review-body-to_lien_nganh')).metadata.actor).toMatchObject({
      person: deputy,
      agency: finance,
      role: 'deputy',
      actingFor: null,
    });
  });

  test('a merger looks at the successor', async () => {
    const on = day('2026-07-01');
    const command = { type: 'merge', successor: committee, on, document } as const;
    await bus.execute(new DecideAgency(finance, envelope(registrar, command, 0)));
    expect((await last(`agency-${finance}`)).metadata.basis.at(-1)).toEqual({
      stream: `agency-${committee}`,
      revision: 0,
    });
  });

  test('whoever is not enrolled does nothing', async () => {
    const stranger = derivedUuid(['spec', 'stranger']);
    expect(await codeOf(toPerson(stranger, head, { type: 'erase', reason: 'x' }))).toBe(
      'person/not-enrolled',
    );
    expect(await codeOf(directory.actingPerson(stranger, today))).toBe('person/not-enrolled');
  });

  test('an act on one’s own stream does not rest on itself', async () => {
    await toPerson(registrar, registrar, { type: 'erase', reason: 'theo yêu cầu' });
    expect((await last(`person-${registrar}`)).metadata.basis).toEqual([]);
  });
});
