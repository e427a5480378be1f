import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CopyingLogSource, CopyRefused } from './copying-log-source.ts';
import { DemoRefused, freshFolder } from './demo-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** `/proc` is a folder in which nobody can make one; what is below a file cannot be made either. */
const impossible = () => ['/proc/nowhere', '/proc/nowhere/deeper', join(folder, 'file', 'below')];

describe('the folder of a demo', () => {
  test('is made with what is missing above it, for its owner only', async () => {
    const named = join(folder, 'a', 'b');
    expect(await freshFolder(named)).toBe(named);
    expect((await stat(named)).mode & 0o777).toBe(0o700);
    expect(await freshFolder(named)).toBe(named);
  });

  test('is a new one where none is named', async () => {
    const made = await freshFolder(undefined);
    expect(await readdir(made)).toEqual([]);
    await rm(made, { recursive: true });
  });

  test('is refused where it cannot be made, and where something lies in it', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const named of [...impossible(), join(folder, 'file'), folder]) {
      await expect(freshFolder(named)).rejects.toThrow(DemoRefused);
      await expect(freshFolder(named)).rejects.toThrow(named);
    }
  });
});

describe('the folder of a copied log', () => {
  const source = {} as CopyingLogSource;

  test('is refused in the same places', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const named of [...impossible(), join(folder, 'file'), folder]) {
      await expect(CopyingLogSource.into(named, source)).rejects.toThrow(CopyRefused);
    }
    await CopyingLogSource.into(join(folder, 'copy'), source);
    expect(await readdir(join(folder, 'copy'))).toEqual([]);
  });
});
