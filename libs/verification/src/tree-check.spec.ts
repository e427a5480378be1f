import { describe, expect, test } from '@jest/globals';
import { base64, decodeBundle, encodeBundle, hashInTile, leafHash, nodeHash, utf8 } from '#tlog';
import { fsck } from './fsck.ts';
import { flipped, madeLog, MadeStory, MemoryLog, placesOf } from './made-log.contract.ts';
import { policyFor, signedHead, without } from './made-log.contract.ts';
import type { LogFiles } from './made-log.contract.ts';

const policy = policyFor();
const { entries } = MadeStory.of(260);
const { files, root } = madeLog(entries);
const bytesAt = (path: string, of: LogFiles = files) => of.get(path) as Uint8Array;
const hash = (path: string, at: number, of: LogFiles = files) =>
  base64(hashInTile(bytesAt(path, of), at));
const leaf = (at: number) => base64(leafHash(entries[at] as Uint8Array));
/** Where entry `at` of bundle 0 begins, after its length. */
const startOf = (at: number) =>
  entries.slice(0, at).reduce((sum, { length }) => sum + 2 + length, 2);

async function found(altered: LogFiles, sized?: Uint8Array) {
  const source = new MemoryLog(sized === undefined ? altered : altered.set('checkpoint', sized));
  const report = await fsck({ source, policy });
  expect(report.verdict).toBe('unsound');
  return { report, places: placesOf(report.findings) };
}

/** A bundle with other entries in some places. */
function altering(path: string, width: number, changes: Readonly<Record<number, Uint8Array>>) {
  const split = decodeBundle(bytesAt(path), width);
  if (!split.ok) throw new Error(split.fault);
  const bundle = encodeBundle(split.value.map((one, at) => changes[at] ?? one));
  return new Map(files).set(path, bundle);
}

/** The entry with one digit of its value changed: still an entry, of the same length. */
function respelt(at: number): Uint8Array {
  const text = new TextDecoder().decode(entries[at]);
  return utf8(text.replace(/"value":"./, '"value":"x'));
}

describe('one thing altered in a log of 260', () => {
  test('a hash of a full leaf tile', async () => {
    const altered = flipped(files, 'tile/0/000', 32 * 77 + 31);
    const expected = {
      code: 'log/tile-differs',
      path: 'tile/0/000',
      index: 77,
      expected: leaf(77),
      found: hash('tile/0/000', 77, altered),
    };
    const { report, places } = await found(altered);
    expect(places).toEqual([expected]);
    expect(placesOf([report.firstBadEntry as never])).toEqual([expected]);
    expect(report.counts).toEqual({ 'log/tile-differs': 1 });
  });

  test('two hashes of a tile: the first is named', async () => {
    const altered = flipped(flipped(files, 'tile/0/000', 32 * 8), 'tile/0/000', 32 * 200);
    const { places } = await found(altered);
    expect(places).toEqual([
      {
        code: 'log/tile-differs',
        path: 'tile/0/000',
        index: 8,
        expected: leaf(8),
        found: hash('tile/0/000', 8, altered),
      },
    ]);
  });

  test('a hash of the last leaf tile', async () => {
    const altered = flipped(files, 'tile/0/001.p/4', 32 * 3);
    const { places } = await found(altered);
    expect(places).toEqual([
      {
        code: 'log/tile-differs',
        path: 'tile/0/001.p/4',
        index: 259,
        expected: leaf(259),
        found: hash('tile/0/001.p/4', 3, altered),
      },
    ]);
  });

  test('a hash above the leaves', async () => {
    const altered = flipped(files, 'tile/1/000.p/1', 0);
    const { places } = await found(altered);
    expect(places).toEqual([
      {
        code: 'log/tile-differs',
        path: 'tile/1/000.p/1',
        detail: 'hash 0 of 1',
        expected: hash('tile/1/000.p/1', 0),
        found: hash('tile/1/000.p/1', 0, altered),
      },
    ]);
  });

  test('an entry of a full bundle: the tile above knows whose fault it is', async () => {
    const changed = respelt(13);
    const { report, places } = await found(altering('tile/entries/000', 256, { 13: changed }));
    const { stream, revision } = new MadeStoryEntry(entries[13]);
    expect(places).toEqual([
      {
        code: 'log/entry-differs',
        index: 13,
        stream,
        revision,
        expected: leaf(13),
        found: base64(leafHash(changed)),
      },
    ]);
    expect(report.firstBadEntry?.index).toBe(13);
  });

  test('an entry of the second full bundle', async () => {
    const made = madeLog(MadeStory.of(520).entries);
    const { places } = await found(flipped(made.files, 'tile/entries/001', 40));
    expect(places).toContainEqual(
      expect.objectContaining({ code: 'log/entry-differs', index: 256, expected: leaf(256) }),
    );
  });

  test('an entry of the last bundle: the root knows', async () => {
    const changed = [respelt(257), respelt(259)] as const;
    const altered = altering('tile/entries/001.p/4', 4, { 1: changed[0], 3: changed[1] });
    const { places } = await found(altered);
    expect(places).toEqual(
      [257, 259].map((index, at) => ({
        code: 'log/entry-differs',
        index,
        ...new MadeStoryEntry(entries[index]),
        expected: leaf(index),
        found: base64(leafHash(changed[at] as Uint8Array)),
      })),
    );
  });

  test('an entry that is none any more has no stream to tell', async () => {
    const broken = Uint8Array.from(entries[13] as Uint8Array);
    broken[0] = 0xff;
    const { places } = await found(altering('tile/entries/000', 256, { 13: broken }));
    expect(places.slice(0, 2)).toEqual([
      {
        code: 'log/entry-differs',
        index: 13,
        expected: leaf(13),
        found: base64(leafHash(broken)),
      },
      { code: 'entry/not-utf8', index: 13 },
    ]);
  });

  test('entry and tile in contradiction, the tile above being gone', async () => {
    const changed = respelt(13);
    const altered = without(altering('tile/entries/000', 256, { 13: changed }), 'tile/1/000.p/1');
    const { places } = await found(altered);
    expect(places).toEqual([
      {
        code: 'log/entry-or-tile-differs',
        index: 13,
        expected: leaf(13),
        found: base64(leafHash(changed)),
      },
      { code: 'log/tile-missing', path: 'tile/1/000.p/1' },
      { code: 'log/root-differs', expected: base64(root), found: expect.any(String) },
    ]);
  });

  test('entry and tile of the end in contradiction, neither making the root', async () => {
    const changed = respelt(259);
    const altered = flipped(
      altering('tile/entries/001.p/4', 4, { 3: changed }),
      'tile/0/001.p/4',
      0,
    );
    const { places } = await found(altered);
    expect(places).toEqual([
      {
        code: 'log/entry-or-tile-differs',
        index: 256,
        ...new MadeStoryEntry(entries[256]),
        expected: hash('tile/0/001.p/4', 0, altered),
        found: leaf(256),
      },
      {
        code: 'log/entry-or-tile-differs',
        index: 259,
        ...new MadeStoryEntry(entries[259]),
        expected: leaf(259),
        found: base64(leafHash(changed)),
      },
      { code: 'log/root-differs', expected: base64(root), found: expect.any(String) },
    ]);
  });

  test('entries and leaf tile together: what stands above disagrees', async () => {
    const story = MadeStory.of(260);
    story.entries[13] = respelt(13);
    const forged = madeLog(story.entries);
    const altered = new Map(files)
      .set('tile/entries/000', bytesAt('tile/entries/000', forged.files))
      .set('tile/0/000', bytesAt('tile/0/000', forged.files));
    const { places } = await found(altered);
    expect(places).toEqual([
      {
        code: 'log/tile-differs',
        path: 'tile/1/000.p/1',
        detail: 'hash 0 of 1',
        expected: hash('tile/1/000.p/1', 0, forged.files),
        found: hash('tile/1/000.p/1', 0),
      },
      { code: 'log/root-differs', expected: base64(root), found: base64(forged.root) },
    ]);
  });

  test('all of it made anew without the key', async () => {
    const story = MadeStory.of(260);
    story.entries[13] = respelt(13);
    const forged = madeLog(story.entries);
    const altered = new Map(forged.files).set('checkpoint', bytesAt('checkpoint'));
    expect((await found(altered)).places).toEqual([
      { code: 'log/root-differs', expected: base64(root), found: base64(forged.root) },
    ]);
  });

  test('the end cut off, and the size with it', async () => {
    const size = 256;
    const { places } = await found(new Map(files), signedHead({ size, root }));
    const full = hashInTile(bytesAt('tile/1/000.p/1'), 0);
    expect(places).toEqual([
      { code: 'log/root-differs', expected: base64(root), found: base64(full) },
      { code: 'log/beyond-head', path: 'tile/0/001.p/4' },
      { code: 'log/beyond-head', path: 'tile/entries/001.p/4' },
    ]);
  });
});

/** Stream and revision as an entry of the story has them. */
class MadeStoryEntry {
  readonly stream: string;
  readonly revision: number;

  constructor(bytes: Uint8Array | undefined) {
    const entry = JSON.parse(new TextDecoder().decode(bytes)) as MadeStoryEntry;
    this.stream = entry.stream;
    this.revision = entry.revision;
  }
}

describe('a part missing or of another length', () => {
  test.each(['tile/0/000', 'tile/0/001.p/4', 'tile/1/000.p/1'])('no %s', async (path) => {
    expect((await found(without(files, path))).places).toEqual([
      { code: 'log/tile-missing', path },
    ]);
  });

  test.each([
    ['tile/0/000', 8_191],
    ['tile/0/000', 8_160],
    ['tile/0/000', 0],
    ['tile/0/001.p/4', 4 * 32 - 1],
    ['tile/1/000.p/1', 31],
  ])('%s of %d bytes', async (path, length) => {
    const altered = new Map(files).set(path, bytesAt(path).subarray(0, length));
    expect((await found(altered)).places).toEqual([
      { code: 'log/tile-malformed', path, detail: `${length} bytes` },
    ]);
  });

  test('a byte too many', async () => {
    for (const path of ['tile/0/000', 'tile/1/000.p/1']) {
      const longer = new Uint8Array(bytesAt(path).length + 1);
      longer.set(bytesAt(path));
      expect((await found(new Map(files).set(path, longer))).places).toEqual([
        { code: 'log/tile-malformed', path, detail: `${longer.length} bytes` },
      ]);
    }
  });

  test('no bundle: its tile carries the tree on, keys are not judged', async () => {
    const { report, places } = await found(without(files, 'tile/entries/000'));
    expect(places).toEqual([{ code: 'log/bundle-missing', path: 'tile/entries/000', index: 0 }]);
    expect([report.entries, report.keys]).toEqual([4, []]);
    const last = await found(without(files, 'tile/entries/001.p/4'));
    expect(last.places).toEqual([
      { code: 'log/bundle-missing', path: 'tile/entries/001.p/4', index: 256 },
    ]);
    expect(last.report.entries).toBe(256);
  });

  test('neither bundle nor tile: the one above carries the tree on', async () => {
    const { places } = await found(without(files, 'tile/entries/000', 'tile/0/000'));
    expect(places).toEqual([
      { code: 'log/tile-missing', path: 'tile/0/000' },
      { code: 'log/bundle-missing', path: 'tile/entries/000', index: 0 },
    ]);
  });

  test('nor that: nothing is said of the root', async () => {
    const holed = without(files, 'tile/entries/000', 'tile/0/000', 'tile/1/000.p/1');
    expect((await found(holed)).places).toEqual([
      { code: 'log/tile-missing', path: 'tile/0/000' },
      { code: 'log/bundle-missing', path: 'tile/entries/000', index: 0 },
      { code: 'log/tile-missing', path: 'tile/1/000.p/1' },
    ]);
    const cut = without(files, 'tile/entries/000', 'tile/0/000');
    cut.set('tile/1/000.p/1', bytesAt('tile/1/000.p/1').subarray(1));
    expect((await found(cut)).places.at(-1)).toEqual({
      code: 'log/tile-malformed',
      path: 'tile/1/000.p/1',
      detail: '31 bytes',
    });
  });

  test('nor of it, where the end is missing', async () => {
    const holed = without(files, 'tile/entries/001.p/4', 'tile/0/001.p/4');
    expect((await found(holed)).places).toEqual([
      { code: 'log/tile-missing', path: 'tile/0/001.p/4' },
      { code: 'log/bundle-missing', path: 'tile/entries/001.p/4', index: 256 },
    ]);
  });

  test('a bundle cut short: the entries before the cut are read', async () => {
    const path = 'tile/entries/000';
    const altered = new Map(files).set(path, bytesAt(path).subarray(0, startOf(7) + 3));
    const { report, places } = await found(altered);
    expect(places).toEqual([
      {
        code: 'log/bundle-malformed',
        path,
        index: 7,
        detail: `entry 7 of 256 ends beyond byte ${startOf(7) + 3}`,
      },
    ]);
    expect(report.entries).toBe(7 + 4);
  });

  test('a bundle with something behind it', async () => {
    const path = 'tile/entries/001.p/4';
    const longer = new Uint8Array(bytesAt(path).length + 3);
    longer.set(bytesAt(path));
    const { report, places } = await found(new Map(files).set(path, longer));
    expect(places).toEqual([
      {
        code: 'log/bundle-malformed',
        path,
        index: 259,
        detail: '3 bytes after the last of 4 entries',
      },
    ]);
    expect([report.entries, report.firstBadEntry?.index]).toEqual([260, 259]);
  });

  test('a wrong length: what follows is no entry, and is not judged as one', async () => {
    const path = 'tile/entries/000';
    const altered = flipped(files, path, startOf(5) - 1);
    const { report, places } = await found(altered);
    expect(places).toEqual([
      { code: 'log/bundle-malformed', path, index: 5, detail: expect.any(String) },
    ]);
    expect(report.entries).toBe(5 + 4);
  });

  test('a wrong length where no tile tells which: none of the bundle is judged', async () => {
    const path = 'tile/entries/000';
    const altered = without(flipped(files, path, startOf(5) - 1), 'tile/0/000');
    const { report, places } = await found(altered);
    expect(places.map((one) => (one as { code: string }).code)).toEqual([
      'log/tile-missing',
      'log/bundle-malformed',
    ]);
    expect(report.entries).toBe(4);
  });

  test('tiles gone: the entries make them', async () => {
    const paths = ['tile/0/000', 'tile/0/001.p/4', 'tile/1/000.p/1'];
    expect((await found(without(files, ...paths))).places).toEqual(
      paths.map((path) => ({ code: 'log/tile-missing', path })),
    );
  });

  test('so much that the rest is not looked at', async () => {
    const size = 256 * 70;
    const { places } = await found(new Map(), signedHead({ size, root }));
    expect(places).toHaveLength(2 * 64 + 1);
    expect(places.slice(-3)).toEqual([
      { code: 'log/tile-missing', path: 'tile/0/063' },
      { code: 'log/bundle-missing', path: 'tile/entries/063', index: 63 * 256 },
      { code: 'log/gap-too-wide', index: 64 * 256 },
    ]);
  });

  test('as much in two pieces is', async () => {
    const size = 256 * 66;
    const some = new Map([['tile/0/040', new Uint8Array(8_192)]]);
    const { places } = await found(some, signedHead({ size, root }));
    // Two for each that is missing, one where the tile is there, and the tile above.
    expect(places).toHaveLength(2 * 65 + 1 + 1);
    expect(places.slice(-2)).toEqual([
      { code: 'log/bundle-missing', path: 'tile/entries/065', index: 65 * 256 },
      { code: 'log/tile-missing', path: 'tile/1/000.p/66' },
    ]);
  });
});

describe('a partial object that gave way to the full one', () => {
  const grown = madeLog(MadeStory.of(520).entries);
  const names = ['tile/0/001.p/4', 'tile/entries/001.p/4', 'tile/1/000.p/1'];
  const full = ['tile/0/001', 'tile/entries/001'];

  test('its beginning is taken', async () => {
    const altered = without(files, ...names.slice(0, 2));
    for (const path of full) altered.set(path, bytesAt(path, grown.files));
    const report = await fsck({ source: new MemoryLog(altered), policy });
    expect(report.verdict).toBe('sound');
    expect(placesOf(report.findings)).toEqual(
      full.map((path) => ({ code: 'log/beyond-head', path })),
    );
  });

  test('its beginning is judged', async () => {
    const altered = without(files, ...names.slice(0, 2));
    for (const path of full) altered.set(path, bytesAt(path, grown.files));
    const { places } = await found(flipped(altered, 'tile/0/001', 32));
    expect(places[0]).toMatchObject({ code: 'log/tile-differs', index: 257, expected: leaf(257) });
    const cut = new Map(altered).set('tile/entries/001', new Uint8Array([0, 9, 1]));
    expect((await found(cut)).places[0]).toEqual({
      code: 'log/bundle-malformed',
      path: 'tile/entries/001.p/4',
      index: 256,
      detail: 'entry 0 of 4 ends beyond byte 3',
    });
  });

  test('the full one of a full tile is not asked for twice', async () => {
    const source = new MemoryLog(without(files, 'tile/0/000'), { canList: false });
    await fsck({ source, policy });
    expect(source.asked.filter((path) => path === 'tile/0/000')).toEqual(['tile/0/000']);
  });

  test('the root is that of RFC 6962', () => {
    const small = madeLog(entries.slice(0, 3));
    const [one, two, three] = entries.slice(0, 3).map(leafHash) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect(small.root).toEqual(nodeHash(nodeHash(one, two), three));
  });
});
