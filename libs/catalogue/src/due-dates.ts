import { day, lastDayBefore, lastDayOfQuarter, parseCount, parseDay } from '#kernel';
import type { Day, DocumentRef } from '#kernel';
import type { RoundCommand } from './catalogue.commands.ts';
import { checkDay, checkDocument, checkText, sameJson } from './input-checks.ts';
import { refuse } from './refusals.ts';
import type { RoundFact } from './round.events.ts';
import { decisionFor, dueOf, leadsOf, participantsOf } from './round-queries.ts';
import type { AssignedIndicator, Round } from './round-state.ts';

type DecideDue = Extract<RoundCommand, { type: 'decide-due' }>;
type ExtendDeadline = Extract<RoundCommand, { type: 'extend-deadline' }>;

/**
 * The last day that a date printed in a plan leaves, or undefined when it is none of the forms
 * met so far: "trước [ngày] D" binds until the end of the day before D, "D" until the end of D, a
 * quarter until its last day (DOMAIN, Dates in the plans). A month or a year by itself binds like
 * a quarter, until its last day; that is our reading, no plan says so. Words round the date do not
 * matter, except that a year has to stand alone: it is part of every other form.
 */
export function lastDayIn(raw: string): Day | undefined {
  const quarter = /Quý\s+(IV|I{1,3})\s*(?:\/|năm\s+)(\d{4})/u.exec(raw);
  if (quarter?.[1] !== undefined) {
    const numbers = { I: 1, II: 2, III: 3, IV: 4 } as const;
    const year = parseCount(quarter[2]);
    const number = numbers[quarter[1] as keyof typeof numbers];
    return year === undefined ? undefined : lastDayOfQuarter(year, number);
  }
  const monthAlone = /Tháng\s+(\d{1,2})\/(\d{4})/u.exec(raw);
  if (monthAlone !== null) return lastDayOfMonth(monthAlone[2], monthAlone[1]);
  const yearAlone = /^Năm\s+(\d{4})$/u.exec(raw);
  if (yearAlone !== null) return lastDayOfMonth(yearAlone[1], '12');
  const date = /(trước(?:\s+ngày)?\s+)?(\d{1,2})\/(\d{1,2})\/(\d{4})/iu.exec(raw);
  if (date === null) return undefined;
  const [, before, dayOfMonth = '', month = '', year = ''] = date;
  const named = parseDay(`${year}-${month.padStart(2, '0')}-${dayOfMonth.padStart(2, '0')}`);
  if (named === undefined) return undefined;
  return before === undefined ? named : lastDayBefore(day(named));
}

/** The day before the first of the next month; undefined where there is no such month. */
function lastDayOfMonth(
  yearText: string | undefined,
  monthText: string | undefined,
): Day | undefined {
  const [year, month] = [parseCount(yearText), parseCount(monthText?.replace(/^0/u, ''))];
  if (year === undefined || month === undefined || month < 1 || month > 12) return undefined;
  const [nextYear, next] = month === 12 ? [year + 1, 1] : [year, month + 1];
  return lastDayBefore(day(`${nextYear}-${String(next).padStart(2, '0')}-01`));
}

/**
 * Names the date that counts, for one indicator or for every one that has no decision of its own.
 * The first decision chooses among the plan's contradicting dates and may rest on nothing but a
 * reason; from then on the date is UBND tỉnh's and moves only on its document.
 */
export function decideDue(
  command: DecideDue,
  round: Round,
  assigned: AssignedIndicator | null,
): RoundFact {
  const { scope, indicator, dateId, lastDay, why, document } = command;
  checkText(why, '/why');
  if (document !== null) checkDocument(document, '/document', ['issuer']);
  // Exactly one of the two, and a day out of nowhere never counts.
  if ((dateId === null) === (lastDay === null) || (lastDay !== null && document === null)) {
    throw refuse('due/invalid', { pointer: dateId === null ? '/lastDay' : '/dateId' });
  }
  if (lastDay !== null) checkDay(lastDay, '/lastDay');
  if (dateId !== null) checkNamed(dateId, command, round, assigned);
  const data = { scope, indicator, dateId, lastDay, why, document };
  const earlier = round.decisions.find(({ decidedBy: _, ...decision }) => sameJson(decision, data));
  if (earlier !== undefined) {
    throw refuse('due/already-decided', { same: true, revision: earlier.decidedBy.revision });
  }
  const counts =
    indicator === null
      ? decisionFor(round, null, scope) !== undefined
      : dueOf(round, indicator, scope, null) !== null;
  if (counts) checkAuthority(document, round);
  return { type: 'due.decided.v1', data };
}

/** Every assignment that the decision binds must name the date, for this scope. */
function checkNamed(
  dateId: string,
  { scope, indicator }: DecideDue,
  round: Round,
  assigned: AssignedIndicator | null,
): void {
  const bound =
    assigned !== null
      ? [assigned]
      : [...round.assignments.values()].filter((one) => {
          return decisionFor(round, one.assignment.indicator, scope) === undefined;
        });
  const without = bound.filter(({ assignment }) => {
    return !assignment.dates.some(({ id, scopes }) => id === dateId && scopes.includes(scope));
  });
  if (bound.length === 0 || without.length > 0) {
    const indicators = without.map(({ assignment }) => assignment.indicator);
    throw refuse('due/date-not-named', { pointer: '/dateId', scope, indicator, indicators });
  }
}

/** More time for one agency or for everybody, always on a document. */
export function extendDeadline(command: ExtendDeadline, round: Round): RoundFact {
  const { scope, indicator, agency, lastDay, reason, document } = command;
  checkText(reason, '/reason');
  checkDay(lastDay, '/lastDay');
  checkDocument(document, '/document', ['issuer']);
  const data = { scope, indicator, agency, lastDay, reason, document };
  const earlier = round.extensionsEver.find(({ decidedBy: _, ...one }) => sameJson(one, data));
  if (earlier !== undefined) {
    throw refuse('due/already-extended', { same: true, revision: earlier.decidedBy.revision });
  }
  const bound = scope === 'figure' ? leadsOf(round, indicator) : participantsOf(round, indicator);
  if (agency !== null && !bound.includes(agency)) {
    throw refuse('due/not-a-party', { pointer: '/agency', agency });
  }
  const present = dueOf(round, indicator, scope, agency);
  if (present === null) throw refuse('due/not-decided');
  if (lastDay <= present.lastDay) {
    throw refuse('due/not-later', { pointer: '/lastDay', lastDay: present.lastDay });
  }
  checkAuthority(document, round);
  return { type: 'deadline.extended.v1', data };
}

/**
 * "A date set by UBND tỉnh moves only on a document of UBND tỉnh": the issuer must be that of the
 * plan. Where the plan names none, any issuer will do, but there must be one.
 */
export function checkAuthority(document: DocumentRef | null, round: Round): void {
  const issuer = document?.issuer ?? null;
  const authority = round.opening.legalBasis.issuer;
  if (issuer === null || (authority !== null && !isSameAuthority(issuer, authority))) {
    throw refuse('due/needs-document', { pointer: '/document/issuer', authority });
  }
}

/**
 * True for the spellings of one authority that the sources mix: "Ủy ban nhân dân tỉnh Sơn La",
 * "UBND tỉnh Sơn La", and "UBND tỉnh" where the province goes without saying.
 */
export function isSameAuthority(left: string, right: string): boolean {
  const [a, b] = [left, right].map((name) => {
    const folded = name.normalize('NFC').toLowerCase().trim().replace(/\s+/gu, ' ');
    return folded.replace(/^(?:ủy|uỷ) ban nhân dân/u, 'ubnd');
  });
  if (a === undefined || b === undefined) return false;
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short === 'ubnd tỉnh' && long.startsWith(`${short} `);
}
