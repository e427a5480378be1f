import { fdatasyncSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { copyInto, CopyRows } from './copy-rows.ts';
import type { CopyValue } from './copy-rows.ts';
import { openDatabase } from './database.ts';
import { openFolder } from './pglite-folder.ts';

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
    const synced = new Set<number>();
    const first = await openFolder(dataDir, (descriptor) => {
      syncs += 1;
      synced.add(descriptor);
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

    // What goes into a table of the same transaction is not in the log: it must be synced itself.
    synced.clear();
    await first.query('begin');
    await first.query('create table made as select generate_series(1, 200000) as number');
    await first.query('commit');
    expect(synced.size).toBeGreaterThan(1);
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

  test('that has died says so at once, to everybody', async () => {
    const database = await openDatabase();
    await sql`create table kept (number bigint)`.execute(database.db);
    // A session that is left in the middle of a statement ends PostgreSQL, which is but one.
    const ending = sql`copy kept from stdin`.execute(database.db);
    const waiting = sql`select 1`.execute(database.db);
    for (const asked of [ending, waiting, sql`select 2`.execute(database.db)]) {
      await expect(asked).rejects.toThrow('the embedded database has died');
    }
    await expect(database.failed).rejects.toThrow('the embedded database has died');
    await database.close();
  });

  test('that was closed has not died', async () => {
    const database = await openDatabase();
    await database.close();
    await expect(Promise.race([database.failed, Promise.resolve('well')])).resolves.toBe('well');
  });

  test('copies rows in, and goes on after rows that it refuses', async () => {
    const database = await openDatabase();
    const { db } = database;
    await sql`create table public.kept (number bigint, text text not null, id uuid)`.execute(db);
    const columns = ['number', 'text', 'id'];
    const put = async (...rows: readonly CopyValue[][]) => {
      const copied = new CopyRows(['bigint', 'text', 'uuid']);
      for (const row of rows) copied.add(row);
      await copyInto(db, ['public', 'kept'], columns, copied);
    };
    const id = '0b5e3a4e-0000-4000-8000-000000000001';
    const long = 'sở\t\\N\n'.repeat(5_000);
    const kept: CopyValue[][] = [
      [Number.MAX_SAFE_INTEGER, 'sở', id],
      [-(2 ** 33) - 5, '', null],
      [null, long, id],
    ];
    await put(...kept);
    await put();
    await expect(put([1, null, id])).rejects.toMatchObject({ code: '23502' });
    await expect(copyInto(db, ['public', 'none'], ['a'], oneRow())).rejects.toMatchObject({
      code: '42P01',
    });
    await put([7, new TextEncoder().encode('bytes'), null]);
    const { rows } = await sql`select number, text, id from public.kept`.execute(db);
    expect(rows).toStrictEqual(
      [...kept, [7, 'bytes', null]].map(([number, text, uuid]) => ({ number, text, id: uuid })),
    );
    await database.close();
  });

  test('belongs to this process: whoever asks to be alone is', async () => {
    const { alone, close } = await openDatabase();
    const { signal } = new AbortController();
    expect(await alone('name', signal, async (held) => held === signal)).toBe(true);
    await close();
  });
});

function oneRow(): CopyRows {
  const rows = new CopyRows(['bigint']);
  rows.add([1]);
  return rows;
}
