import { randomUUID } from 'node:crypto';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LedgerUnderTest } from '../ledger-under-test.ts';
import { drawn, killCount, writerCount } from './chosen.ts';
import { Writing } from './writing.ts';

/**
 * The server is killed under load, at moments that nobody chose (QUALITY R1). What was acknowledged
 * is there once and as acknowledged; what was not can be sent again with its key and is then there
 * once, whatever became of the first try. docs/operating/testing.md has the variables.
 */
const seed = process.env['LEDGER_TEST_SEED'] ?? randomUUID();
const draw = (purpose: string, most: number) => drawn(seed, purpose, most);
const testTimeoutMs = 120_000;

/** A ledger serves for so many kills: the log is read whole after each, and has to stay short. */
const killsPerLedger = 50;
const lastKills = Array.from({ length: Math.ceil(killCount / killsPerLedger) }, (_, index) =>
  Math.min(killCount, (index + 1) * killsPerLedger),
);

let ledger: LedgerUnderTest;
let writing: Writing;

describe.each(lastKills)(
  `a ledger killed under ${writerCount} writers (seed ${seed}), up to kill %i of ${killCount}`,
  (lastKill) => {
    const firstKill = lastKill - ((lastKill - 1) % killsPerLedger);
    const killsHere = lastKill - firstKill + 1;

    beforeAll(async () => {
      ledger = await LedgerUnderTest.onFreshFolder();
      writing = await Writing.begin(ledger, writerCount);
    }, testTimeoutMs);
    afterAll(() => ledger.remove());

    test.each(Array.from({ length: killsHere }, (_, index) => firstKill + index))(
      'kill %i: what was acknowledged is there, what was not can be repeated',
      async (kill) => {
        await writeUntilKilled(kill);
        await writing.checkAfterKill();
      },
      testTimeoutMs,
    );

    test(
      'holds every act once, and read models equal to those of a rebuild',
      async () => {
        expect(await ledger.stop()).toBe(0);
        await writing.checkAtTheEnd();
        expect(writing.receipts.length).toBeGreaterThan(killsHere * writerCount);
      },
      testTimeoutMs,
    );
  },
);

/** All writers at once, until the process is gone in the middle of it. */
async function writeUntilKilled(kill: number): Promise<void> {
  const killAfter = 20 + draw(`acknowledged before kill ${kill}`, 100);
  const turns = draw(`turns before kill ${kill}`, 400);
  let acknowledged = 0;
  let strike: Promise<void> | undefined;
  // After the strike everybody goes on until their connection breaks.
  await writing.untilGone(
    () => strike !== undefined,
    () => {
      acknowledged += 1;
      if (acknowledged >= killAfter) strike ??= strikeAfter(turns);
    },
  );
  await strike;
}

/** The kill falls anywhere between two answers, not always just after one. */
async function strikeAfter(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await turnOfTheLoop();
  await ledger.kill();
}
