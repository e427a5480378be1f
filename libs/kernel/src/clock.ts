import { epochMs, instantFromMs } from './period.ts';
import type { Instant } from './period.ts';

/** The only source of the present. Injected where an application is put together. */
export type Clock = { now(): Instant };

/** The machine's clock. It may jump: whoever stamps events keeps order by `notBefore`. */
export const systemClock: Clock = { now: () => instantFromMs(Date.now()) };

/** A clock that moves only when told to; for specs and for journeys through a year. */
export function manualClock(
  start: Instant,
): Clock & { advance(byMs: number): void; set(to: Instant): void } {
  let present = start;
  return {
    now: () => present,
    advance: (byMs) => {
      present = instantFromMs(epochMs(present) + byMs);
    },
    set: (to) => {
      present = to;
    },
  };
}

/** The later of two instants: a stamp never runs behind the event before it (CONTRACTS 2). */
export function notBefore(previous: Instant | undefined, candidate: Instant): Instant {
  return previous !== undefined && candidate < previous ? previous : candidate;
}
