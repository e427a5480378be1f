import { evolveFinding, isOpenFinding } from '#figures';
import type { Finding, FindingFact } from '#figures';
import { readFigureName } from '#kernel';
import type { AgencyId, Day, FigureId } from '#kernel';
import { aggregateModel } from './aggregate-model.ts';
import type { Aggregate } from './aggregate-model.ts';

/** A finding of an auditor or inspector with its answers. */
export type FindingRow = Aggregate<Finding>;

export const findingModel = aggregateModel<Finding | null, FindingFact>(
  {
    name: 'finding',
    version: 1,
    prefix: 'finding-',
    facets: ['round', 'figure'],
    facetsOf: ({ state: { subject } }) => ({
      round: readFigureName(subject.figure)?.round ?? null,
      figure: subject.figure,
    }),
  },
  { initial: null, evolve: evolveFinding },
);

/** A finding as its figure's readers see it: what is asked of whom, and whether it still stands. */
export type FindingView = Pick<
  Finding,
  'finding' | 'kind' | 'subject' | 'asked' | 'text' | 'answerBy' | 'status'
> & {
  readonly revision: number;
  readonly figure: FigureId;
  readonly raisedBy: AgencyId;
  readonly answers: number;
  readonly overdue: boolean;
};

/** Findings about a figure that block its certification, the oldest day first. */
export function openFindingsOf(
  figure: FigureId,
  rows: readonly FindingRow[],
  today: Day,
): readonly FindingView[] {
  return rows
    .filter(({ state }) => state.subject.figure === figure && isOpenFinding(state))
    .map((row) => findingView(row, today))
    .sort((left, right) => (left.answerBy < right.answerBy ? -1 : 1));
}

export function findingView({ revision, state }: FindingRow, today: Day): FindingView {
  const { finding, kind, subject, asked, text, answerBy, status } = state;
  const overdue = status === 'open' && today > answerBy;
  return {
    finding,
    kind,
    subject,
    asked,
    text,
    answerBy,
    status,
    revision,
    overdue,
    figure: subject.figure,
    raisedBy: state.by.agency,
    answers: state.answers.length,
  };
}
