import { describe, expect, test } from '@jest/globals';
import type { Instant } from '#kernel';
import { PoisonEvent } from '#read-models/node';
import type { ProjectorStatus } from '#read-models/node';
import { storedEvent } from '#testing';
import type { LogHead, PublisherStatus } from '#transparency';
import type { LedgerLogStatus } from '../log/ledger-log.ts';
import type { Parts } from '../parts.ts';
import type { SecurityLog } from '../security/security-log.ts';
import { Readiness } from './readiness.ts';

const status: ProjectorStatus = {
  state: 'running',
  position: null,
  leafIndex: 41,
  caughtUp: true,
  lastError: null,
};

const logStatus: LedgerLogStatus = {
  state: 'running',
  head: { treeSize: 12 } as LogHead,
  lastError: null,
  publishing: {
    published: {
      treeSize: 10,
      root: '',
      publishedAt: '2026-11-20T03:00:00.000Z' as Instant,
      witnessed: [],
    },
    pending: 12,
    quorum: 'met',
    witnesses: [],
    lastError: null,
  },
  checkpointFault: null,
};

const away = { ping: () => Promise.reject(new Error('away')) };
const others = {
  store: away,
  blobs: away,
  database: {},
  clock: { now: () => '2026-11-20T03:00:30.500Z' as Instant },
  ledgerLog: { status: () => logStatus, checkpoint: async () => undefined },
  unlogged: { report: () => ({ eventCount: 0, oldestAtMs: null }) },
};

/** What is said of the read models; the other parts are away, which is no matter here. */
async function saidOf(present: Partial<ProjectorStatus>) {
  const projector = { look: async () => ({ ...status, ...present }) };
  const parts = { ...others, projector } as unknown as Parts;
  const securityLog = { tryToWrite: () => true } as unknown as SecurityLog;
  const { parts: all } = await new Readiness(parts, securityLog).report();
  return all.find(({ name }) => name === 'read-models');
}

describe('readiness, of the read models', () => {
  test('is given while they are followed and have caught up, and by a standby', async () => {
    expect(await saidOf({})).toMatchObject({ ready: true, details: { leafIndex: 41 } });
    expect(await saidOf({ caughtUp: false })).toMatchObject({ ready: false });
    expect(await saidOf({ state: 'waiting' })).toMatchObject({ ready: false });
    expect(await saidOf({ state: 'standby', caughtUp: false })).toStrictEqual({
      name: 'read-models',
      ready: true,
      reason: null,
      details: { state: 'standby', leafIndex: 41 },
    });
  });

  test('names the event that could not be projected', async () => {
    const event = storedEvent({ type: 'toy.made.v1', data: {} }, { stream: 'toy-1', revision: 7 });
    const lastError = new PoisonEvent(event, new Error('planned'));
    expect(await saidOf({ state: 'failed', caughtUp: false, lastError })).toStrictEqual({
      name: 'read-models',
      ready: false,
      reason: 'an event cannot be projected; somebody has to look',
      details: {
        state: 'failed',
        leafIndex: 41,
        event: { stream: 'toy-1', revision: 7, type: 'toy.made.v1' },
      },
    });
  });
});

/** What is said of the log; `waiting` is how long the oldest act outside it has waited. */
async function saidOfLog(
  present: Partial<LedgerLogStatus>,
  publishing: Partial<PublisherStatus> = {},
  waitingMs: number | null = null,
) {
  const full = { ...logStatus.publishing, ...publishing };
  const ledgerLog = { status: () => ({ ...logStatus, publishing: full, ...present }) };
  const oldestAtMs = waitingMs === null ? null : performance.now() - waitingMs;
  const unlogged = { report: () => ({ eventCount: waitingMs === null ? 0 : 3, oldestAtMs }) };
  const projector = { look: async () => status };
  const parts = { ...others, projector, ledgerLog, unlogged } as unknown as Parts;
  const securityLog = { tryToWrite: () => true } as unknown as SecurityLog;
  const { parts: all } = await new Readiness(parts, securityLog).report();
  return all.find(({ name }) => name === 'log');
}

describe('readiness, of the log', () => {
  test('tells sizes, lag and age, and asks no witness for itself to be ready', async () => {
    expect(await saidOfLog({}, {}, 1_000)).toStrictEqual({
      name: 'log',
      ready: true,
      reason: null,
      details: {
        state: 'running',
        headSize: 12,
        publishedSize: 10,
        lagEntries: 3,
        lagSeconds: 1,
        checkpointAgeSeconds: 30,
        quorum: 'met',
        witnesses: [],
      },
    });
    const away = { name: 'spec', state: 'away', treeSize: null, reason: 'no answer' } as const;
    expect(await saidOfLog({}, { quorum: 'missing', witnesses: [away] })).toMatchObject({
      ready: true,
      warning: 'checkpoints wait for the cosignatures of witnesses',
      details: { witnesses: [away] },
    });
    const lastError = new Error('planned');
    expect(await saidOfLog({}, { lastError })).toMatchObject({
      ready: true,
      warning: 'the last checkpoint could not be published',
    });
  });

  test('is red while the ledger itself does not sign', async () => {
    const redOf = async (...given: Parameters<typeof saidOfLog>) =>
      (await saidOfLog(...given))?.ready;
    expect(await redOf({}, {}, 59_000)).toBe(true);
    expect(await redOf({}, {}, 61_000)).toBe(false);
    for (const state of ['starting', 'waiting', 'stopped', 'failed'] as const) {
      expect([state, await redOf({ state, publishing: undefined })]).toStrictEqual([state, false]);
    }
  });
});
