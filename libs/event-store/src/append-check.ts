import { canonicalJson, isUuid } from '#kernel';
import type { ExpectedRevision, NewEvent } from './port.ts';

/** An event that may be sent; data and metadata are JSON text by now. */
export type CheckedEvent = {
  readonly id: string;
  readonly type: string;
  readonly dataText: string;
  readonly metadataText: string;
};

/**
 * What every adapter refuses before anything is sent, because it is a mistake of ours and not a
 * fault of the store: a TypeError, never an AppendFailed. It matters more than tidiness. A value
 * that is not JSON would otherwise be recorded as something else than what was hashed. Whether it is
 * JSON shows in writing it, so the text is handed back for sending.
 */
export function checkAppend(
  stream: string,
  expected: ExpectedRevision,
  events: readonly NewEvent[],
): CheckedEvent[] {
  if (stream === '' || stream.startsWith('$')) throw mistake(stream, 'not a stream of ours');
  if (!stream.isWellFormed()) throw mistake(stream, 'a name with a lone surrogate');
  if (expected !== 'no-stream' && !(Number.isSafeInteger(expected) && expected >= 0)) {
    throw mistake(stream, `expected revision ${expected}; a new stream is 'no-stream'`);
  }
  if (events.length === 0) throw mistake(stream, 'an append without events');
  const ids = new Set<string>();
  return events.map(({ id, type, data, metadata }) => {
    if (!isUuid(id)) throw mistake(stream, `event id "${id}" is not a UUID`);
    if (ids.has(id)) throw mistake(stream, `event id ${id} twice in one append`);
    if (type === '' || type.startsWith('$')) throw mistake(stream, `event type "${type}"`);
    if (!type.isWellFormed()) throw mistake(stream, 'an event type with a lone surrogate');
    if (data === undefined) throw mistake(stream, 'an event without data');
    ids.add(id);
    return { id, type, dataText: canonicalJson(data), metadataText: canonicalJson(metadata) };
  });
}

function mistake(stream: string, what: string): TypeError {
  return new TypeError(`append to "${stream}": ${what}`);
}
