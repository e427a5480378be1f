import type { AgencyId, Digest, DocumentRef, Fact, Instant, Period, RoundId } from '#kernel';

/**
 * Facts about one file, stream `evidence-<sha256>`. The file is known by its digest, apart from the
 * document it is: uploaded file names never enter, they are personal or careless too often. Each
 * agency that hands it in makes a deposit of its own; facts about one of them name its agency, and
 * where `depositedFor` is missing, the first deposit is meant (decision 0014).
 */
export type EvidenceFact =
  | Fact<
      'evidence.deposited.v1',
      {
        readonly evidence: Digest;
        readonly sizeBytes: number;
        /** As sniffed from the content, not as declared. */
        readonly mediaType: string;
        readonly document: DocumentRef;
        /** The time the document speaks of; when it was received stands in metadata. */
        readonly periodCovered: Period | null;
        readonly depositedFor: AgencyId;
        /** Where the bytes were put: kind of store, version and retention as it reported them. */
        readonly blob: {
          readonly store: string;
          readonly versionId: string | null;
          readonly retainUntil: Instant | null;
        };
      }
    >
  | Fact<
      'evidence.described.v1',
      {
        readonly depositedFor?: AgencyId;
        readonly document: DocumentRef;
        readonly periodCovered: Period | null;
        readonly reason: string;
      }
    >
  | Fact<
      'evidence.signatures-observed.v1',
      {
        readonly signatures: readonly {
          readonly signedAt: Instant | null;
          readonly whole: boolean;
          readonly subject: Digest;
        }[];
      }
    >
  | Fact<
      'evidence.retention-extended.v1',
      { readonly retainUntil: Instant; readonly reason: string }
    >
  | Fact<
      'evidence.hold-placed.v1',
      { readonly reason: string; readonly document: DocumentRef | null }
    >
  | Fact<
      'evidence.hold-released.v1',
      { readonly reason: string; readonly document: DocumentRef | null }
    >
  | Fact<'evidence.integrity-confirmed.v1', { readonly sizeBytes: number }>
  | Fact<
      'evidence.integrity-failed.v1',
      { readonly found: Digest | null; readonly fault: 'missing' | 'changed' | 'unreadable' }
    >
  | Fact<
      'evidence.interference-noticed.v1',
      {
        /** What somebody with rights in the store laid over the bytes, which are still there. */
        readonly kind: 'delete-marker' | 'later-version';
        readonly versionId: string;
        /** When the store says it was done. */
        readonly at: Instant;
      }
    >
  | Fact<
      'evidence.access-restricted.v1',
      {
        readonly depositedFor?: AgencyId;
        readonly to: readonly AgencyId[];
        readonly reason: string;
      }
    >
  | Fact<
      'evidence.access-granted.v1',
      {
        readonly depositedFor: AgencyId;
        readonly to: readonly AgencyId[];
        /** Rounds whose parties may all read and cite it. */
        readonly rounds: readonly RoundId[];
        readonly reason: string;
      }
    >;

/** A document that may not be uploaded, stream `evidence-ref-<id>`: shown as only referenced. */
export type EvidenceReferenceFact = Fact<
  'evidence.referenced.v1',
  {
    readonly reference: string;
    readonly document: DocumentRef;
    readonly heldBy: string;
    readonly archiveMark: string | null;
    readonly digest: Digest | null;
    readonly reason: string;
    readonly periodCovered: Period | null;
    readonly depositedFor: AgencyId;
  }
>;
