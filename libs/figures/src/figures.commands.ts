import type { AgencyId, ContributionId, Day, DocumentRef, PaperArrival } from '#kernel';
import type { OutsideSource } from './contribution.events.ts';
import type {
  CheckOverride,
  EvidenceLink,
  ObservationStatus,
  Remark,
  VersionKind,
} from './statement.ts';

/** A component as typed: money in the declared unit, numbers as decimal strings. */
export type ValueInput = {
  readonly component: string;
  readonly value?: string;
  readonly text?: string;
  readonly estimated?: string;
  readonly items?: readonly {
    readonly key: string;
    readonly label?: string;
    readonly value?: string;
  }[];
  readonly breakdown?: readonly {
    readonly dimension: string;
    readonly item: string;
    readonly value: string;
  }[];
};

export type StatementInput = {
  readonly status: ObservationStatus;
  readonly values: readonly ValueInput[];
  readonly asOf: Day;
  readonly method: string | null;
  readonly evidence: readonly EvidenceLink[];
  readonly note: string | null;
  readonly paper: PaperArrival | null;
};

export type CorrectionInput = StatementInput & {
  readonly kind: Exclude<VersionKind, 'first'>;
  readonly reason: string;
};

/** That there is nothing to state, and why. */
export type AbsenceInput = {
  readonly reason: string;
  readonly asOf: Day;
  readonly evidence: readonly EvidenceLink[];
  readonly paper?: PaperArrival | null;
};

type EndorseCommand = {
  readonly type: 'endorse';
  readonly version: number;
  /** The act was first done on paper; who endorses here is still the head. */
  readonly paper?: PaperArrival | null;
};
type ReEndorseCommand = Omit<EndorseCommand, 'type'> & { readonly type: 're-endorse' };
type WithReason = { readonly version: number; readonly reason: string };
type WithdrawEndorsementCommand = { readonly type: 'withdraw-endorsement' } & WithReason;
type WithdrawCommand = { readonly type: 'withdraw' } & WithReason;
type ReturnCommand = {
  readonly type: 'return';
  readonly version: number;
  readonly remarks: readonly Remark[];
  readonly lastDay: Day;
  readonly paper?: PaperArrival | null;
};

/** The agency that whoever sends it acts for; needed by who could act for several of them. */
export type ForAgency = { readonly forAgency?: AgencyId | null };

/** Each approving command names the version it saw: it binds that version's digest and no other. */
export type FigureCommand = ForAgency & FigureAct;
type FigureAct =
  | ({ readonly type: 'submit'; readonly builtFrom: readonly ContributionId[] } & StatementInput)
  | ({
      readonly type: 'correct';
      readonly builtFrom: readonly ContributionId[];
    } & CorrectionInput)
  | ({ readonly type: 'declare-unavailable' } & AbsenceInput)
  | EndorseCommand
  | ReEndorseCommand
  | WithdrawEndorsementCommand
  | (ReturnCommand & {
      /** A review body's session that decided to return it. */
      readonly reviewBody?: { readonly body: string; readonly session: string } | null;
      /** The committee's document that returns it. */
      readonly document?: DocumentRef | null;
    })
  | {
      readonly type: 'request-explanation';
      readonly version: number;
      readonly remarks: readonly Remark[];
      readonly lastDay: Day;
    }
  | {
      readonly type: 'explain';
      readonly request: string;
      readonly text: string;
      readonly evidence: readonly EvidenceLink[];
    }
  | {
      readonly type: 'verify';
      readonly version: number;
      readonly note: string | null;
      readonly reviewBody: { readonly body: string; readonly session: string } | null;
      readonly acceptance: DocumentRef | null;
      readonly overrides?: readonly CheckOverride[];
      readonly paper?: PaperArrival | null;
    }
  | WithdrawCommand
  | {
      readonly type: 'dispute';
      readonly version: number;
      readonly reason: string;
      readonly evidence: readonly EvidenceLink[];
    }
  | {
      readonly type: 'settle';
      readonly dispute: string;
      readonly outcome: 'withdrawn' | 'upheld' | 'dismissed';
      readonly reason: string;
      readonly document: DocumentRef | null;
    }
  | {
      readonly type: 'order-correction';
      readonly version: number;
      readonly conclusion: DocumentRef;
      readonly text: string;
      readonly lastDay: Day;
      /** The order of the inspector's agency that it carries out, by id. */
      readonly finding?: string | null;
    };

export type ContributionCommand = ForAgency & ContributionAct;
type ContributionAct =
  | {
      readonly type: 'request';
      readonly agency: AgencyId;
      readonly components: readonly string[];
      readonly documentsOnly: boolean;
    }
  | ({ readonly type: 'submit'; readonly outsideSource: OutsideSource | null } & StatementInput)
  | ({
      readonly type: 'correct';
      readonly outsideSource: OutsideSource | null;
    } & CorrectionInput)
  | ({ readonly type: 'declare-no-data' } & AbsenceInput)
  | EndorseCommand
  | WithdrawEndorsementCommand
  | { readonly type: 'accept'; readonly version: number; readonly note: string | null }
  | ReturnCommand
  | WithdrawCommand;
