import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { metadataAt, startTcpProxy } from '#testing';
import type { TcpProxy } from '#testing';
import { connectEventStore } from './node.ts';
import type { EventStoreDbEventStore, EventStoreDbOptions } from './node.ts';
import type { NewEvent } from './port.ts';

type Node = Awaited<ReturnType<typeof startEmbeddedNode>>;
const stream = 'toy-1';
const unknown = { name: 'AppendFailed', outcome: 'unknown' };
const absent = { name: 'AppendFailed', outcome: 'absent' };
const away = { name: 'StoreUnavailable' };

let folder: string;
let node: Node;
let proxy: TcpProxy;
let connected: EventStoreDbEventStore[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'event-store-'));
  node = await startEmbeddedNode({ file: join(folder, 'events.db'), maxAppendBytes: 8000 });
  proxy = await startTcpProxy(node.port);
  connected = [];
});

afterEach(async () => {
  await Promise.all(connected.map((store) => store.close()));
  await proxy.stop();
  await node.stop();
  await rm(folder, { recursive: true });
});

function connectTo(port: number, options: EventStoreDbOptions = {}) {
  const store = connectEventStore(`esdb://127.0.0.1:${port}?tls=false`, {
    // Long, so that only a fault ends a call, also on a busy machine; silence has a test of its own.
    deadlineMs: 20_000,
    ...options,
  });
  connected.push(store);
  return store;
}

function newEvents(count = 1, data: unknown = {}): NewEvent[] {
  return Array.from({ length: count }, () => ({
    id: randomUUID(),
    type: 'toy.written.v1',
    data,
    metadata: metadataAt({ stream, revision: 0 }),
  }));
}

async function idsIn(name: string, reader = connectTo(node.port)): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of reader.readStream(name)) ids.push(id);
  return ids;
}

function reasonsOf(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
}

describe('appending', () => {
  test('an answer that is lost is unknown, the same append again ends exactly once', async () => {
    const store = connectTo(proxy.port);
    const [first, second] = [newEvents(), newEvents(2)];
    await store.append(stream, 'no-stream', first);
    proxy.loseAnswers();
    const lost = proxy.lostAnswer();
    const failing = expect(store.append(stream, 0, second)).rejects.toMatchObject(unknown);
    await lost;
    proxy.cut();
    await failing;
    expect(await store.append(stream, 0, second)).toMatchObject({ lastRevision: 2 });
    expect(await idsIn(stream)).toStrictEqual([...first, ...second].map(({ id }) => id));
  });

  test('100 appends under way at a cut: none is lost, none is there twice, nothing crashes', async () => {
    const store = connectTo(proxy.port);
    await store.append('toy-0', 'no-stream', newEvents());
    proxy.loseAnswers();
    const lost = proxy.lostAnswer();
    const writes = Array.from({ length: 100 }, (_, index) => ({
      name: `many-${index}`,
      events: newEvents(),
    }));
    const results = Promise.allSettled(
      writes.map(({ name, events }) => store.append(name, 'no-stream', events)),
    );
    await lost;
    proxy.cut();
    const reasons = reasonsOf(await results);
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toMatchObject({ name: 'AppendFailed' });
    const reader = connectTo(node.port);
    for (const { name, events } of writes) {
      await store.append(name, 'no-stream', events);
      expect(await idsIn(name, reader)).toStrictEqual(events.map(({ id }) => id));
    }
  });

  test('a server that goes silent is unknown within the deadline, and is used again afterwards', async () => {
    const store = connectTo(proxy.port, { deadlineMs: 2_000 });
    await store.append(stream, 'no-stream', newEvents());
    proxy.freeze();
    const second = newEvents();
    await expect(store.append(stream, 0, second)).rejects.toMatchObject(unknown);
    await expect(store.ping()).rejects.toMatchObject(away);
    proxy.cut();
    await expect(untilAnswered(() => store.append(stream, 0, second))).resolves.toMatchObject({
      lastRevision: 1,
    });
    expect(await idsIn(stream)).toHaveLength(2);
  });

  test('a server that is silent from the first is sent nothing, and is used when it speaks', async () => {
    const store = connectTo(proxy.port, { deadlineMs: 2_000 });
    proxy.freeze();
    const events = newEvents();
    await expect(store.append(stream, 'no-stream', events)).rejects.toMatchObject(absent);
    proxy.cut();
    await expect(
      untilAnswered(() => store.append(stream, 'no-stream', events)),
    ).resolves.toMatchObject({ lastRevision: 0 });
    expect(await idsIn(stream)).toHaveLength(1);
  });

  test('what the server refuses was certainly not written', async () => {
    const store = connectTo(node.port);
    const large = newEvents(1, { text: 'x'.repeat(9000) });
    await expect(store.append(stream, 'no-stream', large)).rejects.toMatchObject(absent);
    await store.append(stream, 'no-stream', newEvents());
    const client = EventStoreDBClient.connectionString(node.connectionString);
    await client.tombstoneStream(stream);
    await client.dispose();
    await expect(store.append(stream, 0, newEvents())).rejects.toMatchObject({
      ...absent,
      message: `${stream}: the stream was deleted in the event store, which a ledger never does`,
    });
    await expect(store.append('toy-2', 'no-stream', newEvents())).resolves.toBeDefined();
  });
});

describe('a server that is not there', () => {
  test('is known not to have written, once it is clear that nothing was sent', async () => {
    const store = connectTo(proxy.port);
    await proxy.stop();
    const events = newEvents();
    await expect(store.append(stream, 'no-stream', events)).rejects.toMatchObject(absent);
    await expect(store.ping()).rejects.toMatchObject(away);
    await expect(store.readStream(stream).next()).rejects.toMatchObject(away);
    await expect(store.readAll().next()).rejects.toMatchObject(away);
    const { signal } = new AbortController();
    await expect(store.subscribeToAll({ signal }).next()).rejects.toMatchObject(away);
    proxy = await startTcpProxy(node.port);
  });
});

describe('a subscription', () => {
  const untilBroken = async (store: EventStoreDbEventStore, onCaughtUp: () => void) => {
    const { signal } = new AbortController();
    for await (const { kind } of store.subscribeToAll({ signal }))
      if (kind === 'caught-up') onCaughtUp();
  };

  test('says so when the connection breaks, and a new one goes on', async () => {
    const store = connectTo(proxy.port);
    await expect(untilBroken(store, () => proxy.cut())).rejects.toMatchObject(away);
    let caughtUp = 0;
    const again = untilBroken(store, () => {
      caughtUp += 1;
      proxy.cut();
    });
    await expect(again).rejects.toMatchObject(away);
    expect(caughtUp).toBe(1);
  });

  test('says so when the server stops, and when we close the connection under it', async () => {
    const stopping = untilBroken(connectTo(node.port), () => void node.stop());
    await expect(stopping).rejects.toMatchObject(away);
    node = await startEmbeddedNode({ file: join(folder, 'events.db') });
    const store = connectTo(node.port);
    await expect(untilBroken(store, () => void store.close())).rejects.toMatchObject(away);
    await expect(store.append(stream, 'no-stream', newEvents())).rejects.toMatchObject(absent);
  });
});

describe('two connections in one process', () => {
  test('the broken one does not touch what the other has under way', async () => {
    const [broken, sound] = [connectTo(proxy.port), connectTo(node.port)];
    for (const [index, store] of [broken, sound].entries()) {
      await store.append(`toy-${index}`, 'no-stream', newEvents());
    }
    proxy.loseAnswers();
    const lost = proxy.lostAnswer();
    const failing = expect(broken.append('toy-0', 0, newEvents())).rejects.toMatchObject(unknown);
    await lost;
    const under = Array.from({ length: 20 }, (_, index) =>
      sound.append(`under-${index}`, 'no-stream', newEvents()),
    );
    proxy.cut();
    await failing;
    await expect(Promise.all(under)).resolves.toHaveLength(20);
  });
});

describe('a process with more appends under way than a call takes before it is stuck', () => {
  // The rejection that this is about ends a process; under Jest nobody would see it.
  const script = `
    import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
    import { connectEventStore } from '#event-store/node';
    const port = process.argv[1];
    const store = connectEventStore('esdb://127.0.0.1:' + port + '?tls=false', { deadlineMs: 1000 });
    const append = (stream, size) => store.append(stream, 'no-stream', [
      { id: randomUUID(), type: 'toy.written.v1', data: { text: 'x'.repeat(size) }, metadata: {} },
    ]);
    await append('toy-0', 10);
    console.log('connected');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    const under = Array.from({ length: 100 }, (_, index) => append('toy-' + (index + 1), 50_000));
    const results = await Promise.allSettled(under);
    setImmediate(() => console.log(results.length + ' settled') || process.exit(0));
  `;

  test('survives a connection that stalls and then breaks', async () => {
    const args = [
      '--conditions=ledger-source',
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '--eval',
      script,
      `${proxy.port}`,
    ];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    const exited = once(child, 'exit');
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(line);
      if (line === 'connected') {
        proxy.freeze();
        child.stdin.write('go');
        // A server that says nothing takes 64 KiB (RFC 9113 section 6.9.2), then the call is stuck.
        await proxy.swallowed(60_000);
        proxy.cut();
      }
    }
    expect(errors).toBe('');
    expect(said).toStrictEqual(['connected', '100 settled']);
    expect(await exited).toStrictEqual([0, null]);
  });
});

/** The client finds out about a lost connection with its next call, so the first may still fail. */
async function untilAnswered<T>(append: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await append();
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}
