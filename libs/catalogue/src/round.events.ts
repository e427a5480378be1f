import type {
  AgencyId,
  Bilingual,
  Day,
  DocumentRef,
  Fact,
  IndicatorCode,
  Period,
  RoundId,
  SourceRef,
  UnitId,
} from '#kernel';

export const assignmentModes = ['single', 'joint', 'each'] as const;
export type AssignmentMode = (typeof assignmentModes)[number];
/** What a date binds: the figure of the lead, or the parts of coordinating agencies. */
export const dueScopes = ['figure', 'contribution'] as const;
export type DueScope = (typeof dueScopes)[number];

/** A party as the plan prints it: one agency or a class, never both. */
export type Party = {
  readonly raw: string;
  readonly agency: AgencyId | null;
  readonly class: string | null;
};

/**
 * A piece of the lead cell as the plan prints it, and the leads that it was read as. Present where
 * the cell says more than the names of agencies: a class ("các sở, ban, ngành", each for itself),
 * a unit of an agency, a body that is gone.
 */
export type LeadParty = Party & {
  /** The unit that the plan names inside the agency. The duty stays with the agency. */
  readonly unit: UnitId | null;
  /** Which of the leads this piece names; nobody only with a reason. */
  readonly members: readonly AgencyId[];
  readonly reason: string | null;
};

/** Every date the plan names, with the last day on which the duty is met. */
export type NamedDate = {
  readonly id: string;
  readonly scopes: readonly DueScope[];
  readonly lastDay: Day;
  readonly source: SourceRef;
};

/** A responsibility sentence as printed, for the kinds of agency it binds. */
export type ResponsibilitySentence = {
  readonly agencyKinds: readonly string[];
  readonly text: string;
  readonly source: SourceRef;
};

export type Assignment = {
  readonly indicator: IndicatorCode;
  readonly definition: { readonly edition: string; readonly revision: number };
  readonly mode: AssignmentMode;
  readonly leads: readonly AgencyId[];
  /** How the lead cell was read; left out where it holds nothing but the names of the leads. */
  readonly leadParties?: readonly LeadParty[];
  readonly coordinating: readonly Party[];
  readonly dates: readonly NamedDate[];
  readonly raw: { readonly lead: string; readonly coordinating: string; readonly due: string };
  readonly source: SourceRef;
};

/** Facts about one round, stream `round-<province>-<framework>-<period>`. */
export type RoundFact =
  | Fact<
      'round.opened.v1',
      {
        readonly round: RoundId;
        readonly province: string;
        readonly framework: string;
        readonly edition: string;
        readonly period: Period & { readonly label: string };
        readonly title: Bilingual;
        /** The plan; without number and date it is a draft until its legal basis is issued. */
        readonly legalBasis: DocumentRef;
        readonly status: 'draft' | 'numbered';
        readonly checkingAgency: AgencyId;
        /** Reporting chain in order: DOST, UBND tỉnh, Ministry; the last is the addressee. */
        readonly chain: readonly AgencyId[];
        readonly responsibility: readonly ResponsibilitySentence[];
        /** The sentence that is the basis of verification (000:87). */
        readonly verificationBasis: SourceRef;
        readonly datesUnspecified: readonly SourceRef[];
      }
    >
  | Fact<'round.legal-basis-issued.v1', { readonly legalBasis: DocumentRef }>
  | Fact<'assignment.made.v1', Assignment>
  | Fact<
      'assignment.amended.v1',
      Assignment & { readonly reason: string; readonly document: DocumentRef }
    >
  | Fact<
      'assignment.passed-to-successor.v1',
      {
        readonly indicator: IndicatorCode;
        readonly from: AgencyId;
        readonly to: AgencyId;
        readonly on: Day;
        readonly document: DocumentRef;
      }
    >
  | Fact<
      'due.decided.v1',
      {
        readonly scope: DueScope;
        /** Null: for every assignment that has no decision of its own. */
        readonly indicator: IndicatorCode | null;
        /** The named date that counts; null where a document sets another day. */
        readonly dateId: string | null;
        /** Set where `dateId` is null. */
        readonly lastDay: Day | null;
        readonly why: string;
        readonly document: DocumentRef | null;
      }
    >
  | Fact<
      'deadline.extended.v1',
      {
        readonly scope: DueScope;
        readonly indicator: IndicatorCode;
        /** Null: for everybody whom the date binds. */
        readonly agency: AgencyId | null;
        readonly lastDay: Day;
        readonly reason: string;
        readonly document: DocumentRef;
      }
    >
  | Fact<
      'participants.frozen.v1',
      {
        readonly indicator: IndicatorCode;
        /** Members after expansion: less the lead, each once, in order of id. */
        readonly participants: readonly AgencyId[];
        readonly expansions: readonly {
          readonly class: string;
          readonly members: readonly AgencyId[];
          /** Why these; null where membership is registered and each one listed belongs to it. */
          readonly choiceReason: string | null;
        }[];
      }
    >
  | Fact<
      'participants.amended.v1',
      {
        readonly indicator: IndicatorCode;
        readonly added: readonly AgencyId[];
        readonly removed: readonly AgencyId[];
        readonly reason: string;
        readonly document: DocumentRef | null;
      }
    >
  | Fact<
      'round.moved-to-edition.v1',
      {
        readonly edition: string;
        /** Assigned indicators whose definition says something else than before. */
        readonly changed: readonly IndicatorCode[];
        /** For every assigned indicator, the revision of its definition that counts from now on. */
        readonly definitions: readonly {
          readonly indicator: IndicatorCode;
          readonly revision: number;
        }[];
        readonly document: DocumentRef;
      }
    >
  | Fact<
      'round.closed.v1',
      { readonly on: Day; readonly reason: string; readonly document: DocumentRef | null }
    >;
