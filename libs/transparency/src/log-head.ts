import { AppendFailed, StoreUnavailable } from '#event-store';
import type { EventStore, StoredEvent } from '#event-store';
import { headStream, machineEvent } from './log-events.ts';
import type { HeadAdvanced } from './log-events.ts';

/** The tree head as it stands in `log-head`. */
export type LogHead = HeadAdvanced['data'] & { readonly revision: number };

/**
 * Why a log cannot be opened or go on; only a person can help. Each says that somebody else wrote,
 * restored or removed something, because the ledger itself never leaves such a state behind.
 */
export type LogRefusalCode =
  | 'log/head-rolled-back'
  | 'log/head-forked'
  | 'log/head-unsigned'
  | 'log/key-changed'
  | 'log/retirement-too-early'
  | 'log/origin-changed'
  | 'log/tiles-missing'
  | 'log/tiles-differ'
  | 'log/store-differs'
  | 'log/entry-unusable';

export class LogRefused extends Error {
  readonly code: LogRefusalCode;

  constructor(code: LogRefusalCode, message: string) {
    super(message);
    this.name = 'LogRefused';
    this.code = code;
  }
}

/** The last event of a stream, found in about twice as many reads as its length has binary digits. */
export async function lastEventOf(
  store: EventStore,
  stream: string,
): Promise<StoredEvent | undefined> {
  const at = async (fromRevision: number) => {
    for await (const event of store.readStream(stream, { fromRevision, maxCount: 1 })) return event;
    return undefined;
  };
  let last = await at(0);
  if (last === undefined) return undefined;
  let step = 1;
  for (let next = await at(step); next !== undefined; next = await at(last.revision + step)) {
    last = next;
    step *= 2;
  }
  while (step > 1) {
    step /= 2;
    const next = await at(last.revision + step);
    if (next !== undefined) last = next;
  }
  return last;
}

export async function readHead(store: EventStore): Promise<LogHead | undefined> {
  const event = await lastEventOf(store, headStream);
  return event && headIn(event);
}

/**
 * Size of the tree that a head grew from, 0 for the first head and where nothing of sense stands
 * there. Only the last head's signature counts (CONTRACTS 8): nothing may rest on this but where one
 * looks for what is to be tidied away.
 */
export async function sizeBefore(store: EventStore, head: LogHead): Promise<number> {
  if (head.revision === 0) return 0;
  const before = { fromRevision: head.revision - 1, maxCount: 1 };
  for await (const event of store.readStream(headStream, before)) {
    const size: unknown = headIn(event).treeSize;
    const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
    return isSize && size < head.treeSize ? size : 0;
  }
  return 0;
}

function headIn({ data, revision }: StoredEvent): LogHead {
  return { ...(data as HeadAdvanced['data']), revision };
}

/** An unknown outcome may come once or twice; a store that gives no other is not asked for ever. */
const triesMax = 3;

/**
 * For whoever appends and asks again: resolves when `error` says that the answer to try number `tries`
 * was lost, and the store answers. Rejects with any other error as it is, and with StoreUnavailable
 * where the store does not answer, or has lost a few answers.
 */
export async function triedAgain(store: EventStore, error: unknown, tries: number): Promise<void> {
  if (!(error instanceof AppendFailed) || error.outcome !== 'unknown') throw error;
  if (tries >= triesMax) throw new StoreUnavailable('what becomes of an append is not told', error);
  await store.ping();
}

/**
 * The compare-and-swap that keeps the log from forking: the head goes to `log-head` at the revision
 * behind the one that was read. Of two workers one gets VersionConflict. An unknown outcome is tried
 * again with the same id, so it is one advance whatever becomes of the answers; where it stays
 * unknown it is thrown, and the recovery that follows reads what stands there.
 */
export async function swapHead(
  store: EventStore,
  before: LogHead | undefined,
  head: HeadAdvanced['data'],
  software: string,
): Promise<LogHead> {
  const expected = before?.revision ?? 'no-stream';
  const { advancedAt } = head;
  const fact = { type: 'log.head-advanced.v1', data: head } as const;
  const parts = ['log-head', head.treeSize, head.root, advancedAt] as const;
  const event = machineEvent(fact, parts, { recordedAt: advancedAt, software });
  for (let tries = 1; ; tries += 1) {
    try {
      const { lastRevision } = await store.append(headStream, expected, [event]);
      return { ...head, revision: lastRevision };
    } catch (error) {
      await triedAgain(store, error, tries);
    }
  }
}
