import { describe, expect, test } from '@jest/globals';
import type { Position } from '#event-store';
import { Waiters } from './waiters.ts';

describe('those who wait', () => {
  const at = (order: number) => String(order).padStart(20, '0') as Position;

  test('are woken by exactly what they wait for', async () => {
    const waiters = new Waiters();
    const settled: string[] = [];
    const wait = (name: string, target: Parameters<Waiters['wait']>[0]) => {
      return waiters.wait(target, 60_000).then((reached) => settled.push(`${name} ${reached}`));
    };
    const all = [
      wait('leaf 1', { leafIndex: 1 }),
      wait('leaf 2', { leafIndex: 2 }),
      wait('position', { position: at(7) }),
      wait('never', { leafIndex: 9 }),
    ];
    waiters.reached({ leafIndex: 1, position: at(6) });
    await all[0];
    expect(settled).toStrictEqual(['leaf 1 true']);
    waiters.reached({ leafIndex: 2, position: at(7) });
    await Promise.all(all.slice(0, 3));
    waiters.release();
    await all[3];
    expect(settled).toStrictEqual(['leaf 1 true', 'leaf 2 true', 'position true', 'never false']);
    expect(await waiters.wait({ position: at(7) }, 60_000)).toBe(true);
    expect(await waiters.wait({ leafIndex: 3 }, 0)).toBe(false);
  });

  test('end the rest of whoever works for them, at once', async () => {
    const waiters = new Waiters();
    const forEver = 2 ** 30;
    const resting = waiters.untilWanted(forEver, new AbortController().signal);
    const waiting = waiters.wait({ leafIndex: 1 }, forEver);
    await resting;
    // While somebody still waits there is no rest at all.
    await waiters.untilWanted(forEver, new AbortController().signal);
    waiters.reached({ leafIndex: 1, position: null });
    expect(await waiting).toBe(true);
    const stop = new AbortController();
    const stopped = waiters.untilWanted(forEver, stop.signal);
    stop.abort();
    await stopped;
    await waiters.untilWanted(0, new AbortController().signal);
  });
});
