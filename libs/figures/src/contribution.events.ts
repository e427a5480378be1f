import type {
  AgencyId,
  Basis,
  ContributionId,
  Digest,
  Fact,
  FigureId,
  IndicatorCode,
  RoundId,
} from '#kernel';
import type { EndorsementAct, ReasonedAct, ReturnAct, Statement } from './statement.ts';

/**
 * An outsider's part is deposited on its behalf by the lead: no account, no responsibility
 * sentence.
 */
export type OutsideSource = {
  readonly name: string;
  readonly sourceKind: 'survey' | 'register' | 'document';
};

/** Facts about one part, stream `contribution-<round>.<indicator>.<agency>`. */
export type ContributionFact =
  | Fact<
      'contribution.requested.v1',
      {
        readonly contribution: ContributionId;
        readonly figure: FigureId;
        readonly round: RoundId;
        readonly indicator: IndicatorCode;
        readonly agency: AgencyId;
        /** Components asked for; empty where only documents are asked for. */
        readonly components: readonly string[];
        readonly documentsOnly: boolean;
        /** The freezing of participants that makes this agency owe a part. */
        readonly frozenBy: Basis;
      }
    >
  | Fact<'contribution.submitted.v1', Statement & { readonly outsideSource: OutsideSource | null }>
  | Fact<
      'contribution.corrected.v1',
      Statement & {
        readonly reason: string;
        readonly replaces: number;
        readonly outsideSource: OutsideSource | null;
      }
    >
  /** Không phát sinh: takes the same road as values. */
  | Fact<'contribution.declared-no-data.v1', Statement & { readonly reason: string }>
  | Fact<'contribution.endorsed.v1', EndorsementAct>
  | Fact<'contribution.endorsement-withdrawn.v1', ReasonedAct>
  | Fact<
      'contribution.accepted.v1',
      { readonly version: number; readonly digest: Digest; readonly note: string | null }
    >
  | Fact<'contribution.returned.v1', ReturnAct>
  | Fact<'contribution.withdrawn.v1', ReasonedAct>;
