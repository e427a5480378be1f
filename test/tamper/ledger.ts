import { manualClock } from '#kernel';
import type { Entry } from '#kernel';
import { MemoryEventStore } from '#event-store';
import type { NewEvent, StoredEvent } from '#event-store';
import { formatVerifierKey, parsePolicy, utf8 } from '#tlog';
import type { Policy } from '#tlog';
import { MemoryTileStore, openLog, Publisher, readHead, recordHeads } from '#transparency';
import type { LogHead, LogSigner, OpenLogOptions } from '#transparency';
import { compareWithStore, fsck, LogSource, reportWith } from '#verification';
import type { Finding, FsckOptions, FsckReport } from '#verification';
import {
  entryCount,
  origin,
  sequencerOf,
  until,
} from '../../libs/transparency/src/made-up-log.contract.ts';
import { now, SpecClient } from '../../libs/transparency/src/made-up-witness.contract.ts';
import type { SpecWitness } from '../../libs/transparency/src/made-up-witness.contract.ts';

/** What the administrator of every machine can read and write; only the keys are elsewhere. */
export type Ledger = {
  /** All that the event store holds, in its order. */
  readonly events: readonly StoredEvent[];
  /** Checkpoint, tiles and bundles by their paths. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** Of the auditor. */
  readonly policy: Policy;
};

const software = 'minhchung/0.0.0';

export type Keeping = {
  readonly witnesses: readonly SpecWitness[];
  /** How many of them must cosign; 0 asks for none. */
  readonly atLeast: number;
};

/**
 * A ledger on the ledger's own parts: what is appended becomes tiles by the sequencer and a
 * cosigned checkpoint by the publisher, each time `sequence` is called, through a start and a stop.
 */
export class LedgerWriter {
  readonly store = new MemoryEventStore();
  readonly tiles = new MemoryTileStore();
  private readonly keeping: Keeping;
  private signers: readonly [LogSigner, ...LogSigner[]];

  constructor(first: LogSigner, keeping: Keeping) {
    this.signers = [first];
    this.keeping = keeping;
  }

  /** Records the keys as the ledger does at a start: the first time, a new one, one that goes. */
  async useKeys(
    signers: readonly [LogSigner, ...LogSigner[]],
    retired: OpenLogOptions['retired'] = [],
  ): Promise<void> {
    this.signers = signers;
    const [first, ...others] = signers.map(({ key }) => key);
    const keys = [first as LogSigner['key'], ...others] as const;
    const clock = manualClock(now);
    await openLog({ store: this.store, clock, software, origin, keys, retired });
  }

  async append(stream: string, revision: number, events: readonly NewEvent[]): Promise<void> {
    await this.store.append(stream, revision === 0 ? 'no-stream' : revision - 1, events);
  }

  /** Each told entry at its place in its stream. */
  async record(entries: readonly Entry[]): Promise<void> {
    for (const { id, type, data, metadata, stream, revision } of entries) {
      await this.append(stream, revision, [{ id, type, data, metadata }]);
    }
  }

  async recordHeads(): Promise<void> {
    const head = (await readHead(this.store)) as LogHead;
    await recordHeads({ store: this.store, clock: manualClock(now), software, head });
  }

  /** The policy under the newest key. */
  policy(): Policy {
    const { witnesses, atLeast } = this.keeping;
    const key = formatVerifierKey((this.signers.at(-1) as LogSigner).key);
    const names = witnesses.map(({ name }) => name);
    const lines = witnesses.map((witness) => {
      const verifier = formatVerifierKey(witness.key);
      return `witness ${witness.name} ${verifier} https://${witness.name}.invalid`;
    });
    const group = [`group enough ${atLeast} ${names.join(' ')}`, 'quorum enough'];
    const quorum = atLeast === 0 ? ['quorum none'] : group;
    const policy = parsePolicy(utf8([`log ${key}`, ...lines, ...quorum, ''].join('\n')));
    if (!policy.ok) throw new TypeError(policy.fault);
    return policy.value;
  }

  /** Takes up everything recorded so far, in heads of at most `batchMax`; every witness cosigns. */
  async sequence(batchMax = 4_096): Promise<void> {
    const { store, tiles, keeping } = this;
    const { witnesses } = keeping;
    const newest = (this.signers.at(-1) as LogSigner).key;
    for (const witness of witnesses) witness.trusted = newest;
    const publisher = new Publisher({
      tiles,
      clock: manualClock(now),
      policy: this.policy(),
      witnesses: new SpecClient(witnesses),
      graceMs: 5,
    });
    const { sequencer } = sequencerOf(store, tiles, {
      signers: this.signers,
      onHead: (head) => publisher.offer(head),
      batchMax,
    });
    const size = await entryCount(store);
    await publisher.start();
    await sequencer.start();
    await until(() => {
      const { published, lastError } = publisher.status();
      if (lastError !== null) throw lastError;
      return published?.treeSize === size && published.witnessed.length === witnesses.length;
    });
    await sequencer.stop();
    await publisher.stop();
  }

  /** Everything as it lies there now. */
  async ledger(): Promise<Ledger> {
    const events: StoredEvent[] = [];
    for await (const event of this.store.readAll()) events.push(event);
    const objects = new Map<string, Uint8Array>();
    for (const path of this.tiles.paths()) {
      objects.set(path, (await this.tiles.read(path)) as Uint8Array);
    }
    return { events, objects, policy: this.policy() };
  }
}

/** A log in a map, as a folder would hold it: what is read belongs to the reader. */
export class MapSource extends LogSource {
  override readonly readAhead = 3;
  private readonly objects: ReadonlyMap<string, Uint8Array>;

  constructor(objects: ReadonlyMap<string, Uint8Array>) {
    super();
    this.objects = objects;
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    const bytes = this.objects.get(path);
    return bytes && Uint8Array.from(bytes);
  }

  override async *list(): AsyncGenerator<string> {
    for (const path of this.objects.keys()) if (path.startsWith('tile/')) yield path;
  }
}

export type Judging = Pick<FsckOptions, 'since' | 'depth'>;

/** What `ledger fsck` says of the log alone. */
export function judgeLog(
  { objects, policy }: Pick<Ledger, 'objects' | 'policy'>,
  judging: Judging = {},
): Promise<FsckReport> {
  return fsck({ source: new MapSource(objects), policy, ...judging });
}

/** What it says of event store and log together. */
export async function judge(ledger: Ledger, judging: Judging = {}): Promise<FsckReport> {
  const report = await judgeLog(ledger, judging);
  return reportWith(report, await findingsOfStore(ledger, report.size ?? 0));
}

export function findingsOfStore({ objects, events }: Ledger, size: number) {
  return compareWithStore({
    source: new MapSource(objects),
    size,
    events: oneByOne(events),
    readStream: (stream) => oneByOne(events.filter((event) => event.stream === stream)),
  });
}

export async function* oneByOne<T>(list: Iterable<T>): AsyncGenerator<T> {
  for (const one of list) yield one;
}

/** A finding in short: code and place, without the words and the digests. */
export function short({ code, index, path, stream, revision }: Finding) {
  return {
    code,
    ...(index !== undefined && { index }),
    ...(path !== undefined && { path }),
    ...(stream !== undefined && { stream }),
    ...(revision !== undefined && { revision }),
  };
}

/** Faults only, in short; notes and what could not be told are left out. */
export function faultsIn({ findings }: Pick<FsckReport, 'findings'>) {
  return findings.filter(({ severity }) => severity === 'fault').map(short);
}
