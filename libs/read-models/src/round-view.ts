import type {
  Assignment,
  CrossCheck,
  DueDecision,
  Extension,
  Framework,
  IndicatorDefinition,
  IndicatorGroup,
  Opening,
  Participants,
  Round,
  Succession,
} from '#catalogue';
import type { Bilingual, Day, DocumentRef, RoundId } from '#kernel';
import type { OwedFigure } from './round-duties.ts';

/** An assignment with what became of it; the raw cells of the plan stand beside the reading. */
export type AssignmentView = Assignment & {
  readonly definitionName: Bilingual | null;
  /** Figures it makes: one, or one for each lead. Each with who answers now, by when, and parts. */
  readonly figures: readonly Omit<OwedFigure, 'definition'>[];
  readonly successions: readonly Succession[];
  /** How classes of parties were expanded when the participants were frozen; null before. */
  readonly frozen: Participants['frozen'] | null;
};

/** A round in full, as plain JSON. */
export type RoundView = {
  readonly round: RoundId;
  readonly revision: number;
  readonly opening: Opening;
  readonly status: 'open' | 'closed';
  readonly closedOn: Day | null;
  readonly decisions: readonly DueDecision[];
  /** Every extension ever recorded, also those that a later decision ended. */
  readonly extensions: readonly Extension[];
  readonly assignments: readonly AssignmentView[];
};

export function roundView(
  id: RoundId,
  revision: number,
  round: Round,
  owed: readonly OwedFigure[],
): RoundView {
  return {
    round: id,
    revision,
    opening: round.opening,
    status: round.status,
    closedOn: round.closedOn,
    decisions: round.decisions,
    extensions: round.extensionsEver,
    assignments: [...round.assignments.values()].map((assigned) => {
      const { assignment, successions, participants } = assigned;
      const own = owed.filter(({ indicator }) => indicator === assignment.indicator);
      return {
        ...assignment,
        definitionName: own[0]?.definition?.name ?? null,
        figures: own.map(({ definition: _, ...figure }) => figure),
        successions,
        frozen: participants?.frozen ?? null,
      };
    }),
  };
}

/** A framework in full, as plain JSON: every edition, every revision of every definition. */
export type FrameworkView = {
  readonly framework: string;
  readonly revision: number;
  readonly editions: readonly {
    readonly edition: string;
    readonly title: Bilingual;
    readonly document: DocumentRef;
    readonly aliases: readonly string[];
    readonly groups: readonly IndicatorGroup[];
    readonly crossChecks: readonly CrossCheck[];
    readonly indicators: readonly {
      readonly code: string;
      /** In force: the last one. */
      readonly definition: IndicatorDefinition;
      readonly earlier: readonly IndicatorDefinition[];
    }[];
  }[];
};

export function frameworkView(revision: number, { framework, editions }: Framework): FrameworkView {
  return {
    framework,
    revision,
    editions: [...editions.values()].map(({ indicators, ...edition }) => ({
      ...edition,
      indicators: [...indicators].flatMap(([code, revisions]) => {
        const definition = revisions.at(-1);
        return definition === undefined
          ? []
          : [{ code, definition, earlier: revisions.slice(0, -1) }];
      }),
    })),
  };
}
