import { bareHex, canonicalJson } from '#kernel';
import type {
  Actor,
  AgencyId,
  Decider,
  Decision,
  Digest,
  DocumentRef,
  Instant,
  Period,
  Recorded,
} from '#kernel';
import type { ActingPerson } from '#directory';
import {
  actorFor,
  checkAgency,
  checkDocument,
  checkPeriod,
  checkText,
  reasonLengthMax,
} from './description.ts';
import type { EvidenceCommand } from './evidence.commands.ts';
import type { EvidenceFact } from './evidence.events.ts';
import { refuseEvidence } from './refusals.ts';

type Deposited = Extract<EvidenceFact, { type: 'evidence.deposited.v1' }>['data'];
type Signatures = Extract<EvidenceFact, { type: 'evidence.signatures-observed.v1' }>['data'];
type Deposit = Extract<EvidenceCommand, { type: 'deposit' }>;

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
  /** As last described; earlier descriptions stay in the stream. */
  readonly document: DocumentRef;
  readonly periodCovered: Period | null;
  readonly depositedFor: AgencyId;
  readonly depositedBy: Actor;
  /** When it was received, which is another thing than the period it covers. */
  readonly depositedAt: Instant;
  readonly blob: Deposited['blob'];
  /** Agencies that may read it beside the depositing one; null while nobody restricted it. */
  readonly restrictedTo: readonly AgencyId[] | null;
  readonly signatures: Signatures['signatures'] | null;
  readonly onHold: boolean;
  readonly integrity: Integrity;
};

/** What lies in the blob store under the digest, found by the handler; null when nothing does. */
export type FoundContent = Pick<Deposited, 'sizeBytes' | 'mediaType' | 'blob'>;

export type EvidenceContext = {
  readonly acting: ActingPerson;
  /** Those of the agencies named by the command that are registered. */
  readonly registered: ReadonlySet<AgencyId>;
  readonly found: FoundContent | null;
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
  creates: ({ type }) => type === 'deposit',
  decide,
  evolve: (evidence, event) => {
    if (event.type === 'evidence.deposited.v1') return deposited(event);
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
  if (evidence === null) throw refuseEvidence('evidence/unknown');
  const actor = actorFor(context.acting, evidence.depositedFor);
  checkText(command.reason, reasonLengthMax, '/reason', 'many');
  const { reason } = command;
  if (command.type === 'restrict-access') {
    checkReaders(command.to, context.registered);
    if (same(command.to, evidence.restrictedTo)) throw refuseEvidence('evidence/nothing-changed');
    const data = { to: command.to, reason };
    return { actor, facts: [{ type: 'evidence.access-restricted.v1', data }] };
  }
  const { document, periodCovered } = command;
  checkDocument(document, evidence.evidence);
  checkPeriod(periodCovered);
  const unchanged = { document: evidence.document, periodCovered: evidence.periodCovered };
  if (same({ document, periodCovered }, unchanged)) {
    throw refuseEvidence('evidence/nothing-changed');
  }
  const data = { document, periodCovered, reason };
  return { actor, facts: [{ type: 'evidence.described.v1', data }] };
}

function deposit(
  command: Deposit,
  present: Evidence | null,
  { acting, registered, found }: EvidenceContext,
): Decision<EvidenceFact> {
  const { evidence, document, periodCovered, depositedFor } = command;
  checkAgency(depositedFor, registered, '/depositedFor');
  const actor = actorFor(acting, depositedFor);
  checkDocument(document, evidence);
  checkPeriod(periodCovered);
  // One file may back many figures of many agencies; whoever comes second links to the first.
  if (present !== null) throw alreadyDeposited(command, present);
  if (found === null) throw refuseEvidence('evidence/content-missing', { evidence });
  const { sizeBytes, mediaType, blob } = found;
  const data = { evidence, sizeBytes, mediaType, document, periodCovered, depositedFor, blob };
  return { actor, facts: [{ type: 'evidence.deposited.v1', data }] };
}

/** Says by whom and when. `same`: nothing is left to do but to link to it. */
function alreadyDeposited(command: Deposit, present: Evidence): Error {
  const { document, periodCovered, depositedFor } = present;
  const { document: asked, periodCovered: covering, depositedFor: agency } = command;
  return refuseEvidence('evidence/already-deposited', {
    evidence: present.evidence,
    depositedFor,
    depositedAt: present.depositedAt,
    same: same(
      { document, periodCovered, depositedFor },
      { document: asked, periodCovered: covering, depositedFor: agency },
    ),
  });
}

function checkReaders(agencies: readonly AgencyId[], registered: ReadonlySet<AgencyId>): void {
  agencies.forEach((agency, index) => {
    checkAgency(agency, registered, `/to/${index}`);
    if (agencies.indexOf(agency) < index) {
      throw refuseEvidence('evidence/agency-invalid', { pointer: `/to/${index}`, twice: true });
    }
  });
}

function same(left: unknown, right: unknown): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

function deposited({ data, metadata }: Recorded<EvidenceFact> & { data: Deposited }): Evidence {
  return {
    ...data,
    depositedBy: metadata.actor,
    depositedAt: metadata.recordedAt,
    restrictedTo: null,
    signatures: null,
    onHold: false,
    integrity: { status: 'unchecked' },
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
      return { ...evidence, document, periodCovered };
    }
    case 'evidence.access-restricted.v1':
      return { ...evidence, restrictedTo: event.data.to };
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
  }
}
