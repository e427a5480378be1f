import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeBundle, encodeBundle, hashInTile, leafHash, perfectRoot, utf8 } from '#tlog';
import { tileWidth } from '#tlog';
import { derivedUuid } from '#kernel';
import { IdSet } from './id-set.ts';
import { firstDifference, isSame } from './leaf-tile.ts';
import { prefixOf } from './log-source.ts';
import { rootOfFirst } from './made-log.contract.ts';
import { leafHashes, perfectRootOf, RunningTree, splitBundle } from './running-tree.ts';

const entries = Array.from({ length: 700 }, (_, at) => utf8(`entry ${at}`));
const hashes = (from: number, to: number) => {
  const tile = new Uint8Array((to - from) * 32);
  entries.slice(from, to).forEach((entry, at) => tile.set(leafHash(entry), at * 32));
  return tile;
};

describe('a bundle', () => {
  test('is split as the library splits it, whatever its bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const few = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 6 }).map(encodeBundle);
    fc.assert(
      fc.property(fc.oneof(bytes, few), fc.integer({ min: 1, max: 6 }), (bundle, width) => {
        const split = splitBundle(bundle, width);
        const decoded = decodeBundle(bundle, width);
        expect(split.fault === undefined).toBe(decoded.ok);
        if (!decoded.ok) return;
        const { starts, count } = split;
        const parts = Array.from({ length: count }, (_, at) =>
          bundle.subarray(starts[at], (starts[at + 1] as number) - 2),
        );
        expect(parts).toEqual(decoded.value);
      }),
    );
  });

  test.each([
    [[], 2, 0, 'entry 0 of 2 ends beyond byte 0'],
    [[0], 1, 0, 'entry 0 of 1 ends beyond byte 1'],
    [[0, 1], 1, 0, 'entry 0 of 1 ends beyond byte 2'],
    [[0, 1, 7], 2, 1, 'entry 1 of 2 ends beyond byte 3'],
    [[0, 1, 7, 1, 0, 9], 2, 1, 'entry 1 of 2 ends beyond byte 6'],
    [[0, 1, 7, 0, 0], 1, 1, '2 bytes after the last of 1 entries'],
    [[0, 0, 0, 0], 2, 2, undefined],
  ])('%j as one of %d', (bytes, width, count, fault) => {
    const split = splitBundle(Uint8Array.from(bytes), width);
    expect([split.count, split.fault]).toEqual([count, fault]);
    expect(split.starts.length).toBe(count + 1);
  });

  test('long entries have lengths of two bytes', () => {
    const long = [new Uint8Array(65_535).fill(1), new Uint8Array(256), new Uint8Array(255)];
    const { starts, count, fault } = splitBundle(encodeBundle(long), 3);
    expect([[...starts], count, fault]).toEqual([[2, 65_539, 65_797, 66_054], 3, undefined]);
  });

  test('is hashed entry by entry, and left as it was', () => {
    const bundle = encodeBundle(entries.slice(0, 9));
    const before = bundle.slice();
    const { starts } = splitBundle(bundle, 9);
    expect(leafHashes(bundle, starts, 9)).toEqual(hashes(0, 9));
    expect(leafHashes(bundle, starts, 2)).toEqual(hashes(0, 2));
    expect(bundle).toEqual(before);
  });

  test('its beginning, and that of a tile', () => {
    const name = { level: 'entries' as const, index: 0, width: 3 };
    const bundle = encodeBundle(entries.slice(0, 5));
    expect(prefixOf(bundle, name)).toEqual(encodeBundle(entries.slice(0, 3)));
    expect(prefixOf(bundle, { ...name, width: 5 })).toEqual(bundle);
    expect(prefixOf(bundle, { ...name, width: 6 })).toEqual(bundle);
    expect(prefixOf(hashes(0, 5), { ...name, level: 0 })).toEqual(hashes(0, 3));
    expect(prefixOf(hashes(0, 2), { ...name, level: 0 })).toEqual(hashes(0, 2));
  });
});

describe('the tree', () => {
  test.each([1, 2, 4, 8, 64, 256])('root of %d hashes side by side', (count) => {
    const leaves = entries.slice(0, count).map(leafHash);
    expect(perfectRootOf(hashes(0, count), 0, count)).toEqual(perfectRoot(leaves));
    const later = entries.slice(256, 256 + count).map(leafHash);
    expect(perfectRootOf(hashes(0, 512), 256, count)).toEqual(perfectRoot(later));
  });

  test.each([0, 1, 2, 3, 5, 255, 256, 257, 300, 511, 512, 513, 600, 700])('of %d', (size) => {
    const tree = new RunningTree();
    const full = Math.floor(size / tileWidth);
    for (let tile = 0; tile < full; tile += 1) {
      const root = perfectRootOf(hashes(tile * 256, tile * 256 + 256), 0, 256);
      expect(tree.push(root)).toEqual([]);
    }
    const rest = hashes(full * 256, size);
    const root = tree.rootWith(rest, size % tileWidth);
    expect(root).toEqual(size === 0 ? undefined : rootOfFirst(entries, size));
    const unfinished = tree.unfinished();
    expect(unfinished.map(({ level, index, width }) => [level, index, width])).toEqual(
      full === 0 ? [] : [[1, 0, full]],
    );
    for (const { hashes: made } of unfinished) expect(made.length).toBe(full * 32);
  });

  test('hands each tile out when it is full, lowest first', () => {
    const tree = new RunningTree();
    const leaf = (at: number) => new Uint8Array(32).fill(at % 251);
    const width = tileWidth ** 2;
    const filled = Array.from({ length: width + 256 }, (_, at) => tree.push(leaf(at)));
    const names = filled.flatMap((made, at) =>
      made.map(({ level, index, width: of, hashes: all }) => [at, level, index, of, all.length]),
    );
    expect(names).toHaveLength(258);
    expect(names.slice(0, 2)).toEqual([
      [255, 1, 0, 256, 8_192],
      [511, 1, 1, 256, 8_192],
    ]);
    expect(names.slice(-3)).toEqual([
      [width - 1, 1, 255, 256, 8_192],
      [width - 1, 2, 0, 256, 8_192],
      [width + 255, 1, 256, 256, 8_192],
    ]);
    // What was handed out stays as it was, though the tree has gone on.
    const [one, two] = (filled[width - 1] ?? []).map(({ hashes: all }) => all);
    expect(hashInTile(two as Uint8Array, 255)).toEqual(perfectRootOf(one as Uint8Array, 0, 256));
    expect(tree.unfinished().map(({ level, index, width: of }) => [level, index, of])).toEqual([
      [2, 1, 1],
      [3, 0, 1],
    ]);
  });
});

describe('where two tiles differ', () => {
  test.each([
    [[], [], undefined],
    [[1], [1], undefined],
    [[1], [2], 0],
    [[1], [], 0],
  ])('%j and %j: %s', (left, right, at) => {
    expect(firstDifference(Uint8Array.from(left), Uint8Array.from(right))).toBe(at);
  });

  test('is the number of the hash', () => {
    const [left, right] = [new Uint8Array(96), new Uint8Array(96)];
    expect(isSame(left, right)).toBe(true);
    right[95] = 1;
    expect(firstDifference(left, right)).toBe(2);
    expect(isSame(left, right)).toBe(false);
    right[31] = 1;
    expect(firstDifference(left, right)).toBe(0);
    right[31] = 0;
    expect(firstDifference(left, right.subarray(0, 64))).toBe(2);
    expect(firstDifference(left.subarray(0, 64), right)).toBe(2);
  });
});

describe('a set of ids', () => {
  test('knows what was there, as a set of texts does', () => {
    const ids = new IdSet();
    const all = Array.from({ length: 3_000 }, (_, at) => derivedUuid(['id', at]));
    expect(all.map((id) => ids.add(id))).toEqual(all.map(() => true));
    expect(all.map((id) => ids.add(id))).toEqual(all.map(() => false));
    expect(ids.add(derivedUuid(['id', 3_000]))).toBe(true);
  });

  test('tells ids apart by any of their digits', () => {
    const id = '00000000-0000-8000-8000-000000000000';
    const others = Array.from(id).flatMap((digit, at) =>
      digit === '-'
        ? []
        : [...'123456789abcdef'].map((other) => `${id.slice(0, at)}${other}${id.slice(at + 1)}`),
    );
    const ids = new IdSet();
    const expected = new Set<string>();
    for (const one of [...others, ...others, id, id]) {
      expect([one, ids.add(one)]).toEqual([one, !expected.has(one)]);
      expected.add(one);
    }
  });

  test('holds the one that marks a free place', () => {
    const ids = new IdSet();
    const zero = '00000000-0000-0000-0000-000000000000';
    expect([ids.add(zero), ids.add(zero)]).toEqual([true, false]);
  });

  test('holds ids that begin alike', () => {
    const ids = new IdSet();
    const alike = Array.from({ length: 900 }, (_, at) => {
      const end = at.toString(16).padStart(12, '0');
      return `ffffffff-0000-8000-8000-${end}`;
    });
    for (const isNew of [true, false]) {
      expect(alike.map((id) => ids.add(id))).toEqual(alike.map(() => isNew));
    }
  });
});
