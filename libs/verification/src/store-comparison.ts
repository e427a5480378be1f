import { areEqual, leafHash } from '#tlog';
import { digestOf, entryBytes, isLogged } from '#kernel';
import type { Digest, Entry } from '#kernel';
import { readEntry } from './entry-form.ts';
import { FindingList } from './findings.ts';
import type { Verdict } from './findings.ts';
import { EntriesChanged, readEntries } from './fsck.ts';
import type { FsckReport } from './fsck.ts';
import { SourceUnavailable } from './log-source.ts';
import type { LogSource } from './log-source.ts';
import { StreamComparison } from './stream-comparison.ts';
import type { StreamReader } from './stream-comparison.ts';

export type StoreComparisonOptions = {
  readonly source: LogSource;
  /** Of the checkpoint that was judged. */
  readonly size: number;
  /** Of the checkpoint, where the log was found sound: its entries are read again, and must come to it. */
  readonly root?: Uint8Array;
  /** Every event in the store's order, those that are no entries included. */
  readonly events: AsyncIterable<Entry>;
  /** Each stream by itself; undefined where only the store as a whole can be read. */
  readonly readStream: StreamReader | undefined;
  readonly onProgress?: (entries: number, size: number) => void;
  /** A store with more events that wait for their entries, or the other way round, is another one. */
  readonly pendingMax?: number;
};

/**
 * Holds an event store against the log, entry by entry in one pass over both. What stands on one
 * side only is kept until it turns up on the other, by stream and revision: memory grows with what
 * differs and with the number of streams, not with the log. Then each stream is read by itself, as
 * the ledger reads it. The log itself is judged by `fsck`; here it is believed, as long as it says the
 * same again: a server could show a log that is sound, and then one that agrees with its store.
 */
export async function compareWithStore(options: StoreComparisonOptions): Promise<FindingList> {
  try {
    return await compareAll(options);
  } catch (error) {
    if (!(error instanceof EntriesChanged)) throw error;
    // Whatever was found was found against entries that nobody has proven.
    const findings = new FindingList();
    findings.add('log/changed-while-read');
    return findings;
  }
}

async function compareAll(options: StoreComparisonOptions): Promise<FindingList> {
  const { source, size, root, events, readStream, onProgress, pendingMax = 100_000 } = options;
  const comparison = new StoreComparison(pendingMax);
  const stored = events[Symbol.asyncIterator]();
  const unproven = new Map<number, Uint8Array>();
  let index = 0;
  try {
    for await (const bytes of readEntries(source, size, root, unproven)) {
      const event = await nextLogged(stored);
      if (event !== undefined) comparison.takeStored(event);
      comparison.takeLogged(index, bytes, unproven.get(index));
      unproven.delete(index);
      index += 1;
      onProgress?.(index, size);
      if (comparison.isHopeless) break;
    }
    while (!comparison.isHopeless) {
      const event = await nextLogged(stored);
      if (event === undefined) break;
      comparison.takeStored(event);
    }
  } catch (error) {
    // What was found so far stands; what was not reached is not called missing.
    if (error instanceof SourceUnavailable) {
      comparison.findings.add('log/unreachable', { detail: error.message });
    } else if (error instanceof StoreUnread) {
      comparison.findings.add('store/unreachable', { detail: error.message });
    } else throw error;
    return comparison.findings;
  } finally {
    await stored.return?.(undefined);
  }
  comparison.finish();
  const { findings, streams } = comparison;
  // Where the whole differs already, its streams do as well; and of a stream with an entry that could
  // not be read nobody knows what it should be.
  const isJudgeable = findings.count('fault') === 0 && !comparison.hasUnread;
  if (readStream === undefined || !isJudgeable) return findings;
  await streams.judge(readStream, () => readEntries(source, size, root), findings);
  return findings;
}

/** Whatever a store throws while it is read: it is away, or its file is damaged. */
class StoreUnread extends Error {}

async function nextLogged(stored: AsyncIterator<Entry>): Promise<Entry | undefined> {
  for (;;) {
    const next = await stored.next().catch((error: unknown) => {
      throw new StoreUnread(error instanceof Error ? error.message : String(error));
    });
    if (next.done === true) return undefined;
    if (isLogged(next.value.stream)) return next.value;
  }
}

/** One report of both: findings of the log first, then those of what was held against it. */
export function reportWith(report: FsckReport, more: FindingList): FsckReport {
  const counts: Record<string, number> = { ...report.counts };
  for (const [code, count] of Object.entries(more.counts())) {
    counts[code] = (counts[code] ?? 0) + count;
  }
  return {
    ...report,
    verdict: worseOf(report.verdict, more.verdict(report.anchored)),
    firstBadEntry: lowerOf(report.firstBadEntry, more.firstBadEntry),
    findings: [...report.findings, ...more.findings],
    counts,
  };
}

const weight: Readonly<Record<Verdict, number>> = {
  sound: 0,
  'sound-unanchored': 0,
  unknown: 1,
  unsound: 2,
};

function worseOf(left: Verdict, right: Verdict): Verdict {
  return weight[right] > weight[left] ? right : left;
}

function lowerOf(left: FsckReport['firstBadEntry'], right: FsckReport['firstBadEntry']) {
  if (left?.index === undefined || right?.index === undefined) return left ?? right;
  return right.index < left.index ? right : left;
}

type Pending = {
  /** Where it stands on its side, counted from 0. */
  readonly at: number;
  readonly stream: string;
  readonly revision: number;
  readonly digest: Digest;
};

class StoreComparison {
  readonly findings = new FindingList();
  readonly streams = new StreamComparison();
  private readonly logged = new Map<string, Pending>();
  private readonly stored = new Map<string, Pending>();
  private storedCount = 0;
  private unreadCount = 0;
  /** Of the pairs found so far, the last on either side: a pair before both has moved. */
  private lastLogged = -1;
  private lastStored = -1;
  /** The event taken last, while it waits for the entry at the same place: the usual case. */
  private beside: { readonly event: Entry; readonly bytes: Uint8Array; at: number } | undefined;

  private readonly pendingMax: number;

  constructor(pendingMax: number) {
    this.pendingMax = pendingMax;
  }

  get isHopeless(): boolean {
    return this.logged.size + this.stored.size > this.pendingMax;
  }

  get hasUnread(): boolean {
    return this.unreadCount > 0;
  }

  takeStored(event: Entry): void {
    this.settleBeside();
    const at = this.storedCount;
    this.storedCount += 1;
    const { stream, revision } = event;
    let bytes;
    try {
      bytes = entryBytes(event);
    } catch {
      // A lone surrogate, a number beyond all bounds: no writer of this ledger recorded it.
      this.findings.add('store/event-unusable', { stream, revision });
      return;
    }
    this.beside = { event, bytes, at };
  }

  /** An entry whose hash is not `hash`, the tree's own, accuses nobody: the store may have the right one. */
  takeLogged(index: number, bytes: Uint8Array | undefined, hash?: Uint8Array): void {
    const { beside } = this;
    if (beside !== undefined && bytes !== undefined) {
      const isOfTree = hash !== undefined && areEqual(leafHash(beside.bytes), hash);
      if (isOfTree || areEqual(beside.bytes, bytes)) {
        this.beside = undefined;
        this.streams.take(beside.event.stream, beside.bytes);
        this.pairAt(index, beside.at);
        return;
      }
    }
    this.settleBeside();
    const isRead = bytes !== undefined && hash === undefined;
    const entry = isRead ? readEntry(bytes).entry : undefined;
    if (bytes === undefined || entry === undefined) {
      this.unreadCount += 1;
      return;
    }
    const { stream, revision } = entry;
    this.streams.take(stream, bytes);
    const one = { at: index, stream, revision, digest: digestOf(bytes) };
    const other = this.stored.get(keyOf(one));
    if (other === undefined) {
      this.logged.set(keyOf(one), one);
      return;
    }
    this.stored.delete(keyOf(one));
    this.pair(one, other);
  }

  finish(): void {
    this.settleBeside();
    for (const { at: index, stream, revision, digest: expected } of this.logged.values()) {
      this.findings.add('store/event-missing', { index, stream, revision, expected });
    }
    /** The next revision of each stream that has grown since. */
    const behind = new Map<string, number>();
    for (const { at, stream, revision, digest: found } of this.stored.values()) {
      const place = { stream, revision, found };
      // What is merely new continues its stream; a second revision 3 behind everything does not.
      const isNext = revision === (behind.get(stream) ?? this.streams.countOf(stream));
      if (isNext && at > this.lastStored && this.unreadCount === 0 && !this.isHopeless) {
        behind.set(stream, revision + 1);
        this.findings.add('store/behind-head', place);
      } else if (this.unreadCount === 0) this.findings.add('store/event-added', place);
      else this.findings.add('store/event-uncompared', place);
    }
  }

  /** The entry at the same place was another one: both go where such are kept. */
  private settleBeside(): void {
    const { beside } = this;
    if (beside === undefined) return;
    this.beside = undefined;
    const { stream, revision } = beside.event;
    const one = { at: beside.at, stream, revision, digest: digestOf(beside.bytes) };
    const key = keyOf(one);
    const other = this.logged.get(key);
    if (other === undefined && this.stored.has(key)) {
      // One revision twice: the first one waits on, and which of the two is right will show.
      this.findings.add('store/event-added', { stream, revision, found: one.digest });
      return;
    }
    if (other === undefined) {
      this.stored.set(key, one);
      return;
    }
    this.logged.delete(key);
    this.pair(other, one);
  }

  private pair(logged: Pending, stored: Pending): void {
    const { at: index, stream, revision } = logged;
    if (logged.digest !== stored.digest) {
      const digests = { expected: logged.digest, found: stored.digest };
      this.findings.add('store/event-altered', { index, stream, revision, ...digests });
    } else if (index < this.lastLogged || stored.at < this.lastStored) {
      this.findings.add('store/event-moved', { index, stream, revision });
    }
    this.pairAt(index, stored.at);
  }

  private pairAt(logged: number, stored: number): void {
    this.lastLogged = Math.max(this.lastLogged, logged);
    this.lastStored = Math.max(this.lastStored, stored);
  }
}

function keyOf({ stream, revision }: Pending): string {
  return `${revision} ${stream}`;
}
