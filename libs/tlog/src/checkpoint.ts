import { hashBytes } from './merkle-tree.ts';
import type { Hash } from './merkle-tree.ts';
import { base64, fromBase64, isKeyName, malformed, parseSize, read } from './reading.ts';
import type { Parsed } from './reading.ts';

/** The text of a checkpoint (c2sp.org/tlog-checkpoint v1.0.0): which tree a log stands by. */
export type Checkpoint = {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  /** Further lines, read but never written by this ledger. */
  readonly extensions: readonly string[];
};

export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const lines = [origin, String(size), base64(root), ...extensions];
  return lines.map((line) => `${line}\n`).join('');
}

export function parseCheckpoint(text: string): Parsed<Checkpoint> {
  if (!text.endsWith('\n')) return malformed('the last line does not end');
  const [origin = '', sizeText = '', rootText = '', ...extensions] = text.slice(0, -1).split('\n');
  if (!isKeyName(origin)) return malformed('line 1 is not an origin');
  const size = parseSize(sizeText);
  if (size === undefined) return malformed('line 2 is not a tree size');
  const root = fromBase64(rootText);
  if (root?.length !== hashBytes) return malformed('line 3 is not a root hash');
  if (extensions.includes('')) return malformed('an empty extension line');
  return read({ origin, size, root, extensions });
}
