/** Adapters of the log: where its tiles, its keys and its witnesses are. */
export * from './durable-folder.ts';
export * from './file-log-signer.ts';
export * from './folder-tile-store.ts';
export * from './http-witness-client.ts';
export * from './make-folder.ts';
export * from './minio-tile-store.ts';
