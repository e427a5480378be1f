import { digestOf, entryBytes, sha256 } from '#kernel';
import type { Digest, Entry } from '#kernel';
import { areEqual } from '#tlog';
import { readEntry } from './entry-form.ts';
import type { FindingList } from './findings.ts';

/** What the log holds of one stream: how many entries, and a digest over all of them in order. */
type Told = { readonly count: number; readonly digest: Uint8Array };

/** The events of one stream from revision 0 on, as whoever asks for the stream alone gets them. */
export type StreamReader = (stream: string) => AsyncIterable<Entry>;

/** So many streams are looked into closely; where more differ, an index is gone and not one act. */
const examinedMax = 1_000;

/**
 * Holds each stream, read by itself, against the log. A store finds the events of a stream by
 * another way than all events in their order, by an index or a table of its own, and what a ledger
 * shows of a figure comes by that way: damage there hides acts while the whole store still agrees
 * with the log. Memory: a digest for each stream.
 */
export class StreamComparison {
  private readonly streams = new Map<string, Told>();

  /** The next entry of a stream, in the order of the log. */
  take(stream: string, bytes: Uint8Array): void {
    const told = this.streams.get(stream);
    const digest = chained(told?.digest, bytes);
    this.streams.set(stream, { count: (told?.count ?? 0) + 1, digest });
  }

  countOf(stream: string): number {
    return this.streams.get(stream)?.count ?? 0;
  }

  /**
   * Reads every stream that the log knows. `entries` gives the log's entries once more, if need be.
   */
  async judge(
    readStream: StreamReader,
    entries: () => AsyncIterable<Uint8Array | undefined>,
    findings: FindingList,
  ): Promise<void> {
    const differing = new Map<string, ReadonlyMap<number, Digest>>();
    for (const [stream, told] of this.streams) {
      try {
        const found = await this.examine(readStream(stream), told);
        if (found !== undefined) differing.set(stream, found);
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        findings.add('store/unreachable', { stream, detail });
      }
      if (differing.size >= examinedMax) break;
    }
    if (differing.size > 0) await nameEntries(differing, entries(), findings);
  }

  /**
   * Undefined where the stream holds what was told of it; else the digest of each revision there.
   */
  private async examine(
    events: AsyncIterable<Entry>,
    { count, digest }: Told,
  ): Promise<ReadonlyMap<number, Digest> | undefined> {
    const found = new Map<number, Digest>();
    let chain: Uint8Array | undefined;
    let read = 0;
    let isDense = true;
    for await (const event of events) {
      const bytes = bytesOf(event);
      isDense &&= event.revision === read;
      if (read < count) chain = chained(chain, bytes);
      // What the log has not taken up yet was judged where the whole store was read.
      if (event.revision < count) found.set(event.revision, digestOf(bytes));
      read += 1;
    }
    const isTold = isDense && read >= count && chain !== undefined && areEqual(chain, digest);
    return isTold ? undefined : found;
  }
}

/** The entries of the log that a reader of their stream does not get, or gets as something else. */
async function nameEntries(
  differing: ReadonlyMap<string, ReadonlyMap<number, Digest>>,
  entries: AsyncIterable<Uint8Array | undefined>,
  findings: FindingList,
): Promise<void> {
  const unnamed = new Set(differing.keys());
  let index = -1;
  for await (const bytes of entries) {
    index += 1;
    const entry = bytes && readEntry(bytes).entry;
    const there = entry && differing.get(entry.stream);
    if (bytes === undefined || entry === undefined || there === undefined) continue;
    const { stream, revision } = entry;
    const [expected, found] = [digestOf(bytes), there.get(revision)];
    if (expected === found) continue;
    unnamed.delete(stream);
    const place = { index, stream, revision, expected };
    findings.add('store/stream-differs', found === undefined ? place : { ...place, found });
  }
  // Every entry is there, and in another order or more than once.
  for (const stream of unnamed) findings.add('store/stream-differs', { stream });
}

function chained(before: Uint8Array | undefined, bytes: Uint8Array): Uint8Array {
  const both = new Uint8Array(64);
  if (before !== undefined) both.set(before);
  both.set(sha256(bytes), 32);
  return sha256(both);
}

/** Without canonical form there are no bytes that could be an entry's. */
function bytesOf(event: Entry): Uint8Array {
  try {
    return entryBytes(event);
  } catch {
    return new Uint8Array(0);
  }
}
