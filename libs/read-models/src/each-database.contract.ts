import { describe } from '@jest/globals';
import { describeWithPart, newPostgresDatabase } from '#testing';
import { openDatabase } from './database.ts';
import type { Database } from './sql.ts';

/**
 * What is promised of the database holds on both engines: the same specs run on PGlite and on a
 * PostgreSQL server. On the server each opening is a new database that goes when it is closed, so
 * suites that run at the same time never meet.
 */
export function describeOnEachDatabase(body: (open: () => Promise<Database>) => void): void {
  describe('on PGlite', () => body(() => openDatabase()));
  describeWithPart('LEDGER_TEST_POSTGRES_URL', 'on a PostgreSQL server', (url) => {
    body(() => openNewDatabase(url));
  });
}

export async function openNewDatabase(url: string): Promise<Database> {
  const { connectionString, drop } = await newPostgresDatabase(url);
  const database = await openDatabase({ connectionString });
  return {
    ...database,
    close: async () => {
      await database.close();
      await drop();
    },
  };
}
