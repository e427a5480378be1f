import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jsonText } from '#kernel';
import { edgeCases } from '../../libs/tlog/src/ed25519.contract.ts';
import { folderOf, kindsOf, readIndex, vectorsFolder } from '../vectors/formats/cases.ts';

/**
 * A verifier that was written from docs/formats alone, in another language, finds in every vector what
 * is altered, and nothing in what is sound.
 */
const program = join(import.meta.dirname, '../../infra/judges/second-verifier.py');
const index = readIndex();
const at = (path: string): string => join(vectorsFolder, path);

const python = spawnSync('python3', ['--version'], { encoding: 'utf8' });
const hasPython = python.status === 0;
if (!hasPython && process.env['CI'] !== 'true') {
  process.stderr.write('second-verifier.spec: skipped in part, there is no python3\n');
}
const withPython = hasPython || process.env['CI'] === 'true' ? describe : describe.skip;

let folder = '';
let folders: readonly string[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-verifier-'));
  folders = index.logs.map((one) => folderOf(one, join(folder, one.name)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

withPython('the verifier that was written from docs/formats', () => {
  /** One process for all: it is asked a hundred times. */
  const judged = (asked: readonly (readonly string[])[]): readonly string[][] => {
    const input = jsonText(asked);
    const output = execFileSync('python3', [program, 'batch'], { input, encoding: 'utf8' });
    return (JSON.parse(output) as string[][]).map(kindsOf);
  };
  const expected = (
    cases: readonly { readonly name: string; readonly faults: readonly string[] }[],
  ) => cases.map(({ name, faults }) => [name, faults]);

  test('finds in every receipt what is wrong with it', () => {
    const found = judged(
      index.receipts.map(({ proof, entry, policy }) => {
        return ['receipt', at(proof), at(entry), at(policy)];
      }),
    );
    expect(index.receipts.map(({ name }, place) => [name, found[place]])).toEqual(
      expected(index.receipts),
    );
  });

  test('finds in every log what is wrong with it', () => {
    const found = judged(
      index.logs.map(({ policy, since }, place) => {
        const older = since === undefined ? [] : [at(since)];
        return ['log', folders[place] as string, at(policy), ...older];
      }),
    );
    expect(index.logs.map(({ name }, place) => [name, found[place]])).toEqual(expected(index.logs));
  });

  test('finds in every list of heads what is wrong with it', () => {
    const found = judged(
      index.heads.map(({ proof, entry, policy, heads }) => {
        return ['heads', at(proof), at(entry), at(policy), at(heads)];
      }),
    );
    expect(index.heads.map(({ name }, place) => [name, found[place]])).toEqual(
      expected(index.heads),
    );
  });

  test('tells true heads and names from others', () => {
    const heads = judged(
      index.headProofs.map(({ stream, lastRevision, ...one }) => {
        const numbers = [lastRevision, one.index, one.leaves].map(String);
        return ['head', stream, ...numbers, one.root, ...one.hashes];
      }),
    );
    expect(heads.map(({ length }) => length === 0)).toEqual(
      index.headProofs.map(({ holds }) => holds),
    );
    const names = judged(
      index.commitments.map(({ commitment, salt, particulars: { agency, name, position } }) => {
        return ['name', commitment, salt, agency, name, position];
      }),
    );
    expect(names.map(({ length }) => length === 0)).toEqual(
      index.commitments.map(({ holds }) => holds),
    );
  });

  test('finds any bit that is flipped in a receipt', () => {
    const [proof, entry] = ['receipt.tlog-proof', 'entry.json'].map((name) => {
      return at(`receipts/0/${name}`);
    }) as [string, string];
    const asked: string[][] = [];
    for (const file of [proof, entry]) {
      const bytes = readFileSync(file);
      // A step that shares no factor with eight: every place within a byte gets its turn.
      for (let bit = 0; bit < bytes.length * 8; bit += 51) {
        const byte = Math.floor(bit / 8);
        const copy = join(folder, `flipped-${asked.length}`);
        const flipped = (bytes[byte] as number) ^ (1 << (bit % 8));
        writeFileSync(copy, bytes.with(byte, flipped));
        const [p, e] = file === proof ? [copy, entry] : [proof, copy];
        asked.push(['receipt', p, e, at('policy')]);
      }
    }
    const found = judged(asked);
    expect(found.length).toBeGreaterThan(200);
    expect(found.flatMap((faults, place) => (faults.length === 0 ? [asked[place]] : []))).toEqual(
      [],
    );
  });

  test('takes no signature that ours refuse, and all that they take', () => {
    const cases = edgeCases();
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    const input = jsonText(
      cases.map(({ key, message, signature }) => [key, message, signature].map(hex)),
    );
    const asking = [
      'import json, sys',
      'sys.dont_write_bytecode = True',
      `sys.path.insert(0, ${jsonText(dirname(program))})`,
      'from second_verifier_ed25519 import signed_by',
      'print(json.dumps([signed_by(*map(bytes.fromhex, one)) for one in json.load(sys.stdin)]))',
    ];
    const output = execFileSync('python3', ['-c', asking.join('\n')], { input, encoding: 'utf8' });
    const found = JSON.parse(output) as boolean[];
    expect(cases.map(({ name }, place) => [name, found[place]])).toEqual(
      cases.map(({ name, isValid }) => [name, isValid]),
    );
  });

  test('says so in its exit code', () => {
    const exitOf = (...words: readonly string[]): number | null =>
      spawnSync('python3', [program, ...words]).status;
    const sound = [at('receipts/0/receipt.tlog-proof'), at('receipts/0/entry.json'), at('policy')];
    expect(exitOf('receipt', ...sound)).toBe(0);
    expect(exitOf('receipt', sound[0] as string, at('policy'), at('policy'))).toBe(1);
    expect(exitOf('receipt', ...sound.slice(0, 2), at('altered/policies/log-twice'))).toBe(2);
    expect(exitOf('receipt', sound[0] as string, at('nothing'), at('policy'))).toBe(2);
    expect(exitOf('proof', ...sound)).toBe(64);
    expect(exitOf('receipt', ...sound.slice(0, 1))).toBe(64);
  });
});
