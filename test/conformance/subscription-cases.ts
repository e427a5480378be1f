import {
  eventTypeFilter,
  excludeSystemEvents,
  jsonEvent,
  streamNameFilter,
} from '@eventstore/db-client';
import type { AllStreamSubscription } from '@eventstore/db-client';
import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { fact, facts, freshStream, server } from './server-under-test.ts';
import type { Fact } from './server-under-test.ts';

export function streamSubscriptionCases(): void {
  describe('subscribing to a stream', () => {
    test('old events, caught up, new events: no gap, nothing twice', async () => {
      const stream = freshStream();
      await server.client.appendToStream(stream, facts(300));
      const subscription = server.client.subscribeToStream<Fact>(stream);
      subscription.once('caughtUp', () => {
        void server.client.appendToStream(stream, [fact(300), fact(301)]);
      });
      const found: unknown[] = [];
      for await (const { event } of subscription) {
        if (found.push(event?.data.n) === 302) break;
      }
      await subscription.unsubscribe();
      expect(found).toEqual(Array.from({ length: 302 }, (_, n) => n));
    });

    test('begins behind the revision it names, and before a stream is there', async () => {
      const stream = freshStream();
      const subscription = server.client.subscribeToStream<Fact>(stream, { fromRevision: 1n });
      await new Promise((resolve) => subscription.once('confirmation', resolve));
      await server.client.appendToStream(stream, facts(3));
      for await (const { event } of subscription) {
        expect(event?.data.n).toBe(2);
        break;
      }
      await subscription.unsubscribe();
    });

    test('nothing is lost while many write', async () => {
      const stream = freshStream();
      const subscription = server.client.subscribeToStream<Fact>(stream);
      const writes = Array.from({ length: 500 }, (_, n) =>
        server.client.appendToStream(stream, fact(n)),
      );
      const found = new Set<unknown>();
      let revision = 0n;
      for await (const { event } of subscription) {
        expect(event?.revision).toBe(revision);
        revision += 1n;
        if (found.add(event?.data.n).size === 500) break;
      }
      await Promise.all(writes);
      await subscription.unsubscribe();
      expect(revision).toBe(500n);
    });
  });
}

async function take(subscription: AllStreamSubscription, count: number): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { event } of subscription) {
    if (found.push(event?.id) === count) break;
  }
  await subscription.unsubscribe();
  return found;
}

export function allSubscriptionCases(): void {
  describe('subscribing to $all', () => {
    test('begins behind the position it names', async () => {
      const stream = freshStream();
      const { position } = await server.client.appendToStream(stream, fact(0));
      const later = [fact(1), fact(2)];
      await server.client.appendToStream(stream, later);
      const subscription = server.client.subscribeToAll({
        fromPosition: position ?? 'start',
        filter: streamNameFilter({ prefixes: [stream] }),
      });
      expect(await take(subscription, 2)).toEqual(later.map((event) => event.id));
    });

    test.each([
      ['prefixes of the stream', (s: string) => streamNameFilter({ prefixes: ['other-', s] })],
      ['a regex on the stream', (s: string) => streamNameFilter({ regex: `^${s}$` })],
    ])('filters by %s', async (_name, filterFor) => {
      const stream = freshStream();
      const subscription = server.client.subscribeToAll({
        fromPosition: 'end',
        filter: filterFor(stream),
      });
      await new Promise((resolve) => subscription.once('caughtUp', resolve));
      const wanted = [fact(0), fact(1)];
      await server.client.appendToStream(freshStream(), fact(7));
      await server.client.appendToStream(stream, wanted[0] as never);
      await server.client.appendToStream(freshStream(), fact(8));
      await server.client.appendToStream(stream, wanted[1] as never);
      expect(await take(subscription, 2)).toEqual(wanted.map((event) => event.id));
    });

    test.each([
      ['prefixes of the type', (t: string) => eventTypeFilter({ prefixes: [t] })],
      ['a regex on the type', (t: string) => eventTypeFilter({ regex: `^${t}` })],
    ])('filters by %s', async (_name, filterFor) => {
      const type = `type-${randomUUID()}`;
      const wanted = jsonEvent({ type: `${type}.v1`, data: {} });
      await server.client.appendToStream(freshStream(), [fact(0), wanted, fact(1)]);
      const subscription = server.client.subscribeToAll({ filter: filterFor(type) });
      expect(await take(subscription, 1)).toEqual([wanted.id]);
    });

    test('leaves system events out when asked to', async () => {
      const stream = freshStream();
      const { position } = await server.client.appendToStream(freshStream(), fact(1));
      await server.client.setStreamMetadata(stream, { maxCount: 5 });
      const wanted = fact(0);
      await server.client.appendToStream(stream, wanted);
      const subscription = server.client.subscribeToAll({
        fromPosition: position ?? 'start',
        filter: excludeSystemEvents(),
      });
      expect(await take(subscription, 1)).toEqual([wanted.id]);
    });
  });
}

export function checkpointCases(): void {
  test('a checkpoint never passes an event that was not delivered', async () => {
    const stream = freshStream();
    const { position } = await server.client.appendToStream(freshStream(), fact(0));
    for (let n = 0; n < 10; n += 1) {
      await server.client.appendToStream(stream, fact(n));
      await server.client.appendToStream(freshStream(), facts(7));
    }
    const order: { kind: 'event' | 'checkpoint'; commit: bigint }[] = [];
    const subscription = server.client.subscribeToAll({
      fromPosition: position ?? 'start',
      filter: streamNameFilter({
        prefixes: [stream],
        maxSearchWindow: 3,
        checkpointInterval: 1,
        checkpointReached: async (_subscription, reached) => {
          order.push({ kind: 'checkpoint', commit: reached.commit });
        },
      }),
    });
    subscription.on('data', ({ event }) => {
      order.push({ kind: 'event', commit: event?.position?.commit ?? -1n });
    });
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await subscription.unsubscribe();
    const events = order.filter(({ kind }) => kind === 'event');
    const checkpoints = order.filter(({ kind }) => kind === 'checkpoint');
    expect(events).toHaveLength(10);
    expect(checkpoints.length).toBeGreaterThanOrEqual(20);
    // Whoever resumes behind a checkpoint must not miss what comes later in this very order.
    for (const [index, { kind, commit }] of order.entries()) {
      if (kind !== 'checkpoint') continue;
      const later = order.slice(index + 1).filter((entry) => entry.kind === 'event');
      expect(later.every((entry) => entry.commit > commit)).toBe(true);
    }
  });
}
