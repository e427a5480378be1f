import { describe, expect, test } from '@jest/globals';
import type { Position } from '#event-store';
import { Backlog } from './backlog.ts';

const at = (index: number) => String(index).padStart(20, '0') as Position;

describe('what the read models have not reached', () => {
  test('is counted in events, and as old as its oldest', () => {
    let reached: Position | 'all' | null = null;
    const backlog = new Backlog(() => reached);
    expect(backlog.report()).toStrictEqual({ eventCount: 0, oldestAtMs: null });
    backlog.add(at(1), 2, 100);
    backlog.add(at(3), 1, 150);
    // Acknowledged later than what stands behind it.
    backlog.add(at(2), 1, 200);
    expect(backlog.report()).toStrictEqual({ eventCount: 4, oldestAtMs: 100 });
    reached = at(2);
    expect(backlog.report()).toStrictEqual({ eventCount: 1, oldestAtMs: 150 });
    reached = at(3);
    expect(backlog.report()).toStrictEqual({ eventCount: 0, oldestAtMs: null });
    backlog.add(at(4), 1, 300);
    reached = 'all';
    expect(backlog.report()).toStrictEqual({ eventCount: 0, oldestAtMs: null });
  });

  test('loses no event and not its age while nobody follows for a long time', () => {
    let reached: Position | null = null;
    const backlog = new Backlog(() => reached);
    for (let index = 0; index < 100_000; index += 1) backlog.add(at(index), 1, index);
    expect(backlog.report()).toStrictEqual({ eventCount: 100_000, oldestAtMs: 0 });
    reached = at(99_998);
    // Neighbours were counted as one, so a little more may be left than there is.
    const { eventCount } = backlog.report();
    expect(eventCount).toBeGreaterThanOrEqual(1);
    expect(eventCount).toBeLessThan(100);
    reached = at(99_999);
    expect(backlog.report()).toStrictEqual({ eventCount: 0, oldestAtMs: null });
  });
});
