import { hash } from 'node:crypto';

/** SHA-256 of `bytes` (FIPS 180-4), 32 bytes. The form for Node; the other is `sha256-noble.ts`. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}
