import { bareHex, canonicalJson, derivedUuid, isRoundId } from '#kernel';
import type {
  Actor,
  AgencyId,
  Decider,
  Decision,
  Digest,
  Instant,
  Recorded,
  RoundId,
} from '#kernel';
import type { ActingPerson } from '#directory';
import type { BlobInterference } from './blob-store.ts';
import { readableDeposit } from './deposit.ts';
import type { Deposit } from './deposit.ts';
import {
  actorFor,
  capacityFor,
  checkAgency,
  checkDocument,
  checkPeriod,
  checkText,
  reasonLengthMax,
} from './description.ts';
import type { EvidenceCommand } from './evidence.commands.ts';
import type { EvidenceFact } from './evidence.events.ts';
import { refuseEvidence } from './refusals.ts';

type DataOf<T extends EvidenceFact['type']> = Extract<EvidenceFact, { type: T }>['data'];
type Deposited = DataOf<'evidence.deposited.v1'>;
type CommandOf<T extends EvidenceCommand['type']> = Extract<EvidenceCommand, { type: T }>;
/** Acts on one agency's deposit of a file that is there. */
type OnDeposit = CommandOf<'describe' | 'restrict-access' | 'grant-access'>;

/** What the last look at the stored bytes showed. Without one, they are as they were put. */
export type Integrity =
  | { readonly status: 'unchecked' }
  | { readonly status: 'sound'; readonly at: Instant }
  | {
      readonly status: 'failed';
      readonly at: Instant;
      readonly fault: 'missing' | 'changed' | 'unreadable';
    };

/** One deposited file as its stream tells it. A stream without events folds to null. */
export type Evidence = {
  readonly evidence: Digest;
  readonly sizeBytes: number;
  readonly mediaType: string;
  readonly blob: Deposited['blob'];
  /** One for each agency that handed it in, oldest first; never empty. */
  readonly deposits: readonly Deposit[];
  readonly signatures: DataOf<'evidence.signatures-observed.v1'>['signatures'] | null;
  readonly onHold: boolean;
  readonly integrity: Integrity;
  /** What was laid over the bytes by somebody with rights in the store; they are there still. */
  readonly interferences: readonly (BlobInterference & { readonly noticedAt: Instant })[];
};

/** What lies in the blob store under the digest, found by the handler; null when nothing does. */
export type FoundContent = Pick<Deposited, 'sizeBytes' | 'mediaType' | 'blob'>;

export type EvidenceContext = {
  readonly acting: ActingPerson;
  /** Those of the agencies named by the command that are registered. */
  readonly registered: ReadonlySet<AgencyId>;
  /** For a deposit: the bytes, where whoever sends it showed that they have them. */
  readonly found: FoundContent | null;
};

/**
 * Who notices on behalf of the ledger. The id is nobody's and no session can have it; the role is
 * the one of whoever runs the ledger (decision 0015).
 */
export const ledgerItself: Actor = {
  person: derivedUuid(['the ledger itself']),
  agency: 'he_thong.so_minh_chung',
  unit: 'he_thong.so_minh_chung',
  role: 'operator',
  actingFor: null,
};

export function evidenceStream(evidence: Digest): string {
  return `evidence-${bareHex(evidence)}`;
}

/** Every rule of one piece of evidence. */
export const evidenceDecider: Decider<
  EvidenceCommand,
  Evidence | null,
  EvidenceFact,
  EvidenceContext
> = {
  initial: null,
  // A second agency's deposit names no revision either: it must not have to know of the first.
  creates: ({ type }) => type === 'deposit' || type === 'notice-interference',
  decide,
  evolve: (evidence, event) => {
    if (event.type === 'evidence.deposited.v1') return deposited(evidence, event);
    // The store keeps a stream's first event first; anything else is a damaged history.
    if (evidence === null) throw new TypeError(`${event.stream}: begins with ${event.type}`);
    return evolveDeposited(evidence, event);
  },
};

function decide(
  command: EvidenceCommand,
  evidence: Evidence | null,
  context: EvidenceContext,
): Decision<EvidenceFact> {
  if (command.type === 'deposit') return deposit(command, evidence, context);
  if (command.type === 'notice-interference') return notice(command, evidence);
  const present = depositIn(command, evidence, context);
  const actor = actorFor(context.acting, present.depositedFor);
  checkText(command.reason, reasonLengthMax, '/reason', 'many');
  return { actor, facts: [factOf(command, present, context)] };
}

function factOf(
  command: OnDeposit,
  present: Deposit & Pick<Evidence, 'evidence'>,
  { registered }: EvidenceContext,
): EvidenceFact {
  const { reason } = command;
  const { depositedFor } = present;
  if (command.type === 'restrict-access') {
    const { to } = command;
    checkReaders(to, registered);
    const isSame = same(to, present.restrictedTo) && present.publishedTo.length === 0;
    if (isSame) throw refuseEvidence('evidence/nothing-changed');
    return { type: 'evidence.access-restricted.v1', data: { depositedFor, to, reason } };
  }
  if (command.type === 'grant-access') {
    const { to, rounds } = command;
    checkReaders(to, registered);
    checkRounds(rounds);
    const isGranted =
      to.every((agency) => present.grantedTo.includes(agency)) &&
      rounds.every((round) => present.publishedTo.includes(round));
    if (isGranted) throw refuseEvidence('evidence/nothing-changed');
    return { type: 'evidence.access-granted.v1', data: { depositedFor, to, rounds, reason } };
  }
  const { document, periodCovered } = command;
  checkDocument(document, present.evidence);
  checkPeriod(periodCovered);
  const unchanged = { document: present.document, periodCovered: present.periodCovered };
  if (same({ document, periodCovered }, unchanged)) {
    throw refuseEvidence('evidence/nothing-changed');
  }
  const data = { depositedFor, document, periodCovered, reason };
  return { type: 'evidence.described.v1', data };
}

/**
 * The deposit that an act is about: the one it names, else the only one its sender may act for.
 * Who may not even read the file is told that there is none.
 */
function depositIn(
  { depositedFor }: OnDeposit,
  evidence: Evidence | null,
  { acting }: EvidenceContext,
): Deposit & Pick<Evidence, 'evidence'> {
  const deposits = evidence?.deposits ?? [];
  if (evidence === null || readableDeposit(deposits, { acting, round: null }) === undefined) {
    throw refuseEvidence('evidence/unknown');
  }
  const own = deposits.filter((one) => capacityFor(acting, one.depositedFor) !== undefined);
  const named = own.filter(
    (one) => depositedFor === undefined || one.depositedFor === depositedFor,
  );
  // A registrar may act for several; of a person's own agencies the first that deposited is meant.
  const agencies = acting.capacities.map(({ agency }) => agency);
  const [first, another] = named;
  const meant =
    another === undefined ? first : named.find((one) => agencies.includes(one.depositedFor));
  if (meant !== undefined) return { ...meant, evidence: evidence.evidence };
  if (first === undefined) throw refuseEvidence('evidence/not-your-agency');
  throw refuseEvidence('evidence/deposit-unnamed', { pointer: '/depositedFor' });
}

function deposit(
  command: CommandOf<'deposit'>,
  present: Evidence | null,
  { acting, registered, found }: EvidenceContext,
): Decision<EvidenceFact> {
  const { evidence, document, periodCovered, depositedFor } = command;
  checkAgency(depositedFor, registered, '/depositedFor');
  const actor = actorFor(acting, depositedFor);
  checkDocument(document, evidence);
  checkPeriod(periodCovered);
  // One file may back many figures of many agencies; each agency hands it in once, in its own words.
  const own = present?.deposits.find((one) => one.depositedFor === depositedFor);
  if (own !== undefined) throw alreadyDeposited(command, own);
  if (found === null) throw refuseEvidence('evidence/content-missing', { evidence });
  const { sizeBytes, mediaType, blob } = found;
  const data = { evidence, sizeBytes, mediaType, document, periodCovered, depositedFor, blob };
  return { actor, facts: [{ type: 'evidence.deposited.v1', data }] };
}

/** Says by whom and when. `same`: nothing is left to do but to link to it. */
function alreadyDeposited(command: CommandOf<'deposit'>, present: Deposit): Error {
  const { document, periodCovered, depositedFor, depositedAt } = present;
  const { document: asked, periodCovered: covering } = command;
  return refuseEvidence('evidence/already-deposited', {
    evidence: command.evidence,
    depositedFor,
    depositedAt,
    same: same({ document, periodCovered }, { document: asked, periodCovered: covering }),
  });
}

/** What was done over the bytes in the store, once for each version that did it. */
function notice(
  { found }: CommandOf<'notice-interference'>,
  present: Evidence | null,
): Decision<EvidenceFact> {
  if (present === null) throw refuseEvidence('evidence/unknown');
  if (present.interferences.some(({ versionId }) => versionId === found.versionId)) {
    throw refuseEvidence('evidence/nothing-changed');
  }
  const { kind, versionId, at } = found;
  const data = { kind, versionId, at };
  return { actor: ledgerItself, facts: [{ type: 'evidence.interference-noticed.v1', data }] };
}

function checkReaders(agencies: readonly AgencyId[], registered: ReadonlySet<AgencyId>): void {
  agencies.forEach((agency, index) => {
    checkAgency(agency, registered, `/to/${index}`);
    if (agencies.indexOf(agency) < index) {
      throw refuseEvidence('evidence/agency-invalid', { pointer: `/to/${index}`, twice: true });
    }
  });
}

function checkRounds(rounds: readonly RoundId[]): void {
  rounds.forEach((round, index) => {
    if (!isRoundId(round) || rounds.indexOf(round) < index) {
      throw refuseEvidence('evidence/round-invalid', { pointer: `/rounds/${index}` });
    }
  });
}

function same(left: unknown, right: unknown): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

function deposited(
  present: Evidence | null,
  { data, metadata }: Recorded<EvidenceFact> & { data: Deposited },
): Evidence {
  const { document, periodCovered, depositedFor, ...file } = data;
  const own: Deposit = {
    depositedFor,
    depositedBy: metadata.actor,
    depositedAt: metadata.recordedAt,
    document,
    periodCovered,
    restrictedTo: null,
    grantedTo: [],
    publishedTo: [],
  };
  // The bytes are the same ones: where they lie was said by the first deposit.
  if (present !== null) return { ...present, deposits: [...present.deposits, own] };
  return {
    ...file,
    deposits: [own],
    signatures: null,
    onHold: false,
    integrity: { status: 'unchecked' },
    interferences: [],
  };
}

function evolveDeposited(
  evidence: Evidence,
  event: Exclude<Recorded<EvidenceFact>, { type: 'evidence.deposited.v1' }>,
): Evidence {
  const at = event.metadata.recordedAt;
  switch (event.type) {
    case 'evidence.described.v1': {
      const { document, periodCovered } = event.data;
      return changed(evidence, event.data, () => ({ document, periodCovered }));
    }
    case 'evidence.access-restricted.v1': {
      const { to } = event.data;
      const narrowed = { restrictedTo: to, grantedTo: to, publishedTo: [] };
      return changed(evidence, event.data, () => narrowed);
    }
    case 'evidence.access-granted.v1': {
      const { to, rounds } = event.data;
      return changed(evidence, event.data, ({ restrictedTo, grantedTo, publishedTo }) => ({
        restrictedTo: restrictedTo && together(restrictedTo, to),
        grantedTo: together(grantedTo, to),
        publishedTo: together(publishedTo, rounds),
      }));
    }
    case 'evidence.signatures-observed.v1':
      return { ...evidence, signatures: event.data.signatures };
    case 'evidence.retention-extended.v1': {
      const { retainUntil } = event.data;
      return { ...evidence, blob: { ...evidence.blob, retainUntil } };
    }
    case 'evidence.hold-placed.v1':
      return { ...evidence, onHold: true };
    case 'evidence.hold-released.v1':
      return { ...evidence, onHold: false };
    case 'evidence.integrity-confirmed.v1':
      return { ...evidence, integrity: { status: 'sound', at } };
    case 'evidence.integrity-failed.v1':
      return { ...evidence, integrity: { status: 'failed', at, fault: event.data.fault } };
    case 'evidence.interference-noticed.v1': {
      const interference = { ...event.data, noticedAt: at };
      return { ...evidence, interferences: [...evidence.interferences, interference] };
    }
  }
}

/** The deposit a fact is about; the first, where it is from before there could be a second. */
function changed(
  evidence: Evidence,
  { depositedFor }: { readonly depositedFor?: AgencyId },
  change: (deposit: Deposit) => Partial<Deposit>,
): Evidence {
  const meant = depositedFor ?? evidence.deposits[0]?.depositedFor;
  const deposits = evidence.deposits.map((one) => {
    return one.depositedFor === meant ? { ...one, ...change(one) } : one;
  });
  return { ...evidence, deposits };
}

function together<T>(some: readonly T[], more: readonly T[]): readonly T[] {
  return [...new Set([...some, ...more])];
}
