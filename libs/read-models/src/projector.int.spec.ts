import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { bareHex, digestOf } from '#kernel';
import type { Actor } from '#kernel';
import { MemoryEventStore, StoreUnavailable } from '#event-store';
import type { AllFilter, Delivery, Position } from '#event-store';
import { PoisonEvent } from './batch-writer.ts';
import type { Database } from './database.ts';
import { describeOnEachDatabase } from './each-database.contract.ts';
import { dump } from './dump.ts';
import { khcn, openedRound, someone, tc } from './made-up-ledger.contract.ts';
import type { MadeUpLedger } from './made-up-ledger.contract.ts';
import type { ReadModel } from './log-event.ts';
import { readModels } from './models.ts';
import { Projector } from './projector.ts';
import type { ProjectorOptions } from './projector.ts';
import { ReadModels } from './read-models.ts';
import { rebuild, rebuildIfOutdated } from './rebuild.ts';
import { ReadModelsOutdated, readProgress } from './schema.ts';

const schema = 'followed';
/** Beyond the 2,704 bytes of an index entry; digests, because those cannot be compressed. */
const longName = Array.from({ length: 90 }, (_, at) => bareHex(digestOf(String(at)))).join('');
let database: Database;
let ledger: MadeUpLedger;
let store: MemoryEventStore;
let started: Projector[] = [];

describeOnEachDatabase((open) => {
  beforeAll(async () => {
    database = await open();
  });
  afterAll(async () => {
    await database.close();
  });
  beforeEach(() => {
    ledger = openedRound();
    store = new MemoryEventStore();
  });
  afterEach(async () => {
    for (const projector of started) await projector.stop();
    started = [];
    await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(database.db);
  });

  async function follow(options: Partial<ProjectorOptions> = {}): Promise<Projector> {
    const projector = new Projector({
      db: database.db,
      schema,
      models: readModels,
      upcasters: [],
      store,
      ...options,
    });
    started.push(projector);
    await projector.start();
    return projector;
  }

  /** Resolves when the projector is about to try again, and lets it go on when told. */
  function backOffGate() {
    let [arrive, open] = [() => {}, () => {}];
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const backOff = () => {
      arrive();
      return opened;
    };
    return { arrived, open: () => open(), backOff };
  }

  const last = () => ({ leafIndex: ledger.events.length - 1 });

  describe('the projector', () => {
    test('wakes those who wait, and only for what they wait for', async () => {
      const projector = await follow();
      const waiting = projector.waitFor(last(), 20_000);
      const tooFar = projector.waitFor({ leafIndex: ledger.events.length }, 1);
      await ledger.appendTo(store);
      expect(await waiting).toBe(true);
      expect(await tooFar).toBe(false);
      const { position } = projector.status();
      expect(await projector.waitFor({ position: position as Position }, 1)).toBe(true);
      const beyond = position?.replace(/^./, '9') as Position;
      expect(await projector.waitFor({ position: beyond }, 1)).toBe(false);
      expect(projector.status()).toMatchObject({
        state: 'running',
        caughtUp: true,
        leafIndex: ledger.events.length - 1,
        lastError: null,
      });
    });

    test('counts every logged stream and passes over the head of the log', async () => {
      const operator = someone(khcn, 'operator');
      for (const stream of ['log-head', 'log-heads', 'log-head', 'log-keys']) {
        ledger.record(stream, operator, { type: 'log.opened.v1', data: { stream } });
      }
      await ledger.appendTo(store);
      const projector = await follow();
      expect(await projector.waitFor({ leafIndex: ledger.events.length - 3 }, 20_000)).toBe(true);
      const asked = new ReadModels({ db: database.db, schema });
      const headsId = ledger.events.find(({ stream }) => stream === 'log-heads')?.id ?? '';
      const headId = ledger.events.find(({ stream }) => stream === 'log-head')?.id ?? '';
      expect((await asked.receiptEvent(headsId))?.leafIndex).toBe(ledger.events.length - 4);
      expect(await asked.receiptEvent(headId)).toBeNull();
      expect(await asked.receiptEvent('not a uuid')).toBeNull();
    });

    test('rows and position go together: a failure between them leaves neither', async () => {
      const gate = backOffGate();
      await follow().then((projector) => projector.stop());
      await sql
        .raw(
          `
        create function ${schema}.refuse() returns trigger language plpgsql
          as $$ begin raise exception 'killed before the position'; end $$;
      `,
        )
        .execute(database.db);
      await sql
        .raw(
          `create trigger refuse before update on ${schema}.progress
        for each row execute function ${schema}.refuse()`,
        )
        .execute(database.db);
      const projector = await follow({ backOff: gate.backOff, batchMax: 7 });
      await ledger.appendTo(store);
      await gate.arrived;
      expect(projector.status()).toMatchObject({
        state: 'waiting',
        caughtUp: false,
        leafIndex: null,
      });
      expect(projector.status().lastError?.message).toContain('killed before the position');
      const { rows } = await sql`select from ${sql.id(schema, 'leaf')}`.execute(database.db);
      expect(rows).toHaveLength(0);

      await sql.raw(`drop trigger refuse on ${schema}.progress`).execute(database.db);
      gate.open();
      expect(await projector.waitFor(last(), 20_000)).toBe(true);
      await rebuild({
        db: database.db,
        models: readModels,
        upcasters: [],
        store,
        schema: 'control',
      });
      expect(await dump(database.db, schema, readModels)).toStrictEqual(
        await dump(database.db, 'control', readModels),
      );
    });

    test('stops before an event that cannot be folded, names it, and stays there', async () => {
      ledger.record('agency-son_la.x', someone(khcn, 'registrar'), {
        type: 'unit.registered.v1',
        data: { unit: 'son_la.x.p', name: { vi: 'p', en: null } },
      });
      const poison = ledger.events.at(-1);
      ledger.file(someone(tc, 'officer'), 'after the poison');
      await ledger.appendTo(store);
      const projector = await follow();
      const before = ledger.events.length - 3;
      expect(await projector.waitFor({ leafIndex: before }, 20_000)).toBe(true);
      expect(await projector.waitFor({ leafIndex: before + 1 }, 20_000)).toBe(false);
      expect(projector.status()).toMatchObject({
        state: 'failed',
        caughtUp: false,
        leafIndex: before,
      });
      const { lastError } = projector.status();
      expect(lastError).toBeInstanceOf(PoisonEvent);
      expect((lastError as PoisonEvent).eventId).toBe(poison?.id);
      await projector.stop();

      const again = await follow();
      expect(await again.waitFor({ leafIndex: before + 1 }, 20_000)).toBe(false);
      expect(again.status()).toMatchObject({ state: 'failed', leafIndex: before });
    });

    test('of an event that one model cannot show, no model keeps a row', async () => {
      const doomed = ledger.events.length - 2;
      const models = [...readModels, unableToShow(doomed)];
      await ledger.appendTo(store);
      const projector = await follow({ models });
      expect(await projector.waitFor(last(), 20_000)).toBe(false);
      expect(projector.status()).toMatchObject({ state: 'failed', leafIndex: doomed - 1 });
      expect((projector.status().lastError as PoisonEvent).eventId).toBe(ledger.events[doomed]?.id);

      const before = new MemoryEventStore();
      await ledger.appendTo(before, 0, doomed);
      const control = { models, upcasters: [], store: before, schema: 'control' };
      await rebuild({ db: database.db, ...control });
      expect(await dump(database.db, schema, models)).toStrictEqual(
        await dump(database.db, 'control', models),
      );
    });

    const operator = someone(khcn, 'operator');
    const indigestible: readonly [string, string, Actor][] = [
      ['22021, a character that no text may hold', 'log-\0', operator],
      ['23502, a null where there must be none', 'log-x', { ...operator, role: null as never }],
    ];
    test.each(indigestible)(
      'stops before what the database never takes (%s) and names it',
      async (_, stream, actor) => {
        const before = ledger.events.length - 1;
        ledger.record(stream, actor, { type: 'log.opened.v1', data: {} });
        ledger.file(someone(tc, 'officer'), 'after it');
        await ledger.appendTo(store);
        const projector = await follow();
        expect(await projector.waitFor({ leafIndex: before }, 20_000)).toBe(true);
        expect(await projector.waitFor({ leafIndex: before + 1 }, 20_000)).toBe(false);
        const { state, leafIndex, lastError } = projector.status();
        expect([state, leafIndex]).toStrictEqual(['failed', before]);
        expect(lastError).toBeInstanceOf(PoisonEvent);
        expect(lastError).toMatchObject({ stream, revision: 0, eventType: 'log.opened.v1' });
      },
    );

    test('stops before what can be no entry of the log, and names it', async () => {
      const before = ledger.events.length - 1;
      await ledger.appendTo(store);
      const { id, type, data, metadata } = ledger.events[0] as MadeUpLedger['events'][number];
      const other = { id: id.replace(/^.{8}/, 'ffffffff'), type, data, metadata };
      await store.append(`log-${longName}`, 'no-stream', [other]);
      const projector = await follow();
      expect(await projector.waitFor({ leafIndex: before }, 20_000)).toBe(true);
      expect(await projector.waitFor({ leafIndex: before + 1 }, 20_000)).toBe(false);
      expect(projector.status()).toMatchObject({
        state: 'failed',
        leafIndex: before,
        lastError: { stream: `log-${longName}`, revision: 0 },
      });
      expect(projector.status().lastError).toBeInstanceOf(PoisonEvent);
    });

    test('a hole in a stream is a fault, not a detail', async () => {
      await ledger.appendTo(store);
      const cut = new CuttingStore(store, (stream, revision) => {
        return stream.startsWith('round-') && revision === 3;
      });
      const projector = await follow({ store: cut });
      expect(await projector.waitFor(last(), 20_000)).toBe(false);
      expect((projector.status().lastError as PoisonEvent).revision).toBe(4);
    });

    test('subscribes again from its own position when the connection breaks', async () => {
      const gate = backOffGate();
      const breaking = new BreakingStore(5);
      await ledger.appendTo(breaking);
      const projector = await follow({ store: breaking, backOff: gate.backOff, batchMax: 2 });
      await gate.arrived;
      expect(projector.status().lastError).toBeInstanceOf(StoreUnavailable);
      expect(projector.status().leafIndex).toBe(4);
      gate.open();
      expect(await projector.waitFor(last(), 20_000)).toBe(true);
      expect(projector.status()).toMatchObject({ state: 'running', lastError: null });
      const positions: (Position | undefined)[] = [undefined];
      for await (const event of breaking.readAll({ maxCount: 5 })) positions[1] = event.position;
      expect(breaking.askedAfter).toStrictEqual(positions);
    });

    test('two of them cannot write one schema', async () => {
      const gate = backOffGate();
      const slow = await follow({ backOff: gate.backOff });
      const { db } = database;
      await sql`update ${sql.id(schema, 'progress')} set leaf_count = 5`.execute(db);
      await ledger.appendTo(store);
      await gate.arrived;
      expect(slow.status().lastError?.message).toContain('another projector');
      expect((await readProgress(db, schema)).leafCount).toBe(5);
      await sql`update ${sql.id(schema, 'progress')} set leaf_count = 0`.execute(db);
      gate.open();
      expect(await slow.waitFor(last(), 20_000)).toBe(true);
    });

    test('tables of another version are refused, and rebuilt where asked', async () => {
      const { db } = database;
      await ledger.appendTo(store);
      const projector = await follow();
      await projector.waitFor(last(), 20_000);
      await projector.stop();
      const [first, ...others] = readModels;
      const newer = [{ ...first, version: 99 } as (typeof readModels)[number], ...others];
      await expect(follow({ models: newer })).rejects.toThrow(ReadModelsOutdated);
      const options = { db, schema, store, upcasters: [] };
      expect(await rebuildIfOutdated({ ...options, models: readModels })).toBe(false);
      expect(await rebuildIfOutdated({ ...options, models: newer })).toBe(true);
      expect((await readProgress(db, schema)).leafCount).toBe(ledger.events.length);
    });
  });
});

/** Leaves out one event, as a store does that somebody has tampered with. */
class CuttingStore extends MemoryEventStore {
  private readonly inner: MemoryEventStore;
  private readonly isCut: (stream: string, revision: number) => boolean;

  constructor(inner: MemoryEventStore, isCut: (stream: string, revision: number) => boolean) {
    super();
    this.inner = inner;
    this.isCut = isCut;
  }

  override async *subscribeToAll(options: {
    readonly after?: Position;
    readonly filter?: AllFilter;
    readonly signal: AbortSignal;
  }): AsyncGenerator<Delivery> {
    for await (const delivery of this.inner.subscribeToAll(options)) {
      const isCut =
        delivery.kind === 'event' && this.isCut(delivery.event.stream, delivery.event.revision);
      if (!isCut) yield delivery;
    }
  }
}

/** Breaks the first subscription after so many deliveries. */
class BreakingStore extends MemoryEventStore {
  readonly askedAfter: (Position | undefined)[] = [];
  private readonly deliveries: number;

  constructor(deliveries: number) {
    super();
    this.deliveries = deliveries;
  }

  override async *subscribeToAll(options: {
    readonly after?: Position;
    readonly filter?: AllFilter;
    readonly signal: AbortSignal;
  }): AsyncGenerator<Delivery> {
    this.askedAfter.push(options.after);
    let delivered = 0;
    for await (const delivery of super.subscribeToAll(options)) {
      yield delivery;
      delivered += 1;
      if (this.askedAfter.length === 1 && delivered === this.deliveries) {
        throw new StoreUnavailable('planned');
      }
    }
  }
}

/** Folds every event, and has no row for the one at this leaf. */
function unableToShow(leafIndex: number): ReadModel {
  return {
    name: 'unable',
    version: 1,
    facets: [],
    facetsOf: () => ({}),
    keysOf: ({ stream }) => [stream],
    fold: (event, states) => states.put(event.stream, event.leafIndex),
    rowOf: (state) => {
      if (state === leafIndex) throw new Error('planned: no row for this');
      return state;
    },
    streamOf: null,
  };
}
