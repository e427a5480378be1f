import type { AgencyId, Digest, DocumentRef, Period, RoundId } from '#kernel';
import type { BlobInterference } from './blob-store.ts';

/**
 * Commands to one piece of evidence. What the file is (size, type, place) is not among their
 * members: the handler finds it in the blob store, and it reaches the rules in their context.
 */
export type EvidenceCommand =
  | {
      readonly type: 'deposit';
      readonly evidence: Digest;
      readonly document: DocumentRef;
      readonly periodCovered: Period | null;
      readonly depositedFor: AgencyId;
    }
  | {
      readonly type: 'describe';
      /** Whose deposit; may be left out by who acts for one of them only. */
      readonly depositedFor?: AgencyId;
      readonly document: DocumentRef;
      readonly periodCovered: Period | null;
      readonly reason: string;
    }
  | {
      readonly type: 'restrict-access';
      readonly depositedFor?: AgencyId;
      readonly to: readonly AgencyId[];
      readonly reason: string;
    }
  | {
      readonly type: 'grant-access';
      readonly depositedFor?: AgencyId;
      readonly to: readonly AgencyId[];
      readonly rounds: readonly RoundId[];
      readonly reason: string;
    }
  /** The ledger's own: no route leads here, and no person may send it. */
  | { readonly type: 'notice-interference'; readonly found: BlobInterference };

export type EvidenceReferenceCommand = {
  readonly type: 'refer';
  /** UUID, chosen by the sender or derived from the command. */
  readonly reference: string;
  readonly document: DocumentRef;
  readonly heldBy: string;
  readonly archiveMark: string | null;
  readonly digest: Digest | null;
  readonly reason: string;
  readonly periodCovered: Period | null;
  readonly depositedFor: AgencyId;
};
