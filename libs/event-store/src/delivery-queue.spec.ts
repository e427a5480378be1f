import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Delivery } from './port.ts';
import { storedEvent } from '#testing';
import { DeliveryQueue } from './delivery-queue.ts';

const caughtUp: Delivery = { kind: 'caught-up' };
const event = (revision: number): Delivery => ({
  kind: 'event',
  event: storedEvent({ type: 'toy.counted.v1', data: {} }, { stream: 'toy-1', revision }),
});

async function* delivering(
  deliveries: readonly Delivery[],
  seen: { asked: number },
  end: Promise<unknown>,
) {
  for (const delivery of deliveries) {
    seen.asked += 1;
    yield delivery;
  }
  await end;
}

describe('the queue before the writer', () => {
  test('gives full batches while catching up, and what is there once live', async () => {
    const end = new AbortController();
    const ended = new Promise((resolve) => end.signal.addEventListener('abort', resolve));
    const all = [event(0), event(1), event(2), caughtUp, event(3)];
    const queue = new DeliveryQueue(100);
    const filling = queue.fill(delivering(all, { asked: 0 }, ended), end.signal);
    expect(await queue.take(2, false)).toStrictEqual([event(0), event(1)]);
    // All of it is in the queue by the next turn: the sign to go is no longer the last in it.
    await setImmediate();
    expect(await queue.take(9, false)).toStrictEqual([event(2), caughtUp, event(3)]);
    const next = queue.take(3, true);
    end.abort();
    expect(await next).toBeUndefined();
    await filling;
  });

  test('reads ahead no further than its limit, and stops when told', async () => {
    const end = new AbortController();
    const seen = { asked: 0 };
    const queue = new DeliveryQueue(3);
    const all = Array.from({ length: 10 }, (_, revision) => event(revision));
    const filling = queue.fill(delivering(all, seen, Promise.resolve()), end.signal);
    expect((await queue.take(3, false))?.length).toBe(3);
    expect(seen.asked).toBeLessThanOrEqual(4);
    end.abort();
    await filling;
    expect(seen.asked).toBeLessThan(10);
  });

  test.each<[string, unknown]>([
    ['long texts', { words: 'x'.repeat(60_000) }],
    ['long names', { ['x'.repeat(60_000)]: 1 }],
    ['many values', Array.from({ length: 4_000 }, (_, n) => n)],
  ])('reads ahead no further than its memory reaches: of %s fewer', async (_, data) => {
    const heavy = (revision: number): Delivery => ({
      kind: 'event',
      event: storedEvent({ type: 'toy.counted.v1', data }, { stream: 'toy-1', revision }),
    });
    const end = new AbortController();
    const seen = { asked: 0 };
    const queue = new DeliveryQueue(8_192, 1_000_000);
    const all = Array.from({ length: 100 }, (_each, revision) => heavy(revision));
    const filling = queue.fill(delivering(all, seen, Promise.resolve()), end.signal);
    // Neither is the batch full in number nor has anything caught up: it is as large as it may get.
    await queue.untilFull(4_096, end.signal);
    let count = 0;
    while (count < 100) {
      const asked = seen.asked - count;
      expect(asked).toBeLessThanOrEqual(18);
      const taken = await queue.take(4_096, false);
      count += taken?.length ?? 100;
    }
    expect(count).toBe(100);
    await filling;
  });

  test('tells when a batch is full, and does not wait for what can no longer come', async () => {
    const end = new AbortController();
    const ended = new Promise((resolve) => end.signal.addEventListener('abort', resolve));
    const queue = new DeliveryQueue(9);
    const all = [event(0), event(1)];
    const filling = queue.fill(delivering(all, { asked: 0 }, ended), end.signal);
    await queue.untilFull(2, end.signal);
    expect((await queue.take(9, true))?.length).toBe(2);
    const rested = new AbortController();
    const resting = queue.untilFull(1, rested.signal);
    rested.abort();
    await resting;
    const last = queue.untilFull(1, new AbortController().signal);
    end.abort();
    await Promise.all([last, filling]);
    await expect(queue.take(1, true)).resolves.toBeUndefined();
  });

  test('hands on what came before a failure, then the failure', async () => {
    async function* failing(): AsyncGenerator<Delivery> {
      yield event(0);
      throw new Error('planned');
    }
    const queue = new DeliveryQueue(3);
    await queue.fill(failing(), new AbortController().signal);
    expect(await queue.take(5, false)).toStrictEqual([event(0)]);
    await expect(queue.take(5, false)).rejects.toThrow('planned');
  });
});
