/**
 * The transparency log of the ledger: every event that is an entry gets a place in a Merkle tree,
 * the tree's head is signed and swapped through the event store, and tiles, checkpoints and receipts
 * are handed out. The formats are those of libs/tlog; what is an entry is said in CONTRACTS 2.
 * Adapters (folder, MinIO, key file, witnesses over HTTP) are behind `node.ts`.
 */
export * from './cosigning.ts';
export * from './growing-log.ts';
export * from './log-events.ts';
export * from './log-head.ts';
export * from './log-keys.ts';
export * from './log-signer.ts';
export * from './memory-tile-store.ts';
export * from './partial-objects.ts';
export * from './publisher.ts';
export * from './receipts.ts';
export * from './recovery.ts';
export * from './sequencer.ts';
export * from './stream-heads.ts';
export * from './tile-store.ts';
export * from './witness-client.ts';
export * from './witness-contact.ts';
