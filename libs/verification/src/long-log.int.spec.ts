import { describe, expect, test } from '@jest/globals';
import { base64 } from '#tlog';
import { fsck } from './fsck.ts';
import { flipped, madeLog, MadeStory, MemoryLog, placesOf } from './made-log.contract.ts';
import { policyFor, rootOfFirst, signedHead, without } from './made-log.contract.ts';
import { rootOfHeads } from './stream-heads.ts';

/** A log with three levels of tiles: 65,536 entries fill one of the second, and one more is there. */
const policy = policyFor();
const size = 65_537;
const { entries } = MadeStory.of(size);
const { files, root } = madeLog(entries);

const judge = (log: ReadonlyMap<string, Uint8Array>, since?: Uint8Array) =>
  fsck({ source: new MemoryLog(log, { readAhead: 3 }), policy, ...(since && { since }) });

describe(`a log of ${size} entries`, () => {
  test('is sound, and continues what it was', async () => {
    expect([...files.keys()].filter((path) => /^tile\/[12]/.test(path))).toEqual([
      'tile/1/000',
      'tile/2/000.p/1',
    ]);
    for (const earlier of [65_535, 65_536]) {
      const since = signedHead({ size: earlier, root: rootOfFirst(entries, earlier) });
      const report = await judge(files, since);
      expect([report.verdict, report.entries, report.findings]).toEqual(['sound', size, []]);
      expect(report.root).toBe(base64(root));
    }
  });

  test.each([
    ['tile/1/000', 255],
    ['tile/2/000.p/1', 0],
  ])('has one hash of %s altered', async (path, at) => {
    const report = await judge(flipped(files, path, at * 32));
    expect(placesOf(report.findings)).toMatchObject([
      { code: 'log/tile-differs', path, detail: expect.stringMatching(`^hash ${at} of `) },
    ]);
  });

  test('has a hole: what stands above it is not blamed', async () => {
    const holed = without(files, 'tile/0/007', 'tile/entries/007', 'tile/1/000');
    expect(placesOf((await judge(holed)).findings)).toEqual([
      { code: 'log/tile-missing', path: 'tile/0/007' },
      { code: 'log/bundle-missing', path: 'tile/entries/007', index: 7 * 256 },
      { code: 'log/tile-missing', path: 'tile/1/000' },
    ]);
  });

  test('has records of heads from its beginning, which are too old to be made again', async () => {
    const story = MadeStory.of(0);
    story.entries.push(...entries);
    const heads = base64(await rootOfHeads([['log-keys', 0]]));
    const type = 'log.heads-recorded.v1';
    story.tell('log-heads', { type, data: { treeSize: 1, root: heads } });
    const report = await judge(madeLog(story.entries).files);
    expect(report.verdict).toBe('unknown');
    expect(placesOf(report.findings)).toEqual([
      {
        code: 'log/heads-too-old',
        index: size,
        stream: 'log-heads',
        revision: 0,
        detail: 'size 1',
      },
    ]);
  });
});

describe('what is held at once', () => {
  test('does not grow with the log: tiles in hand are as many as are asked for ahead', async () => {
    const held = new Set<string>();
    let most = 0;
    /** Counts what was handed out and not yet gone past. */
    class CountingLog extends MemoryLog {
      override async read(path: string): Promise<Uint8Array | undefined> {
        if (path.startsWith('tile/entries/')) held.add(path);
        most = Math.max(most, held.size);
        return super.read(path);
      }
    }
    const source = new CountingLog(files, { canList: false, readAhead: 3 });
    const report = await fsck({
      source,
      policy,
      onProgress: (count) => {
        const index = String(Math.ceil(count / 256) - 1).padStart(3, '0');
        for (const path of held) if (path.includes(`/${index}`)) held.delete(path);
      },
    });
    expect([report.verdict, most, held.size]).toEqual(['sound', 4, 0]);
  });
});
