import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { EventStore, MemoryEventStore } from '#event-store';
import type { AllFilter, Delivery, Position } from '#event-store';
import { evolveFigure, awaitedFigure } from '#figures';
import type { FigureFact } from '#figures';
import { day, isLogged, replay } from '#kernel';
import type { Recorded } from '#kernel';
import type { Database } from './database.ts';
import { describeOnEachDatabase } from './each-database.contract.ts';
import { dump } from './dump.ts';
import { actOn } from './made-up-acts.contract.ts';
import { assigned, openedRound, round } from './made-up-ledger.contract.ts';
import type { MadeUpLedger } from './made-up-ledger.contract.ts';
import { readModels } from './models.ts';
import { Projector } from './projector.ts';
import { ReadModels } from './read-models.ts';
import { rebuild } from './rebuild.ts';

let database: Database;
describeOnEachDatabase((open) => {
  beforeAll(async () => {
    database = await open();
  });
  afterAll(async () => {
    await database.close();
  });

  const common = { models: readModels, upcasters: [] };

  /** Delivers at least once: every subscription goes back, and repeats itself now and then. */
  class RepeatingStore extends MemoryEventStore {
    private readonly every: number;

    constructor(every: number) {
      super();
      this.every = every;
    }

    override async *subscribeToAll(options: {
      readonly after?: Position;
      readonly filter?: AllFilter;
      readonly signal: AbortSignal;
    }): AsyncGenerator<Delivery> {
      const { after: _, ...rest } = options;
      const delivered: Delivery[] = [];
      for await (const delivery of super.subscribeToAll(rest)) {
        delivered.push(delivery);
        yield delivery;
        if (delivered.length % this.every === 0) yield* delivered.slice(-this.every - 2);
      }
    }
  }

  let schemaNumber = 0;
  async function inSchemas<T>(run: (live: string, rebuilt: string) => Promise<T>): Promise<T> {
    schemaNumber += 1;
    const names = [`live_${schemaNumber}`, `rebuilt_${schemaNumber}`] as const;
    try {
      return await run(...names);
    } finally {
      for (const name of names) {
        await sql`drop schema if exists ${sql.id(name)} cascade`.execute(database.db);
      }
    }
  }

  function ledgerOf(seeds: readonly number[]): MadeUpLedger {
    const ledger = openedRound();
    for (const seed of seeds) actOn(ledger, seed);
    return ledger;
  }

  /** Follows the store from start to stop once for each of the cuts. */
  async function followInSteps(
    ledger: MadeUpLedger,
    store: EventStore,
    schema: string,
    cuts: readonly number[],
    sizes: { readonly batchMax: number; readonly presentMax: number },
  ): Promise<void> {
    let from = 0;
    for (const cut of cuts) {
      const projector = new Projector({ ...common, ...sizes, db: database.db, schema, store });
      await projector.start();
      await ledger.appendTo(store, from, cut);
      from = cut;
      const leafIndex =
        ledger.events.slice(0, cut).filter(({ stream }) => isLogged(stream)).length - 1;
      expect(await projector.waitFor({ leafIndex }, 20_000)).toBe(true);
      await projector.stop();
    }
  }

  async function answers(schema: string, asOf?: number) {
    const asked = new ReadModels({ db: database.db, schema });
    const moment = { asOf, today: day('2026-09-09') };
    return {
      leaf: await asked.leafAt(asOf),
      figures: await asked.roundFigures(round, moment),
      accounts: await asked.accountability(round, moment),
      progress: await asked.progress(round, moment),
      round: await asked.round(round, asOf),
      history: await asked.figureHistory(`${round}.I.2`, asOf, { limit: 200 }),
      register: await asked.evidenceRegister({}, asOf),
      agencies: await asked.agencies(asOf),
    };
  }

  const seeds = fc.array(fc.nat({ max: 2 ** 40 }), { minLength: 10, maxLength: 80 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  describe('read models over a whole ledger', () => {
    test('rebuilt from zero, any prefix of the log has the same bytes as when it was followed', async () => {
      await fc.assert(
        fc.asyncProperty(
          seeds,
          fc.tuple(share, share),
          fc.record({
            batchMax: fc.integer({ min: 1, max: 40 }),
            // So few that rows and streams are forgotten and read back all the time.
            presentMax: fc.integer({ min: 1, max: 40 }),
          }),
          fc.integer({ min: 2, max: 9 }),
          async (numbers, shares, sizes, every) =>
            inSchemas(async (live, rebuilt) => {
              const { db } = database;
              const ledger = ledgerOf(numbers);
              const store = new RepeatingStore(every);
              const cuts = shares
                .map((part) => 1 + Math.floor(part * (ledger.events.length - 1)))
                .sort((a, b) => a - b);
              await followInSteps(ledger, store, live, cuts, sizes);
              const followed = await dump(db, live, readModels);
              for (const presentMax of [sizes.presentMax, undefined]) {
                await rebuild({ ...common, ...sizes, presentMax, db, store, schema: rebuilt });
                expect(await dump(db, rebuilt, readModels)).toStrictEqual(followed);
              }
            }),
        ),
        { numRuns: 25 },
      );
    });

    test('asked for an earlier leaf, the whole log answers as its prefix did', async () => {
      await fc.assert(
        fc.asyncProperty(seeds, share, async (numbers, part) => {
          await inSchemas(async (whole, prefix) => {
            const { db } = database;
            const ledger = ledgerOf(numbers);
            const cut = 1 + Math.floor(part * (ledger.events.length - 1));
            const early = new MemoryEventStore();
            await ledger.appendTo(early, 0, cut);
            await rebuild({ ...common, db, store: early, schema: prefix });
            await ledger.appendTo(early, cut);
            await rebuild({ ...common, db, store: early, schema: whole });

            const then = await answers(prefix);
            expect(await answers(whole, then.leaf.leafIndex ?? -1)).toStrictEqual(then);
            for (const view of then.figures.data ?? []) {
              const stream = `figure-${view.figure}`;
              const acts = ledger.events.slice(0, cut).filter((event) => event.stream === stream);
              const folding = { initial: awaitedFigure, evolve: evolveFigure };
              const state = replay(folding, acts as unknown as Recorded<FigureFact>[]);
              expect([view.status, view.inForce?.digest, view.handIns.versions]).toStrictEqual([
                state.status,
                state.versions[(state.inForce ?? 0) - 1]?.digest,
                state.versions.length,
              ]);
            }
            expect(then.figures.data?.length ?? 0).toBeLessThanOrEqual(assigned.length + 1);
          });
        }),
        { numRuns: 20 },
      );
    });
  });
});
