import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { MemoryEventStore } from '#event-store';
import { describeWithPart, startOwnPostgres } from '#testing';
import type { OwnPart } from '#testing';
import { openDatabase } from './database.ts';
import type { Database } from './database.ts';
import { dump } from './dump.ts';
import { openNewDatabase } from './each-database.contract.ts';
import { actOn } from './made-up-acts.contract.ts';
import { openedRound } from './made-up-ledger.contract.ts';
import type { MadeUpLedger } from './made-up-ledger.contract.ts';
import { readModels } from './models.ts';
import { DatabaseAway, DatabaseUnfit } from './postgres-database.ts';
import { Projector } from './projector.ts';
import type { ProjectorStatus } from './projector.ts';
import { rebuild } from './rebuild.ts';

const schema = 'followed';
const common = { schema, models: readModels, upcasters: [] };
const last = (ledger: MadeUpLedger) => ({ leafIndex: ledger.events.length - 1 });

async function thrownBy(act: Promise<unknown>): Promise<unknown> {
  return act.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );
}

/** Looks again at each turn of the event loop: what is waited for is another process's act. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

describeWithPart('LEDGER_TEST_POSTGRES_URL', 'a PostgreSQL server', (url) => {
  let server: Database;
  let pglite: Database;
  let started: Projector[] = [];
  beforeAll(async () => {
    server = await openNewDatabase(url);
    pglite = await openDatabase();
  });
  afterAll(async () => {
    await pglite.close();
    await server.close();
  });
  beforeEach(() => {
    started = [];
  });
  afterEach(async () => {
    for (const projector of started) await projector.stop();
    for (const { db } of [server, pglite]) {
      await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(db);
    }
  });

  const values = [
    '0::bigint',
    '-5::bigint',
    '9007199254740991::bigint',
    '9007199254740993::bigint',
    `'-9223372036854775808'::bigint`,
    '42::int',
    '7::smallint',
    '1.50::numeric',
    '1e40::numeric',
    '1.5::float8',
    'true',
    'null::bigint',
    `'sở'::text`,
    `''::text`,
    `'{"b":1,"a":[1.0,"é"]}'::json`,
    `'{"b":1}'::jsonb`,
    `'0b5e3a4e-0000-4000-8000-000000000001'::uuid`,
    `array['a','"b,']`,
    'count(*)',
    'sum(2)',
    `'2026-01-01T00:00:00Z'::timestamptz`,
  ];

  test.each(values)('gives %s the value that PGlite gives it', async (text) => {
    const asked = sql.raw<{ value: unknown }>(`select ${text} as value`);
    const [here, there] = [await asked.execute(pglite.db), await asked.execute(server.db)];
    expect(there.rows).toStrictEqual(here.rows);
  });

  test('holds the same bytes as PGlite for the same events', async () => {
    const seeds = fc.array(fc.nat({ max: 2 ** 40 }), { minLength: 40, maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: 1, max: 60 }), async (numbers, batchMax) => {
        const ledger = openedRound();
        for (const seed of numbers) actOn(ledger, seed);
        const store = new MemoryEventStore();
        await ledger.appendTo(store);
        const lines: string[][] = [];
        for (const { db } of [pglite, server]) {
          await rebuild({ ...common, db, store, batchMax });
          const held: string[] = [];
          await dump(db, schema, readModels, (line) => held.push(line));
          lines.push(held);
        }
        expect(lines[1]).toStrictEqual(lines[0]);
        expect(lines[0]?.length).toBeGreaterThan(ledger.events.length);
      }),
      { numRuns: 10 },
    );
  });

  /** A projector as one of several processes would run it. */
  async function follow(store: MemoryEventStore): Promise<Projector> {
    const { db, alone } = server;
    const projector = new Projector({ ...common, db, alone, store });
    started.push(projector);
    await projector.start();
    return projector;
  }

  test('lets one projector write; the other stands by and takes over', async () => {
    const ledger = openedRound();
    const store = new MemoryEventStore();
    await ledger.appendTo(store, 0, 10);
    const first = await follow(store);
    expect(await first.waitFor({ leafIndex: 9 }, 20_000)).toBe(true);
    const second = await follow(store);
    await until(async () => (await waitersOf(server)) === 1);
    expect(await second.look()).toMatchObject({ state: 'standby', caughtUp: false, leafIndex: 9 });
    // Who stands by learns from the database what the other has written.
    const waiting = second.waitFor({ leafIndex: 10 }, 20_000);
    await ledger.appendTo(store, 10, 11);
    expect(await waiting).toBe(true);
    expect(second.status()).toMatchObject({ state: 'standby', leafIndex: 10 });
    expect(await second.waitFor({ leafIndex: 11 }, 1)).toBe(false);

    await first.stop();
    await ledger.appendTo(store, 11);
    expect(await second.waitFor(last(ledger), 20_000)).toBe(true);
    expect(second.status()).toMatchObject({ state: 'running', ...last(ledger) });
  });

  test('that takes the lock away stops the writer, which asks for it again', async () => {
    const ledger = openedRound();
    const store = new MemoryEventStore();
    await ledger.appendTo(store, 0, 10);
    const projector = await follow(store);
    expect(await projector.waitFor({ leafIndex: 9 }, 20_000)).toBe(true);
    const states = new Set<ProjectorStatus['state']>();
    await sql`select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and granted and database =
        (select oid from pg_database where datname = current_database())`.execute(server.db);
    await until(() => states.add(projector.status().state).has('waiting'));
    await ledger.appendTo(store, 10);
    expect(await projector.waitFor(last(ledger), 20_000)).toBe(true);
    expect(projector.status().lastError).toBeNull();
  });

  test('is left at once by a projector that only stood by', async () => {
    const store = new MemoryEventStore();
    await follow(store);
    const second = await follow(store);
    await until(async () => (await waitersOf(server)) === 1);
    await second.stop();
    expect(second.status().state).toBe('stopped');
  });

  test('that breaks a connection fails whoever uses it, and nobody else', async () => {
    const used = server.db.transaction().execute(async (transaction) => {
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction);
    });
    expect(await thrownBy(used)).toBeInstanceOf(Error);
    const { rows } = await sql`select 1 as one`.execute(server.db);
    expect(rows).toStrictEqual([{ one: 1 }]);
  });

  test('opened to be read, refuses whatever would write', async () => {
    const reader = await openDatabase({ connectionString: url, isReadOnly: true });
    try {
      const write = sql`create schema ${sql.id(schema)}`;
      const refused = { code: '25006' };
      await expect(write.execute(reader.db)).rejects.toMatchObject(refused);
      const within = reader.db.transaction().execute((transaction) => write.execute(transaction));
      await expect(within).rejects.toMatchObject(refused);
      expect((await sql<{ one: number }>`select 1 as one`.execute(reader.db)).rows).toEqual([
        { one: 1 },
      ]);
    } finally {
      await reader.close();
    }
  });

  test('in another encoding, or one that forgets, is refused', async () => {
    const { db } = server;
    await sql`create database spec_ascii encoding 'SQL_ASCII' locale 'C'
      locale_provider 'libc' template template0`.execute(db);
    await sql`create database spec_forgets`.execute(db);
    await sql`alter database spec_forgets set synchronous_commit = off`.execute(db);
    try {
      for (const name of ['spec_ascii', 'spec_forgets']) {
        const connection = new URL(url);
        connection.pathname = `/${name}`;
        const opening = openDatabase({ connectionString: connection.href });
        expect(await thrownBy(opening)).toBeInstanceOf(DatabaseUnfit);
      }
    } finally {
      await sql`drop database spec_ascii with (force)`.execute(db);
      await sql`drop database spec_forgets with (force)`.execute(db);
    }
  });

  test('that does not let us in is away, and the error keeps the secret', async () => {
    const connection = new URL(url);
    connection.password = 'not-the-secret';
    const error = await thrownBy(openDatabase({ connectionString: connection.href }));
    expect(error).toBeInstanceOf(DatabaseAway);
    expect(inspect(error, { depth: 20 })).not.toContain('not-the-secret');
  });
});

test('a server that is not there is said to be away', async () => {
  const connectionString = 'postgres://ledger:a-secret@127.0.0.1:1/ledger';
  const error = await thrownBy(openDatabase({ connectionString }));
  expect(error).toBeInstanceOf(DatabaseAway);
  expect(inspect(error, { depth: 20 })).not.toContain('a-secret');
});

describeWithPart('LEDGER_TEST_POSTGRES_BINARIES', 'a PostgreSQL server that dies', (binaries) => {
  let part: OwnPart;
  beforeAll(async () => {
    part = await startOwnPostgres(binaries);
  });
  afterAll(() => part.remove());

  describe('and comes back', () => {
    test('finds the projector going on by itself, with nothing lost or twice', async () => {
      const database = await openDatabase({ connectionString: part.url });
      const ledger = openedRound();
      const store = new MemoryEventStore();
      await ledger.appendTo(store, 0, 10);
      const { db, alone } = database;
      const projector = new Projector({ ...common, db, alone, store, batchMax: 3 });
      await projector.start();
      expect(await projector.waitFor({ leafIndex: 9 }, 20_000)).toBe(true);

      await part.kill();
      await ledger.appendTo(store, 10);
      await until(() => projector.status().state === 'waiting');
      expect(await projector.waitFor(last(ledger), 1)).toBe(false);
      await expect(sql`select 1`.execute(db)).rejects.toThrow();

      await part.start();
      expect(await projector.waitFor(last(ledger), 30_000)).toBe(true);
      expect(projector.status()).toMatchObject({ state: 'running', lastError: null });
      await projector.stop();
      await rebuild({ ...common, db, store, schema: 'control' });
      expect(await dump(db, schema, readModels)).toStrictEqual(
        await dump(db, 'control', readModels),
      );
      await database.close();
    });
  });
});

async function waitersOf({ db }: Database): Promise<number> {
  const { rows } = await sql<{ waiters: number }>`select count(*) as waiters from pg_locks
    where locktype = 'advisory' and not granted and database =
      (select oid from pg_database where datname = current_database())`.execute(db);
  return rows[0]?.waiters ?? 0;
}
