/** The evidence store of a single machine: a folder. */
export * from './folder-blob-store.ts';
