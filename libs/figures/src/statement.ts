import type {
  AgencyId,
  Basis,
  ContributionId,
  Day,
  Decimal,
  Digest,
  FigureId,
  IndicatorCode,
  PaperArrival,
  RoundId,
  SourceRef,
} from '#kernel';

/**
 * What figures and contributions have in common: a statement of values, with its evidence, the
 * definition it answers and the date that counts for it. Shapes only, stored as they stand.
 */

/** SDMX code list CL_OBS_STATUS, as far as the plans need it. */
export const observationStatuses = ['A', 'P', 'E', 'M', 'B'] as const;
export type ObservationStatus = (typeof observationStatuses)[number];

export type VersionKind = 'first' | 'resubmission' | 'update' | 'correction';

/** One component's value. Which members are set follows from the component's type. */
export type ComponentValue = {
  readonly component: string;
  readonly type: 'decimal' | 'count' | 'money' | 'level' | 'text' | 'items';
  /** decimal, count; money in đồng. */
  readonly value?: Decimal;
  /** Unit of `value`: as defined, `đồng` for money. */
  readonly unit?: string;
  /** money: what was typed, in the declared unit. */
  readonly entered?: { readonly value: Decimal; readonly unit: string };
  /** The part of `value` that is estimated, not counted. */
  readonly estimated?: Decimal;
  /** level, text. */
  readonly text?: string;
  /** items: told apart by the definition's key (DOI, ISBN, code). */
  readonly items?: readonly {
    readonly key: string;
    readonly label: string | null;
    readonly value: Decimal | null;
  }[];
  readonly breakdown?: readonly {
    readonly dimension: string;
    readonly item: string;
    readonly value: Decimal;
  }[];
};

/** A file, or a document that is only referenced, and what it supports. */
export type EvidenceLink = {
  readonly evidence: Digest | null;
  readonly reference: string | null;
  /** Component it supports; null for the statement as a whole. */
  readonly component: string | null;
  readonly page: string | null;
};

/** The date that counted when a statement was handed in, and where it comes from. */
export type DueReading = {
  readonly lastDay: Day;
  /** The event that decided it: round stream and revision. */
  readonly decidedBy: Basis;
  readonly kind: 'named-date' | 'document' | 'extension' | 'return';
  readonly source: SourceRef | null;
  /** The day the statement counts as handed in: today, or the paper's arrival. */
  readonly handedInOn: Day;
  readonly late: boolean;
};

/** A part that a figure was built from: by stream, revision and digest of its version. */
export type BuiltFrom = {
  readonly contribution: ContributionId;
  readonly agency: AgencyId;
  readonly revision: number;
  readonly version: number;
  readonly digest: Digest;
};

/** One revision of a definition in an edition of a framework. */
export type AnsweredDefinition = {
  readonly framework: string;
  readonly edition: string;
  readonly revision: number;
};

/** Everything a version states. */
export type Statement = {
  readonly version: number;
  readonly kind: VersionKind;
  readonly round: RoundId;
  readonly indicator: IndicatorCode;
  /** The agency that answers for it: lead of a figure, giver of a part. */
  readonly agency: AgencyId;
  readonly definition: AnsweredDefinition;
  readonly status: ObservationStatus;
  readonly values: readonly ComponentValue[];
  /** Số liệu đến ngày. */
  readonly asOf: Day;
  readonly method: string | null;
  readonly evidence: readonly EvidenceLink[];
  readonly due: DueReading | null;
  readonly paper: PaperArrival | null;
  readonly note: string | null;
};

/** What a return or a question points at. */
export type Remark = {
  readonly component: string | null;
  readonly evidence: Digest | null;
  readonly text: string;
};

/** The responsibility sentence a person accepts, with its source line. */
export type AcceptedResponsibility = { readonly text: string; readonly source: SourceRef };

/** A finding of the checks that stood when a version was verified. */
export type StandingFinding = {
  /** `check/...`; what it means stands in the catalogue of checks. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly component: string | null;
  /** Key of the cross-check of the edition; null for every other code. */
  readonly check: string | null;
};

/** Why a verifier accepts a version in spite of a finding, in words, for ever beside the act. */
export type CheckOverride = Pick<StandingFinding, 'code' | 'component' | 'check'> & {
  readonly reason: string;
};

/** A session of a review body, as an act that rests on it cites it. */
export type CitedSession = {
  readonly body: string;
  readonly session: string;
  readonly minutes: Digest;
  readonly revision: number;
};

/**
 * How a signature stands for its agency (Decree 30/2020). KT.: a deputy signs for the head. TUQ.:
 * somebody the head authorised in writing. TL., by order, carries no responsibility sentence, so
 * it stands here only in events from before that was checked. TM. (on behalf of a body that
 * decides together, such as a People's Committee) goes before any of them.
 */
export type SignatureForm = {
  readonly form: 'head' | 'KT' | 'TL' | 'TUQ';
  readonly delegation: string | null;
  /** TM.; absent where the agency is no such body, and in events from before it was recorded. */
  readonly onBehalf?: true;
};

/** An act on one version, bound to its digest: what figures and parts record alike. */
type OnVersion = { readonly version: number; readonly digest: Digest };
/** Taking back an endorsement or a version, in words. */
export type ReasonedAct = OnVersion & { readonly reason: string };
export type EndorsementAct = OnVersion & {
  readonly agency: AgencyId;
  readonly responsibility: AcceptedResponsibility;
  readonly signature: SignatureForm;
  readonly paper?: PaperArrival;
};
export type ReturnAct = OnVersion & {
  readonly from: 'submitted' | 'endorsed';
  readonly remarks: readonly Remark[];
  /** Last day for the resubmission: a return sets its own date. */
  readonly lastDay: Day;
  readonly paper?: PaperArrival;
};

export type { FigureId };
