import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '#kernel';
import { parsePolicy, utf8 } from '#tlog';
import { readEntry } from './entry-form.ts';
import { fsck } from './fsck.ts';
import type { FsckReport } from './fsck.ts';
import { logKey, madeLog, MadeStory, MemoryLog, policyFor } from './made-log.contract.ts';
import { secondKey, signedHead, witnessKeys } from './made-log.contract.ts';
import type { LogFiles } from './made-log.contract.ts';
import { verifyReceipt } from './receipt.ts';

/** Whatever is given to the judge, it answers: no bytes in any place may make it throw. */
const policy = policyFor('group g 2 w0 w1 w2\nquorum g');
const story = MadeStory.of(8);
story.keyEvent('log.key-added.v1', { key: secondKey.text });
story.tell('log-heads', { type: 'log.heads-recorded.v1', data: { treeSize: 1, root: '' } });
const { files } = madeLog(story.entries, [logKey, ...witnessKeys], [5]);
const paths = [...files.keys(), 'tile/0/000', 'tile/entries/000', 'tile/2/000.p/1'];
const since = signedHead({ size: 6, root: new Uint8Array(32) });

/** Bytes of any kind, and such as were right but for some places. */
function spoiling(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });
  const spoilt = fc.tuple(changes, fc.nat(bytes.length)).map(([all, length]) => {
    const copy = bytes.slice(0, length % 3 === 0 ? length : bytes.length);
    for (const [at, byte] of all) if (copy.length > 0) copy[at % copy.length] = byte;
    return copy;
  });
  return fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    spoilt,
    fc.string({ unit: 'binary' }).map(utf8),
  );
}

const anyLog: fc.Arbitrary<LogFiles> = fc
  .array(
    fc
      .constantFrom(...paths)
      .chain((path) =>
        fc.tuple(
          fc.constant(path),
          fc.option(spoiling(files.get(path) ?? new Uint8Array(32)), { nil: undefined }),
        ),
      ),
    { maxLength: 4 },
  )
  .map((changes) => {
    const log = new Map(files);
    for (const [path, bytes] of changes) {
      if (bytes === undefined) log.delete(path);
      else log.set(path, bytes);
    }
    return log;
  });

function expectAnswer({
  verdict,
  findings,
  counts,
}: Pick<FsckReport, 'verdict' | 'findings' | 'counts'>) {
  const severities = new Set(findings.map(({ severity }) => severity));
  const expected = severities.has('fault') ? 'unsound' : severities.has('unknown') ? 'unknown' : '';
  if (expected !== '') expect(verdict).toBe(expected);
  else expect(['sound', 'sound-unanchored']).toContain(verdict);
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  expect(all).toBeGreaterThanOrEqual(findings.length);
}

describe('the judge answers', () => {
  test('any log, with a policy and without', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.boolean(), fc.boolean(), async (log, canList, isAnchored) => {
        const source = new MemoryLog(log, { canList });
        expectAnswer(await fsck({ source, since, ...(isAnchored && { policy }) }));
      }),
      { numRuns: 100 },
    );
  });

  test('any checkpoint, now and before', async () => {
    const own = files.get('checkpoint') as Uint8Array;
    await fc.assert(
      fc.asyncProperty(spoiling(own), spoiling(own), async (now, before) => {
        const source = new MemoryLog(new Map([['checkpoint', now]]));
        expectAnswer(await fsck({ source, since: before, policy }));
        expectAnswer(await fsck({ source, since: before }));
      }),
      { numRuns: 50 },
    );
  });

  test('a signed checkpoint of any size over nothing', async () => {
    const sizes = fc.oneof(fc.maxSafeNat(), fc.constantFrom(2 ** 53 - 1, 2 ** 32, 2 ** 31));
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        const checkpoint = signedHead({ size, root: new Uint8Array(32) });
        const source = new MemoryLog(new Map([['checkpoint', checkpoint]]));
        expectAnswer(await fsck({ source, policy }));
      }),
      { numRuns: 5 },
    );
  });

  test('any entries, signed as they are', async () => {
    const sound = new MadeStory().next('log-keys');
    const value = fc.jsonValue({ maxDepth: 2 });
    const part = fc.constantFrom(...Object.keys(sound), 'data.key', 'more');
    const streams = fc.constantFrom('log-keys', 'log-heads', 'log-head', 'a', '');
    const types = fc.constantFrom('log.opened.v1', 'log.key-retired.v1', 'log.heads-recorded.v1');
    const altered = fc.tuple(part, value, streams, types).map(([name, any, stream, type]) => {
      const data = name === 'data.key' ? { key: any, origin: any, treeSize: any, root: any } : {};
      return { ...sound, stream, type, data, ...(name !== 'data.key' && { [name]: any }) };
    });
    const anyEntry = fc.oneof(altered, value).map((one) => utf8(canonicalJson(one)));
    const entries = fc.array(fc.oneof(anyEntry, spoiling(story.entries[0] as Uint8Array)), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(entries, async (all) => {
        const source = new MemoryLog(madeLog(all).files);
        expectAnswer(await fsck({ source, policy }));
        for (const one of all) readEntry(one);
      }),
      { numRuns: 100 },
    );
  });

  test('any receipt, entry and policy', () => {
    const checkpoint = new TextDecoder().decode(files.get('checkpoint'));
    const proof = utf8(`c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint}`);
    const entry = story.entries[0] as Uint8Array;
    fc.assert(
      fc.property(spoiling(proof), spoiling(entry), (anyProof, anyEntry) => {
        for (const one of [proof, anyProof]) {
          const report = verifyReceipt({ proof: one, entry: anyEntry, policy });
          expectAnswer({ ...report, counts: { all: report.findings.length } });
        }
      }),
      { numRuns: 100 },
    );
    const text = utf8(`log ${logKey.text}\nwitness a ${witnessKeys[0]?.text}\nquorum a\n`);
    fc.assert(fc.property(spoiling(text), (bytes) => typeof parsePolicy(bytes).ok === 'boolean'));
  });
});
