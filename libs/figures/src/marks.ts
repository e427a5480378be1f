import type { FigureContext } from './contexts.ts';
import { leadsOfFigure } from './duties.ts';
import { isEvidenceComplete, isReferencedOnly } from './evidence-kinds.ts';
import type { VerificationMark } from './figure.events.ts';
import { openOrders } from './figure-state.ts';
import type { Figure, FigureVersion } from './figure-state.ts';
import { isRecordedLate } from './paper-arrival.ts';
import { isBuiltOnOlderPart } from './parts.ts';
import { answersOlderDefinition, isTranscribed, presentVersion, standing } from './versions.ts';

/**
 * Marks, not states (DOMAIN, A figure's life): what a reader must know beside the status. Some were
 * fixed by the verification and stay for ever, the others follow from the facts of today.
 */
export const marks = [
  'provisional',
  'overdue',
  'self-led',
  'not-independently-reviewed',
  'verifier-contributed',
  'evidence-complete',
  'evidence-incomplete',
  'evidence-referenced-only',
  'endorsed-by-deputy',
  'transcribed',
  'recorded-late',
  'based-on-older-part',
  'parts-outstanding',
  'answers-older-definition',
  'corrections-pending',
] as const;
export type Mark = (typeof marks)[number];

const lasting = [
  'self-led',
  'not-independently-reviewed',
  'verifier-contributed',
] as const satisfies readonly VerificationMark[];

export type MarkFacts = Pick<
  FigureContext,
  'figure' | 'today' | 'round' | 'assignment' | 'evidence' | 'references' | 'contributions'
>;

/** The marks of a figure and of its present version, in the order of `marks`. */
export function marksOf(figure: Figure, facts: MarkFacts): readonly Mark[] {
  const { assignment, round } = facts;
  const leads = leadsOfFigure('figure', facts.figure, assignment);
  const found = new Set<Mark>(figureMarks(figure, facts));
  if (leads.some(({ agency }) => agency === round.checkingAgency)) found.add('self-led');
  const present = presentVersion(figure);
  if (present !== undefined) {
    for (const mark of versionMarks(present, facts)) found.add(mark);
    for (const mark of verificationMarks(figure, present)) found.add(mark);
  }
  return marks.filter((mark) => found.has(mark));
}

function* figureMarks(figure: Figure, facts: MarkFacts): Generator<Mark> {
  if (isOverdue(figure, facts)) yield 'overdue';
  const present = presentVersion(figure);
  const isReplacementPending =
    figure.inForce !== null && present?.statement.version !== figure.inForce;
  if (isReplacementPending || openOrders(figure).length > 0) yield 'corrections-pending';
}

/** Something is owed and its last day has passed: a first version, or the answer to a return. */
function isOverdue(figure: Figure, { assignment, today, ...facts }: MarkFacts): boolean {
  if (figure.status === 'returned') {
    const lastDay = presentVersion(figure)?.returned?.lastDay;
    return lastDay !== undefined && today > lastDay;
  }
  if (presentVersion(figure) !== undefined) return false;
  const leads = leadsOfFigure('figure', facts.figure, assignment);
  // Any one of joint leads may hand in, so the figure is overdue when the last of them is late.
  return leads.every(({ due }) => due !== null && today > due.lastDay);
}

function* versionMarks(version: FigureVersion, facts: MarkFacts): Generator<Mark> {
  const { statement } = version;
  const { assignment, contributions, evidence, references } = facts;
  const required = assignment.definition.evidenceKinds;
  if (statement.status === 'P' || statement.status === 'E') yield 'provisional';
  yield isEvidenceComplete(statement.evidence, required, evidence, references)
    ? 'evidence-complete'
    : 'evidence-incomplete';
  if (isReferencedOnly(statement.evidence)) yield 'evidence-referenced-only';
  if (standing(version).some(({ signature }) => signature.form !== 'head')) {
    yield 'endorsed-by-deputy';
  }
  if (isTranscribed(version)) yield 'transcribed';
  if (isRecordedLate(version)) yield 'recorded-late';
  if (isBuiltOnOlderPart(statement, contributions)) yield 'based-on-older-part';
  if (statement.outstanding.length > 0) yield 'parts-outstanding';
  if (answersOlderDefinition(version, assignment)) yield 'answers-older-definition';
}

/**
 * What the verification of the present version left; of a pending one, nothing yet. Marks about
 * evidence and parts are left to the facts of today, which may have got better or worse.
 */
function verificationMarks(figure: Figure, { statement }: FigureVersion): readonly Mark[] {
  const left = figure.verificationMarks[statement.version] ?? [];
  return lasting.filter((mark) => left.includes(mark));
}
