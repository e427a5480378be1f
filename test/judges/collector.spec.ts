import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryEventStore } from '#event-store';
import { systemClock } from '#kernel';
import { formatVerifierKey, parsePolicy, utf8, verifyCheckpoint } from '#tlog';
import type { Policy } from '#tlog';
import { Publisher, readHead } from '#transparency';
import { FolderTileStore, HttpWitnessClient } from '#transparency/node';
import { grow, sequencerOf, specSigner } from '../../libs/transparency/src/made-up-log.contract.ts';
import { freshFolder } from '../ledger-under-test.ts';
import { eventually } from './programs.ts';
import { WitnessUnderTest } from './witness-under-test.ts';

/** Our collector of cosignatures against our own witness, two parts that only share a protocol. */
const logKey = formatVerifierKey(specSigner(1).key);
let folder: string;
let witnesses: readonly [WitnessUnderTest, WitnessUnderTest, WitnessUnderTest];
let ledgers: OwnLog[];

beforeEach(async () => {
  folder = await freshFolder();
  ledgers = [];
  const [north, south, west] = await Promise.all(
    ['north', 'south', 'west'].map(async (name) => {
      await mkdir(join(folder, name));
      const witness = new WitnessUnderTest(`${name}.invalid`, join(folder, name));
      await witness.start(logKey);
      return witness;
    }),
  );
  witnesses = [north, south, west] as typeof witnesses;
});

afterEach(async () => {
  for (const ledger of ledgers) await ledger.stop();
  for (const witness of witnesses) await witness.kill();
  await rm(folder, { recursive: true, force: true });
});

/** The policy of a ledger: so many of the three. */
function policyOf(atLeast: number): Policy {
  const lines = witnesses.map(({ name, key, url }) => `witness ${name} ${key} ${url}`);
  const names = witnesses.map(({ name }) => name).join(' ');
  const text = [`log ${logKey}`, ...lines, `group enough ${atLeast} ${names}`, 'quorum enough', ''];
  const policy = parsePolicy(utf8(text.join('\n')));
  if (!policy.ok) throw new TypeError(policy.fault);
  return policy.value;
}

/** Sequencer and publisher over one folder, as a ledger puts them together. */
class OwnLog {
  readonly store: MemoryEventStore;
  readonly place: string;
  private count: number;
  private readonly policy: Policy;
  private readonly stops: (() => Promise<void>)[] = [];
  private publisher: Publisher | undefined;

  constructor(place: string, atLeast: number, store = new MemoryEventStore(), count = 0) {
    this.place = place;
    this.policy = policyOf(atLeast);
    this.store = store;
    this.count = count;
    ledgers.push(this);
  }

  async start(): Promise<this> {
    const tiles = await FolderTileStore.open(this.place);
    const publisher = new Publisher({
      tiles,
      clock: systemClock,
      policy: this.policy,
      witnesses: new HttpWitnessClient(),
      backOff: (_, signal) => pause(20, undefined, { signal }).catch(() => undefined),
    });
    const onHead = publisher.offer.bind(publisher);
    const { sequencer } = sequencerOf(this.store, tiles, { onHead, clock: systemClock });
    await publisher.start();
    await sequencer.start();
    this.stops.push(
      () => sequencer.stop(),
      () => publisher.stop(),
    );
    this.publisher = publisher;
    return this;
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0)) await stop();
  }

  /** Records so many acts; answers with how many there are, all under a signed head. */
  async record(count: number): Promise<number> {
    await grow(this.store, this.count, count);
    this.count += count;
    await eventually(async () => (await readHead(this.store))?.treeSize === this.count);
    return this.count;
  }

  status() {
    if (this.publisher === undefined) throw new TypeError('not started');
    return this.publisher.status();
  }

  /** Resolves when the published checkpoint is of this size and cosigned by all of these. */
  async published(size: number, ...names: readonly string[]): Promise<void> {
    await eventually(() => {
      const { published } = this.status();
      const witnessed = published?.witnessed ?? [];
      return published?.treeSize === size && names.every((name) => witnessed.includes(name));
    });
    const bytes = new Uint8Array(await readFile(join(this.place, 'checkpoint')));
    const { faults, checkpoint } = verifyCheckpoint(bytes, this.policy);
    expect([faults, checkpoint?.size]).toEqual([[], size]);
  }

  stateOf({ name }: WitnessUnderTest): string | undefined {
    return this.status().witnesses.find((one) => one.name === name)?.state;
  }
}

describe('two of three', () => {
  test('publish while one is dead, and the third catches up when it returns', async () => {
    const [north, south, west] = witnesses;
    const ledger = await new OwnLog(join(folder, 'log'), 2).start();
    await ledger.published(await ledger.record(300), north.name, south.name, west.name);
    await west.kill();
    await ledger.published(await ledger.record(500), north.name, south.name);
    await eventually(() => ledger.stateOf(west) === 'away');
    expect(ledger.status().quorum).toBe('met');
    await west.start(logKey);
    await ledger.published(800, north.name, south.name, west.name);
    await ledger.published(await ledger.record(1), north.name, south.name, west.name);
  });

  test('hold back what only one has cosigned, but nobody who records', async () => {
    const [north, south, west] = witnesses;
    const ledger = await new OwnLog(join(folder, 'log'), 2).start();
    await ledger.published(await ledger.record(10), north.name, south.name, west.name);
    await Promise.all([south.kill(), west.kill()]);
    expect(await ledger.record(50)).toBe(60);
    // The head is in the store a moment before the publisher is told of it.
    await eventually(() => {
      const { quorum, pending } = ledger.status();
      const isJudged = quorum === 'missing' && pending === 60;
      return isJudged && ledger.stateOf(north) === 'cosigned';
    });
    expect(ledger.status()).toMatchObject({ pending: 60, published: { treeSize: 10 } });
    expect(await ledger.record(5)).toBe(65);
    await south.start(logKey);
    await ledger.published(65, north.name, south.name);
    expect(ledger.status()).toMatchObject({ pending: null, quorum: 'met' });
  });

  test('are met again by a ledger that has forgotten where they stood: 409, then the proof', async () => {
    const [north, south, west] = witnesses;
    const ledger = await new OwnLog(join(folder, 'log'), 2).start();
    await ledger.published(await ledger.record(300), north.name, south.name, west.name);
    await west.kill();
    await ledger.published(await ledger.record(100), north.name, south.name);
    await ledger.stop();
    await west.start(logKey);
    await ledger.start();
    // Each of them stands at another size than the nothing that a new collector begins with.
    await ledger.published(await ledger.record(1), north.name, south.name, west.name);
    const sizes = ledger.status().witnesses.map(({ treeSize }) => treeSize);
    expect(sizes).toEqual([401, 401, 401]);
  });
});

test('another history under the same key is published by nobody', async () => {
  const names = witnesses.map(({ name }) => name);
  const ledger = await new OwnLog(join(folder, 'log'), 2).start();
  await ledger.published(await ledger.record(20));
  await ledger.stop();
  await cp(join(folder, 'log'), join(folder, 'copy'), { recursive: true });
  const copied = new MemoryEventStore();
  for await (const { stream, revision, ...event } of ledger.store.readAll()) {
    await copied.append(stream, revision === 0 ? 'no-stream' : revision - 1, [event]);
  }
  await ledger.start();
  // A witness that has seen fewer than the copy holds would cosign the copy in good faith.
  await ledger.published(await ledger.record(20), ...names);
  await ledger.stop();
  // The copy goes on with other acts: it skips those that the first one recorded.
  const fork = await new OwnLog(join(folder, 'copy'), 2, copied, 20).start();
  await copied.append('spec-other', 'no-stream', await otherActs(ledger.store, 30));
  await eventually(async () => (await readHead(copied))?.treeSize === 50);
  // The quorum is judged a moment after the last of them has answered.
  await eventually(
    () =>
      witnesses.every((witness) => fork.stateOf(witness) === 'refused') &&
      fork.status().quorum === 'missing' &&
      fork.status().pending === 50,
  );
  expect(fork.status()).toMatchObject({ pending: 50, published: { treeSize: 20 } });
});

/** Events as they are, but with other ids: another history of the same form. */
async function otherActs(store: MemoryEventStore, count: number) {
  const events = [];
  for await (const { type, data, metadata, id } of store.readAll({ maxCount: count })) {
    events.push({ type, data, metadata, id: id.replace(/^.{4}/, 'ffff') });
  }
  return events;
}
