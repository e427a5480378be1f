import { canonicalBytes, parseCount } from '#kernel';
import { utf8 } from '#tlog';
import type { StoredEvent } from '#event-store';

/**
 * An event as a store keeps it, in the parts that an administrator can change one by one: texts,
 * the revision as a number of eight bytes, data and metadata as JSON. Its place in the store is the
 * order of the list.
 */
export const partNames = ['stream', 'revision', 'id', 'type', 'data', 'metadata'] as const;
export type PartName = (typeof partNames)[number];

export function partOf(event: StoredEvent, name: PartName): Uint8Array {
  if (name === 'data' || name === 'metadata') return canonicalBytes(event[name]);
  if (name !== 'revision') return utf8(event[name]);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(event.revision));
  return bytes;
}

/**
 * The event with other bytes in one part, read as the client of the event store reads them: text
 * that is not UTF-8 with replacement characters, data that is no JSON as the text that it is, and
 * metadata that is none as bytes. `unreadable` where our adapter refuses to read on.
 */
export function withPart(
  event: StoredEvent,
  name: PartName,
  bytes: Uint8Array,
): StoredEvent | 'unreadable' {
  if (name === 'revision') {
    const value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
    const revision = parseCount(value.toString());
    return revision === undefined ? 'unreadable' : { ...event, revision };
  }
  const text = Buffer.from(bytes).toString('utf8');
  if (name !== 'data' && name !== 'metadata') return { ...event, [name]: text };
  try {
    return { ...event, [name]: JSON.parse(text) as unknown };
  } catch {
    return { ...event, [name]: name === 'data' ? text : bytes };
  }
}
