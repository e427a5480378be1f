import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCount } from '#kernel';
import type { Fact, Instant } from '#kernel';
import { MemoryEventStore } from '#event-store';
import type { StoredEvent } from '#event-store';
import {
  awaitedFigure,
  openDisputes,
  openExplanations,
  openOrders,
  presentVersion,
} from '#figures';
import type { Contribution, Figure } from '#figures';
import { dump, openDatabase, Projector, ReadModels, readModels, rebuild } from '#read-models/node';
import type { Database } from '#read-models/node';
import { metadataAt, recordedEvent } from '#testing';
import { agencies, definition, party, round } from '../duties/stage.ts';
import { choices } from './arbitraries.ts';
import { figure, ModelledLedger, part, rebuiltFigure, rebuiltPart, streams } from './ledger.ts';
import { expected } from './expectations.ts';
import { newModel, note, numberOf } from './model.ts';

/**
 * The read models against a replay: at any moment of a history made by chance, asked by leaf or by
 * time, they say of figure and part what the deciders' own folds say of the events up to there.
 */
const runs = 5;
const pointsPerRun = 20;
const actsPerRun = 60;
const seed = parseCount(process.env['LEDGER_TEST_MODEL_SEED'] ?? '') ?? randomInt(2 ** 31);

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

const source = { file: 'plan.txt', line: 99, raw: 'Hoàn thành trước 30/9/2026' };
const document = {
  kind: 'plan',
  number: '12/KH-UBND',
  date: '2026-01-10',
  issuer: 'UBND tỉnh Sơn La',
  title: 'Kế hoạch',
  digest: null,
};
const name = { vi: 'như đã in', en: null };

/** The round in which the histories happen, written as it was before the first act. */
async function openRound(store: MemoryEventStore): Promise<void> {
  const tell = async (stream: string, ...facts: readonly Fact[]) => {
    const events = facts.map((fact, revision) => {
      const place = { stream, revision };
      const { id, type, data } = recordedEvent(fact, place);
      return { id, type, data, metadata: metadataAt(place) };
    });
    await store.append(stream, 'no-stream', events);
  };
  for (const agency of [agencies.lead, agencies.dost]) {
    const about = { agency, kind: 'department', province: 'son_la', name };
    const data = { ...about, aliases: [], classes: [], document: null };
    await tell(`agency-${agency}`, { type: 'agency.registered.v1', data });
  }
  const groups = [{ code: 'I', name, declaredCount: 7 }];
  const published = { framework: 'qd1969', edition: '2026', title: name, document };
  await tell(
    'framework-qd1969',
    { type: 'framework.edition-published.v1', data: { ...published, aliases: [], groups } },
    { type: 'indicator.defined.v1', data: { edition: '2026', definition } },
  );
  const { responsibility } = party(agencies.lead);
  const opening = {
    round,
    province: 'son_la',
    framework: 'qd1969',
    edition: '2026',
    period: { from: '2026-01-01', to: '2026-12-31', label: '2026' },
    title: name,
    legalBasis: document,
    status: 'numbered',
    checkingAgency: agencies.dost,
    chain: [agencies.dost, agencies.committee],
    responsibility: [{ agencyKinds: ['department'], ...responsibility }],
    verificationBasis: source,
    datesUnspecified: [],
  };
  const assignment = {
    indicator: 'I.4',
    definition: { edition: '2026', revision: 1 },
    mode: 'single',
    leads: [agencies.lead],
    coordinating: [{ raw: 'Sở KH&CN', agency: agencies.dost, class: null }],
    dates: [],
    raw: { lead: 'Sở Tài chính', coordinating: 'Sở KH&CN', due: '' },
    source,
  };
  const frozen = { indicator: 'I.4', participants: [agencies.dost], expansions: [] };
  await tell(
    `round-${round}`,
    { type: 'round.opened.v1', data: opening },
    { type: 'assignment.made.v1', data: assignment },
    { type: 'participants.frozen.v1', data: frozen },
  );
}

/** Acts until enough were recorded, each the first of its choices that the model allows. */
async function live(ledger: ModelledLedger, drawn: Iterable<readonly [...unknown[]]>) {
  const model = newModel();
  let key = 0;
  for (const some of drawn as Iterable<Parameters<typeof note>[1][]>) {
    const act = some.find((one) => expected(model, one).endsWith('.v1'));
    if (act === undefined) continue;
    const revision = await ledger.revision(act.on);
    const version = 'version' in act ? numberOf(model[act.on], act.version) : 0;
    key += 1;
    const receipt = await ledger.send({
      act,
      version,
      key,
      ifMatch: revision < 0 ? null : revision,
    });
    expect(typeof receipt).toBe('object');
    note(model, act);
  }
}

/** What a reader is told of a figure, and what the fold says of it. */
const figureTold = (state: Figure) => ({
  status: state.status,
  present: presentVersion(state) ?? null,
  inForce: state.inForce === null ? null : state.versions[state.inForce - 1],
  openExplanations: openExplanations(state).map(({ request }) => request),
  openDisputes: openDisputes(state).map(({ dispute }) => dispute),
  openOrders: openOrders(state).map(({ order }) => order),
  handedIn: state.versions.length,
});
const partTold = (state: Contribution) => ({
  status: state.status,
  present: presentVersion(state) ?? null,
  inForce: state.inForce,
  handedIn: state.versions.length,
});

async function readAt(models: ReadModels, asOf: number | Instant) {
  const { data, asOf: moment } = await models.figure(figure, { asOf });
  const given = (await models.contribution(part, asOf)).data;
  expect(data).not.toBeNull();
  return {
    leafIndex: moment.leafIndex,
    figure: data && {
      status: data.status,
      present: data.present,
      inForce: data.inForce,
      openExplanations: data.openExplanations.map(({ request }) => request),
      openDisputes: data.openDisputes.map(({ dispute }) => dispute),
      openOrders: data.openOrders.map(({ order }) => order),
      handedIn: data.handIns.versions,
    },
    part: given && {
      status: given.status,
      present: given.present,
      inForce: given.inForce,
      handedIn: given.handIns.versions,
    },
  };
}

function replayUpTo(events: readonly StoredEvent[], leaf: number) {
  const before = events.slice(0, leaf + 1);
  const ofFigure = before.filter(({ stream }) => stream === streams.figure);
  const ofPart = before.filter(({ stream }) => stream === streams.part);
  return {
    figure: figureTold(ofFigure.length === 0 ? awaitedFigure : rebuiltFigure(ofFigure)),
    part: ofPart.length === 0 ? null : partTold(rebuiltPart(ofPart)),
  };
}

describe('read models of histories made by chance', () => {
  test(`agree with a replay at ${runs * pointsPerRun} moments, and after a rebuild`, async () => {
    console.log(`LEDGER_TEST_MODEL_SEED=${seed}`);
    const histories = fc.array(choices, { minLength: actsPerRun, maxLength: actsPerRun });
    let [runNumber, pointsSeen] = [0, 0];
    for (const drawn of fc.sample(histories, { numRuns: runs, seed })) {
      runNumber += 1;
      const store = new MemoryEventStore();
      await openRound(store);
      const ledger = new ModelledLedger(store);
      await live(ledger, drawn);

      const schema = `history_${runNumber}`;
      const { db } = database;
      const options = { db, schema, models: readModels, store, upcasters: [] };
      const projector = new Projector(options);
      await projector.start();
      const events: StoredEvent[] = [];
      for await (const event of store.readAll()) events.push(event);
      expect(await projector.waitFor({ leafIndex: events.length - 1 }, 30_000)).toBe(true);
      await projector.stop();

      const models = new ReadModels({ db, schema });
      const first = events.findIndex(({ stream }) => stream === streams.figure);
      const leaves = fc.integer({ min: Math.max(0, first - 2), max: events.length - 1 });
      const points = fc.sample(leaves, { numRuns: pointsPerRun, seed: seed + runNumber });
      for (const leaf of points) {
        const told = await readAt(models, leaf);
        expect(told).toStrictEqual({ leafIndex: leaf, ...replayUpTo(events, leaf) });
        // Asked by its time, the moment is the last leaf that was recorded by then.
        const at = events[leaf]?.metadata.recordedAt as Instant;
        const byTime = await readAt(models, at);
        const last = events.findLastIndex(({ metadata }) => metadata.recordedAt <= at);
        expect(byTime).toStrictEqual({ leafIndex: last, ...replayUpTo(events, last) });
        pointsSeen += 1;
      }
      const followed = await dump(db, schema, readModels);
      await rebuild(options);
      expect(await dump(db, schema, readModels)).toStrictEqual(followed);
    }
    expect(pointsSeen).toBe(runs * pointsPerRun);
  }, 300_000);
});
