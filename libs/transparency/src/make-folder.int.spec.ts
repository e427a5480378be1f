import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeFolder } from './make-folder.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ledger-spec-folder-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('makes what is missing above it, and says whether it was there', async () => {
  const path = join(root, 'a/b/c');
  expect(await makeFolder(path)).toBe(true);
  expect(await makeFolder(path)).toBe(false);
  expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o700);
});

test('is made by many at once, of whom one has made it', async () => {
  for (let round = 0; round < 20; round += 1) {
    const path = join(root, `${round}/tile/0`);
    const made = await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
    expect(made.filter(Boolean)).toHaveLength(1);
  }
});

test('below a folder that takes none is refused at once', async () => {
  await expect(makeFolder('/proc/nowhere/deep')).rejects.toMatchObject({
    code: expect.stringMatching(/^(ENOENT|EACCES|EROFS)$/),
  });
});
