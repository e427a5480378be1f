import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { percentile, seconds } from './statistics.ts';

/**
 * A closed loop of requests in a process of its own, so that what it costs to ask is not taken from
 * the one who is asked: so many are under way at any time, the next one leaves when one is answered.
 */
export type Shot = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Sent after this one was answered, over the same connection or another. */
  readonly then?: Shot;
};

export type Job = {
  readonly origin: string;
  readonly inFlight: number;
  readonly shots: readonly Shot[];
};

export type Outcome = {
  readonly tookSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The greatest Ledger-Position that was answered, if any was. */
  readonly lastPosition: string | null;
};

async function run({ origin, inFlight, shots }: Job): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const latencies: number[] = [];
  let lastPosition: string | null = null;
  let next = 0;
  const fire = async (shot: Shot) => {
    const started = performance.now();
    const { status, text, headers } = await post(agent, origin, shot);
    latencies.push(performance.now() - started);
    if (status !== 201) throw new Error(`${shot.path}: ${status} ${text}`);
    const position = headers['ledger-position'];
    if (typeof position === 'string' && (lastPosition === null || lastPosition < position)) {
      lastPosition = position;
    }
  };
  const lane = async () => {
    for (let shot = shots[next++]; shot !== undefined; shot = shots[next++]) {
      for (let one: Shot | undefined = shot; one !== undefined; one = one.then) await fire(one);
    }
  };
  const started = seconds();
  await Promise.all(Array.from({ length: inFlight }, lane));
  const tookSeconds = seconds() - started;
  agent.destroy();
  const sorted = latencies.sort((a, b) => a - b);
  const [p50Ms, p99Ms] = [percentile(sorted, 50), percentile(sorted, 99)];
  return { tookSeconds, p50Ms, p99Ms, lastPosition };
}

type Answer = {
  readonly status: number | undefined;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
};

function post(agent: Agent, origin: string, { path, headers, body }: Shot): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}${path}`, {
      method: 'POST',
      agent,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, text, headers: answer.headers }));
      answer.on('error', reject);
    });
    sent.end(body);
  });
}

// The parent sends jobs one after the other; it is answered the outcome, or the first fault.
process.on('message', (job: Job) => {
  run(job).then(
    (outcome) => process.send?.({ outcome }),
    (error: unknown) => process.send?.({ fault: String(error) }),
  );
});
