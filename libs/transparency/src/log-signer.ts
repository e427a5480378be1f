import type { VerifierKey } from '#tlog';

/**
 * A key that signs checkpoints, wherever it lies: in a file, behind PKCS#11. The private part never
 * comes through here.
 */
export type LogSigner = {
  readonly key: VerifierKey;
  /** Pure Ed25519 (RFC 8032) over the message, 64 bytes. Rejects when the key cannot be reached. */
  sign(message: Uint8Array): Promise<Uint8Array>;
};
