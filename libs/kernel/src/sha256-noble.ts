import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** SHA-256 of `bytes` (FIPS 180-4), 32 bytes. The form for browsers, where node:crypto is absent. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}

/** Puts the SHA-256 of `bytes` into `target` at `offset`. */
export function sha256Into(bytes: Uint8Array, target: Uint8Array, offset: number): void {
  target.set(nobleSha256(bytes), offset);
}
