import { VersionConflict } from '#event-store';
import type { EventStore, Position, StoredEvent } from '#event-store';
import { canonicalBytes, isLogged } from '#kernel';
import type { Clock } from '#kernel';
import { base64, leafHash, perfectRoot, proveInclusion, treeRoot } from '#tlog';
import type { Hash, HashSource } from '#tlog';
import { headsStream, machineEvent } from './log-events.ts';
import type { HeadsRecorded } from './log-events.ts';
import { lastEventOf, LogRefused, triedAgain } from './log-head.ts';
import type { LogHead } from './log-head.ts';

/** A stream and the revision of its last entry. */
export type StreamHead = readonly [stream: string, lastRevision: number];

/**
 * One leaf: JCS of `[stream, lastRevision]`. A leaf hash binds both, so the proof of a leaf under a
 * recorded root says that the stream had this last revision, and with the entries 0 to it that these
 * are all the acts on it.
 */
export function streamHeadBytes(head: StreamHead): Uint8Array {
  return canonicalBytes(head);
}

/**
 * The tree of CONTRACTS 2: RFC 6962 over the leaves in the order of their bytes. Streams are those
 * with an entry below `treeSize`, each with its last revision below it.
 */
export class HeadsTree {
  private readonly leaves: readonly Uint8Array[];
  private readonly hashes: readonly Hash[];

  constructor(heads: Iterable<StreamHead>) {
    this.leaves = [...heads].map(streamHeadBytes).sort(byBytes);
    this.hashes = this.leaves.map(leafHash);
  }

  get size(): number {
    return this.leaves.length;
  }

  root(): Promise<Hash> {
    return treeRoot(this.size, this.source);
  }

  /** Where a head stands and the proof of it, leaf sibling first; undefined if it is not there. */
  async proofOf(
    head: StreamHead,
  ): Promise<{ readonly index: number; readonly hashes: readonly Hash[] } | undefined> {
    const wanted = streamHeadBytes(head);
    const index = this.leaves.findIndex((leaf) => byBytes(leaf, wanted) === 0);
    if (index < 0) return undefined;
    return { index, hashes: await proveInclusion(index, this.size, this.source) };
  }

  private readonly source: HashSource = async (subtrees) =>
    subtrees.map(({ level, index }) => {
      const width = 2 ** level;
      return perfectRoot(this.hashes.slice(index * width, (index + 1) * width));
    });
}

/** The root that `log.heads-recorded.v1` states. */
export function headsRoot(heads: Iterable<StreamHead>): Promise<Hash> {
  return new HeadsTree(heads).root();
}

function byBytes(left: Uint8Array, right: Uint8Array): number {
  const end = Math.min(left.length, right.length);
  for (let at = 0; at < end; at += 1) {
    const difference = (left[at] as number) - (right[at] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * How far every stream has come under one head after another. Each event is read once, however often
 * heads are recorded; what is kept is one number a stream.
 */
export class StreamHeads {
  private readonly store: EventStore;
  private readonly revisions = new Map<string, number>();
  private after: Position | undefined;
  private size = 0;
  /** Entries up to the last one that says of something else than of streams. */
  private sizeOfActs = 0;

  constructor(store: EventStore) {
    this.store = store;
  }

  /**
   * The last revision of every stream among the entries under a head, which must be no smaller than
   * the one asked for before. Rejects with StoreUnavailable; throws LogRefused for an event store
   * that does not hold as many entries as the head says.
   */
  async under({
    position,
    treeSize,
  }: Pick<LogHead, 'position' | 'treeSize'>): Promise<ReadonlyMap<string, number>> {
    const { after } = this;
    for await (const event of this.store.readAll(after === undefined ? {} : { after })) {
      if (event.position > position) break;
      this.after = event.position;
      if (!isLogged(event.stream)) continue;
      this.revisions.set(event.stream, event.revision);
      this.size += 1;
      if (event.stream !== headsStream) this.sizeOfActs = this.size;
    }
    if (this.size === treeSize) return this.revisions;
    const why = `the event store holds ${this.size} entries under a head of ${treeSize}`;
    throw new LogRefused('log/store-differs', why);
  }

  /** Whether a record of this size says all there is to say: nothing but records came after it. */
  areKnownBy({ treeSize }: HeadsRecorded['data']): boolean {
    return treeSize >= this.sizeOfActs;
  }
}

export type RecordHeadsOptions = {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly software: string;
  /** A head of the log: its size is what the recorded heads are those of. */
  readonly head: LogHead;
  /** What is known from before, for whoever records again and again. */
  readonly heads?: StreamHeads;
};

/**
 * Records how far every stream had come under a head, as the machine's own act: anybody can make the
 * root again from the entries. Answers the event; the one that is there where a record of this size
 * exists already. Rejects with StoreUnavailable also where the outcome stays unknown: whoever asks again
 * finds the record, or makes it.
 */
export async function recordHeads(options: RecordHeadsOptions): Promise<StoredEvent> {
  const { store, clock, software, head, heads = new StreamHeads(store) } = options;
  const { treeSize } = head;
  const root = base64(await headsRoot(await heads.under(head)));
  for (let lost = 1; ;) {
    const last = await lastEventOf(store, headsStream);
    if (last !== undefined && recordIn(last).treeSize >= treeSize) return last;
    const fact: HeadsRecorded = { type: 'log.heads-recorded.v1', data: { treeSize, root } };
    const stamp = { recordedAt: clock.now(), software };
    const event = machineEvent(fact, [headsStream, treeSize, root], stamp);
    try {
      await store.append(headsStream, last?.revision ?? 'no-stream', [event]);
    } catch (error) {
      if (error instanceof VersionConflict) continue;
      await triedAgain(store, error, lost);
      lost += 1;
    }
  }
}

/**
 * The newest record where it says all there is to say about the acts under the head, else a new one:
 * who asks twice does not make the log longer by asking.
 */
export async function recordHeadsOnce(
  options: RecordHeadsOptions & { readonly heads: StreamHeads },
): Promise<{ readonly event: StoredEvent; readonly wasThere: boolean }> {
  const { store, head, heads } = options;
  await heads.under(head);
  const last = await lastEventOf(store, headsStream);
  if (last !== undefined && heads.areKnownBy(recordIn(last)))
    return { event: last, wasThere: true };
  const event = await recordHeads(options);
  return { event, wasThere: event.id === last?.id };
}

/** What a record states; nobody but {@link recordHeads} writes to its stream. */
export function recordIn({ data }: StoredEvent): HeadsRecorded['data'] {
  return data as HeadsRecorded['data'];
}
