import type { Delivery } from './port.ts';

/** Most events have a kilobyte; of the largest that there may be, this many bytes are 512. */
const heldBytesMaxDefault = 32 * 1024 * 1024;

/**
 * Between a subscription and the one who writes: while a batch is being committed the next events
 * are read already, up to a limit, and whoever takes gets all that is there. So batches are large
 * when much is to be done and small when one event is waited for, without any timer. The limit is in
 * events and in bytes: a batch of the largest ones is as much work as one of many small ones.
 */
export class DeliveryQueue {
  private readonly limit: number;
  private readonly heldBytesMax: number;
  /** About how much memory what is here takes. */
  private heldBytes = 0;
  private deliveries: Delivery[] = [];
  /** Of `caught-up` among them: looked for at each delivery, so it is counted and not searched. */
  private caughtUpCount = 0;
  private isEnded = false;
  private failure: { readonly error: unknown } | undefined;
  private readonly asleep = new Set<() => void>();

  constructor(limit: number, heldBytesMax = heldBytesMaxDefault) {
    this.limit = limit;
    this.heldBytesMax = heldBytesMax;
  }

  /**
   * Reads the subscription to its end, never more than the limit, or one event over that in bytes,
   * ahead. Errors go to the taker.
   */
  async fill(subscription: AsyncIterable<Delivery>, signal: AbortSignal): Promise<void> {
    const wake = () => this.wake();
    signal.addEventListener('abort', wake);
    try {
      for await (const delivery of subscription) {
        this.deliveries.push(delivery);
        this.caughtUpCount += countCaughtUp([delivery]);
        this.heldBytes += bytesAbout(delivery);
        this.wake();
        while (this.isFull(this.limit) && !signal.aborted) await this.change();
        if (signal.aborted) break;
      }
    } catch (error) {
      this.failure = { error };
    } finally {
      signal.removeEventListener('abort', wake);
      this.isEnded = true;
      this.wake();
    }
  }

  /**
   * At most `max` deliveries, in order: as soon as there is one if `isLive`, else when the batch is
   * full, in number or in bytes, or the subscription has caught up, or ended. Undefined after the last; throws what the
   * subscription threw, after everything it delivered before was taken.
   */
  async take(max: number, isLive: boolean): Promise<readonly Delivery[] | undefined> {
    while (!this.isEnded && !this.isEnough(max, isLive)) await this.change();
    if (this.deliveries.length === 0) {
      if (this.failure !== undefined) throw this.failure.error;
      return undefined;
    }
    const taken = this.deliveries.slice(0, max);
    this.deliveries = this.deliveries.slice(max);
    this.caughtUpCount -= countCaughtUp(taken);
    for (const delivery of taken) this.heldBytes -= bytesAbout(delivery);
    this.wake();
    return taken;
  }

  /**
   * Resolves once a batch of `max` is there, or all that may be held at once, or the subscription has
   * ended, or `signal` aborts.
   */
  async untilFull(max: number, signal: AbortSignal): Promise<void> {
    const wake = () => this.wake();
    signal.addEventListener('abort', wake);
    while (!this.isEnded && !this.isFull(max) && !signal.aborted) await this.change();
    signal.removeEventListener('abort', wake);
  }

  private isEnough(max: number, isLive: boolean): boolean {
    if (this.isFull(max)) return true;
    if (isLive) return this.deliveries.length > 0;
    // Anywhere, not only at the end: a live event may have come right behind it, and no other
    // sign would follow to end the wait.
    return this.caughtUpCount > 0;
  }

  private isFull(max: number): boolean {
    return this.deliveries.length >= max || this.heldBytes >= this.heldBytesMax;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.asleep.add(resolve));
  }

  private wake(): void {
    const awake = [...this.asleep];
    this.asleep.clear();
    for (const resolve of awake) resolve();
  }
}

function countCaughtUp(deliveries: readonly Delivery[]): number {
  return deliveries.reduce((count, { kind }) => count + (kind === 'caught-up' ? 1 : 0), 0);
}

/** What every delivery takes, its metadata included. */
const leastBytes = 1_024;
const bytesOfValue = 16;

/** The size of an event as it lies in memory, near enough: its strings, and something for the rest. */
function bytesAbout(delivery: Delivery): number {
  if (delivery.kind !== 'event') return leastBytes;
  let bytes = leastBytes;
  // Not by recursion: nobody has looked yet how deep this is.
  const left: unknown[] = [delivery.event.data];
  while (left.length > 0) {
    const value = left.pop();
    bytes += bytesOfValue;
    if (typeof value === 'string') bytes += value.length;
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      bytes += name.length;
      left.push(inner);
    }
  }
  return bytes;
}
