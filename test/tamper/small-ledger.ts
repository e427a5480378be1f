import { bareHex, day, digestOf } from '#kernel';
import type { Digest, Entry } from '#kernel';
import type { Particulars, PersonFact } from '#directory';
import type { EvidenceFact } from '#evidence';
import { utf8 } from '#tlog';
import { inclusionReceipt } from '#transparency';
import { specSigner } from '../../libs/transparency/src/made-up-log.contract.ts';
import {
  SpecWitness,
  threeWitnesses,
} from '../../libs/transparency/src/made-up-witness.contract.ts';
import { vectorLedger } from '../vectors/formats/ledger.ts';
import {
  cast,
  commitmentTo,
  committee,
  department,
  evidenceStream,
  operator,
  paper,
  Story,
} from '../vectors/formats/story.ts';
import type { AnyFact, Officer } from '../vectors/formats/story.ts';
import { LedgerWriter } from './ledger.ts';
import type { Ledger } from './ledger.ts';

/** A row of the register: what may be erased, and what a commitment in the log binds. */
export type RegisterRow = {
  readonly person: string;
  readonly salt: string;
  readonly particulars: Particulars;
};

/** A ledger with what lies beside its log, and what outsiders keep of it. */
export type WholeLedger = Ledger & {
  /** The log's entries, as its writer made them. */
  readonly entries: readonly Entry[];
  /** Two files of one size, as uploaded. */
  readonly files: ReadonlyMap<Digest, Uint8Array>;
  readonly register: readonly RegisterRow[];
  /** Checkpoint of a smaller tree, under the same key, that an auditor kept. */
  readonly earlier: Uint8Array;
  readonly receiptOf: (index: number) => Promise<Uint8Array>;
  readonly witnesses: readonly SpecWitness[];
  readonly writer: LedgerWriter;
};

const [firstKey, secondKey] = [specSigner(1), specSigner(7)];

/**
 * Two scans as two agencies hand them in: of the same length, which is all that a listing shows.
 */
const scans = ['4,12 % của GRDP', '9,87 % của GRDP'].map((figure) => {
  return utf8(`%PDF-1.4\n% Báo cáo chi cho khoa học và công nghệ: ${figure}\n`.padEnd(240, '.'));
});

const people = [cast.registrar, cast.officer, cast.head, cast.deputy] as const;

/**
 * A ledger of a few dozen acts, of every kind that somebody might want otherwise: agencies, people
 * under commitments, evidence, a part and a figure, keys that change, recorded heads. Two of three
 * witnesses are enough, all three cosigned.
 */
export function smallLedger(): Promise<WholeLedger> {
  const story = new Story();
  return grown(async (writer) => {
    tellDirectory(story);
    await writer.record(story.told.map(({ entry }) => entry));
    await changeKeys(writer);
    const before = story.told.length;
    tellEvidence(story);
    await tellFigure(story);
    await writer.record(story.told.slice(before).map(({ entry }) => entry));
  });
}

/** The whole story of the vectors, every type of event, over a tile boundary: 300 entries. */
export function largeLedger(): Promise<WholeLedger> {
  return grown(async (writer) => {
    const { story } = await vectorLedger();
    const ours = story.told
      .map(({ entry }) => entry)
      .filter(({ stream }) => stream !== 'log-keys' && stream !== 'log-heads');
    const [first, rest] = [ours.slice(0, 200), ours.slice(200)];
    await writer.record(first);
    await changeKeys(writer);
    await writer.record(rest);
    await writer.sequence();
    await writer.recordHeads();
  });
}

async function grown(tell: (writer: LedgerWriter) => Promise<void>): Promise<WholeLedger> {
  const witnesses = threeWitnesses();
  const writer = new LedgerWriter(firstKey, { witnesses, atLeast: 2 });
  await writer.useKeys([firstKey]);
  await writer.sequence();
  await tell(writer);
  await writer.sequence();
  const { objects: before } = await writer.ledger();
  const earlier = before.get('checkpoint') as Uint8Array;
  await writer.recordHeads();
  await writer.sequence();
  const ledger = await writer.ledger();
  const entries = ledger.events.filter(({ stream }) => stream !== 'log-head');
  const checkpoint = ledger.objects.get('checkpoint') as Uint8Array;
  const files = new Map(scans.map((bytes) => [digestOf(bytes), bytes]));
  const register = people.map(({ person, salt, particulars }) => ({ person, salt, particulars }));
  const receiptOf = async (index: number) =>
    (await inclusionReceipt({ tiles: writer.tiles, checkpoint, index })) as Uint8Array;
  return { ...ledger, entries, files, register, earlier, receiptOf, witnesses, writer };
}

/** In with the new key, a checkpoint under both, out with the old one. */
async function changeKeys(writer: LedgerWriter): Promise<void> {
  await writer.useKeys([firstKey, secondKey]);
  await writer.sequence();
  const keyId = Buffer.from(firstKey.key.keyId).toString('hex');
  await writer.useKeys([secondKey], [{ keyId, reason: 'thay khóa định kỳ' }]);
}

function tellDirectory(story: Story): void {
  const kinds = { [committee]: 'committee', [department]: 'department' } as const;
  for (const [agency, kind] of Object.entries(kinds)) {
    const name = { vi: `Cơ quan ${agency}`, en: null };
    const data = { agency, kind, province: 'son_la', name, aliases: [], classes: ['g_so_nganh'] };
    const fact: AnyFact = { type: 'agency.registered.v1', data: { ...data, document: null } };
    story.act(`agency-${agency}`, operator, fact);
  }
  for (const officer of people) tellPerson(story, officer);
}

function tellPerson(story: Story, officer: Officer): void {
  const { person, particulars, role } = officer;
  const { agency } = particulars;
  const by = cast.registrar.actor;
  const commitment = commitmentTo(officer);
  const say = (fact: PersonFact) => story.act(`person-${person}`, by, fact);
  say({ type: 'person.enrolled.v1', data: { person, agency, unit: agency, commitment } });
  const needsConfirmation = role !== 'officer';
  const dates = { from: day('2026-07-01'), to: null, document: null };
  const terms = { granterAgency: department, commitment, needsConfirmation };
  const grant = { grant: 'grant-1', role, agency, unit: agency, ...dates, ...terms };
  say({ type: 'role.granted.v1', data: grant });
  if (needsConfirmation) say({ type: 'role.confirmed.v1', data: { grant: 'grant-1' } });
}

function tellEvidence(story: Story): void {
  for (const [at, bytes] of scans.entries()) {
    const evidence = digestOf(bytes);
    const title = `Báo cáo số ${at + 1}`;
    const say = (fact: EvidenceFact) =>
      story.act(evidenceStream(evidence), cast.officer.actor, fact);
    const blob = { store: 'folder', versionId: null, retainUntil: null };
    const file = { evidence, sizeBytes: bytes.length, mediaType: 'application/pdf' };
    const about = { document: paper(title), periodCovered: null, depositedFor: department };
    say({ type: 'evidence.deposited.v1', data: { ...file, ...about, blob } });
    say({ type: 'evidence.integrity-confirmed.v1', data: { sizeBytes: bytes.length } });
  }
}

/** The first part and the first figure of the vectors, resting on streams that are here. */
async function tellFigure(story: Story): Promise<void> {
  const { story: whole } = await vectorLedger();
  const wanted = /^(contribution-.*\.I\.1\.so_tc|figure-.*\.I\.1)$/;
  for (const { entry } of whole.told) {
    if (!wanted.test(entry.stream)) continue;
    const { stream, type, data, metadata } = entry;
    const basis = [story.basis(`person-${cast.head.person}`)];
    story.act(stream, metadata.actor, { type, data } as AnyFact, basis);
  }
}

/** Where a file of evidence lies in its folder. */
export function blobPath(digest: Digest): string {
  const hex = bareHex(digest);
  return `${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`;
}
