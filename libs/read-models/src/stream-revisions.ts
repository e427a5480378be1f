import type { Sql } from './database.ts';
import { lastRevisions } from './leaf-table.ts';

/**
 * The last revision of each stream, so that a hole in a stream is noticed. Kept in memory like the
 * rows of the models: least recently used first out, and read back when one is wanted again.
 */
export class StreamRevisions {
  private readonly schema: string;
  private readonly presentMax: number;
  private readonly last = new Map<string, number>();
  /** True as long as a stream that is not in memory has no leaf. */
  private isWhole = false;

  constructor(schema: string, presentMax: number) {
    this.schema = schema;
    this.presentMax = presentMax;
  }

  /** There is no leaf yet. */
  begin(): void {
    this.isWhole = true;
  }

  /** Which of these streams must be loaded. */
  absent(streams: Iterable<string>): readonly string[] {
    if (this.isWhole) return [];
    return [...new Set(streams)].filter((stream) => !this.last.has(stream));
  }

  async load(db: Sql, absent: readonly string[]): Promise<void> {
    if (absent.length === 0) return;
    const found = await lastRevisions(db, this.schema, absent);
    for (const stream of absent) this.last.set(stream, found.get(stream) ?? -1);
  }

  /** The revision that the stream's next event must have. */
  next(stream: string): number {
    return (this.last.get(stream) ?? -1) + 1;
  }

  note(stream: string, revision: number): void {
    // Deleted first: insertion order is the order of use.
    this.last.delete(stream);
    this.last.set(stream, revision);
  }

  shrink(): void {
    for (const stream of this.last.keys()) {
      if (this.last.size <= this.presentMax) break;
      this.last.delete(stream);
      this.isWhole = false;
    }
  }

  forget(): void {
    this.last.clear();
    this.isWhole = false;
  }
}
