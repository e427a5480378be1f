import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as allOf } from 'node:stream/consumers';

/** How a judge ended, and all it said on both streams. */
export type Verdict = { readonly exitCode: number | null; readonly said: string };

/** Two minutes: Tessera's fsck may hang instead of failing (CONTRACTS 10). */
const patienceMs = 120_000;

/** Runs a program of somebody else to its end. */
export async function judged(program: string, argv: readonly string[]): Promise<Verdict> {
  const child = spawn(program, argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([allOf(child.stdout), allOf(child.stderr)]);
  const [exitCode] = (await ended) as [number | null];
  return { exitCode, said: `${stdout}${stderr}` };
}

/**
 * Waits until a condition holds, looking again and again; rejects after half a minute, because a
 * condition that never comes would leave the run waiting for good.
 */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`never came true: ${String(condition)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
