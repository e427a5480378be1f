import { isUuid } from '#kernel';
import type { Actor, AgencyId, Decider, Digest, DocumentRef, Instant, Period } from '#kernel';
import type { ActingPerson } from '#directory';
import {
  actorFor,
  checkAgency,
  checkDocument,
  checkHolding,
  checkPeriod,
  checkText,
  reasonLengthMax,
} from './description.ts';
import type { EvidenceReferenceCommand } from './evidence.commands.ts';
import type { EvidenceReferenceFact } from './evidence.events.ts';
import { refuseEvidence } from './refusals.ts';

/**
 * A paper that may not be uploaded (state secrets, a bound original): who holds it and how it is
 * found there. It counts as *referenced only* wherever it is shown, never as evidence handed in.
 */
export type EvidenceReference = {
  readonly reference: string;
  readonly document: DocumentRef;
  readonly heldBy: string;
  readonly archiveMark: string | null;
  /** Of the paper's file where its holder told it, so that a later look can be compared. */
  readonly digest: Digest | null;
  readonly reason: string;
  readonly periodCovered: Period | null;
  readonly depositedFor: AgencyId;
  readonly referencedBy: Actor;
  readonly referencedAt: Instant;
};

export type EvidenceReferenceContext = {
  readonly acting: ActingPerson;
  /** Holds the agency it is for, if that is registered. */
  readonly registered: ReadonlySet<AgencyId>;
};

export function evidenceReferenceStream(reference: string): string {
  return `evidence-ref-${reference}`;
}

/** A reference is made once. What was wrong with it is said by a new one with its own reason. */
export const evidenceReferenceDecider: Decider<
  EvidenceReferenceCommand,
  EvidenceReference | null,
  EvidenceReferenceFact,
  EvidenceReferenceContext
> = {
  initial: null,
  creates: () => true,
  decide: (command, present, { acting, registered }) => {
    const { type: _type, ...data } = command;
    if (!isUuid(data.reference)) {
      throw refuseEvidence('evidence/reference-invalid', { pointer: '/reference' });
    }
    checkAgency(data.depositedFor, registered, '/depositedFor');
    const actor = actorFor(acting, data.depositedFor);
    checkDocument(data.document, data.digest);
    checkHolding(data);
    checkText(data.reason, reasonLengthMax, '/reason', 'many');
    checkPeriod(data.periodCovered);
    if (present !== null) {
      const { depositedFor, referencedAt } = present;
      throw refuseEvidence('evidence/already-referenced', { depositedFor, referencedAt });
    }
    return { actor, facts: [{ type: 'evidence.referenced.v1', data }] };
  },
  evolve: (_present, { data, metadata }) => {
    return { ...data, referencedBy: metadata.actor, referencedAt: metadata.recordedAt };
  },
};
