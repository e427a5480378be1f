/**
 * The event store for Node: the adapter for EventStoreDB, which the embedded node speaks too. One
 * connection in a process is the rule; a second one works, but appends more slowly.
 */
export { connectEventStore, EventStoreDbEventStore } from './eventstoredb-event-store.ts';
export type { EventStoreDbOptions } from './eventstoredb-event-store.ts';
