import { cp, readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { jsonText } from '#kernel';
import type { Digest } from '#kernel';
import { freshFolder, LedgerUnderTest, recorded } from '../ledger-under-test.ts';
import type { Receipt } from '../ledger-under-test.ts';
import { checkingUnit, deposit, openSmallRound, round, statement } from '../small-round.ts';
import type { Member, SmallRound } from '../small-round.ts';
import { atEnd } from './endings.ts';
import { addCopies, copyOf } from './cloned-rounds.ts';
import type { Shot } from './load-generator.ts';
import { seconds } from './statistics.ts';

/** A province's round has about fifty indicators; every round here has just as many. */
export const indicatorsPerRound = 50;
export const lead = 'son_la.so_tc';

export type BenchLedger = {
  readonly ledger: LedgerUnderTest;
  readonly cast: SmallRound;
  /** A file that the lead agency deposited and may cite. */
  readonly evidence: Digest;
  /** Bearer tokens of an officer and a head of the lead agency, and of a checker. */
  readonly tokens: Readonly<Record<'officer' | 'head' | 'checker', string>>;
};

/**
 * A ledger with one round of fifty figures that nobody has handed in, entered over HTTP, and the
 * server running on it. With `lives` each figure was submitted, endorsed and verified.
 */
export async function openBenchLedger({
  lives = false,
  settings = {},
}: {
  readonly lives?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
} = {}): Promise<BenchLedger> {
  const ledger = new LedgerUnderTest(await freshFolder(), settings);
  await ledger.start();
  atEnd(() => ended(ledger));
  const codes = Array.from({ length: indicatorsPerRound }, (_, index) => `I.${index + 1}`);
  const cast = await openSmallRound(ledger, {
    indicators: codes.map((code) => ({ code, lead })),
    offices: [
      { login: 'officer', agency: lead, roles: ['officer'] },
      { login: 'head', agency: lead, roles: ['head'] },
      { login: 'checker', agency: 'son_la.so_khcn', unit: checkingUnit, roles: ['checker'] },
    ],
  });
  const evidence = await deposit(cast.member('officer'), lead, 'Báo cáo');
  if (lives) {
    for (const code of codes) await liveOneLife(cast, evidence, `/figures/${round}.${code}`);
  }
  const tokenOf = (login: string) => cast.member(login).bearer;
  const tokens = {
    officer: tokenOf('officer'),
    head: tokenOf('head'),
    checker: tokenOf('checker'),
  };
  return { ledger, cast, evidence, tokens };
}

async function liveOneLife(cast: SmallRound, evidence: Digest, path: string): Promise<void> {
  const version = { version: 1 };
  const act = async (member: Member, what: string, body: unknown, ifMatch?: number) => {
    const options = ifMatch === undefined ? {} : { ifMatch };
    return recorded(await member.post(`${path}/${what}`, body, options)) satisfies Receipt;
  };
  await act(cast.member('officer'), 'submissions', statement('1234.50', [evidence]));
  await act(cast.member('head'), 'endorsements', version, 0);
  await act(cast.member('checker'), 'verifications', verification, 1);
}

const verification = { version: 1, note: null, reviewBody: null, acceptance: null };

/** Stops the server, adds copies of the round, starts it again and waits for the read models. */
export async function growTo(
  bench: BenchLedger,
  from: number,
  to: number,
): Promise<{ readonly eventCount: number; readonly caughtUpSeconds: number }> {
  await bench.ledger.stop();
  const eventCount = await addCopies(bench.ledger.folder, { round, from, to });
  const started = seconds();
  await bench.ledger.start();
  await bench.ledger.untilReady();
  return { eventCount, caughtUpSeconds: seconds() - started };
}

/** The same folder once more, for something that changes it. */
export async function copyFolder(folder: string): Promise<string> {
  const copy = await freshFolder();
  await cp(folder, copy, { recursive: true });
  return copy;
}

export function submissionBody(evidence: Digest): string {
  return jsonText(statement('1234.50', [evidence]));
}

/** A submission for each figure of the copied rounds `from` to `to` (excluded). */
export function submissions(bench: BenchLedger, from: number, to: number): Shot[] {
  const body = submissionBody(bench.evidence);
  return figuresIn(from, to).map((figure) =>
    shotOf(bench, 'officer', `${figure}/submissions`, body),
  );
}

/** Submit, endorse, verify for each figure of the copied rounds, one after the other. */
export function lives(bench: BenchLedger, from: number, to: number): Shot[] {
  const body = submissionBody(bench.evidence);
  return figuresIn(from, to).map((figure) => {
    const verified = shotOf(bench, 'checker', `${figure}/verifications`, jsonText(verification), 1);
    const endorsed = {
      ...shotOf(bench, 'head', `${figure}/endorsements`, jsonText({ version: 1 }), 0),
      then: verified,
    };
    return { ...shotOf(bench, 'officer', `${figure}/submissions`, body), then: endorsed };
  });
}

/** Indicator by indicator over all rounds, so that no one round is asked for by everybody at once. */
function figuresIn(from: number, to: number): string[] {
  const rounds = to - from;
  return Array.from({ length: rounds * indicatorsPerRound }, (_, at) => {
    const code = `I.${Math.floor(at / rounds) + 1}`;
    return `${copyOf(round, from + (at % rounds))}.${code}`;
  });
}

export function shotOf(
  { tokens }: BenchLedger,
  who: keyof BenchLedger['tokens'],
  path: string,
  body: string,
  ifMatch?: number,
): Shot {
  return {
    path: `/api/v1/figures/${path}`,
    headers: {
      authorization: `Bearer ${tokens[who]}`,
      'idempotency-key': randomUUID(),
      ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
    },
    body,
  };
}

/** Processor time that a process has taken so far, in seconds; other users of the machine aside. */
export async function processorSeconds(processId: number): Promise<number> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8');
  // Behind the name, which may hold spaces: fields 14 and 15, in ticks of a hundredth (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Waits until what was written at the position can be read. */
export async function untilVisible(
  { ledger, tokens }: BenchLedger,
  position: string | null,
): Promise<void> {
  if (position === null) throw new Error('no position was answered');
  for (;;) {
    const answer = await fetch(`${ledger.url}/api/v1/me`, {
      headers: { authorization: `Bearer ${tokens.officer}`, 'ledger-position': position },
    });
    const text = await answer.text();
    if (answer.ok) return;
    if (answer.status !== 503) throw new Error(`${answer.status} ${text}`);
  }
}

/** Stopped as an operator stops it, so that a profile that was asked for is written; then removed. */
export async function ended(ledger: LedgerUnderTest): Promise<void> {
  await ledger.stop();
  await ledger.remove();
}
