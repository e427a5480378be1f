import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { namesKeptBy } from '#testing';
import { makeKeyFile } from '#transparency/node';
import { HeadFolder } from './head-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heads-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const name = 'a'.repeat(64);
const all = ['data', 'data/keys', 'data/keys/witness.key', 'data/lock', 'data/checkpoints'];

/** A first start as the program makes it, and a head. */
async function begin(): Promise<void> {
  const heads = await HeadFolder.open(join(folder, 'data'));
  await makeKeyFile(join(folder, 'data', 'keys', 'witness.key'));
  await heads.write(name, new Uint8Array(3));
  heads.close();
}

describe('the folder of a witness', () => {
  test('loses neither key nor head to a loss of power after its first start', async () => {
    const kept = await namesKeptBy(folder, begin);
    expect([...kept]).toEqual(expect.arrayContaining([...all, `data/checkpoints/${name}`]));
  });

  test('loses them neither where a kill had left the folders behind', async () => {
    await mkdir(join(folder, 'data', 'checkpoints'), { recursive: true });
    const kept = await namesKeptBy(folder, begin);
    // Of the two folders at most one is not durable after a kill: each was synced before the next.
    const wanted = all.filter((one) => one !== 'data');
    expect([...kept]).toEqual(expect.arrayContaining([...wanted, `data/checkpoints/${name}`]));
  });
});
