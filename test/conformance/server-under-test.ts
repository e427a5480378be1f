import { jsonEvent } from '@eventstore/db-client';
import type { EventStoreDBClient, JSONEventType, Position } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';

/**
 * The server the cases are asked of. One client at a time: the client package keeps the appends of
 * all clients of a process in one table.
 */
let present: EventStoreDBClient | undefined;

export const server = {
  get client(): EventStoreDBClient {
    if (!present) throw new Error('No server was named yet.');
    return present;
  },
  use(client: EventStoreDBClient): void {
    present = client;
  },
};

export type Fact = JSONEventType<'fact', { n: number }>;

export function fact(n: number, id: string = randomUUID()) {
  return jsonEvent<Fact>({ type: 'fact', id, data: { n } });
}

export function facts(count: number) {
  return Array.from({ length: count }, (_, n) => fact(n));
}

/** Every case writes to streams of its own, so a server may hold other things as well. */
export function freshStream(): string {
  return `conformance-${randomUUID()}`;
}

type StreamRead = Parameters<EventStoreDBClient['readStream']>[1];

/** What the facts of a stream say, in the order they are read. */
export async function numbers(stream: string, options?: StreamRead): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { event } of server.client.readStream<Fact>(stream, options)) {
    found.push(event?.data.n);
  }
  return found;
}

export async function revisions(stream: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { event } of server.client.readStream(stream)) found.push(event?.revision);
  return found;
}

export async function allFrom(fromPosition: Position, maxCount: number): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { event } of server.client.readAll({ fromPosition, maxCount })) {
    found.push(event?.id);
  }
  return found;
}

/** The kind of error a promise ends with, by the word the client uses. */
export async function refusal(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => 'no error',
    (error: unknown): unknown =>
      typeof error === 'object' && error ? Reflect.get(error, 'type') : error,
  );
}

/** An append has a position; the client's type leaves that open. */
export function known(position: Position | undefined): Position {
  if (!position) throw new Error('The append was answered without a position.');
  return position;
}
