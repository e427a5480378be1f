import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { limitConnections } from './connections.ts';
import type { ConnectionLimits } from './connections.ts';

/** Lines that are opened and not used: each is answered, or closed before anything was read. */
let server: Server;
let clients: Socket[] = [];
let told: unknown[] = [];

async function start(limits: ConnectionLimits, trustedProxies: readonly string[] = []) {
  [clients, told] = [[], []];
  server = createServer((_request, response) => response.end('x'));
  const log = { warn: (facts: unknown) => void told.push(facts) };
  limitConnections(server, limits, trustedProxies, log);
  await once(server.listen(0, '127.0.0.1'), 'listening');
}

afterEach(async () => {
  for (const client of clients) client.destroy();
  server.close();
  await once(server, 'close');
});

/** Whether a new line from there is answered; it stays open if it is. */
async function isAnswered(localAddress = '127.0.0.1'): Promise<boolean> {
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port, localAddress });
  clients.push(client);
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nhost: ledger\r\n\r\n');
  return new Promise((resolve) => {
    client.on('data', () => resolve(true)).on('close', () => resolve(false));
  });
}

describe('connections', () => {
  test('from one address are counted apart from others, and given back', async () => {
    await start({ max: 10, perAddressMax: 2 });
    expect([await isAnswered(), await isAnswered(), await isAnswered()]).toStrictEqual([
      true,
      true,
      false,
    ]);
    expect(await isAnswered('127.0.0.2')).toBe(true);
    const closed = new Promise((resolve) => {
      // What the server has seen going is what it counts.
      const look = () =>
        server.getConnections((_error, count) =>
          count === 2 ? resolve(count) : setImmediate(look),
        );
      look();
    });
    clients[0]?.destroy();
    await closed;
    expect([await isAnswered(), await isAnswered()]).toStrictEqual([true, false]);
    // Once a minute, however many there are.
    expect(told).toStrictEqual([{ closed: 1 }]);
  });

  test('of a trusted proxy count in all only', async () => {
    await start({ max: 3, perAddressMax: 1 }, ['127.0.0.1']);
    expect([await isAnswered(), await isAnswered(), await isAnswered()]).toStrictEqual([
      true,
      true,
      true,
    ]);
    expect(await isAnswered()).toBe(false);
    expect(told).toStrictEqual([{ closed: 1 }]);
  });
});
