import type { Kysely, OnConflictBuilder } from 'kysely';
import { isAgencyId } from '#kernel';
import type { Digest, Instant, PersonId } from '#kernel';
import { Accounts, checkLogin } from './accounts.ts';
import { commitmentOf } from './commitment.ts';
import type { Particulars } from './commitment.ts';
import { checkId, checkText, checkUuid, nameLengthMax } from './input-checks.ts';
import { refuse } from './refusals.ts';
import { registerSchema } from './register-tables.ts';
import type { RegisterTables } from './register-tables.ts';
import { randomSalt } from './secrets.ts';

/** A person as entered by a registrar. The id is made by the caller, from the command's id. */
export type Enrolment = Particulars & {
  readonly person: PersonId;
  readonly login: string;
  readonly email: string | null;
  readonly phone: string | null;
};

/** Particulars with what opens their commitment; travels in bundles and audit exports. */
export type Opened = Particulars & { readonly commitment: Digest; readonly salt: string };

export type Contact = {
  readonly email: string | null;
  readonly phone: string | null;
  readonly erasedAt: Instant | null;
};

const emailLengthMax = 254;
const phoneLengthMax = 30;

/**
 * The register of what is erasable: names, positions and contact data of people, behind the ids
 * that stand in events. Names and positions of official acts are public record and are kept with
 * their salts; contact data goes on request. `accounts` holds logins and sessions over the same
 * tables. Time comes from the caller; failures of the database reach the caller as they are.
 */
export class Register {
  readonly accounts: Accounts;
  private readonly db: Kysely<RegisterTables>;

  constructor(db: Kysely<RegisterTables>) {
    this.db = db.withSchema(registerSchema);
    this.accounts = new Accounts(db);
  }

  /**
   * The stream that a command was first sent for, recorded at the first asking: the same command
   * never reaches two streams, whatever its body names.
   */
  async claimCommand(command: string, stream: string): Promise<string> {
    const conflict = (on: OnConflictBuilder<RegisterTables, 'command_claims'>) =>
      on.column('command').doNothing();
    await this.db
      .insertInto('command_claims')
      .values({ command, stream })
      .onConflict(conflict)
      .execute();
    const claim = await this.db
      .selectFrom('command_claims')
      .select('stream')
      .where('command', '=', command)
      .executeTakeFirstOrThrow();
    return claim.stream;
  }

  /**
   * Enters a person and reserves the login, in one transaction, before `person.enrolled` is
   * recorded, and answers the commitment that event carries. Entering the same person again changes
   * nothing and answers the same commitment, so the whole act can be repeated with its
   * Idempotency-Key. Refuses `account/login-taken`; its fact `same` is true when the account that
   * bears the login shows the same name, position and agency.
   */
  async enroll(enrolment: Enrolment, now: Instant): Promise<Digest> {
    const { person, name, position, agency, email, phone } = enrolment;
    checkUuid(person, '/person');
    checkParticulars(enrolment);
    const login = checkLogin(enrolment.login);
    if (email !== null) checkText(email, emailLengthMax, '/email');
    if (phone !== null) checkText(phone, phoneLengthMax, '/phone');

    return this.db.transaction().execute(async (db) => {
      await db
        .insertInto('persons')
        .values({
          person,
          name,
          position,
          agency,
          email,
          phone,
          recorded: false,
          entered_at: now,
          erased_at: null,
        })
        .onConflict((conflict) => conflict.column('person').doNothing())
        .execute();
      await db
        .insertInto('credentials')
        .values({ person, login, hash: null, changed_at: null })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const owner = await db
        .selectFrom('credentials')
        .innerJoin('persons', 'persons.person', 'credentials.person')
        .select(['persons.person', 'name', 'position', 'agency'])
        .where('login', '=', login)
        .executeTakeFirst();
      if (owner !== undefined && owner.person !== person) {
        const same = owner.name === name && owner.position === position && owner.agency === agency;
        throw refuse('account/login-taken', { pointer: '/login', person: owner.person, same });
      }
      return commit(db, { person, command: person }, { name, position, agency }, now);
    });
  }

  /**
   * Says what became of the enrolment's event. When it was refused, everything entered for a person
   * who was never recorded goes again, the login too; a person on record is left alone, so a
   * repeated key with another body cannot remove anybody.
   */
  async settleEnrolment(person: PersonId, outcome: 'recorded' | 'refused'): Promise<void> {
    if (outcome === 'recorded') {
      await this.db
        .updateTable('persons')
        .set({ recorded: true })
        .where('person', '=', person)
        .execute();
      await this.db
        .updateTable('particulars')
        .set({ settled: true })
        .where('command', '=', person)
        .execute();
      return;
    }
    await this.db.transaction().execute(async (db) => {
      const row = await db
        .selectFrom('persons')
        .select('recorded')
        .where('person', '=', person)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined || row.recorded) return;
      for (const table of ['activations', 'sessions', 'credentials', 'particulars'] as const) {
        await db.deleteFrom(table).where('person', '=', person).execute();
      }
      await db.deleteFrom('persons').where('person', '=', person).execute();
    });
  }

  /**
   * The commitment to a person's particulars, for a grant or a renaming: the one that an event
   * commits to already, else a new one with a fresh salt, written for this command alone and to be
   * settled once its outcome is known. Repeated for the same command it is the same. Refuses
   * `account/unknown`.
   */
  async commit(
    person: PersonId,
    particulars: Particulars,
    command: string,
    now: Instant,
  ): Promise<Digest> {
    checkParticulars(particulars);
    await this.current(person);
    return this.db.transaction().execute((db) => commit(db, { person, command }, particulars, now));
  }

  /**
   * Says what became of the command that particulars were written for: `held` are the commitments
   * that the person's events hold. What else was written for it goes: no name stays behind a
   * refusal, and none is lost that an event commits to. `shown` is the commitment of the enrolment or
   * of the last renaming: its name is what is shown from now on, so that no crash leaves a former one.
   */
  async settle(command: string, held: readonly Digest[], shown?: Digest): Promise<void> {
    await this.db.transaction().execute(async (db) => {
      if (shown !== undefined) await show(db, shown);
      if (held.length > 0) {
        await db
          .updateTable('particulars')
          .set({ settled: true })
          .where('command', '=', command)
          .where('commitment', 'in', held)
          .execute();
      }
      await db
        .deleteFrom('particulars')
        .where('command', '=', command)
        .where('settled', '=', false)
        .execute();
    });
  }

  /**
   * Commands whose outcome nobody came back to say, that wrote something before a moment. The
   * command of an enrolment is called like the person.
   */
  async unsettledBefore(moment: Instant): Promise<{ person: PersonId; command: string }[]> {
    const rows = await this.db
      .selectFrom('particulars')
      .select(['person', 'command'])
      .where('settled', '=', false)
      .where('entered_at', '<', moment)
      .execute();
    return rows.map(({ person, command }) => ({ person, command: command ?? person }));
  }

  /** Name, position and agency as shown today. Refuses `account/unknown`. */
  async current(person: PersonId): Promise<Particulars> {
    const found = (await this.names([person])).get(person);
    if (found === undefined) throw refuse('account/unknown', { person });
    return found;
  }

  /** What is shown for each of these people; ids that are not in the register are left out. */
  async names(persons: readonly PersonId[]): Promise<Map<PersonId, Particulars>> {
    if (persons.length === 0) return new Map();
    const rows = await this.db
      .selectFrom('persons')
      .select(['person', 'name', 'position', 'agency'])
      .where('person', 'in', [...new Set(persons)])
      .execute();
    return new Map(rows.map(({ person, ...particulars }) => [person, particulars]));
  }

  /** Everything a person's commitments commit to, oldest first; for bundles and audit exports. */
  async openedOf(person: PersonId): Promise<Opened[]> {
    return this.db
      .selectFrom('particulars')
      .select(['commitment', 'salt', 'name', 'position', 'agency'])
      .where('person', '=', person)
      .where('settled', '=', true)
      .orderBy('entered_at')
      .orderBy('commitment')
      .execute();
  }

  /** What one commitment of a person commits to. Refuses `account/unknown`. */
  async opened(person: PersonId, commitment: Digest): Promise<Opened> {
    const row = await this.db
      .selectFrom('particulars')
      .select(['commitment', 'salt', 'name', 'position', 'agency'])
      .where('person', '=', person)
      .where('commitment', '=', commitment)
      .executeTakeFirst();
    if (row === undefined) throw refuse('account/unknown', { person, commitment });
    return row;
  }

  /** Refuses `account/unknown`. */
  async contact(person: PersonId): Promise<Contact> {
    const row = await this.db
      .selectFrom('persons')
      .select(['email', 'phone', 'erased_at as erasedAt'])
      .where('person', '=', person)
      .executeTakeFirst();
    if (row === undefined) throw refuse('account/unknown', { person });
    return row;
  }

  /**
   * Erases e-mail and phone, once `person.erased` is recorded; repeating it keeps the first day.
   * Name and position stay: they are printed under acts (Law on personal data 91/2025 leaves public
   * record out; check the original). Backups are the operator's to age out.
   */
  async eraseContact(person: PersonId, now: Instant): Promise<void> {
    await this.db
      .updateTable('persons')
      .set({ email: null, phone: null, erased_at: now })
      .where('person', '=', person)
      .where('erased_at', 'is', null)
      .execute();
  }
}

/** A commitment without a row says nothing: `ledger fsck` finds it. */
async function show(db: Kysely<RegisterTables>, shown: Digest): Promise<void> {
  const row = await db
    .selectFrom('particulars')
    .select(['person', 'name', 'position', 'agency'])
    .where('commitment', '=', shown)
    .executeTakeFirst();
  if (row === undefined) return;
  const { person, ...particulars } = row;
  await db.updateTable('persons').set(particulars).where('person', '=', person).execute();
}

/**
 * The row of this command first, so that a repetition finds what its event holds; then one that an
 * event commits to; else a new one. Two commands at once have a row each, and neither takes away
 * what the other's event rests on.
 */
async function commit(
  db: Kysely<RegisterTables>,
  { person, command }: { readonly person: PersonId; readonly command: string },
  { name, position, agency }: Particulars,
  now: Instant,
): Promise<Digest> {
  const written = () =>
    db
      .selectFrom('particulars')
      .select('commitment')
      .where('person', '=', person)
      .where('name', '=', name)
      .where('position', '=', position)
      .where('agency', '=', agency);
  const own = () => written().where('command', '=', command).executeTakeFirst();
  const present =
    (await own()) ??
    (await written()
      .where('settled', '=', true)
      .orderBy('entered_at')
      .orderBy('commitment')
      .executeTakeFirst());
  if (present !== undefined) return present.commitment;
  const salt = randomSalt();
  const commitment = commitmentOf(salt, { name, position, agency });
  const row = { commitment, person, salt, name, position, agency, entered_at: now, command };
  // The unique key decides between two at once; whoever loses reads the winner's row.
  await db
    .insertInto('particulars')
    .values({ ...row, settled: false })
    .onConflict((twin) =>
      twin.columns(['command', 'person', 'name', 'position', 'agency']).doNothing(),
    )
    .execute();
  return (await own())?.commitment ?? commitment;
}

function checkParticulars({ name, position, agency }: Particulars): void {
  checkText(name, nameLengthMax, '/name');
  checkText(position, nameLengthMax, '/position');
  checkId(isAgencyId(agency), '/agency');
}
