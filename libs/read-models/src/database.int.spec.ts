import { fdatasyncSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openDatabase, openFolder } from './database.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-models-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the embedded database', () => {
  test('in a folder syncs its log on every commit, and keeps what it has', async () => {
    const dataDir = join(folder, 'deep', 'pglite');
    let syncs = 0;
    const first = await openFolder(dataDir, (descriptor) => {
      syncs += 1;
      fdatasyncSync(descriptor);
    });
    const { rows } = await first.query(`select
      current_setting('fsync') as fsync, current_setting('synchronous_commit') as at_commit,
      current_setting('wal_sync_method') as method, current_setting('full_page_writes') as pages
    `);
    expect(rows).toStrictEqual([{ fsync: 'on', at_commit: 'on', method: 'fsync', pages: 'on' }]);
    await first.query('create table kept (number bigint)');
    for (const number of [1, 2, 3]) {
      const before = syncs;
      await first.query('insert into kept values ($1)', [number]);
      expect(syncs).toBeGreaterThan(before);
    }
    await first.close();

    const second = await openDatabase({ dataDir });
    const found = await sql`select number from kept order by number`.execute(second.db);
    expect(found.rows).toStrictEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
    await second.close();
  });

  test('a statement beside an open transaction is no part of it', async () => {
    const database = await openDatabase();
    const { db } = database;
    await sql`create table kept (number bigint)`.execute(db);
    let beside: Promise<unknown> = Promise.resolve();
    const failing = db.transaction().execute(async (transaction) => {
      await sql`insert into kept values (1)`.execute(transaction);
      beside = sql`insert into kept values (2)`.execute(db);
      await sql`insert into kept values (3)`.execute(transaction);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    await beside;
    expect((await sql`select number from kept`.execute(db)).rows).toStrictEqual([{ number: 2 }]);
    await database.close();
  });

  test('belongs to this process: whoever asks to be alone is', async () => {
    const { alone, close } = await openDatabase();
    const { signal } = new AbortController();
    expect(await alone('name', signal, async (held) => held === signal)).toBe(true);
    await close();
  });
});
