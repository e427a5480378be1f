import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { derivedUuid, epochMs, instantFromMs, Refusal } from '#kernel';
import type { Instant, PersonId } from '#kernel';
import { openDatabase } from '#read-models/node';
import type { Sql } from '#read-models/node';
import { describeWithPart, newPostgresDatabase } from '#testing';
import { activationLifeMs, newActivationCode, sessionIdleMs, sessionLifeMs } from './accounts.ts';
import { attemptsWindowMs, strangersAttemptsMax } from './attempts.ts';
import { verifyCommitment } from './commitment.ts';
import { Register } from './register.ts';
import type { Enrolment } from './register.ts';
import { migrateRegister } from './register-tables.ts';
import type { RegisterTables } from './register-tables.ts';
import { awaitingTurnMax, fingerprint, hashSecret, verifySecret } from './secrets.ts';

const start = '2026-03-02T02:00:00.000Z' as Instant;
const after = (ms: number) => instantFromMs(epochMs(start) + ms);
const secret = 'mua xuân về trên bản 2026';
const position = 'Chuyên viên';
const agency = 'son_la.so_tc';

type OpenedDatabase = { readonly db: Sql; readonly close: () => Promise<void> };

let db: Kysely<RegisterTables>;
let register: Register;

const idOf = (login: string): PersonId => derivedUuid(['spec', login]);
function enrolment(login: string, change: Partial<Enrolment> = {}): Enrolment {
  return {
    person: idOf(login),
    login,
    name: `Chuyên viên ${login}`,
    position,
    agency,
    email: `${login}@sonla.example`,
    phone: '0212 000 000',
    ...change,
  };
}
/** An account that can sign in. */
async function activated(login: string): Promise<PersonId> {
  await register.enroll(enrolment(login), start);
  await register.accounts.setSecret(idOf(login), secret, start);
  return idOf(login);
}
/** A code as its issue leaves it in the register. */
async function kept(person: PersonId) {
  const { code, digest } = newActivationCode();
  const issue = derivedUuid(['spec', 'issue', code]);
  const expiresAt = await register.accounts.keepActivation(person, { issue, code: digest }, start);
  return { code, issue, digest, expiresAt };
}
async function activate(code: string, to: string, now = start): Promise<void> {
  const found = await register.accounts.findActivation(code, to, now);
  await register.accounts.activate(found, to, now);
}
async function refusal(act: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await act.then(
    () => new Error('nothing was refused'),
    (one: unknown) => one,
  );
  if (error instanceof Refusal) return error;
  throw error;
}
async function codeOf(act: Promise<unknown>): Promise<string> {
  return (await refusal(act)).code;
}
/** Everything the register holds, as text: what was erased or hashed must not be found in it. */
async function everything(): Promise<string> {
  const tables = [
    'persons',
    'particulars',
    'credentials',
    'activations',
    'sessions',
    'attempts',
    'known_places',
  ];
  const texts = tables.map(async (table) => {
    const { rows } = await sql`select * from ${sql.table(`register.${table}`)}`.execute(db);
    return rows.flatMap((row) => Object.values(row as Record<string, unknown>)).join('\n');
  });
  return (await Promise.all(texts)).join('\n');
}

function describeRegister(open: () => Promise<OpenedDatabase>): void {
  let database: OpenedDatabase;
  beforeAll(async () => {
    database = await open();
    db = database.db;
    await migrateRegister(db);
    register = new Register(db);
  });
  afterAll(() => database.close());

  describe('the schema', () => {
    test('is made once, and a second time nothing happens', async () => {
      await register.enroll(enrolment('schema'), start);
      await migrateRegister(db);
      expect((await register.names([idOf('schema')])).size).toBe(1);
    });

    test('of a newer program is refused', async () => {
      await sql`insert into register.versions values (99)`.execute(db);
      await expect(migrateRegister(db)).rejects.toThrow('version 99');
      await sql`delete from register.versions where version = 99`.execute(db);
      await migrateRegister(db);
    });
  });

  describe('people', () => {
    test('are entered with a commitment that salt and particulars open', async () => {
      const commitment = await register.enroll(enrolment('opens'), start);
      expect(await register.openedOf(idOf('opens'))).toEqual([]);
      await register.settleEnrolment(idOf('opens'), 'recorded');
      const [opened, ...more] = await register.openedOf(idOf('opens'));
      expect(more).toEqual([]);
      if (opened === undefined) throw new Error('no particulars');
      const { salt, ...rest } = opened;
      expect(rest).toEqual({ commitment, name: 'Chuyên viên opens', position, agency });
      expect(verifyCommitment(commitment, salt, opened)).toBe(true);
      expect(await register.opened(idOf('opens'), commitment)).toEqual(opened);
      expect(await codeOf(register.opened(idOf('schema'), commitment))).toBe('account/unknown');
    });

    test('entered again are the same, with a salt of their own each', async () => {
      const first = await register.enroll(enrolment('again'), start);
      expect(await register.enroll(enrolment('again'), after(1))).toBe(first);
      const twin = enrolment('twin', { name: 'Chuyên viên again' });
      expect(await register.enroll(twin, start)).not.toBe(first);
      expect(await register.accounts.loginOf(idOf('again'))).toBe('again');
    });

    test('do not share a login, in whatever letters', async () => {
      await register.enroll(enrolment('Dau.Moi'), start);
      const other = idOf('taker');
      const same = enrolment('dau.moi', { person: other, name: 'Chuyên viên Dau.Moi' });
      const taken = await refusal(register.enroll(same, start));
      expect(taken.code).toBe('account/login-taken');
      expect(taken.facts).toEqual({ pointer: '/login', person: idOf('Dau.Moi'), same: true });
      const clash = enrolment('dau.moi', { person: other, name: 'Chuyên viên khác', email: null });
      expect((await refusal(register.enroll(clash, start))).facts['same']).toBe(false);
      expect((await register.names([other])).size).toBe(0);
    });

    test.each([
      [{ name: '' }, 'directory/text', '/name'],
      [{ name: 'Sở'.normalize('NFD') }, 'directory/text', '/name'],
      [{ position: 'a\nb' }, 'directory/text', '/position'],
      [{ agency: 'so_tc' }, 'directory/id', '/agency'],
      [{ email: ' ' }, 'directory/text', '/email'],
      [{ phone: '0'.repeat(31) }, 'directory/text', '/phone'],
      [{ login: 'hai tu' }, 'account/login', '/login'],
      [{ login: 'hàng' }, 'account/login', '/login'],
      [{ login: 'dаngky' }, 'account/login', '/login'],
      [{ login: '\u212Aien' }, 'account/login', '/login'],
      [{ login: 'a'.repeat(65) }, 'account/login', '/login'],
      [{ login: '' }, 'account/login', '/login'],
      [{ person: 'x' }, 'directory/id', '/person'],
    ])('are not entered with %j', async (change, code, pointer) => {
      const refused = await refusal(register.enroll(enrolment('bad', change), start));
      expect([refused.code, refused.facts.pointer]).toEqual([code, pointer]);
    });

    test('whose enrolment was refused are gone, those on record stay', async () => {
      await register.enroll(enrolment('refused'), start);
      await kept(idOf('refused'));
      await register.settleEnrolment(idOf('refused'), 'refused');
      expect(await register.names([idOf('refused')])).toEqual(new Map());
      expect(await everything()).not.toContain('refused');
      await register.enroll(enrolment('next', { login: 'refused' }), start);

      await register.settleEnrolment(idOf('next'), 'recorded');
      await register.settleEnrolment(idOf('next'), 'refused');
      expect((await register.names([idOf('next')])).size).toBe(1);
      await register.settleEnrolment(idOf('nobody'), 'refused');
    });

    test('change their particulars by commitment, and all of them stay open to check', async () => {
      const person = idOf('renamed');
      const first = await register.enroll(enrolment('renamed'), start);
      await register.settleEnrolment(person, 'recorded');
      const next = { name: 'Chuyên viên renamed', position: 'Phó Giám đốc', agency };
      const command = derivedUuid(['spec', 'rename']);
      const second = await register.commit(person, next, command, after(1));
      expect(await register.commit(person, next, command, after(2))).toBe(second);
      expect((await register.current(person)).position).toBe(position);
      await register.settle(command, [first, second], second);
      expect(await register.current(person)).toEqual(next);
      const again = derivedUuid(['spec', 'other']);
      expect(await register.commit(person, next, again, after(3))).toBe(second);
      // Another command writes nothing of its own, and may turn the name back all the same.
      await register.settle(again, [first, second], first);
      expect((await register.current(person)).position).toBe(position);
      await register.settle(again, [first, second], second);
      expect((await register.openedOf(person)).map(({ commitment }) => commitment)).toEqual([
        first,
        second,
      ]);
      const lost = register.commit(idOf('nobody'), next, command, start);
      expect(await codeOf(lost)).toBe('account/unknown');
      expect(await codeOf(register.commit(person, { ...next, name: '' }, command, start))).toBe(
        'directory/text',
      );
    });

    test('leave nothing of a refused act, and lose nothing of one beside it', async () => {
      const person = idOf('settled');
      const first = await register.enroll(enrolment('settled'), start);
      await register.settleEnrolment(person, 'recorded');
      const [refused, recorded] = [derivedUuid(['spec', 'no']), derivedUuid(['spec', 'yes'])];
      const gone = { name: 'Tên bị từ chối', position, agency };
      await register.commit(person, gone, refused, start);
      // Two at once commit to the same words: each to its own salt.
      const here = { name: 'Tên được giữ', position, agency };
      const [one, other] = [
        await register.commit(person, here, refused, start),
        await register.commit(person, here, recorded, start),
      ];
      expect(one).not.toBe(other);
      expect(await register.unsettledBefore(start)).toEqual([]);
      const open = await register.unsettledBefore(after(1));
      const own = open.filter((row) => row.person === person).map(({ command }) => command);
      expect(own.sort()).toEqual([refused, refused, recorded].sort());
      await register.settle(refused, [first]);
      await register.settle(recorded, [first, other]);
      expect(await everything()).not.toContain('Tên bị từ chối');
      expect((await register.openedOf(person)).map(({ commitment }) => commitment).sort()).toEqual(
        [first, other].sort(),
      );
      expect(await codeOf(register.opened(person, one))).toBe('account/unknown');
    });

    test('have their contact data erased and their printed names kept', async () => {
      const person = idOf('erased');
      await register.enroll(enrolment('erased', { phone: '0999 888 777' }), start);
      expect(await register.contact(person)).toEqual({
        email: 'erased@sonla.example',
        phone: '0999 888 777',
        erasedAt: null,
      });
      await register.eraseContact(person, after(5));
      await register.eraseContact(person, after(9));
      expect(await register.contact(person)).toEqual({
        email: null,
        phone: null,
        erasedAt: after(5),
      });
      const text = await everything();
      expect(text).not.toContain('erased@sonla.example');
      expect(text).not.toContain('0999 888 777');
      expect((await register.current(person)).name).toBe('Chuyên viên erased');
      expect(await codeOf(register.contact(idOf('nobody')))).toBe('account/unknown');
    });

    test('are looked up many at a time', async () => {
      await register.enroll(enrolment('many'), start);
      const found = await register.names([idOf('many'), idOf('nobody'), idOf('many')]);
      expect([...found]).toEqual([[idOf('many'), { name: 'Chuyên viên many', position, agency }]]);
      expect(await register.names([])).toEqual(new Map());
    });
  });

  describe('secrets', () => {
    test('are kept as Argon2id of the given cost, each with its own salt', async () => {
      const [one, two] = [await hashSecret(secret), await hashSecret(secret)];
      const form = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;
      expect(one).toMatch(form);
      expect(one).not.toBe(two);
      expect(await verifySecret(secret.normalize('NFD'), one)).toBe(true);
      expect(await verifySecret(`${secret} `, one)).toBe(false);
      expect(await verifySecret(secret, null)).toBe(false);
      await expect(verifySecret(secret, 'plain')).rejects.toThrow('not an Argon2id hash');
    });

    test('are worked on two at a time, and beyond a queue not at all', async () => {
      const phc =
        '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
      const many = Array.from({ length: awaitingTurnMax + 2 }, () => verifySecret('password', phc));
      const turnedAway = await refusal(verifySecret('password', phc));
      expect(turnedAway.code).toBe('account/busy');
      expect(turnedAway.facts).toEqual({ retryAfterSeconds: 5 });
      expect(new Set(await Promise.all(many))).toEqual(new Set([true]));
      expect(await verifySecret('password', phc)).toBe(true);
    });

    // From the reference implementation's test list (P-H-C/phc-winner-argon2, src/test.c).
    test('a hash made elsewhere with another cost is read', async () => {
      const phc =
        '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
      expect(await verifySecret('password', phc)).toBe(true);
      expect(await verifySecret('Password', phc)).toBe(false);
    });

    test('are set once with a code that nobody keeps', async () => {
      const person = idOf('code');
      await register.enroll(enrolment('code'), start);
      expect(await codeOf(register.accounts.openSession('code', secret, start))).toBe(
        'session/refused',
      );
      expect(await register.accounts.hasSecret(person)).toBe(false);
      const stale = await kept(person);
      const { code, issue, digest, expiresAt } = await kept(person);
      expect(expiresAt).toBe(after(activationLifeMs));
      expect(await everything()).not.toContain(code);
      const found = await register.accounts.findActivation(code, secret, start);
      expect(found).toEqual({ person, issue, code: digest });

      expect(await codeOf(activate(stale.code, secret))).toBe('account/activation');
      expect(await codeOf(activate(code, 'ngắn'))).toBe('account/secret');
      expect(await codeOf(activate(code, secret, expiresAt))).toBe('account/activation');
      const tries = [secret, `${secret} khác`].map((one) => {
        return register.accounts.activate(found, one, start).then(
          () => one,
          () => null,
        );
      });
      const [won, ...rest] = (await Promise.all(tries)).filter((one) => one !== null);
      expect(rest).toEqual([]);
      expect(await register.accounts.hasSecret(person)).toBe(true);
      const { token } = await register.accounts.openSession('code', won ?? '', start);
      expect(await codeOf(activate(code, secret))).toBe('account/activation');

      // A further code leaves secret and sessions as they are until it is used.
      const again = await kept(person);
      expect((await register.accounts.session(token, start)).person).toBe(person);
      await activate(again.code, 'một câu chưa ai dùng bao giờ');
      expect(await codeOf(register.accounts.session(token, start))).toBe('session/over');
      const old = register.accounts.openSession('code', won ?? '', start);
      expect(await codeOf(old)).toBe('session/refused');
      expect(await codeOf(kept(idOf('nobody')))).toBe('account/unknown');
    });

    test('are changed by whoever knows them, and every session ends', async () => {
      const person = await activated('change');
      const { token } = await register.accounts.openSession('change', secret, start);
      const next = 'một câu hoàn toàn khác';
      const change = (present: string, to: string) =>
        register.accounts.changeSecret(person, { present, next: to }, start);
      expect(await codeOf(change('sai mất rồi bạn ơi', next))).toBe('session/refused');
      expect(await codeOf(change(secret, 'change.change.1'))).toBe('account/secret');
      expect((await register.accounts.session(token, start)).person).toBe(person);
      await change(secret, next);
      expect(await codeOf(register.accounts.session(token, start))).toBe('session/over');
      expect(await codeOf(register.accounts.openSession('change', secret, start))).toBe(
        'session/refused',
      );
      await register.accounts.openSession('change', next, start);
    });
  });

  describe('sessions', () => {
    test('open for the login in any letters, by a token that is not kept', async () => {
      const person = await activated('sessions.d');
      const { accounts } = register;
      const { token, expiresAt, ...rest } = await accounts.openSession('SESSIONS.D', secret, start);
      expect(rest).toEqual({ person });
      expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(expiresAt).toBe(after(sessionLifeMs));
      expect(await everything()).not.toContain(token);
      expect(await accounts.session(token, start)).toEqual({ person, openedAt: start, expiresAt });
      const again = await accounts.openSession('sessions.d', secret, start);
      expect(again.token).not.toBe(token);
      expect(await codeOf(accounts.session('no such token', start))).toBe('session/over');
    });

    test('end by idling, by age, by signing out', async () => {
      const person = await activated('ends');
      const { accounts } = register;
      const idle = await accounts.openSession('ends', secret, start);
      await accounts.session(idle.token, after(sessionIdleMs - 1));
      await accounts.session(idle.token, after(2 * sessionIdleMs - 2));
      expect(await codeOf(accounts.session(idle.token, after(3 * sessionIdleMs - 2)))).toBe(
        'session/over',
      );

      const old = await accounts.openSession('ends', secret, start);
      for (let at = sessionIdleMs - 1; at < sessionLifeMs; at += sessionIdleMs - 1) {
        await accounts.session(old.token, after(at));
      }
      expect(await codeOf(accounts.session(old.token, after(sessionLifeMs)))).toBe('session/over');

      const [out, kept] = [
        await accounts.openSession('ends', secret, start),
        await accounts.openSession('ends', secret, start),
      ];
      await accounts.closeSession(out.token, start);
      await accounts.closeSession('no such token', start);
      expect(await codeOf(accounts.session(out.token, start))).toBe('session/over');
      expect((await accounts.session(kept.token, start)).person).toBe(person);
      await accounts.closeSessionsOf(person, start);
      expect(await codeOf(accounts.session(kept.token, start))).toBe('session/over');
    });

    test('are refused alike for a wrong secret, an unknown login and no secret yet', async () => {
      await activated('alike');
      await register.enroll(enrolment('alike.new'), start);
      const refusals = await Promise.all(
        ['alike', 'alike.unknown', 'alike.new', ''].map(async (login) => {
          const { code, facts } = await refusal(
            register.accounts.openSession(login, 'không phải mật khẩu', start),
          );
          return { code, facts };
        }),
      );
      expect(refusals).toEqual([1, 2, 3, 4].map(() => ({ code: 'session/refused', facts: {} })));
    });

    const names = ['throttled', 'throttled.unknown'];
    test.each(names)('of %s are throttled after ten failures', async (login) => {
      if (login === 'throttled') await activated(login);
      const { accounts } = register;
      const attempt = (with_: string, ms: number) => accounts.openSession(login, with_, after(ms));
      for (let at = 0; at < 10; at += 1) {
        expect(await codeOf(attempt('không phải mật khẩu', at * 1000))).toBe('session/refused');
      }
      const turnedAway = await refusal(attempt(secret, 60_000));
      expect(turnedAway.code).toBe('session/throttled');
      expect(turnedAway.facts).toEqual({ retryAfterSeconds: 14 * 60 });
      // Being turned away does not prolong the wait: one attempt is free when the oldest is over.
      const free = await attempt(secret, attemptsWindowMs).then(
        () => 'open',
        (error: unknown) => (error instanceof Refusal ? error.code : error),
      );
      expect(free).toBe(login === 'throttled' ? 'open' : 'session/refused');
      // Success clears the count, a failure does not.
      expect(await codeOf(attempt('không phải mật khẩu', attemptsWindowMs))).toBe(
        login === 'throttled' ? 'session/refused' : 'session/throttled',
      );
      expect(await everything()).not.toContain('throttled.unknown');
    });

    test('are not held up by whoever guesses elsewhere', async () => {
      const person = await activated('elsewhere');
      const { accounts } = register;
      const from = (address: string, with_: string, ms = 0) =>
        accounts.openSession('elsewhere', with_, after(ms), address);
      await from('198.51.100.7', secret);
      const wrong = 'không phải mật khẩu';
      for (let at = 0; at < 10; at += 1) {
        expect(await codeOf(from('203.0.113.9', wrong))).toBe('session/refused');
      }
      expect(await codeOf(from('203.0.113.9', secret))).toBe('session/throttled');
      expect((await from('198.51.100.7', secret)).person).toBe(person);
      expect((await from('198.51.100.8', secret)).person).toBe(person);
      const text = await everything();
      for (const address of ['203.0.113.9', '198.51.100.7']) expect(text).not.toContain(address);
    });

    test('guessed at from everywhere are held up where the person never was', async () => {
      const person = await activated('crowd');
      const { accounts } = register;
      const from = (address: string, ms: number) =>
        accounts.openSession('crowd', secret, after(ms), address);
      await from('198.51.100.7', 0);
      // As a crowd leaves them, a few from each address; each guess would cost a derivation here.
      const digests = { login: fingerprint('crowd'), place: fingerprint('somewhere else') };
      const guesses = Array.from({ length: strangersAttemptsMax }, (_, index) => {
        return { ...digests, attempt: derivedUuid(['spec', index]), at: after(1) };
      });
      await db.withSchema('register').insertInto('attempts').values(guesses).execute();
      const stranger = await refusal(from('198.51.100.8', 2));
      expect(stranger.code).toBe('session/throttled');
      expect(stranger.facts).toEqual({ retryAfterSeconds: 24 * 60 * 60 });
      expect((await from('198.51.100.7', 2)).person).toBe(person);
      const nextDay = 24 * 60 * 60_000 + 2;
      expect((await from('198.51.100.8', nextDay)).person).toBe(person);
    });

    test('cannot be guessed in parallel beyond the limit', async () => {
      await activated('parallel');
      const guesses = Array.from({ length: 15 }, () => {
        return codeOf(register.accounts.openSession('parallel', 'không phải mật khẩu', start));
      });
      const codes = await Promise.all(guesses);
      expect(codes.filter((code) => code === 'session/refused').length).toBeLessThanOrEqual(10);
      expect(new Set(codes).has('session/throttled')).toBe(true);
    });
  });

  describe('the first start', () => {
    test('is completed once', async () => {
      expect(await register.accounts.bootstrapUsedAt()).toBeNull();
      const tries = await Promise.all(
        [1, 2, 3].map((ms) => {
          const used = register.accounts.useBootstrap(after(ms));
          return used.then(
            () => 'done',
            (one: Refusal) => one.code,
          );
        }),
      );
      expect(tries.sort()).toEqual(['bootstrap/used', 'bootstrap/used', 'done']);
      expect(await register.accounts.bootstrapUsedAt()).not.toBeNull();
    });
  });
}

describe('on PGlite', () => describeRegister(() => openDatabase()));

describeWithPart('LEDGER_TEST_POSTGRES_URL', 'on a PostgreSQL server', (url) => {
  describeRegister(async () => {
    const { connectionString, drop } = await newPostgresDatabase(url);
    const { db: opened, close } = await openDatabase({ connectionString });
    return { db: opened, close: () => close().then(drop) };
  });
});
