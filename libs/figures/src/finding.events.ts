import type { AgencyId, Day, Digest, DocumentRef, Fact, FigureId, PaperArrival } from '#kernel';
import type { DueReading, EvidenceLink } from './statement.ts';

/** Kiến nghị, kết luận kiểm toán / thanh tra: a question, an objection or an order. */
export const findingKinds = ['question', 'objection', 'order'] as const;
export type FindingKind = (typeof findingKinds)[number];

/**
 * What a finding is about: one version of a figure, by digest, so that a later version cannot slip
 * under it. A snapshot becomes another member of this union when there are snapshots.
 */
export type FindingSubject = {
  readonly kind: 'figure';
  readonly figure: FigureId;
  readonly version: number;
  readonly digest: Digest;
};

/** Facts about one finding, stream `finding-<uuid>`. */
export type FindingFact =
  | Fact<
      'finding.raised.v1',
      {
        readonly finding: string;
        readonly kind: FindingKind;
        readonly subject: FindingSubject;
        /** Agencies that must answer: any of them for all. */
        readonly asked: readonly AgencyId[];
        readonly text: string;
        readonly evidence: readonly EvidenceLink[];
        /** Last day for the answer. */
        readonly answerBy: Day;
        /** The letter or conclusion it stands in, where there is one already. */
        readonly document: DocumentRef | null;
      }
    >
  | Fact<
      'finding.answered.v1',
      {
        /** `answer-1`, `answer-2` … within the finding. */
        readonly answer: string;
        readonly agency: AgencyId;
        readonly text: string;
        readonly evidence: readonly EvidenceLink[];
        readonly due: DueReading;
        readonly paper: PaperArrival | null;
      }
    >
  /** UBND tỉnh, by a document, printed on the certificate (DOMAIN, What blocks certification). */
  | Fact<'finding.overruled.v1', { readonly reason: string; readonly document: DocumentRef }>
  | Fact<
      'finding.closed.v1',
      {
        /** Settled by what was answered or done, or taken back by who raised it. */
        readonly outcome: 'settled' | 'withdrawn';
        readonly reason: string;
      }
    >;
