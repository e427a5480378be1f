import type { AgencyId, Basis, Day, Digest, DocumentRef, Fact, PaperArrival } from '#kernel';
import type {
  AcceptedResponsibility,
  AnsweredDefinition,
  BuiltFrom,
  CheckOverride,
  CitedSession,
  EndorsementAct,
  EvidenceLink,
  ReasonedAct,
  Remark,
  ReturnAct,
  StandingFinding,
  Statement,
} from './statement.ts';

/** What a figure states beside its own values: the parts it was built from, and those missing. */
export type FigureStatement = Statement & {
  readonly builtFrom: readonly BuiltFrom[];
  /** Agencies whose part was not accepted yet: their lateness is theirs. */
  readonly outstanding: readonly AgencyId[];
};

/** Marks that a verification leaves for ever (DOMAIN, Marks). */
export type VerificationMark =
  | 'self-led'
  | 'not-independently-reviewed'
  | 'verifier-contributed'
  | 'evidence-incomplete'
  | 'evidence-referenced-only'
  | 'parts-outstanding';

/** Facts about one figure, stream `figure-<round>.<indicator>[.<agency>]`. */
export type FigureFact =
  | Fact<'figure.submitted.v1', FigureStatement>
  | Fact<'figure.declared-unavailable.v1', FigureStatement & { readonly reason: string }>
  | Fact<
      'figure.corrected.v1',
      FigureStatement & { readonly reason: string; readonly replaces: number }
    >
  | Fact<
      'figure.endorsed.v1',
      EndorsementAct & {
        /** Agencies of a joint lead that still have to endorse; empty when complete. */
        readonly awaited: readonly AgencyId[];
      }
    >
  /** The round moved to an edition: this version, as it stands, answers its definition too. */
  | Fact<
      'figure.re-endorsed.v1',
      EndorsementAct & {
        /** What it answers from now on, beside what it was stated as an answer to. */
        readonly definition: AnsweredDefinition;
        /** All agencies that must say so, and those of them still awaited. */
        readonly parties: readonly AgencyId[];
        readonly awaited: readonly AgencyId[];
      }
    >
  | Fact<'figure.endorsement-withdrawn.v1', ReasonedAct>
  | Fact<
      'figure.returned.v1',
      ReturnAct & {
        /** Set where a review body returns what it might have verified. */
        readonly reviewBody?: CitedSession;
        /** Set where the committee returns by a document what it might have accepted by one. */
        readonly document?: DocumentRef;
      }
    >
  | Fact<
      'figure.explanation-requested.v1',
      {
        readonly request: string;
        readonly version: number;
        readonly digest: Digest;
        readonly remarks: readonly Remark[];
        readonly lastDay: Day;
      }
    >
  | Fact<
      'figure.explained.v1',
      {
        readonly request: string;
        readonly text: string;
        readonly evidence: readonly EvidenceLink[];
      }
    >
  | Fact<
      'figure.verified.v1',
      {
        readonly version: number;
        readonly digest: Digest;
        /** The sentence of the plan that verification rests on. */
        readonly basis: AcceptedResponsibility;
        readonly reviewBody: CitedSession | null;
        /** UBND tỉnh accepts by a document where no independent reviewer exists. */
        readonly acceptance: DocumentRef | null;
        readonly marks: readonly VerificationMark[];
        readonly note: string | null;
        /** Absent where nothing was found, and in events from before there were checks. */
        readonly findings?: readonly StandingFinding[];
        /** One for each error at least; absent where there is none. */
        readonly overrides?: readonly CheckOverride[];
        readonly paper?: PaperArrival;
      }
    >
  | Fact<'figure.withdrawn.v1', ReasonedAct>
  | Fact<
      'figure.disputed.v1',
      {
        readonly dispute: string;
        readonly version: number;
        readonly digest: Digest;
        readonly reason: string;
        readonly evidence: readonly EvidenceLink[];
      }
    >
  | Fact<
      'figure.dispute-settled.v1',
      {
        readonly dispute: string;
        readonly outcome: 'withdrawn' | 'upheld' | 'dismissed';
        readonly reason: string;
        readonly document: DocumentRef | null;
      }
    >
  | Fact<
      'correction.ordered.v1',
      {
        readonly order: string;
        readonly version: number;
        readonly digest: Digest;
        readonly conclusion: DocumentRef;
        readonly text: string;
        readonly lastDay: Day;
        readonly finding: Basis | null;
      }
    >;
