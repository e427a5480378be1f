import { AppendFailed } from '#event-store';
import type { EventStore, Position, StoredEvent } from '#event-store';
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
  if (event === undefined) return undefined;
  return { ...(event.data as HeadAdvanced['data']), revision: event.revision };
}

/**
 * The compare-and-swap that keeps the log from forking: the head goes to `log-head` at the revision
 * behind the one that was read. Of two workers one gets VersionConflict. An unknown outcome is tried
 * again with the same id, so it is one advance whatever becomes of the answers.
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
  for (;;) {
    try {
      const { lastRevision } = await store.append(headStream, expected, [event]);
      return { ...head, revision: lastRevision };
    } catch (error) {
      if (!(error instanceof AppendFailed) || error.outcome !== 'unknown') throw error;
      await store.ping();
    }
  }
}

/** The first of two positions in `$all`, both may be absent. */
export function isBehind(position: Position, head: LogHead | undefined): boolean {
  return head === undefined || position > head.position;
}
