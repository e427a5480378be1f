import { join } from 'node:path';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { connectEventStore } from '#event-store/node';
import type { EventStore, NewEvent, StoredEvent } from '#event-store';
import { derivedUuid, entryDigest, jsonText } from '#kernel';
import type { Digest } from '#kernel';

/**
 * Many rounds made of one that was entered over HTTP: entering them all so would take longer than
 * everything that is measured on them. Each copy is a ledger as the rules left it, only under
 * another name: ids, and the digests by which later acts name earlier ones, are its own.
 */
const ofRounds = /^(?:round|figure|contribution)-/;

/** The name of copy `index` of a round; copy names sort behind the original's. */
export function copyOf(round: string, index: number): string {
  return `${round}_${String(index).padStart(5, '0')}`;
}

/** The events of the streams of one round, renamed; streams stay in the order of their beginning. */
export function copyRound(
  events: readonly StoredEvent[],
  round: string,
  index: number,
): ReadonlyMap<string, readonly NewEvent[]> {
  const digests = new Map<string, Digest>();
  const renamed = (text: string) =>
    text
      .replaceAll(round, copyOf(round, index))
      .replace(/sha256:[0-9a-f]{64}/g, (digest) => digests.get(digest) ?? digest);
  const streams = new Map<string, NewEvent[]>();
  for (const { stream, revision, position: _, ...event } of events) {
    const { data, metadata } = JSON.parse(
      renamed(jsonText({ data: event.data, metadata: event.metadata })),
    ) as Pick<NewEvent, 'data' | 'metadata'>;
    const copy: NewEvent = {
      id: derivedUuid(['copy', index, event.id]),
      type: event.type,
      data,
      metadata: { ...metadata, commandId: derivedUuid(['copy', index, metadata.commandId]) },
    };
    const name = renamed(stream);
    digests.set(
      entryDigest({ stream, revision, ...event }),
      entryDigest({ stream: name, revision, ...copy }),
    );
    const own = streams.get(name) ?? [];
    own.push(copy);
    streams.set(name, own);
  }
  return streams;
}

export type Copies = { readonly round: string; readonly from: number; readonly to: number };

/** Adds copies `from` (included) to `to` to the store of a stopped ledger; answers the event count. */
export async function addCopies(folder: string, { round, from, to }: Copies): Promise<number> {
  const node = await startEmbeddedNode({ file: join(folder, 'events.db') });
  const store = connectEventStore(node.connectionString);
  try {
    const events: StoredEvent[] = [];
    for await (const event of store.readAll()) {
      if (ofRounds.test(event.stream)) events.push(event);
    }
    const own = events.filter(({ stream }) => isOfRound(stream, round));
    await append(store, own, { round, from, to });
    let eventCount = 0;
    for await (const _ of store.readAll()) eventCount += 1;
    return eventCount;
  } finally {
    await store.close();
    await node.stop();
  }
}

function isOfRound(stream: string, round: string): boolean {
  const name = stream.slice(stream.indexOf('-') + 1);
  return name === round || name.startsWith(`${round}.`);
}

async function append(
  store: EventStore,
  own: readonly StoredEvent[],
  { round, from, to }: Copies,
): Promise<void> {
  // Streams one after the other within a copy, so that a round begins before its figures; each copy
  // made when its turn comes, since a million events at once are more than a process may hold.
  const lanes = 16;
  let next = from;
  const lane = async () => {
    while (next < to) {
      const copy = copyRound(own, round, next++);
      for (const [stream, events] of copy) await store.append(stream, 'no-stream', events);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
