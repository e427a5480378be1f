import { describe, expect, test } from '@jest/globals';
import { base64, emptyRoot } from '#tlog';
import { fsck } from './fsck.ts';
import { logKey, madeLog, MadeStory, MemoryLog, placesOf } from './made-log.contract.ts';
import { policyFor, rootOfFirst, secondKey, signedHead, strangeKey } from './made-log.contract.ts';
import { flipped, signerKey, without, witnessKeys } from './made-log.contract.ts';
import type { LogFiles } from './made-log.contract.ts';

/** What an auditor kept, held against what the log is now: `--since`. */
const policy = policyFor();
const { entries } = MadeStory.of(260);
const { files, root } = madeLog(entries);
const otherRoot = rootOfFirst(entries, 259);

async function since(earlier: Uint8Array, log: LogFiles = files, anchored = true) {
  const source = new MemoryLog(log);
  const report = await fsck({ source, since: earlier, ...(anchored && { policy }) });
  return { verdict: report.verdict, places: placesOf(report.findings) };
}

const head = (size: number, rootThen = rootOfFirst(entries, size), key = logKey) =>
  signedHead({ size, root: rootThen }, [key]);

describe('an earlier checkpoint', () => {
  test.each([0, 1, 3, 255, 256, 257, 260])('of size %d is continued', async (size) => {
    expect(await since(head(size))).toEqual({ verdict: 'sound', places: [] });
    const unanchored = await since(head(size), files, false);
    expect(unanchored).toEqual({ verdict: 'sound-unanchored', places: [] });
  });

  test.each([1, 255, 256, 257, 260])('of size %d is not continued', async (size) => {
    const forked = {
      code: 'log/forked',
      expected: base64(emptyRoot),
      found: base64(rootOfFirst(entries, size)),
      detail: `size ${size}`,
    };
    const expected = { verdict: 'unsound', places: [forked] };
    expect(await since(head(size, emptyRoot))).toEqual(expected);
    expect(await since(head(size, emptyRoot), files, false)).toEqual(expected);
  });

  test('of no entries has one root only', async () => {
    expect(await since(head(0, root))).toEqual({
      verdict: 'unsound',
      places: [
        {
          code: 'log/forked',
          expected: base64(root),
          found: base64(emptyRoot),
          detail: 'size 0',
        },
      ],
    });
  });

  test('of a size that the log no longer has', async () => {
    const places = [{ code: 'log/rolled-back', expected: '261', found: '260' }];
    expect(await since(head(261, root))).toEqual({ verdict: 'unsound', places });
    expect(await since(head(261, root), files, false)).toEqual({ verdict: 'unsound', places });
  });

  test('of a rolled-back log that then cannot be read, is told all the same', async () => {
    const broken = new Map(files).set('checkpoint', head(258, root));
    const source = new MemoryLog(without(broken, 'tile/entries/000'));
    const report = await fsck({ source, since: head(260), policy });
    expect(report.counts).toMatchObject({ 'log/rolled-back': 1, 'log/bundle-missing': 2 });
  });
});

describe('an earlier checkpoint that cannot be used', () => {
  const other = signerKey('ledger.invalid/other', 1);
  test.each([
    ['is no note', new Uint8Array(0), 'log/note-malformed'],
    [
      'is no checkpoint',
      signedHead({ size: 1, root: root.subarray(1) }),
      'log/checkpoint-malformed',
    ],
    ['is signed by another', head(257, otherRoot, strangeKey), 'log/signature-missing'],
    ['is signed by a later key', head(257, otherRoot, secondKey), 'log/signature-missing'],
  ])('it %s', async (_, bytes, detail) => {
    const places = [{ code: 'log/earlier-unusable', detail }];
    expect(await since(bytes)).toEqual({ verdict: 'unknown', places });
    expect(await since(bytes, files, false)).toEqual({ verdict: 'unknown', places });
  });

  test('its signature is of something else', async () => {
    const wrong = { ...logKey, sign: () => logKey.sign('another text\n') };
    expect((await since(head(257, otherRoot, wrong))).places).toEqual([
      { code: 'log/earlier-unusable', detail: 'log/signature-invalid' },
    ]);
    expect((await since(head(257, otherRoot, wrong), files, false)).places).toEqual([
      { code: 'log/earlier-unusable', detail: 'log/signature-missing' },
    ]);
  });

  test('it is of another log', async () => {
    const text = { size: 1, root, origin: 'ledger.invalid/other' };
    expect((await since(signedHead(text, [other]))).places).toEqual([
      { code: 'log/earlier-unusable', detail: 'log/origin-differs' },
    ]);
    expect((await since(signedHead(text, [other]), files, false)).places).toEqual([
      { code: 'log/earlier-unusable', detail: 'ledger.invalid/other' },
    ]);
  });

  test('nobody accuses by a larger one that no key of the log signed', async () => {
    expect(await since(head(261, root, strangeKey), files, false)).toEqual({
      verdict: 'unknown',
      places: [{ code: 'log/earlier-unusable', detail: 'log/signature-missing' }],
    });
  });
});

describe('whose signatures are under it', () => {
  test('witnesses do not matter: it may be a bare head, or have a wrong line', async () => {
    const [witness] = witnessKeys;
    if (witness === undefined) throw new Error('no witness');
    const wrong = { ...witness, sign: () => witness.sign('another text\n') };
    const bytes = signedHead({ size: 257, root: rootOfFirst(entries, 257) }, [logKey, wrong]);
    const signed = madeLog(entries, [logKey, ...witnessKeys]).files;
    const strict = policyFor('group all all w0 w1 w2\nquorum all');
    const source = new MemoryLog(signed);
    const report = await fsck({ source, since: bytes, policy: strict });
    expect([report.verdict, report.findings]).toEqual(['sound', []]);
  });

  test('a key that was retired since did sign it', async () => {
    const story = MadeStory.of(4);
    story.keyEvent('log.key-added.v1', { key: secondKey.text });
    story.keyEvent('log.key-retired.v1', { key: logKey.text, reason: 'worn' });
    const log = madeLog(story.entries, [secondKey]).files;
    const bytes = head(4, rootOfFirst(story.entries, 4));
    const report = await fsck({ source: new MemoryLog(log), since: bytes });
    expect([report.verdict, report.findings]).toEqual(['sound-unanchored', []]);
    expect(report.keys).toEqual([secondKey.text]);
  });
});

describe('where the log is damaged, nobody is accused of two histories', () => {
  const earlier = head(260);
  test('an altered entry of the last bundle', async () => {
    const altered = flipped(files, 'tile/entries/001.p/4', 4);
    const { places } = await since(earlier, altered);
    expect(places).toContainEqual(
      expect.objectContaining({ code: 'log/entry-differs', index: 256 }),
    );
    expect(places).not.toContainEqual(expect.objectContaining({ code: 'log/forked' }));
  });

  test('an altered tile at the end', async () => {
    const altered = flipped(files, 'tile/0/001.p/4', 4);
    expect((await since(earlier, altered)).places).toEqual([
      expect.objectContaining({ code: 'log/tile-differs', index: 256 }),
    ]);
  });

  test('an altered entry of the last bundle, and two histories before it', async () => {
    const altered = flipped(files, 'tile/entries/001.p/4', 4);
    const { places } = await since(head(258, otherRoot), altered);
    expect(places).toContainEqual({
      code: 'log/forked',
      expected: base64(otherRoot),
      found: base64(rootOfFirst(entries, 258)),
      detail: 'size 258',
    });
  });

  test('a hole, and a tree that is not the signed one', async () => {
    const names = ['tile/0/000', 'tile/entries/000', 'tile/1/000.p/1'];
    expect((await since(earlier, without(files, ...names))).places).toEqual([
      { code: 'log/tile-missing', path: 'tile/0/000' },
      { code: 'log/bundle-missing', path: 'tile/entries/000', index: 0 },
      { code: 'log/tile-missing', path: 'tile/1/000.p/1' },
    ]);
    const forged = new Map(files).set('checkpoint', head(260, otherRoot));
    expect((await since(earlier, forged)).places).toEqual([
      { code: 'log/root-differs', expected: base64(otherRoot), found: base64(root) },
    ]);
  });

  test('missing entries leave the hashes to tell', async () => {
    const holed = without(files, 'tile/entries/000', 'tile/entries/001.p/4');
    const codes = (await since(head(257, otherRoot), holed)).places;
    expect(codes).toEqual([
      { code: 'log/bundle-missing', path: 'tile/entries/000', index: 0 },
      { code: 'log/bundle-missing', path: 'tile/entries/001.p/4', index: 256 },
      {
        code: 'log/forked',
        expected: base64(otherRoot),
        found: base64(rootOfFirst(entries, 257)),
        detail: 'size 257',
      },
    ]);
  });
});
