import { isClosed } from '#catalogue';
import type { IndicatorDefinition, Round } from '#catalogue';
import { depositFor } from '#evidence';
import { awaitedFigure, marksOf } from '#figures';
import type {
  ContributionStatus,
  EvidenceFacts,
  Figure,
  FigureVersion,
  Mark,
  MarkFacts,
  ReferenceFacts,
} from '#figures';
import { bareHex } from '#kernel';
import type { AgencyId, ContributionId, Day, FigureId } from '#kernel';
import type { ContributionRow } from './contribution-model.ts';
import type { EvidenceReferenceRow, EvidenceRow } from './evidence-model.ts';
import type { FigureRow } from './figure-model.ts';
import { openFindingsOf } from './finding-model.ts';
import type { FindingRow, FindingView } from './finding-model.ts';
import { partOf } from './round-duties.ts';
import type { Duty, OwedFigure } from './round-duties.ts';
import type { HandIns } from './statement-view.ts';
import { handInsOf, inForceOf } from './statement-view.ts';

/** A part as its figure's reader wants it: who owes it, where it is, by when. */
export type PartView = {
  readonly contribution: ContributionId;
  readonly agency: AgencyId;
  /** Null for a part from outside, which nobody owes by the plan. */
  readonly duty: Duty | null;
  readonly status: ContributionStatus;
  readonly revision: number | null;
  readonly latest: number | null;
  readonly inForce: number | null;
  readonly noData: boolean;
  readonly overdue: boolean;
  /** Last day of a return that is not answered yet. */
  readonly returnedUntil: Day | null;
  readonly handIns: HandIns;
};

/** What lists show of a definition; the whole of it stands in the framework. */
export type ShortDefinition = Pick<
  IndicatorDefinition,
  'code' | 'revision' | 'group' | 'kind' | 'name' | 'status' | 'unit'
>;

/** A figure in its round: what its own stream tells, who owes it, and every mark it bears. */
export type FigureView = Omit<WholeFigure, 'revision' | 'marks' | 'inForce' | 'inForceBehind'> & {
  /** Null while the figure is awaited: there is no stream yet, hence no revision. */
  readonly revision: number | null;
  /** The last verified version: what a snapshot holds. */
  readonly inForce: FigureVersion | null;
  readonly mode: OwedFigure['mode'];
  readonly leads: readonly Duty[];
  readonly goneLeads: OwedFigure['goneLeads'];
  readonly checkingAgency: AgencyId;
  readonly definition: ShortDefinition | null;
  readonly edition: string;
  readonly overdue: boolean;
  readonly parts: readonly PartView[];
  /** Those that stand in the way of certification. */
  readonly openFindings: readonly FindingView[];
  readonly marks: readonly (Mark | 'late')[];
};

/** A figure's row with the statements of its versions read back from their leaves. */
export type WholeFigure = FigureRow<FigureVersion>;

/** Rows of one moment, from which the figures of a round are shown. */
export type RoundRows = {
  readonly round: Round;
  readonly figures: ReadonlyMap<FigureId, WholeFigure>;
  readonly contributions: readonly ContributionRow[];
  readonly findings: readonly FindingRow[];
  readonly evidence: ReadonlyMap<string, EvidenceRow>;
  readonly references: ReadonlyMap<string, EvidenceReferenceRow>;
  /** Vietnam's day that "overdue" is measured against. */
  readonly today: Day;
};

export function figureView(owed: OwedFigure, rows: RoundRows): FigureView {
  const row = rows.figures.get(owed.figure) ?? awaitedRow(owed);
  const { inForceBehind: _, ...told } = row;
  const parts = partViews(owed, rows);
  const marks = marksIn(owed, row, rows);
  return {
    ...told,
    inForce: inForceOf(row),
    revision: rows.figures.has(owed.figure) ? row.revision : null,
    mode: owed.mode,
    leads: owed.leads,
    goneLeads: owed.goneLeads,
    checkingAgency: rows.round.opening.checkingAgency,
    definition: owed.definition && shortDefinition(owed.definition),
    edition: owed.edition,
    overdue: marks.includes('overdue'),
    parts,
    openFindings: openFindingsOf(owed.figure, rows.findings, rows.today),
    marks,
  };
}

function shortDefinition(definition: IndicatorDefinition): ShortDefinition {
  const { code, revision, group, kind, name, status, unit } = definition;
  return { code, revision, group, kind, name, status, unit };
}

/**
 * The figure as its marks need it, made again from the row: the present version and the one in
 * force at their places, and of questions, disputes and orders the open ones. What a row leaves out
 * (older versions, settled questions) has no part in any mark.
 */
export function figureOfRow(row: WholeFigure): Figure {
  const { present, verification } = row;
  const versions: FigureVersion[] = [];
  for (const version of [inForceOf(row), present]) {
    if (version !== null) versions[version.statement.version - 1] = version;
  }
  return {
    ...awaitedFigure,
    status: row.status,
    versions,
    inForce: row.inForce,
    explanations: row.openExplanations,
    disputes: row.openDisputes,
    orders: row.openOrders,
    verificationMarks: verification === null ? {} : { [verification.version]: verification.marks },
  };
}

function marksIn(owed: OwedFigure, row: WholeFigure, rows: RoundRows): FigureView['marks'] {
  const late = row.present?.statement.due?.late === true ? (['late'] as const) : [];
  // Without a lead or a definition most marks have no meaning; what the version says still has.
  if (owed.leads.length === 0 || owed.definition === null) {
    return [...row.marks.filter((mark) => mark !== 'late'), ...late];
  }
  const marks = marksOf(figureOfRow(row), factsFor(owed, owed.definition, row, rows));
  return [...marks, ...late];
}

/** What marks and checks rest on, made from rows; who signed and who is committee plays no part. */
export function factsFor(
  owed: OwedFigure,
  definition: IndicatorDefinition,
  row: WholeFigure,
  rows: RoundRows,
): MarkFacts {
  const { round, today } = rows;
  const { opening } = round;
  return {
    figure: owed.figure,
    today,
    round: {
      id: opening.round,
      framework: opening.framework,
      checkingAgency: opening.checkingAgency,
      opensOn: opening.legalBasis.date ?? opening.period.from,
      committee: null,
      closed: isClosed(round, today),
      verificationBasis: opening.verificationBasis,
    },
    assignment: {
      mode: owed.mode,
      leads: owed.leads.map((duty) => ({ ...duty, responsibility: null })),
      participants: owed.parts.map(({ agency }) => agency),
      frozenBy: null,
      edition: owed.edition,
      definition,
    },
    evidence: evidenceFacts(row, rows),
    references: referenceFacts(row, rows),
    contributions: rows.contributions
      .filter(({ indicator }) => indicator === owed.indicator)
      .map(({ contribution, agency, inForce, present }) => ({
        contribution,
        agency,
        accepted: inForce,
        latest: present?.statement.version ?? null,
        versions: [],
      })),
  };
}

/** Each file in the words of the agency that cites it: its own deposit's, or one opened to it. */
function evidenceFacts({ present }: WholeFigure, { evidence }: RoundRows): EvidenceFacts[] {
  const citing = present === null ? [] : [present.statement.agency, present.by.agency];
  return (present?.statement.evidence ?? []).flatMap((link) => {
    const row = link.evidence === null ? undefined : evidence.get(bareHex(link.evidence));
    if (row === undefined) return [];
    const { evidence: digest, deposits, integrity } = row.state;
    const told = depositFor(deposits, citing, present?.statement.round) ?? deposits[0];
    if (told === undefined) return [];
    const documentKind = told.document.kind;
    return [{ evidence: digest, documentKind, integrityFailed: integrity.status === 'failed' }];
  });
}

function referenceFacts({ present }: WholeFigure, { references }: RoundRows): ReferenceFacts[] {
  return (present?.statement.evidence ?? []).flatMap(({ reference }) => {
    const row = reference === null ? undefined : references.get(reference);
    return row === undefined || reference === null
      ? []
      : [{ reference, documentKind: row.state.document.kind }];
  });
}

function partViews(owed: OwedFigure, { contributions, today }: RoundRows): PartView[] {
  const rows = contributions.filter(({ indicator }) => indicator === owed.indicator);
  const owedViews = owed.parts.map((part) => {
    const row = partOf(part, rows);
    const { agency, succeeds, due } = part;
    const contribution = row?.contribution ?? part.contribution;
    return partView(contribution, agency, { agency, succeeds, due }, row, today);
  });
  const shown = new Set(owedViews.map(({ contribution }) => contribution));
  const others = rows.filter(({ contribution }) => !shown.has(contribution));
  return [
    ...owedViews,
    ...others.map((row) => partView(row.contribution, row.agency, null, row, today)),
  ];
}

function partView(
  contribution: ContributionId,
  agency: AgencyId,
  duty: Duty | null,
  row: ContributionRow | undefined,
  today: Day,
): PartView {
  return {
    contribution,
    agency,
    duty,
    status: row?.status ?? 'awaiting',
    revision: row?.revision ?? null,
    latest: row?.present?.statement.version ?? null,
    inForce: row?.inForce ?? null,
    noData: row?.present?.statement.status === 'M',
    overdue: isPartOverdue(duty, row, today),
    returnedUntil: row?.status === 'returned' ? (row.present?.returned?.lastDay ?? null) : null,
    handIns: row?.handIns ?? handInsOf([]),
  };
}

/** As for figures: a first hand-in is missing and its day is over, or a return's own day is. */
function isPartOverdue(duty: Duty | null, row: ContributionRow | undefined, today: Day): boolean {
  if (row?.status === 'returned') {
    const lastDay = row.present?.returned?.lastDay;
    return lastDay !== undefined && today > lastDay;
  }
  if (row !== undefined && row.present !== null) return false;
  return duty?.due != null && today > duty.due.lastDay;
}

function awaitedRow({ figure, round, indicator, mode }: OwedFigure): WholeFigure {
  const agencyPart = mode === 'each' ? figure.slice(figure.lastIndexOf('.') + 1) : null;
  return {
    figure,
    round,
    indicator,
    agencyPart,
    revision: -1,
    status: 'awaiting',
    present: null,
    inForce: null,
    inForceBehind: null,
    pending: [],
    verification: null,
    openExplanations: [],
    openDisputes: [],
    openOrders: [],
    handIns: handInsOf([]),
    marks: [],
  };
}
