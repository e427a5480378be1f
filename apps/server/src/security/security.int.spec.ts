import { readFile, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PolicyCheck } from '../access/policy-check.ts';
import { agencyBody, bootstrapBody, registrarSecret, TestLedger, told } from '../http.contract.ts';
import { auditOf, namedRoutes } from './audited-routes.ts';

type Line = Readonly<Record<string, unknown>>;

let ledger: TestLedger;
let registrar: string;

const file = () => join(ledger.folder, 'security.log');
async function lines(): Promise<Line[]> {
  const text = await readFile(file(), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}
/** What an act made the log tell: refusals are told when their answer has left, so it may take. */
async function telling<T>(
  lineCount: number,
  act: () => Promise<T>,
): Promise<{ answer: T; told: Line[] }> {
  const before = (await lines()).length;
  const answer = await act();
  for (;;) {
    const told = (await lines()).slice(before);
    if (told.length >= lineCount) return { answer, told };
    await turnOfTheLoop();
  }
}
const brief = (told: readonly Line[]) => told.map(({ event, outcome }) => [event, outcome]);

beforeAll(async () => {
  ledger = await TestLedger.start();
  const token = await ledger.bootstrapToken();
  await ledger.post('/bootstrap', bootstrapBody(token), { key: null });
  registrar = await ledger.signIn('dangky', registrarSecret);
  await ledger.post('/agencies', agencyBody('son_la.so_khcn'), { token: registrar });
});

afterAll(() => ledger.stop());

describe('the security log of a server', () => {
  test('begins with what the server stands on', async () => {
    const [first, second, third] = await lines();
    expect(first).toMatchObject({
      log: 'security',
      event: 'server.start',
      outcome: 'ok',
      details: { eventStore: 'embedded', database: 'embedded', evidence: 'folder' },
    });
    expect(second).toMatchObject({ event: 'ledger.bootstrap', outcome: 'ok' });
    expect(third).toMatchObject({
      event: 'session.open',
      outcome: 'ok',
      method: 'POST',
      route: '/api/v1/sessions',
      address: '127.0.0.1',
      person: expect.stringMatching(/^[0-9a-f-]{36}$/),
      session: expect.stringMatching(/^sha256:/),
      correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('tells of a wrong secret whose account it was, and of a stranger nothing', async () => {
    const secret = 'không phải mật khẩu này';
    const { told: known } = await telling(1, () =>
      ledger.post('/sessions', { login: 'dangky', secret }),
    );
    const person = (await lines())[2]?.['person'];
    expect(known).toMatchObject([
      { event: 'session.open', outcome: 'session/refused', subject: { person } },
    ]);
    const { told: unknown } = await telling(1, () =>
      ledger.post('/sessions', { login: 'ai', secret }),
    );
    expect(brief(unknown)).toStrictEqual([['session.open', 'session/refused']]);
    expect(unknown[0]).not.toHaveProperty('subject');
  });

  test('tells of an act before and after it, with what came of it', async () => {
    const agency = 'son_la.so_khcn';
    const entered = { login: 'kiemtoan', name: 'Kiểm toán', position: 'Kiểm toán', agency };
    const { answer, told: enrolled } = await telling(2, () =>
      ledger.post('/people', entered, { token: registrar }),
    );
    expect(brief(enrolled)).toStrictEqual([
      ['person.enroll', 'asked'],
      ['person.enroll', 'ok'],
    ]);
    const { person } = answer.body as { person: string };
    expect(enrolled[1]).toMatchObject({ subject: { person }, details: { agency } });
    const correlation = enrolled.map(({ correlationId }) => correlationId);
    expect(new Set(correlation).size).toBe(1);

    const role = { role: 'auditor', agency, from: '2026-01-01' };
    const { answer: granted, told: grant } = await telling(2, () =>
      ledger.post(`/people/${person}/grants`, role, { token: registrar, ifMatch: '"0"' }),
    );
    expect(granted.status).toBe(201);
    expect(brief(grant)).toStrictEqual([
      ['role.grant', 'asked'],
      ['role.grant', 'ok'],
    ]);
    expect(grant[1]).toMatchObject({
      subject: { person, grant: granted.body['grant'], eventId: granted.body['eventId'] },
      details: role,
    });
    const { told: refused } = await telling(2, () =>
      ledger.post(`/people/${person}/grants`, role, { token: registrar, ifMatch: '"0"' }),
    );
    expect(brief(refused)).toStrictEqual([
      ['role.grant', 'asked'],
      ['role.grant', 'command/stale'],
    ]);
  });

  test('tells of denials and of sessions that are over, not of strangers', async () => {
    const officer = await ledger.enter(registrar, 'canbo', 'officer', 'son_la.so_khcn');
    const { told: denied } = await telling(1, () =>
      ledger.get('/api/v1/people', { token: officer }),
    );
    expect(denied).toMatchObject([
      { event: 'access.denied', outcome: 'access/role-needed', route: '/api/v1/people' },
    ]);
    const { told: out } = await telling(1, () =>
      ledger.send('DELETE', '/api/v1/sessions/current', undefined, { token: officer, key: null }),
    );
    expect(brief(out)).toStrictEqual([['session.close', 'ok']]);
    const { told: over } = await telling(1, async () => {
      await ledger.get('/api/v1/me');
      await ledger.get('/api/v1/me', { token: officer });
    });
    expect(brief(over)).toStrictEqual([['access.denied', 'session/over']]);
  });

  test('tells of what auditors read, before they read it', async () => {
    const auditor = await ledger.enter(registrar, 'kiemtoan2', 'auditor', 'son_la.so_khcn');
    const { told: read } = await telling(1, async () => {
      await ledger.get('/api/v1/people', { token: registrar });
      await ledger.get('/api/v1/people', { token: auditor });
    });
    expect(read).toMatchObject([
      { event: 'oversight.read', outcome: 'allowed', route: '/api/v1/people', method: 'GET' },
    ]);
  });

  test('is not drowned by whoever is over the limit', async () => {
    const guess = () =>
      ledger.post('/activations', { code: 'x'.repeat(43), secret: 'y'.repeat(20) });
    const { answer, told: lines } = await telling(1, async () => {
      const codes = new Set<unknown>();
      for (let count = 0; count < 140; count += 1) codes.add((await guess()).body['code']);
      return codes;
    });
    expect(answer).toContain('request/too-many');
    const limited = lines.filter(({ outcome }) => outcome === 'request/too-many');
    expect(limited).toHaveLength(1);
    expect(lines.length).toBeLessThan(70);
  });
});

describe('the table of audited routes', () => {
  const routes = () =>
    ledger.server.app
      .get(PolicyCheck)
      .routes()
      .map(({ method, path }) => `${method} /${path.replace(/^\/|\/$/g, '')}`);

  test('names routes that there are', () => {
    expect(namedRoutes.filter((route) => !routes().includes(route))).toStrictEqual([]);
  });

  test('leaves no route out that changes accounts or roles', () => {
    const changing = routes().filter((route) =>
      /^(?:POST|PUT|PATCH|DELETE) \/api\/v1\/(?:people|sessions|activations|bootstrap)/.test(route),
    );
    expect(changing.length).toBeGreaterThanOrEqual(namedRoutes.length);
    const quiet = changing.filter((route) => {
      const [method = '', path = ''] = route.split(' ');
      return auditOf(method, path) === undefined;
    });
    expect(quiet).toStrictEqual([]);
  });

  test('tells of what is exported, whoever adds it', () => {
    expect(auditOf('GET', '/api/v1/rounds/:round/export')).toMatchObject({ event: 'export' });
    expect(auditOf('GET', '/api/v1/figures/:figure')).toBeUndefined();
    expect(auditOf('PUT', '/api/v1/people/:person/anything-new')).toMatchObject({
      event: 'account.change',
    });
  });
});

describe('a security log that cannot be written', () => {
  test('stops what it should tell of, says so, and lets it go on by itself', async () => {
    const before = ledger;
    // What the folder of this spec's ledger is for: a name that stands for a full disk.
    const path = join(before.folder, 'full.log');
    await symlink('/dev/full', path);
    const full = await TestLedger.start({ LEDGER_SECURITY_LOG: path });
    try {
      const body = bootstrapBody(await full.bootstrapToken());
      expect(told(await full.post('/bootstrap', body, { key: null }))).toStrictEqual([
        503,
        'security/log-unwritable',
      ]);
      const report = await full.get('/health/ready');
      expect(report.status).toBe(503);
      expect(report.body['parts']).toContainEqual({
        name: 'security-log',
        ready: false,
        reason: 'the security log cannot be written',
      });
      // Reading the API's own description is no audited act.
      expect((await full.get('/openapi.json')).status).toBe(200);

      await unlink(path);
      full.server.reopenLogs();
      expect((await full.post('/bootstrap', body, { key: null })).status).toBe(201);
      await full.signIn('dangky', registrarSecret);
      const text = await readFile(path, 'utf8');
      const said = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
      expect(brief(said)).toStrictEqual([
        ['security-log.resume', 'ok'],
        ['ledger.bootstrap', 'ok'],
        ['session.open', 'ok'],
      ]);
      expect((await full.get('/health/ready')).status).toBe(200);
    } finally {
      await full.stop();
    }
  });
});
