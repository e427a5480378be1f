/**
 * The event store as the ledger sees it: the port with its promises, the one way from a command to
 * an event (`Recorder`), folded streams kept by revision, and upcasting of retired versions.
 * Adapters are behind `node.ts`; `MemoryEventStore` is the one for specs.
 */
export * from './delivery-queue.ts';
export * from './memory-event-store.ts';
export * from './port.ts';
export * from './recorder.ts';
export * from './stream-cache.ts';
export * from './upcast.ts';
