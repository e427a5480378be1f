import { jsonText } from '#kernel';
import { openBenchLedger, shotOf, submissionBody, untilVisible } from './bench-ledger.ts';
import { Load } from './load.ts';
import { correction, round } from '../small-round.ts';
import { addDays, dayInVietnam, systemClock } from '#kernel';
import { percentile, seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

const actCount = 10_000;
const questionsAtOnce = 200;
const roundCount = 3;

/**
 * The state and the history of a figure that was handed in, returned and corrected five thousand
 * times, as of moments spread over all of its life.
 */
export async function measureAsOf(): Promise<Measured[]> {
  const bench = await openBenchLedger();
  const load = new Load();
  const figure = `${round}.I.1`;
  const lastDay = addDays(dayInVietnam(systemClock.now()), 30);
  const shots = [shotOf(bench, 'officer', `${figure}/submissions`, submissionBody(bench.evidence))];
  for (let revision = 0; shots.length < actCount; revision += 2) {
    const version = revision / 2 + 1;
    const remarks = [{ text: 'Chưa khớp báo cáo.', component: null }];
    const back = jsonText({ version, remarks, lastDay });
    shots.push(shotOf(bench, 'head', `${figure}/returns`, back, revision));
    const again = jsonText({ ...correction(`${version}.25`), kind: 'resubmission' });
    shots.push(shotOf(bench, 'officer', `${figure}/corrections`, again, revision + 1));
  }
  const { lastPosition } = await load.run({ origin: bench.ledger.url, inFlight: 1, shots });
  await untilVisible(bench, lastPosition);

  const ask = async (path: string) => {
    const answer = await fetch(`${bench.ledger.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${bench.tokens.checker}` },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text;
  };
  const { asOf } = JSON.parse(await ask(`/figures/${figure}`)) as { asOf: { leafIndex: number } };
  const moment = (at: number) => asOf.leafIndex - Math.floor((at * actCount) / questionsAtOnce);
  const kinds: [string, (at: number) => string][] = [
    ['the round’s figures as of a moment', (at) => `/rounds/${round}/figures?asOf=${moment(at)}`],
    ['the figure as of a moment', (at) => `/figures/${figure}?asOf=${moment(at)}`],
    [
      'its history as of a moment, one page',
      (at) => `/figures/${figure}/history?asOf=${moment(at)}`,
    ],
  ];
  const measured: Measured[] = [];
  for (const [what, path] of kinds) {
    const p50: number[] = [];
    const p99: number[] = [];
    for (let turn = 0; turn < roundCount; turn += 1) {
      const tookMs: number[] = [];
      for (let at = 0; at < questionsAtOnce; at += 1) {
        const started = seconds();
        await ask(path(at));
        tookMs.push(1_000 * (seconds() - started));
      }
      const sorted = tookMs.sort((a, b) => a - b);
      p50.push(percentile(sorted, 50));
      p99.push(percentile(sorted, 99));
    }
    measured.push({ what: `${what}: p50`, unit: 'ms', spread: spreadOf(p50) });
    measured.push({ what: `${what}: p99`, unit: 'ms', spread: spreadOf(p99) });
  }
  return measured;
}
