import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A ledger server as a process of its own, on a free loopback port. */
export type ServerProcess = { readonly url: string; stop(): Promise<void> };

/** The server did not come up; `lastLines` is what it said. */
export class ServerDidNotStart extends Error {}

/**
 * Starts the built server on `dataFolder`, with further settings, and resolves when it has printed
 * where it listens. Its log goes nowhere but into the message of a failed start.
 */
export async function startServerProcess(
  dataFolder: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const main = fileURLToPath(new URL('../../server/src/main.js', import.meta.url));
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    env: { ...process.env, LEDGER_DATA: dataFolder, LEDGER_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > 5) lastLines.shift();
  });
  const url = await listeningUrl(child, lastLines);
  return { url, stop: () => stop(child) };
}

async function listeningUrl(child: ChildProcess, lastLines: readonly string[]): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new ServerDidNotStart('the server has no output');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new ServerDidNotStart(`the server ended (${code}) ${lastLines.join(' ')}`));
    });
    createInterface({ input: stdout }).on('line', (line) => {
      const match = /^Listening on (http:\/\/\S+)/.exec(line);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
