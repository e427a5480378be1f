import type {
  AgencyId,
  Basis,
  ContributionId,
  Day,
  Digest,
  FigureId,
  IndicatorCode,
  PersonId,
  RoundId,
  SourceRef,
  UnitId,
} from '#kernel';
import type { AssignmentMode, CrossCheck, IndicatorDefinition } from '#catalogue';
import type { ActingPerson, ReviewBodyMember, SessionItem } from '#directory';
import type { FindingKind } from './finding.events.ts';
import type {
  AcceptedResponsibility,
  ComponentValue,
  DueReading,
  EvidenceLink,
} from './statement.ts';

/**
 * What the rules need to know from elsewhere, loaded by the handler before they run. Plain facts
 * of the moment of the command: no state types of other contexts, so that a change over there
 * cannot change a rule here.
 */

/** The date that counts for one party, as the round decided it. */
export type DueFacts = Pick<DueReading, 'lastDay' | 'decidedBy' | 'source'> & {
  readonly kind: Exclude<DueReading['kind'], 'return'>;
};

export type RoundFacts = {
  readonly id: RoundId;
  readonly framework: string;
  readonly checkingAgency: AgencyId;
  /** The first day a paper can have arrived on: of the plan, else of the period. */
  readonly opensOn: Day;
  /** UBND tỉnh, found by its kind in the round's reporting chain; null where there is none. */
  readonly committee: AgencyId | null;
  readonly closed: boolean;
  /** The sentence verification rests on (000:87). */
  readonly verificationBasis: SourceRef;
};

/** An agency with a duty in the round. */
export type PartyFacts = {
  readonly agency: AgencyId;
  /** Agencies whose duty passed to this one by a document. */
  readonly succeeds: readonly AgencyId[];
  /** A body that decides together, so that TM. goes before every signature for it. */
  readonly collective?: boolean;
  /** The sentence that binds agencies of its kind; null when the plan has none. */
  readonly responsibility: AcceptedResponsibility | null;
  readonly due: DueFacts | null;
};

export type AssignmentFacts = {
  readonly mode: AssignmentMode;
  readonly leads: readonly PartyFacts[];
  /** Empty until the participants are frozen. */
  readonly participants: readonly AgencyId[];
  /** The act that fixed them, for a part the one that names its giver; null before. */
  readonly frozenBy: Basis | null;
  readonly edition: string;
  readonly definition: IndicatorDefinition;
};

/**
 * A file that exists in the register of evidence, for whoever acts: one that does not, or that they
 * may neither read nor find cited here already, is not listed.
 */
export type EvidenceFacts = {
  readonly evidence: Digest;
  readonly documentKind: string;
  /** As its depositor says the document is dated; null or absent where it bears no date. */
  readonly documentDate?: Day | null;
  readonly integrityFailed: boolean;
};

/** A document that is only referenced. */
export type ReferenceFacts = { readonly reference: string; readonly documentKind: string };

/** Somebody's hand in a version, in the capacity they had then. */
export type Hand = { readonly person: PersonId; readonly agency: AgencyId; readonly unit: UnitId };

export type PartVersionFacts = {
  readonly version: number;
  readonly digest: Digest;
  /** Of the event that made the version. */
  readonly revision: number;
  /** Who handed it in and who endorsed it, also where the endorsement was withdrawn. */
  readonly hands: readonly Hand[];
  /** Files it rests on. */
  readonly evidence?: readonly Digest[];
};

/** A part as its figure sees it. */
export type ContributionFacts = {
  readonly contribution: ContributionId;
  readonly agency: AgencyId;
  /** The version the lead accepted and that stays in force; null before. */
  readonly accepted: number | null;
  /** The last version handed in and not withdrawn; null when there is none. */
  readonly latest: number | null;
  readonly versions: readonly PartVersionFacts[];
};

/** The review body and the session that a verification cites. */
export type ReviewBodyFacts = {
  readonly body: string;
  /** Of which it was founded: it judges no figure of another. */
  readonly province: string;
  readonly revision: number;
  readonly dissolved: boolean;
  readonly members: readonly ReviewBodyMember[];
  readonly session: {
    readonly session: string;
    readonly minutes: Digest;
    readonly present: readonly PersonId[];
    readonly items: readonly SessionItem[];
    readonly recordedBy: PersonId;
    /** The minutes are deposited and were whole when they were last looked at. */
    readonly minutesHeld: boolean;
  } | null;
};

/** Another figure as a comparison sees it: the version in force, else the present one. */
export type ComparedFigure = {
  readonly figure: FigureId;
  readonly round: RoundId;
  readonly indicator: IndicatorCode;
  /** Null where nothing is stated, or that there is nothing to state. */
  readonly stated: {
    readonly version: number;
    readonly digest: Digest;
    readonly inForce: boolean;
    readonly values: readonly ComponentValue[];
    readonly evidence: readonly EvidenceLink[];
  } | null;
};

/** What a version is compared with when it is checked. */
export type Comparisons = {
  /** Cross-checks of the edition that name the figure's indicator. */
  readonly crossChecks: readonly CrossCheck[];
  /** Figures of this round that those checks name. */
  readonly figures: readonly ComparedFigure[];
  /** The same of former rounds and the figure's own former ones, the nearest round first. */
  readonly former: readonly ComparedFigure[];
};

export const nothingToCompare: Comparisons = { crossChecks: [], figures: [], former: [] };

/** What every act on a statement needs. */
export type StatementContext = {
  readonly acting: ActingPerson;
  /** Vietnam's day at the instant the event will be stamped with. */
  readonly today: Day;
  readonly round: RoundFacts;
  readonly assignment: AssignmentFacts;
  /** Facts of every file cited by the command or by the version it acts on. */
  readonly evidence: readonly EvidenceFacts[];
  readonly references: readonly ReferenceFacts[];
};

export type FigureContext = StatementContext & {
  readonly figure: FigureId;
  /** Parts of all participants, of cited outsiders, and of what the present version names. */
  readonly contributions: readonly ContributionFacts[];
  /** Set when a verification cites a body that exists. */
  readonly reviewBody: ReviewBodyFacts | null;
  /** Loaded for a verification; nothing otherwise. */
  readonly comparisons: Comparisons;
  /** Set when an order names a finding that exists. */
  readonly ordering: OrderingFinding | null;
};

/** A finding that a correction order says it carries out. */
export type OrderingFinding = {
  readonly finding: string;
  readonly revision: number;
  readonly kind: FindingKind;
  readonly figure: FigureId;
  /** Of whoever raised it. */
  readonly agency: AgencyId;
  readonly open: boolean;
};

export type ContributionContext = StatementContext & {
  readonly contribution: ContributionId;
  /** The figure it is a part of; in mode `each` the first lead's, the part serves them all. */
  readonly figure: FigureId;
  /** The agency in the part's name, with its own sentence and date. */
  readonly giver: PartyFacts;
};
