import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import {
  DecideAgency,
  DecidePerson,
  Directory,
  directoryHandlers,
  DocumentFiles,
} from '#directory/nest';
import type { AgencyCommand, PersonCommand } from '#directory';
import { MemoryEventStore, Recorder, StreamCache } from '#event-store';
import type { Envelope, Receipt, StoredEvent } from '#event-store';
import { commandIdOf, day, derivedUuid, digestOf, manualClock, Refusal } from '#kernel';
import type { Instant } from '#kernel';
import type { FrameworkCommand, RoundCommand } from './catalogue.commands.ts';
import { Catalogue, catalogueHandlers, DecideFramework, DecideRound } from './nest.ts';
import type { PlanCommand } from './plan-commands.ts';
import { participantsIn, planCommands } from './plan-commands.ts';
import { readPlanFiles } from './plan-files.ts';
import type { Plan } from './plan.ts';
import { dueOf, leadsOf, participantsOf } from './round-queries.ts';

/** The whole plan of Sơn La through the handlers, as a registrar loads it. */
const folder = join(import.meta.dirname, '../../../infra/plans/son_la-qd1969-2026');
const [registrar, second] = ['registrar', 'second'].map((name) => derivedUuid(['spec', name])) as [
  string,
  string,
];
const roundName = 'son_la-qd1969-2026';
const science = 'son_la.so_khcn';

let store: MemoryEventStore;
let app: INestApplicationContext;
let bus: CommandBus;
let catalogue: Catalogue;
let directory: Directory;
let plan: Plan;

beforeAll(async () => {
  store = new MemoryEventStore();
  const cache = new StreamCache({ store, upcasters: [], streamsMax: 200, soleWriter: true });
  const clock = manualClock('2026-03-31T18:00:00.000Z' as Instant);
  const recorder = new Recorder({ store, clock, software: 'spec/1', cache });
  const module = await Test.createTestingModule({
    imports: [CqrsModule.forRoot()],
    providers: [
      { provide: Recorder, useValue: recorder },
      { provide: DocumentFiles, useValue: { deposited: async () => null } },
      ...directoryHandlers,
      ...catalogueHandlers,
    ],
  }).compile();
  app = await module.init();
  bus = app.get(CommandBus);
  catalogue = app.get(Catalogue);
  directory = app.get(Directory);
  plan = await readPlanFiles(folder);
  await appoint(registrar);
  await appoint(second);
});
afterAll(async () => {
  await app.close();
});

function envelope<C>(
  person: string,
  command: C,
  ifMatch: number | null,
  key: string,
  path: string,
): Envelope<C> {
  const commandId = commandIdOf(person, 'POST', path, key);
  return {
    command,
    person,
    commandId,
    requestDigest: digestOf(key),
    ifMatch,
    correlationId: commandId,
    causationId: null,
  };
}

/** As the first start does it: a registrar by the bootstrap token. */
async function appoint(person: string): Promise<void> {
  const bootstrap = { agency: science, unit: science };
  const commitment = digestOf(person);
  const enroll: PersonCommand = {
    type: 'enroll',
    person,
    agency: science,
    unit: science,
    commitment,
  };
  const grant: PersonCommand = {
    type: 'grant',
    grant: derivedUuid([person]),
    role: 'registrar',
    agency: science,
    unit: science,
    from: day('2026-01-01'),
    to: null,
    document: null,
    commitment,
  };
  await bus.execute(
    new DecidePerson(person, envelope(person, enroll, null, 'enroll', person), bootstrap),
  );
  await bus.execute(
    new DecidePerson(person, envelope(person, grant, 0, 'grant', person), bootstrap),
  );
}

/** What the HTTP layer makes of a request: the command of the path's last word. */
async function send(person: string, { path, body, idempotencyKey }: PlanCommand): Promise<Receipt> {
  const [, collection, id = ''] = path.split('/');
  const act = path.split('/').at(-1);
  const sealed = <C>(command: object, revision: number) =>
    envelope(person, command as C, revision < 0 ? null : revision, idempotencyKey, path);
  if (collection === 'agencies') {
    const agency = act === 'agencies' ? (body['agency'] as string) : id;
    const type = act === 'agencies' ? 'register' : 'register-unit';
    const { revision } = await directory.agency(agency);
    return bus.execute(
      new DecideAgency(agency, sealed<AgencyCommand>({ type, ...body }, revision)),
    );
  }
  if (collection === 'frameworks') {
    const edition = path.split('/')[4];
    const command =
      act === 'editions'
        ? { type: 'publish-edition', framework: id, ...body }
        : { type: act === 'cross-checks' ? 'state-cross-checks' : 'define', edition, ...body };
    const { revision } = await catalogue.framework(id);
    return bus.execute(new DecideFramework(id, sealed<FrameworkCommand>(command, revision)));
  }
  const types: Readonly<Record<string, string>> = {
    rounds: 'open',
    assignments: 'assign',
    'due-decisions': 'decide-due',
    participants: 'freeze-participants',
  };
  const round = act === 'rounds' ? (body['round'] as string) : id;
  const { revision } = await catalogue.round(round);
  const command = { type: types[act ?? ''], ...body };
  return bus.execute(new DecideRound(round, sealed<RoundCommand>(command, revision)));
}

async function eventsOf(stream: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of store.readStream(stream)) events.push(event);
  return events;
}

describe('loading the plan', () => {
  test('records every row, once', async () => {
    const commands = planCommands(plan);
    const first = [];
    for (const command of commands) first.push((await send(registrar, command)).repeated);
    expect(first).toEqual(commands.map(() => false));
    const written = (await eventsOf(`round-${roundName}`)).length;
    expect(written).toBe(1 + 50 + 2 + 50);

    const again = [];
    for (const command of commands) again.push((await send(registrar, command)).repeated);
    expect(again).toEqual(commands.map(() => true));
    expect((await eventsOf(`round-${roundName}`)).length).toBe(written);
  });

  test('by another registrar is refused as unchanged, row by row', async () => {
    const outcomes = new Set<string>();
    for (const command of planCommands(plan)) {
      const refusal = await send(second, command).then(
        () => new Error('recorded twice'),
        (error: unknown) => error,
      );
      if (!(refusal instanceof Refusal)) throw refusal;
      outcomes.add(`${refusal.code} ${String(refusal.facts['same'])}`);
    }
    expect([...outcomes]).toEqual([
      'agency/already-registered true',
      'agency/unit-already-registered true',
      'framework/edition-exists true',
      'indicator/exists true',
      'framework/cross-checks-unchanged true',
      'round/exists true',
      'assignment/exists true',
      'due/already-decided true',
      'participants/frozen true',
    ]);
  });

  test('freezes what the loader itself expanded, and the dates that count', async () => {
    const { state: round } = await catalogue.round(roundName);
    if (round === null) throw new Error('no round');
    for (const row of plan.assignments) {
      expect(participantsOf(round, row.indicator)).toEqual(participantsIn(plan, row));
      expect(leadsOf(round, row.indicator)).toEqual(row.leads);
      const [lead = ''] = row.leads;
      expect(dueOf(round, row.indicator, 'figure', lead)?.lastDay).toBe('2026-12-31');
      expect(dueOf(round, row.indicator, 'contribution', null)?.lastDay).toBe('2026-09-29');
    }
  });

  test('names in each event the streams that the decision rested on', async () => {
    const events = await eventsOf(`round-${roundName}`);
    const basisOf = (type: string, indicator: string) =>
      events
        .find((event) => {
          return (
            event.type === type && (event.data as { indicator?: string }).indicator === indicator
          );
        })
        ?.metadata.basis.map(({ stream }) => stream);
    const person = `person-${registrar}`;
    expect(basisOf('assignment.made.v1', 'I.4')).toEqual([
      person,
      'agency-son_la.so_khcn',
      'framework-qd1969',
      'agency-son_la.so_tc',
    ]);
    expect(basisOf('participants.frozen.v1', 'I.3')).toEqual([
      person,
      'agency-son_la.so_khcn',
      'agency-son_la.cd_son_la',
      'agency-son_la.dh_tay_bac',
    ]);
  });

  test('under the address of another round or framework is refused', async () => {
    const commands = planCommands(plan);
    const opening = commands.find(({ path }) => path === '/rounds');
    const { type: _, ...body } = { type: 'open', ...opening?.body };
    const command = { type: 'open', ...body } as unknown as RoundCommand;
    const stray = new DecideRound('x-y-z', envelope(registrar, command, null, 'stray', '/rounds'));
    await expect(bus.execute(stray)).rejects.toMatchObject({ code: 'round/name' });
    const publish = { type: 'publish-edition', framework: 'qd1969' } as unknown as FrameworkCommand;
    const other = new DecideFramework('x', envelope(registrar, publish, null, 'stray', '/x'));
    await expect(bus.execute(other)).rejects.toMatchObject({ code: 'framework/name' });
  });
});
