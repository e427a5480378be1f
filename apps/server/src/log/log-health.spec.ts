import { describe, expect, test } from '@jest/globals';
import { manualClock } from '#kernel';
import type { Instant } from '#kernel';
import { LogRefused } from '#transparency';
import type { LogHead, PublisherStatus } from '#transparency';
import { readExposition, valueOf } from '../metrics/exposition.contract.ts';
import { observeLog } from '../metrics/log-gauges.ts';
import { Metrics } from '../metrics/metrics.ts';
import type { LedgerLogStatus } from './ledger-log.ts';
import { lagSecondsMax, logHealth } from './log-health.ts';

const began = '2026-11-20T02:00:00.000Z' as Instant;
const head = { treeSize: 12, advancedAt: began } as LogHead;
const published = { treeSize: 12, root: '', publishedAt: began, witnessed: ['mot'] };
const publishing: PublisherStatus = {
  published,
  pending: null,
  quorum: 'met',
  witnesses: [
    { name: 'mot', state: 'cosigned', treeSize: 12, reason: null },
    { name: 'hai', state: 'away', treeSize: 9, reason: 'it does not answer' },
  ],
  lastError: null,
};
const running: LedgerLogStatus = {
  state: 'running',
  head,
  lastError: null,
  publishing,
  checkpointFault: null,
};

/** The health of a log that is so, 30 seconds after it began, with one act waiting for so long. */
function healthOf(status: Partial<LedgerLogStatus>, waitedSeconds: number | null = null) {
  const clock = manualClock(began);
  clock.advance(30_000);
  const report = () =>
    waitedSeconds === null
      ? { eventCount: 0, oldestAtMs: null }
      : { eventCount: 3, oldestAtMs: performance.now() - waitedSeconds * 1_000 };
  return logHealth({ status: () => ({ ...running, ...status }) }, { report }, clock);
}

describe('the health of a log', () => {
  test('that runs is green, with its sizes, its age and its witnesses', () => {
    expect(healthOf({})).toStrictEqual({
      ready: true,
      reason: null,
      warning: null,
      figures: {
        state: 'running',
        headSize: 12,
        publishedSize: 12,
        lagEntries: 0,
        lagSeconds: 0,
        checkpointAgeSeconds: 30,
        quorum: 'met',
        witnesses: publishing.witnesses,
      },
    });
  });

  test('turns red when its own head lags, and not before', () => {
    const soon = healthOf({}, lagSecondsMax - 5);
    expect([soon.ready, soon.figures.lagEntries]).toStrictEqual([true, 3]);
    expect(soon.figures.lagSeconds).toBeGreaterThanOrEqual(lagSecondsMax - 5);
    expect(healthOf({}, lagSecondsMax + 5)).toMatchObject({
      ready: false,
      reason: 'the signed head lags behind what was recorded',
    });
  });

  test.each(['starting', 'waiting', 'stopped', 'failed'] as const)('is red while %s', (state) => {
    const { ready, reason } = healthOf({ state });
    expect([ready, typeof reason]).toStrictEqual([false, 'string']);
  });

  test('warns of witnesses, and stays green: they are the machines of others', () => {
    const missing: PublisherStatus = { ...publishing, quorum: 'missing', pending: 14 };
    expect(healthOf({ publishing: missing })).toMatchObject({
      ready: true,
      warning: 'checkpoints wait for the cosignatures of witnesses',
      figures: { quorum: 'missing' },
    });
    const failing: PublisherStatus = { ...publishing, lastError: new Error('as asked for') };
    expect(healthOf({ publishing: failing })).toMatchObject({
      ready: true,
      warning: 'the last checkpoint could not be published',
    });
  });

  test('turns red over another history in its place, and over no other refusal', () => {
    const lastError = new LogRefused('log/head-forked', 'as asked for');
    expect(healthOf({ publishing: { ...publishing, lastError } })).toMatchObject({
      ready: false,
      reason: 'what is published is not of this log; somebody has to look',
    });
    const missing = new LogRefused('log/tiles-missing', 'as asked for');
    expect(healthOf({ publishing: { ...publishing, lastError: missing } })).toMatchObject({
      ready: true,
      reason: null,
      warning: 'the last checkpoint could not be published',
    });
  });

  test('turns red while something else lies in place of the checkpoint, and says what', () => {
    expect(healthOf({ checkpointFault: 'as asked for' })).toMatchObject({
      ready: false,
      reason: 'as asked for',
    });
    const waiting = healthOf({ state: 'waiting', checkpointFault: 'as asked for' });
    expect(waiting.reason).toBe('the log waits for its store or for the event store');
  });

  test('knows no age where it does not know when, unless it is that of the head', () => {
    const ageOf = (one: Partial<typeof published>) =>
      healthOf({
        publishing: { ...publishing, published: { ...published, publishedAt: null, ...one } },
      }).figures.checkpointAgeSeconds;
    expect(ageOf({})).toBe(30);
    expect(ageOf({ treeSize: 9 })).toBeNull();
    expect(healthOf({ publishing: undefined }).figures).toMatchObject({
      publishedSize: 0,
      checkpointAgeSeconds: null,
      quorum: 'missing',
      witnesses: [],
    });
  });
});

describe('the gauges of a log', () => {
  async function gauges(status: Partial<LedgerLogStatus>) {
    const metrics = new Metrics({ version: '1.2.3' });
    observeLog(metrics, () => healthOf(status).figures);
    const families = readExposition(await metrics.registry.metrics());
    return {
      read: (name: string, labels: Record<string, string> = {}) =>
        valueOf(families, `ledger_log_${name}`, labels),
      samplesOf: (name: string) => families.get(`ledger_log_${name}`)?.samples,
    };
  }

  test('say what its health says', async () => {
    const { read } = await gauges({});
    const plain = ['head_entries', 'published_entries', 'lag_entries', 'lag_seconds', 'quorum_met'];
    expect(plain.map((name) => read(name))).toStrictEqual([12, 12, 0, 0, 1]);
    expect(read('checkpoint_age_seconds')).toBe(30);
    expect(read('state', { state: 'running' })).toBe(1);
    expect(read('state', { state: 'failed' })).toBe(0);
    const states = ['unasked', 'cosigned', 'refused', 'away'];
    const of = (witness: string) =>
      states.map((state) => read('witness_state', { witness, state }));
    expect([of('mot'), of('hai')]).toStrictEqual([
      [0, 1, 0, 0],
      [0, 0, 0, 1],
    ]);
  });

  test('have no age before there is a checkpoint', async () => {
    const { read, samplesOf } = await gauges({ state: 'starting', publishing: undefined });
    expect(samplesOf('checkpoint_age_seconds')).toStrictEqual([]);
    expect([read('quorum_met'), read('state', { state: 'starting' })]).toStrictEqual([0, 1]);
  });
});
