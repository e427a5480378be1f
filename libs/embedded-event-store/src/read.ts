import type { EventLog, StoredEvent } from './event-log.ts';
import { RequestFault } from './faults.ts';
import { eventFrame, linkFrame, streamNotFoundFrame } from './frames.ts';
import type { Outlet } from './outlet.ts';
import { recordedData } from './protocol.ts';
import type { EventFilter, ReadRequest } from './protocol.ts';
import { firstReadable, isReadable } from './stream-state.ts';
import type { StreamState } from './stream-state.ts';
import { saturatingInteger } from './wire.ts';

/** How many events are taken from the file at once; between pages appends have their turn. */
export const pageSize = 256;

const beyondEnd = Number.MAX_SAFE_INTEGER;

/** Answers one read. Ends the call; the caller turns an exception into its status. */
export async function answerRead(
  log: EventLog,
  request: ReadRequest,
  outlet: Outlet,
  nowMs: () => number,
): Promise<void> {
  if (request.stream === undefined) await readAll(log, request, outlet);
  else await readStream(log, request, request.stream, outlet, nowMs());
  outlet.end();
}

async function readStream(
  log: EventLog,
  request: ReadRequest,
  name: string,
  outlet: Outlet,
  nowMs: number,
): Promise<void> {
  const state = log.state(name);
  if (state.tombstoned) throw RequestFault.streamDeleted(name);
  if (!isReadable(state)) {
    outlet.write(streamNotFoundFrame(name));
    return;
  }
  const { backwards } = request;
  let remaining = request.count ?? beyondEnd;
  let revision = request.from.kind === 'at' ? request.from.value : 0;
  if (request.from.kind === 'end') revision = backwards ? state.lastRevision : beyondEnd;
  if (!backwards) revision = Math.max(revision, firstReadable(state));
  while (remaining > 0 && !outlet.closed) {
    const limit = Math.min(pageSize, remaining);
    const page = log.streamEvents(state, revision, backwards ? 'backwards' : 'forwards', limit);
    const visible = page.filter((event) => isVisible(event, state, nowMs));
    await deliver(log, visible, request.resolveLinks, outlet);
    remaining -= visible.length;
    const last = page.at(-1);
    if (!last || page.length < limit) return;
    if (backwards && last.revision <= firstReadable(state)) return;
    revision = last.revision + (backwards ? -1 : 1);
    await yieldTurn();
  }
}

/** Whether the metadata of the stream leaves this event to its readers. */
export function isVisible(event: StoredEvent, state: StreamState, nowMs: number): boolean {
  const { maxAgeMs } = state.limits;
  if (event.revision < firstReadable(state)) return false;
  return maxAgeMs === undefined || event.createdMs >= nowMs - maxAgeMs;
}

async function readAll(log: EventLog, request: ReadRequest, outlet: Outlet): Promise<void> {
  const { backwards, filter } = request;
  let remaining = request.count ?? beyondEnd;
  let position = request.from.kind === 'at' ? request.from.value : 0;
  if (request.from.kind === 'end') position = beyondEnd;
  while (remaining > 0 && !outlet.closed) {
    const limit = filter ? pageSize : Math.min(pageSize, remaining);
    const page = log.allEvents(position, backwards ? 'backwards' : 'forwards', limit);
    const wanted = filter ? page.filter((event) => passes(event, filter)) : page;
    await deliver(log, wanted.slice(0, remaining), request.resolveLinks, outlet);
    remaining -= wanted.length;
    const last = page.at(-1);
    if (!last || page.length < limit) return;
    position = backwards ? last.position : last.position + 1;
    await yieldTurn();
  }
}

export function passes(event: StoredEvent, filter: EventFilter): boolean {
  const text = filter.on === 'stream' ? event.stream : event.type;
  if (filter.regex?.test(text)) return true;
  return filter.prefixes.some((prefix) => text.startsWith(prefix));
}

/** Reading is synchronous; without this a long read would keep appends waiting. */
export function yieldTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function deliver(
  log: EventLog,
  events: readonly StoredEvent[],
  resolveLinks: boolean,
  outlet: Outlet,
): Promise<void> {
  for (const event of events) {
    if (outlet.closed) return;
    if (!outlet.write(frameOf(log, event, resolveLinks))) await outlet.drained();
  }
}

/** An event on the wire; a link is followed if the reader asked for it. */
export function frameOf(log: EventLog, event: StoredEvent, resolveLinks: boolean): Buffer {
  if (!resolveLinks || event.type !== '$>') return eventFrame(event.record, event.position);
  return linkFrame(event.record, linkTarget(log, event)?.record, event.position);
}

/** A link's data reads `revision@stream`; its target may have been deleted since. */
function linkTarget(log: EventLog, link: StoredEvent): StoredEvent | undefined {
  const form = /^(\d+)@(.+)$/su.exec(recordedData(link.record).toString('utf8'));
  if (!form?.[1] || !form[2]) return undefined;
  const revision = saturatingInteger(form[1]);
  const state = log.state(form[2]);
  if (!isReadable(state) || state.tombstoned) return undefined;
  const [target] = log.streamEvents(state, revision, 'forwards', 1);
  return target?.revision === revision ? target : undefined;
}
