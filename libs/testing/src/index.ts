/**
 * What specs are written with: the three steps given, when, then for deciders, made-up events with
 * real digests, an event store that fails on command, real parts that can be killed, and what a loss
 * of power would leave of a folder. Only specs and contracts import it.
 */
export * from './faulty-event-store.ts';
export * from './given.ts';
export * from './loss-of-power.ts';
export * from './real-parts.ts';
export * from './recorded-event.ts';
export * from './tcp-proxy.ts';
export * from './toy-tally.ts';
