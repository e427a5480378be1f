/**
 * The kernel: words and bytes that everything else stands on. Canonical JSON and digests (what is
 * hashed, made in one place), exact decimals, days and instants, ids, the clock, refusals, and the
 * shape of a decider. Imports nothing of ours, runs in Node and in a browser.
 */
export * from './canonical.ts';
export * from './clock.ts';
export * from './decider.ts';
export * from './decimal.ts';
export * from './digest.ts';
export * from './document.ts';
export * from './entry.ts';
export * from './ids.ts';
export * from './period.ts';
export * from './refusal.ts';
export * from './text.ts';
