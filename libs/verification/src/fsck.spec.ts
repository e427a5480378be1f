import { describe, expect, test } from '@jest/globals';
import { base64 } from '#tlog';
import { fsck, readEntries } from './fsck.ts';
import type { FsckOptions } from './fsck.ts';
import { logKey, logOrigin, madeLog, MadeStory, MemoryLog, placesOf } from './made-log.contract.ts';
import { policyFor, readPolicy, secondKey, signedHead, signerKey } from './made-log.contract.ts';
import { flipped, strangeKey, without, witnessKeys } from './made-log.contract.ts';
import { LogSource, SourceUnavailable } from './log-source.ts';

const policy = policyFor();
const three = MadeStory.of(3).entries;

function judge(files: ReadonlyMap<string, Uint8Array>, options: Partial<FsckOptions> = {}) {
  return fsck({ source: new MemoryLog(files), policy, ...options });
}

/** Refuses some paths, as a server or a folder of somebody else's does. */
class RefusingLog extends MemoryLog {
  private readonly refused: RegExp;
  private readonly error: Error;

  constructor(files: ReadonlyMap<string, Uint8Array>, refused: RegExp, error: Error) {
    super(files, { canList: false, readAhead: 4 });
    this.refused = refused;
    this.error = error;
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    if (this.refused.test(path)) throw this.error;
    return super.read(path);
  }
}

describe('a log that is as it should be', () => {
  test.each([1, 2, 3, 255, 256, 257, 513])('of %d entries', async (size) => {
    const { entries } = MadeStory.of(size);
    const { files, root } = madeLog(entries, [logKey, ...witnessKeys], [1, 7, 257]);
    expect(await judge(files)).toEqual({
      verdict: 'sound',
      anchored: true,
      origin: logOrigin,
      size,
      root: base64(root),
      keys: [logKey.text],
      witnesses: [
        { name: 'w0', time: '2026-11-18T11:06:44.000Z' },
        { name: 'w1', time: '2026-11-18T11:06:45.000Z' },
        { name: 'w2', time: '2026-11-18T11:06:46.000Z' },
      ],
      entries: size,
      streams: Math.min(size, 6),
      firstBadEntry: undefined,
      findings: [],
      counts: {},
    });
  });

  test('without entries was never opened, whoever signed it', async () => {
    const { files } = madeLog([]);
    const report = await judge(files);
    expect([report.verdict, report.size, report.entries]).toEqual(['unsound', 0, 0]);
    expect(placesOf(report.findings)).toEqual([{ code: 'log/opening-missing' }]);
    expect(report.root).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
    const unanchored = await fsck({ source: new MemoryLog(files) });
    expect(placesOf(unanchored.findings)).toEqual([
      { code: 'log/opening-missing' },
      { code: 'log/signature-unknown', found: logOrigin },
    ]);
  });

  test('by keys of its own is sound without an anchor', async () => {
    const { files } = madeLog(three);
    const report = await fsck({ source: new MemoryLog(files) });
    const { verdict, anchored, findings, keys, witnesses } = report;
    expect({ verdict, anchored, findings, keys, witnesses }).toEqual({
      verdict: 'sound-unanchored',
      anchored: false,
      findings: [],
      keys: [logKey.text],
      witnesses: [],
    });
  });

  test('says how far it is', async () => {
    const { files } = madeLog(MadeStory.of(600).entries);
    const seen: (readonly [number, number])[] = [];
    await judge(files, { onProgress: (entries, size) => seen.push([entries, size]) });
    expect(seen).toEqual([
      [256, 600],
      [512, 600],
      [600, 600],
    ]);
  });

  test('is read once, each object, in order', async () => {
    const { files } = madeLog(MadeStory.of(600).entries);
    const source = new MemoryLog(files, { canList: false, readAhead: 2 });
    await fsck({ source, policy });
    expect(source.asked).toEqual([
      'checkpoint',
      ...['000', '001', '002.p/88'].flatMap((name) => [`tile/0/${name}`, `tile/entries/${name}`]),
      'tile/1/000.p/2',
    ]);
  });

  test('keeps only the beginning in view: one that is asked for ahead', async () => {
    const { files } = madeLog(MadeStory.of(600).entries);
    const source = new MemoryLog(files, { readAhead: 0 });
    const asked: number[] = [];
    await fsck({ source, policy, onProgress: () => asked.push(source.asked.length) });
    // The checkpoint, and two objects for each tile in hand; none for one that is not.
    expect(asked).toEqual([3, 5, 7]);
  });
});

describe('what entries say of each other', () => {
  test('is judged from one bundle to the next', async () => {
    const story = MadeStory.of(257).tell('spec-2', { revision: 99 });
    const { findings } = await judge(madeLog(story.entries).files);
    expect(placesOf(findings)).toEqual([
      {
        code: 'entry/revision-not-dense',
        index: 257,
        stream: 'spec-2',
        revision: 99,
        expected: '51',
        found: '99',
      },
    ]);
  });
});

describe('what could be read of a log', () => {
  test('hashes alone leave what entries say unread', async () => {
    const story = MadeStory.of(2).put('{}');
    const { files } = madeLog(story.entries);
    const anchored = await judge(files, { depth: 'hashes' });
    expect([anchored.verdict, anchored.entries, anchored.streams]).toEqual(['sound', 3, 0]);
    const report = await fsck({ source: new MemoryLog(files), depth: 'hashes' });
    expect(report.verdict).toBe('unknown');
    expect(placesOf(report.findings)).toEqual([{ code: 'log/keys-unread' }]);
  });

  test('a source that cannot list had its head looked at', async () => {
    const { files } = madeLog(three);
    const source = new MemoryLog(files, { canList: false });
    const report = await fsck({ source, policy });
    expect(report.verdict).toBe('sound');
    expect(placesOf(report.findings)).toEqual([{ code: 'log/head-tiles-only' }]);
  });

  test('nothing at all is no log', async () => {
    const report = await judge(new Map());
    expect([report.verdict, report.size, report.root]).toEqual(['unknown', undefined, undefined]);
    expect(placesOf(report.findings)).toEqual([{ code: 'log/nothing-there' }]);
    const source = new MemoryLog(new Map(), { canList: false });
    expect(placesOf((await fsck({ source, policy })).findings)).toEqual([
      { code: 'log/nothing-there' },
    ]);
  });

  test('tiles without a checkpoint cannot be judged', async () => {
    const report = await judge(without(madeLog(three).files, 'checkpoint'));
    expect(report.verdict).toBe('unknown');
    expect(placesOf(report.findings)).toEqual([
      { code: 'log/checkpoint-missing', path: 'tile/0/000.p/3' },
    ]);
  });

  test('entries that are not for this reader', async () => {
    const { files } = madeLog(MadeStory.of(520).entries);
    const denied = new SourceUnavailable('denied', 'tile/entries/000: HTTP 401');
    const source = new RefusingLog(files, /entries/, denied);
    const report = await fsck({ source, policy });
    expect([report.verdict, report.entries]).toEqual(['unknown', 0]);
    expect(placesOf(report.findings)).toEqual([
      { code: 'log/entries-closed', detail: 'tile/entries/000: HTTP 401' },
      { code: 'log/head-tiles-only' },
    ]);
    // Asked once for each tile under way, not again.
    expect(source.asked.filter((path) => path.includes('entries'))).toEqual([]);
    const unanchored = await fsck({ source });
    expect(placesOf(unanchored.findings)).toEqual([
      { code: 'log/entries-closed', detail: 'tile/entries/000: HTTP 401' },
      { code: 'log/keys-unread' },
      { code: 'log/head-tiles-only' },
    ]);
  });

  test('entries that are not for this reader leave the hashes to judge', async () => {
    const { files, root } = madeLog(MadeStory.of(260).entries);
    const altered = flipped(files, 'tile/0/001.p/4', 0);
    const denied = new SourceUnavailable('denied', 'no');
    const report = await fsck({ source: new RefusingLog(altered, /entries/, denied), policy });
    expect(report.verdict).toBe('unsound');
    expect(placesOf(report.findings)).toContainEqual({
      code: 'log/root-differs',
      expected: base64(root),
      found: expect.any(String),
    });
  });

  test.each([
    [/checkpoint/, undefined],
    [/tile\/0\/001/, 520],
    [/tile\/1/, 520],
    [/tile\/entries\/002/, 520],
  ])('a source that went away at %s', async (path, size) => {
    const { files } = madeLog(MadeStory.of(520).entries);
    const away = new SourceUnavailable('away', 'no answer');
    const report = await fsck({ source: new RefusingLog(files, path, away), policy });
    expect([report.verdict, report.size]).toEqual(['unknown', size]);
    expect(placesOf(report.findings)).toEqual([{ code: 'log/unreachable', detail: 'no answer' }]);
  });

  test('a mistake of our own is nobody else’s finding', async () => {
    const bug = new TypeError('a bug');
    for (const path of [/checkpoint/, /entries/]) {
      const source = new RefusingLog(madeLog(three).files, path, bug);
      await expect(fsck({ source, policy })).rejects.toBe(bug);
    }
  });

  test('a source cannot list unless it says so', () => {
    class Bare extends LogSource {
      override readonly readAhead = 0;
      override async read(): Promise<undefined> {
        return undefined;
      }
    }
    expect(new Bare().list()).toBeUndefined();
    const error = new SourceUnavailable('denied', 'why', 'cause');
    expect([error.name, error.message, error.cause]).toEqual(['SourceUnavailable', 'why', 'cause']);
  });
});

describe('the checkpoint', () => {
  const { files, root } = madeLog(three);
  const withCheckpoint = (bytes: Uint8Array | string) =>
    new Map(files).set(
      'checkpoint',
      typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
    );
  const note = new TextDecoder().decode(files.get('checkpoint'));
  const head = { size: 3, root };

  test.each([
    ['is no note', 'x', 'log/note-malformed', 'no blank line before the signatures'],
    [
      'is no checkpoint',
      note.replace('\n3\n', '\n03\n'),
      'log/checkpoint-malformed',
      'line 2 is not a tree size',
    ],
  ] as const)('that %s ends everything', async (_, bytes, code, detail) => {
    for (const options of [{ policy }, {}]) {
      const source = new MemoryLog(withCheckpoint(bytes));
      const report = await fsck({ source, ...options });
      expect([report.verdict, report.origin, report.entries]).toEqual(['unsound', undefined, 0]);
      expect(placesOf(report.findings)).toEqual([{ code, detail }]);
      expect(source.asked).toEqual(['checkpoint']);
    }
  });

  test('of another log', async () => {
    const other = 'ledger.invalid/other';
    const foreign = readPolicy(`log ${signerKey(other, 1).text}\nquorum none`);
    const report = await judge(files, { policy: foreign });
    expect(placesOf(report.findings)).toEqual([
      { code: 'log/origin-differs', detail: `${logOrigin}, not ${other}` },
      { code: 'log/signature-missing', detail: other },
      { code: 'log/key-unrecorded', found: signerKey(other, 1).text },
    ]);
  });

  test('signed by nobody who is known here', async () => {
    const bytes = signedHead(head, [strangeKey]);
    const report = await judge(withCheckpoint(bytes));
    expect(placesOf(report.findings)).toEqual([
      { code: 'log/signature-missing', detail: logOrigin },
      { code: 'log/signature-unknown', found: logOrigin },
    ]);
    const unanchored = await fsck({ source: new MemoryLog(withCheckpoint(bytes)) });
    expect(placesOf(unanchored.findings)).toEqual([
      { code: 'log/signature-missing' },
      { code: 'log/signature-unknown', found: logOrigin },
    ]);
  });

  test('with a signature of something else', async () => {
    const ofOther = logKey.sign('another text\n');
    const line = new TextDecoder().decode(signedHead(head, [{ ...logKey, sign: () => ofOther }]));
    const report = await judge(withCheckpoint(line));
    expect(placesOf(report.findings)).toEqual([
      { code: 'log/signature-invalid', detail: logOrigin },
    ]);
    const unanchored = await fsck({ source: new MemoryLog(withCheckpoint(line)) });
    expect(placesOf(unanchored.findings)).toEqual([
      { code: 'log/signature-invalid', found: logKey.text },
      { code: 'log/signature-missing' },
    ]);
  });

  test('with lines that nobody here writes', async () => {
    const bytes = signedHead({ ...head, extensions: ['one', 'two'] }, [logKey, secondKey]);
    const report = await judge(withCheckpoint(bytes));
    expect(report.verdict).toBe('sound');
    expect(placesOf(report.findings)).toEqual([
      { code: 'log/signature-unknown', found: logOrigin },
      { code: 'log/extension-line', found: 'one' },
      { code: 'log/extension-line', found: 'two' },
    ]);
  });

  test.each([
    [0, 'quorum none', 'sound', []],
    [0, 'quorum w1', 'unsound', ['log/quorum-missing']],
    [1, 'quorum w1', 'unsound', ['log/quorum-missing']],
    [2, 'quorum w1', 'sound', []],
    [1, 'group g 2 w0 w1 w2\nquorum g', 'unsound', ['log/quorum-missing']],
    [2, 'group g 2 w0 w1 w2\nquorum g', 'sound', []],
    [3, 'group g 2 w0 w1 w2\nquorum g', 'sound', []],
    [2, 'group g all w0 w1 w2\nquorum g', 'unsound', ['log/quorum-missing']],
    [3, 'group g all w0 w1 w2\nquorum g', 'sound', []],
  ])('cosigned by %d witnesses under %j is %s', async (count, quorum, verdict, codes) => {
    const signers = [logKey, ...witnessKeys.slice(0, count)];
    const report = await judge(withCheckpoint(signedHead(head, signers)), {
      policy: policyFor(quorum),
    });
    expect(report.verdict).toBe(verdict);
    expect(report.findings.map(({ code }) => code)).toEqual(codes);
    expect(report.witnesses.map(({ name }) => name)).toEqual(['w0', 'w1', 'w2'].slice(0, count));
  });

  test('cosigned twice by one witness counts once, at the time of the first line', async () => {
    const [early, late] = [7n, 8n].map((time) => signerKey('witness.invalid/4', 4, time));
    const signers = [logKey, late as typeof logKey, early as typeof logKey];
    const report = await judge(withCheckpoint(signedHead(head, signers)));
    expect(report.witnesses).toEqual([{ name: 'w0', time: '1970-01-01T00:00:08.000Z' }]);
  });

  test('with the cosignature of something else', async () => {
    const [first, second] = witnessKeys;
    if (first === undefined || second === undefined) throw new Error('no witnesses');
    const wrong = { ...first, sign: () => first.sign('another text\n') };
    const bytes = signedHead(head, [logKey, wrong, second]);
    const report = await judge(withCheckpoint(bytes));
    expect(placesOf(report.findings)).toEqual([
      { code: 'log/witness-signature-invalid', detail: 'w0' },
    ]);
    expect(report.witnesses).toEqual([{ name: 'w1', time: '2026-11-18T11:06:45.000Z' }]);
  });

  test.each([
    [0n, '1970-01-01T00:00:00.000Z'],
    [253_402_300_799n, '9999-12-31T23:59:59.000Z'],
    [253_402_300_800n, '253402300800 s'],
    [2n ** 63n - 1n, '9223372036854775807 s'],
  ])('cosigned at second %d', async (seconds, time) => {
    const witness = signerKey('witness.invalid/4', 4, seconds);
    const report = await judge(withCheckpoint(signedHead(head, [logKey, witness])));
    expect(report.findings).toEqual([]);
    expect(report.witnesses).toEqual([{ name: 'w0', time }]);
  });
});

describe('the entries as they are', () => {
  test('come in order, with a hole where there is none', async () => {
    const { entries } = MadeStory.of(260);
    const { files } = madeLog(entries);
    const read = async (source: LogSource, size: number) => {
      const all: (Uint8Array | undefined)[] = [];
      for await (const entry of readEntries(source, size)) all.push(entry?.slice());
      return all;
    };
    expect(await read(new MemoryLog(files), 260)).toEqual(entries);
    const holed = without(files, 'tile/entries/000');
    expect(await read(new MemoryLog(holed), 260)).toEqual([
      ...Array.from({ length: 256 }, () => undefined),
      ...entries.slice(256),
    ]);
    const cut = new Map(files).set(
      'tile/entries/001.p/4',
      (files.get('tile/entries/001.p/4') as Uint8Array).subarray(0, -1),
    );
    expect(await read(new MemoryLog(cut), 260)).toEqual([...entries.slice(0, 259), undefined]);
  });
});
