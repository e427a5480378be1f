/**
 * What specs are written with: the three steps given, when, then for deciders, made-up events with
 * real digests, an event store that fails on command, and real
 * parts that can be killed. Only specs and contracts import it.
 */
export * from './faulty-event-store.ts';
export * from './given.ts';
export * from './real-parts.ts';
export * from './recorded-event.ts';
export * from './tcp-proxy.ts';
export * from './toy-tally.ts';
