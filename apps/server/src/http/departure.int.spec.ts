import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { departureLimits, Departures } from './departure.ts';
import type { DepartureLimits } from './departure.ts';

/** What readers can cost who take nothing, or little: a server whose answers fill every buffer. */
const answerBytes = 16 * 1024 * 1024;
const request = 'GET /large HTTP/1.1\r\nhost: ledger\r\n\r\n';
const small = 'GET /small HTTP/1.1\r\nhost: ledger\r\n\r\n';

let server: FastifyInstance;
let clients: Socket[] = [];
/** How often the large answer was begun, and the lines as the server sees them, in their order. */
let begun = 0;
let lines: Socket[] = [];

async function start(limits: Partial<DepartureLimits>): Promise<void> {
  [begun, lines, clients] = [0, [], []];
  server = Fastify();
  server.server.on('connection', (socket) => lines.push(socket));
  const departures = new Departures({ ...departureLimits, lookMs: 20, ...limits });
  departures.takeTurns(server);
  server.get('/large', async () => {
    begun += 1;
    return Buffer.alloc(answerBytes, begun);
  });
  server.get('/small', async () => 'x');
  departures.sendInPieces(server);
  await server.listen({ port: 0, host: '127.0.0.1' });
}

afterEach(async () => {
  for (const client of clients) client.destroy();
  await server.close();
});

/** A line that has sent this and reads nothing. */
async function unread(text: string): Promise<Socket> {
  const { port } = server.server.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port });
  // A line that the server cuts ends so, and is looked at on the server's side.
  client.on('error', () => undefined);
  client.pause();
  clients.push(client);
  await once(client, 'connect');
  client.write(text);
  return client;
}

async function until(holds: () => boolean): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > 45_000) throw new Error('it does not come about');
    await pause(5);
  }
}

/** Another line is answered: by then the server has looked at what came before. */
async function answerOnAnotherLine(): Promise<number> {
  const { port } = server.server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/small`);
  await answer.text();
  return answer.status;
}

describe('a reader who takes nothing', () => {
  test('is cut off, and only they', async () => {
    await start({ sendStepMs: 100 });
    await unread(request);
    await until(() => lines[0]?.destroyed === true);
    expect([begun, await answerOnAnotherLine()]).toStrictEqual([1, 200]);
  });

  test('has no second answer begun, however many they ask for', async () => {
    await start({});
    const client = await unread(request.repeat(3));
    await until(() => (lines[0]?.writableLength ?? 0) > 0);
    for (let count = 0; count < 10; count += 1) await answerOnAnotherLine();
    expect(begun).toBe(1);
    // The large answer leaves in pieces: what lies in the socket is not the whole of it.
    expect(lines[0]?.writableLength).toBeLessThan(answerBytes / 16);

    let takenBytes = 0;
    client.on('data', (data: Buffer) => (takenBytes += data.length));
    client.resume();
    await until(() => takenBytes > 3 * answerBytes);
    expect(begun).toBe(3);
  });

  test('leaves nothing under way behind when they go', async () => {
    await start({});
    const client = await unread(request.repeat(3));
    await until(() => (lines[0]?.writableLength ?? 0) > 0);
    client.destroy();
    await until(() => lines[0]?.destroyed === true);
    expect([await answerOnAnotherLine(), begun]).toStrictEqual([200, 1]);
  });

  test('is the first to go when too much waits to be read', async () => {
    await start({ unreadBytesMax: 2 * answerBytes });
    for (const count of [1, 2, 3]) {
      await unread(request);
      await until(() => begun === count && (lines[count - 1]?.bytesWritten ?? 0) > 0);
    }
    await until(() => lines[0]?.destroyed === true);
    expect(lines.map(({ destroyed }) => destroyed)).toStrictEqual([true, false, false]);
  });
});

test('a reader who is slow and goes on reading has the whole, however long it takes', async () => {
  // Longer than a busy machine keeps one step waiting, and shorter than all steps together.
  const sendStepMs = 3_000;
  await start({ sendStepMs });
  const client = await unread(request);
  const began = performance.now();
  let takenBytes = 0;
  client.on('data', (data: Buffer) => {
    takenBytes += data.length;
    client.pause();
    setTimeout(() => client.resume(), 16);
  });
  client.resume();
  await until(() => takenBytes > answerBytes);
  expect(performance.now() - began).toBeGreaterThan(sendStepMs);
  expect(lines[0]?.destroyed).toBe(false);
});

describe('requests that are sent before the first is answered', () => {
  test('are answered in their order', async () => {
    await start({ pipelinedMax: 3 });
    const client = await unread(small + small + small);
    let answered = '';
    client.on('data', (data: Buffer) => (answered += data.toString()));
    client.resume();
    await until(() => answered.split('200 OK').length === 4);
    expect(lines[0]?.destroyed).toBe(false);
  });

  test('end the line where there are more than a few', async () => {
    await start({ pipelinedMax: 3 });
    await unread(request.repeat(4));
    await until(() => lines[0]?.destroyed === true);
    expect(await answerOnAnotherLine()).toBe(200);
  });
});

test('a HEAD has the headers of the GET', async () => {
  await start({});
  const { port } = server.server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/large`, { method: 'HEAD' });
  expect([answer.status, answer.headers.get('content-length')]).toStrictEqual([
    200,
    String(answerBytes),
  ]);
});
