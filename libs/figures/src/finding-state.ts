import type { Actor, AgencyId, Day, DocumentRef, Instant, Recorded } from '#kernel';
import type { FindingCommand } from './finding.commands.ts';
import type { FindingFact, FindingKind, FindingSubject } from './finding.events.ts';
import { refuse } from './refusals.ts';

/** Open until somebody answers; both stand in the way of certification (DOMAIN). */
export const findingStatuses = ['open', 'answered', 'overruled', 'closed'] as const;
export type FindingStatus = (typeof findingStatuses)[number];

export type FindingAnswer = {
  readonly answer: string;
  readonly by: Actor;
  readonly text: string;
  readonly at: Instant;
  readonly late: boolean;
};

/** One finding as its stream tells it; null before it was raised. */
export type Finding = {
  readonly finding: string;
  readonly kind: FindingKind;
  readonly subject: FindingSubject;
  readonly asked: readonly AgencyId[];
  readonly text: string;
  readonly answerBy: Day;
  readonly document: DocumentRef | null;
  readonly by: Actor;
  readonly raisedAt: Instant;
  readonly status: FindingStatus;
  readonly answers: readonly FindingAnswer[];
  /** Stays when the finding is closed afterwards: it was certified past by this document. */
  readonly overruled: { readonly by: Actor; readonly document: DocumentRef } | null;
  readonly closed: {
    readonly by: Actor;
    readonly outcome: 'settled' | 'withdrawn';
    readonly reason: string;
  } | null;
};

/**
 * From which status each act starts. An overruled finding blocks nothing any more; it is still its
 * raiser's to close, and no answer is owed.
 */
export const findingTransitions: Readonly<
  Record<Exclude<FindingCommand['type'], 'raise'>, readonly FindingStatus[]>
> = {
  answer: ['open', 'answered'],
  overrule: ['open', 'answered'],
  close: ['open', 'answered', 'overruled'],
};

/** The finding, which must exist and be where this act may start. */
export function findingFor(
  finding: Finding | null,
  command: Exclude<FindingCommand['type'], 'raise'>,
): Finding {
  if (finding === null) throw refuse('finding/unknown');
  const { status } = finding;
  const from = findingTransitions[command];
  if (!from.includes(status)) throw refuse('finding/wrong-status', { command, status, from });
  return finding;
}

/** Open in the sense of certification: neither settled nor overruled. */
export function isOpenFinding({ status }: Pick<Finding, 'status'>): boolean {
  return status === 'open' || status === 'answered';
}

export function evolveFinding(
  finding: Finding | null,
  event: Recorded<FindingFact>,
): Finding | null {
  const { actor: by, recordedAt } = event.metadata;
  if (event.type === 'finding.raised.v1') {
    const { evidence: _, ...raised } = event.data;
    return {
      ...raised,
      by,
      raisedAt: recordedAt,
      status: 'open',
      answers: [],
      overruled: null,
      closed: null,
    };
  }
  if (finding === null) return null;
  switch (event.type) {
    case 'finding.answered.v1': {
      const { answer, text, due } = event.data;
      const answers = [...finding.answers, { answer, by, text, at: recordedAt, late: due.late }];
      return { ...finding, status: 'answered', answers };
    }
    case 'finding.overruled.v1': {
      const { document } = event.data;
      return { ...finding, status: 'overruled', overruled: { by, document } };
    }
    case 'finding.closed.v1': {
      const { outcome, reason } = event.data;
      return { ...finding, status: 'closed', closed: { by, outcome, reason } };
    }
  }
}
