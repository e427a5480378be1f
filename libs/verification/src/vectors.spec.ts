import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '#tlog';
import type { Policy } from '#tlog';
import { fsck } from './fsck.ts';
import type { FindingCode } from './finding-texts.ts';
import type { Finding } from './findings.ts';
import { MemoryLog } from './made-log.contract.ts';
import { verifyReceipt } from './receipt.ts';

/** The vectors of docs/formats: of each altered log and receipt the faults that must be found. */
type Change = {
  readonly file: string;
  readonly at?: number;
  readonly xor?: number;
  readonly length?: number;
  readonly content?: string;
};
type Vectors = {
  readonly logs: readonly {
    readonly name: string;
    readonly folder: string;
    readonly policy: string;
    readonly faults: readonly string[];
    readonly change?: Change;
    readonly since?: string;
  }[];
  readonly receipts: readonly {
    readonly name: string;
    readonly proof: string;
    readonly entry: string;
    readonly policy: string;
    readonly faults: readonly string[];
  }[];
};

const folder = new URL('../../../test/vectors/formats/', import.meta.url).pathname;
const read = (path: string) => Uint8Array.from(readFileSync(join(folder, path)));
const vectors = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Vectors;

function logIn(path: string, change?: Change): Map<string, Uint8Array> {
  const names = readdirSync(join(folder, path), { recursive: true, withFileTypes: true });
  const files = new Map(
    names
      .filter((one) => one.isFile())
      .map((one) => {
        const name = join(one.parentPath, one.name).slice(join(folder, path).length + 1);
        return [name, read(join(path, name))] as const;
      }),
  );
  if (change === undefined) return files;
  const { file, at, xor = 0, length, content } = change;
  const bytes = files.get(file)?.slice() ?? new Uint8Array(0);
  if (content !== undefined) return files.set(file, read(content));
  if (length !== undefined) return files.set(file, bytes.subarray(0, length));
  if (at !== undefined) {
    bytes[at] = (bytes[at] as number) ^ xor;
    return files.set(file, bytes);
  }
  files.delete(file);
  return files;
}

/** What the judge says in finer words than the pages do. */
const inTheWordsOfThePages: Partial<Record<FindingCode, string>> = {
  'entry/key-twice': 'entry/not-canonical',
  'entry/number-respelt': 'entry/not-canonical',
};

function faultsOf(findings: readonly Finding[]): string[] {
  const codes = findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code);
  return [...new Set(codes.map((code) => inTheWordsOfThePages[code] ?? code))].toSorted();
}

function policyIn(path: string): Policy | undefined {
  const policy = parsePolicy(read(path));
  return policy.ok ? policy.value : undefined;
}

/** The tile above tells which entry it is, so that the root is made from the right ones. */
const settledByTheTileAbove = ['entry-flipped'];

describe('the logs of the vectors', () => {
  test.each(vectors.logs.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    const source = new MemoryLog(logIn(one.folder, one.change));
    const policy = policyIn(one.policy);
    if (policy === undefined) throw new Error(`${one.policy} is no policy`);
    const since = one.since === undefined ? {} : { since: read(one.since) };
    const report = await fsck({ source, policy, ...since });
    const expected = settledByTheTileAbove.includes(name)
      ? one.faults.filter((code) => code !== 'log/root-differs')
      : one.faults;
    expect(faultsOf(report.findings)).toEqual(expected);
    expect(report.verdict).toBe(expected.length === 0 ? 'sound' : 'unsound');
  });
});

describe('the receipts of the vectors', () => {
  test.each(vectors.receipts.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const policy = policyIn(one.policy);
    if (policy === undefined) {
      expect(one.faults).toEqual(['policy/malformed']);
      return;
    }
    const report = verifyReceipt({ proof: read(one.proof), entry: read(one.entry), policy });
    expect(faultsOf(report.findings)).toEqual(one.faults);
    expect(report.verdict).toBe(one.faults.length === 0 ? 'sound' : 'unsound');
  });
});
