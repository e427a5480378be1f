import type { AgencyId, Digest, DocumentRef, Period } from '#kernel';
import type { EvidenceFact } from './evidence.events.ts';

type BlobPlace = Extract<EvidenceFact, { type: 'evidence.deposited.v1' }>['data']['blob'];

export type EvidenceCommand =
  | {
      readonly type: 'deposit';
      readonly evidence: Digest;
      /** Found by the handler in the blob store, never taken from the request. */
      readonly found: { readonly sizeBytes: number; readonly mediaType: string; readonly blob: BlobPlace };
      readonly document: DocumentRef;
      readonly periodCovered: Period | null;
      readonly depositedFor: AgencyId;
    }
  | { readonly type: 'describe'; readonly document: DocumentRef; readonly periodCovered: Period | null; readonly reason: string }
  | { readonly type: 'restrict-access'; readonly to: readonly AgencyId[]; readonly reason: string };

export type EvidenceReferenceCommand = {
  readonly type: 'refer';
  readonly reference: string;
  readonly document: DocumentRef;
  readonly heldBy: string;
  readonly archiveMark: string | null;
  readonly digest: Digest | null;
  readonly reason: string;
  readonly periodCovered: Period | null;
  readonly depositedFor: AgencyId;
};
