import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { symlink, utimes, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { namesKeptBy } from '#testing';
import { isSignedBy, textOf, utf8 } from '#tlog';
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

  test('reads no link, no pipe, no folder, and nothing larger than a tile can be', async () => {
    const folder = await newFolder();
    const store = await FolderTileStore.open(join(folder, 'log'));
    await store.write([{ path: 'tile/0/000', bytes: new Uint8Array(8_192) }]);
    await writeFile(join(folder, 'log.key'), 'PRIVATE');
    await symlink('../../../log.key', join(folder, 'log/tile/0/001'));
    await symlink('log.key', join(folder, 'log/checkpoint'));
    await mkdir(join(folder, 'log/tile/0/002'));
    execFileSync('mkfifo', [join(folder, 'log/tile/0/003')]);
    await writeFile(join(folder, 'log/tile/0/004'), new Uint8Array(8_193));
    await mkdir(join(folder, 'log/tile/0/005.p'));
    await writeFile(join(folder, 'log/tile/0/005.p/2'), new Uint8Array(65));
    expect(await store.read('tile/0/000')).toHaveLength(8_192);
    const unread = ['001', '002', '003', '004', '005.p/2'].map((name) => `tile/0/${name}`);
    for (const path of [...unread, 'checkpoint']) {
      const error: unknown = await store.read(path).catch((thrown: unknown) => thrown);
      expect([path, error instanceof TileStoreUnavailable]).toStrictEqual([path, true]);
    }
    // The sequencer puts its own in their place, and the link's end stays as it was.
    await store.write([{ path: 'tile/0/001', bytes: utf8('x') }]);
    expect(textOf((await store.read('tile/0/001')) ?? utf8(''))).toBe('x');
    expect(await readFile(join(folder, 'log.key'), 'utf8')).toBe('PRIVATE');
  });

  const deep = { path: 'tile/0/x001/000', bytes: utf8('x') };
  const onTheWay = ['tile', 'tile/0', 'tile/0/x001', 'tile/0/x001/000'];
  const keptBelow = async (folder: string, names: readonly string[], work: () => Promise<void>) => {
    const kept = await namesKeptBy(folder, work);
    return names.filter((name) => !kept.has(name));
  };

  test('loses no name of what it has written, nor its own', async () => {
    const above = await newFolder();
    const lost = await keptBelow(
      above,
      ['a', 'a/log', ...onTheWay.map((name) => `a/log/${name}`)],
      async () => (await FolderTileStore.open(join(above, 'a', 'log'))).write([deep]),
    );
    expect(lost).toEqual([]);
  });

  test('loses no name either when the first try at it failed', async () => {
    const folder = await newFolder();
    const store = await FolderTileStore.open(folder);
    await mkdir(join(folder, 'blocked', 'by'), { recursive: true });
    const blocked = { path: 'blocked', bytes: utf8('y') };
    await expect(store.write([deep, blocked])).rejects.toThrow(TileStoreUnavailable);
    expect(await keptBelow(folder, onTheWay, () => store.write([deep]))).toEqual([]);
  });

  test('is tidied at the start of what killed writers left, not of what one is writing', async () => {
    const folder = await newFolder();
    const store = await FolderTileStore.open(folder);
    await store.write([deep, { path: 'tile/0/x001/001.p/3', bytes: utf8('y') }]);
    const places = ['', 'tile/0/x001', 'tile/0/x001/001.p'].map((place) => join(folder, place));
    for (const place of places) {
      for (const name of ['000', 'later']) {
        const draft = join(place, `${name}.${randomUUID()}.part`);
        await writeFile(draft, 'cut off');
        // One of long ago, and one that is being written.
        if (name === '000') await utimes(draft, 0, 0);
      }
    }
    await FolderTileStore.open(folder);
    const left = await Promise.all(places.map((place) => readdir(place)));
    const drafts = left.flat().filter((name) => name.endsWith('.part'));
    expect(drafts.map((name) => name.split('.')[0])).toEqual(['later', 'later', 'later']);
    expect(await store.read(deep.path)).toBeDefined();
  });

  test('that is a file is away', async () => {
    const file = join(await newFolder(), 'log');
    await writeFile(file, 'in the way');
    await expect(FolderTileStore.open(file)).rejects.toThrow(TileStoreUnavailable);
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
    await Promise.all([makeKeyFile(file), makeKeyFile(file)]);
    await makeKeyFile(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const signer = await openFileSigner(file, 'ledger.invalid/a');
    const again = await openFileSigner(file, 'ledger.invalid/a');
    expect(again.key).toEqual(signer.key);
    const signature = await signer.sign(utf8('text\n'));
    expect(isSignedBy(signer.key, 'text\n', { signature })).toBe(true);
  });

  test('is there for good, with the folder that it lies in', async () => {
    const folder = await newFolder();
    const file = join(folder, 'a', 'keys', 'log.pem');
    const kept = await namesKeptBy(folder, () => makeKeyFile(file));
    expect([...kept]).toEqual(expect.arrayContaining(['a', 'a/keys', 'a/keys/log.pem']));
  });

  test('is there for good also where a kill had left the folder behind', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'keys'));
    const kept = await namesKeptBy(folder, () => makeKeyFile(join(folder, 'keys', 'log.pem')));
    expect([...kept]).toEqual(expect.arrayContaining(['keys', 'keys/log.pem']));
  });

  test('is made by one of many that try at once, and none fails', async () => {
    const file = join(await newFolder(), 'log.pem');
    await Promise.all(Array.from({ length: 8 }, () => makeKeyFile(file)));
    expect(await readdir(join(file, '..'))).toEqual(['log.pem']);
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
