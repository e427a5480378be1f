import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { isStrictPoint } from './ed25519-encoding.ts';
import { areEqual, joined } from './reading.ts';

const { Point } = ed25519;
const scalarBytes = 32;

/**
 * Pure Ed25519 (RFC 8032), 32-byte key and 64-byte signature. The form for browsers, written out from
 * noble's points: its own `verify` multiplies by the cofactor, with `zip215: false` too, and so accepts
 * an R with a point of small order added, which OpenSSL and Go's `crypto/ed25519` refuse. Whoever holds
 * a key could then sign what is sound in one place only.
 */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 64 || !isStrictPoint(publicKey)) return false;
  const encodedR = signature.subarray(0, scalarBytes);
  if (!isStrictPoint(encodedR)) return false;
  const s = bytesToNumberLE(signature.subarray(scalarBytes));
  // Noble multiplies by what is below the order, and only there has a signature one spelling.
  if (s >= Point.Fn.ORDER) return false;
  const key = pointOf(publicKey);
  if (key === undefined) return false;
  const digest = sha512(joined(encodedR, publicKey, message));
  const h = Point.Fn.create(bytesToNumberLE(digest));
  // RFC 8032 section 5.1.7 without the factor 8; nothing is secret here, so time may tell.
  const made = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(h));
  return areEqual(made.toBytes(), encodedR);
}

function pointOf(encoded: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    return Point.fromBytes(encoded, false);
  } catch {
    return undefined;
  }
}
