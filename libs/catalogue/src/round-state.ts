import type { AgencyId, Basis, Day, IndicatorCode, Recorded } from '#kernel';
import type { AssignmentInput } from './catalogue.commands.ts';
import type { Assignment, RoundFact } from './round.events.ts';

type DataOf<Type extends RoundFact['type']> = Extract<RoundFact, { type: Type }>['data'];

/** What a round was opened with, brought up to date by later acts. */
export type Opening = DataOf<'round.opened.v1'>;
export type DueDecision = DataOf<'due.decided.v1'> & { readonly decidedBy: Basis };
export type Extension = DataOf<'deadline.extended.v1'> & { readonly decidedBy: Basis };
export type Succession = DataOf<'assignment.passed-to-successor.v1'>;
export type Participants = {
  /** The freezing as it was recorded; `agencies` follows amendments and successions. */
  readonly frozen: DataOf<'participants.frozen.v1'>;
  /** Who owes a part, with the act of the round that says so, in order of id. */
  readonly agencies: ReadonlyMap<AgencyId, Basis>;
};

export type AssignedIndicator = {
  /** As it is in force, with the leads that the plan names. */
  readonly assignment: Assignment;
  /** As it was first made: what a second loading of the plan is compared with. */
  readonly made: AssignmentInput;
  /** Who answers now, after successions. */
  readonly leads: readonly AgencyId[];
  /** Since the assignment was made or last amended, in order. */
  readonly successions: readonly Succession[];
  readonly participants: Participants | null;
  /** The act that made or last amended it. */
  readonly recordedBy: Basis;
};

/** A round as its stream tells it; null before it was opened. */
export type Round = {
  readonly opening: Opening;
  /** As recorded when it was opened: what a second opening is compared with. */
  readonly openedAs: Opening;
  readonly status: 'open' | 'closed';
  readonly closedOn: Day | null;
  readonly assignments: ReadonlyMap<IndicatorCode, AssignedIndicator>;
  /** Every decision in order; the last one for a scope and indicator is in force. */
  readonly decisions: readonly DueDecision[];
  /** Extensions still in force: a later decision for the indicator ends those before it. */
  readonly extensions: readonly Extension[];
  /** Every extension ever recorded. */
  readonly extensionsEver: readonly Extension[];
};

export function evolveRound(round: Round | null, event: Recorded<RoundFact>): Round | null {
  const by: Basis = { stream: event.stream, revision: event.revision };
  if (event.type === 'round.opened.v1') {
    return {
      opening: event.data,
      openedAs: event.data,
      status: 'open',
      closedOn: null,
      assignments: new Map(),
      decisions: [],
      extensions: [],
      extensionsEver: [],
    };
  }
  return round && evolveOpened(round, event, by);
}

function evolveOpened(
  round: Round,
  event: Exclude<Recorded<RoundFact>, { type: 'round.opened.v1' }>,
  by: Basis,
): Round {
  switch (event.type) {
    case 'round.legal-basis-issued.v1': {
      const { legalBasis } = event.data;
      return { ...round, opening: { ...round.opening, legalBasis, status: 'numbered' } };
    }
    case 'assignment.made.v1': {
      const { definition: _, ...made } = event.data;
      const assigned = {
        assignment: event.data,
        made,
        leads: event.data.leads,
        successions: [],
        participants: null,
        recordedBy: by,
      };
      return withAssigned(round, assigned);
    }
    case 'assignment.amended.v1': {
      const { reason: _reason, document: _document, ...assignment } = event.data;
      // An amendment names the agencies of its day, so earlier successions are spent.
      return changed(round, assignment.indicator, () => ({
        assignment,
        leads: assignment.leads,
        successions: [],
        recordedBy: by,
      }));
    }
    case 'assignment.passed-to-successor.v1':
      return changed(round, event.data.indicator, (present) => pass(present, event.data, by));
    case 'due.decided.v1':
      return withDecision(round, { ...event.data, decidedBy: by });
    case 'deadline.extended.v1': {
      const extension = { ...event.data, decidedBy: by };
      return {
        ...round,
        extensions: [...round.extensions, extension],
        extensionsEver: [...round.extensionsEver, extension],
      };
    }
    case 'participants.frozen.v1': {
      const frozen = event.data;
      const agencies = new Map(frozen.participants.map((agency) => [agency, by]));
      return changed(round, frozen.indicator, () => ({ participants: { frozen, agencies } }));
    }
    case 'participants.amended.v1': {
      const { indicator, added, removed } = event.data;
      return changed(round, indicator, ({ participants }) => {
        return { participants: participants && replaced(participants, added, removed, by) };
      });
    }
    case 'round.moved-to-edition.v1':
      return withEdition(round, event.data);
    case 'round.closed.v1':
      return { ...round, status: 'closed', closedOn: event.data.on };
  }
}

function withDecision(round: Round, decision: DueDecision): Round {
  const { scope, indicator } = decision;
  const ended = ({ scope: of, indicator: to }: Extension) => of === scope && to === indicator;
  return {
    ...round,
    decisions: [...round.decisions, decision],
    extensions: round.extensions.filter((extension) => !ended(extension)),
  };
}

/**
 * Only indicators whose definition changed ask for something else now; the others go on answering
 * the definition they were assigned with, so no figure of theirs is marked as answering an older one.
 */
function withEdition(
  round: Round,
  { edition, definitions, changed: redefined }: DataOf<'round.moved-to-edition.v1'>,
): Round {
  const asking = definitions.filter(({ indicator }) => redefined.includes(indicator));
  const moved = asking.reduce((present, { indicator, revision }) => {
    return changed(present, indicator, ({ assignment }) => ({
      assignment: { ...assignment, definition: { edition, revision } },
    }));
  }, round);
  return { ...moved, opening: { ...moved.opening, edition } };
}

/** The duty of a lead, of a participant, or of both, goes to the successor; nothing else moves. */
function pass(
  present: AssignedIndicator,
  succession: Succession,
  by: Basis,
): Partial<AssignedIndicator> {
  const { from, to } = succession;
  const leads = distinct(present.leads.map((lead) => (lead === from ? to : lead)));
  const owes = present.participants?.agencies.has(from) === true;
  const participants =
    present.participants && owes
      ? replaced(present.participants, [to], [from], by)
      : present.participants;
  return { leads, participants, successions: [...present.successions, succession] };
}

function replaced(
  participants: Participants,
  added: readonly AgencyId[],
  removed: readonly AgencyId[],
  by: Basis,
): Participants {
  const kept = [...participants.agencies].filter(([agency]) => !removed.includes(agency));
  const known = new Set(kept.map(([agency]) => agency));
  const fresh = added.filter((agency) => !known.has(agency)).map((agency) => [agency, by] as const);
  const agencies = [...kept, ...fresh].sort(([left], [right]) => (left < right ? -1 : 1));
  return { ...participants, agencies: new Map(agencies) };
}

function changed(
  round: Round,
  indicator: IndicatorCode,
  change: (present: AssignedIndicator) => Partial<AssignedIndicator>,
): Round {
  const present = round.assignments.get(indicator);
  return present === undefined ? round : withAssigned(round, { ...present, ...change(present) });
}

function withAssigned(round: Round, assigned: AssignedIndicator): Round {
  const assignments = new Map(round.assignments);
  return { ...round, assignments: assignments.set(assigned.assignment.indicator, assigned) };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
