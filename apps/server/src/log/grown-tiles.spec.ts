import { describe, expect, test } from '@jest/globals';
import { leafHash, TreeEdge, utf8 } from '#tlog';
import { GrowingLog, MemoryTileStore, PartialObjects } from '#transparency';
import { GrownTiles } from './grown-tiles.ts';

/** A store as the sequencer leaves it at this size, after each of the sizes before. */
async function grownTo(...sizes: readonly number[]) {
  const store = new MemoryTileStore();
  const log = new GrowingLog(new TreeEdge(), []);
  const [written, partials] = [new PartialObjects(store), new Map<string, Uint8Array>()];
  for (const size of sizes) {
    while (log.size < size) log.append(utf8(`entry ${log.size}`));
    const objects = log.takeObjects();
    for (const { path, bytes } of objects) if (path.includes('.p/')) partials.set(path, bytes);
    await store.write(objects);
    written.note(partials.keys());
    await written.removeUnder(size);
  }
  return { store, partials, tiles: new GrownTiles(store, () => log.size) };
}

describe('tiles that have grown', () => {
  test('are read at every width that was ever there, byte for byte', async () => {
    const { store, partials, tiles } = await grownTo(3, 200, 255, 300, 70_000);
    const gone: string[] = [];
    for (const [path, bytes] of partials) {
      if ((await store.read(path)) === undefined) gone.push(path);
      expect([path, await tiles.read(path)]).toStrictEqual([path, bytes]);
    }
    expect(gone).toEqual(expect.arrayContaining(['tile/0/000.p/3', 'tile/entries/000.p/255']));
  });

  test('are cut at widths that no head ever had', async () => {
    const { tiles } = await grownTo(200);
    const hashes = ['entry 0', 'entry 1'].flatMap((entry) => [...leafHash(utf8(entry))]);
    expect(await tiles.read('tile/0/000.p/2')).toStrictEqual(Uint8Array.from(hashes));
    expect(await tiles.read('tile/entries/000.p/1')).toStrictEqual(
      Uint8Array.of(0, 7, ...utf8('entry 0')),
    );
  });

  test('are not made up beyond what there is', async () => {
    const { tiles } = await grownTo(200);
    for (const path of ['tile/0/000.p/201', 'tile/0/000', 'tile/0/001.p/1', 'tile/1/000.p/1']) {
      expect([path, await tiles.read(path)]).toStrictEqual([path, undefined]);
    }
    expect(await tiles.read('checkpoint')).toBeUndefined();
  });
});
