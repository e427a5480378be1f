/** Lines of one kind that may come at once, and how long one more takes. */
export type FloodLimits = {
  readonly burst: number;
  readonly refillMs: number;
  /** Most keys kept; the one that was used longest ago is forgotten, and its count with it. */
  readonly keysMax: number;
};

type Bucket = { tokens: number; atMs: number; suppressedCount: number };

/**
 * Keeps those who are refused over and over from filling the disk with it: a full disk would stop
 * the security log, and with it every act it tells of. What is left out is counted, and the next
 * line of the same kind says how many.
 */
export class Flood {
  private readonly limits: FloodLimits;
  private readonly buckets = new Map<string, Bucket>();

  constructor(limits: FloodLimits) {
    this.limits = limits;
  }

  /** Null where the line is left out; else how many were left out since the last one. */
  pass(key: string, nowMs: number): number | null {
    const { burst, refillMs, keysMax } = this.limits;
    const known = this.buckets.get(key) ?? { tokens: burst, atMs: nowMs, suppressedCount: 0 };
    const gained = Math.max(0, Math.floor((nowMs - known.atMs) / refillMs));
    const tokens = Math.min(burst, known.tokens + gained);
    const atMs = tokens === burst ? nowMs : known.atMs + gained * refillMs;
    const passes = tokens >= 1;
    this.buckets.delete(key);
    this.buckets.set(key, {
      tokens: passes ? tokens - 1 : tokens,
      atMs,
      suppressedCount: passes ? 0 : known.suppressedCount + 1,
    });
    const oldest = this.buckets.keys().next().value;
    if (this.buckets.size > keysMax && oldest !== undefined) this.buckets.delete(oldest);
    return passes ? known.suppressedCount : null;
  }
}
