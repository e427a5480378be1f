import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canonicalJson, digestOf, entryBytes } from '#kernel';
import type { Digest } from '#kernel';
import { BlobCorrupt } from '#evidence';
import { FolderBlobStore } from '#evidence/node';
import { formatSignatureLine, textOf, utf8 } from '#tlog';
import { verifyReceipt } from '#verification';
import type { ReceiptReport } from '#verification';
import { specSigner } from '../../libs/transparency/src/made-up-log.contract.ts';
import { testTimeoutMs, tryBits } from './flips.ts';
import type { Outcome } from './flips.ts';
import { noteOf } from './forgery.ts';
import { oneByOne } from './ledger.ts';
import { claimOf } from './log-places.ts';
import { blobPath, smallLedger } from './small-ledger.ts';
import type { WholeLedger } from './small-ledger.ts';

/**
 * Every bit of what is handed out: a receipt, the entry beside it, and a file of evidence as the
 * ledger keeps it. A receipt is stricter than its format (CONTRACTS 8): no bit of one may pass.
 */
let ledger: WholeLedger;
let folder: string;
beforeAll(async () => {
  ledger = await smallLedger();
  folder = await mkdtemp(join(tmpdir(), 'tamper-'));
}, testTimeoutMs);
afterAll(() => rm(folder, { recursive: true, force: true }));

const codesOf = ({ findings }: ReceiptReport) => findings.map(({ code }) => code);

function outcomeOf(report: ReceiptReport, among: readonly string[]): Outcome {
  const codes = codesOf(report);
  const isFound = report.verdict === 'unsound' && codes.some((code) => among.includes(code));
  return isFound ? 'found' : { wrong: `${report.verdict} ${canonicalJson(codes)}` };
}

const unnamed = 'receipt/signature-unnamed';

/** Which part of a receipt a line is of, and what may be said of a bit turned there. */
function expectedAt(proof: string, byte: number): readonly string[] {
  const before = Buffer.from(proof).subarray(0, byte).toString('utf8');
  const line = before.split('\n').length - 1;
  const lines = proof.split('\n');
  const checkpoint = lines.indexOf('') + 1;
  const signatures = lines.indexOf('', checkpoint) + 1;
  const unread = ['receipt/malformed', 'log/note-malformed'];
  if (line < checkpoint) return [...unread, 'entry/not-included'];
  const text = ['log/checkpoint-malformed', 'log/signature-invalid', 'log/origin-differs'];
  if (line < signatures) return [...unread, ...text];
  if (line === signatures) return [...unread, 'log/signature-invalid', 'log/signature-missing'];
  return [...unread, 'log/witness-signature-invalid', unnamed];
}

describe('a bit turned in what an agency keeps', () => {
  const places = ['first', 'middle', 'last'] as const;
  const indexOf = (place: (typeof places)[number]) => {
    const last = ledger.entries.length - 1;
    return { first: 0, middle: Math.floor(last / 2), last }[place];
  };

  test.each(places)(
    'is found in the receipt of the %s act',
    async (place) => {
      const index = indexOf(place);
      const { policy } = ledger;
      const entry = entryBytes(ledger.entries[index] as WholeLedger['entries'][number]);
      const proof = await ledger.receiptOf(index);
      const sound = verifyReceipt({ proof, entry, policy });
      expect([sound.verdict, codesOf(sound)]).toEqual(['sound', []]);
      const text = textOf(proof) as string;
      const what = `receipt of entry ${index}`;
      const counts = await tryBits({ what, bytes: proof, sample: 200 }, (altered, bit) => {
        const among = expectedAt(text, Math.floor(bit / 8));
        return outcomeOf(verifyReceipt({ proof: altered, entry, policy }), among);
      });
      expect(Object.keys(counts)).toEqual(['found']);
    },
    testTimeoutMs,
  );

  /**
   * While one key of the log is changed for another both sign, and a policy names one of them. The
   * other's line is left alone (docs/formats/receipt.md), and nothing else in the receipt is.
   */
  test(
    'is found in a receipt under two keys, but for the line of the key that the policy has not',
    async () => {
      const { policy } = ledger;
      const entry = entryBytes(ledger.entries[3] as WholeLedger['entries'][number]);
      const plain = await ledger.receiptOf(3);
      const { text } = noteOf(ledger.objects.get('checkpoint') as Uint8Array);
      const older = specSigner(1);
      const signature = await older.sign(utf8(text));
      const line = formatSignatureLine({ ...older.key, signature });
      const proof = Uint8Array.from(Buffer.concat([plain, utf8(line)]));
      const told = textOf(proof) as string;
      const claims = (whole: string) =>
        whole.slice(whole.indexOf('\u2014')).split('\n').map(claimOf);
      const own = `${policy.log.name} `;
      const counts = await tryBits(
        { what: 'receipt under two keys', bytes: proof, sample: 400 },
        (altered, bit) => {
          const report = verifyReceipt({ proof: altered, entry, policy });
          if (Math.floor(bit / 8) < plain.length) {
            return outcomeOf(report, expectedAt(told, Math.floor(bit / 8)));
          }
          const [last, end, ...more] = claims(textOf(altered) ?? '').slice(4);
          const isLine = last?.startsWith(own) === true && end === undefined && more.length === 0;
          const isEnded = altered.at(-1) === 0x0a;
          if (!isLine || !isEnded) {
            return outcomeOf(report, ['log/note-malformed', 'receipt/malformed', unnamed]);
          }
          const isRight =
            report.verdict === 'sound' && codesOf(report).join() === 'log/signature-unknown';
          return isRight ? 'ignored by specification' : { wrong: canonicalJson(codesOf(report)) };
        },
      );
      expect(Object.keys(counts).sort()).toEqual(['found', 'ignored by specification']);
    },
    testTimeoutMs,
  );

  test.each(places)(
    'is found in the entry beside the receipt of the %s act',
    async (place) => {
      const index = indexOf(place);
      const { policy } = ledger;
      const entry = entryBytes(ledger.entries[index] as WholeLedger['entries'][number]);
      const proof = await ledger.receiptOf(index);
      const what = `entry.json of entry ${index}`;
      const counts = await tryBits({ what, bytes: entry, sample: 200 }, (altered) => {
        const report = verifyReceipt({ proof, entry: altered, policy });
        return outcomeOf(report, ['entry/not-included']);
      });
      expect(Object.keys(counts)).toEqual(['found']);
    },
    testTimeoutMs,
  );
});

describe('a file of evidence', () => {
  /** Says which bytes a reader got: all of them, or why there was an end before. */
  async function read(store: FolderBlobStore, digest: Digest): Promise<Outcome | 'whole'> {
    try {
      const bytes = await drained((await store.open(digest)).content);
      return digestOf(bytes) === digest ? 'whole' : { wrong: 'other bytes' };
    } catch (error) {
      if (error instanceof BlobCorrupt && error.digest === digest) return 'found';
      return { wrong: String(error) };
    }
  }

  async function drained(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    return Buffer.concat(parts);
  }

  /** The files as they were uploaded, in the ledger's own folder. */
  async function deposited(): Promise<FolderBlobStore> {
    const store = await FolderBlobStore.open(join(folder, 'blobs'));
    for (const [digest, bytes] of ledger.files) {
      await store.put(digest, oneByOne([bytes]), { sizeBytesMax: 1_000 });
    }
    return store;
  }

  const fileOf = (digest: Digest) => join(folder, 'blobs', blobPath(digest));

  test(
    'with a bit turned is given to nobody, under the digest that its entry names',
    async () => {
      const store = await deposited();
      const recorded = ledger.entries.flatMap(({ type, data }) =>
        type === 'evidence.deposited.v1' ? [(data as { evidence: Digest }).evidence] : [],
      );
      expect(recorded.toSorted()).toEqual([...ledger.files.keys()].toSorted());
      const [digest] = recorded as [Digest];
      const bytes = ledger.files.get(digest) as Uint8Array;
      expect(await read(store, digest)).toBe('whole');
      const what = 'evidence';
      const counts = await tryBits({ what, bytes, sample: 200 }, async (altered) => {
        await writeFile(fileOf(digest), altered);
        const outcome = await read(store, digest);
        return outcome === 'whole' ? { wrong: 'whole' } : outcome;
      });
      expect(Object.keys(counts)).toEqual(['found']);
      await writeFile(fileOf(digest), bytes);
      expect(await read(store, digest)).toBe('whole');
    },
    testTimeoutMs,
  );

  test('swapped with one of the same size is given to nobody, and each is named', async () => {
    const store = await deposited();
    const [one, other] = [...ledger.files.keys()] as [Digest, Digest];
    const [first, second] = await Promise.all([readFile(fileOf(one)), readFile(fileOf(other))]);
    expect(first.length).toBe(second.length);
    await writeFile(fileOf(one), second);
    await writeFile(fileOf(other), first);
    const found = await Promise.all(
      [one, other].map(async (digest) => {
        const { content } = await store.open(digest);
        const failure = await drained(content).catch((error: unknown) => error);
        const { found: there } = failure as BlobCorrupt;
        return failure instanceof BlobCorrupt && failure.digest === digest ? there : null;
      }),
    );
    expect(found).toEqual([other, one]);
  });
});
