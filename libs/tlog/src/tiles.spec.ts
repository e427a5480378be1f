import { describe, expect, test } from '@jest/globals';
import { decodeBundle, encodeBundle } from './entry-bundle.ts';
import { leafHash } from './merkle-tree.ts';
import { proveConsistency, proveInclusion, treeRoot, verifyInclusion } from './proofs.ts';
import { verifyConsistency } from './proofs.ts';
import { base64, utf8 } from './reading.ts';
import { hashesFromTiles, newBundles, newTiles, parseTilePath, tilePath } from './tiles.ts';
import { TreeEdge } from './tiles.ts';
import type { TileReader } from './tiles.ts';

const size = 66_000;
const leaves = Array.from({ length: size }, (_, index) => leafHash(utf8(`entry-${index}`)));

/** Every tile of a log that published a checkpoint after each batch of leaves. */
function grown(batches: readonly number[]) {
  const tiles = new Map<string, Uint8Array>();
  const edge = new TreeEdge();
  let next = 0;
  for (const upTo of batches) {
    for (; next < upTo; next += 1) {
      for (const { name, bytes } of edge.append(leaves[next] as Uint8Array)) {
        tiles.set(tilePath(name), bytes);
      }
    }
    for (const { name, bytes } of edge.partialTiles()) tiles.set(tilePath(name), bytes);
  }
  const read: TileReader = async (name) => {
    const bytes = tiles.get(tilePath(name));
    if (bytes === undefined) throw new Error(`no ${tilePath(name)}`);
    return bytes;
  };
  return { tiles, edge, read };
}

describe('the name of a tile', () => {
  test.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 2, index: 999, width: 17 }, 'tile/2/999.p/17'],
    [{ level: 63, index: 1_000, width: 1 }, 'tile/63/x001/000.p/1'],
    [{ level: 'entries' as const, index: 273, width: 112 }, 'tile/entries/273.p/112'],
  ])('%j is %s, both ways', (name, path) => {
    expect(tilePath(name)).toBe(path);
    expect(parseTilePath(path)).toEqual(name);
  });

  test.each([
    'tile/00/000',
    'tile/64/000',
    'tile/0/00',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/1',
    'tile/0/x001/x234',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/007',
    'tile/0/000.p/',
    'tile/-1/000',
    'tile/data/000',
    '/tile/0/000',
    'tile/0/000/',
    'tile/0/000.p/1\n',
    'tile/0/x999/x999/x999/x999/x999/999',
  ])('%j names none', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });
});

describe('the tiles of a tree', () => {
  test('are those of the specification’s example of 70,000 leaves', () => {
    const names = [...newTiles(0, 70_000)];
    const at = (level: number) => names.filter((name) => name.level === level);
    expect(at(0).length).toBe(274);
    expect(at(0).at(-1)).toEqual({ level: 0, index: 273, width: 112 });
    expect(at(1)).toEqual([
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 17 },
    ]);
    expect(at(2)).toEqual([{ level: 2, index: 0, width: 1 }]);
    expect(names.length).toBe(277);
  });

  test('that are new are those that changed', () => {
    expect([...newTiles(70_000, 70_000)]).toEqual([]);
    expect([...newTiles(256, 257)]).toEqual([{ level: 0, index: 1, width: 1 }]);
    expect([...newTiles(255, 256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect([...newBundles(255, 257)]).toEqual([
      { level: 'entries', index: 0, width: 256 },
      { level: 'entries', index: 1, width: 1 },
    ]);
  });

  test('are the same whatever the batches, and exactly those named', () => {
    const batches = [1, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, size];
    const { tiles } = grown(batches);
    const atOnce = grown([size]).tiles;
    for (const { level, index, width } of newTiles(0, size)) {
      const path = tilePath({ level, index, width });
      expect(atOnce.has(path)).toBe(true);
      expect(Buffer.from(tiles.get(path) ?? []).equals(atOnce.get(path) as Uint8Array)).toBe(true);
    }
    expect(atOnce.size).toBe([...newTiles(0, size)].length);
    const named = new Set<string>();
    let before = 0;
    for (const upTo of batches) {
      for (const name of newTiles(before, upTo)) named.add(tilePath(name));
      before = upTo;
    }
    // Between two checkpoints the edge also fills tiles that are named at the next one.
    expect([...tiles.keys()].toSorted()).toEqual([...named].toSorted());
  });

  test('carry the root, inclusion and consistency of every checkpoint', async () => {
    const sizes = [1, 2, 255, 256, 257, 40_000, 65_535, 65_536, 65_537, size];
    const { read } = grown(sizes);
    for (const newer of sizes) {
      const root = await treeRoot(newer, hashesFromTiles(newer, read));
      for (const index of [0, Math.floor(newer / 2), newer - 1]) {
        const proof = await proveInclusion(index, newer, hashesFromTiles(newer, read));
        const leaf = leaves[index] as Uint8Array;
        expect(verifyInclusion({ leaf, index, size: newer, proof, root })).toBe(true);
      }
      for (const older of sizes.filter((one) => one <= newer)) {
        const olderRoot = await treeRoot(older, hashesFromTiles(older, read));
        const proof = await proveConsistency(older, newer, hashesFromTiles(newer, read));
        const claim = {
          older: { size: older, root: olderRoot },
          newer: { size: newer, root },
          proof,
        };
        expect(verifyConsistency(claim)).toBe(true);
      }
    }
  });

  test('that are too short, or of a smaller tree, give no root', async () => {
    const short: TileReader = async ({ width }) => new Uint8Array(width * 32 - 1);
    await expect(hashesFromTiles(7, short)([{ level: 0, index: 6 }])).rejects.toThrow(
      'the tile has no hash 6',
    );
    const whole: TileReader = async ({ width }) => new Uint8Array(width * 32);
    for (const subtree of [
      { level: 0, index: 7 },
      { level: 1, index: 3 },
      { level: 3, index: 0 },
      { level: 8, index: 0 },
    ]) {
      await expect(hashesFromTiles(7, whole)([subtree])).rejects.toThrow(
        'a tree of 7 has no such subtree',
      );
    }
    const [root] = await hashesFromTiles(7, whole)([{ level: 1, index: 2 }]);
    expect(root).toHaveLength(32);
  });

  test('give each tile once for a whole question', async () => {
    const { read } = grown([size]);
    const asked: string[] = [];
    const counting: TileReader = async (name) => {
      asked.push(tilePath(name));
      return read(name);
    };
    await proveInclusion(12_345, size, hashesFromTiles(size, counting));
    expect(asked.length).toBe(new Set(asked).size);
    expect(asked.toSorted()).toEqual([
      'tile/0/048',
      'tile/0/257.p/208',
      'tile/1/000',
      'tile/1/001.p/1',
    ]);
  });
});

describe('the edge of a tree', () => {
  test('is found again from the tiles and goes on alike', async () => {
    for (const at of [0, 1, 255, 256, 65_535, 65_536, 65_600]) {
      const { read } = grown(at === 0 ? [] : [at]);
      const edge = await TreeEdge.of(at, read);
      for (let next = at; next < at + 300; next += 1) edge.append(leaves[next] as Uint8Array);
      expect(edge.size).toBe(at + 300);
      const whole = grown([at + 300]).edge;
      expect(base64(edge.root())).toBe(base64(whole.root()));
      expect(edge.partialTiles()).toEqual(whole.partialTiles());
    }
  });

  test('has the root of its tiles', async () => {
    for (const at of [1, 3, 255, 256, 1_000, 65_535, 65_536, size]) {
      const { edge, read } = grown([at]);
      const root = await treeRoot(at, hashesFromTiles(at, read));
      expect(base64(edge.root())).toBe(base64(root));
    }
  });
});

describe('an entry bundle', () => {
  const entries = [utf8(''), utf8('a'), new Uint8Array(65_535).fill(7), utf8('Sơn La')];

  test('gives back what was put in', () => {
    const decoded = decodeBundle(encodeBundle(entries), entries.length);
    expect(decoded.ok && decoded.value.map((entry) => base64(entry))).toEqual(entries.map(base64));
    expect(encodeBundle([utf8('ab')])).toEqual(Uint8Array.of(0, 2, 0x61, 0x62));
  });

  test('with a byte too many, too few, or another count is a fault', () => {
    const bytes = encodeBundle(entries);
    const oneMore = new Uint8Array(bytes.length + 1);
    oneMore.set(bytes);
    const faultOf = (altered: Uint8Array, width: number) => {
      const decoded = decodeBundle(altered, width);
      return decoded.ok ? undefined : decoded.fault;
    };
    const { length } = bytes;
    expect(faultOf(bytes.subarray(0, -1), 4)).toBe(`entry 3 of 4 ends beyond byte ${length - 1}`);
    expect(faultOf(oneMore, 4)).toBe('1 bytes after the last of 4 entries');
    expect(faultOf(bytes, 3)).toBe('9 bytes after the last of 3 entries');
    expect(faultOf(bytes, 5)).toBe(`ends at byte ${length}, before entry 4 of 5`);
    expect(faultOf(Uint8Array.of(0), 1)).toBe('ends at byte 1, before entry 0 of 1');
    expect(faultOf(new Uint8Array(0), 1)).toBe('ends at byte 0, before entry 0 of 1');
  });

  test('may hold as many entries as a tile has hashes', () => {
    const full = Array.from({ length: 256 }, () => utf8('x'));
    expect(encodeBundle(full).length).toBe(3 * 256);
  });

  test('takes no entry longer than its length can say', () => {
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(
      new TypeError('an entry of 65536 bytes has no bundle'),
    );
    expect(() => encodeBundle(Array.from({ length: 257 }, () => utf8('')))).toThrow(
      new TypeError('a bundle holds 256 entries'),
    );
  });
});
