import { hash } from 'node:crypto';

/** SHA-256 of `bytes` (FIPS 180-4), 32 bytes. The form for Node; the other is `sha256-noble.ts`. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

type WriteText = (
  this: Uint8Array,
  text: string,
  offset: number,
  length: number,
  encoding: 'hex',
) => number;

/** Node's own, which works on any array of bytes without a view being made for it. */
const writeText = Object.getOwnPropertyDescriptor(Buffer.prototype, 'write')?.value as WriteText;

/**
 * Puts the SHA-256 of `bytes` into `target` at `offset`. For whoever hashes millions: asking for a
 * new buffer each time costs two to four times as much as the digits and reading them.
 */
export function sha256Into(bytes: Uint8Array, target: Uint8Array, offset: number): void {
  writeText.call(target, hash('sha256', bytes, 'hex'), offset, 32, 'hex');
}
