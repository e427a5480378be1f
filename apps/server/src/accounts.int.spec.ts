import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { Directory } from '#directory/nest';
import { Register } from '#directory/node';
import type { Kysely } from 'kysely';
import { digestOf } from '#kernel';
import type { Instant } from '#kernel';
import { agencyBody, confirmerSecret, told } from './http.contract.ts';
import type { Answer, Options, TestLedger } from './http.contract.ts';
import { RegisterSweep } from './resources/register-sweep.ts';
import {
  assignment,
  document,
  pdf,
  recorded,
  round,
  sha256,
  startRound,
} from './round.contract.ts';
import { statement } from './round.contract.ts';

/**
 * Accounts and roles as somebody would attack them: by taking another's place with a new code, by
 * making the second person, from another province, and by keeping people out.
 */
let ledger: TestLedger;
let registrar: string;
let confirmer: string;

const [finance, health, committee] = ['son_la.so_tc', 'son_la.so_yt', 'son_la.ubnd_tinh'];
const newSecret = () => `bí mật riêng của người này ${randomUUID()}`;
/** Of the last act: what is read next shows at least that. */
let position = '';

async function post(path: string, body: unknown, options?: Options): Promise<Answer> {
  const answer = await ledger.post(path, body, options);
  position = answer.headers.get('ledger-position') ?? position;
  return answer;
}
const read = (path: string, token: string) =>
  ledger.get(`/api/v1${path}`, { token, headers: { 'ledger-position': position } });
const me = async (token: string) =>
  (await ledger.get('/api/v1/me', { token })).body['data'] as Record<string, unknown>;
const revisionOf = async (person: string) => {
  const { revision } = await ledger.server.app.get(Directory).person(person);
  return `"${revision}"`;
};
/** An act on somebody, on the revision that stands. */
async function actOn(
  person: string,
  path: string,
  body: unknown,
  token: string,
  key: string = randomUUID(),
): Promise<Answer> {
  const ifMatch = await revisionOf(person);
  return post(`/people/${person}/${path}`, body, { token, ifMatch, key });
}

type Somebody = { readonly person: string; readonly login: string; secret: string };

async function enrolled(login: string, agency = finance): Promise<Somebody> {
  const body = { login, name: login, position: login, agency };
  const answer = await recorded(post('/people', body, { token: registrar }));
  const { person, activationCode: code } = answer.body as Record<string, string>;
  const secret = newSecret();
  const used = await post('/activations', { code, secret }, { key: null });
  expect(told(used)).toStrictEqual([204, undefined]);
  return { person: person as string, login, secret };
}
const grantBody = (role: string, agency: string) => ({
  role,
  agency,
  from: '2026-01-01',
  document: role === 'head' ? { ...document, digest: digestOf(pdf) } : null,
});
async function granted(to: Somebody, role: string, agency = finance, by = registrar) {
  const answer = await actOn(to.person, 'grants', grantBody(role, agency), by);
  expect(told(answer)).toStrictEqual([201, undefined]);
  return answer.body as { grant: string; needsConfirmation: boolean };
}
async function confirmedRole(to: Somebody, role: string, agency = finance): Promise<void> {
  const { grant } = await granted(to, role, agency);
  const path = `grants/${grant}/confirmations`;
  expect(told(await actOn(to.person, path, {}, confirmer))).toStrictEqual([201, undefined]);
}
beforeAll(async () => {
  const started = await startRound({ LEDGER_TRUSTED_PROXIES: '127.0.0.1' });
  ledger = started.ledger;
  registrar = started.people['registrar'] as string;
  confirmer = await ledger.signIn('xacnhan', confirmerSecret);
  await ledger.put(sha256, 'application/pdf', pdf, registrar);
  const deposit = { document: { ...document, digest: digestOf(pdf) }, depositedFor: finance };
  await recorded(post(`/evidence/${sha256}/deposits`, deposit, { token: registrar }));
}, 60_000);
afterAll(async () => {
  await ledger?.stop();
});

describe('a new code for somebody who has a secret', () => {
  const reason = 'Mất mật khẩu; giấy đề nghị số 12.';
  let victim: Somebody;
  let issue: string;
  let code: string;

  test('is only asked for, by an act that says who and why', async () => {
    victim = await enrolled('thuong.hai');
    expect(told(await actOn(victim.person, 'activation-codes', {}, registrar))).toStrictEqual([
      400,
      'request/invalid',
    ]);
    const unconditional = await post(
      `/people/${victim.person}/activation-codes`,
      { reason },
      { token: registrar },
    );
    expect(told(unconditional)).toStrictEqual([428, 'command/no-precondition']);
    const key = randomUUID();
    const ifMatch = await revisionOf(victim.person);
    const ask = () =>
      post(
        `/people/${victim.person}/activation-codes`,
        { reason },
        { token: registrar, key, ifMatch },
      );
    const asked = await recorded(ask());
    expect(asked.body).toMatchObject({
      type: 'activation.issued.v1',
      needsConfirmation: true,
      repeated: false,
    });
    ({ issue, activationCode: code } = asked.body as { issue: string; activationCode: string });
    // Sent again it is the same issue, and the code is not shown a second time.
    expect((await ask()).body).toMatchObject({ issue, activationCode: null, repeated: true });
  });

  test('opens nothing alone, and the person keeps what is theirs and is told', async () => {
    const taken = await post('/activations', { code, secret: newSecret() }, { key: null });
    expect(told(taken)).toStrictEqual([409, 'activation/unconfirmed']);
    const token = await ledger.signIn(victim.login, victim.secret);
    const { person: asking } = await me(registrar);
    expect((await me(token))['codes']).toMatchObject([
      { issue, standing: 'awaits-confirmation', reason, issuedBy: asking, usedAt: null },
    ]);
  });

  test('is confirmed by a person of another agency, who finds it among their tasks', async () => {
    const path = `activation-codes/${issue}/confirmations`;
    const own = await actOn(victim.person, path, {}, registrar);
    expect(told(own)).toStrictEqual([403, 'activation/own-confirmation']);
    const { body } = await read('/tasks', confirmer);
    expect(body['items']).toMatchObject([
      { kind: 'confirm-activation', id: victim.person, subject: issue },
    ]);
    expect((await recorded(actOn(victim.person, path, {}, confirmer))).body['type']).toBe(
      'activation.confirmed.v1',
    );
    expect((await read('/tasks', confirmer)).body['items']).toEqual([]);
  });

  test('replaces the secret when it is used, and every session is over at once', async () => {
    const token = await ledger.signIn(victim.login, victim.secret);
    expect((await me(token))['codes']).toMatchObject([{ standing: 'usable' }]);
    const old = victim.secret;
    victim.secret = newSecret();
    const used = await post('/activations', { code, secret: victim.secret }, { key: null });
    expect(told(used)).toStrictEqual([204, undefined]);
    expect(told(await ledger.get('/api/v1/me', { token }))).toStrictEqual([401, 'session/over']);
    const before = await post('/sessions', { login: victim.login, secret: old }, { key: null });
    expect(told(before)).toStrictEqual([401, 'session/refused']);
    const now = await ledger.signIn(victim.login, victim.secret);
    expect((await me(now))['codes']).toMatchObject([{ issue, standing: 'used' }]);
    const again = await post('/activations', { code, secret: newSecret() }, { key: null });
    expect(told(again)).toStrictEqual([403, 'account/activation']);
  });

  test('is refused by the person, whom nobody asked', async () => {
    const asked = await recorded(actOn(victim.person, 'activation-codes', { reason }, registrar));
    const other = asked.body as { issue: string; activationCode: string };
    const token = await ledger.signIn(victim.login, victim.secret);
    const path = `activation-codes/${other.issue}/cancellations`;
    const stranger = await actOn(victim.person, path, { reason: 'Không rõ.' }, confirmer);
    // The confirming person of this ledger is a registrar as well, and may cancel.
    expect(told(stranger)).toStrictEqual([201, undefined]);
    const twice = await actOn(victim.person, path, { reason: 'Tôi không yêu cầu.' }, token);
    expect(told(twice)).toStrictEqual([409, 'activation/over']);
    const third = await recorded(actOn(victim.person, 'activation-codes', { reason }, registrar));
    const own = `activation-codes/${String(third.body['issue'])}/cancellations`;
    const cancelled = await recorded(
      actOn(victim.person, own, { reason: 'Tôi không yêu cầu.' }, token),
    );
    expect(cancelled.body['type']).toBe('activation.cancelled.v1');
    const { activationCode } = third.body as { activationCode: string };
    const late = await post(
      '/activations',
      { code: activationCode, secret: newSecret() },
      { key: null },
    );
    expect(told(late)).toStrictEqual([403, 'account/activation']);
  });
});

describe('the second person', () => {
  test('cannot be made by the first: confirming roles wait for another agency', async () => {
    const puppet = await enrolled('bu.nhin', health);
    const { grant, needsConfirmation } = await granted(puppet, 'registrar', health);
    expect(needsConfirmation).toBe(true);
    const token = await ledger.signIn(puppet.login, puppet.secret);
    expect((await me(token))['capacities']).toEqual([]);
    const path = `grants/${grant}/confirmations`;
    expect(told(await actOn(puppet.person, path, {}, registrar))).toStrictEqual([
      403,
      'grant/own-confirmation',
    ]);
    await recorded(actOn(puppet.person, path, {}, confirmer));
    expect((await me(token))['capacities']).toMatchObject([{ role: 'registrar', agency: health }]);
  });

  test('and the first two say that nobody confirmed them', async () => {
    const { body } = await read('/people', registrar);
    const rows = body['items'] as { state: { grants: Record<string, unknown>[] } }[];
    const first = rows
      .flatMap(({ state }) => state.grants)
      .filter(({ grantedAs }) => grantedAs === 'operator');
    expect(first.map(({ role, needsConfirmation }) => [role, needsConfirmation])).toEqual([
      ['registrar', false],
      ['registrar', false],
    ]);
  });
});

describe('another province', () => {
  test('is out of reach of a registrar, also for people and roles', async () => {
    const far = 'bac_ninh.so_tc';
    expect(told(await post('/agencies', agencyBody(far), { token: registrar }))).toStrictEqual([
      403,
      'directory/other-province',
    ]);
    const somebody = await enrolled('nguoi.gan');
    const role = await actOn(somebody.person, 'grants', grantBody('officer', far), registrar);
    expect(told(role)).toStrictEqual([403, 'directory/other-province']);
    const away = { login: 'xa', name: 'Xa', position: 'Xa', agency: far };
    expect(told(await post('/people', away, { token: registrar }))).toStrictEqual([
      403,
      'directory/other-province',
    ]);
    // Nothing of either name stays in the register.
    const db = ledger.server.app.get(Register)['db'] as Kysely<unknown>;
    const rows = await sql<{ agency: string }>`select agency from register.particulars
      where agency = ${far}`.execute(db);
    expect(rows.rows).toEqual([]);
  });
});

describe('names that a crash left behind', () => {
  test('are removed by the next start, unless an event commits to them', async () => {
    const somebody = await enrolled('con.lai');
    const register = ledger.server.app.get(Register);
    const early = '2026-01-05T02:00:00.000Z' as Instant;
    const command = randomUUID();
    const left = { name: 'Tên còn sót lại', position: 'Chuyên viên', agency: finance };
    const lost = await register.commit(somebody.person, left, command, early);
    // One whose enrolment was never recorded, and one whose event stands.
    const nobody = randomUUID();
    const entry = { ...left, person: nobody, login: 'chua.ghi', email: null, phone: null };
    await register.enroll(entry, early);
    await ledger.server.app.get(RegisterSweep).onApplicationBootstrap();
    await expect(register.opened(somebody.person, lost)).rejects.toThrow('account/unknown');
    expect((await register.names([nobody, somebody.person])).size).toBe(1);
    const { state } = await ledger.server.app.get(Directory).person(somebody.person);
    expect((await register.openedOf(somebody.person)).map((one) => one.commitment)).toEqual(
      state?.commitments,
    );
  });
});

describe('a renaming after which the server died', () => {
  test('is shown from the next start on', async () => {
    const { person } = await enrolled('doi.ten');
    const register = ledger.server.app.get(Register);
    const former = await register.current(person);
    const renaming = { name: 'Tên mới', position: 'Trưởng phòng', reason: 'Bổ nhiệm.' };
    await recorded(actOn(person, 'renamings', renaming, registrar));
    const shown = await register.current(person);
    expect(shown).toEqual({ ...former, name: 'Tên mới', position: 'Trưởng phòng' });
    // As the register stood when the event was recorded and nothing had come of it yet.
    const db = register['db'] as Kysely<unknown>;
    const { name, position } = former;
    await sql`update register.persons set name = ${name}, position = ${position}
      where person = ${person}`.execute(db);
    await sql`update register.particulars set settled = false,
      entered_at = '2026-01-05T02:00:00.000Z' where name = 'Tên mới'`.execute(db);
    expect(await register.current(person)).toEqual(former);
    await ledger.server.app.get(RegisterSweep).onApplicationBootstrap();
    expect(await register.current(person)).toEqual(shown);
    const opened = await register.openedOf(person);
    expect(new Set(opened.map((one) => one.name))).toEqual(new Set([name, 'Tên mới']));
  });
});

describe('a delegation', () => {
  test('ends at once by an act of the head who gave it', async () => {
    const head = await enrolled('giam.doc');
    const deputy = await enrolled('pho.giam.doc');
    await confirmedRole(head, 'head');
    await granted(deputy, 'officer');
    const byHead = await ledger.signIn(head.login, head.secret);
    const paper = { ...document, digest: null };
    const days = { from: '2026-01-01', to: null };
    const body = { form: 'TUQ', head: head.person, agency: finance, ...days, document: paper };
    const recordedOnce = await recorded(actOn(deputy.person, 'delegations', body, byHead));
    const { delegation } = recordedOnce.body as { delegation: string };
    const byDeputy = await ledger.signIn(deputy.login, deputy.secret);
    const forms = async () =>
      ((await me(byDeputy))['capacities'] as { delegation: { form: string } | null }[]).map(
        (one) => one.delegation?.form ?? null,
      );
    expect(await forms()).toEqual([null, 'TUQ']);
    const path = `delegations/${delegation}/endings`;
    const reason = { reason: 'Thủ trưởng đã trở lại làm việc.' };
    expect(told(await actOn(deputy.person, path, reason, byDeputy))).toStrictEqual([
      403,
      'delegation/not-ender',
    ]);
    const ended = await recorded(actOn(deputy.person, path, reason, byHead));
    expect(ended.body['type']).toBe('delegation.ended.v1');
    expect(await forms()).toEqual([null]);
    expect(told(await actOn(deputy.person, path, reason, registrar))).toStrictEqual([
      409,
      'delegation/already-ended',
    ]);
  });
});

describe('somebody of two joint leads', () => {
  test('says for which one they act, and the event says so too', async () => {
    const { headers } = await read(`/rounds/${round}`, registrar);
    const joint = {
      ...assignment('I.5', health).assignment,
      mode: 'joint',
      leads: [finance, health],
    };
    const amended = { assignment: joint, reason: 'Theo kế hoạch.', document };
    const ifMatch = headers.get('etag') ?? '';
    await recorded(
      post(`/rounds/${round}/assignment-amendments`, amended, { token: registrar, ifMatch }),
    );
    const both = await enrolled('hai.noi');
    await granted(both, 'officer', finance);
    await granted(both, 'officer', health);
    const token = await ledger.signIn(both.login, both.secret);
    const path = `/figures/${round}.I.5/submissions`;
    const body = { ...statement('1.50'), evidence: [] };
    const unsaid = await post(path, body, { token });
    expect(told(unsaid)).toStrictEqual([422, 'duty/agency-ambiguous']);
    expect(unsaid.body['errors']).toMatchObject([{ pointer: '/forAgency' }]);
    const elsewhere = await post(path, { ...body, forAgency: committee }, { token });
    expect(told(elsewhere)).toStrictEqual([403, 'duty/not-for-agency']);
    const said = await recorded(post(path, { ...body, forAgency: health }, { token }));
    const { body: receipt } = await read(`/receipts/${String(said.body['eventId'])}`, token);
    const { entry } = receipt['data'] as { entry: string };
    expect(JSON.parse(entry)).toMatchObject({ metadata: { actor: { agency: health } } });
  });
});

describe('guessing', () => {
  test('keeps out whoever guesses, and not whose account it is', async () => {
    const victim = await enrolled('bi.doan');
    const signIn = (address: string, secret: string) =>
      post(
        '/sessions',
        { login: victim.login, secret },
        { key: null, headers: { 'x-forwarded-for': address } },
      );
    // One subscriber's network, from another of its addresses each time.
    for (let guess = 1; guess <= 10; guess += 1) {
      const answer = await signIn(`2001:db8:7:1::${guess}`, `đoán mò lần thứ ${guess} thôi`);
      expect(told(answer)).toStrictEqual([401, 'session/refused']);
    }
    const held = await signIn('2001:db8:7:1:ffff::1', victim.secret);
    expect(told(held)).toStrictEqual([429, 'session/throttled']);
    expect(held.headers.get('retry-after')).not.toBeNull();
    expect((await signIn('2001:db8:7:2::1', victim.secret)).status).toBe(201);
    expect((await signIn('203.0.113.9', victim.secret)).status).toBe(201);
  }, 20_000);
});

describe('a session', () => {
  test('is over with the sign-out, also for requests that were asking just then', async () => {
    const somebody = await enrolled('dang.xuat');
    for (let round_ = 0; round_ < 5; round_ += 1) {
      const token = await ledger.signIn(somebody.login, somebody.secret);
      const asking = Array.from({ length: 4 }, () => ledger.get('/api/v1/me', { token }));
      const out = await ledger.send('DELETE', '/api/v1/sessions/current', undefined, {
        token,
        key: null,
      });
      expect(out.status).toBe(204);
      const after = await ledger.get('/api/v1/me', { token });
      expect(told(after)).toStrictEqual([401, 'session/over']);
      await Promise.all(asking);
      expect(told(await ledger.get('/api/v1/me', { token }))).toStrictEqual([401, 'session/over']);
    }
  }, 20_000);
});
