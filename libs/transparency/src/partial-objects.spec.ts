import { describe, expect, test } from '@jest/globals';
import { MemoryEventStore } from '#event-store';
import { readHead } from './log-head.ts';
import { entryCount, faultsOf, grow, sequencerOf, until } from './made-up-log.contract.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import { PartialObjects } from './partial-objects.ts';
import { TileStoreUnavailable } from './tile-store.ts';

/** Tiles that cannot be removed: because the writer was killed before it did, or for a fault. */
class KeepingTileStore extends MemoryTileStore {
  onRemove: 'removes' | 'is killed' | 'fails' = 'removes';

  override async remove(paths: readonly string[]): Promise<void> {
    if (this.onRemove === 'fails') throw new TileStoreUnavailable('as asked for');
    if (this.onRemove === 'removes') await super.remove(paths);
  }

  partials(): string[] {
    return this.paths().filter((path) => path.includes('.p/'));
  }
}

/** One life of a sequencer, until all there is stands under a head; `more` is recorded in it. */
async function live(
  store: MemoryEventStore,
  tiles: KeepingTileStore,
  ...more: readonly number[]
): Promise<void> {
  const { sequencer, settled } = sequencerOf(store, tiles);
  await sequencer.start();
  for (const size of [await entryCount(store), ...more]) {
    const before = await entryCount(store);
    await grow(store, before, size - before);
    await until(async () => ((await readHead(store))?.treeSize ?? 0) === size);
  }
  await sequencer.stop();
  await settled();
}

const ofWholeTiles = (path: string) => path.includes('/000.p/') && !path.startsWith('tile/1/');

describe('partial tiles and bundles', () => {
  test('of an earlier life go once the full ones are there, and not before', async () => {
    const [store, tiles] = [new MemoryEventStore(), new KeepingTileStore()];
    await live(store, tiles, 10);
    await live(store, tiles, 15);
    const narrow = ['tile/0/000.p/10', 'tile/0/000.p/15'];
    expect(tiles.partials().filter((path) => path.startsWith('tile/0/'))).toEqual(narrow);
    await live(store, tiles, 310);
    expect(tiles.partials().filter(ofWholeTiles)).toEqual([]);
    expect(await faultsOf(store, tiles)).toEqual([]);
  });

  test('go at the next start where a kill came between the head and their removal', async () => {
    const [store, tiles] = [new MemoryEventStore(), new KeepingTileStore()];
    tiles.onRemove = 'is killed';
    await live(store, tiles, 10, 700);
    expect(tiles.partials().filter(ofWholeTiles)).toContain('tile/entries/000.p/10');
    tiles.onRemove = 'removes';
    await live(store, tiles);
    expect(tiles.partials().filter(ofWholeTiles)).toEqual([]);
    expect(await faultsOf(store, tiles)).toEqual([]);
  });

  test('that cannot be removed hold nothing up, and go when they can be', async () => {
    const [store, tiles] = [new MemoryEventStore(), new KeepingTileStore()];
    await live(store, tiles, 10);
    tiles.onRemove = 'fails';
    const { sequencer, settled } = sequencerOf(store, tiles);
    await sequencer.start();
    for (const size of [300, 320]) {
      const before = await entryCount(store);
      await grow(store, before, size - before);
      await until(() => sequencer.status().head?.treeSize === size);
    }
    expect(tiles.partials().filter(ofWholeTiles).length).toBeGreaterThan(0);
    tiles.onRemove = 'removes';
    await grow(store, 320, 1);
    await until(() => !tiles.partials().some(ofWholeTiles));
    await sequencer.stop();
    await settled();
    expect(await faultsOf(store, tiles)).toEqual([]);
  });

  test('are found by the size of the tree alone, at every level, and nothing else is', async () => {
    const tiles = new KeepingTileStore();
    const edge = ['tile/0/000.p/7', 'tile/0/256.p/2', 'tile/1/001.p/1', 'tile/2/000.p/1'];
    const paths = [...edge, 'tile/entries/256.p/3', 'tile/0/255', 'tile/1/000', 'checkpoint'];
    await tiles.write(paths.map((path) => ({ path, bytes: new Uint8Array(1) })));
    const partials = new PartialObjects(tiles);
    await partials.lookAt([65_538]);
    await partials.removeUnder(2 * 65_536);
    const left = ['checkpoint', 'tile/0/000.p/7', 'tile/0/255', 'tile/1/000', 'tile/2/000.p/1'];
    expect(tiles.paths()).toEqual(left);
  });
});
