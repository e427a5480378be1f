import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { entryText, LogReader } from '../../apps/server/src/log/served-log.contract.ts';
import { freshFolder, LedgerUnderTest } from '../ledger-under-test.ts';
import { readLog } from '../recorded-log.ts';
import { drawn, killsAtPoint, writerCount } from './chosen.ts';
import { pointsOfDeath } from './faulty-parts.ts';
import type { Order, PointOfDeath } from './faulty-parts.ts';
import { Writing } from './writing.ts';

/**
 * The server dies by SIGKILL at every point where an act is half done (QUALITY R1), under load, and
 * an ordinary one takes over its folder. What kills at random moments hit rarely is hit each time.
 */
const program = join(import.meta.dirname, 'faulty-server.ts');
const seed = process.env['LEDGER_TEST_SEED'] ?? randomUUID();
const testTimeoutMs = 120_000;

let ledger: LedgerUnderTest;
let writing: Writing;

beforeAll(async () => {
  // The spec reads the entries of the log as anybody.
  ledger = new LedgerUnderTest(await freshFolder(), { LEDGER_ENTRIES_PUBLIC: 'true' });
  await ledger.start();
  writing = await Writing.begin(ledger, writerCount);
}, testTimeoutMs);

afterAll(() => ledger.remove());

describe(`a ledger that dies (seed ${seed})`, () => {
  const cases = pointsOfDeath.flatMap((point) => {
    return Array.from({ length: killsAtPoint }, (_, index) => [point, index + 1] as const);
  });

  test.each(cases)(
    '%s, time %i: loses nothing, has nothing twice',
    async (point, time) => {
      await dieAt(point, time);
      await writing.checkAfterKill();
    },
    testTimeoutMs,
  );

  test(
    'holds every act once, and read models equal to those of a rebuild',
    async () => {
      expect(await ledger.stop()).toBe(0);
      await writing.checkAtTheEnd();
    },
    testTimeoutMs,
  );

  test(
    'has every act in its log, at the place where it was recorded',
    async () => {
      const recorded = (await readLog(ledger.folder)).map(entryText);
      await ledger.start();
      const log = new LogReader(ledger);
      expect(await log.entries(await log.checkpointOf(recorded.length))).toStrictEqual(recorded);
    },
    testTimeoutMs,
  );
});

/** The point is passed a few times before, each of them with other acts under way. */
async function dieAt(at: PointOfDeath, time: number): Promise<void> {
  await ledger.stop();
  await ledger.start(program);
  const passes = 1 + drawn(seed, `${at} ${time}`, 12);
  await ledger.order({ kind: 'die', at, time: passes } satisfies Order);
  // From now on the connection may break at any moment, and it must.
  const [signal] = await Promise.all([ledger.gone(), writing.untilGone(() => true)]);
  expect(signal).toBe('SIGKILL');
}
