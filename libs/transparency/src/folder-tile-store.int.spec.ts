import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { isSignedBy, utf8 } from '#tlog';
import { KeyFileUnusable, makeKeyFile, openFileSigner } from './file-log-signer.ts';
import { FolderTileStore } from './folder-tile-store.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import { describeTileStore } from './tile-store.contract.ts';
import { TileStoreUnavailable } from './tile-store.ts';
import type { TileStore } from './tile-store.ts';

const made: string[] = [];
const folderOf = new Map<TileStore, string>();
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-tiles-'));
  made.push(folder);
  return folder;
}
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))));

describeTileStore('memory', {
  open: async () => new MemoryTileStore(),
  reopen: async (store) => store,
});

describeTileStore('a folder', {
  open: async () => {
    const folder = await newFolder();
    const store = await FolderTileStore.open(folder);
    folderOf.set(store, folder);
    return store;
  },
  reopen: (store) => FolderTileStore.open(folderOf.get(store) as string),
});

describe('a folder of tiles', () => {
  test('keeps no drafts and no empty folders of partial tiles', async () => {
    const folder = await newFolder();
    const store = await FolderTileStore.open(folder);
    await store.write([{ path: 'tile/0/000.p/1', bytes: utf8('x') }]);
    await store.write([{ path: 'tile/0/000', bytes: utf8('y') }]);
    await store.remove(['tile/0/000.p/1']);
    expect(await readdir(join(folder, 'tile/0'))).toEqual(['000']);
  });

  test('that cannot be written to says so', async () => {
    const folder = await newFolder();
    const store = await FolderTileStore.open(folder);
    await writeFile(join(folder, 'tile'), 'in the way');
    await expect(store.write([{ path: 'tile/0/000', bytes: utf8('x') }])).rejects.toThrow(
      TileStoreUnavailable,
    );
    expect(await store.read('tile/0/000')).toBeUndefined();
  });
});

describe('a key file', () => {
  test('is made once, for its owner alone, and signs', async () => {
    const file = join(await newFolder(), 'keys', 'log.pem');
    await Promise.all([makeKeyFile(file), makeKeyFile(file)].map((one) => one.catch(() => {})));
    await makeKeyFile(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const signer = await openFileSigner(file, 'ledger.invalid/a');
    const again = await openFileSigner(file, 'ledger.invalid/a');
    expect(again.key).toEqual(signer.key);
    const signature = await signer.sign(utf8('text\n'));
    expect(isSignedBy(signer.key, 'text\n', { signature })).toBe(true);
  });

  test('leaves the folder it lies in as it was, and closes one that it makes', async () => {
    const open = await newFolder();
    await chmod(open, 0o755);
    await makeKeyFile(join(open, 'log.pem'));
    await makeKeyFile(join(open, 'keys', 'log.pem'));
    const modes = await Promise.all([open, join(open, 'keys')].map((folder) => stat(folder)));
    expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o755, 0o700]);
  });

  test('that cannot be looked at is not said to be absent', async () => {
    const file = join(await newFolder(), 'log.pem');
    await makeKeyFile(file);
    const said = (name: string) =>
      openFileSigner(name, 'ledger.invalid/a').catch((error: Error) => error.message);
    expect(await said(join(file, 'below'))).toContain('(ENOTDIR)');
    expect(await said(`${file}.other`)).toContain('is not there');
    await mkdir(`${file}.folder`, { mode: 0o700 });
    expect(await said(`${file}.folder`)).toContain('(EISDIR)');
  });

  test.each([
    ['that is absent', undefined, 0o600],
    ['that others may read', 'x', 0o644],
    ['that holds no key', 'x', 0o600],
  ])('%s is refused', async (_, content, mode) => {
    const file = join(await newFolder(), 'log.pem');
    if (content !== undefined) await writeFile(file, content, { mode });
    await expect(openFileSigner(file, 'ledger.invalid/a')).rejects.toThrow(KeyFileUnusable);
  });
});
