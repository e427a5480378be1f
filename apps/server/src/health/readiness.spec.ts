import { describe, expect, test } from '@jest/globals';
import { PoisonEvent } from '#read-models/node';
import type { ProjectorStatus } from '#read-models/node';
import { storedEvent } from '#testing';
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

/** What is said of the read models; the other parts are away, which is no matter here. */
async function saidOf(present: Partial<ProjectorStatus>) {
  const projector = { look: async () => ({ ...status, ...present }) };
  const away = { ping: () => Promise.reject(new Error('away')) };
  const parts = { projector, store: away, blobs: away, database: {} } as unknown as Parts;
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
