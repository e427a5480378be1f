import { beforeEach, describe, expect, test } from '@jest/globals';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { commandIdOf, digestOf, manualClock, Refusal } from '#kernel';
import type { AgencyId, Digest, Fact, FigureId, Instant, PersonId } from '#kernel';
import { Catalogue } from '#catalogue/nest';
import type { ActingPerson } from '#directory';
import { Directory } from '#directory/nest';
import { BlobStore, evidenceStream, MemoryBlobStore } from '#evidence';
import { EvidenceReader } from '#evidence/nest';
import { MemoryEventStore, Recorder, StreamCache } from '#event-store';
import type { Receipt, StoredEvent } from '#event-store';
import { metadataAt, recordedEvent } from '#testing';
import { commands as part } from './contribution-acts.contract.ts';
import { commands as own } from './figure-acts.contract.ts';
import {
  cast,
  committee,
  commune,
  dost,
  figureId,
  leadAgency,
  letter,
  otherAgency,
  report,
  source,
} from './figures.contract.ts';
import type { ContributionCommand, FigureCommand } from './figures.commands.ts';
import type { FindingCommand } from './finding.commands.ts';
import { document, roundStream as round, tellCatalogue, tellDirectory } from './nest.contract.ts';
import {
  DecideContribution,
  DecideFigure,
  DecideFinding,
  figureHandlers,
  FigureReader,
} from './nest.ts';

const partOfDost = `${figureId}.so_khcn`;
const minutes = digestOf('biên bản phiên họp');

let store: MemoryEventStore;
let bus: CommandBus;
let reader: FigureReader;

beforeEach(async () => {
  store = new MemoryEventStore();
  const recorder = new Recorder({
    store,
    clock: manualClock('2026-09-01T02:00:00.000Z' as Instant),
    software: 'spec/1',
    cache: new StreamCache({ store, upcasters: [], streamsMax: 100, soleWriter: false }),
  });
  const application = await Test.createTestingModule({
    imports: [CqrsModule.forRoot()],
    providers: [
      { provide: Recorder, useValue: recorder },
      { provide: BlobStore, useValue: new MemoryBlobStore() },
      Directory,
      Catalogue,
      EvidenceReader,
      ...figureHandlers,
    ],
  }).compile();
  await application.init();
  bus = application.get(CommandBus);
  reader = application.get(FigureReader);
  await tellDirectory(tell);
  await tellCatalogue(tell);
  for (const evidence of [report, letter, minutes]) await tellEvidence(evidence);
});

/** Writes history past every rule, as it stood before the act under test. */
async function tell(stream: string, ...facts: readonly Fact[]): Promise<void> {
  const events = facts.map((fact, revision) => {
    const place = { stream, revision };
    const { id, type, data } = recordedEvent(fact, place);
    return { id, type, data, metadata: metadataAt(place) };
  });
  await store.append(stream, 'no-stream', events);
}

function depositOf(evidence: Digest, depositedFor: AgencyId): Fact {
  return {
    type: 'evidence.deposited.v1',
    data: {
      evidence,
      sizeBytes: 10,
      mediaType: 'application/pdf',
      document: { ...document, kind: 'report', digest: null },
      periodCovered: null,
      depositedFor,
      blob: { store: 'memory', versionId: null, retainUntil: null },
    },
  };
}

/** Deposited by the lead, for everybody in the round. */
async function tellEvidence(evidence: Digest): Promise<void> {
  await tell(evidenceStream(evidence), depositOf(evidence, leadAgency), {
    type: 'evidence.access-granted.v1',
    data: { depositedFor: leadAgency, to: [], rounds: [round.slice('round-'.length)], reason: 'x' },
  });
}

/** One more fact of a stream that has some, past every rule. */
async function tellMore(stream: string, revision: number, fact: Fact): Promise<void> {
  const place = { stream, revision };
  const { id, type, data } = recordedEvent(fact, place);
  await store.append(stream, revision - 1, [{ id, type, data, metadata: metadataAt(place) }]);
}

let acts = 0;
function envelope<C>(command: C, acting: ActingPerson, ifMatch: number | null) {
  const { person } = acting;
  acts += 1;
  const key = `act ${acts}`;
  const commandId = commandIdOf(person, 'POST', '/figures', key);
  const requestDigest = digestOf(key);
  const correlationId = person;
  return { command, person, commandId, requestDigest, ifMatch, correlationId, causationId: null };
}

function figure(
  command: FigureCommand,
  acting: ActingPerson,
  ifMatch: number | null = null,
  id: FigureId = figureId,
): Promise<Receipt> {
  return bus.execute(new DecideFigure(id, envelope(command, acting, ifMatch)));
}

function contribution(
  command: ContributionCommand,
  acting: ActingPerson,
  ifMatch: number | null = null,
  id: string = partOfDost,
): Promise<Receipt> {
  return bus.execute(new DecideContribution(id, envelope(command, acting, ifMatch)));
}

async function codeOf(act: Promise<unknown>): Promise<string> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Refusal) return error.code;
  throw new TypeError('expected a refusal', { cause: error });
}

async function lastOf(stream: string): Promise<StoredEvent> {
  let last: StoredEvent | undefined;
  for await (const event of store.readStream(stream)) last = event;
  return last!;
}

const basisOf = async (stream: string) =>
  Object.fromEntries(
    (await lastOf(stream)).metadata.basis.map((basis) => [basis.stream, basis.revision]),
  );
const personStream = ({ person }: { person: PersonId }) => `person-${person}`;

describe('a figure over the command bus', () => {
  test('goes from hand-in to verified, each act naming what it rested on', async () => {
    const receipt = await figure(own.submit, cast.officer);
    expect(receipt).toMatchObject({ stream: `figure-${figureId}`, revision: 0, repeated: false });
    expect(await basisOf(`figure-${figureId}`)).toEqual({
      [personStream(cast.officer)]: 1,
      [round]: 4,
      'framework-qd1969': 1,
      [`agency-${leadAgency}`]: 0,
      [evidenceStream(report)]: 1,
    });
    await figure(own.endorse, cast.head, 0);
    expect(await basisOf(`figure-${figureId}`)).toEqual({
      [personStream(cast.head)]: 1,
      [round]: 4,
      'framework-qd1969': 1,
      [`agency-${leadAgency}`]: 0,
      [evidenceStream(report)]: 1,
    });
    await figure(own.verify, cast.checker, 1);
    const { state, revision } = await reader.figure(figureId);
    expect(revision).toBe(2);
    expect(state).toMatchObject({ status: 'verified', inForce: 1 });
    expect(state.versions[0]?.digest).toBe(receipt.digest);
    expect(state.versions[0]?.statement.due).toEqual({
      lastDay: '2026-12-31',
      decidedBy: { stream: round, revision: 2 },
      kind: 'named-date',
      source,
      handedInOn: '2026-09-01',
      late: false,
    });
  });

  test('acts on what exists name the revision they saw, a second submission too', async () => {
    await figure(own.submit, cast.officer);
    expect(await codeOf(figure(own.endorse, cast.head))).toBe('command/no-precondition');
    expect(await codeOf(figure(own.submit, cast.officer))).toBe('command/no-precondition');
    expect(await codeOf(figure(own.submit, cast.officer, 0))).toBe('figure/wrong-status');
    expect(await codeOf(figure(own.endorse, cast.head, 3))).toBe('command/stale');
  });

  test('the same command again is the first answer again', async () => {
    const once = new DecideFigure(figureId, envelope(own.submit, cast.officer, null));
    const first = await bus.execute(once);
    const { position: _, ...again } = await bus.execute(once);
    const { position: __, ...answer } = first;
    expect(again).toEqual({ ...answer, repeated: true });
  });

  test.each([
    ['no name', 'figure', 'figure/unknown'],
    ['another round', 'son_la-qd1969-2027.I.4', 'figure/unknown'],
    ['another indicator', 'son_la-qd1969-2026.I.5', 'figure/unknown'],
    ['a separate lead where there is one figure', `${figureId}.so_tc`, 'figure/unknown'],
  ])('%s is no figure of the round', async (_, id, code) => {
    expect(await codeOf(figure(own.submit, cast.officer, null, id))).toBe(code);
  });

  test('evidence that is gone, or was never there, is found out', async () => {
    const link = { ...own.submit.evidence[0]!, evidence: digestOf('không có') };
    expect(await codeOf(figure({ ...own.submit, evidence: [link] }, cast.officer))).toBe(
      'figure/evidence-missing',
    );
    await figure(own.submit, cast.officer);
    await tellMore(evidenceStream(report), 2, {
      type: 'evidence.integrity-failed.v1',
      data: { found: null, fault: 'missing' },
    });
    expect(await codeOf(figure(own.endorse, cast.head, 0))).toBe('figure/evidence-missing');
  });

  describe('what it may cite', () => {
    const foreign = digestOf('tệp của sở khác');
    const stream = evidenceStream(foreign);
    const citing = (evidence: Digest) => ({
      ...own.submit,
      evidence: [{ ...own.submit.evidence[0]!, evidence }],
    });
    const refusalOf = async (act: Promise<unknown>) => {
      const error = await act.catch((thrown: unknown) => thrown);
      if (!(error instanceof Refusal)) throw new TypeError('expected a refusal');
      const { evidence: _, ...facts } = error.facts;
      return [error.code, facts];
    };

    test('is what its agency may read: a digest tells nothing and opens nothing', async () => {
      await tell(stream, depositOf(foreign, otherAgency));
      const unknown = await refusalOf(figure(citing(digestOf('không có')), cast.officer));
      expect(await refusalOf(figure(citing(foreign), cast.officer))).toEqual(unknown);
      expect(unknown[0]).toBe('figure/evidence-missing');
      await tellMore(stream, 1, depositOf(foreign, leadAgency));
      await figure(citing(foreign), cast.officer);
      expect(await basisOf(`figure-${figureId}`)).toMatchObject({ [stream]: 1 });
    });

    test('is what was opened to it, and stays cited when that is taken back', async () => {
      await tell(stream, depositOf(foreign, otherAgency), {
        type: 'evidence.access-granted.v1',
        data: { depositedFor: otherAgency, to: [leadAgency], rounds: [], reason: 'x' },
      });
      await figure(citing(foreign), cast.officer);
      await tellMore(stream, 2, {
        type: 'evidence.access-restricted.v1',
        data: { depositedFor: otherAgency, to: [], reason: 'x' },
      });
      await figure(own.endorse, cast.head, 0);
      await figure(own.verify, cast.checker, 1);
      const { builtFrom, ...input } = citing(foreign);
      const again = { ...input, builtFrom, type: 'correct', kind: 'correction' } as const;
      await figure({ ...again, reason: 'Sai số' }, cast.officer, 2);
    });

    test('is what its parts show, while the giver leaves it open', async () => {
      const asked: ContributionCommand = { ...part.request };
      const given = { ...part.submit, evidence: citing(foreign).evidence };
      await tell(stream, depositOf(foreign, dost));
      expect(await codeOf(figure(citing(foreign), cast.officer))).toBe('figure/evidence-missing');
      await contribution(asked, cast.officer);
      await contribution(given, cast.dostOfficer, 0);
      await tellMore(stream, 1, {
        type: 'evidence.access-restricted.v1',
        data: { depositedFor: dost, to: [], reason: 'x' },
      });
      expect(await codeOf(figure(citing(foreign), cast.officer))).toBe('figure/evidence-missing');
      await tellMore(stream, 2, depositOf(foreign, commune));
      await tellMore(stream, 3, {
        type: 'evidence.access-granted.v1',
        data: { depositedFor: commune, to: [dost], rounds: [], reason: 'x' },
      });
      await figure(citing(foreign), cast.officer);
    });
  });

  test('a reference is looked up as well', async () => {
    const link = { ...own.submit.evidence[0]!, evidence: null, reference: 'kho-1' };
    const command = { ...own.submit, evidence: [link] };
    expect(await codeOf(figure(command, cast.officer))).toBe('figure/evidence-missing');
    await tell('evidence-ref-kho-1', {
      type: 'evidence.referenced.v1',
      data: {
        reference: 'kho-1',
        document,
        heldBy: 'Kho lưu trữ',
        archiveMark: null,
        digest: null,
        reason: 'bản gốc đóng quyển',
        periodCovered: null,
        depositedFor: leadAgency,
      },
    });
    await figure(command, cast.officer);
    expect(await basisOf(`figure-${figureId}`)).toMatchObject({ 'evidence-ref-kho-1': 0 });
  });

  test('UBND tỉnh is found in the reporting chain by its kind', async () => {
    await figure(own.submit, cast.officer);
    await figure(own.dispute, cast.dostHead, 0);
    const settle = { ...own.settle, outcome: 'dismissed', document } as const;
    await figure(settle, cast.committeeHead, 1);
    expect((await reader.figure(figureId)).state.disputes[0]?.outcome).toBe('dismissed');
    expect(await basisOf(`figure-${figureId}`)).toMatchObject({ [`agency-${committee}`]: 0 });
  });
});

describe('a part over the command bus', () => {
  test('is requested, given, endorsed, accepted, and then built from', async () => {
    await contribution(part.request, cast.officer);
    await contribution(part.submit, cast.dostOfficer, 0);
    await contribution(part.endorse, cast.dostHead, 1);
    await contribution(part.accept, cast.officer, 2);
    const request = (await reader.contribution(partOfDost)).state;
    expect(request).toMatchObject({ status: 'accepted', inForce: 1 });
    const asked = store.readStream(`contribution-${partOfDost}`, { maxCount: 1 });
    for await (const { data } of asked) {
      expect(data).toMatchObject({ figure: figureId, frozenBy: { stream: round, revision: 4 } });
    }

    await figure({ ...own.submit, builtFrom: [partOfDost] }, cast.secondOfficer);
    const { statement } = (await reader.figure(figureId)).state.versions[0]!;
    expect(statement.outstanding).toEqual([]);
    expect(statement.builtFrom).toMatchObject([{ revision: 1, version: 1, agency: dost }]);
    await figure(own.endorse, cast.head, 0);
    await figure(own.verify, cast.checker, 1);
    const verified = await lastOf(`figure-${figureId}`);
    expect(verified.data).toMatchObject({ marks: ['verifier-contributed'] });
    expect(await basisOf(`figure-${figureId}`)).toMatchObject({
      [`contribution-${partOfDost}`]: 3,
    });
  });

  test.each([
    ['no name of a part', figureId, 'contribution/unknown'],
    ['a part of nothing assigned', 'son_la-qd1969-2026.I.5.so_khcn', 'contribution/unknown'],
    ['an agency that owes none', `${figureId}.so_yt`, 'duty/not-your-agency'],
  ])('%s is refused', async (_, id, code) => {
    expect(await codeOf(contribution(part.submit, cast.dostOfficer, null, id))).toBe(code);
  });

  test('the successor gives the part that its predecessor owed, under the old name', async () => {
    const place = { stream: round, revision: 5 };
    const passed = recordedEvent(
      {
        type: 'assignment.passed-to-successor.v1',
        data: { indicator: 'I.4', from: dost, to: otherAgency, on: '2026-07-01', document },
      },
      place,
    );
    await store.append(round, 4, [
      { id: passed.id, type: passed.type, data: passed.data, metadata: metadataAt(place) },
    ]);
    expect(await codeOf(contribution(part.submit, cast.dostOfficer))).toBe('duty/not-your-agency');
    await contribution(part.submit, cast.otherOfficer);
    await contribution(part.endorse, cast.otherHead, 0);
    await contribution(part.accept, cast.officer, 1);
    await figure({ ...own.submit, builtFrom: [partOfDost] }, cast.officer);
    const { statement } = (await reader.figure(figureId)).state.versions[0]!;
    expect(statement.outstanding).toEqual([]);
    expect(statement.builtFrom[0]?.agency).toBe(otherAgency);
  });
});

describe('a review body over the command bus', () => {
  test('verifies by the session that is on record', async () => {
    const { digest } = await figure(own.submit, cast.officer);
    await figure(own.endorse, cast.head, 0);
    const member = (acting: ActingPerson, agency: AgencyId) => ({
      person: acting.person,
      agency,
      position: 'member',
    });
    await tell(
      'review-body-tcm',
      {
        type: 'review-body.established.v1',
        data: {
          body: 'tcm',
          name: 'Tổ chuyên môn',
          form: 'interagency-group',
          province: 'son_la',
          decision: document,
          appointedBy: committee,
          members: [member(cast.otherHead, otherAgency), member(cast.communeHead, commune)],
        },
      },
      {
        type: 'review-body.session-recorded.v1',
        data: {
          session: 's1',
          heldOn: '2026-08-30',
          minutes,
          present: [cast.otherHead.person],
          items: [
            {
              figure: figureId,
              version: 1,
              digest,
              decision: 'accept',
              votesFor: 1,
              votesAgainst: 0,
              abstained: [],
            },
          ],
        },
      },
    );
    const cite = (body: string, session: string) => ({
      ...own.verify,
      reviewBody: { body, session },
    });
    for (const other of [cite('khac', 's1'), cite('tcm', 's2')]) {
      expect(await codeOf(figure(other, cast.otherHead, 1))).toBe('figure/no-such-session');
    }
    expect(await codeOf(figure(cite('tcm', 's1'), cast.communeHead, 1))).toBe('duty/member-absent');
    await figure(cite('tcm', 's1'), cast.otherHead, 1);
    const verified = await lastOf(`figure-${figureId}`);
    expect(verified.data).toMatchObject({
      reviewBody: { body: 'tcm', session: 's1', minutes, revision: 1 },
    });
    expect(await basisOf(`figure-${figureId}`)).toMatchObject({ 'review-body-tcm': 1 });
  });
});

describe('a finding over the command bus', () => {
  const finding = '00000000-0000-4000-8000-0000000000f1';
  const stream = `finding-${finding}`;
  const raise: FindingCommand = {
    type: 'raise',
    kind: 'order',
    figure: figureId,
    version: 1,
    asked: null,
    text: 'Tính lại',
    evidence: [],
    answerBy: own['order-correction'].lastDay,
    document: null,
  };
  const decide = (command: FindingCommand, acting: ActingPerson, ifMatch: number | null = null) =>
    bus.execute(new DecideFinding(finding, envelope(command, acting, ifMatch)));

  test('rests on the figure it is about, and a correction order names it', async () => {
    await figure(own.submit, cast.officer);
    await figure(own.endorse, cast.head, 0);
    await figure(own.verify, cast.checker, 1);
    await decide(raise, cast.inspector);
    expect(await basisOf(stream)).toEqual({
      [personStream(cast.inspector)]: 1,
      [round]: 4,
      'framework-qd1969': 1,
      [`figure-${figureId}`]: 2,
    });
    await decide(
      { type: 'answer', text: 'Sẽ đính chính', evidence: [], paper: null },
      cast.head,
      0,
    );
    await figure({ ...own['order-correction'], finding }, cast.inspector, 2);
    const ordered = await lastOf(`figure-${figureId}`);
    expect(ordered.data).toMatchObject({ finding: { stream, revision: 1 } });
    expect(await basisOf(`figure-${figureId}`)).toMatchObject({ [stream]: 1 });
    await decide({ type: 'overrule', reason: 'Đã đủ', document }, cast.committeeHead, 1);
    const overruled = figure({ ...own['order-correction'], finding }, cast.inspector, 3);
    expect(await codeOf(overruled)).toBe('figure/finding-not-an-order');
  });

  test('about nothing that the round assigns, or never raised, is unknown', async () => {
    expect(
      await codeOf(decide({ ...raise, figure: 'son_la-qd1969-2026.I.5' }, cast.inspector)),
    ).toBe('figure/unknown');
    const close = { type: 'close', outcome: 'withdrawn', reason: 'Nhầm' } as const;
    expect(await codeOf(decide(close, cast.inspector))).toBe('finding/unknown');
  });
});
