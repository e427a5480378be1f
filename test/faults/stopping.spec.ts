import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bareHex, digestOf } from '#kernel';
import { freshFolder, LedgerUnderTest } from '../ledger-under-test.ts';
import { madeUpPdf } from '../small-round.ts';
import { writerCount } from './chosen.ts';
import { Writing } from './writing.ts';

/**
 * The server is asked to stop under load, as an operator or a container asks it. Whoever was let in
 * is answered, nobody else is, it ends with 0 within its bound, and everything that was acknowledged
 * is there after the next start.
 */
const testTimeoutMs = 120_000;
let ledger: LedgerUnderTest;
let writing: Writing;

beforeAll(async () => {
  // It says at the end whether it waited in vain.
  ledger = new LedgerUnderTest(await freshFolder(), { LOG_LEVEL: 'info' });
  await ledger.start();
  writing = await Writing.begin(ledger, writerCount);
}, testTimeoutMs);
afterAll(() => ledger.remove());

/** How it ended, and whether it had to give up waiting for somebody: a clock here would err under load. */
async function stop() {
  // Its address is still known to those who write: they try to the end.
  process.kill(ledger.processId, 'SIGTERM');
  await ledger.gone();
  const exitCode = await ledger.stop();
  // With its last line all others were read.
  while (!ledger.said.some((line) => line.includes('"stopped"'))) await turnOfTheLoop();
  const gaveUp = ledger.said.some((line) => line.includes('when the time to finish them was up'));
  return { exitCode, gaveUp };
}

describe(`a ledger that is asked to stop under ${writerCount} writers`, () => {
  test.each([1, 2, 3])(
    'stop %i: ends well, gives up on nobody, with all that it acknowledged',
    async () => {
      let acknowledged = 0;
      let stopped: ReturnType<typeof stop> | undefined;
      await writing.untilStopped(
        () => stopped !== undefined,
        () => {
          acknowledged += 1;
          if (acknowledged >= 3 * writerCount) stopped ??= stop();
        },
      );
      expect(await stopped).toStrictEqual({ exitCode: 0, gaveUp: false });
      await writing.checkAfterKill();
    },
    testTimeoutMs,
  );

  test(
    'answers the upload that was half-way, and takes no connection meanwhile',
    async () => {
      const content = madeUpPdf('half-way');
      const url = new URL(`${ledger.url}/api/v1/evidence/${bareHex(digestOf(content))}/content`);
      const upload = httpRequest(url, {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${writing.officer.bearer}`,
          'content-type': 'application/pdf',
          'content-length': content.length,
          expect: '100-continue',
        },
      });
      const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
      upload.flushHeaders();
      // The server has taken the request: from here on it owes an answer.
      await once(upload, 'continue');
      upload.write(content.subarray(0, 10));
      const stopped = stop();
      while (await isTaken(url)) await turnOfTheLoop();
      upload.end(content.subarray(10));
      const [answer] = await answered;
      answer.resume();
      expect([answer.statusCode, answer.headers.connection]).toStrictEqual([201, 'close']);
      expect(await stopped).toStrictEqual({ exitCode: 0, gaveUp: false });
    },
    testTimeoutMs,
  );
});

/** Whether a connection of its own is still taken there. */
async function isTaken({ port, hostname }: URL): Promise<boolean> {
  const probe = httpRequest({ port, host: hostname, path: '/health/live', agent: false });
  probe.end();
  return new Promise((resolve) => {
    probe.once('response', (answer) => {
      answer.resume();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
