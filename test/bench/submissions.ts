import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import {
  copyFolder,
  ended,
  growTo,
  indicatorsPerRound,
  lives,
  openBenchLedger,
  processorSeconds,
  submissionBody,
  submissions,
  untilVisible,
} from './bench-ledger.ts';
import type { BenchLedger } from './bench-ledger.ts';
import { EmmettUnderTest } from './emmett-under-test.ts';
import { atEnd } from './endings.ts';
import { Load } from './load.ts';
import type { Shot } from './load-generator.ts';
import { LedgerUnderTest } from '../ledger-under-test.ts';
import { seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

const inFlight = 64;
const roundCount = 5;
/** Copies of the round for one round of measuring: two thousand submissions. */
const copiesAtOnce = 40;

/** What one round of measuring came to. */
type Burst = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly processorMs: number;
};

/**
 * Fires and waits for `settled`, if anything is to be waited for, before the clock is stopped. The
 * first shot at each round goes before the clock is started: a running ledger has its rounds in
 * memory, and here every round is new.
 */
async function burst(
  load: Load,
  { origin, processId }: { readonly origin: string; readonly processId: number },
  all: readonly Shot[],
  settled: (lastPosition: string | null) => Promise<void> = async () => undefined,
): Promise<Burst> {
  await load.run({ origin, inFlight, shots: all.slice(0, copiesAtOnce) });
  const shots = all.slice(copiesAtOnce);
  const processorBefore = await processorSeconds(processId);
  const started = seconds();
  const { p50Ms, p99Ms, lastPosition } = await load.run({ origin, inFlight, shots });
  await settled(lastPosition);
  const perSecond = shots.length / (seconds() - started);
  const used = (await processorSeconds(processId)) - processorBefore;
  return { perSecond, p50Ms, p99Ms, processorMs: (1_000 * used) / shots.length };
}

function measured(what: string, unit: string, bursts: readonly Burst[]): Measured[] {
  const of = (key: keyof Burst) => spreadOf(bursts.map((one) => one[key]));
  return [
    { what, unit, spread: of('perSecond') },
    { what: `${what}: p50 of one request`, unit: 'ms', spread: of('p50Ms') },
    { what: `${what}: p99 of one request`, unit: 'ms', spread: of('p99Ms') },
    {
      what: `${what}: processor time of the server for each`,
      unit: 'ms',
      spread: of('processorMs'),
    },
  ];
}

/**
 * Submissions with and without read models, lives, and the same submissions on Emmett, turn by turn
 * within one run: what the machine does beside it then hits all of them alike.
 */
export async function measureSubmissions(postgresUrl: string | undefined): Promise<Measured[]> {
  const load = new Load();
  const bench = await openBenchLedger();
  await growTo(bench, 0, copiesAtOnce * (roundCount + 1) + livesAtOnce * roundCount);
  const bare = await withoutReadModels(bench);
  const emmett = postgresUrl === undefined ? undefined : await EmmettUnderTest.start(postgresUrl);
  // Its first projection makes the table; of many at once doing so, all but one would fail.
  const first = emmett?.submissions(1, submissionBody(bench.evidence)) ?? [];
  if (emmett !== undefined) await load.run({ origin: emmett.origin, inFlight: 1, shots: first });
  const full: Burst[] = [];
  const fast: Burst[] = [];
  const other: Burst[] = [];
  const whole: Burst[] = [];
  const visible = (position: string | null) => untilVisible(bench, position);
  // The first turn warms up and is not counted.
  for (let turn = 0; turn <= roundCount; turn += 1) {
    const [from, to] = [turn * copiesAtOnce, (turn + 1) * copiesAtOnce];
    const shots = submissions(bench, from, to);
    full.push(await burst(load, target(bench.ledger), shots, visible));
    fast.push(await burst(load, target(bare), submissions(bench, from, to)));
    if (emmett !== undefined) {
      const body = submissionBody(bench.evidence);
      const theirs = emmett.submissions(copiesAtOnce * indicatorsPerRound, body);
      other.push(await burst(load, emmett, theirs));
    }
  }
  for (let turn = 0; turn < roundCount; turn += 1) {
    const from = copiesAtOnce * (roundCount + 1) + turn * livesAtOnce;
    whole.push(
      await burst(load, target(bench.ledger), lives(bench, from, from + livesAtOnce), visible),
    );
  }
  return [
    ...measured('submissions, read models kept up', '/s', full.slice(1)),
    ...measured('submissions, read models not followed', '/s', fast.slice(1)),
    ...(emmett === undefined
      ? []
      : measured('submissions on Emmett, inline projection', '/s', other.slice(1))),
    ...measured('lives (submit, endorse, verify), read models kept up', '/s', whole),
  ];
}

const livesAtOnce = 10;

function target(ledger: LedgerUnderTest) {
  return { origin: ledger.url, processId: ledger.processId };
}

/** The same ledger once more, on a server that never follows its events. */
async function withoutReadModels({ ledger }: BenchLedger): Promise<LedgerUnderTest> {
  await ledger.stop();
  const twin = new LedgerUnderTest(await copyFolder(ledger.folder));
  atEnd(() => ended(twin));
  await ledger.start();
  const before = process.env['NODE_OPTIONS'];
  const stub = pathToFileURL(join(import.meta.dirname, 'without-read-models.ts')).href;
  process.env['NODE_OPTIONS'] = `${before ?? ''} --import=${stub}`;
  await twin.start();
  if (before === undefined) delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = before;
  return twin;
}
