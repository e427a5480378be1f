import { describe, expect, test } from '@jest/globals';
import { StoreUnavailable } from '#event-store';
import type { EventStore } from '#event-store';
import { entryBytes, isLogged, manualClock } from '#kernel';
import { textOf } from '#tlog';
import { fsck, LogSource, readEntries } from '#verification';
import { openLog } from './log-keys.ts';
import { OneFault, StruckEventStore, StruckTileStore } from './made-up-faults.contract.ts';
import type { Moment } from './made-up-faults.contract.ts';
import { entryCount, grow, origin, sequencerOf, specSigner } from './made-up-log.contract.ts';
import { until } from './made-up-log.contract.ts';
import { now, policyOf, SpecClient, SpecWitness } from './made-up-witness.contract.ts';
import type { MemoryTileStore } from './memory-tile-store.ts';
import { Publisher } from './publisher.ts';
import { recordHeads } from './stream-heads.ts';
import { TileStoreUnavailable } from './tile-store.ts';

const clock = manualClock(now);
const software = 'spec';

/** What the judge is given: the objects as they lie there, and nothing of ours but their bytes. */
class StoredLog extends LogSource {
  override readonly readAhead = 1;
  private readonly tiles: MemoryTileStore;

  constructor(tiles: MemoryTileStore) {
    super();
    this.tiles = tiles;
  }

  override read(path: string): Promise<Uint8Array | undefined> {
    return this.tiles.read(path);
  }

  override async *list(): AsyncGenerator<string> {
    yield* this.tiles.paths().filter((path) => path.startsWith('tile/'));
  }
}

/** A ledger's log in two stores, with a witness whose cosignature it needs. */
class Story {
  readonly store: StruckEventStore;
  readonly tiles: StruckTileStore;
  private readonly witness = new SpecWitness('mot', 2);
  private readonly policy = policyOf([this.witness], 'all');
  private grown = 0;

  constructor(fault: OneFault) {
    this.store = new StruckEventStore(fault);
    this.tiles = new StruckTileStore(fault);
  }

  async open(): Promise<void> {
    const { key } = specSigner(1);
    await openLog({ store: this.store, clock, software, origin, keys: [key] });
  }

  async record(count: number): Promise<void> {
    await grow(this.store, this.grown, count);
    this.grown += count;
  }

  /** One life of a server: started as it always is, until all there is has been published. */
  async live(): Promise<void> {
    const { store, tiles, policy } = this;
    const publisher = new Publisher({
      tiles,
      clock,
      policy,
      witnesses: new SpecClient([this.witness]),
      graceMs: 0,
      backOff: async () => undefined,
    });
    const onHead = publisher.offer.bind(publisher);
    const { sequencer } = sequencerOf(store, tiles, { onHead, batchMax: 90 });
    await startedAtLast(async () => {
      await publisher.start();
      await sequencer.start();
    });
    const count = await entryCount(store);
    await until(() => {
      const { state, lastError } = sequencer.status();
      if (state === 'failed') throw lastError ?? new Error('failed');
      return publisher.status().published?.treeSize === count;
    });
    const { head } = sequencer.status();
    if (head !== undefined) await recordHeads({ store, clock, software, head });
    await until(() => publisher.status().published?.treeSize === count + 1);
    await sequencer.stop();
    await publisher.stop();
  }

  /** What the judge says, and whether what it read is what was recorded. */
  async judged() {
    const source = new StoredLog(this.tiles);
    const { verdict, size = 0, entries, findings } = await fsck({ source, policy: this.policy });
    const read: (string | undefined)[] = [];
    for await (const entry of readEntries(source, size)) read.push(entry && textOf(entry));
    const recorded = await entriesIn(this.store);
    const faults = findings.filter(({ severity }) => severity !== 'note');
    const isAllThere = entries === recorded.length && read.join('\n') === recorded.join('\n');
    return { verdict, isAllThere, faults };
  }
}

/** As a server does it: a store that does not answer at the start is asked again. */
async function startedAtLast(start: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await start();
    } catch (error) {
      const isAway = error instanceof TileStoreUnavailable || error instanceof StoreUnavailable;
      if (!isAway) throw error;
    }
  }
}

async function entriesIn(store: EventStore): Promise<string[]> {
  const entries: string[] = [];
  for await (const event of store.readAll()) {
    if (isLogged(event.stream)) entries.push(textOf(entryBytes(event)) ?? '');
  }
  return entries;
}

/** Two lives with a fault somewhere in them, and one after it. */
async function told(fault: OneFault) {
  const story = new Story(fault);
  await story.open();
  await story.record(170);
  await story.live();
  await story.record(90);
  await story.live();
  await story.live();
  fault.isOver = true;
  return story.judged();
}

describe('one failing call, whichever it is', () => {
  const sound = { verdict: 'sound', isAllThere: true, faults: [] };

  const everyKind = [
    'append to the head',
    'list',
    'read checkpoint',
    'read the head',
    'read tiles',
    'remove',
    'write checkpoint',
    'write tiles',
  ];

  test.each<[Moment, readonly string[]]>([
    ['absent', ['append to the head']],
    ['before', everyKind],
    ['after', everyKind],
  ])(
    'of the tile store or the head (%s) leaves a log that goes on, and is sound',
    async (moment, kinds) => {
      const struck = new Map<string, number>();
      for (let at = 0; ; at += 1) {
        const fault = new OneFault(at, moment);
        const judged = await told(fault);
        expect({ at, call: fault.struck, ...judged }).toEqual({ at, call: fault.struck, ...sound });
        if (fault.struck === undefined) break;
        const kind = fault.struck.replace(/^read tile.*/, 'read tiles');
        struck.set(kind, (struck.get(kind) ?? 0) + 1);
      }
      expect([...struck.keys()].toSorted()).toEqual(kinds);
    },
    300_000,
  );
});

describe('the judge of these specs', () => {
  test.each(['checkpoint', 'tile/0/000', 'tile/entries/000'])(
    'says unsound when one bit of %s is another',
    async (path) => {
      const story = new Story(new OneFault(-1, 'before'));
      await story.open();
      await story.record(260);
      await story.live();
      expect(await story.judged()).toMatchObject({ verdict: 'sound' });
      const bytes = (await story.tiles.read(path)) as Uint8Array;
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] as number) ^ 1;
      await story.tiles.write([{ path, bytes }]);
      expect(await story.judged()).toMatchObject({ verdict: 'unsound' });
    },
  );
});
