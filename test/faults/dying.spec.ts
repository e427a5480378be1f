import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { freshFolder, LedgerUnderTest } from '../ledger-under-test.ts';

/**
 * Parts in threads of the server that die and do not come back: the server says so and ends with 1,
 * so that whoever supervises it starts another one, which finds everything as it was.
 */
const preload = pathToFileURL(join(import.meta.dirname, 'mortal-threads.ts')).href;
const testTimeoutMs = 120_000;

describe('a server one of whose threads dies', () => {
  test.each([
    ['event-store', 'The event store died'],
    ['database', 'the embedded database has died'],
  ])(
    '%s: ends with 1 and the reason, and starts again',
    async (thread, reason) => {
      const ledger = new LedgerUnderTest(await freshFolder(), {
        NODE_OPTIONS: `--import=${preload} --disable-warning=ExperimentalWarning`,
        MORTAL_THREAD: thread,
      });
      try {
        await ledger.start();
        await ledger.untilReady();
        process.kill(ledger.processId, 'SIGUSR2');
        expect(await ledger.gone()).toBeNull();
        expect(await ledger.stop()).toBe(1);
        const fatal = ledger.said.filter((line) => line.includes('cannot live without has died'));
        expect(fatal).toStrictEqual([expect.stringContaining(reason)]);

        await ledger.start();
        await ledger.untilReady();
        expect(await ledger.stop()).toBe(0);
      } finally {
        await ledger.remove();
      }
    },
    testTimeoutMs,
  );
});
