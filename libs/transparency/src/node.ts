/** Adapters of the log: tiles in a folder, a key in a file. */
export * from './file-log-signer.ts';
export * from './folder-tile-store.ts';
