import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jsonText } from '#kernel';
import { PolicyCheck } from './access/policy-check.ts';
import { TestLedger, told } from './http.contract.ts';
import type { Options } from './http.contract.ts';

/** What the server shows to those who are nobody yet. */
let ledger: TestLedger;

const post = (path: string, body: unknown, options?: Options) => ledger.post(path, body, options);
const get = (path: string, options?: Options) => ledger.get(path, options);
const send = (method: string, path: string, body?: unknown, options?: Options) =>
  ledger.send(method, path, body, options);

beforeAll(async () => {
  ledger = await TestLedger.start();
});

afterAll(async () => {
  await ledger?.stop();
});

const always = [
  'content-security-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
  'referrer-policy',
];

describe('the surface', () => {
  test.each([
    ['GET', '/health/live', 200],
    ['GET', '/api/v1/me', 401],
    ['GET', '/nowhere', 404],
    ['GET', '/%', 400],
    ['DELETE', '/api/v1/me', 405],
    ['POST', '/docs', 405],
    ['POST', '/health/live?x=1', 405],
    ['GET', '/favicon.ico', 204],
  ])('%s %s: answered with %d and the headers of every answer', async (method, path, status) => {
    const answer = await fetch(`${ledger.server.url}${path}`, { method });
    expect([answer.status, ...always.filter((name) => !answer.headers.has(name))]).toStrictEqual([
      status,
    ]);
    const policy = answer.headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'self';/);
  });

  test('HEAD of a page says of its styles what GET says', async () => {
    for (const path of ['/docs', '/openapi.json', '/health/live']) {
      const [got, head] = [
        await fetch(`${ledger.server.url}${path}`),
        await fetch(`${ledger.server.url}${path}`, { method: 'HEAD' }),
      ];
      const named = ['content-security-policy', 'content-type', 'content-length'];
      const of = ({ status, headers }: Response) => [status, ...named.map((n) => headers.get(n))];
      expect([path, ...of(head)]).toStrictEqual([path, ...of(got)]);
      expect([await head.text(), of(head).includes(null)]).toStrictEqual(['', false]);
    }
  });

  test.each(['/openapi.json', '/docs', '/docs/', '/docs/swagger-ui-init.js'])(
    '%s is prepared once, and not sent to whoever has it',
    async (path) => {
      const asked = (known?: string) =>
        fetch(`${ledger.server.url}${path}`, {
          headers: known === undefined ? {} : { 'if-none-match': known },
        });
      const first = await asked();
      const etag = first.headers.get('etag') ?? '';
      expect([etag.length, first.headers.get('cache-control')]).toStrictEqual([45, 'no-cache']);
      const text = await first.text();
      expect(first.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await asked(known);
        expect([known, again.status, again.headers.get('etag')]).toStrictEqual([known, 304, etag]);
        expect(await again.text()).toBe('');
      }
      const other = await asked('"other"');
      expect([other.status, await other.text()]).toStrictEqual([200, text]);
    },
  );

  test('every route says who may come', () => {
    const routes = ledger.server.app.get(PolicyCheck).routes();
    expect(routes.length).toBeGreaterThan(50);
    expect(routes.filter(({ policy }) => policy === undefined)).toStrictEqual([]);
    const open = routes
      .filter(({ policy }) => policy?.kind === 'public')
      .map(({ path }) => path)
      .sort();
    expect(open).toStrictEqual([
      '/',
      '/favicon.ico',
      'api/v1/activations',
      'api/v1/bootstrap/',
      'api/v1/sessions',
      'health/live',
      'health/ready',
      'log/checkpoint',
      'log/log.vkey',
      'log/policy',
      'log/tile/:level/*',
      'problems/',
      'problems/:context/:reason',
    ]);
  });

  test('every route in the document refuses who is not signed in, or is public', async () => {
    const { body } = await get('/openapi.json');
    expect(body['openapi']).toBe('3.1.0');
    const paths = body['paths'] as Record<
      string,
      Record<string, { security?: unknown; responses: object }>
    >;
    let guarded = 0;
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        expect(Object.keys(operation.responses)).toContain('500');
        if (!jsonText(operation.security ?? []).includes('bearer')) continue;
        guarded += 1;
        const place = path.replace(/\{[^}]+\}/g, 'x');
        const answer = await send(method.toUpperCase(), place, method === 'get' ? undefined : {});
        expect([path, ...told(answer)]).toStrictEqual([path, 401, 'session/none']);
      }
    }
    expect(guarded).toBeGreaterThan(45);
  });

  test('leads from the bare address to its description', async () => {
    const answer = await fetch(`${ledger.server.url}/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toStrictEqual([302, '/docs']);
  });

  test('explains every problem in both languages, with what to do next', async () => {
    const { body } = await get('/problems/command/stale', { headers: { 'accept-language': 'en' } });
    expect(body).toMatchObject({ kind: 'stale', status: 412, title: body['en'] });
    expect(body['next']).toStrictEqual({ vi: expect.any(String), en: expect.any(String) });
    const all = (await get('/problems')).body as unknown as { items: { type: string }[] };
    expect(all.items.length).toBeGreaterThan(150);
    for (const { type } of all.items) expect([type, (await get(type)).status]).toEqual([type, 200]);
  });

  test('knows no other address and no other method', async () => {
    expect(told(await get('/api/v1/nothing'))).toStrictEqual([404, 'request/no-route']);
    const patched = await send('PATCH', '/api/v1/agencies', {});
    expect(told(patched)).toStrictEqual([405, 'request/method-not-allowed']);
    expect(patched.headers.get('allow')).toContain('POST');
    expect(told(await get('/health/live?a=1&a=2'))).toStrictEqual([
      400,
      'request/duplicate-parameter',
    ]);
    expect(told(await post('/agencies?x=1', {}))).toStrictEqual([400, 'request/invalid']);
    expect(told(await get('/api/v1/%E0%A4%A'))).toStrictEqual([400, 'request/bad-url']);
  });

  test('answers what is not HTTP without a stack and closes the line', async () => {
    const { port } = new URL(ledger.server.url);
    const text = await new Promise<string>((resolve) => {
      const request = rawRequest({ port, host: '127.0.0.1', method: 'GET', path: '/health/live' });
      request.on('socket', (socket) => {
        socket.on('connect', () => socket.write('nonsense\r\n\r\n'));
        socket.on('data', (data: Buffer) => resolve(data.toString()));
      });
      request.on('error', () => undefined);
    });
    expect(text).toContain('400 Bad Request');
    expect(text).toContain('request/not-http');
  });

  test('shows its documentation under a strict policy', async () => {
    const page = await fetch(`${ledger.server.url}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    const html = await page.text();
    const scripts = [...html.matchAll(/<script([^>]*)>([^<]*)</g)];
    const areAllFiles = scripts.every(
      ([, attributes, inline]) => attributes?.includes('src=') && inline?.trim() === '',
    );
    expect(areAllFiles).toBe(true);
    const styles = html.match(/<style>/g) ?? [];
    const allowed = page.headers.get('content-security-policy')?.match(/'sha256-/g) ?? [];
    expect([styles.length, allowed.length, html.includes(' style=')]).toStrictEqual([2, 2, false]);
    for (const [, source] of html.matchAll(/src="\.?([^"]+)"/g)) {
      const asset = await fetch(new URL(source ?? '', `${ledger.server.url}/docs/`));
      expect([source, asset.status]).toStrictEqual([source, 200]);
      await asset.body?.cancel();
    }
  });

  test('says how each part is', async () => {
    const { status, body } = await get('/health/ready');
    expect(status).toBe(200);
    expect((body['parts'] as { name: string }[]).map(({ name }) => name)).toStrictEqual([
      'server',
      'event-store',
      'database',
      'evidence',
      'read-models',
      'log',
      'security-log',
    ]);
    expect((await get('/health/live')).body).toStrictEqual({ live: true });
  });
});
