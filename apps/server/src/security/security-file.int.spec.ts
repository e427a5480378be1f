import { mkdtemp, readFile, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SecurityFile } from './security-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'security-log-'));
  path = join(folder, 'security.log');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the file of the security log', () => {
  test('is appended to, for its owner alone', async () => {
    await writeFile(path, 'before\n', { mode: 0o644 });
    const file = new SecurityFile(path);
    file.write('after\n');
    file.close();
    expect(await readFile(path, 'utf8')).toBe('before\nafter\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('goes on under its name after it was moved away, and after it was removed', async () => {
    const file = new SecurityFile(path);
    file.write('one\n');
    await rename(path, `${path}.1`);
    file.write('two\n');
    file.reopen();
    file.write('three\n');
    await unlink(path);
    file.write('four\n');
    file.close();
    expect(await readFile(`${path}.1`, 'utf8')).toBe('one\ntwo\n');
    expect(await readFile(path, 'utf8')).toBe('four\n');
  });

  test('says that the disk is full, and no more once it is not', async () => {
    await symlink('/dev/full', path);
    const file = new SecurityFile(path);
    expect(file.failure).toBeNull();
    file.write('lost\n');
    expect(file.failure).toMatchObject({ code: 'ENOSPC' });
    await unlink(path);
    file.reopen();
    file.write('kept\n');
    expect(file.failure).toBeNull();
    file.close();
    expect(await readFile(path, 'utf8')).toBe('kept\n');
  });

  test('says where it cannot be opened', () => {
    expect(() => new SecurityFile(join(folder, 'none', 'security.log'))).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });
});
