import type { PaperArrival } from '#kernel';
import type { DueFacts, PartyFacts, StatementContext } from './contexts.ts';
import { readLastDay, readRemarks, transcription } from './drafting.ts';
import type { Draft } from './drafting.ts';
import type { Signatory } from './duties.ts';
import type { CorrectionInput } from './figures.commands.ts';
import { dueOfCorrection, dueOfFirst, dueOfResubmission } from './lateness.ts';
import type { OwnDate } from './lateness.ts';
import { refuse } from './refusals.ts';
import type { Subject } from './refusals.ts';
import type { EndorsementAct, ReasonedAct, Remark, ReturnAct, VersionKind } from './statement.ts';
import { readText } from './values.ts';
import { presentVersion, standing, versionToApprove } from './versions.ts';
import type { Version, Versioned } from './versions.ts';

/**
 * What figures and parts have word for word in common: handing in anew, endorsing, taking back,
 * returning. Who may do each, and from where, is for the two deciders to say; here is what the act
 * itself demands and what of it is recorded.
 */

/**
 * What kind of version a correction is. A return asks for a resubmission and nothing else; from
 * anywhere else it is an update, if a replacement was to be expected, or a correction.
 */
export function correctionKind(
  subject: Subject,
  kind: CorrectionInput['kind'],
  isReturned: boolean,
  mayBeUpdated: () => boolean,
): VersionKind {
  if ((kind === 'resubmission') !== isReturned) {
    const expected = isReturned ? ['resubmission'] : ['update', 'correction'];
    throw refuse(`${subject}/wrong-kind`, { pointer: '/kind', expected });
  }
  if (kind === 'update' && !mayBeUpdated()) {
    throw refuse(`${subject}/not-an-update`, { pointer: '/kind', expected: ['correction'] });
  }
  return kind;
}

/** Whose dates may count for a hand-in; which of them does follows from its kind. */
export type OwnDates = {
  /** The stream in which a return or an order set a date of its own. */
  readonly stream: string;
  /** The date of the plan, as the round decided or extended it. */
  readonly first: DueFacts | null;
  /** The order of a correction with the first day, of those that none has answered. */
  readonly ordered: { readonly lastDay: OwnDate['lastDay']; readonly revision: number } | null;
};

/** Reads the date that counts for a hand-in of this kind, on the day it counts as handed in. */
export function dueReader(
  kind: VersionKind,
  of: Versioned,
  { stream, first, ordered }: OwnDates,
): Draft['due'] {
  const own = (set: OwnDates['ordered']): OwnDate | null =>
    set && { lastDay: set.lastDay, decidedBy: { stream, revision: set.revision } };
  return (handedInOn) => {
    const returned = own(presentVersion(of)?.returned ?? null);
    if (kind === 'resubmission' && returned !== null) {
      return dueOfResubmission(returned, handedInOn);
    }
    if (kind === 'first') return dueOfFirst(first, handedInOn);
    return dueOfCorrection(kind === 'update' ? null : own(ordered), handedInOn);
  };
}

/** Binds one version's digest, and quotes the responsibility sentence with its source. */
export function endorsing(
  subject: Subject,
  { actor: { agency }, signature }: Signatory,
  { statement, digest }: Version,
  party: PartyFacts | undefined,
  paper: PaperArrival | null | undefined,
  context: StatementContext,
): EndorsementAct {
  const responsibility = party?.responsibility ?? null;
  if (responsibility === null) {
    throw refuse(`${subject}/no-responsibility-sentence`, { agency });
  }
  return {
    version: statement.version,
    digest,
    agency,
    responsibility,
    signature: { ...signature, ...(party?.collective === true && { onBehalf: true }) },
    ...transcription(subject, paper, context),
  };
}

type WithReason = { readonly version: number; readonly reason: string };

/** Whoever takes an endorsement back is the one who gave it, and the version is the present one. */
export function takingBack(
  subject: Subject,
  { version: number, reason }: WithReason,
  of: Versioned,
  person: string,
): ReasonedAct {
  const version = versionToApprove(subject, of, number);
  if (!standing(version).some(({ by }) => by.person === person)) {
    throw refuse('duty/not-your-endorsement');
  }
  return { version: number, digest: version.digest, reason: readText(reason, '/reason') };
}

export function withdrawing(
  subject: Subject,
  { version: number, reason }: WithReason,
  of: Versioned,
): ReasonedAct {
  const { digest } = versionToApprove(subject, of, number);
  return { version: number, digest, reason: readText(reason, '/reason') };
}

type Returning = {
  readonly version: number;
  readonly remarks: readonly Remark[];
  readonly lastDay: OwnDate['lastDay'];
  readonly paper?: PaperArrival | null;
};

/** Sends one version back with reasons, each pointing at something it has, and a day. */
export function returning<From extends 'submitted' | 'endorsed'>(
  subject: Subject,
  command: Returning,
  from: From,
  of: Versioned,
  context: StatementContext,
): ReturnAct & { readonly from: From } {
  const version = versionToApprove(subject, of, command.version);
  const remarks = readRemarks(subject, command.remarks, version, context);
  const lastDay = readLastDay(subject, command.lastDay, context.today);
  const paper = transcription(subject, command.paper, context);
  const { digest } = version;
  return { version: command.version, digest, from, remarks, lastDay, ...paper };
}
