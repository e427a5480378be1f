import { AppendFailed, VersionConflict } from '#event-store';
import type { EventStore, StoredEvent } from '#event-store';
import { canonicalBytes, isLogged } from '#kernel';
import type { Clock } from '#kernel';
import { base64, leafHash, perfectRoot, proveInclusion, treeRoot } from '#tlog';
import type { Hash, HashSource } from '#tlog';
import { headsStream, machineEvent } from './log-events.ts';
import type { HeadsRecorded } from './log-events.ts';
import { lastEventOf } from './log-head.ts';
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

/** The last revision of every stream among the entries under a head, read from the event store. */
export async function streamHeadsAt(
  store: EventStore,
  { position }: Pick<LogHead, 'position'>,
): Promise<ReadonlyMap<string, number>> {
  const heads = new Map<string, number>();
  for await (const { stream, revision, position: at } of store.readAll()) {
    if (at > position) break;
    if (isLogged(stream)) heads.set(stream, revision);
  }
  return heads;
}

export type RecordHeadsOptions = {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly software: string;
  /** A head of the log: its size is what the recorded heads are those of. */
  readonly head: LogHead;
};

/**
 * Records how far every stream had come under a head, as the machine's own act: anybody can make the
 * root again from the entries. Answers the event; the one that is there where a record of this size
 * exists already.
 */
export async function recordHeads(options: RecordHeadsOptions): Promise<StoredEvent> {
  const { store, clock, software, head } = options;
  const { treeSize } = head;
  const root = base64(await headsRoot(await streamHeadsAt(store, head)));
  for (;;) {
    const last = await lastEventOf(store, headsStream);
    const lastSize = (last?.data as HeadsRecorded['data'] | undefined)?.treeSize ?? -1;
    if (last !== undefined && lastSize >= treeSize) return last;
    const fact: HeadsRecorded = { type: 'log.heads-recorded.v1', data: { treeSize, root } };
    const stamp = { recordedAt: clock.now(), software };
    const event = machineEvent(fact, [headsStream, treeSize, root], stamp);
    try {
      await store.append(headsStream, last?.revision ?? 'no-stream', [event]);
    } catch (error) {
      if (error instanceof VersionConflict) continue;
      if (!(error instanceof AppendFailed) || error.outcome !== 'unknown') throw error;
      await store.ping();
    }
  }
}
