import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FileUnreadable, PolicyUnusable } from './judge-files.ts';
import { Terminal } from './terminal.ts';
import { runVerify } from './verify.ts';
import type { VerifyOptions } from './verify.ts';

/** The vectors of docs/formats, and what people hand in by mistake in their place. */
const vectors = join(import.meta.dirname, '../../../test/vectors/formats');
const at = (path: string): string => join(vectors, path);
const proof = at('receipts/200/receipt.tlog-proof');
const right: VerifyOptions = {
  entry: at('receipts/200/entry.json'),
  policy: at('policy'),
  furtherKey: [],
  json: true,
};

let folder = '';
const made = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
  await writeFile(made('empty'), '');
  await mkdir(made('folder'));
  await writeFile(made('large'), '');
  await truncate(made('large'), 200_000_000);
});
afterAll(() => rm(folder, { recursive: true }));

async function verify(
  changes: Partial<VerifyOptions> = {},
  proofFile = proof,
): Promise<readonly [number, readonly string[]]> {
  let printed = '';
  const terminal = new Terminal('en', (text) => {
    printed += text;
  });
  const exitCode = await runVerify(terminal, proofFile, { ...right, ...changes });
  const { findings } = JSON.parse(printed) as { findings: { code: string }[] };
  return [exitCode, findings.map(({ code }) => code)];
}

describe('a file that is not the one meant is said in one sentence, and no verdict', () => {
  const wrong = ['empty', 'folder', 'large', 'nothing'] as const;
  const sentences = { empty: /is empty$/, folder: /is a folder/, large: /is longer/ };

  test.each(wrong)('%s', async (name) => {
    const file = made(name);
    const sentence = name === 'nothing' ? /is not there$/ : sentences[name];
    for (const [changes, proofFile] of [
      [{}, file],
      [{ entry: file }, proof],
      [{ policy: file }, proof],
    ] as const) {
      const error = await verify(changes, proofFile).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FileUnreadable);
      expect((error as Error).message).toMatch(sentence);
      expect((error as Error).message).toContain(file);
    }
  });

  test('a device that never ends', async () => {
    await expect(verify({}, '/dev/zero')).rejects.toThrow(FileUnreadable);
  });

  test('receipt and entry in each other’s place', async () => {
    await expect(verify({ entry: proof }, right.entry)).rejects.toThrow(/name the receipt first/);
    // With one of the two in both places it is the judge who speaks.
    expect(await verify({}, right.entry)).toEqual([1, ['receipt/malformed']]);
    expect(await verify({ entry: proof })).toEqual([1, ['entry/not-json', 'entry/not-included']]);
  });

  test('a key, an entry or a picture for a policy', async () => {
    const key = verify({ policy: at('log.vkey') });
    await expect(key).rejects.toThrow(/is a verifier key, not a policy/);
    const entry = await verify({ policy: right.entry }).catch((thrown: unknown) => thrown);
    expect(entry).toBeInstanceOf(PolicyUnusable);
    expect((entry as Error).message.length).toBeLessThan(300);
    await writeFile(made('steering'), `\u001b[2J ${'x'.repeat(500)}\n`);
    const steering = await verify({ policy: made('steering') }).catch((thrown: unknown) => thrown);
    expect(steering).toBeInstanceOf(PolicyUnusable);
    expect((steering as Error).message).not.toMatch(/\p{Cc}/u);
  });
});

describe('what is somewhat too long is judged', () => {
  test('an entry of one byte more, a receipt of as much as is read', async () => {
    const longer = at('altered/entries/too-long.json');
    expect(await verify({ entry: longer })).toEqual([1, ['entry/too-long', 'entry/not-included']]);
    await writeFile(made('mebibyte'), new Uint8Array(1_048_576));
    expect(await verify({}, made('mebibyte'))).toEqual([1, ['receipt/malformed']]);
    await writeFile(made('mebibyte'), new Uint8Array(1_048_577));
    await expect(verify({}, made('mebibyte'))).rejects.toThrow(FileUnreadable);
  });
});

describe('further keys of the log', () => {
  const ofRetired = at('altered/policies/of-retired-key');
  const anew = at('log.vkey');

  test('are named in words or as a file, and take nobody’s place', async () => {
    expect(await verify()).toEqual([0, []]);
    const words = (await readFile(anew, 'utf8')).trim();
    expect(await verify({ furtherKey: [words, anew] })).toEqual([0, []]);
    const missing = ['log/signature-missing'];
    expect(await verify({ policy: ofRetired })).toEqual([1, [...missing, 'log/signature-unknown']]);
    for (const key of [words, anew]) {
      expect(await verify({ policy: ofRetired, furtherKey: [key] })).toEqual([1, missing]);
    }
  });

  test('are keys, and of this log', async () => {
    const witness = (await readFile(right.policy, 'utf8')).split('\n')[1]?.split(' ')[2] ?? '';
    for (const key of [witness, right.policy, right.entry]) {
      await expect(verify({ furtherKey: [key] })).rejects.toThrow(PolicyUnusable);
    }
    await expect(verify({ furtherKey: ['no-key'] })).rejects.toThrow(FileUnreadable);
  });
});
