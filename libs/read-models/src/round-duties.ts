import { definitionOf, dueOf, participantsOf } from '#catalogue';
import type {
  AssignedIndicator,
  AssignmentMode,
  Due,
  DueScope,
  Framework,
  IndicatorDefinition,
  Round,
} from '#catalogue';
import { agencyPartOf } from '#kernel';
import type { AgencyId, ContributionId, FigureId, IndicatorCode, RoundId } from '#kernel';

/** Who answers for a figure or a part, by when, and whose duty it took over by a document. */
export type Duty = {
  readonly agency: AgencyId;
  readonly succeeds: readonly AgencyId[];
  readonly due: Due | null;
};

/** A part that an agency owes to an indicator's figure. */
export type OwedPart = Duty & { readonly contribution: ContributionId };

/** A figure that a round expects: it exists from the day it is assigned, before any event of it. */
export type OwedFigure = {
  readonly figure: FigureId;
  readonly round: RoundId;
  readonly indicator: IndicatorCode;
  readonly mode: AssignmentMode;
  /** Empty where no living lead is left until a document transfers the duty. */
  readonly leads: readonly Duty[];
  /** Leads that were merged or dissolved: they answer no more, and nobody does in their place. */
  readonly goneLeads: readonly AgencyId[];
  readonly edition: string;
  /** Null while the framework has not told what the assignment refers to. */
  readonly definition: IndicatorDefinition | null;
  readonly parts: readonly OwedPart[];
};

/**
 * Every figure that the round expects, in the order of the plan, with everybody who owes something
 * for it. Dates, leads and participants are read by the catalogue's own rules. Of the leads, those
 * in `gone` no longer exist: a plan may name a body that was abolished, and its duty waits in the
 * open for a document that passes it on.
 */
export function owedFigures(
  id: RoundId,
  round: Round,
  framework: Framework | null,
  gone: ReadonlySet<AgencyId>,
): readonly OwedFigure[] {
  return [...round.assignments.values()].flatMap((assigned) => {
    const { assignment } = assigned;
    const { indicator, mode, definition } = assignment;
    const common = {
      round: id,
      indicator,
      mode,
      edition: definition.edition,
      definition:
        definitionOf(framework, definition.edition, indicator, definition.revision) ?? null,
      parts: owedParts(id, round, assigned),
    };
    const answeredBy = (named: readonly AgencyId[]) => ({
      leads: named
        .filter((lead) => !gone.has(lead))
        .map((lead) => dutyOf(round, assigned, 'figure', lead)),
      goneLeads: named.filter((lead) => gone.has(lead)),
    });
    if (mode !== 'each') {
      return [{ ...common, figure: `${id}.${indicator}`, ...answeredBy(assigned.leads) }];
    }
    // Named after the planned lead for good; a successor answers for the figure under that name.
    return assignment.leads.map((planned) => {
      const answering = successorIn(assigned, planned);
      const named = assigned.leads.includes(answering) ? [answering] : [];
      const figure = `${id}.${indicator}.${agencyPartOf(planned)}`;
      return { ...common, figure, ...answeredBy(named) };
    });
  });
}

function owedParts(id: RoundId, round: Round, assigned: AssignedIndicator): readonly OwedPart[] {
  const { indicator } = assigned.assignment;
  return participantsOf(round, indicator).map((agency) => ({
    ...dutyOf(round, assigned, 'contribution', agency),
    contribution: `${id}.${indicator}.${agencyPartOf(agency)}`,
  }));
}

function dutyOf(
  round: Round,
  assigned: AssignedIndicator,
  scope: DueScope,
  agency: AgencyId,
): Duty {
  const succeeds = assigned.successions
    .map(({ from }) => from)
    .filter((from) => from !== agency && successorIn(assigned, from) === agency);
  return {
    agency,
    succeeds: [...new Set(succeeds)],
    due: dueOf(round, assigned.assignment.indicator, scope, agency),
  };
}

/** Who has the agency's duty now, following one succession after another in their order. */
function successorIn({ successions }: AssignedIndicator, agency: AgencyId): AgencyId {
  return successions.reduce((present, { from, to }) => (from === present ? to : present), agency);
}

/** The row of the part that an agency owes; its predecessor's counts where it has none itself. */
export function partOf<Row extends { readonly agency: AgencyId }>(
  { agency, succeeds }: Duty,
  rows: readonly Row[],
): Row | undefined {
  return (
    rows.find((row) => row.agency === agency) ?? rows.find((row) => succeeds.includes(row.agency))
  );
}
