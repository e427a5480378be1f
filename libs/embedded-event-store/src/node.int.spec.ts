import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedNodeError, startEmbeddedNode } from './node.ts';
import type { EmbeddedNode, EmbeddedNodeOptions } from './node.ts';

let folder: string;
let file: string;
const running = new Set<EmbeddedNode>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-node-'));
  file = join(folder, 'events.db');
});

afterEach(async () => {
  for (const node of running) await node.stop();
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedNodeOptions> = {}): Promise<EmbeddedNode> {
  const node = await startEmbeddedNode({ file, ...options });
  running.add(node);
  return node;
}

async function refusal(options: Partial<EmbeddedNodeOptions>): Promise<unknown> {
  return start(options).catch((error: unknown) =>
    error instanceof EmbeddedNodeError ? error.code : error,
  );
}

async function withClient<T>(
  node: EmbeddedNode,
  use: (client: EventStoreDBClient) => Promise<T>,
): Promise<T> {
  const client = EventStoreDBClient.connectionString(node.connectionString);
  try {
    return await use(client);
  } finally {
    await client.dispose();
  }
}

async function types(client: EventStoreDBClient, stream: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { event } of client.readStream(stream)) found.push(event?.type);
  return found;
}

describe('a node', () => {
  test('says where it is, and listens on the loopback interface', async () => {
    const node = await start();
    expect(node.port).toBeGreaterThan(0);
    expect(node.connectionString).toBe(`esdb://127.0.0.1:${node.port}?tls=false`);
  });

  test('keeps its events over a stop and a start', async () => {
    const one = await start();
    await withClient(one, (client) =>
      client.appendToStream('figure-1', jsonEvent({ type: 'kept', data: {} })),
    );
    await one.stop();
    const two = await start();
    expect(await withClient(two, (client) => types(client, 'figure-1'))).toEqual(['kept']);
  });

  test('may be stopped twice, and with a subscription open', async () => {
    const node = await start();
    await withClient(node, async (client) => {
      const subscription = client.subscribeToAll();
      const broken = new Promise((resolve) => subscription.once('error', resolve));
      await new Promise((resolve) => subscription.once('caughtUp', resolve));
      await Promise.all([node.stop(), node.stop()]);
      expect(await broken).toMatchObject({ type: 'unavailable' });
    });
  });

  test('obeys its own limit for the size of an append', async () => {
    const node = await start({ maxAppendBytes: 100 });
    await withClient(node, async (client) => {
      const large = jsonEvent({ type: 'large', data: { text: 'x'.repeat(100) } });
      await expect(client.appendToStream('figure-1', large)).rejects.toMatchObject({
        type: 'maximum-append-size-exceeded',
        maxAppendSize: 100,
      });
    });
  });

  test('is found by a client that asks for a cluster', async () => {
    const node = await start();
    const host = `127.0.0.1:${node.port}`;
    const client = EventStoreDBClient.connectionString(`esdb://${host},${host}?tls=false`);
    const event = jsonEvent({ type: 'found', data: {} });
    expect(await client.appendToStream('figure-1', event)).toMatchObject({ success: true });
    await client.dispose();
  });
});

describe('a node that cannot start', () => {
  test('a second one on the same file is refused, and the first does not notice', async () => {
    const node = await start();
    expect(await refusal({})).toBe('node/locked');
    await withClient(node, async (client) => {
      await client.appendToStream('figure-1', jsonEvent({ type: 'still-here', data: {} }));
      expect(await types(client, 'figure-1')).toEqual(['still-here']);
    });
  });

  test('a taken port is refused, and leaves the file free', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    expect(await refusal({ port })).toBe('node/port-taken');
    await new Promise((resolve) => other.close(resolve));
    await start();
  });

  test('a folder that is not there', async () => {
    expect(await refusal({ file: join(folder, 'absent', 'events.db') })).toBe('node/unwritable');
  });
});

describe('a node that dies', () => {
  // In a process of its own: only there can its thread be got hold of and ended from outside.
  const script = `
    import { startEmbeddedNode } from '#embedded-event-store/node';
    const workers = [];
    process.on('worker', (worker) => workers.push(worker));
    const node = await startEmbeddedNode({ file: process.argv[1] });
    await workers[0].terminate();
    // Nobody has listened until now, which must not end the process as an unhandled rejection.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    console.log(await node.failed.catch((error) => error.code));`;

  test('tells whoever listens, and harms nobody who does not', () => {
    const flags = ['--conditions=ledger-source', '--disable-warning=ExperimentalWarning'];
    const argv = [...flags, '--input-type=module', '-e', script, file];
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    expect(execFileSync(process.execPath, argv, { cwd, encoding: 'utf8' })).toBe('node/crashed\n');
  });
});
