import { EventStoreDBClient } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedNode } from './node.ts';

/**
 * SIGKILL under load. The node runs in one process and the client in another: a connection that
 * breaks with appends in flight can bring a client process down, which must not be this one.
 */
const host = `
  import { startEmbeddedNode } from '#embedded-event-store/node';
  const node = await startEmbeddedNode({ file: process.argv[1] });
  console.log(node.connectionString);`;

/** 32 writers, each to a stream of its own; prints an event only after it was acknowledged. */
const load = `
  import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
  process.on('uncaughtException', () => process.exit(0));
  const client = EventStoreDBClient.connectionString(process.argv[1]);
  async function write(writer) {
    let expectedRevision = 'no_stream';
    for (let n = 0; ; n += 1) {
      const events = [0, 1].map((part) => jsonEvent({ type: 'load', data: { writer, n, part } }));
      const result = await client.appendToStream('load-' + writer, events, { expectedRevision });
      expectedRevision = result.nextExpectedRevision;
      for (const event of events) console.log(writer + ' ' + event.id);
    }
  }
  await Promise.allSettled(Array.from({ length: 32 }, (_, writer) => write(writer)));
  process.exit(0);`;

let folder: string;
let file: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-node-'));
  file = join(folder, 'events.db');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function run(script: string, argument: string): { child: ChildProcess; lines: Interface } {
  const flags = ['--conditions=ledger-source', '--disable-warning=ExperimentalWarning'];
  const argv = [...flags, '--input-type=module', '-e', script, argument];
  // The project root, so that both scripts find the packages and the doors of our libraries.
  const cwd = fileURLToPath(new URL('../../..', import.meta.url));
  const child = spawn(process.execPath, argv, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout }) };
}

/** Runs load until so many events were acknowledged, kills the node, returns all that were. */
async function killUnderLoad(acknowledgedMin: number): Promise<string[]> {
  const node = run(host, file);
  const [connectionString] = (await once(node.lines, 'line')) as [string];
  const client = run(load, connectionString);
  const acknowledged: string[] = [];
  client.lines.on('line', (line) => {
    acknowledged.push(line);
    if (acknowledged.length === acknowledgedMin) node.child.kill('SIGKILL');
  });
  await Promise.all([once(client.lines, 'close'), once(client.child, 'exit')]);
  expect(node.child.signalCode ?? (await once(node.child, 'exit'))[1]).toBe('SIGKILL');
  return acknowledged;
}

async function stored(): Promise<{ lines: string[]; positionsGrow: boolean }> {
  const node = await startEmbeddedNode({ file });
  const client = EventStoreDBClient.connectionString(node.connectionString);
  const lines: string[] = [];
  let positionsGrow = true;
  let previous = -1n;
  for await (const { event } of client.readAll()) {
    if (!event) continue;
    positionsGrow &&= event.position !== undefined && event.position.commit > previous;
    previous = event.position?.commit ?? previous;
    lines.push(`${event.streamId.replace('load-', '')} ${event.id}`);
  }
  await client.dispose();
  await node.stop();
  return { lines, positionsGrow };
}

describe('SIGKILL under load', () => {
  test('loses nothing acknowledged', async () => {
    const acknowledged = await killUnderLoad(1500);
    // The lock went with the process: the second run starts on the same file at once.
    const { lines, positionsGrow } = await stored();
    expect(acknowledged.length).toBeGreaterThanOrEqual(1500);
    expect(positionsGrow).toBe(true);
    expect(new Set(lines).size).toBe(lines.length);
    for (let writer = 0; writer < 32; writer += 1) {
      const own = (line: string): boolean => line.startsWith(`${writer} `);
      const there = lines.filter(own);
      const told = acknowledged.filter(own);
      expect(there.slice(0, told.length)).toEqual(told);
      // One append of two events may have been in flight: written whole or not at all.
      expect([0, 2]).toContain(there.length - told.length);
    }
  });
});
