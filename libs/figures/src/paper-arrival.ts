import { addDays, dayInVietnam } from '#kernel';
import type { Day, Instant, PaperArrival } from '#kernel';
import type { StatementContext } from './contexts.ts';
import { refuse } from './refusals.ts';
import type { Subject } from './refusals.ts';
import { readText } from './values.ts';

/**
 * The day a paper arrived is what somebody types, and lateness follows it (DOMAIN, Streams and
 * events). So it is bounded on both sides by what the ledger knows, and where it lies far before
 * the typing, words are asked for and the checker is shown both days.
 */

/** Most days between arrival and recording that need no words: our proposal. */
export const transcriptionDaysMax = 7;

/**
 * The arrival as it is recorded. Refuses a day after today, one before the round's plan or before
 * the document's own date, and a late recording without a reason.
 */
export function readArrival(
  subject: Subject,
  paper: PaperArrival,
  { today, round, evidence: files }: StatementContext,
): PaperArrival {
  const { arrivalNumber, arrivedOn, evidence, reason = null } = paper;
  const pointer = '/paper/arrivedOn';
  readText(arrivalNumber, '/paper/arrivalNumber', 100, 'one');
  if (arrivedOn > today) {
    throw refuse(`${subject}/arrival-in-future`, { pointer, expected: today });
  }
  const document = files.find((file) => file.evidence === evidence);
  const issuedOn = document?.documentDate ?? round.opensOn;
  const expected = issuedOn > round.opensOn ? issuedOn : round.opensOn;
  if (arrivedOn < expected) throw refuse(`${subject}/arrival-too-early`, { pointer, expected });
  const words = reason === null ? null : readText(reason, '/paper/reason');
  if (words === null && isLongBefore(arrivedOn, today)) {
    throw refuse(`${subject}/arrival-unexplained`, {
      pointer: '/paper/reason',
      recordedOn: today,
      daysMax: transcriptionDaysMax,
    });
  }
  return { arrivalNumber, arrivedOn, evidence, ...(words !== null && { reason: words }) };
}

/** Whether so much time passed between arrival and recording that somebody should look at it. */
export function isRecordedLate({
  statement,
  recordedAt,
}: {
  readonly statement: { readonly paper: PaperArrival | null };
  readonly recordedAt: Instant;
}): boolean {
  const { paper } = statement;
  return paper !== null && isLongBefore(paper.arrivedOn, dayInVietnam(recordedAt));
}

function isLongBefore(arrivedOn: Day, recordedOn: Day): boolean {
  return addDays(arrivedOn, transcriptionDaysMax) < recordedOn;
}
