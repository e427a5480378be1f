import { sql } from 'kysely';
import { registerSchema } from '#directory/node';
import type { RegisterTables } from '#directory/node';
import { StoreUnavailable } from '#event-store';
import type { EventStore } from '#event-store';
import type { Database } from '#read-models/node';
import { compareWithRegister, FindingList } from '#verification';
import type { LogClaims, ParticularsRow, PersonRow, RegisterRows } from '#verification';
import type { Opened } from './fsck-parts.ts';

const pageRows = 1_000;

/** Holds the register of persons against the log; nothing in the database is made or changed. */
export async function judgeRegister(
  claims: LogClaims,
  store: Opened<EventStore>,
  database: Opened<Database>,
): Promise<FindingList> {
  if ('part' in database)
    return compareWithRegister({ claims, rows: rowsOf(database.part, store) });
  const findings = new FindingList();
  findings.add('register/unusable', { detail: database.fault });
  return findings;
}

/** In pages by the key: no row is held longer than it is looked at. */
function rowsOf(database: Database, store: Opened<EventStore>): RegisterRows {
  const db = database.db.withTables<RegisterTables>().withSchema(registerSchema);
  const particulars = async function* (): AsyncGenerator<ParticularsRow> {
    let after = '';
    for (;;) {
      const page = await db
        .selectFrom('particulars')
        .select(['commitment', 'person', 'salt', 'name', 'position', 'agency', 'settled'])
        .where(sql<string>`commitment collate "C"`, '>', after)
        .orderBy(sql`commitment collate "C"`)
        .limit(pageRows)
        .execute();
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.commitment;
    }
  };
  const persons = async function* (): AsyncGenerator<PersonRow> {
    let after: string | undefined;
    for (;;) {
      let query = db.selectFrom('persons').selectAll().orderBy('person').limit(pageRows);
      if (after !== undefined) query = query.where('person', '>', after);
      const page = await query.execute();
      for (const { person, name, position, agency, recorded, email, phone, erased_at } of page) {
        const hasContact = email !== null || phone !== null;
        const isErased = erased_at !== null;
        yield { person, name, position, agency, recorded, hasContact, isErased };
      }
      after = page.at(-1)?.person;
      if (after === undefined) return;
    }
  };
  return { particulars, persons, eventsOf: (person) => eventsOf(store, person) };
}

/** Only asked for where a row is not explained by the log: then it matters that nobody can look. */
function eventsOf(store: Opened<EventStore>, person: string): ReturnType<EventStore['readStream']> {
  if ('fault' in store) throw new StoreUnavailable(store.fault);
  return store.part.readStream(`person-${person}`);
}
