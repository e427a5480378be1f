import { Agent, request } from 'node:http';
import { text as allOf } from 'node:stream/consumers';
import { growTo, openBenchLedger, submissions } from './bench-ledger.ts';
import type { Shot } from './load-generator.ts';
import { percentile, seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

const inFlight = 64;
const roundCount = 3;
/** Copies of the round in one turn: that many times fifty acts. */
const copiesAlone = 4;
const copiesTogether = 40;

/**
 * From the moment an act was answered, so recorded, until a published checkpoint covers it, as an
 * agency sees it that waits for its proof: acts one after the other, and 64 under way at a time.
 */
export async function measurePublishing(): Promise<Measured[]> {
  const bench = await openBenchLedger();
  await growTo(bench, 0, (copiesAlone + copiesTogether) * roundCount);
  const agent = new Agent({ keepAlive: true });
  const watch = new CheckpointWatch(agent, bench.ledger.url);
  const rows: Measured[] = [];
  let from = 0;
  for (const [what, copies, lanes] of [
    ['act to checkpoint, one act after the other', copiesAlone, 1],
    [`act to checkpoint, ${inFlight} acts under way`, copiesTogether, inFlight],
  ] as const) {
    const turns: { readonly p50Ms: number; readonly p99Ms: number }[] = [];
    for (let turn = 0; turn < roundCount; turn += 1) {
      const shots = submissions(bench, from, from + copies);
      from += copies;
      turns.push(await latencies({ agent, origin: bench.ledger.url, watch, shots, lanes }));
    }
    rows.push(
      { what: `${what}: p50`, unit: 'ms', spread: spreadOf(turns.map(({ p50Ms }) => p50Ms)) },
      { what: `${what}: p99`, unit: 'ms', spread: spreadOf(turns.map(({ p99Ms }) => p99Ms)) },
    );
  }
  watch.end();
  agent.destroy();
  return rows;
}

type Turn = {
  readonly agent: Agent;
  readonly origin: string;
  readonly watch: CheckpointWatch;
  readonly shots: readonly Shot[];
  readonly lanes: number;
};

/** The log grows by one entry for each act: the k-th answer is covered by the k-th new entry. */
async function latencies({ agent, origin, watch, shots, lanes }: Turn) {
  const before = await watch.settled();
  const answered: number[] = [];
  let next = 0;
  const lane = async () => {
    for (let shot = shots[next++]; shot !== undefined; shot = shots[next++]) {
      const { status } = await ask(agent, `${origin}${shot.path}`, shot);
      if (status !== 201) throw new Error(`${shot.path}: ${status}`);
      answered.push(seconds());
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const covered = await watch.reaching(before, shots.length);
  const sorted = answered
    .sort((a, b) => a - b)
    // An act may be covered before its own answer has come through.
    .map((at, index) => Math.max(0, ((covered[index] ?? NaN) - at) * 1_000))
    .sort((a, b) => a - b);
  return { p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99) };
}

/** Looks at the published checkpoint again and again and remembers when each size was first seen. */
class CheckpointWatch {
  private readonly seen: { readonly size: number; readonly at: number }[] = [];
  private isEnded = false;
  private readonly looking: Promise<void>;

  constructor(agent: Agent, origin: string) {
    this.looking = this.look(agent, `${origin}/log/checkpoint`);
    this.looking.catch(() => undefined);
  }

  end(): void {
    this.isEnded = true;
  }

  /** The size once it has stood for half a second. */
  async settled(): Promise<number> {
    return this.when(() => {
      const last = this.seen.at(-1);
      return last !== undefined && seconds() - last.at > 0.5 ? last.size : undefined;
    });
  }

  /** When the first, second and so on of `count` entries behind `before` was covered. */
  async reaching(before: number, count: number): Promise<readonly number[]> {
    const all = await this.when(() =>
      (this.seen.at(-1)?.size ?? 0) >= before + count ? this.seen : undefined,
    );
    return Array.from(
      { length: count },
      (_, index) => all.find(({ size }) => size > before + index)?.at ?? NaN,
    );
  }

  private async when<Result>(found: () => Result | undefined): Promise<Result> {
    for (;;) {
      const result = found();
      if (result !== undefined) return result;
      const left = new Promise((resolve) => setTimeout(resolve, 5));
      // What ends the looking ends the waiting.
      await Promise.race([left, this.looking.then(() => left)]);
    }
  }

  private async look(agent: Agent, url: string): Promise<void> {
    while (!this.isEnded) {
      const { text } = await ask(agent, url);
      const size = Number(text.split('\n')[1]);
      if (size !== this.seen.at(-1)?.size) this.seen.push({ size, at: seconds() });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function ask(
  agent: Agent,
  url: string,
  shot?: Shot,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const method = shot === undefined ? 'GET' : 'POST';
    const headers = { ...shot?.headers, ...(shot && { 'content-type': 'application/json' }) };
    const sent = request(url, { agent, method, headers }, (response) => {
      allOf(response).then((text) => {
        resolve({ status: response.statusCode ?? 0, text });
      }, reject);
    });
    sent.on('error', reject);
    sent.end(shot?.body);
  });
}
