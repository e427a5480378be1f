import { describe, expect, test } from '@jest/globals';
import { MemoryEventStore } from '#event-store';
import { base64, decodeBundle, encodeBundle, formatCheckpoint, TreeEdge, utf8 } from '#tlog';
import { GrowingLog } from './growing-log.ts';
import { entryCount, faultsOf, noteBy, origin } from './made-up-log.contract.ts';
import { grow, madeUpEvent, sequencerOf, specSigner, until } from './made-up-log.contract.ts';
import { lastEventOf, LogRefused, readHead, swapHead } from './log-head.ts';
import type { LogHead } from './log-head.ts';
import { headStream } from './log-events.ts';
import type { HeadAdvanced } from './log-events.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import { recover } from './recovery.ts';
import { checkpointPath, TileStoreUnavailable } from './tile-store.ts';

/** Sequences all there is, and stops. */
async function sequenceAll(
  store: MemoryEventStore,
  tiles: MemoryTileStore,
  options: Parameters<typeof sequencerOf>[2] = {},
): Promise<void> {
  const { sequencer, settled } = sequencerOf(store, tiles, options);
  await sequencer.start();
  const count = await entryCount(store);
  await until(async () => (await readHead(store))?.treeSize === count);
  await sequencer.stop();
  await settled();
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof LogRefused) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('the sequencer', () => {
  test('brings every entry under the head, in batches of any size', async () => {
    for (const batchMax of [1, 7, 256, 1_000]) {
      const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
      await grow(store, 0, batchMax === 1 ? 40 : 700);
      await sequenceAll(store, tiles, { batchMax });
      expect(await faultsOf(store, tiles)).toEqual([]);
    }
  });

  test('goes on where it was, after a start at any size', async () => {
    const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
    let count = 0;
    for (const more of [1, 1, 253, 1, 1, 255, 300]) {
      await grow(store, count, more);
      count += more;
      await sequenceAll(store, tiles);
      expect(await faultsOf(store, tiles)).toEqual([]);
    }
    expect((await readHead(store))?.treeSize).toBe(812);
  });

  test('gives the same tree whoever batches it', async () => {
    const roots = new Set<string>();
    for (const batchMax of [3, 64, 500]) {
      const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
      await grow(store, 0, 300);
      await sequenceAll(store, tiles, { batchMax });
      roots.add((await readHead(store))?.root ?? '');
    }
    expect(roots.size).toBe(1);
  });

  test('follows what is recorded while it runs', async () => {
    const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
    const { sequencer, settled } = sequencerOf(store, tiles);
    await sequencer.start();
    for (let n = 0; n < 30; n += 1) {
      await grow(store, n, 1);
      await until(() => sequencer.status().head?.treeSize === n + 1);
    }
    await sequencer.stop();
    await settled();
    expect(await faultsOf(store, tiles)).toEqual([]);
  });

  test('leaves no partial tile behind that a full one replaced', async () => {
    const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
    await grow(store, 0, 600);
    await sequenceAll(store, tiles, { batchMax: 50 });
    const partials = tiles.paths().filter((path) => path.includes('/000.p/'));
    expect(partials.filter((path) => !path.startsWith('tile/1/'))).toEqual([]);
  });

  test('signs with every key while one is changed for another', async () => {
    const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
    await grow(store, 0, 3);
    await sequenceAll(store, tiles, { signers: [specSigner(1), specSigner(2)] });
    const checkpoint = (await readHead(store))?.checkpoint ?? '';
    expect(checkpoint.split('\n').filter((line) => line.startsWith('\u2014')).length).toBe(2);
    expect(await faultsOf(store, tiles)).toEqual([]);
  });

  test('stops at an event that cannot be an entry, and names it', async () => {
    const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
    await grow(store, 0, 3);
    const spoiled = { ...madeUpEvent('spec-9', 9), data: { words: 'x'.repeat(65_536) } };
    await store.append('spec-9', 'no-stream', [spoiled]);
    const { sequencer } = sequencerOf(store, tiles);
    await sequencer.start();
    await until(() => sequencer.status().state === 'failed');
    const { lastError } = sequencer.status();
    expect(lastError).toBeInstanceOf(LogRefused);
    expect((lastError as LogRefused).code).toBe('log/entry-unusable');
    await sequencer.stop();
  });
});

describe('two sequencers started by mistake', () => {
  test('never fork the log', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
      const workers = [1, 2].map(() => sequencerOf(store, tiles, { batchMax: 10 + round }));
      await Promise.all(workers.map(({ sequencer }) => sequencer.start()));
      for (let n = 0; n < 320; n += 40) {
        await grow(store, n, 40);
        await until(async () => (await readHead(store))?.treeSize === n + 40);
      }
      await Promise.all(workers.map(({ sequencer }) => sequencer.stop()));
      await Promise.all(workers.map(({ settled }) => settled()));
      let size = 0;
      for await (const event of store.readStream(headStream)) {
        const { treeSize } = event.data as HeadAdvanced['data'];
        expect(treeSize).toBeGreaterThan(size);
        size = treeSize;
      }
      // The slower one may have published last, what it published is a beginning of the log.
      await sequenceAll(store, tiles);
      expect(await faultsOf(store, tiles)).toEqual([]);
    }
  });
});

describe('a log is not opened', () => {
  async function grown(count = 300) {
    const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
    await grow(store, 0, count);
    await sequenceAll(store, tiles);
    return { store, tiles };
  }
  const start = (store: MemoryEventStore, tiles: MemoryTileStore, seed = 1) =>
    refusalOf(sequencerOf(store, tiles, { signers: [specSigner(seed)] }).sequencer.start());

  test('with another key', async () => {
    const { store, tiles } = await grown();
    expect(await start(store, tiles, 2)).toBe('log/key-changed');
  });

  test('over what only a retired key has signed, unless that is known of it', async () => {
    const { store, tiles } = await grown(20);
    const both = [specSigner(1), specSigner(2)] as const;
    const retired = [specSigner(1).key];
    // The witnesses were away while both signed: nothing newer was published.
    const unpublished = { signers: both, onHead: () => undefined };
    const { sequencer } = sequencerOf(store, tiles, unpublished);
    await sequencer.start();
    await grow(store, 20, 3);
    await until(() => sequencer.status().head?.treeSize === 23);
    await sequencer.stop();
    expect(await start(store, tiles, 2)).toBe('log/key-changed');
    const after = sequencerOf(store, tiles, { signers: [specSigner(2)], retired });
    expect(await refusalOf(after.sequencer.start())).toBe('accepted');
    await after.sequencer.stop();
    // A head that the retired key alone has signed is none of this log's.
    const other = await grown(20);
    const late = sequencerOf(other.store, other.tiles, { signers: [specSigner(2)], retired });
    expect(await refusalOf(late.sequencer.start())).toBe('log/head-unsigned');
  });

  test('when the event store was set back behind what was published', async () => {
    const { tiles } = await grown();
    const older = new MemoryEventStore();
    await grow(older, 0, 200);
    await sequenceAll(older, new MemoryTileStore());
    expect(await start(older, tiles)).toBe('log/head-rolled-back');
    expect(await start(new MemoryEventStore(), tiles)).toBe('log/head-rolled-back');
  });

  test('when what was published is no beginning of it', async () => {
    const { tiles } = await grown(20);
    const theirs = new MemoryTileStore();
    const forked = new MemoryEventStore();
    await forked.append('spec-x', 'no-stream', [madeUpEvent('spec-x', 1)]);
    await grow(forked, 0, 29);
    await sequenceAll(forked, theirs);
    const published = await tiles.read(checkpointPath);
    await theirs.write([{ path: checkpointPath, bytes: published as Uint8Array }]);
    expect(await start(forked, theirs)).toBe('log/head-forked');
  });

  test('when somebody else appended to its head', async () => {
    const { store, tiles } = await grown();
    const head = await lastEventOf(store, headStream);
    if (head === undefined) throw new Error('no head');
    const data = head.data as HeadAdvanced['data'];
    const forged = { ...madeUpEvent(headStream, 1), type: head.type };
    await store.append(headStream, head.revision, [
      { ...forged, data: { ...data, treeSize: data.treeSize + 1 } },
    ]);
    expect(await start(store, tiles)).toBe('log/head-unsigned');
  });

  test('without one of the tiles or bundles at its edge', async () => {
    for (const path of ['tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/001.p/44']) {
      const { store, tiles } = await grown();
      await tiles.remove([path]);
      expect([path, await start(store, tiles)]).toEqual([path, 'log/tiles-missing']);
    }
  });

  test('with a changed bit in a tile or bundle at its edge', async () => {
    const paths = ['tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/001.p/44'];
    for (const path of paths) {
      const { store, tiles } = await grown();
      const bytes = (await tiles.read(path)) as Uint8Array;
      const last = bytes.length - 3;
      bytes[last] = (bytes[last] as number) ^ 1;
      await tiles.write([{ path, bytes }]);
      expect([path, await start(store, tiles)]).toEqual([path, 'log/tiles-differ']);
    }
  });

  test.each([
    [10, 'tile/entries/000.p/10'],
    [256, 'tile/entries/000'],
    [300, 'tile/entries/001.p/44'],
  ])('with another entry in the last bundle of %i, whichever it is', async (count, path) => {
    const { store, tiles } = await grown(count);
    const sound = (await tiles.read(path)) as Uint8Array;
    const width = count % 256 || 256;
    const bundle = decodeBundle(sound, width);
    if (!bundle.ok) throw new Error(bundle.fault);
    for (let at = 0; at < width; at += width > 44 ? 51 : 1) {
      const entries = bundle.value.map((entry) => Uint8Array.from(entry));
      (entries[at] as Uint8Array)[5] = 0x21;
      await tiles.write([{ path, bytes: encodeBundle(entries) }]);
      expect([at, await start(store, tiles)]).toEqual([at, 'log/tiles-differ']);
    }
    await tiles.write([{ path, bytes: sound }]);
    expect(await start(store, tiles)).toBe('accepted');
  });

  test.each([
    'no JSON',
    'null',
    '{}',
    '{"stream":"a","revision":-1}',
    '{"stream":"$a","revision":0}',
  ])('that ends with %s in place of an entry', async (text) => {
    const { store, tiles } = await grown(2);
    const before = await readHead(store);
    const log = new GrowingLog(new TreeEdge(), []);
    for (const entry of ['{}', '{}', text]) log.append(utf8(entry));
    await tiles.write(log.takeObjects());
    const head = { origin, size: 3, root: log.root(), extensions: [] };
    const checkpoint = await noteBy(specSigner(1), formatCheckpoint(head));
    const { position, advancedAt } = before as LogHead;
    const data = { treeSize: 3, root: base64(log.root()), position, checkpoint, advancedAt };
    await swapHead(store, before, data, 'spec');
    await tiles.remove([checkpointPath]);
    expect(await start(store, tiles)).toBe('log/tiles-differ');
  });

  test('again, where it is found out after a lost race: it stops, and does not ask on', async () => {
    const { store, tiles } = await grown(10);
    const waits: number[] = [];
    const { sequencer } = sequencerOf(store, tiles, {
      backOff: async (tries) => void waits.push(tries),
    });
    await sequencer.start();
    const path = 'tile/entries/000.p/10';
    const bytes = (await tiles.read(path)) as Uint8Array;
    bytes[9] = 0x21;
    await tiles.write([{ path, bytes }]);
    const write = tiles.write.bind(tiles);
    tiles.write = async () => {
      tiles.write = write;
      throw new TileStoreUnavailable('as asked for');
    };
    await grow(store, 10, 1);
    await until(() => sequencer.status().state === 'failed');
    expect([waits, sequencer.status().lastError]).toMatchObject([
      [1],
      { code: 'log/tiles-differ' },
    ]);
    await sequencer.stop();
  });

  test('over an event store that holds another event where the head ends', async () => {
    const { store, tiles } = await grown(20);
    const other = new MemoryEventStore();
    await grow(other, 0, 19);
    const head = await lastEventOf(store, headStream);
    if (head === undefined) throw new Error('no head');
    await other.append(headStream, 'no-stream', [head]);
    expect(await start(other, tiles)).toBe('log/store-differs');
  });
});

test('the last event of a stream is found whatever its length', async () => {
  for (const length of [0, 1, 2, 3, 4, 5, 31, 32, 33, 100]) {
    const store = new MemoryEventStore();
    for (let n = 0; n < length; n += 1) {
      await store.append('spec-a', n === 0 ? 'no-stream' : n - 1, [madeUpEvent('spec-a', n)]);
    }
    const last = await lastEventOf(store, 'spec-a');
    expect(last?.revision).toBe(length === 0 ? undefined : length - 1);
  }
});

test('a recovery changes nothing', async () => {
  const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
  await grow(store, 0, 10);
  await sequenceAll(store, tiles);
  const before = tiles.paths();
  const keys = [specSigner(1).key];
  const { head, log } = await recover({ store, tiles, origin, keys });
  expect([log.size, base64(log.root())]).toEqual([10, head?.root]);
  expect(tiles.paths()).toEqual(before);
});
