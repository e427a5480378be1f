import { join } from 'node:path';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { connectEventStore } from '#event-store/node';
import type { Position, StoredEvent } from '#event-store';
import { entryDigest, eventIdOf, isLogged } from '#kernel';
import type { Receipt } from './ledger-under-test.ts';

/**
 * The events as they lie in a stopped ledger's folder, read past the server: what it says of itself
 * is compared with what is on disk. Whole, or those behind a position.
 */
export async function readLog(folder: string, after?: Position): Promise<StoredEvent[]> {
  const node = await startEmbeddedNode({ file: join(folder, 'events.db') });
  const store = connectEventStore(node.connectionString);
  try {
    const events: StoredEvent[] = [];
    for await (const event of store.readAll(after === undefined ? {} : { after })) {
      if (isLogged(event.stream)) events.push(event);
    }
    return events;
  } finally {
    await store.close();
    await node.stop();
  }
}

/**
 * Everything wrong with a log by itself: revisions of a stream that are not 0, 1, 2 …, an event or
 * a command that is there twice, an id that does not follow from its command, time running backwards.
 */
export function faultsIn(events: readonly StoredEvent[]): string[] {
  const faults: string[] = [];
  const lastOf = new Map<string, StoredEvent>();
  const ids = new Set<string>();
  const commands = new Set<string>();
  for (const event of events) {
    const { id, stream, revision, metadata } = event;
    const place = `${stream}@${revision}`;
    const last = lastOf.get(stream);
    if (revision !== (last?.revision ?? -1) + 1) faults.push(`${place}: not the next revision`);
    if (last !== undefined && metadata.recordedAt < last.metadata.recordedAt) {
      faults.push(`${place}: recorded before the one it follows`);
    }
    if (ids.has(id)) faults.push(`${place}: event ${id} is there already`);
    // Each command of these tests makes one event, so a second one is a repetition.
    const { commandId } = metadata;
    if (commands.has(commandId))
      faults.push(`${place}: command ${commandId} was carried out twice`);
    if (id !== eventIdOf(commandId, 0))
      faults.push(`${place}: its id does not follow from its command`);
    lastOf.set(stream, event);
    ids.add(id);
    commands.add(commandId);
  }
  return faults;
}

/** The receipts that the log does not bear out: lost, moved, or of other content. */
export function unfounded(receipts: readonly Receipt[], events: readonly StoredEvent[]): string[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return receipts.flatMap(({ eventId, stream, revision, digest, type, recordedAt }) => {
    const event = byId.get(eventId);
    if (event === undefined) return [`${stream}@${revision}: acknowledged and lost`];
    const isSame =
      event.stream === stream &&
      event.revision === revision &&
      event.type === type &&
      event.metadata.recordedAt === recordedAt &&
      entryDigest(event) === digest;
    return isSame ? [] : [`${stream}@${revision}: recorded otherwise than acknowledged`];
  });
}
