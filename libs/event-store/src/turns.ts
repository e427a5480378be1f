/**
 * A number of turns to be taken at once; further takers wait in the order they came. Who waited too
 * long leaves the queue and gets none, so that a stuck server cannot make it grow without end.
 */
export class Turns {
  private readonly waiting = new Set<() => void>();
  private free: number;

  constructor(atOnceMax: number) {
    this.free = atOnceMax;
  }

  /** True with a turn, which must be given back; false after `patienceMs` without one. */
  take(patienceMs: number): Promise<boolean> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.delete(proceed);
        resolve(false);
      }, patienceMs);
      const proceed = () => {
        clearTimeout(timer);
        resolve(true);
      };
      this.waiting.add(proceed);
    });
  }

  /** How many wait for a turn now. For metrics. */
  get waitingCount(): number {
    return this.waiting.size;
  }

  giveBack(): void {
    const next = this.waiting.values().next().value;
    if (next === undefined) {
      this.free += 1;
      return;
    }
    // Handed over and not freed first, so that nobody who came later gets in between.
    this.waiting.delete(next);
    next();
  }
}
