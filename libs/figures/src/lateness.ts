import type { Basis, Day, PaperArrival } from '#kernel';
import type { DueFacts } from './contexts.ts';
import type { DueReading } from './statement.ts';

/**
 * Late is recorded as late, never refused. Every "late" cites the date that counts and where it
 * comes from (DOMAIN, A figure's life).
 */

/** A date that another event of the same stream set: a return, or an inspector's order. */
export type OwnDate = { readonly lastDay: Day; readonly decidedBy: Basis };

/**
 * The date that counts for a version, read on the day it counts as handed in. An act that came on
 * paper counts from its arrival; whoever typed it in later does not make it late.
 */
export function readDue(
  due: Omit<DueReading, 'handedInOn' | 'late'> | null,
  handedInOn: Day,
): DueReading | null {
  if (due === null) return null;
  const { lastDay, decidedBy, kind, source } = due;
  return { lastDay, decidedBy, kind, source, handedInOn, late: handedInOn > lastDay };
}

/** Lateness of the first hand-in stays apart from that of later ones. */
export function dueOfFirst(due: DueFacts | null, handedInOn: Day): DueReading | null {
  return readDue(due, handedInOn);
}

/** A return sets its own date. */
export function dueOfResubmission(returned: OwnDate, handedInOn: Day): DueReading | null {
  return readDue({ ...returned, kind: 'return', source: null }, handedInOn);
}

/**
 * Nobody owes an update or a correction by a day of the plan, so there is no date to be late for,
 * unless an inspector's conclusion ordered the correction and named one.
 */
export function dueOfCorrection(ordered: OwnDate | null, handedInOn: Day): DueReading | null {
  return ordered === null
    ? null
    : readDue({ ...ordered, kind: 'document', source: null }, handedInOn);
}

/** The day a statement counts as handed in, given the arrival as it was read. */
export function handInDay(paper: PaperArrival | null, today: Day): Day {
  return paper?.arrivedOn ?? today;
}
