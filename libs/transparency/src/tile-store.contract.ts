import { describe, expect, test } from '@jest/globals';
import type { TileStore } from './tile-store.ts';

/** What every store of tiles must do; `open` gives an empty one, `reopen` the same one anew. */
export function describeTileStore(
  name: string,
  {
    open,
    reopen,
  }: {
    open: () => Promise<TileStore>;
    reopen: (store: TileStore) => Promise<TileStore>;
  },
): void {
  const bytes = (...values: number[]) => Uint8Array.from(values);

  describe(`a tile store in ${name}`, () => {
    test('gives back what was written, also to another process', async () => {
      const store = await open();
      const objects = [
        { path: 'checkpoint', bytes: bytes(1, 2, 3) },
        { path: 'tile/0/000', bytes: new Uint8Array(8_192).fill(7) },
        { path: 'tile/0/x001/x234/067.p/112', bytes: bytes(9) },
        { path: 'tile/entries/000', bytes: bytes() },
      ];
      await store.write(objects);
      for (const reader of [store, await reopen(store)]) {
        for (const object of objects) {
          expect(Array.from((await reader.read(object.path)) ?? [-1])).toEqual([...object.bytes]);
        }
      }
    });

    test('knows nothing of what was not written', async () => {
      const store = await open();
      await store.write([{ path: 'tile/0/001.p/3', bytes: bytes(1) }]);
      for (const path of ['checkpoint', 'tile/0/001', 'tile/0/001.p/2', 'tile/0/001.p/3/4']) {
        expect(await store.read(path)).toBeUndefined();
      }
    });

    test('replaces an object whole', async () => {
      const store = await open();
      await store.write([{ path: 'checkpoint', bytes: new Uint8Array(10_000).fill(1) }]);
      await store.write([{ path: 'checkpoint', bytes: bytes(2) }]);
      expect(Array.from((await store.read('checkpoint')) ?? [])).toEqual([2]);
    });

    test('never shows a part of an object while it is replaced', async () => {
      const store = await open();
      const versions = [1, 2, 3, 4, 5].map((value) => new Uint8Array(50_000).fill(value));
      await store.write([{ path: 'checkpoint', bytes: versions[0] as Uint8Array }]);
      let isWriting = true;
      const writing = (async () => {
        for (let round = 0; round < 20; round += 1) {
          const next = versions[round % versions.length] as Uint8Array;
          await store.write([{ path: 'checkpoint', bytes: next }]);
        }
        isWriting = false;
      })();
      let reads = 0;
      do {
        const seen = (await store.read('checkpoint')) ?? bytes();
        expect(seen.length).toBe(50_000);
        expect(new Set(seen).size).toBe(1);
        reads += 1;
      } while (isWriting);
      await writing;
      expect(reads).toBeGreaterThan(0);
    });

    test('forgets what is removed, and minds nothing that is gone already', async () => {
      const store = await open();
      const partial = { path: 'tile/0/000.p/7', bytes: bytes(1) };
      await store.write([partial, { path: 'tile/0/000', bytes: bytes(2) }]);
      await store.remove([partial.path, 'tile/0/000.p/6']);
      expect(await store.read(partial.path)).toBeUndefined();
      expect(await store.read('tile/0/000')).toBeDefined();
      await store.write([partial]);
      expect(await store.read(partial.path)).toBeDefined();
    });

    test('lists what lies right in a folder', async () => {
      const store = await open();
      const paths = ['tile/0/000.p/1', 'tile/0/000.p/255', 'tile/0/000', 'tile/0/0000.p/3'];
      await store.write(paths.map((path) => ({ path, bytes: bytes(1) })));
      expect([...(await store.list('tile/0/000.p'))].toSorted()).toEqual(paths.slice(0, 2));
      expect(await store.list('tile/0/001.p')).toEqual([]);
      expect(await store.list('tile/0/000.p/1')).toEqual([]);
    });

    test('takes hundreds of objects at once', async () => {
      const store = await open();
      const objects = Array.from({ length: 300 }, (_, index) => ({
        path: `tile/0/${String(index).padStart(3, '0')}`,
        bytes: Uint8Array.of(index % 256),
      }));
      await store.write(objects);
      expect(Array.from((await store.read('tile/0/299')) ?? [])).toEqual([299 % 256]);
      await store.ping();
    });

    test.each(['', '../up', '/root', 'tile/../../up', 'tile//0', 'a\0b', 'Tile', 'tile/.hidden'])(
      'takes no path like %j',
      async (path) => {
        const store = await open();
        await expect(store.write([{ path, bytes: bytes() }])).rejects.toThrow(TypeError);
        await expect(store.read(path)).rejects.toThrow(TypeError);
        await expect(store.list(path)).rejects.toThrow(TypeError);
      },
    );

    test('says at once of a long path that it is none', async () => {
      const store = await open();
      for (const path of [`${'a'.repeat(190)}!`, `${'a'.repeat(100_000)}!`, 'a'.repeat(201)]) {
        await expect(store.read(path)).rejects.toThrow(TypeError);
      }
    });
  });
}
