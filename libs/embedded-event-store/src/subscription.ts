import { randomUUID } from 'node:crypto';
import type { EventLog, StoredEvent } from './event-log.ts';
import { RequestFault } from './faults.ts';
import { caughtUpFrame, checkpointFrame, confirmationFrame } from './frames.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Outlet } from './outlet.ts';
import type { ReadRequest } from './protocol.ts';
import { frameOf, isVisible, pageSize, passes, yieldTurn } from './read.ts';
import { firstReadable } from './stream-state.ts';

/** Where a subscription gets its next events. It advances only over events that were considered. */
type Source = {
  next(): { events: StoredEvent[]; full: boolean };
  /** Whether the reader wants this event, which counts as considered from now on. */
  consider(event: StoredEvent): boolean;
};

/**
 * Serves one subscription until its reader leaves.
 *
 * There is one way only: page from the log until it is empty, say so, sleep until a commit wakes
 * us. Live events are read like old ones, so there is no second buffer that could overflow, no
 * moment between the two in which an event is lost, and no order but that of the log.
 */
export async function serveSubscription(
  log: EventLog,
  commits: GroupCommit,
  request: ReadRequest,
  outlet: Outlet,
  nowMs: () => number,
): Promise<void> {
  const source =
    request.stream === undefined
      ? allSource(log, request)
      : streamSource(log, request, request.stream, nowMs);
  const checkpoints = request.filter && new Checkpoints(request.filter.checkpointEvery, outlet);
  outlet.write(confirmationFrame(randomUUID()));
  let behind = true;
  while (!outlet.closed) {
    const commitsSeen = commits.commits;
    const { events, full } = source.next();
    for (const event of events) {
      if (source.consider(event)) {
        if (!outlet.write(frameOf(log, event, request.resolveLinks))) await outlet.drained();
      }
      if (checkpoints?.passed(event) === false) await outlet.drained();
      if (outlet.closed) return;
    }
    if (full) {
      // More than a page was waiting: the reader is behind, and is told when that is over.
      behind = true;
      await yieldTurn();
      continue;
    }
    if (behind) {
      behind = false;
      checkpoints?.atEnd();
      outlet.write(caughtUpFrame());
    }
    if (commits.commits === commitsSeen) await outlet.wait((wake) => commits.onCommit(wake));
  }
}

/**
 * Tells a filtered subscriber how far the log was looked through, so that it need not start over
 * where nothing passed. The position told is always that of an event already considered, and if
 * it was wanted already written: resuming behind it can lose nothing.
 */
class Checkpoints {
  readonly #every: number;
  readonly #outlet: Outlet;
  #considered = 0;
  #position: number | undefined;

  constructor(every: number, outlet: Outlet) {
    this.#every = every;
    this.#outlet = outlet;
  }

  /** @returns false when the reader lags */
  passed(event: StoredEvent): boolean {
    this.#position = event.position;
    this.#considered += 1;
    return this.#considered < this.#every || this.#tell(event.position);
  }

  /** The reader goes live: what lies behind need not be looked through again. */
  atEnd(): void {
    if (this.#position !== undefined) this.#tell(this.#position);
  }

  #tell(position: number): boolean {
    this.#considered = 0;
    return this.#outlet.write(checkpointFrame(position));
  }
}

function allSource(log: EventLog, request: ReadRequest): Source {
  const { from, filter } = request;
  // Subscriptions begin behind the position they name.
  let position = from.kind === 'at' ? from.value + 1 : 0;
  if (from.kind === 'end') position = log.end;
  return {
    next() {
      const events = log.allEvents(position, 'forwards', pageSize);
      return { events, full: events.length === pageSize };
    },
    consider(event) {
      position = event.position + 1;
      return filter === undefined || passes(event, filter);
    },
  };
}

function streamSource(
  log: EventLog,
  request: ReadRequest,
  name: string,
  nowMs: () => number,
): Source {
  const { from } = request;
  let state = log.state(name);
  let revision = from.kind === 'at' ? from.value + 1 : 0;
  if (from.kind === 'end') revision = state.lastRevision + 1;
  return {
    next() {
      // Looked up again each time: the stream may come into being, be truncated or be deleted.
      state = log.state(name);
      if (state.tombstoned) throw RequestFault.streamDeleted(name);
      const start = Math.max(revision, firstReadable(state));
      const events = log.streamEvents(state, start, 'forwards', pageSize);
      return { events, full: events.length === pageSize };
    },
    consider(event) {
      revision = event.revision + 1;
      return isVisible(event, state, nowMs());
    },
  };
}
