import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isStrictPoint } from './ed25519-encoding.ts';

/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410), without its last 32 bytes. */
const prefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Importing a key costs as much as a verification; a log has a handful of keys. */
const imported = new Map<string, KeyObject>();
const importedMax = 64;

/**
 * Pure Ed25519 (RFC 8032), 32-byte key and 64-byte signature. False for anything that is not a valid
 * signature, malformed ones included. The form for Node; the other is `ed25519-noble.ts`, and both say
 * the same of every signature: OpenSSL checks without the cofactor and compares R by its bytes, as
 * Go's `crypto/ed25519` does. What both leave open, {@link isStrictPoint} settles.
 */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 64 || !isStrictPoint(publicKey)) return false;
  if (!isStrictPoint(signature.subarray(0, 32))) return false;
  try {
    return verify(null, message, keyOf(publicKey), signature);
  } catch {
    return false;
  }
}

function keyOf(publicKey: Uint8Array): KeyObject {
  const der = Buffer.concat([prefix, publicKey]);
  const name = der.toString('base64');
  let key = imported.get(name);
  if (key === undefined) {
    key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    if (imported.size >= importedMax) imported.clear();
    imported.set(name, key);
  }
  return key;
}
