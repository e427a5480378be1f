import { describe, expect, test } from '@jest/globals';
import { emptyRoot, encodeBundle, utf8 } from '#tlog';
import { fsck } from './fsck.ts';
import { SourceUnavailable } from './log-source.ts';
import { flipped, madeLog, MadeStory, MemoryLog, placesOf } from './made-log.contract.ts';
import { policyFor, signedHead, without } from './made-log.contract.ts';
import type { LogFiles } from './made-log.contract.ts';

/** Whatever else lies below `tile/`: what earlier checkpoints left, and what nobody knows. */
const policy = policyFor();
const { entries } = MadeStory.of(520);
const { files } = madeLog(entries, undefined, [100, 300, 512, 514]);

async function found(log: LogFiles) {
  const { findings, verdict } = await fsck({ source: new MemoryLog(log), policy });
  return { verdict, places: placesOf(findings) };
}

const one = async (log: LogFiles) => (await found(log)).places;

describe('older partial objects', () => {
  test('are the beginnings of those that took their place', async () => {
    expect([...files.keys()].filter((path) => path.includes('.p/'))).toEqual([
      'tile/0/000.p/100',
      'tile/entries/000.p/100',
      'tile/0/001.p/44',
      'tile/1/000.p/1',
      'tile/entries/001.p/44',
      'tile/1/000.p/2',
      'tile/0/002.p/2',
      'tile/entries/002.p/2',
      'tile/0/002.p/8',
      'tile/entries/002.p/8',
    ]);
    expect(await found(files)).toEqual({ verdict: 'sound', places: [] });
  });

  test.each([
    ['tile/0/000.p/100', 0, 'hash 0 of 100'],
    ['tile/0/000.p/100', 99 * 32 + 31, 'hash 99 of 100'],
    ['tile/0/001.p/44', 32, 'hash 1 of 44'],
    ['tile/0/002.p/2', 32, 'hash 1 of 2'],
    ['tile/1/000.p/1', 5, 'hash 0 of 1'],
  ])('%s with byte %d altered', async (path, at, detail) => {
    expect(await found(flipped(files, path, at))).toEqual({
      verdict: 'unsound',
      places: [{ code: 'log/tile-differs', path, detail }],
    });
  });

  test('of another length', async () => {
    const path = 'tile/0/001.p/44';
    const bytes = files.get(path) as Uint8Array;
    const cut = new Map(files).set(path, bytes.subarray(0, 43 * 32));
    expect(await one(cut)).toEqual([{ code: 'log/tile-differs', path, detail: 'hash 43 of 44' }]);
    const long = new Uint8Array(45 * 32);
    long.set(bytes);
    expect(await one(new Map(files).set(path, long))).toEqual([
      { code: 'log/tile-differs', path, detail: 'hash 44 of 44' },
    ]);
  });

  test.each(['tile/entries/000.p/100', 'tile/entries/001.p/44', 'tile/entries/002.p/2'])(
    '%s altered',
    async (path) => {
      const places = [{ code: 'log/bundle-differs', path }];
      expect(await found(flipped(files, path, 40))).toEqual({ verdict: 'unsound', places });
      const width = path.includes('100') ? 100 : path.includes('44') ? 44 : 2;
      const others = new Map(files).set(path, encodeBundle(entries.slice(0, width).toReversed()));
      expect(await one(others)).toEqual(places);
    },
  );

  test('are not blamed where the larger object is missing or not whole', async () => {
    const tile = (files.get('tile/0/000') as Uint8Array).subarray(0, 99 * 32);
    expect(await one(new Map(files).set('tile/0/000', tile))).toEqual([
      { code: 'log/tile-malformed', path: 'tile/0/000', detail: `${tile.length} bytes` },
    ]);
    expect(await one(without(files, 'tile/0/000'))).toEqual([
      { code: 'log/tile-missing', path: 'tile/0/000' },
    ]);
    expect(await one(flipped(files, 'tile/entries/000', 1))).toEqual([
      expect.objectContaining({ code: 'log/bundle-malformed', index: 0 }),
    ]);
    expect(await one(without(files, 'tile/entries/000'))).toEqual([
      { code: 'log/bundle-missing', path: 'tile/entries/000', index: 0 },
    ]);
  });

  test('that go while they are looked at were there for nobody', async () => {
    class Vanishing extends MemoryLog {
      override async read(path: string): Promise<Uint8Array | undefined> {
        return path === 'tile/0/000.p/100' ? undefined : super.read(path);
      }
    }
    expect((await fsck({ source: new Vanishing(files), policy })).findings).toEqual([]);
  });
});

describe('files that are no part of the log', () => {
  test.each([
    'tile/0/0000',
    'tile/0/000.p/256',
    'tile/0/000.p/0',
    'tile/0/000.tmp',
    'tile/x',
    'tile/entries/000.p/1.swp',
    'tile/64/000',
  ])('%s', async (path) => {
    const log = new Map(files).set(path, utf8('x'));
    expect(await found(log)).toEqual({
      verdict: 'sound',
      places: [{ code: 'log/file-unknown', path }],
    });
  });

  test.each([
    'tile/0/002',
    'tile/0/002.p/9',
    'tile/0/003.p/1',
    'tile/entries/002',
    'tile/entries/x001/000',
    'tile/1/000',
    'tile/1/000.p/3',
    'tile/2/000.p/1',
    'tile/63/000.p/1',
  ])('%s, beyond the head', async (path) => {
    const log = new Map(files).set(path, utf8('x'));
    expect(await found(log)).toEqual({
      verdict: 'sound',
      places: [{ code: 'log/beyond-head', path }],
    });
  });
});

describe('what cannot be looked at beside the tiles', () => {
  /** The path of a socket gives an error where a file would give bytes. */
  class Obstructed extends MemoryLog {
    override async read(path: string): Promise<Uint8Array | undefined> {
      if (path === 'tile/0/000.p/100') throw new SourceUnavailable('away', 'as asked for');
      return super.read(path);
    }

    /** A folder whose path is longer than any may be ends the list. */
    override async *list(): AsyncGenerator<string> {
      yield* super.list() ?? [];
      throw new SourceUnavailable('away', 'ENAMETOOLONG');
    }
  }
  const unreachable = [
    { code: 'log/unreachable', path: 'tile/0/000.p/100', detail: 'as asked for' },
    { code: 'log/unreachable', detail: 'ENAMETOOLONG' },
  ];

  test('keeps nothing else from being looked at', async () => {
    const { findings, verdict } = await fsck({ source: new Obstructed(files), policy });
    expect([verdict, placesOf(findings)]).toEqual(['unknown', unreachable]);
    const log = flipped(files, 'tile/entries/000.p/100', 0);
    const { findings: more } = await fsck({ source: new Obstructed(log), policy });
    expect(placesOf(more)).toEqual([
      unreachable[0],
      { code: 'log/bundle-differs', path: 'tile/entries/000.p/100' },
      unreachable[1],
    ]);
  });

  test('hides no fork from who kept an earlier checkpoint', async () => {
    const since = signedHead({ size: 100, root: emptyRoot });
    const report = await fsck({ source: new Obstructed(files), policy, since });
    expect(report.verdict).toBe('unsound');
    expect(report.findings[0]).toMatchObject({ code: 'log/forked', detail: 'size 100' });
  });
});
