import type { AgencyId, Day, DocumentRef, FigureId, PaperArrival } from '#kernel';
import type { ForAgency } from './figures.commands.ts';
import type { FindingKind } from './finding.events.ts';
import type { EvidenceLink } from './statement.ts';

export type FindingCommand = ForAgency & FindingAct;
type FindingAct =
  | {
      readonly type: 'raise';
      readonly kind: FindingKind;
      readonly figure: FigureId;
      readonly version: number;
      /** Null asks the leads; else a lead, a participant or the checking agency. */
      readonly asked: AgencyId | null;
      readonly text: string;
      readonly evidence: readonly EvidenceLink[];
      readonly answerBy: Day;
      readonly document: DocumentRef | null;
    }
  | {
      readonly type: 'answer';
      readonly text: string;
      readonly evidence: readonly EvidenceLink[];
      readonly paper: PaperArrival | null;
    }
  | { readonly type: 'overrule'; readonly reason: string; readonly document: DocumentRef }
  | {
      readonly type: 'close';
      readonly outcome: 'settled' | 'withdrawn';
      readonly reason: string;
    };
