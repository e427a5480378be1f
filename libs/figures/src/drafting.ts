import type { AgencyId, Day, Digest, DocumentRef, PaperArrival } from '#kernel';
import type { ComponentDefinition } from '#catalogue';
import type { StatementContext } from './contexts.ts';
import type { StatementInput } from './figures.commands.ts';
import { handInDay } from './lateness.ts';
import { readArrival } from './paper-arrival.ts';
import { refuse } from './refusals.ts';
import type { Subject } from './refusals.ts';
import type { DueReading, EvidenceLink, Remark, Statement, VersionKind } from './statement.ts';
import { readText, readValues } from './values.ts';
import type { Version } from './versions.ts';

/**
 * From a hand-in to the statement that is recorded, for figures and parts alike: texts, values
 * against the definition, evidence against the register, the date that counts.
 */

export type Draft = {
  readonly subject: Subject;
  readonly version: number;
  readonly kind: VersionKind;
  /** The agency that answers for the statement. */
  readonly agency: AgencyId;
  /** Components that may be stated here. */
  readonly components: readonly ComponentDefinition[];
  /** Reads the date that counts, given the day the statement counts as handed in. */
  readonly due: (handedInOn: Day) => DueReading | null;
};

/** A statement with values. Status M is refused: what cannot be had is declared, with a reason. */
export function draftStatement(
  draft: Draft,
  input: StatementInput,
  context: StatementContext,
): Statement {
  if (input.status === 'M') {
    throw refuse('value/status-missing', { pointer: '/status', expected: ['A', 'P', 'E', 'B'] });
  }
  const values = readValues(input.values, draft.components);
  return compose(draft, { ...input, values }, context);
}

/** A statement that there is nothing to state: status M, no values, a reason beside it. */
export function draftAbsence(
  draft: Draft,
  input: {
    readonly asOf: Day;
    readonly evidence: readonly EvidenceLink[];
    readonly paper?: PaperArrival | null;
  },
  context: StatementContext,
): Statement {
  const { asOf, evidence, paper = null } = input;
  const nothing = { values: [], method: null, note: null } as const;
  return compose(draft, { ...nothing, status: 'M', asOf, evidence, paper }, context);
}

function compose(
  { subject, version, kind, agency, due }: Draft,
  input: Omit<StatementInput, 'values'> & Pick<Statement, 'values'>,
  context: StatementContext,
): Statement {
  const { status, values, asOf, method, evidence, note, paper } = input;
  // A statement speaks of what was, up to a day; nobody can have counted what is still to come.
  if (asOf > context.today) {
    throw refuse('value/as-of-in-future', { pointer: '/asOf', lastDay: context.today });
  }
  if (method !== null) readText(method, '/method');
  if (note !== null) readText(note, '/note');
  const links = readLinks(subject, evidence, context);
  const arrived = readPaper(subject, paper, context);
  const { round, assignment } = context;
  const { definition, edition } = assignment;
  return {
    version,
    kind,
    round: round.id,
    indicator: definition.code,
    agency,
    definition: { framework: round.framework, edition, revision: definition.revision },
    status,
    values,
    asOf,
    method,
    evidence: links,
    due: due(handInDay(arrived, context.today)),
    paper: arrived,
    note,
  };
}

/**
 * An act that came on paper: the stamped paper is in the register and arrived when it can have.
 * Whoever types it in acts, in their own capacity; no paper gives anybody another's.
 */
export function readPaper(
  subject: Subject,
  paper: PaperArrival | null | undefined,
  context: StatementContext,
): PaperArrival | null {
  if (paper === null || paper === undefined) return null;
  refuseMissingFile(subject, paper.evidence, '/paper/evidence', context);
  return readArrival(subject, paper, context);
}

/** The member of an approving fact that says it came on paper; none where it did not. */
export function transcription(
  subject: Subject,
  paper: PaperArrival | null | undefined,
  context: StatementContext,
): { readonly paper?: PaperArrival } {
  const read = readPaper(subject, paper, context);
  return read === null ? {} : { paper: read };
}

/**
 * Each link names a file or a reference, never both, and what it names is in the register. The
 * component it supports exists in the definition.
 */
export function readLinks(
  subject: Subject,
  links: readonly EvidenceLink[],
  context: StatementContext,
): readonly EvidenceLink[] {
  const keys = context.assignment.definition.components.map(({ key }) => key);
  return links.map(({ evidence, reference, component, page }, index) => {
    const pointer = `/evidence/${index}`;
    if ((evidence === null) === (reference === null)) {
      throw refuse(`${subject}/evidence-link-invalid`, { pointer });
    }
    if (component !== null && !keys.includes(component)) {
      throw refuse(`${subject}/evidence-link-invalid`, {
        pointer: `${pointer}/component`,
        expected: keys,
      });
    }
    if (page !== null) readText(page, `${pointer}/page`, 100, 'one');
    if (evidence !== null) refuseMissingFile(subject, evidence, `${pointer}/evidence`, context);
    const isKnown = context.references.some((known) => known.reference === reference);
    if (reference !== null && !isKnown) {
      throw refuse(`${subject}/evidence-missing`, {
        pointer: `${pointer}/reference`,
        reference,
        fault: 'absent',
      });
    }
    return { evidence, reference, component, page };
  });
}

/** A file that was never handed in supports nothing, nor does one that is no longer whole. */
export function refuseMissingFile(
  subject: Subject,
  evidence: Digest,
  pointer: string,
  context: StatementContext,
): void {
  const known = context.evidence.find((facts) => facts.evidence === evidence);
  if (known !== undefined && !known.integrityFailed) return;
  const fault = known === undefined ? 'absent' : 'integrity-failed';
  throw refuse(`${subject}/evidence-missing`, { pointer, evidence, fault });
}

/** A document that an act rests on, member by member: its texts are recorded as they stand. */
export function readDocument(document: DocumentRef, pointer: string): DocumentRef {
  const { kind, number, date, issuer, title, digest } = document;
  readText(title, `${pointer}/title`, 1000, 'one');
  if (number !== null) readText(number, `${pointer}/number`, 100, 'one');
  if (issuer !== null) readText(issuer, `${pointer}/issuer`, 500, 'one');
  return { kind, number, date, issuer, title, digest };
}

/**
 * A document whose file the ledger holds, for acts that rest on nothing else. Only figures know
 * such acts.
 */
export function readFiledDocument(
  document: DocumentRef | null,
  pointer: string,
  context: StatementContext,
): DocumentRef {
  if (document === null || document.digest === null) {
    throw refuse('figure/document-required', { pointer: `${pointer}/digest` });
  }
  refuseMissingFile('figure', document.digest, `${pointer}/digest`, context);
  return readDocument(document, pointer);
}

/** An approval of a version whose files are no longer whole would approve something else. */
export function refuseBrokenEvidence(
  subject: Subject,
  { statement }: Version,
  context: StatementContext,
): void {
  statement.evidence.forEach(({ evidence }) => {
    if (evidence !== null) refuseMissingFile(subject, evidence, '/version', context);
  });
}

/** Reasons of a return or a question, each pointing at something this version has. */
export function readRemarks(
  subject: Subject,
  remarks: readonly Remark[],
  { statement }: Version,
  { assignment }: StatementContext,
): readonly Remark[] {
  if (remarks.length === 0) throw refuse(`${subject}/remarks-required`, { pointer: '/remarks' });
  const stated = statement.values.map(({ component }) => component);
  const keys = new Set([...assignment.definition.components.map(({ key }) => key), ...stated]);
  return remarks.map(({ component, evidence, text }, index) => {
    const pointer = `/remarks/${index}`;
    if (component !== null && !keys.has(component)) {
      throw refuse(`${subject}/remark-target-unknown`, { pointer: `${pointer}/component` });
    }
    if (evidence !== null && !statement.evidence.some((link) => link.evidence === evidence)) {
      throw refuse(`${subject}/remark-target-unknown`, { pointer: `${pointer}/evidence` });
    }
    return { component, evidence, text: readText(text, `${pointer}/text`) };
  });
}

/** The last day to answer: today at the earliest. */
export function readLastDay(subject: Subject, lastDay: Day, today: Day, pointer = '/lastDay'): Day {
  if (lastDay < today) {
    throw refuse(`${subject}/day-passed`, { pointer, expected: today });
  }
  return lastDay;
}

/** DOMAIN: an update replaces an estimate as planned; only corrections count against an agency. */
export function hasPlannedReplacement({ statement }: Version): boolean {
  return (
    statement.status === 'P' ||
    statement.status === 'E' ||
    statement.status === 'M' ||
    statement.values.some(({ estimated }) => estimated !== undefined)
  );
}
