import { describe, expect, test } from '@jest/globals';
import { MemoryEventStore } from '#event-store';
import { entryBytes, isLogged, manualClock } from '#kernel';
import type { Instant } from '#kernel';
import { areEqual, base64, formatVerifierKey, leafHash, newBundles, newTiles } from '#tlog';
import { parsePolicy, parseTlogProof, rootOf, tilePath, utf8 } from '#tlog';
import { verifyInclusion, verifyTlogProof } from '#tlog';
import type { HeadsRecorded } from './log-events.ts';
import { grow, sequencerOf, specSigner, until } from './made-up-log.contract.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import { inclusionReceipt, servable } from './receipts.ts';
import { HeadsTree, headsRoot, recordHeads, streamHeadBytes, StreamHeads } from './stream-heads.ts';
import type { StreamHead } from './stream-heads.ts';
import { checkpointPath } from './tile-store.ts';

async function logOf(size: number) {
  const store = new MemoryEventStore();
  const tiles = new MemoryTileStore();
  const { sequencer, settled } = sequencerOf(store, tiles);
  await sequencer.start();
  await grow(store, 0, size);
  await until(() => (sequencer.status().head?.treeSize ?? 0) === size);
  await settled();
  await sequencer.stop();
  const entries: Uint8Array[] = [];
  for await (const event of store.readAll()) {
    if (isLogged(event.stream)) entries.push(entryBytes(event));
  }
  const head = sequencer.status().head;
  if (head === undefined) throw new Error('no head');
  return { store, tiles, entries, head };
}

const parsed = parsePolicy(utf8(`log ${formatVerifierKey(specSigner(1).key)}\nquorum none\n`));
if (!parsed.ok) throw new Error(parsed.fault);
const policy = parsed.value;

describe('a receipt', () => {
  test.each([1, 2, 255, 256, 257, 600])(
    'of every entry of %i proves it, and no other',
    async (size) => {
      const { tiles, entries } = await logOf(size);
      const checkpoint = (await tiles.read(checkpointPath)) as Uint8Array;
      for (let index = 0; index < size; index += 1) {
        const bytes = await inclusionReceipt({ tiles, checkpoint, index });
        const proof = bytes && parseTlogProof(bytes);
        if (proof?.ok !== true) throw new Error(`no proof of ${index}`);
        const faults = (at: number) =>
          verifyTlogProof(proof.value, entries[at] as Uint8Array, policy).faults;
        expect(faults(index)).toEqual([]);
        if (size > 1)
          expect(faults((index + 1) % size)).toMatchObject([{ fault: 'entry-not-included' }]);
      }
    },
  );

  test('is there once the checkpoint reaches the entry, not before', async () => {
    const { tiles } = await logOf(10);
    const checkpoint = (await tiles.read(checkpointPath)) as Uint8Array;
    expect(await inclusionReceipt({ tiles, checkpoint, index: 9 })).toBeDefined();
    expect(await inclusionReceipt({ tiles, checkpoint, index: 10 })).toBeUndefined();
  });
});

describe('what is served', () => {
  test.each([0, 1, 255, 256, 257, 70_000])('of a tree of %i are its tiles and bundles', (size) => {
    const paths = [...newTiles(0, size), ...newBundles(0, size)].map(tilePath);
    expect(paths.filter((path) => !servable(path, size))).toEqual([]);
  });

  test('is nothing beyond it, and nothing else', () => {
    const served = ['tile/0/000.p/3', 'tile/0/000.p/1', 'tile/entries/000.p/3'];
    expect(served.map((path) => servable(path, 3))).toEqual([true, true, true]);
    const others = [
      'tile/0/000.p/4',
      'tile/0/000',
      'tile/1/000.p/1',
      'tile/0/001.p/1',
      'tile/entries/000',
      'tile/0/000.p/0',
      'tile/0/000.p/03',
      'tile/0/0',
      'tile/00/000.p/1',
      'tile/0/000.p/3/',
      'checkpoint',
      '../tile/0/000.p/3',
      '',
    ];
    expect(others.filter((path) => servable(path, 3))).toEqual([]);
  });
});

describe('heads of streams', () => {
  const heads: readonly StreamHead[] = [
    ['round-b', 3],
    ['figure-a', 10],
    ['figure-a.1', 2],
    ['round-a', 0],
    ['agency-z', 7],
  ];

  test('make one root in whatever order they come', async () => {
    const root = base64(await headsRoot(heads));
    expect(base64(await headsRoot([...heads].reverse()))).toBe(root);
    expect(base64(await headsRoot(new Map(heads)))).toBe(root);
    const other = heads.map(([name, last]): StreamHead => [name, name === 'round-a' ? 1 : last]);
    expect(base64(await headsRoot(other))).not.toBe(root);
    // By hand: leaves in the order of their bytes, split 4 and 1.
    const sorted = [
      '["agency-z",7]',
      '["figure-a",10]',
      '["figure-a.1",2]',
      '["round-a",0]',
      '["round-b",3]',
    ];
    const [a, b, c, d, e] = sorted.map((text) => leafHash(utf8(text))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const four = rootOf([rootOf([a, b]), rootOf([c, d])]);
    expect(root).toBe(base64(rootOf([four, e])));
  });

  test('are proven one by one under the root', async () => {
    const tree = new HeadsTree(heads);
    const root = await tree.root();
    for (const head of heads) {
      const found = await tree.proofOf(head);
      if (found === undefined) throw new Error('no proof');
      const claim = { index: found.index, size: tree.size, proof: found.hashes, root };
      expect(verifyInclusion({ ...claim, leaf: leafHash(streamHeadBytes(head)) })).toBe(true);
      const later = leafHash(streamHeadBytes([head[0], head[1] + 1]));
      expect(verifyInclusion({ ...claim, leaf: later })).toBe(false);
    }
    expect(await tree.proofOf(['round-a', 1])).toBeUndefined();
  });

  test('are recorded once for a size, and can be made again from the entries', async () => {
    const { store, entries, head } = await logOf(23);
    const clock = manualClock('2026-11-20T02:00:00.000Z' as Instant);
    const options = { store, clock, software: 'spec', head };
    const [one, two] = await Promise.all([recordHeads(options), recordHeads(options)]);
    expect(one.id).toBe(two.id);
    expect((await recordHeads(options)).id).toBe(one.id);
    const { treeSize, root } = one.data as HeadsRecorded['data'];
    const last = new Map<string, number>();
    for (const entry of entries.slice(0, treeSize)) {
      const { stream, revision } = JSON.parse(new TextDecoder().decode(entry)) as {
        stream: string;
        revision: number;
      };
      last.set(stream, revision);
    }
    expect(treeSize).toBe(23);
    expect(root).toBe(base64(await headsRoot(last)));
    expect(await new StreamHeads(store).under(head)).toEqual(last);
    expect(areEqual(await headsRoot(last), await headsRoot([...last, ['log-heads', 0]]))).toBe(
      false,
    );
  });
});
