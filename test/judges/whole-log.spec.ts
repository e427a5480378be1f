import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { describeWithPart } from '#testing';
import { freshFolder } from '../ledger-under-test.ts';
import { makeJudgedLog, objectsOf, serveFolder, withOneBitFlipped } from './judged-log.ts';
import type { JudgedLog } from './judged-log.ts';
import { judged } from './programs.ts';

/**
 * A whole log of ours before readers that we did not write: the Go team's `sumdb` and Tessera's fsck.
 * Its size has full and partial tiles at three levels, as in the example of c2sp.org/tlog-tiles.
 */
const size = 70_000;
let folder: string | undefined;
let made: Promise<JudgedLog> | undefined;

/** Made once, and only for somebody who asks: it takes some seconds. */
function theLog(): Promise<JudgedLog> {
  made ??= freshFolder().then((fresh) => {
    folder = fresh;
    return makeJudgedLog(fresh, { size, olderSize: 30_001 });
  });
  return made;
}

afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describeWithPart('LEDGER_TEST_GO_JUDGES', 'a log of 70,000 entries', (programs) => {
  describe("before golang.org/x/mod's sumdb", () => {
    const check = ({ folder: log, keyFile, olderCheckpoint }: JudgedLog) =>
      judged(join(programs, 'xmod'), ['check', log, keyFile, olderCheckpoint]);

    test('is sound: signature, root out of tiles and entries, proofs, growth', async () => {
      const log = await theLog();
      expect(await check(log)).toStrictEqual({
        exitCode: 0,
        said: `sound: size ${size}, root ${log.root}, 200 inclusion proofs\n`,
      });
    }, 120_000);

    test.each(objectsOf(size))('is unsound with one bit flipped in %s', async (_, path) => {
      const log = await theLog();
      const verdict = await withOneBitFlipped(join(log.folder, path), () => check(log));
      expect(verdict.exitCode).toBe(1);
      expect(verdict.said).not.toContain('sound:');
    });

    test('does not continue a checkpoint that was tampered with', async () => {
      const log = await theLog();
      const verdict = await withOneBitFlipped(log.olderCheckpoint, () => check(log));
      expect([verdict.exitCode, verdict.said]).toEqual([
        1,
        expect.stringContaining('older checkpoint'),
      ]);
    });
  });

  /** It ends with 0 whatever it found: only its closing line counts (CONTRACTS 10). */
  describe("before Tessera's fsck", () => {
    const fsck = async ({ keyFile }: JudgedLog, url: string) => {
      const argv = ['--ui=false', '--N=8', `--storage_url=${url}`, `--public_key=${keyFile}`];
      return (await judged(join(programs, 'fsck'), argv)).said;
    };
    const success = /Successfully fsck'd log with size (\d+) and root (\S+)/;

    test('is sound in its folder', async () => {
      const log = await theLog();
      const [, saidSize, saidRoot] = success.exec(await fsck(log, `file://${log.folder}/`)) ?? [];
      expect([saidSize, saidRoot]).toEqual([String(size), log.root]);
    }, 120_000);

    test('is sound over HTTP', async () => {
      const log = await theLog();
      const served = await serveFolder(log.folder);
      try {
        const [, saidSize, saidRoot] = success.exec(await fsck(log, served.url)) ?? [];
        expect([saidSize, saidRoot]).toEqual([String(size), log.root]);
      } finally {
        await served.stop();
      }
    }, 120_000);

    test.each(objectsOf(size))('is not, with one bit flipped in %s', async (_, path) => {
      const log = await theLog();
      const said = await withOneBitFlipped(join(log.folder, path), () =>
        fsck(log, `file://${log.folder}/`),
      );
      expect(said).not.toMatch(success);
      expect(said).not.toBe('');
    });
  });
});
