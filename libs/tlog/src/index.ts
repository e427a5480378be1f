/**
 * Transparency-log primitives: the Merkle tree of RFC 6962 with its proofs, and the C2SP formats
 * around it (tiles, signed notes, checkpoints, cosignatures, policies, `.tlog-proof`). Readers are
 * strict: one spelling for each thing, bounds on everything, and a fault in words instead of an
 * exception. Knows nothing of figures; runs in Node and in a browser.
 */
export * from './checkpoint.ts';
export * from './entry-bundle.ts';
export * from './merkle-tree.ts';
export * from './policy.ts';
export * from './proofs.ts';
export * from './signed-note.ts';
export * from './tiles.ts';
export * from './tlog-proof.ts';
export { areEqual, base64, fromBase64, isKeyName, parseSize, textOf, utf8 } from './reading.ts';
export type { Parsed } from './reading.ts';
