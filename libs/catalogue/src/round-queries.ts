import type { AgencyId, Basis, Day, IndicatorCode, SourceRef } from '#kernel';
import type { Assignment, DueScope, ResponsibilitySentence } from './round.events.ts';
import type { DueDecision, Extension, Round } from './round-state.ts';

/** The date that counts, and where it comes from: every "late" cites it (DOMAIN, A figure's life). */
export type Due = {
  /** Last day on which the duty is met, +07:00. */
  readonly lastDay: Day;
  /** The event of the round that made it count. */
  readonly decidedBy: Basis;
  readonly kind: 'named-date' | 'document' | 'extension';
  /** Where the plan names it; null for a day that a document or an extension set. */
  readonly source: SourceRef | null;
};

/** The assignment in force, undefined where the round assigns no such indicator. */
export function assignmentOf(round: Round, indicator: IndicatorCode): Assignment | undefined {
  return round.assignments.get(indicator)?.assignment;
}

/** Who answers for the figure now, after successions; empty where nothing is assigned. */
export function leadsOf(round: Round, indicator: IndicatorCode): readonly AgencyId[] {
  return round.assignments.get(indicator)?.leads ?? [];
}

/**
 * Who owes a part, in order of id: as frozen, after amendments and successions, and never a lead,
 * who answers for the whole. Empty until the participants are frozen.
 */
export function participantsOf(round: Round, indicator: IndicatorCode): readonly AgencyId[] {
  const assigned = round.assignments.get(indicator);
  const agencies = [...(assigned?.participants?.agencies.keys() ?? [])];
  return agencies.filter((agency) => assigned?.leads.includes(agency) === false);
}

/** The act by which an agency came to owe a part; null where it owes none. */
export function frozenBy(round: Round, indicator: IndicatorCode, agency: AgencyId): Basis | null {
  if (!participantsOf(round, indicator).includes(agency)) return null;
  return round.assignments.get(indicator)?.participants?.agencies.get(agency) ?? null;
}

/**
 * Whether the round takes no new figures and no new duties on that day. A closing may be recorded
 * before or after its day; what counts is the day it names, from its first minute in Vietnam on.
 */
export function isClosed({ closedOn }: Pick<Round, 'closedOn'>, on: Day): boolean {
  return closedOn !== null && on >= closedOn;
}

/** The responsibility sentence that binds a kind of agency; null where the plan has none for it. */
export function sentenceFor(round: Round, agencyKind: string): ResponsibilitySentence | null {
  const { responsibility } = round.opening;
  return responsibility.find(({ agencyKinds }) => agencyKinds.includes(agencyKind)) ?? null;
}

/**
 * The date that counts for an agency's duty, null where nothing was decided. An extension comes
 * before a decision and a decision for the indicator before one for all. Of an agency's own
 * extension and one for everybody the later day counts: an extension gives time, it takes none.
 * `agency` null asks for the date of everybody who was given nothing of their own.
 */
export function dueOf(
  round: Round,
  indicator: IndicatorCode,
  scope: DueScope,
  agency: AgencyId | null,
): Due | null {
  const own = round.extensions.filter((one) => {
    return (
      one.scope === scope &&
      one.indicator === indicator &&
      (one.agency === null || one.agency === agency)
    );
  });
  const [first, ...others] = own;
  if (first !== undefined) {
    const last = others.reduce((best, one) => (one.lastDay >= best.lastDay ? one : best), first);
    return extended(last);
  }
  const assignment = assignmentOf(round, indicator);
  if (assignment === undefined) return null;
  return (
    decided(decisionFor(round, indicator, scope), assignment) ??
    decided(decisionFor(round, null, scope), assignment)
  );
}

/** The decision in force for exactly this scope and indicator (null: for all). */
export function decisionFor(
  round: Round,
  indicator: IndicatorCode | null,
  scope: DueScope,
): DueDecision | undefined {
  return round.decisions.findLast((one) => one.scope === scope && one.indicator === indicator);
}

function extended({ lastDay, decidedBy }: Extension): Due {
  return { lastDay, decidedBy, kind: 'extension', source: null };
}

function decided(decision: DueDecision | undefined, assignment: Assignment): Due | null {
  if (decision === undefined) return null;
  const { decidedBy, dateId, lastDay, scope } = decision;
  if (dateId === null) {
    return lastDay === null ? null : { lastDay, decidedBy, kind: 'document', source: null };
  }
  const named = assignment.dates.find(({ id, scopes }) => id === dateId && scopes.includes(scope));
  return named === undefined
    ? null
    : { lastDay: named.lastDay, decidedBy, kind: 'named-date', source: named.source };
}
