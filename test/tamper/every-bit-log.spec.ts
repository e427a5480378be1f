import { beforeAll, describe, expect, test } from '@jest/globals';
import { canonicalJson } from '#kernel';
import { parseSignedNote, utf8 } from '#tlog';
import type { SignedNote } from '#tlog';
import { SpecWitness } from '../../libs/transparency/src/made-up-witness.contract.ts';
import { testTimeoutMs, tryBits } from './flips.ts';
import type { Outcome } from './flips.ts';
import { faultsIn, judgeLog } from './ledger.ts';
import type { Judging, Ledger } from './ledger.ts';
import { claimOf, entryAt, hashAt, isOfHead, linesOf, nameOf, notePartAt } from './log-places.ts';
import { largeLedger, smallLedger } from './small-ledger.ts';
import type { WholeLedger } from './small-ledger.ts';

/**
 * Every bit of a log as it lies in its folder: tiles and bundles of the tree, those of smaller
 * trees that lie there still, the checkpoint. Each turned bit must be found where it is. What the
 * specification tells to leave alone is worked out here by other code, and nothing else may pass.
 */
let small: WholeLedger;
let large: WholeLedger;
beforeAll(async () => {
  small = await smallLedger();
  large = await largeLedger();
}, testTimeoutMs);

const judging = (
  { objects, policy }: Ledger,
  path: string,
  bytes: Uint8Array,
  options: Judging = {},
) => judgeLog({ objects: new Map(objects).set(path, bytes), policy }, options);

/** Cosignatures have no part in what tiles and bundles hold, and take longest to check. */
function withoutWitnesses(ledger: WholeLedger): WholeLedger {
  return { ...ledger, policy: { ...ledger.policy, witnesses: [], quorum: { kind: 'none' } } };
}

/** Exactly these faults, and nothing else in the list. */
function only(found: readonly object[], expected: readonly object[]): Outcome {
  const [said, wanted] = [canonicalJson(found), canonicalJson(expected)];
  return said === wanted ? 'found' : { wrong: `${said}, not ${wanted}` };
}

/** A tile: the judge names it and, where entries stand beside it, the first hash that is wrong. */
async function tryTile(ledger: WholeLedger, path: string, sample: number, isDrawn: boolean) {
  const bytes = ledger.objects.get(path) as Uint8Array;
  const { level, index, width } = nameOf(path);
  const isHead = isOfHead({ level, index, width }, ledger.entries.length);
  const older = isHead ? olderTilesOf(ledger, path) : [];
  // What the entries say has no part in this, and reading them takes most of the time.
  const options = { depth: 'hashes' } as const;
  const code = 'log/tile-differs';
  const counts = await tryBits({ what: path, bytes, sample, isDrawn }, async (altered, bit) => {
    const hash = hashAt(Math.floor(bit / 8));
    const entry = isHead && level === 0 ? { index: index * 256 + hash } : {};
    const report = await judging(ledger, path, altered, options);
    // Tiles of smaller trees must be its beginnings, so they fall out with it.
    const others = older.filter((one) => nameOf(one).width > hash);
    const expected = [{ code, ...entry, path }, ...others.map((one) => ({ code, path: one }))];
    return only(faultsIn(report), expected);
  });
  expect(Object.keys(counts)).toEqual(['found']);
}

/** Tiles of smaller trees in the same place, in the order in which they are listed. */
function olderTilesOf({ objects }: Ledger, path: string): readonly string[] {
  const { level, index } = nameOf(path);
  return [...objects.keys()].filter((other) => {
    if (other === 'checkpoint' || other === path) return false;
    const name = nameOf(other);
    return name.level === level && name.index === index;
  });
}

/**
 * A bundle of the tree: the first bad entry is the one whose bytes, or whose length, were turned.
 */
async function tryBundle(ledger: WholeLedger, path: string, sample: number, isDrawn: boolean) {
  const bytes = ledger.objects.get(path) as Uint8Array;
  const { index: bundle } = nameOf(path);
  const codes = ['log/entry-differs', 'log/bundle-malformed'];
  const counts = await tryBits({ what: path, bytes, sample, isDrawn }, async (altered, bit) => {
    const index = entryAt(bytes, Math.floor(bit / 8), bundle);
    const report = await judging(ledger, path, altered);
    const first = report.firstBadEntry?.index;
    const named = report.findings.filter((one) => one.index === index && codes.includes(one.code));
    const isRight = report.verdict === 'unsound' && first === index && named.length === 1;
    if (isRight) return 'found';
    return { wrong: `${report.verdict}, first ${first} for ${index}: ${canonicalJson(named)}` };
  });
  expect(Object.keys(counts)).toEqual(['found']);
}

/**
 * A bundle of a smaller tree: nobody asks for it, and it must still be a beginning of the tree's.
 */
async function tryOldBundle(ledger: WholeLedger, path: string, sample: number, isDrawn: boolean) {
  const bytes = ledger.objects.get(path) as Uint8Array;
  const counts = await tryBits({ what: path, bytes, sample, isDrawn }, async (altered) => {
    const report = await judging(ledger, path, altered, { depth: 'hashes' });
    return only(faultsIn(report), [{ code: 'log/bundle-differs', path }]);
  });
  expect(Object.keys(counts)).toEqual(['found']);
}

async function tryObjects(ledger: WholeLedger, sample: number, drawnLevels: readonly unknown[]) {
  for (const path of ledger.objects.keys()) {
    if (path === 'checkpoint') continue;
    const name = nameOf(path);
    const isHead = isOfHead(name, ledger.entries.length);
    const isDrawn = drawnLevels.includes(name.level) || (!isHead && drawnLevels.length > 0);
    if (name.level !== 'entries') await tryTile(ledger, path, sample, isDrawn);
    else if (isHead) await tryBundle(ledger, path, sample, isDrawn);
    else await tryOldBundle(ledger, path, sample, isDrawn);
  }
}

describe('a bit turned in the folder of the log', () => {
  test(
    'of a few dozen entries is found, in every tile and every bundle',
    () => tryObjects(withoutWitnesses(small), 80, []),
    testTimeoutMs,
  );

  /** Its entries are some 260 KB: of them, and of what smaller trees left, a sample is drawn. */
  test(
    'of 300 entries is found, in full and partial tiles of both levels',
    () => tryObjects(withoutWitnesses(large), 8, ['entries']),
    testTimeoutMs,
  );
});

describe('a bit turned in the checkpoint', () => {
  const stranger = new SpecWitness('la', 9);

  /** The small log's checkpoint with a line of a witness whom the policy does not name. */
  function withStranger(): { readonly note: SignedNote; readonly bytes: Uint8Array } {
    const bytes = small.objects.get('checkpoint') as Uint8Array;
    const parsed = parseSignedNote(bytes);
    if (!parsed.ok) throw new TypeError(parsed.fault);
    const line = stranger.lineOver(parsed.value.text);
    const whole = Uint8Array.from(Buffer.concat([bytes, utf8(`${line}\n`)]));
    return { note: parsed.value, bytes: whole };
  }

  /** Name and key ID of the log, then of each witness of the policy. */
  const knownClaims = () =>
    [small.policy.log, ...small.policy.witnesses.map(({ key }) => key)].map(
      ({ name, keyId }) => `${name} ${Buffer.from(keyId).toString('hex')}`,
    );

  /**
   * CONTRACTS 8, signed-note: lines of keys that nobody here knows are left alone. So a bit passes
   * in two places and no others: in the stranger's line, and in name or key ID of the one witness
   * more than the quorum asks for, as long as the line stays a line. The note tells of both.
   */
  function isIgnored(bytes: Uint8Array, altered: Uint8Array, line: number): boolean {
    const [before, after] = [linesOf(bytes) ?? [], linesOf(altered) ?? []];
    const claims = after.map(claimOf);
    const isOrderly = after.length === before.length && !claims.includes(undefined);
    return isOrderly && line > 0 && !knownClaims().includes(claims[line] as string);
  }

  const expectedOf = (line: number | undefined): readonly string[] => {
    const malformed = 'log/note-malformed';
    if (line === undefined) {
      return [malformed, 'log/checkpoint-malformed', 'log/signature-invalid', 'log/origin-differs'];
    }
    if (line === 0) return [malformed, 'log/signature-invalid', 'log/signature-missing'];
    return line > 3 ? [malformed] : [malformed, 'log/witness-signature-invalid'];
  };

  test(
    'is found, but for lines of keys that nobody knows',
    async () => {
      const { bytes } = withStranger();
      const sound = await judging(small, 'checkpoint', bytes);
      expect([sound.verdict, sound.counts]).toEqual(['sound', { 'log/signature-unknown': 1 }]);
      const what = 'checkpoint';
      const counts = await tryBits({ what, bytes, sample: 400 }, async (altered, bit) => {
        const part = notePartAt(bytes, Math.floor(bit / 8));
        const line = part.kind === 'line' ? part.line : undefined;
        const { verdict, findings, counts } = await judging(small, 'checkpoint', altered);
        if (line !== undefined && isIgnored(bytes, altered, line)) {
          const unknown = line > 3 ? 1 : 2;
          const isRight = verdict === 'sound' && counts['log/signature-unknown'] === unknown;
          if (isRight && findings.length === unknown) return 'ignored by specification';
        } else {
          const codes = expectedOf(line);
          const isNamed = findings.some(({ code }) => codes.includes(code));
          if (verdict === 'unsound' && isNamed) return 'found';
        }
        return { wrong: `line ${line}: ${verdict} ${canonicalJson(counts)}` };
      });
      expect(Object.keys(counts).sort()).toEqual(['found', 'ignored by specification']);
    },
    testTimeoutMs,
  );

  /** Two of three are enough, so with one line gone every further turned bit must be found. */
  test(
    'of a quorum without one to spare is found in each line of a witness',
    async () => {
      const whole = small.objects.get('checkpoint') as Uint8Array;
      const text = Buffer.from(whole).toString('utf8');
      const bytes = utf8(text.replace(/\u2014 witness\.invalid\/ba .*\n/, ''));
      expect((await judging(small, 'checkpoint', bytes)).verdict).toBe('sound');
      const counts = await tryBits(
        { what: 'checkpoint under its quorum', bytes, sample: 300 },
        async (altered) => {
          const { verdict, counts } = await judging(small, 'checkpoint', altered);
          return verdict === 'unsound' ? 'found' : { wrong: `${verdict} ${canonicalJson(counts)}` };
        },
      );
      expect(Object.keys(counts)).toEqual(['found']);
    },
    testTimeoutMs,
  );
});
