import type { AgencyId, Bilingual, Day, DocumentRef, UnitId } from '#kernel';
import type { AgencyKind } from '#directory';
import type {
  AssignmentInput,
  DefinitionInput,
  FrameworkCommand,
  ParticipantChoice,
  RoundCommand,
} from './catalogue.commands.ts';
import type { LeadParty, NamedDate } from './round.events.ts';

/**
 * A plan as data: one folder of three files, `agencies.json`, `framework.json` and `round.json`, and
 * a fourth, `cross-checks.json`, where the data proposes any, each with a `provenance` that says
 * where it was read and what in it is only proposed. What it shares with a folder beside it stands
 * in one of the two and is part of both plans.
 */
export type Plan = {
  /** Name of the folder. */
  readonly name: string;
  readonly agencies: readonly PlanAgency[];
  readonly framework: string;
  readonly edition: PlanEdition;
  readonly indicators: readonly DefinitionInput[];
  /** Stated beside the framework, by an act of their own; null where nobody proposes any. */
  readonly crossChecks: PlanCrossChecks | null;
  readonly round: PlanRound;
  readonly assignments: readonly PlanAssignment[];
  readonly dueDecisions: readonly PlanDueDecision[];
};

export type PlanAgency = {
  readonly agency: AgencyId;
  readonly kind: AgencyKind;
  readonly name: Bilingual;
  readonly aliases: readonly string[];
  readonly classes: readonly string[];
  readonly units: readonly { readonly unit: UnitId; readonly name: Bilingual }[];
  readonly document: DocumentRef | null;
  /** Set for a body that a plan names and that is gone: registered, and ended by this document. */
  readonly dissolved: { readonly on: Day; readonly document: DocumentRef } | null;
  /** For readers of the file; not loaded. */
  readonly note: string | null;
};

export type PlanEdition = Omit<
  Extract<FrameworkCommand, { type: 'publish-edition' }>,
  'type' | 'framework'
>;
export type PlanCrossChecks = Omit<
  Extract<FrameworkCommand, { type: 'state-cross-checks' }>,
  'type'
> & { readonly framework: string };
export type PlanRound = Omit<Extract<RoundCommand, { type: 'open' }>, 'type'>;
export type PlanDueDecision = Omit<Extract<RoundCommand, { type: 'decide-due' }>, 'type'>;

/** What is asked of the agencies that owe a part. */
export type PlanRequests = {
  readonly documentsOnly: boolean;
  readonly components: readonly string[];
  /** Agencies that are asked for other components than the rest, and why. */
  readonly exceptions: readonly {
    readonly agency: AgencyId;
    readonly components: readonly string[];
    readonly reason: string;
  }[];
};

/** Who is found in a class without registered members, and why. */
export type PlanChoice = ParticipantChoice & { readonly reason: string };

export type PlanAssignment = AssignmentInput & {
  /** For classes whose members have to be chosen; the others are expanded from `agencies.json`. */
  readonly choices: readonly PlanChoice[];
  readonly requests: PlanRequests;
};

/** A piece of the lead cell as a file has it: `members` null are found by the loader. */
export type PlanLeadParty = Omit<LeadParty, 'members'> & {
  readonly members: readonly AgencyId[] | null;
};

/** A row of a `plan-round/2`, before its leads were found. */
export type PlanRow = Omit<PlanAssignment, 'leads' | 'leadParties'> & {
  readonly leadParties: readonly PlanLeadParty[];
};

/** What the rows of a `plan-round/2` leave out because it holds for each; `/1` repeats it. */
export type RowDefaults = {
  readonly datesForAll: readonly NamedDate[];
  readonly choicesForAll: readonly PlanChoice[];
};
