import type { Fact } from '#kernel';
import type { Position } from './port.ts';
import type { Folded, Folding, StreamCache } from './stream-cache.ts';

/** Beyond so many appends of unknown outcome nothing is presumed any more. */
const unsettledMax = 10_000;

/**
 * Spares a creation the look at a stream that is not there: it is decided and appended as if the
 * stream were absent, and the expected revision `no-stream` finds out. What remains to be told apart
 * is a stream that this very command made before, whose repetition a store takes for done: then the
 * answer names an old position. Everything this process did not append, and everything it did, has a
 * position up to the newest it knows of, because it alone writes to the store; a position beyond it
 * is new. The one exception, an append whose outcome was never learnt, is remembered by its stream.
 */
export class Presumption {
  private readonly cache: StreamCache;
  private newest: Position | undefined;
  private readonly unsettled = new Set<string>();

  constructor(cache: StreamCache) {
    this.cache = cache;
  }

  /** The state to decide a creation on, or undefined where the stream has to be looked at. */
  absent<S, F extends Fact>(folding: Folding<S, F>, stream: string): Folded<S> | undefined {
    const isKnowable = this.cache.soleWriter && this.newest !== undefined;
    const isSettled = !this.unsettled.has(stream) && this.unsettled.size < unsettledMax;
    return isKnowable && isSettled ? this.cache.presumeAbsent(folding, stream) : undefined;
  }

  /** To be asked before an append; answers whether the position it got is one of its own. */
  newness(): (position: Position) => boolean {
    const { newest } = this;
    return (position) => newest === undefined || position > newest;
  }

  /** An append that was certainly new; the next ones are known to be so by standing behind it. */
  recorded(position: Position): void {
    if (this.newest === undefined || position > this.newest) this.newest = position;
  }

  /** An append that may still arrive: whether its stream is there has to be looked at from now on. */
  leftOpen(stream: string): void {
    if (this.unsettled.size < unsettledMax) this.unsettled.add(stream);
  }
}
