import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { LedgerClient, ProblemAnswer, Unreachable } from './ledger-client.ts';
import { loadPlan } from './load.ts';

/** A server that answers what it is told, and remembers what it was asked. */
async function answering(
  answer: (request: IncomingMessage) => { status: number; body: object; etag?: string },
): Promise<{ client: LedgerClient; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${request.method} ${request.url} ${request.headers['if-match'] ?? '-'}`);
    const { status, body, etag } = answer(request);
    if (etag !== undefined) response.setHeader('etag', etag);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { client: new LedgerClient(`http://127.0.0.1:${port}`, 'en'), asked, server };
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const command = (path: string, aggregate: string) => ({
  method: 'POST' as const,
  path,
  aggregate,
  body: {},
  idempotencyKey: `key-${path}`,
  describe: path,
});

describe('loading a plan', () => {
  test('a creation names no revision, what follows names the one before', async () => {
    let revision = -1;
    const { client, asked, server } = await answering(({ method }) =>
      method === 'GET'
        ? { status: 404, body: { code: 'agency/unknown' } }
        : { status: 201, body: { revision: (revision += 1), repeated: false } },
    );
    servers.push(server);
    const outcome = await loadPlan(client, [
      command('/agencies', '/agencies/a.b'),
      command('/agencies/a.b/units', '/agencies/a.b'),
    ]);
    expect(outcome).toEqual({ recorded: 2, unchanged: 0 });
    expect(asked).toEqual([
      'GET /api/v1/agencies/a.b -',
      'POST /api/v1/agencies -',
      'POST /api/v1/agencies/a.b/units "0"',
    ]);
  });

  test('what is there with the same content is unchanged, anything else stops the load', async () => {
    const same = await answering(({ method }) =>
      method === 'GET'
        ? { status: 200, body: {}, etag: '"3"' }
        : { status: 409, body: { code: 'agency/already-registered', same: true } },
    );
    servers.push(same.server);
    const commands = [command('/agencies', '/agencies/a.b')];
    expect(await loadPlan(same.client, commands)).toEqual({ recorded: 0, unchanged: 1 });

    const other = await answering(({ method }) =>
      method === 'GET'
        ? { status: 200, body: {}, etag: '"3"' }
        : { status: 409, body: { code: 'agency/already-registered', same: false } },
    );
    servers.push(other.server);
    await expect(loadPlan(other.client, commands)).rejects.toMatchObject({
      status: 409,
      code: 'agency/already-registered',
    });
  });

  test('nobody there is said so', async () => {
    const { client, server } = await answering(() => ({ status: 200, body: {} }));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(client.get('/rounds')).rejects.toThrow(Unreachable);
    expect(new ProblemAnswer('GET /x', 500, {}).code).toBe('unknown');
  });
});
