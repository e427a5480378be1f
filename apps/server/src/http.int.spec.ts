import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Register } from '#directory/node';
import { bareHex, digestOf, jsonText } from '#kernel';
import {
  agencyBody as agency,
  bootstrapBody,
  confirmerSecret,
  registrarSecret,
  TestLedger,
  told,
} from './http.contract.ts';
import type { Options } from './http.contract.ts';

/** One server on an empty folder for the whole file: every test adds to the same ledger. */
let ledger: TestLedger;
let registrar: string;

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

describe('the first start', () => {
  test('leaves a token that only its owner can read, and an identity', async () => {
    expect(ledger.server.awaitsBootstrap).toBe(true);
    const { mode } = await stat(join(ledger.folder, 'bootstrap-token'));
    expect(mode & 0o777).toBe(0o600);
    const identity = JSON.parse(
      await readFile(join(ledger.folder, 'ledger.json'), 'utf8'),
    ) as object;
    expect(identity).toMatchObject({ format: 1, entriesPublic: false });
  });

  test('enters two people by the token, once', async () => {
    expect(told(await post('/bootstrap', bootstrapBody('wrong')))).toStrictEqual([
      403,
      'bootstrap/wrong-token',
    ]);
    const token = await ledger.bootstrapToken();
    const good = bootstrapBody(token);
    const { registrar: first, confirmer: second } = good;
    const document = { kind: 'decision', title: 'Bổ nhiệm', digest: null };
    // Each is refused before the first event, so the corrected request below is taken.
    for (const [body, ...expected] of [
      [{ ...good, registrar: { ...first, secret: 'dangky' } }, 422, 'account/secret'],
      [{ ...good, confirmer: { ...second, secret: 'xacnhan' } }, 422, 'account/secret'],
      [{ ...good, confirmer: { ...second, agency: first.agency } }, 409, 'grant/bootstrap'],
      [
        { ...good, confirmer: { ...second, agency: 'son_lo.ubnd' } },
        409,
        'grant/bootstrap-province',
      ],
      [{ ...good, confirmer: { ...second, login: 'DangKy' } }, 409, 'account/login-taken'],
      [{ ...good, confirmer: { ...second, login: 'dаngky' } }, 400, 'request/invalid'],
      [{ ...good, confirmer: { ...second, secret: first.secret } }, 422, 'account/secret-shared'],
      [{ ...good, confirmer: { ...second, unit: 'son_la.so_tc' } }, 422, 'agency/unit-elsewhere'],
      [{ ...good, confirmer: { ...second, role: 'head', document } }, 422, 'grant/no-appointment'],
    ] as const) {
      expect(told(await post('/bootstrap', body))).toStrictEqual(expected);
    }
    const elsewhere = await post('/bootstrap', {
      ...good,
      confirmer: { ...second, unit: 'son_la.so_tc' },
    });
    expect(elsewhere.body['errors']).toMatchObject([{ pointer: '/confirmer/unit' }]);
    // Cut off after its last event: it is finished by its own repetition and by nothing else.
    const { accounts } = ledger.server.app.get(Register);
    const cut = jest.spyOn(accounts, 'useBootstrap').mockRejectedValueOnce(new Error('cut off'));
    expect((await post('/bootstrap', good)).status).toBe(500);
    cut.mockRestore();
    const other = { ...good, confirmer: { ...second, agency: 'son_la.so_tc' } };
    expect(told(await post('/bootstrap', other))).toStrictEqual([409, 'bootstrap/begun']);
    const answer = await post('/bootstrap', good);
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body).sort()).toStrictEqual(['confirmer', 'registrar']);
    expect(told(await post('/bootstrap', bootstrapBody(token)))).toStrictEqual([
      410,
      'bootstrap/used',
    ]);
    await expect(readFile(join(ledger.folder, 'bootstrap-token'))).rejects.toThrow('ENOENT');
    registrar = await ledger.signIn('dangky', registrarSecret);
    expect(await ledger.signIn('xacnhan', confirmerSecret)).not.toBe(registrar);
  });
});

describe('sessions', () => {
  test('say who one is, and end at once', async () => {
    const token = await ledger.signIn('dangky', registrarSecret);
    const me = await get('/api/v1/me', { token });
    expect(me.body['data']).toMatchObject({
      login: 'dangky',
      agency: 'son_la.so_khcn',
      capacities: [{ role: 'registrar' }],
    });
    expect((await send('DELETE', '/api/v1/sessions/current', undefined, { token })).status).toBe(
      204,
    );
    expect(told(await get('/api/v1/me', { token }))).toStrictEqual([401, 'session/over']);
  });

  test('are needed, and a wrong secret tells no more than an unknown login', async () => {
    const without = await get('/api/v1/me');
    expect(told(without)).toStrictEqual([401, 'session/none']);
    expect(without.headers.get('www-authenticate')).toContain('Bearer');
    const wrong = await post('/sessions', { login: 'dangky', secret: 'x' });
    const unknown = await post('/sessions', { login: 'nobody', secret: 'x' });
    expect(told(wrong)).toStrictEqual([401, 'session/refused']);
    expect({ ...unknown.body, traceId: '' }).toStrictEqual({ ...wrong.body, traceId: '' });
  });
});

describe('a write', () => {
  const path = '/agencies';

  test('answers a receipt, and the same receipt again', async () => {
    const key = randomUUID();
    const first = await post(path, agency('son_la.so_tc'), { token: registrar, key });
    expect(first.status).toBe(201);
    expect(first.headers.get('etag')).toBe('"0"');
    expect(first.headers.get('ledger-position')).toMatch(/^p\./);
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(first.body).toMatchObject({
      stream: 'agency-son_la.so_tc',
      revision: 0,
      type: 'agency.registered.v1',
      repeated: false,
    });
    const again = await post(path, agency('son_la.so_tc'), { token: registrar, key });
    expect(again.body).toStrictEqual({ ...first.body, repeated: true });
    expect(again.headers.get('ledger-position')).toBe(first.headers.get('ledger-position'));
    const other = { ...agency('son_la.so_tc'), kind: 'office' };
    expect(told(await post(path, other, { token: registrar, key }))).toStrictEqual([
      422,
      'command/key-reused',
    ]);
    expect(told(await post(path, other, { token: registrar }))).toStrictEqual([
      409,
      'agency/already-registered',
    ]);
  });

  test('on what exists names the revision it saw', async () => {
    const unit = (id: string) => ({ unit: `son_la.so_tc.${id}`, name: { vi: 'Phòng', en: null } });
    const to = '/agencies/son_la.so_tc/units';
    expect(told(await post(to, unit('p_a'), { token: registrar }))).toStrictEqual([
      428,
      'command/no-precondition',
    ]);
    expect(told(await post(to, unit('p_a'), { token: registrar, ifMatch: '0' }))).toStrictEqual([
      400,
      'request/bad-if-match',
    ]);
    expect((await post(to, unit('p_a'), { token: registrar, ifMatch: '"0"' })).status).toBe(201);
    const stale = await post(to, unit('p_b'), { token: registrar, ifMatch: '"0"' });
    expect(told(stale)).toStrictEqual([412, 'command/stale']);
    expect(stale.body['present']).toMatchObject({ revision: 1 });
    expect(stale.headers.get('etag')).toBe('"1"');
  });

  test('of many at once on one revision, one is recorded', async () => {
    const tries = Array.from({ length: 12 }, (_, index) =>
      post(
        '/agencies/son_la.so_tc/units',
        { unit: `son_la.so_tc.p_${index}`, name: { vi: 'Phòng', en: null } },
        { token: registrar, ifMatch: '"1"' },
      ),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status).sort();
    expect(statuses).toStrictEqual([201, ...Array.from({ length: 11 }, () => 412)]);
  });

  test.each<readonly [string, Options, number, string]>([
    ['no key', { key: null }, 400, 'request/no-idempotency-key'],
    ['a key with a space', { key: 'a b' }, 400, 'request/no-idempotency-key'],
    [
      'a duplicate member',
      { text: '{"agency":"a.b","agency":"a.c"}' },
      400,
      'request/duplicate-key',
    ],
    ['__proto__', { text: '{"__proto__":{"x":1}}' }, 400, 'request/forbidden-key'],
    ['broken JSON', { text: '{' }, 400, 'request/malformed-json'],
    ['a float', { text: '{"a":1.5}' }, 400, 'request/not-an-integer'],
    ['decomposed text', { text: '{"a":"e\u0301"}' }, 400, 'request/not-nfc'],
    ['depth', { text: `${'['.repeat(17)}${']'.repeat(17)}` }, 400, 'request/too-deep'],
    ['a list', { text: '[]' }, 400, 'request/invalid'],
    [
      'another type',
      { headers: { 'content-type': 'text/plain' }, text: '{}' },
      415,
      'request/unsupported-media',
    ],
    ['too much', { text: jsonText('x'.repeat(1024 * 1024)) }, 413, 'request/too-large'],
  ])('with %s is refused', async (_, options, status, code) => {
    const answer = await post(path, agency('son_la.so_x'), { token: registrar, ...options });
    expect(told(answer)).toStrictEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('with faults tells each one at its place, in the language asked for', async () => {
    const body = { ...agency('so_tc'), recordedAt: '2026-01-01T00:00:00.000Z', name: { vi: '' } };
    const vi = await post(path, body, { token: registrar });
    expect(told(vi)).toStrictEqual([400, 'request/invalid']);
    expect(vi.headers.get('content-language')).toBe('vi');
    expect(vi.body['type']).toBe('/problems/request/invalid');
    expect(vi.body['traceId']).toBe(vi.headers.get('x-correlation-id'));
    const faults = vi.body['errors'] as { pointer: string; code: string; expected: string }[];
    expect(faults.map(({ pointer, code }) => [pointer, code])).toStrictEqual([
      ['/recordedAt', 'absent'],
      ['/agency', 'agency'],
      ['/name/vi', 'text'],
    ]);
    expect(faults[0]?.expected).toBe('không có trường này');
    const en = await post(path, body, { token: registrar, headers: { 'accept-language': 'en' } });
    expect(en.body['title']).toBe('The request does not have the expected form.');
    const means = await get('/problems/request/invalid', { headers: { 'accept-language': 'en' } });
    expect(means.body).toMatchObject({
      status: 400,
      title: en.body['title'],
      vi: vi.body['title'],
    });
  });

  test('takes a correlation id that is a UUID, and makes one otherwise', async () => {
    const id = randomUUID();
    const kept = await post(path, {}, { token: registrar, headers: { 'x-correlation-id': id } });
    expect(kept.body['traceId']).toBe(id);
    const made = await post(
      path,
      {},
      { token: registrar, headers: { 'x-correlation-id': 'not-a-uuid' } },
    );
    expect(made.body['traceId']).not.toBe('not-a-uuid');
  });
});

describe('people', () => {
  const person = {
    login: 'sotc.chuyenvien',
    name: 'Chuyên viên',
    position: 'Chuyên viên',
    agency: 'son_la.so_tc',
    unit: null,
    email: 'so_tc@example.vn',
    phone: null,
  };

  test('are enrolled by a registrar, activate themselves and hold what was granted', async () => {
    const key = randomUUID();
    const enrolled = await post('/people', person, { token: registrar, key });
    expect(enrolled.status).toBe(201);
    const { person: id, activationCode } = enrolled.body as {
      person: string;
      activationCode: string;
    };
    const again = await post('/people', person, { token: registrar, key });
    expect(again.body).toMatchObject({ repeated: true, person: id, activationCode: null });

    const secret = 'một mật khẩu rất dài';
    expect(told(await post('/activations', { code: 'x', secret }))).toStrictEqual([
      403,
      'account/activation',
    ]);
    expect((await post('/activations', { code: activationCode, secret })).status).toBe(204);
    const token = await ledger.signIn(person.login, secret);
    expect(told(await post('/people', { ...person, login: 'x2' }, { token }))).toStrictEqual([
      403,
      'access/role-needed',
    ]);

    const granted = await post(
      `/people/${id}/grants`,
      {
        role: 'officer',
        agency: 'son_la.so_tc',
        from: '2026-01-01',
        to: null,
      },
      // The enrolment, and the code that was used.
      { token: registrar, ifMatch: '"1"' },
    );
    expect(granted.status).toBe(201);
    expect((await get('/api/v1/me', { token })).body['data']).toMatchObject({
      capacities: [{ role: 'officer', agency: 'son_la.so_tc', unit: 'son_la.so_tc' }],
    });

    const { grant } = granted.body as { grant: string };
    const revoked = await post(
      `/people/${id}/grants/${grant}/revocations`,
      {
        from: '2026-01-02',
        reason: 'Chuyển công tác',
      },
      { token: registrar, ifMatch: '"2"' },
    );
    expect(revoked.status).toBe(201);
    expect((await get('/api/v1/me', { token })).body['data']).toMatchObject({ capacities: [] });
  });

  test('whose enrolment is refused leave no login behind', async () => {
    const elsewhere = { ...person, login: 'moi', agency: 'son_la.khong_co' };
    expect(told(await post('/people', elsewhere, { token: registrar }))).toStrictEqual([
      404,
      'agency/unknown',
    ]);
    const good = await post('/people', { ...person, login: 'moi' }, { token: registrar });
    expect(good.status).toBe(201);
    expect(
      told(await post('/people', { ...person, login: 'moi' }, { token: registrar })),
    ).toStrictEqual([409, 'account/login-taken']);
  });
});

describe('evidence', () => {
  const bytes = new TextEncoder().encode('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');
  const sha256 = bareHex(digestOf(bytes));

  const put = (hex: string, type: string, content = bytes) =>
    ledger.put(hex, type, content, registrar);

  test('is handed in as bytes that must have the digest', async () => {
    const first = await put(sha256, 'application/pdf');
    expect([first.status, await first.json()]).toStrictEqual([
      201,
      { digest: `sha256:${sha256}`, sizeBytes: bytes.length, mediaType: 'application/pdf' },
    ]);
    expect((await put(sha256, 'application/pdf')).status).toBe(200);
    const wrong = await put('0'.repeat(64), 'application/pdf');
    expect([wrong.status, ((await wrong.json()) as { code: string }).code]).toStrictEqual([
      422,
      'evidence/digest-mismatch',
    ]);
    expect((await put(sha256, 'image/png')).status).toBe(415);
    expect((await put('xyz', 'application/pdf')).status).toBe(400);
  });

  test('of any accepted type streams past the JSON parser', async () => {
    const json = new TextEncoder().encode('{"a":1.5,"a":2}\n');
    const answer = await put(bareHex(digestOf(json)), 'application/json', json);
    expect(answer.status).toBe(201);
  });

  test('that nobody deposited is not there to be read', async () => {
    const answer = await get(`/api/v1/evidence/${sha256}/content`, { token: registrar });
    expect(told(answer)).toStrictEqual([404, 'evidence/unknown']);
  });
});
