/**
 * The event store for Node: the adapter for EventStoreDB, which the embedded node speaks too.
 */
export { connectEventStore, EventStoreDbEventStore } from './eventstoredb-event-store.ts';
export type { EventStoreDbOptions } from './eventstoredb-event-store.ts';
