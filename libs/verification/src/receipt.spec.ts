import { describe, expect, test } from '@jest/globals';
import { digestOf, hex } from '#kernel';
import {
  base64,
  formatTlogProof,
  leafHash,
  perfectRoot,
  proveInclusion,
  textOf,
  utf8,
} from '#tlog';
import type { TlogProof } from '#tlog';
import { logKey, logOrigin, MadeStory, placesOf, policyFor } from './made-log.contract.ts';
import { readPolicy, rootOfFirst, secondKey, signedHead, signerKey } from './made-log.contract.ts';
import { strangeKey, witnessKeys } from './made-log.contract.ts';
import type { SignerKey } from './made-log.contract.ts';
import { verifyReceipt } from './receipt.ts';
import type { ReceiptOptions } from './receipt.ts';

const size = 11;
const { entries } = MadeStory.of(size);
const root = rootOfFirst(entries, size);
const policy = policyFor('group g 2 w0 w1 w2\nquorum g');
const [w0, w1, w2] = witnessKeys as [SignerKey, SignerKey, SignerKey];
const usual = [logKey, w0, w1];

async function proofOf(index: number, changes: Partial<TlogProof> = {}): Promise<Uint8Array> {
  const hashes = await proveInclusion(index, size, async (subtrees) =>
    subtrees.map(({ level, index: at }) =>
      perfectRoot(entries.slice(at * 2 ** level, (at + 1) * 2 ** level).map(leafHash)),
    ),
  );
  const checkpoint = signedHead({ size, root }, usual);
  return formatTlogProof({ extra: undefined, index, hashes, checkpoint, ...changes });
}

const entry = entries[6] as Uint8Array;

async function judge(changes: Partial<TlogProof> = {}, options: Partial<ReceiptOptions> = {}) {
  const proof = await proofOf(6, changes);
  const report = verifyReceipt({ proof, entry, policy, ...options });
  return { ...report, places: placesOf(report.findings) };
}

/** As a line that nobody named is told: the key's name and ID. */
const told = ({ verifier: { name, keyId } }: SignerKey, as = name) => `${as}+${hex(keyId)}`;

const signedBy = (...signers: readonly SignerKey[]) => ({
  checkpoint: signedHead({ size, root }, signers),
});

describe('a sound receipt', () => {
  test.each(entries.map((_, index) => index))('of entry %d', async (index) => {
    const own = entries[index] as Uint8Array;
    const { id, stream, revision, type, metadata } = JSON.parse(textOf(own) ?? '') as never;
    const { recordedAt, actor } = metadata as { recordedAt: string; actor: object };
    expect(verifyReceipt({ proof: await proofOf(index), entry: own, policy })).toEqual({
      verdict: 'sound',
      findings: [],
      facts: {
        index,
        size,
        origin: logOrigin,
        root: base64(root),
        digest: digestOf(own),
        id,
        stream,
        revision,
        type,
        recordedAt,
        actor,
        witnesses: [
          { name: 'w0', time: '2026-11-18T11:06:44.000Z' },
          { name: 'w1', time: '2026-11-18T11:06:45.000Z' },
        ],
      },
    });
  });

  test('has witnesses in the order of the policy, and more than are asked for', async () => {
    const { verdict, facts } = await judge(signedBy(w2, w1, logKey, w0));
    expect(verdict).toBe('sound');
    expect(facts?.witnesses.map(({ name }) => name)).toEqual(['w0', 'w1', 'w2']);
  });

  test('may bear the line of another key of the log, which is said', async () => {
    const both = signedBy(logKey, secondKey, w0, w1);
    expect(await judge(both)).toMatchObject({
      verdict: 'sound',
      places: [{ code: 'log/signature-unknown', found: told(secondKey) }],
    });
    const furtherKeys = [secondKey.verifier];
    expect(await judge(both, { furtherKeys })).toMatchObject({ verdict: 'sound', places: [] });
    // Nothing is asked of a further key, but what claims to be of it is looked at.
    expect(await judge({}, { furtherKeys })).toMatchObject({ verdict: 'sound', places: [] });
    const wrong = { ...secondKey, sign: () => secondKey.sign('another text\n') };
    const claimed = await judge(signedBy(...usual, wrong), { furtherKeys });
    expect(claimed).toMatchObject({
      verdict: 'unsound',
      places: [{ code: 'log/signature-invalid', found: secondKey.text }],
    });
    const ofOther = [signerKey('witness.invalid/stranger', 8).verifier];
    const stranger = signedBy(...usual, signerKey('witness.invalid/stranger', 8));
    expect((await judge(stranger, { furtherKeys: ofOther })).verdict).toBe('unsound');
    const instead = await judge(signedBy(secondKey, w0, w1), { furtherKeys });
    expect(instead.places).toEqual([{ code: 'log/signature-missing', detail: logOrigin }]);
  });

  test('may have lines in its checkpoint that the log signed, which is said', async () => {
    const checkpoint = signedHead({ size, root, extensions: ['more'] }, usual);
    expect(await judge({ checkpoint })).toMatchObject({
      verdict: 'sound',
      places: [{ code: 'receipt/extension-line', found: 'more' }],
    });
  });
});

describe('a receipt that does not hold', () => {
  const note = textOf(signedHead({ size, root }, usual)) ?? '';

  test('has another form', async () => {
    expect(verifyReceipt({ proof: utf8('x'), entry, policy })).toMatchObject({
      verdict: 'unsound',
      facts: undefined,
      findings: [{ code: 'receipt/malformed', detail: 'no blank line before the checkpoint' }],
    });
  });

  test('has a line that nobody signs', async () => {
    const { verdict, places, facts } = await judge({ extra: Uint8Array.of(1, 2, 3) });
    expect(verdict).toBe('unsound');
    expect(places).toEqual([{ code: 'receipt/extra-line', detail: '3 bytes' }]);
    expect(facts?.index).toBe(6);
  });

  test.each([
    ['no note', 'x', 'log/note-malformed', 'no blank line before the signatures'],
    [
      'no checkpoint',
      note.replace('\n11\n', '\n011\n'),
      'log/checkpoint-malformed',
      'line 2 is not a tree size',
    ],
  ] as const)('has %s', async (_, text, code, detail) => {
    const { places, facts } = await judge({ checkpoint: utf8(text) });
    expect(places).toEqual([{ code, detail }]);
    expect(facts).toBeUndefined();
  });

  test('is of another log', async () => {
    const other = signerKey('ledger.invalid/other', 9);
    const foreign = readPolicy(`log ${other.text}\nquorum none`);
    expect((await judge(signedBy(logKey), { policy: foreign })).places).toEqual([
      { code: 'log/origin-differs', detail: `${logOrigin}, not ledger.invalid/other` },
      { code: 'log/signature-missing', detail: 'ledger.invalid/other' },
      { code: 'receipt/signature-unnamed', found: told(logKey) },
    ]);
  });

  test('is not signed by the log', async () => {
    expect((await judge(signedBy(strangeKey, w0, w1))).places).toEqual([
      { code: 'log/signature-missing', detail: logOrigin },
      { code: 'log/signature-unknown', found: told(strangeKey) },
    ]);
    const wrong = { ...logKey, sign: () => logKey.sign('another text\n') };
    expect((await judge(signedBy(wrong, w0, w1))).places).toEqual([
      { code: 'log/signature-invalid', detail: logOrigin },
    ]);
  });

  test('has too few witnesses, or one of something else', async () => {
    expect((await judge(signedBy(logKey, w2))).places).toEqual([
      { code: 'log/quorum-missing', detail: '1 valid cosignatures' },
    ]);
    const wrong = { ...w2, sign: () => w2.sign('another text\n') };
    const { places, facts } = await judge(signedBy(logKey, w0, w1, wrong));
    expect(places).toEqual([{ code: 'log/witness-signature-invalid', detail: 'w2' }]);
    expect(facts?.witnesses.map(({ name }) => name)).toEqual(['w0', 'w1']);
  });

  test('bears the line of a stranger', async () => {
    const stranger = signerKey('witness.invalid/stranger', 8, 1n);
    expect((await judge(signedBy(...usual, stranger))).places).toEqual([
      { code: 'receipt/signature-unnamed', found: told(stranger) },
    ]);
    // Neither a known name with another key, nor a known key under another name.
    const otherKey = signerKey('witness.invalid/4', 8, 1n);
    const otherName = { ...w0, sign: (text: string) => ({ ...w0.sign(text), name: 'x' }) };
    expect((await judge(signedBy(...usual, otherKey, otherName))).places).toEqual([
      { code: 'receipt/signature-unnamed', found: told(otherKey) },
      { code: 'receipt/signature-unnamed', found: told(w0, 'x') },
    ]);
  });

  test('bears two lines of one key', async () => {
    expect((await judge(signedBy(...usual, w1))).places).toEqual([
      { code: 'receipt/signature-twice', found: 'witness.invalid/5' },
    ]);
    expect((await judge(signedBy(...usual, strangeKey, strangeKey))).places).toEqual([
      { code: 'log/signature-unknown', found: told(strangeKey) },
      { code: 'log/signature-unknown', found: told(strangeKey) },
      { code: 'receipt/signature-twice', found: logOrigin },
    ]);
  });

  test('is of another entry, place, size or root', async () => {
    const differs = (index: number) => [
      { code: 'entry/not-included', detail: `not entry ${index} of ${size}` },
    ];
    const other = await judge({}, { entry: entries[5] as Uint8Array });
    expect(other.places).toEqual(differs(6));
    expect(other.facts?.digest).toBe(digestOf(entries[5] as Uint8Array));
    expect((await judge({ index: 5 })).places).toEqual(differs(5));
    expect((await judge({ index: 11 })).places).toEqual(differs(11));
    expect((await judge({ hashes: [] })).places).toEqual(differs(6));
    const checkpoint = signedHead({ size, root: leafHash(entry) }, usual);
    expect((await judge({ checkpoint })).places).toEqual(differs(6));
  });

  test('is of something that is no entry', async () => {
    const { places, facts } = await judge({}, { entry: utf8('{}') });
    expect(places).toEqual([
      { code: 'entry/shape', detail: 'data' },
      { code: 'entry/not-included', detail: 'not entry 6 of 11' },
    ]);
    expect(facts).toBeUndefined();
    const malformed = verifyReceipt({ proof: utf8('x'), entry: utf8('{}'), policy });
    expect(malformed.findings.map(({ code }) => code)).toEqual([
      'entry/shape',
      'receipt/malformed',
    ]);
  });

  test('tells stream and revision of an entry with a fault of form', async () => {
    const story = MadeStory.of(6).tell('spec-1', { type: 'no type' });
    const own = story.entries[6] as Uint8Array;
    expect((await judge({}, { entry: own })).places).toEqual([
      { code: 'entry/shape', detail: 'type', stream: 'spec-1', revision: 1 },
      { code: 'entry/not-included', detail: 'not entry 6 of 11' },
    ]);
  });
});
