/** Where evidence lies: a folder on a single machine, or a locked bucket of MinIO. */
export * from './folder-blob-store.ts';
export * from './folder-upload-area.ts';
export * from './minio-blob-store.ts';
export { BlobStoreUnfit } from './minio-bucket.ts';
export type { MinioBucket, UnfitReason } from './minio-bucket.ts';
export { release } from './staged-content.ts';
