import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LedgerUnderTest } from '../ledger-under-test.ts';

/** Documentation tells the truth: the guide's blocks are run as they stand, against a real server. */
const root = join(import.meta.dirname, '../..');
let ledger: LedgerUnderTest;

beforeAll(async () => {
  ledger = await LedgerUnderTest.onFreshFolder();
});
afterAll(async () => {
  await ledger.remove();
});

test('every block of the first-figure guide runs, in order, and ends as it says', async () => {
  const guide = await readFile(join(root, 'docs/guides/first-figure.md'), 'utf8');
  const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  expect(blocks.length).toBe(6);
  const script = ['set -euo pipefail', ...blocks].join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    cwd: root,
    env: { ...process.env, URL: ledger.url, LEDGER_DATA: ledger.folder },
  });
  expect(stdout.trim().split('\n').slice(-4)).toEqual([
    'endorsed',
    'figure.endorsed.v1',
    '404',
    'c2sp.org/tlog-proof@v1',
  ]);
});
