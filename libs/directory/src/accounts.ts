import type { Kysely } from 'kysely';
import { bareHex, digestOf, epochMs, instantFromMs } from '#kernel';
import type { Digest, Instant, PersonId } from '#kernel';
import { activationLifeDays } from './activation-rules.ts';
import { Attempts } from './attempts.ts';
import { refuse } from './refusals.ts';
import { registerSchema } from './register-tables.ts';
import type { RegisterTables } from './register-tables.ts';
import { fingerprint, hashSecret, randomToken, secretFault, verifySecret } from './secrets.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A session ends after half an hour without a request and, used or not, after a working day. */
export const sessionIdleMs = 30 * minuteMs;
export const sessionLifeMs = 8 * hourMs;
export const activationLifeMs = activationLifeDays * 24 * hourMs;
/** A session's last use is written at most this often: reading must not cost a write each time. */
const touchAfterMs = minuteMs;

export type OpenedSession = {
  /** The bearer token, shown once; the register keeps its SHA-256. */
  readonly token: string;
  readonly person: PersonId;
  readonly expiresAt: Instant;
};

export type Session = {
  readonly person: PersonId;
  /** When the secret was last given: what asks for a fresh login compares with this. */
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
};

/** A code that was found in the register; whether it works is for the rules to say. */
export type FoundActivation = {
  readonly person: PersonId;
  readonly issue: string;
  /** Of the code itself, as its issue is recorded. */
  readonly code: Digest;
};

/** A new one-time code: 256 random bits, shown once, and what events and register keep of it. */
export function newActivationCode(): { readonly code: string; readonly digest: Digest } {
  const code = randomToken();
  return { code, digest: digestOf(code) };
}

/**
 * Local accounts: logins, secrets, one-time activation codes and sessions. Nothing here says what
 * a person may do; roles are read from events on every act. Time comes from the caller. An account
 * is made by `Register.enroll`.
 */
export class Accounts {
  private readonly db: Kysely<RegisterTables>;
  private readonly attempts: Attempts;

  constructor(db: Kysely<RegisterTables>) {
    this.db = db.withSchema(registerSchema);
    this.attempts = new Attempts(this.db);
  }

  /** Whether the person ever set a secret. Refuses `account/unknown`. */
  async hasSecret(person: PersonId): Promise<boolean> {
    return (await this.credentialOf(person)).hash !== null;
  }

  /**
   * Keeps what finds the person of a code, once its issue is recorded; answers when it expires. With
   * the code the person sets their own secret, so that no registrar ever knows it. Codes kept before
   * are found no more. Refuses `account/unknown`.
   */
  async keepActivation(
    person: PersonId,
    { issue, code }: Omit<FoundActivation, 'person'>,
    now: Instant,
  ): Promise<Instant> {
    await this.credentialOf(person);
    const expiresAt = later(now, activationLifeMs);
    await this.db.transaction().execute(async (db) => {
      await db
        .deleteFrom('activations')
        .where('person', '=', person)
        .where('used_at', 'is', null)
        .execute();
      await db
        .insertInto('activations')
        .values({ code: bareHex(code), person, issue, expires_at: expiresAt, used_at: null })
        .execute();
    });
    return expiresAt;
  }

  /**
   * Whose code this is, with a secret that their account would take: nothing is recorded of a code
   * with which nothing can be done. Refuses `account/activation`, `account/secret`.
   */
  async findActivation(code: string, secret: string, now: Instant): Promise<FoundActivation> {
    const row = await this.db
      .selectFrom('activations')
      .innerJoin('credentials', 'credentials.person', 'activations.person')
      .select(['credentials.person', 'login', 'issue'])
      .where('code', '=', fingerprint(code))
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst();
    if (row === undefined) throw refuse('account/activation', { pointer: '/code' });
    checkSecret(secret, row.login, '/secret');
    return { person: row.person, issue: row.issue, code: digestOf(code) };
  }

  /**
   * Sets the secret of the account the code was issued for, once its use is recorded, and ends every
   * session. Refuses `account/activation` where somebody else was first with the same code.
   */
  async activate({ person, code }: FoundActivation, secret: string, now: Instant): Promise<void> {
    const hash = await hashSecret(secret);
    await this.db.transaction().execute(async (db) => {
      const used = await db
        .updateTable('activations')
        .set({ used_at: now })
        .where('code', '=', bareHex(code))
        .where('person', '=', person)
        .where('used_at', 'is', null)
        .executeTakeFirst();
      // Of two at once one wins; the other's secret must not replace it.
      if (used.numUpdatedRows !== 1n) throw refuse('account/activation', { pointer: '/code' });
      await putSecret(db, person, hash, now);
    });
  }

  /**
   * Sets a secret without a code: for the first start, whose token was checked by the caller.
   * Every open session of the person ends. Refuses `account/unknown`, `account/secret`.
   */
  async setSecret(person: PersonId, secret: string, now: Instant): Promise<void> {
    const { login } = await this.credentialOf(person);
    checkSecret(secret, login, '/secret');
    const hash = await hashSecret(secret);
    await this.db.transaction().execute((db) => putSecret(db, person, hash, now));
  }

  /**
   * Replaces a secret by somebody who knows it; every open session ends, this one too. A wrong one
   * counts as a failed attempt to sign in. Refuses as `openSession` and `setSecret` do.
   */
  async changeSecret(
    person: PersonId,
    secrets: { readonly present: string; readonly next: string },
    now: Instant,
    address = '',
  ): Promise<void> {
    const { login } = await this.credentialOf(person);
    await this.verified({ login, address }, secrets.present, now);
    await this.setSecret(person, secrets.next, now);
  }

  /**
   * Signs in. An unknown login, a wrong secret and an account without a secret are refused alike,
   * after the same work: `session/refused`. After too many failures (see `Attempts`)
   * `session/throttled`, with `retryAfterSeconds`, before any work is done; `account/busy` where more
   * people wait for that work than it can bear.
   */
  async openSession(
    login: string,
    secret: string,
    now: Instant,
    address = '',
  ): Promise<OpenedSession> {
    const person = await this.verified({ login, address }, secret, now);
    const token = randomToken();
    const expiresAt = later(now, sessionLifeMs);
    await this.db.deleteFrom('sessions').where('expires_at', '<=', now).execute();
    await this.db
      .insertInto('sessions')
      .values({
        token: fingerprint(token),
        person,
        opened_at: now,
        last_used_at: now,
        expires_at: expiresAt,
        revoked_at: null,
      })
      .execute();
    return { token, person, expiresAt };
  }

  /** Whose token this is; counts as a use of it. Refuses `session/over`. */
  async session(token: string, now: Instant): Promise<Session> {
    const row = await this.db
      .selectFrom('sessions')
      .select(['person', 'opened_at', 'last_used_at', 'expires_at'])
      .where('token', '=', fingerprint(token))
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .where('last_used_at', '>', earlier(now, sessionIdleMs))
      .executeTakeFirst();
    if (row === undefined) throw refuse('session/over');
    if (row.last_used_at <= earlier(now, touchAfterMs)) {
      await this.db
        .updateTable('sessions')
        .set({ last_used_at: now })
        .where('token', '=', fingerprint(token))
        .where('last_used_at', '<', now)
        .execute();
    }
    return { person: row.person, openedAt: row.opened_at, expiresAt: row.expires_at };
  }

  /** Signs out. Quiet about a token that is unknown or over: the end is the same. */
  async closeSession(token: string, now: Instant): Promise<void> {
    await this.db
      .updateTable('sessions')
      .set({ revoked_at: now })
      .where('token', '=', fingerprint(token))
      .where('revoked_at', 'is', null)
      .execute();
  }

  /** Ends every session of a person: a lost telephone, a changed secret. */
  async closeSessionsOf(person: PersonId, now: Instant): Promise<void> {
    await closeSessions(this.db, person, now);
  }

  /** The login under which a person signs in. Refuses `account/unknown`. */
  async loginOf(person: PersonId): Promise<string> {
    return (await this.credentialOf(person)).login;
  }

  /** Whose login this is, undefined for nobody's. For the security log, never for an answer. */
  async personOf(login: string): Promise<PersonId | undefined> {
    const row = await this.db
      .selectFrom('credentials')
      .select('person')
      .where('login', '=', normalLogin(login))
      .executeTakeFirst();
    return row?.person;
  }

  /** When the first start was completed; null before. */
  async bootstrapUsedAt(): Promise<Instant | null> {
    const row = await this.db.selectFrom('bootstrap').select('used_at').executeTakeFirst();
    return row?.used_at ?? null;
  }

  /** Completes the first start. Of any number of calls one succeeds; refuses `bootstrap/used`. */
  async useBootstrap(now: Instant): Promise<void> {
    const inserted = await this.db
      .insertInto('bootstrap')
      .values({ single: true, used_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 1n) throw refuse('bootstrap/used');
  }

  /** The person behind login and secret. The attempt counts before it is known to have failed. */
  private async verified(
    { login, address }: { readonly login: string; readonly address: string },
    secret: string,
    now: Instant,
  ): Promise<PersonId> {
    const known = normalLogin(login);
    const trying = { login: known, address };
    await this.attempts.count(trying, now);
    const row = await this.db
      .selectFrom('credentials')
      .select(['person', 'hash'])
      .where('login', '=', known)
      .executeTakeFirst();
    const right = await verifySecret(secret, row?.hash ?? null);
    if (row === undefined || !right) throw refuse('session/refused');
    await this.attempts.succeeded(trying, now);
    return row.person;
  }

  private async credentialOf(
    person: PersonId,
  ): Promise<{ readonly login: string; readonly hash: string | null }> {
    const row = await this.db
      .selectFrom('credentials')
      .select(['login', 'hash'])
      .where('person', '=', person)
      .executeTakeFirst();
    if (row === undefined) throw refuse('account/unknown', { person });
    return row;
  }
}

/**
 * The login as it is kept, in small letters. Refuses `account/login` for one with other characters:
 * of letters that look alike in two scripts, one would sign in as the other's double.
 */
export function checkLogin(login: string): string {
  // Before it is folded: the Kelvin sign becomes a k.
  if (!/^[A-Za-z0-9._@-]{1,64}$/.test(login)) throw refuse('account/login', { pointer: '/login' });
  return normalLogin(login);
}

/** Lower-casing can undo a composition, so the order matters. */
function normalLogin(login: string): string {
  return login.toLowerCase().normalize('NFC');
}

/** Refuses `account/secret` for one that is too short, too long or the login itself. */
export function checkSecret(secret: string, login: string, pointer: string): void {
  const fault = secretFault(secret, login);
  if (fault !== undefined) throw refuse('account/secret', { pointer, fault });
}

async function putSecret(
  db: Kysely<RegisterTables>,
  person: PersonId,
  hash: string,
  now: Instant,
): Promise<void> {
  await db
    .updateTable('credentials')
    .set({ hash, changed_at: now })
    .where('person', '=', person)
    .execute();
  await closeSessions(db, person, now);
}

async function closeSessions(
  db: Kysely<RegisterTables>,
  person: PersonId,
  now: Instant,
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where('person', '=', person)
    .where('revoked_at', 'is', null)
    .execute();
}

function later(than: Instant, byMs: number): Instant {
  return instantFromMs(epochMs(than) + byMs);
}

function earlier(than: Instant, byMs: number): Instant {
  return later(than, -byMs);
}
