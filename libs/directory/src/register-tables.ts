import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { AgencyId, Digest, Instant, PersonId } from '#kernel';

/**
 * Tables of the register: what must be erasable or secret, and so is neither an event nor a read
 * model. Its own schema, backed up, never rebuilt (CONTRACTS 6). Instants are kept as their text in
 * the one stored form, under the C collation: comparing them as text compares them in time, and no
 * driver turns them into something with a time zone.
 */
export type RegisterTables = {
  persons: {
    person: PersonId;
    name: string;
    position: string;
    agency: AgencyId;
    email: string | null;
    phone: string | null;
    /** False until the person's enrolment stands in the event store. */
    recorded: boolean;
    entered_at: Instant;
    erased_at: Instant | null;
  };
  /**
   * Each row is what one commitment commits to. It is written before the event, for a name must not
   * be lost, and goes again where the command was refused.
   */
  particulars: {
    commitment: Digest;
    person: PersonId;
    salt: string;
    name: string;
    position: string;
    agency: AgencyId;
    entered_at: Instant;
    /** The command it was written for; null in rows from before this was kept. */
    command: string | null;
    /** False until an event commits to it. */
    settled: boolean;
  };
  credentials: {
    person: PersonId;
    /** Lower case, NFC. */
    login: string;
    /** PHC string; null until the account is activated. */
    hash: string | null;
    changed_at: Instant | null;
  };
  activations: {
    /** SHA-256 of the code; the code itself is nowhere. */
    code: string;
    person: PersonId;
    /** Of `activation.issued` or the enrolment: what is recorded there decides. */
    issue: string;
    expires_at: Instant;
    used_at: Instant | null;
  };
  sessions: {
    /** SHA-256 of the token. */
    token: string;
    person: PersonId;
    opened_at: Instant;
    last_used_at: Instant;
    expires_at: Instant;
    revoked_at: Instant | null;
  };
  /** Digests of the login, and of login and address together; see `Attempts`. */
  attempts: { attempt: string; login: string; place: string; at: Instant };
  /** Where an account was signed in to, by the same digest. */
  known_places: { place: string; last_at: Instant };
  bootstrap: { single: boolean; used_at: Instant };
  /** Which stream a command writes to, where its path does not say so. */
  command_claims: { command: string; stream: string };
};

export const registerSchema = 'register';

const instant = 'text collate "C"';

/** Each entry is one version and is never edited: a change of the tables is a new entry. */
const versions: readonly (readonly string[])[] = [
  [
    `create table register.persons (
      person uuid primary key, name text not null, position text not null, agency text not null,
      email text, phone text, recorded boolean not null default false,
      entered_at ${instant} not null, erased_at ${instant})`,
    `create table register.particulars (
      commitment text primary key, person uuid not null references register.persons,
      salt text not null, name text not null, position text not null, agency text not null,
      entered_at ${instant} not null, unique (person, name, position, agency))`,
    `create table register.credentials (
      person uuid primary key references register.persons, login text not null unique,
      hash text, changed_at ${instant})`,
    `create table register.activations (
      code text primary key, person uuid not null references register.persons,
      expires_at ${instant} not null, used_at ${instant})`,
    'create index activations_person on register.activations (person)',
    `create table register.sessions (
      token text primary key, person uuid not null references register.persons,
      opened_at ${instant} not null, last_used_at ${instant} not null,
      expires_at ${instant} not null, revoked_at ${instant})`,
    'create index sessions_person on register.sessions (person)',
    `create table register.attempts (
      attempt uuid primary key, login text not null, at ${instant} not null)`,
    'create index attempts_login on register.attempts (login, at)',
    'create index attempts_at on register.attempts (at)',
    `create table register.bootstrap (
      single boolean primary key check (single), used_at ${instant} not null)`,
  ],
  ['create table register.command_claims (command uuid primary key, stream text not null)'],
  [
    // Codes from before their issue was recorded work no more; a registrar issues new ones.
    'delete from register.activations where used_at is null',
    'alter table register.activations add column issue text',
    "update register.activations set issue = ''",
    'alter table register.activations alter column issue set not null',
    'alter table register.particulars add column command uuid',
    'alter table register.particulars add column settled boolean not null default true',
    `alter table register.particulars
      drop constraint particulars_person_name_position_agency_key`,
    'create index particulars_person on register.particulars (person)',
    `create unique index particulars_command on register.particulars
      (command, person, name, position, agency)`,
    `create index particulars_open on register.particulars (entered_at) where not settled`,
    'delete from register.attempts',
    'alter table register.attempts add column place text not null',
    'create index attempts_place on register.attempts (place, at)',
    `create table register.known_places (
      place text primary key, last_at ${instant} not null)`,
    'create index known_places_last_at on register.known_places (last_at)',
  ],
];

/** Any two servers that start at once must agree on one number for the lock; this one is ours. */
const migrationLock = 7_262_001;

/**
 * Brings the schema to the newest version, in one transaction; done twice, it does nothing. Several
 * servers may start at once: the lock lets one work and the others look. A schema from a newer
 * program is refused with an Error, because an older one would misread it.
 */
export async function migrateRegister<Tables>(db: Kysely<Tables>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(transaction);
    await sql`create schema if not exists register`.execute(transaction);
    await sql`create table if not exists register.versions (version integer primary key)`.execute(
      transaction,
    );
    const { rows } = await sql<{ version: number }>`select version from register.versions`.execute(
      transaction,
    );
    const newest = Math.max(0, ...rows.map(({ version }) => version));
    if (newest > versions.length) {
      throw new Error(`the register has version ${newest}, this program knows ${versions.length}`);
    }
    for (const [index, statements] of versions.entries()) {
      if (index < newest) continue;
      for (const statement of statements) await sql.raw(statement).execute(transaction);
      await sql`insert into register.versions values (${sql.lit(index + 1)})`.execute(transaction);
    }
  });
}
