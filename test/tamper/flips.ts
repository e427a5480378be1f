import { afterAll, expect } from '@jest/globals';
import { parseCount } from '#kernel';
import { drawn } from '../faults/chosen.ts';

/**
 * Which bits are tried. `LEDGER_TEST_TAMPER=full` takes every one; otherwise a sample is drawn, the
 * same for the same `LEDGER_TEST_TAMPER_SEED`, always with the first and the last bit.
 */
export const isFull = process.env['LEDGER_TEST_TAMPER'] === 'full';
export const seed = parseCount(process.env['LEDGER_TEST_TAMPER_SEED'] ?? '') ?? 1969;
export const testTimeoutMs = isFull ? 7_200_000 : 60_000;

/** Numbers below `count`, in order: all of them, or about `sample` of them. */
export function chosen(purpose: string, count: number, sample: number): readonly number[] {
  if (isFull || sample >= count) return Array.from({ length: count }, (_, at) => at);
  return drawnOnes(purpose, count, sample);
}

/** About `sample` of the numbers below `count`, also where all others are taken whole. */
export function drawnOnes(purpose: string, count: number, sample: number): readonly number[] {
  const picked = new Set([0, count - 1]);
  for (let n = 0; n < sample; n += 1) picked.add(drawn(String(seed), `${purpose} ${n}`, count));
  return [...picked].toSorted((left, right) => left - right);
}

/** The same bytes with one bit turned; bit 0 is the lowest of the first byte. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const other = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8);
  other[at] = (other[at] as number) ^ (1 << (bit % 8));
  return other;
}

/**
 * `found`: unsound, and where. `could not be read`: nothing is told, and the verdict is not
 * "sound". `wrong` says in words what should have been said and was not.
 */
export type Outcome =
  'found' | 'could not be read' | 'ignored by specification' | { readonly wrong: string };

export type Flips = {
  readonly what: string;
  readonly bytes: Uint8Array;
  /** How many bits are tried where not all are. */
  readonly sample: number;
  /** Too large to be taken whole: the full form draws from it as well, so many times more. */
  readonly isDrawn?: boolean;
  /** True where the caller reports many of them in one line. */
  readonly isQuiet?: boolean;
};

const wrongsShown = 20;
const drawnInFull = 125;

/** Of all calls in one file of tests. */
const totals = new Map<string, number>();

/**
 * Turns one bit after another and asks what is said of it. Every single one must be found or be
 * ignored for a reason: fails with the bits for which neither holds. Answers how many were which.
 */
export async function tryBits(
  { what, bytes, sample, isDrawn = false, isQuiet = false }: Flips,
  judge: (altered: Uint8Array, bit: number) => Outcome | Promise<Outcome>,
): Promise<Readonly<Record<string, number>>> {
  const count = bytes.length * 8;
  const bits = isDrawn
    ? drawnOnes(what, count, isFull ? drawnInFull * sample : sample)
    : chosen(what, count, sample);
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  for (const bit of bits) {
    const outcome = await judge(flipped(bytes, bit), bit);
    const name = typeof outcome === 'string' ? outcome : 'wrong';
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (typeof outcome === 'string' || wrong.length >= wrongsShown) continue;
    wrong.push(`bit ${bit}, byte ${Math.floor(bit / 8)}: ${outcome.wrong}`);
  }
  if (isFull && !isQuiet) report(`${what}: ${bits.length} of ${count} bits: ${wordsOf(counts)}`);
  for (const [name, often] of counts) totals.set(name, (totals.get(name) ?? 0) + often);
  expect(wrong).toEqual([]);
  return Object.fromEntries(counts);
}

function wordsOf(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

afterAll(() => {
  if (totals.size > 0) report(`all bits together: ${wordsOf(totals)}`);
});

/** One line for whoever runs the tests: a count that fell is worth a look. */
export function report(line: string): void {
  process.stderr.write(`tamper (${isFull ? 'full' : 'sample'}, seed ${seed}): ${line}\n`);
}
