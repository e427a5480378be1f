import type { Logger } from 'pino';
import type { PublisherStatus, WitnessState } from '#transparency';

/** Lines about one witness, or about the quorum, in any minute: what comes and goes floods no log. */
export const linesPerMinuteMax = 6;
const minuteMs = 60_000;

/** What was said last of one subject, and when its latest lines were written. */
type Told = { readonly said: string; readonly linesAtMs: readonly number[] };

/**
 * Tells the server's log of witnesses and of the quorum, a line for each change: who runs the ledger
 * sees there why receipts wait. To be called with each look of the publisher. A change that would be
 * one too many in a minute is told later, as it stands then, and not at all if it has gone by.
 */
export function witnessTeller(
  log: Pick<Logger, 'info' | 'warn'>,
  nowMs: () => number = () => performance.now(),
): (status: PublisherStatus) => void {
  const told = new Map<string, Told>();
  const isNews = (subject: string, said: string): boolean => {
    const before = told.get(subject);
    if (before?.said === said) return false;
    const atMs = nowMs();
    const linesAtMs = (before?.linesAtMs ?? []).filter((lineAtMs) => atMs - lineAtMs < minuteMs);
    if (linesAtMs.length >= linesPerMinuteMax) return false;
    told.set(subject, { said, linesAtMs: [...linesAtMs, atMs] });
    return true;
  };
  return ({ witnesses, quorum, pending }) => {
    for (const witness of witnesses) {
      if (witness.state === 'unasked') continue;
      if (isNews(`witness ${witness.name}`, `${witness.state} ${witness.reason}`)) {
        tellOfWitness(log, witness);
      }
    }
    // As long as some were never asked, or not answered yet, there may still be enough.
    if (quorum === 'missing' && witnesses.some(({ state }) => state === 'unasked')) return;
    if (!isNews('quorum', quorum)) return;
    if (quorum === 'met') log.info({ quorum }, 'enough witnesses cosign');
    else log.warn({ quorum, pending }, 'checkpoints wait for the cosignatures of witnesses');
  };
}

function tellOfWitness(log: Pick<Logger, 'info' | 'warn'>, witness: WitnessState): void {
  const { name, state, treeSize, reason } = witness;
  const line = { witness: name, state, treeSize };
  if (state === 'cosigned') log.info(line, 'a witness cosigns');
  else log.warn({ ...line, reason }, 'a witness does not cosign');
}
