import {
  awaitedFigure,
  evolveFigure,
  openDisputes,
  openExplanations,
  openOrders,
  presentVersion,
} from '#figures';
import type {
  CheckOverride,
  CorrectionOrder,
  Dispute,
  Explanation,
  Figure,
  FigureFact,
  FigureStatus,
  FigureVersion,
  StandingFinding,
  VerificationMark,
} from '#figures';
import { readFigureName } from '#kernel';
import type { DocumentRef, FigureId, IndicatorCode, Recorded, RoundId } from '#kernel';
import { advance } from './aggregate-model.ts';
import type { Aggregate } from './aggregate-model.ts';
import { idIn } from './log-event.ts';
import type { LogEvent, ReadModel } from './log-event.ts';
import { handInsOf, keptVersions, statementMarks } from './statement-view.ts';
import type { HandIns, Kept, KeptVersions, StatementMark } from './statement-view.ts';

/** What the last verification left: its marks, and the session or document it rests on. */
export type Verification = {
  readonly version: number;
  readonly marks: readonly VerificationMark[];
  readonly reviewBody: { readonly body: string; readonly session: string } | null;
  readonly acceptance: DocumentRef | null;
  readonly note: string | null;
  /** What the checks had found, and the words in spite of which it was verified. */
  readonly findings: readonly StandingFinding[];
  readonly overrides: readonly CheckOverride[];
};

/**
 * One figure as far as its own stream tells. A figure without an event has no row: it is awaited.
 * Kept with versions less their statements; shown with whole ones.
 */
export type FigureRow<V = Kept<FigureVersion>> = KeptVersions<V> & {
  readonly figure: FigureId;
  readonly round: RoundId;
  readonly indicator: IndicatorCode;
  /** Last part of the agency's id where each lead owes a figure of its own, else null. */
  readonly agencyPart: string | null;
  readonly revision: number;
  readonly status: FigureStatus;
  readonly verification: Verification | null;
  readonly openExplanations: readonly Explanation[];
  readonly openDisputes: readonly Dispute[];
  readonly openOrders: readonly CorrectionOrder[];
  readonly handIns: HandIns;
  readonly marks: readonly StatementMark[];
};

/** The folded figure, and what the context itself does not need to remember. */
type FigureState = Aggregate<Figure> & { readonly verification: Verification | null };

const prefix = 'figure-';

export const figureModel: ReadModel<FigureRow, FigureState> = {
  name: 'figure',
  version: 3,
  facets: ['round'],
  facetsOf: ({ round }) => ({ round }),
  keysOf: ({ stream }) => {
    const id = idIn(stream, prefix);
    return id === undefined ? [] : [id];
  },
  fold: (event, states) => {
    const id = idIn(event.stream, prefix);
    if (id === undefined) return;
    const before = states.get(id);
    const folding = { initial: awaitedFigure, evolve: evolveFigure };
    states.put(id, {
      ...advance(folding, id, before, event),
      verification: verificationIn(event) ?? before?.verification ?? null,
    });
  },
  rowOf: rowOfFigure,
  streamOf: (key) => `${prefix}${key}`,
};

function rowOfFigure({ id, revision, state, verification }: FigureState): FigureRow {
  const name = readFigureName(id);
  if (name === undefined) throw new Error(`"${id}" is not the name of a figure`);
  const present = presentVersion(state);
  return {
    figure: id,
    ...name,
    revision,
    status: state.status,
    ...keptVersions(state.versions, present, state.inForce),
    verification,
    openExplanations: openExplanations(state),
    openDisputes: openDisputes(state),
    openOrders: openOrders(state),
    handIns: handInsOf(state.versions),
    marks: present === undefined ? [] : statementMarks(present),
  };
}

function verificationIn(event: LogEvent): Verification | undefined {
  const fact = event as unknown as Recorded<FigureFact>;
  if (fact.type !== 'figure.verified.v1') return undefined;
  const { version, marks, reviewBody, acceptance, note } = fact.data;
  const { findings = [], overrides = [] } = fact.data;
  return {
    version,
    marks,
    reviewBody: reviewBody && { body: reviewBody.body, session: reviewBody.session },
    acceptance,
    note,
    findings,
    overrides,
  };
}
