/**
 * Evidence: files known by their SHA-256, and the documents they are. Bytes go to a `BlobStore`
 * first (`receiveContent`), then an event says what they are and for which agency they were handed
 * in; what may not be uploaded is only referenced. This door is pure: rules, shapes, the port with
 * its promises and its fake. Adapters are behind `node.ts`, handlers behind `nest.ts`.
 */
export * from './blob-store.ts';
export * from './content-intake.ts';
export * from './deposit.ts';
export { depositing, mayDepositAny } from './description.ts';
export * from './evidence.commands.ts';
export * from './evidence.events.ts';
export * from './evidence.ts';
export * from './evidence-reference.ts';
export * from './media-type.ts';
export * from './memory-blob-store.ts';
export * from './memory-upload-area.ts';
export * from './refusals.ts';
export * from './upload-area.ts';
export * from './uploads.ts';
