/**
 * What a witness says to `add-checkpoint` (c2sp.org/tlog-witness v1.0.0). Nothing in it is believed
 * before it was verified: lines are cosignatures only if the witness's key made them.
 */
export type WitnessAnswer =
  /** Signature lines as sent, without their newlines. */
  | { readonly kind: 'cosigned'; readonly lines: readonly string[] }
  /** 409: the size of the last tree that the witness has seen of this log. */
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'refused'; readonly status: number }
  /** No answer, or one that is none of the protocol's. */
  | { readonly kind: 'away'; readonly reason: string };

/** Reaches witnesses. Never rejects: whatever goes wrong is an answer. */
export abstract class WitnessClient {
  /** POSTs `body` to `add-checkpoint` below the witness's submission prefix. */
  abstract addCheckpoint(
    url: string,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<WitnessAnswer>;
}
