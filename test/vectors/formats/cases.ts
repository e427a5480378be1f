import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogCase, Tampering } from './logs.ts';
import type { ReceiptCase } from './receipts.ts';

export const vectorsFolder = import.meta.dirname;

export type HeadsCase = ReceiptCase & { readonly heads: string };
export type HeadProof = {
  readonly stream: string;
  readonly lastRevision: number;
  readonly index: number;
  readonly leaves: number;
  readonly hashes: readonly string[];
  readonly root: string;
  readonly holds: boolean;
};
export type Commitment = {
  readonly commitment: string;
  readonly salt: string;
  readonly particulars: {
    readonly name: string;
    readonly position: string;
    readonly agency: string;
  };
  readonly holds: boolean;
};
export type VectorIndex = {
  readonly receipts: readonly ReceiptCase[];
  readonly logs: readonly LogCase[];
  readonly heads: readonly HeadsCase[];
  readonly headProofs: readonly HeadProof[];
  readonly commitments: readonly Commitment[];
};

export function readIndex(): VectorIndex {
  return JSON.parse(readFileSync(join(vectorsFolder, 'index.json'), 'utf8')) as VectorIndex;
}

/** The log of a case as a folder to be judged: the vectors' own, or a changed copy at `copy`. */
export function folderOf({ folder, change }: LogCase, copy: string): string {
  const own = join(vectorsFolder, folder);
  if (change === undefined) return own;
  cpSync(own, copy, { recursive: true });
  tamper(copy, change);
  return copy;
}

function tamper(folder: string, change: Tampering): void {
  const file = join(folder, change.file);
  if ('remove' in change) return rmSync(file);
  if ('content' in change) {
    return cpSync(join(vectorsFolder, change.content), file, { recursive: true });
  }
  const bytes = readFileSync(file);
  if ('length' in change) return writeFileSync(file, bytes.subarray(0, change.length));
  bytes[change.at] = (bytes[change.at] as number) ^ change.xor;
  writeFileSync(file, bytes);
}

/** Kinds of fault, each once, in order of the alphabet: as the index lists them. */
export function kindsOf(faults: readonly string[]): string[] {
  return [...new Set(faults)].toSorted();
}
