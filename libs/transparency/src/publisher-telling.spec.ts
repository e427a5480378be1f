import { describe, expect, test } from '@jest/globals';
import { until } from './made-up-log.contract.ts';
import { published, threeWitnesses } from './made-up-witness.contract.ts';
import { restMs } from './publisher.ts';
import type { PublisherStatus } from './publisher.ts';

/** What an operator learns of a publisher that waits for witnesses, and how long it waits. */
describe('a publisher that a witness fails', () => {
  test('a witness that failed rests for half a second, then twice as long, at most 15 seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 99].map(restMs)).toStrictEqual([
      500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
    ]);
  });

  test('tells how things stand whenever they may have changed, and says nothing of its end', async () => {
    const [witness] = threeWitnesses();
    witness.bent = () => ({ kind: 'refused', status: 404 });
    const told: PublisherStatus[] = [];
    const log = published([witness], 'all', { onLook: (status) => told.push(status) });
    await log.start();
    await log.growTo(0, 3);
    const last = () => [told.at(-1)?.quorum, told.at(-1)?.witnesses[0]?.state];
    await until(() => last().join() === 'missing,refused');
    witness.bent = undefined;
    log.askAgain();
    await until(() => last().join() === 'met,cosigned');
    witness.bent = () => new Promise(() => undefined);
    await log.growTo(3, 9);
    await until(() => told.at(-1)?.pending === 9);
    const count = told.length;
    await log.stop();
    expect(told.slice(count)).toStrictEqual([]);
    expect(told.map(({ witnesses: [one] }) => one?.state)).not.toContain('away');
  });
});
