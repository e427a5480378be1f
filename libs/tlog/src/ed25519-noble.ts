import { ed25519 } from '@noble/curves/ed25519.js';

/**
 * Pure Ed25519 (RFC 8032), 32-byte key and 64-byte signature. The form for browsers; strict as
 * OpenSSL is, so that a proof sound in one place is sound in the other.
 */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
