import { bareHex, digestOf, parseCount } from '#kernel';

/**
 * How much the fault tests do, as the environment asks for it (docs/operating/testing.md). CI takes
 * more than a developer waits for, `npm run test:long` more than CI has time for.
 */
const isCi = process.env['CI'] === 'true';

function chosen(name: string, otherwise: number): number {
  return parseCount(process.env[name] ?? '') ?? otherwise;
}

/** Kills at moments that nobody chose. */
export const killCount = chosen('LEDGER_TEST_KILLS', isCi ? 50 : 5);

/** Kills at each named point. */
export const killsAtPoint = chosen('LEDGER_TEST_POINT_KILLS', 1);

/** Writers at once; at least five, of whom four keep files and people and the rest figures. */
export const writerCount = Math.max(5, chosen('LEDGER_TEST_WRITERS', 16));

/** A number below `most` that depends on the seed and on what it is for, and on nothing else. */
export function drawn(seed: string, purpose: string, most: number): number {
  const bytes = Buffer.from(bareHex(digestOf(`${seed} ${purpose}`)), 'hex');
  return bytes.readUInt32BE(0) % most;
}
