import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { emptyRoot, formatVerifierKey, parseTlogProof, formatTlogProof, utf8 } from '#tlog';
import type { TlogProof } from '#tlog';
import { describeWithPart } from '#testing';
import { specSigner } from '../../libs/transparency/src/made-up-log.contract.ts';
import { freshFolder } from '../ledger-under-test.ts';
import { entryOf, makeJudgedLog, receiptOf } from './judged-log.ts';
import type { JudgedLog } from './judged-log.ts';
import { judged } from './programs.ts';
import { WitnessUnderTest } from './witness-under-test.ts';

/**
 * Receipts of ours before `proofbundle`, a verifier of `.tlog-proof` files by a third party, with
 * cosignatures of two witness programs under them. A receipt is worth something only if somebody who
 * has nothing from us but the file and the keys can tell a true one from an altered one.
 */
const size = 1_000;
const index = 777;

type Claim = {
  readonly proof: Uint8Array;
  readonly entry: Uint8Array;
  readonly logKey: string;
  readonly origin: string;
  readonly witnessKeys: readonly string[];
  readonly threshold: number;
};

describeWithPart('LEDGER_TEST_PROOFBUNDLE', 'a receipt before proofbundle', (program) => {
  let folder: string;
  let log: JudgedLog;
  let ours: Claim;
  let witnesses: readonly WitnessUnderTest[];
  let written = 0;

  beforeAll(async () => {
    folder = await freshFolder();
    log = await makeJudgedLog(folder, { size, olderSize: 400 });
    const signed = await readFile(join(log.folder, 'checkpoint'));
    witnesses = await Promise.all(
      ['north', 'south'].map(async (name) => {
        await mkdir(join(folder, name));
        return new WitnessUnderTest(`${name}.invalid/witness`, join(folder, name));
      }),
    );
    const lines: string[] = [];
    for (const witness of witnesses) {
      await witness.start(log.key);
      const body = Buffer.concat([utf8('old 0\n\n'), signed]);
      const answer = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
      expect(answer.status).toBe(200);
      lines.push(await answer.text());
    }
    const checkpoint = Buffer.concat([signed, utf8(lines.join(''))]);
    ours = {
      proof: await receiptOf(log, index, checkpoint),
      entry: await entryOf(log, index),
      logKey: log.key,
      origin: log.origin,
      witnessKeys: witnesses.map(({ key }) => key),
      threshold: 2,
    };
  });

  afterAll(async () => {
    for (const witness of witnesses) await witness.kill();
    await rm(folder, { recursive: true, force: true });
  });

  /** `ok` as it says in its JSON; its exit code must say the same. */
  async function isAccepted(changed: Partial<Claim> = {}): Promise<boolean> {
    const claim = { ...ours, ...changed };
    const place = join(folder, `claim-${(written += 1)}`);
    await writeFile(`${place}.tlog-proof`, claim.proof);
    await writeFile(`${place}.json`, claim.entry);
    const { exitCode, said } = await judged(program, [
      'verify-proof',
      ...['--payload-file', `${place}.json`],
      ...['--log-vkey', claim.logKey],
      ...['--expected-origin', claim.origin],
      ...claim.witnessKeys.flatMap((key) => ['--witness-vkey', key]),
      ...['--threshold', String(claim.threshold)],
      ...['--json', `${place}.tlog-proof`],
    ]);
    const { ok } = JSON.parse(said) as { ok: boolean };
    expect([exitCode === 0, said]).toEqual([ok, said]);
    return ok;
  }

  /** The same receipt with something changed in it. */
  function changed(change: (proof: TlogProof) => Partial<TlogProof>): Uint8Array {
    const proof = parseTlogProof(ours.proof);
    if (!proof.ok) throw new TypeError(proof.fault);
    return formatTlogProof({ ...proof.value, ...change(proof.value) });
  }

  const inCheckpoint = (change: (text: string) => string) =>
    changed(({ checkpoint }) => {
      const text = Buffer.from(checkpoint).toString();
      const other = change(text);
      expect(other).not.toBe(text);
      return { checkpoint: utf8(other) };
    });

  describe('is accepted', () => {
    test.each([0, 1, 2])('with %d witnesses wanted', async (threshold) => {
      expect(await isAccepted({ threshold })).toBe(true);
    });

    test.each([0, 1, 255, 256, 511, 512, 767, 768, 998, 999])('for entry %d', async (other) => {
      const { checkpoint } = (parseTlogProof(ours.proof) as { value: TlogProof }).value;
      const proof = await receiptOf(log, other, checkpoint);
      expect(await isAccepted({ proof, entry: await entryOf(log, other) })).toBe(true);
    });
  });

  describe('is refused', () => {
    test('for another entry, and for one with a bit flipped', async () => {
      expect(await isAccepted({ entry: await entryOf(log, index + 1) })).toBe(false);
      const entry = Uint8Array.from(ours.entry);
      entry[100] = (entry[100] as number) ^ 1;
      expect(await isAccepted({ entry })).toBe(false);
    });

    test.each<[string, (proof: TlogProof) => Partial<TlogProof>]>([
      ['another index', () => ({ index: index - 1 })],
      ['an index beyond the tree', () => ({ index: size })],
      ['a hash too few', ({ hashes }) => ({ hashes: hashes.slice(1) })],
      ['a hash too many', ({ hashes }) => ({ hashes: [...hashes, emptyRoot] })],
      ['a wrong hash', ({ hashes }) => ({ hashes: [emptyRoot, ...hashes.slice(1)] })],
      ['its hashes in another order', ({ hashes }) => ({ hashes: hashes.toReversed() })],
    ])('with %s', async (_, change) => {
      expect(await isAccepted({ proof: changed(change) })).toBe(false);
    });

    test('under another size, root or origin than was signed', async () => {
      const texts: ((text: string) => string)[] = [
        (text) => text.replace(`\n${size}\n`, `\n${size + 1}\n`),
        (text) => text.replace(log.root, Buffer.from(emptyRoot).toString('base64')),
        (text) => text.replace(log.origin, `${log.origin}2`),
      ];
      for (const change of texts) {
        expect(await isAccepted({ proof: inCheckpoint(change), threshold: 0 })).toBe(false);
      }
      expect(await isAccepted({ origin: `${log.origin}2` })).toBe(false);
    });

    test('without the signature of the log, or under another key of it', async () => {
      const unsigned = inCheckpoint((text) => text.replace(/\n\u2014 ledger.*\n/, '\n'));
      expect(await isAccepted({ proof: unsigned })).toBe(false);
      expect(await isAccepted({ logKey: formatVerifierKey(specSigner(2).key) })).toBe(false);
    });

    test('when fewer witnesses signed than are wanted', async () => {
      const without = inCheckpoint((text) => text.replace(/\n\u2014 south.*\n/, '\n'));
      expect(await isAccepted({ proof: without })).toBe(false);
      expect(await isAccepted({ proof: without, threshold: 1 })).toBe(true);
      expect(await isAccepted({ threshold: 3 })).toBe(false);
      const [north = ''] = ours.witnessKeys;
      expect(await isAccepted({ witnessKeys: [north] })).toBe(false);
      expect(await isAccepted({ witnessKeys: [north, north] })).toBe(false);
    });

    test('when a cosignature is not of this checkpoint', async () => {
      // The last line ends in the signature of `south`; these characters are amid its bytes.
      const forged = inCheckpoint((text) => {
        const place = text.length - 40;
        return `${text.slice(0, place)}${text[place] === 'A' ? 'B' : 'A'}${text.slice(place + 1)}`;
      });
      expect(await isAccepted({ proof: forged })).toBe(false);
    });
  });
});
