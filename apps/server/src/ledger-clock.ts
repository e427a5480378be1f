import type { Clock, Instant } from '#kernel';
import { dayInVietnam } from '#kernel';
import type { Day } from '#kernel';

/** The clock of the ledger as Nest injects it; which one it is, is decided where it is started. */
export class LedgerClock implements Clock {
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  now(): Instant {
    return this.clock.now();
  }

  /** The day it is in Vietnam. */
  today(): Day {
    return dayInVietnam(this.clock.now());
  }
}
