import type { Position } from '#event-store';

type Waiting = { readonly position: Position; readonly eventCount: number; readonly atMs: number };

/** What was recorded and is not in the read models yet. */
export type BacklogReport = { readonly eventCount: number; readonly oldestAtMs: number | null };

/** Beyond that many appends, neighbours are counted as one: more exact than anybody asks for. */
const keptMax = 8_192;

/**
 * Appends of this server that its read models have not reached. Event stores do not number `$all`
 * densely, so how many events lie between two positions is known only to whoever counted them.
 */
export class Backlog {
  private readonly reached: () => Position | 'all' | null;
  private waiting: Waiting[] = [];

  /**
   * `reached` is the position of the last event in the read models, null for none; `all` where
   * another server fills them and this one does not know.
   */
  constructor(reached: () => Position | 'all' | null) {
    this.reached = reached;
  }

  /** Times are of one clock that never jumps (`performance.now`), in milliseconds. */
  add(position: Position, eventCount: number, atMs: number): void {
    this.waiting.push({ position, eventCount, atMs });
    if (this.waiting.length < keptMax) return;
    this.trim();
    // Still as many: nobody follows, and the list must not grow for as long as nobody does.
    if (this.waiting.length > keptMax / 2) this.waiting = inPairs(this.waiting);
  }

  report(): BacklogReport {
    this.trim();
    const eventCount = this.waiting.reduce((sum, one) => sum + one.eventCount, 0);
    return { eventCount, oldestAtMs: this.waiting[0]?.atMs ?? null };
  }

  /** Acknowledgements of appends at once come in any order, so the whole list is looked at. */
  private trim(): void {
    const reached = this.reached();
    if (reached === null) return;
    if (reached === 'all') this.waiting = [];
    else this.waiting = this.waiting.filter(({ position }) => position > reached);
  }
}

function inPairs(waiting: readonly Waiting[]): Waiting[] {
  const pairs: Waiting[] = [];
  for (const [index, one] of waiting.entries()) {
    const before = pairs.at(-1);
    if (index % 2 === 0 || before === undefined) pairs.push(one);
    else {
      const position = one.position > before.position ? one.position : before.position;
      const eventCount = before.eventCount + one.eventCount;
      pairs[pairs.length - 1] = { position, eventCount, atMs: before.atMs };
    }
  }
  return pairs;
}
