import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jsonText } from '#kernel';
import { readConfiguration } from './configuration/configuration.ts';
import { agencyBody, bootstrapBody, registrarSecret, TestLedger } from './http.contract.ts';
import { createLog } from './http/log.ts';
import { startServer } from './server.ts';

/**
 * Secrets sent through real requests, right and wrong ones, then both logs searched for them. Names
 * and logins are planted with them: they can be erased from the register, and never from a log.
 */
const planted = 'planted-7f3a';
const lines: string[] = [];
const log = createLog('trace', { write: (line) => void lines.push(line) });

let ledger: TestLedger;
let registrar: string;

beforeAll(async () => {
  ledger = await TestLedger.start({ LOG_LEVEL: 'trace' }, { log });
});

afterAll(() => ledger.stop());

async function bothLogs(): Promise<string> {
  return lines.join('') + (await readFile(join(ledger.folder, 'security.log'), 'utf8'));
}

describe('both logs of a server', () => {
  test('hold nothing of what people sent to prove who they are', async () => {
    const seen: string[] = [];
    const keep = (secret: string) => {
      seen.push(secret);
      return secret;
    };
    await ledger.post('/bootstrap', bootstrapBody(keep(`${planted}-wrong-bootstrap-token`)));
    const token = keep(await ledger.bootstrapToken());
    expect((await ledger.post('/bootstrap', bootstrapBody(token))).status).toBe(201);
    keep(registrarSecret);
    registrar = keep(await ledger.signIn('dangky', registrarSecret));
    const acts = { token: registrar };

    await ledger.post('/sessions', { login: 'dangky', secret: keep(`${planted} sai mật khẩu`) });
    // A secret typed where the login belongs.
    await ledger.post('/sessions', { login: keep(`${planted}-as-login`), secret: 'x'.repeat(20) });
    await ledger.post('/sessions', `{"login":"x","secret":"${keep(`${planted}-broken`)}`);
    await ledger.get('/api/v1/me', { token: keep(`${planted}-no-such-token-at-all`) });
    await ledger.get(`/api/v1/people?token=${keep(`${planted}-in-query`)}`, acts);
    await ledger.get('/api/v1/me', { headers: { cookie: `session=${keep(`${planted}-cookie`)}` } });
    await ledger.get('/api/v1/me', {
      headers: { authorization: `Basic ${keep(`${planted}-basic`)}` },
    });

    await ledger.post('/agencies', agencyBody('son_la.so_khcn'), acts);
    const person = {
      login: keep('planted.login'),
      name: keep('Người được gieo'),
      position: keep('Chức vụ được gieo'),
      email: keep('planted@example.vn'),
      phone: keep('0900000000'),
      agency: 'son_la.so_khcn',
    };
    const enrolled = await ledger.post('/people', person, acts);
    expect(enrolled.status).toBe(201);
    const code = keep(enrolled.body['activationCode'] as string);
    const secret = keep(`${planted} một bí mật mới`);
    await ledger.post('/activations', {
      code: keep(`${planted}-wrong-code-${'x'.repeat(20)}`),
      secret,
    });
    expect((await ledger.post('/activations', { code, secret })).status).toBe(204);
    const own = keep(await ledger.signIn(person.login, secret));
    await ledger.post('/sessions', { login: person.login, secret: 'x'.repeat(20) });
    await ledger.send('DELETE', '/api/v1/sessions/current', undefined, { token: own });
    await ledger.get('/api/v1/me', { token: own });
    await notHttp(keep(`${planted}-not-http`));

    const logs = await bothLogs();
    expect(logs).toContain('session.open');
    expect(logs).toContain('"msg":"request"');
    expect(seen.filter((one) => logs.includes(one))).toStrictEqual([]);
    // Not in another spelling either.
    expect(logs).not.toContain(planted);
    expect(logs).not.toContain(jsonText(planted).slice(1, -1));
    expect(logs).not.toContain(Buffer.from(planted).toString('base64').slice(0, 12));
  });

  test.each([
    ['a database', { LEDGER_DATABASE_URL: `postgres://ledger:${planted}@127.0.0.1:1/ledger` }],
    [
      'MinIO',
      {
        LEDGER_BLOBS_URL: 'http://127.0.0.1:1/evidence',
        LEDGER_BLOBS_ACCESS_KEY: `${planted}-access`,
        LEDGER_BLOBS_SECRET_KEY: `${planted}-secret`,
        LEDGER_BLOB_RETENTION_DAYS: '1',
      },
    ],
    ['an event store', { LEDGER_EVENTSTORE_URL: `esdb://admin:${planted}@127.0.0.1:1?tls=false` }],
  ])('hold no credentials of %s that does not answer, nor does the error', async (_, settings) => {
    const folder = await mkdtemp(join(tmpdir(), 'redaction-'));
    const security = join(folder, 'security.log');
    const before = lines.length;
    const environment = { LEDGER_DATA: folder, LEDGER_PORT: '0', LEDGER_SECURITY_LOG: security };
    try {
      const configuration = readConfiguration({ ...environment, ...settings }, '/');
      const error: unknown = await startServer(configuration, { log }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ message: expect.any(String) });
      // As main.ts would write it, with everything that hangs on it.
      log.fatal({ err: error }, 'the server did not start');
      const said = lines.slice(before).join('') + (await readFile(security, 'utf8'));
      expect(said).toContain('the server did not start');
      expect(said).not.toContain(planted);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** A line that is no request: Node's parser shows what it choked on in its error. */
function notHttp(text: string): Promise<void> {
  const { port } = new URL(ledger.server.url);
  return new Promise((resolve) => {
    const request = rawRequest({ port, host: '127.0.0.1', path: '/health/live' });
    request.on('socket', (socket) => {
      socket.on('connect', () => socket.write(`${text}\r\n\r\n`));
      socket.on('close', () => resolve());
    });
    request.on('error', () => undefined);
  });
}
