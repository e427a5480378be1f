import { beforeEach, describe, expect, test } from '@jest/globals';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { commandIdOf, day, digestOf, manualClock, Refusal } from '#kernel';
import type { DocumentRef, Fact } from '#kernel';
import { Directory } from '#directory/nest';
import { MemoryEventStore, Recorder, StreamCache } from '#event-store';
import type { Envelope } from '#event-store';
import { historyStart, metadataAt, recordedEvent } from '#testing';
import { chunked } from './blob-store.contract.ts';
import { BlobStore, BlobStoreUnavailable } from './blob-store.ts';
import type { EvidenceCommand, EvidenceReferenceCommand } from './evidence.commands.ts';
import { evidenceStream } from './evidence.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';
import { MemoryUploadArea } from './memory-upload-area.ts';
import {
  DecideEvidence,
  DecideEvidenceReference,
  evidenceHandlers,
  EvidenceReader,
  InterferenceWatch,
} from './nest.ts';
import { Uploads } from './uploads.ts';

const person = '33333333-3333-4333-8333-333333333333';
const finance = 'son_la.so_tc';
const pdf = new TextEncoder().encode('%PDF-1.7\n% số liệu minh họa\n');
const evidence = digestOf(pdf);
const document: DocumentRef = {
  kind: 'report',
  number: null,
  date: day('2026-09-15'),
  issuer: null,
  title: 'Báo cáo',
  digest: null,
};
const deposit: EvidenceCommand = {
  type: 'deposit',
  evidence,
  document,
  periodCovered: null,
  depositedFor: finance,
};

function envelope<C>(command: C, key: string, ifMatch: number | null = null): Envelope<C> {
  return {
    command,
    person,
    commandId: commandIdOf(person, 'POST', '/evidence', key),
    requestDigest: digestOf(key),
    ifMatch,
    correlationId: person,
    causationId: null,
  };
}

let store: MemoryEventStore;
let blobs: MemoryBlobStore;
let uploads: Uploads;
let bus: CommandBus;
let reader: EvidenceReader;
let watch: InterferenceWatch;

beforeEach(async () => {
  store = new MemoryEventStore();
  blobs = new MemoryBlobStore();
  const clock = manualClock(historyStart);
  const limits = { bytesMax: 1_000_000, filesPerHourMax: 100, keptMs: 1_000 };
  uploads = await Uploads.open({ area: new MemoryUploadArea(clock), store: blobs, clock, limits });
  const recorder = new Recorder({
    store,
    clock: manualClock(historyStart),
    software: 'spec/1',
    cache: new StreamCache({ store, upcasters: [], streamsMax: 100, soleWriter: false }),
  });
  const application = await Test.createTestingModule({
    imports: [CqrsModule.forRoot()],
    providers: [
      { provide: Recorder, useValue: recorder },
      { provide: BlobStore, useValue: blobs },
      { provide: Uploads, useValue: uploads },
      Directory,
      ...evidenceHandlers,
    ],
  }).compile();
  await application.init();
  bus = application.get(CommandBus);
  reader = application.get(EvidenceReader);
  watch = application.get(InterferenceWatch);
  await tell(`agency-${finance}`, {
    type: 'agency.registered.v1',
    data: {
      agency: finance,
      kind: 'department',
      province: 'son_la',
      name: { vi: 'Sở Tài chính', en: null },
      aliases: [],
      classes: [],
      document: null,
    },
  });
  await tell(
    `person-${person}`,
    {
      type: 'person.enrolled.v1',
      data: { person, agency: finance, unit: finance, commitment: digestOf('c') },
    },
    {
      type: 'role.granted.v1',
      data: {
        grant: 'g',
        role: 'officer',
        agency: finance,
        unit: finance,
        from: day('2026-01-01'),
        to: null,
        document: null,
        granterAgency: finance,
        commitment: digestOf('c'),
        needsConfirmation: false,
      },
    },
  );
});

/** Writes history past every rule, as it stood before the act under test. */
async function tell(stream: string, ...facts: Fact[]): Promise<void> {
  const events = facts.map((fact, revision) => {
    const place = { stream, revision };
    return { ...recordedEvent(fact, place), metadata: metadataAt(place) };
  });
  await store.append(
    stream,
    'no-stream',
    events.map(({ id, type, data, metadata }) => ({
      id,
      type,
      data,
      metadata,
    })),
  );
}

async function codeOf(act: Promise<unknown>): Promise<string> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Refusal) return error.code;
  throw new TypeError('expected a refusal', { cause: error });
}

const upload = (agency = finance) => {
  return uploads.receive(agency, {
    digest: evidence,
    declaredType: 'application/pdf',
    declaredBytes: pdf.length,
    content: chunked(pdf),
    sizeBytesMax: 1000,
  });
};

describe('evidence in the application', () => {
  test('is deposited as what lies in the store, resting on person and agency', async () => {
    await upload();
    const receipt = await bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    expect(receipt).toMatchObject({
      stream: evidenceStream(evidence),
      revision: 0,
      type: 'evidence.deposited.v1',
      repeated: false,
    });
    const events = [];
    for await (const event of store.readStream(receipt.stream)) events.push(event);
    expect(events).toHaveLength(1);
    expect(events[0]?.data).toStrictEqual({
      evidence,
      sizeBytes: pdf.length,
      mediaType: 'application/pdf',
      document,
      periodCovered: null,
      depositedFor: finance,
      blob: { store: 'memory', versionId: null, retainUntil: null },
    });
    expect(events[0]?.metadata.basis).toStrictEqual([
      { stream: `person-${person}`, revision: 1 },
      { stream: `agency-${finance}`, revision: 0 },
    ]);
  });

  test('is not deposited before its content was uploaded', async () => {
    const early = bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    expect(await codeOf(early)).toBe('evidence/content-missing');
    await upload();
    const receipt = await bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    expect(receipt.revision).toBe(0);
  });

  test('a repeated request gets its first receipt, with the blob store away too', async () => {
    await upload();
    const first = await bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    blobs.tamper(evidence, () => undefined);
    const again = await bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    expect(again).toStrictEqual({ ...first, position: again.position, repeated: true });
    const other = bus.execute(new DecideEvidence(evidence, envelope(deposit, 'two')));
    expect(await codeOf(other)).toBe('evidence/already-deposited');
  });

  test('a store that is away stops a first deposit, and nothing else', async () => {
    await upload();
    const stat = blobs.stat.bind(blobs);
    const away = async (): Promise<never> => {
      throw new BlobStoreUnavailable('io');
    };
    blobs.stat = away;
    const first = new DecideEvidence(evidence, envelope(deposit, 'one'));
    expect(await codeOf(bus.execute(first))).toBe('evidence/store-unavailable');
    blobs.stat = stat;
    await bus.execute(first);
    blobs.stat = away;
    const second = bus.execute(new DecideEvidence(evidence, envelope(deposit, 'two')));
    expect(await codeOf(second)).toBe('evidence/already-deposited');
    const restrict: EvidenceCommand = { type: 'restrict-access', to: [], reason: 'Mật.' };
    const closed = new DecideEvidence(evidence, envelope(restrict, 'three', 0));
    expect((await bus.execute(closed)).type).toBe('evidence.access-restricted.v1');
  });

  test('is described anew only at the revision that was read', async () => {
    await upload();
    await bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    const describing: EvidenceCommand = {
      type: 'describe',
      document: { ...document, number: '1/BC' },
      periodCovered: null,
      reason: 'Sót.',
    };
    const blind = bus.execute(new DecideEvidence(evidence, envelope(describing, 'two')));
    expect(await codeOf(blind)).toBe('command/no-precondition');
    const seen = envelope(describing, 'three', 0);
    expect((await bus.execute(new DecideEvidence(evidence, seen))).revision).toBe(1);
  });

  test('can be closed to all agencies but a registered one', async () => {
    await upload();
    await bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    const restrict = (to: string): EvidenceCommand => {
      return { type: 'restrict-access', to: [to], reason: 'Mật.' };
    };
    const unknown = envelope(restrict('son_la.so_x'), 'two', 0);
    expect(await codeOf(bus.execute(new DecideEvidence(evidence, unknown)))).toBe(
      'evidence/agency-unknown',
    );
    await bus.execute(new DecideEvidence(evidence, envelope(restrict(finance), 'three', 0)));
    const [own] = (await reader.evidence(evidence)).state.deposits;
    expect(own?.restrictedTo).toStrictEqual([finance]);
  });

  test('is read with the revision a decision may rest on', async () => {
    expect(await reader.lookUp(evidence)).toBeNull();
    expect(await codeOf(reader.evidence(evidence))).toBe('evidence/unknown');
    expect(await codeOf(reader.evidence('no digest' as never))).toBe('evidence/unknown');
    await upload();
    await bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    expect(await reader.evidence(evidence)).toMatchObject({
      state: { evidence, mediaType: 'application/pdf', integrity: { status: 'unchecked' } },
      basis: { stream: evidenceStream(evidence), revision: 0 },
    });
  });

  test('waits as an upload until it is deposited, and is gone from there afterwards', async () => {
    await upload();
    expect([await blobs.stat(evidence), uploads.waitingBytes(finance)]).toStrictEqual([
      undefined,
      pdf.length,
    ]);
    // Refused before the bytes go where nothing can be taken back.
    const nowhere = { ...deposit, depositedFor: 'son_la.so_x' };
    const refused = bus.execute(new DecideEvidence(evidence, envelope(nowhere, 'zero')));
    expect(await codeOf(refused)).toBe('evidence/agency-unknown');
    expect(await blobs.stat(evidence)).toBeUndefined();
    await bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    expect((await blobs.stat(evidence))?.sizeBytes).toBe(pdf.length);
    expect(uploads.waitingBytes(finance)).toBe(0);
  });

  test('is not deposited on the upload of another agency', async () => {
    await upload('son_la.so_yt');
    const foreign = bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    expect(await codeOf(foreign)).toBe('evidence/content-missing');
  });

  test('is interfered with once for each version, whoever meets it how often', async () => {
    const marker = { kind: 'delete-marker', versionId: 'v2', at: historyStart } as const;
    expect(await watch.note(evidence, [marker])).toStrictEqual([]);
    await upload();
    await bus.execute(new DecideEvidence(evidence, envelope(deposit, 'one')));
    const later = { ...marker, kind: 'later-version', versionId: 'v3' } as const;
    const [both, again] = await Promise.all([
      watch.note(evidence, [marker, later]),
      watch.note(evidence, [marker]),
    ]);
    expect(await watch.note(evidence, [marker, later])).toStrictEqual([]);
    expect(both.length + again.length).toBeGreaterThanOrEqual(2);
    const { state } = await reader.evidence(evidence);
    expect(state.interferences.map(({ versionId }) => versionId).sort()).toStrictEqual([
      'v2',
      'v3',
    ]);
  });

  test('that may not be uploaded is referenced', async () => {
    const reference = '44444444-4444-4444-8444-444444444444';
    const refer: EvidenceReferenceCommand = {
      type: 'refer',
      reference,
      document,
      heldBy: 'Kho lưu trữ',
      archiveMark: null,
      digest: null,
      reason: 'Mật.',
      periodCovered: null,
      depositedFor: finance,
    };
    const act = new DecideEvidenceReference(reference, envelope(refer, 'one'));
    expect(await bus.execute(act)).toMatchObject({ type: 'evidence.referenced.v1', revision: 0 });
    const stream = `evidence-ref-${reference}`;
    expect(await reader.reference(reference)).toMatchObject({
      state: { heldBy: 'Kho lưu trữ' },
      basis: { stream, revision: 0 },
    });
    expect(await reader.reference('none')).toBeNull();
  });
});
