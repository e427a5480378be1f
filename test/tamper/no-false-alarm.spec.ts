import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { entryBytes, isLogged } from '#kernel';
import { inclusionReceipt } from '#transparency';
import { fsck, verifyReceipt } from '#verification';
import { isFull, report, seed, testTimeoutMs } from './flips.ts';
import { judge, MapSource, short } from './ledger.ts';
import { make, plans } from './made-ledger.ts';
import type { Made } from './made-ledger.ts';

/**
 * A judge that cries wolf is soon not asked any more. Valid ledgers, written by the ledger's own
 * parts in every way it can come about, and not a fault in any of them: log and store together,
 * with and without an anchor, since each checkpoint that somebody may have kept, and their
 * receipts.
 */
const runs = isFull ? 1_000 : 12;
const seen = { ledgers: 0, entries: 0, receipts: 0, rotated: 0, witnessed: 0, behind: 0 };
afterAll(() =>
  report(
    `${seen.ledgers} valid ledgers of ${seen.entries} entries, ${seen.receipts} receipts, ` +
      `${seen.rotated} with other keys, ${seen.witnessed} witnessed, ${seen.behind} behind their ` +
      'store: no fault',
  ),
);

/** Nothing was sequenced yet, so there is no log to be judged: which is not the same as a fault. */
async function judgeEmpty(made: Made): Promise<void> {
  const { verdict, findings } = await judge(made);
  const faults = findings.filter(({ severity }) => severity !== 'note').map(short);
  expect([verdict, faults]).toEqual(['unknown', [{ code: 'log/nothing-there' }]]);
}

async function judgeLedger(made: Made, behind: number): Promise<void> {
  const notes = behind === 0 ? {} : { 'store/behind-head': behind };
  for (const since of [undefined, ...made.earlier]) {
    const report = await judge(made, since === undefined ? {} : { since });
    expect([report.verdict, report.counts]).toEqual(['sound', notes]);
    expect([report.size, report.entries]).toEqual([made.size, made.size]);
  }
  const unanchored = await fsck({ source: new MapSource(made.objects) });
  const { length: strangers } = unanchored.findings.filter(
    ({ code }) => code === 'log/signature-unknown',
  );
  // Without a policy nobody knows the witnesses: their lines are told of, and no more.
  expect([unanchored.verdict, unanchored.findings.length]).toEqual(['sound-unanchored', strangers]);
}

async function judgeReceipts(made: Made): Promise<void> {
  const { policy, writer } = made;
  const checkpoint = made.objects.get('checkpoint') as Uint8Array;
  const entries = made.events.filter(({ stream }) => isLogged(stream));
  for (const index of new Set([0, Math.floor(made.size / 2), made.size - 1])) {
    const proof = (await inclusionReceipt({
      tiles: writer.tiles,
      checkpoint,
      index,
    })) as Uint8Array;
    const entry = entryBytes(entries[index] as (typeof entries)[number]);
    const { verdict, findings, facts } = verifyReceipt({ proof, entry, policy });
    const faults = findings.filter(({ severity }) => severity !== 'note').map(short);
    expect([verdict, faults, facts?.index]).toEqual(['sound', [], index]);
    seen.receipts += 1;
  }
}

describe('a valid ledger', () => {
  test(
    'is sound, whatever its size, its keys, its witnesses and its runs',
    async () => {
      const property = fc.asyncProperty(plans, async (plan) => {
        const made = await make(plan);
        expect(made.size).toBe(plan.size);
        if (made.size === 0) await judgeEmpty(made);
        else {
          await judgeLedger(made, plan.behind);
          await judgeReceipts(made);
        }
        seen.ledgers += 1;
        seen.entries += made.size;
        seen.rotated += made.events.some(({ type }) => type === 'log.key-added.v1') ? 1 : 0;
        seen.witnessed += plan.witnesses > 0 ? 1 : 0;
        seen.behind += plan.behind > 0 ? 1 : 0;
      });
      await fc.assert(property, { numRuns: runs, seed });
      expect(seen.ledgers).toBe(runs);
    },
    testTimeoutMs,
  );
});
