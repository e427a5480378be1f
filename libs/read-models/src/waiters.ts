import type { Position } from '#event-store';

/** What somebody waits for: a leaf, or everything up to a position, being in the read models. */
export type Target = { readonly leafIndex: number } | { readonly position: Position };

/** How far the read models have come. Null: nothing yet. */
export type Reached = { readonly leafIndex: number | null; readonly position: Position | null };

type Waiter = { readonly target: Target; readonly settle: (isReached: boolean) => void };

/** Those who wait to read their own writes (CONTRACTS 5). Woken by commits, never by a clock. */
export class Waiters {
  private readonly waiting = new Set<Waiter>();
  private readonly idle = new Set<() => void>();
  private present: Reached = { leafIndex: null, position: null };

  /** True while somebody waits for something. */
  get isAwaited(): boolean {
    return this.waiting.size > 0;
  }

  /** True once the target is reached, false after `timeoutMs` or when there is no more hope. */
  wait(target: Target, timeoutMs: number): Promise<boolean> {
    if (isReached(target, this.present)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.settle(false), timeoutMs);
      const waiter: Waiter = {
        target,
        settle: (reached) => {
          clearTimeout(timer);
          this.waiting.delete(waiter);
          resolve(reached);
        },
      };
      this.waiting.add(waiter);
      for (const wake of [...this.idle]) wake();
    });
  }

  /** Resolves as soon as somebody waits, or `signal` aborts, or after `patienceMs`. */
  untilWanted(patienceMs: number, signal: AbortSignal): Promise<void> {
    if (this.waiting.size > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.idle.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, patienceMs);
      signal.addEventListener('abort', wake);
      this.idle.add(wake);
    });
  }

  /** Something was committed: whoever waited for it goes on. */
  reached(present: Reached): void {
    this.present = present;
    for (const waiter of [...this.waiting]) {
      if (isReached(waiter.target, present)) waiter.settle(true);
    }
  }

  /** Nothing more will come for now. */
  release(): void {
    for (const waiter of [...this.waiting]) waiter.settle(false);
  }
}

function isReached(target: Target, { leafIndex, position }: Reached): boolean {
  return 'leafIndex' in target
    ? leafIndex !== null && target.leafIndex <= leafIndex
    : position !== null && target.position <= position;
}
