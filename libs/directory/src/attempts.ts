import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { epochMs, instantFromMs } from '#kernel';
import type { Instant } from '#kernel';
import { refuse } from './refusals.ts';
import type { RegisterTables } from './register-tables.ts';
import { fingerprint } from './secrets.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** From one address for one login. */
export const attemptsMax = 10;
export const attemptsWindowMs = 15 * minuteMs;
/** For one login from all addresses together that it was never signed in from. */
export const strangersAttemptsMax = 100;
export const strangersWindowMs = dayMs;
/** How long an address counts as one the account is used from. */
export const knownPlaceMs = 90 * dayMs;

/** Whose account is tried, and from where: the caller says what counts as one address. */
export type Trying = { readonly login: string; readonly address: string };

/**
 * Guessing is slowed down for whoever guesses, and not for whose account it is. Ten failures count
 * for one login from one address, so that nobody elsewhere can lock a person out. Many addresses
 * together get a hundred in a day: that keeps a crowd of machines from guessing on, and holds back
 * only addresses from which this account was never signed in to. Logins and addresses are kept as
 * digests of both together: people type secrets into the wrong field, and the same address must not
 * link two accounts.
 */
export class Attempts {
  private readonly db: Kysely<RegisterTables>;

  /** `db` names the schema of the register. */
  constructor(db: Kysely<RegisterTables>) {
    this.db = db;
  }

  /**
   * Writes the attempt down first and counts then, so that a hundred guesses at once are counted as
   * a hundred. An attempt that is turned away leaves no trace: waiting always helps. Refuses
   * `session/throttled` with `retryAfterSeconds`.
   */
  async count(trying: Trying, now: Instant): Promise<void> {
    const { login, place } = keysOf(trying);
    const attempt = randomUUID();
    await this.db
      .deleteFrom('attempts')
      .where('at', '<=', earlier(now, strangersWindowMs))
      .execute();
    await this.db.insertInto('attempts').values({ attempt, login, place, at: now }).execute();
    const waitMs =
      (await this.waitHere(place, now)) ?? (await this.waitAmongStrangers(login, place, now));
    if (waitMs === undefined) return;
    await this.db.deleteFrom('attempts').where('attempt', '=', attempt).execute();
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
    throw refuse('session/throttled', { retryAfterSeconds });
  }

  /** The secret was right: the failures from here count no more, and the address is known. */
  async succeeded(trying: Trying, now: Instant): Promise<void> {
    const { place } = keysOf(trying);
    await this.db.deleteFrom('attempts').where('place', '=', place).execute();
    await this.db
      .deleteFrom('known_places')
      .where('last_at', '<=', earlier(now, knownPlaceMs))
      .execute();
    await this.db
      .insertInto('known_places')
      .values({ place, last_at: now })
      .onConflict((known) => known.column('place').doUpdateSet({ last_at: now }))
      .execute();
  }

  private async waitHere(place: string, now: Instant): Promise<number | undefined> {
    const recent = await this.db
      .selectFrom('attempts')
      .select('at')
      .where('place', '=', place)
      .where('at', '>', earlier(now, attemptsWindowMs))
      .orderBy('at')
      .limit(attemptsMax + 1)
      .execute();
    return waitAfter(recent, attemptsMax, attemptsWindowMs, now);
  }

  private async waitAmongStrangers(
    login: string,
    place: string,
    now: Instant,
  ): Promise<number | undefined> {
    const recent = await this.db
      .selectFrom('attempts')
      .select('at')
      .where('login', '=', login)
      .orderBy('at')
      .limit(strangersAttemptsMax + 1)
      .execute();
    const waitMs = waitAfter(recent, strangersAttemptsMax, strangersWindowMs, now);
    if (waitMs === undefined) return undefined;
    const known = await this.db
      .selectFrom('known_places')
      .select('place')
      .where('place', '=', place)
      .where('last_at', '>', earlier(now, knownPlaceMs))
      .executeTakeFirst();
    return known === undefined ? waitMs : undefined;
  }
}

/** Until the oldest attempt counts no more; undefined while there are not too many. */
function waitAfter(
  recent: readonly { readonly at: Instant }[],
  countMax: number,
  windowMs: number,
  now: Instant,
): number | undefined {
  const oldest = recent[0];
  if (oldest === undefined || recent.length <= countMax) return undefined;
  return epochMs(oldest.at) + windowMs - epochMs(now);
}

/** No text holds a line feed in a login or an address, so the two parts cannot run together. */
function keysOf({ login, address }: Trying): { readonly login: string; readonly place: string } {
  return { login: fingerprint(login), place: fingerprint(`${login}\n${address}`) };
}

function earlier(than: Instant, byMs: number): Instant {
  return instantFromMs(epochMs(than) - byMs);
}
