import { join } from 'node:path';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { connectEventStore } from '#event-store/node';
import { openDatabase, readModels, rebuild } from '#read-models/node';
import type { DatabaseOptions } from '#read-models/node';
import { addCopies } from './cloned-rounds.ts';
import { openBenchLedger, submissionBody } from './bench-ledger.ts';
import { EmmettUnderTest, onServer } from './emmett-under-test.ts';
import { Load } from './load.ts';
import { round } from '../small-round.ts';
import { seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

const copies = 120;
const roundCount = 3;
const emmettEvents = 5_000;

/** Every read model anew from the first event, of thirty thousand; Emmett's one beside it. */
export async function measureRebuild(postgresUrl: string | undefined): Promise<Measured[]> {
  const { ledger, cast } = await openBenchLedger({ lives: true });
  await ledger.stop();
  await addCopies(ledger.folder, { round, from: 0, to: copies });
  const node = await startEmbeddedNode({ file: join(ledger.folder, 'events.db') });
  const store = connectEventStore(node.connectionString);
  const emmett = postgresUrl === undefined ? undefined : await EmmettUnderTest.start(postgresUrl);
  if (emmett !== undefined) await fill(emmett, submissionBody(cast.evidence));

  const rebuildOn = async (options: DatabaseOptions) => {
    const database = await openDatabase(options);
    const started = seconds();
    const { leafCount } = await rebuild({
      db: database.db,
      store,
      models: readModels,
      upcasters: [],
      schema: 'bench',
    });
    const perSecond = leafCount / (seconds() - started);
    await database.close();
    return perSecond;
  };
  const read: number[] = [];
  const embedded: number[] = [];
  const onPostgres: number[] = [];
  const theirs: number[] = [];
  for (let turn = 0; turn < roundCount; turn += 1) {
    read.push(await readsPerSecond(store));
    embedded.push(await rebuildOn({ dataDir: join(ledger.folder, 'pglite') }));
    if (postgresUrl === undefined || emmett === undefined) continue;
    onPostgres.push(await rebuildOn({ connectionString: postgresUrl }));
    await onServer(postgresUrl, 'drop schema bench cascade');
    theirs.push(await emmett.rebuild());
  }
  await store.close();
  await node.stop();
  const rows: [string, readonly number[]][] = [
    ['rebuild of every read model, PGlite', embedded],
    ['rebuild of every read model, PostgreSQL', onPostgres],
    ['reading the same events, nothing else', read],
    ['rebuild of Emmett’s one projection, PostgreSQL', theirs],
  ];
  return rows
    .filter(([, values]) => values.length > 0)
    .map(([what, values]) => ({ what, unit: 'events/s', spread: spreadOf(values) }));
}

/**
 * One at a time: Emmett 0.42 reads events in the order of transactions and goes on by position alone,
 * so of those that were appended at once its rebuild leaves some out, and half a rebuild is no figure.
 */
async function fill(emmett: EmmettUnderTest, body: string): Promise<void> {
  const shots = emmett.submissions(emmettEvents, body);
  await new Load().run({ origin: emmett.origin, inFlight: 1, shots });
}

async function readsPerSecond(store: ReturnType<typeof connectEventStore>): Promise<number> {
  const started = seconds();
  let count = 0;
  for await (const _ of store.readAll()) count += 1;
  return count / (seconds() - started);
}
