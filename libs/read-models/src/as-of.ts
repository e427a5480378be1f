import { parseCount, readRfc3339 } from '#kernel';
import type { Instant } from '#kernel';

/**
 * A moment to answer for: a leaf index (what was known once that leaf was there), an instant, or
 * undefined for the newest. A leaf index beyond the end is the newest, too.
 */
export type AsOf = number | Instant | undefined;

/**
 * The moment an answer stands for: the last leaf it rests on, and the latest time recorded up to
 * there. Both are null before the first leaf. Asking again with either gives the same answer.
 */
export type AnsweredAsOf = {
  readonly leafIndex: number | null;
  readonly at: Instant | null;
};

/** An answer and the moment it stands for. */
export type Answer<Data> = { readonly data: Data; readonly asOf: AnsweredAsOf };

/** Part of a list. `nextCursor` is null on the last page. */
export type Page<Item> = {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly asOf: AnsweredAsOf;
};

/** `asOf` as CONTRACTS 2 lets people write it: a leaf index or an RFC 3339 time; else undefined. */
export function readAsOf(text: string): number | Instant | undefined {
  return parseCount(text) ?? readRfc3339(text);
}
