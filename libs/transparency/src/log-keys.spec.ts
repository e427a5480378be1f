import { describe, expect, test } from '@jest/globals';
import { manualClock } from '#kernel';
import type { Instant } from '#kernel';
import { AppendFailed, MemoryEventStore, StoreUnavailable } from '#event-store';
import { formatVerifierKey } from '#tlog';
import { LogRefused } from './log-head.ts';
import { openLog, readLogKeys } from './log-keys.ts';
import type { OpenLogOptions } from './log-keys.ts';
import type { LogSigner } from './log-signer.ts';
import { OneFault, StruckEventStore } from './made-up-faults.contract.ts';
import { entryCount, madeUpEvent, origin, sequencerOf } from './made-up-log.contract.ts';
import { specSigner, until } from './made-up-log.contract.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import type { TileStore } from './tile-store.ts';

const [first, second, third] = [1, 2, 3].map((seed) => specSigner(seed).key) as [
  OpenLogOptions['keys'][0],
  OpenLogOptions['keys'][0],
  OpenLogOptions['keys'][0],
];
const idOf = (key: typeof first) => formatVerifierKey(key).split('+')[1] as string;

function optionsOf(store: MemoryEventStore, changed: Partial<OpenLogOptions> = {}): OpenLogOptions {
  const clock = manualClock('2026-11-20T02:00:00.000Z' as Instant);
  return { store, clock, software: 'spec', origin, keys: [first], ...changed };
}

async function factsOf(store: MemoryEventStore) {
  const facts = [];
  for await (const { type, data } of store.readStream('log-keys')) facts.push({ type, data });
  return facts;
}

/** The log under these keys, until all there is stands under a head that they signed. */
async function sequenced(
  store: MemoryEventStore,
  tiles: TileStore,
  signers: readonly [LogSigner, ...LogSigner[]],
  retired: OpenLogOptions['keys'][0][] = [],
): Promise<void> {
  const { sequencer, settled } = sequencerOf(store, tiles, { signers, retired });
  await sequencer.start();
  const count = await entryCount(store);
  await until(() => sequencer.status().head?.treeSize === count);
  await sequencer.stop();
  await settled();
}

/** The code of the refusal; anything else that happens is a failure of the spec. */
async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LogRefused)) throw error;
  return error.code;
}

describe('the keys of a log', () => {
  test('are recorded once, at its opening', async () => {
    const store = new MemoryEventStore();
    const keys = await openLog(optionsOf(store));
    expect(keys).toEqual({ origin, active: [first], retired: [] });
    expect(await openLog(optionsOf(store))).toEqual(keys);
    expect(await factsOf(store)).toEqual([
      { type: 'log.opened.v1', data: { origin, key: formatVerifierKey(first) } },
    ]);
  });

  test('are recorded once when two servers start at the same time', async () => {
    const store = new MemoryEventStore();
    const both = await Promise.all([openLog(optionsOf(store)), openLog(optionsOf(store))]);
    expect(both[0]).toEqual(both[1]);
    expect(await factsOf(store)).toHaveLength(1);
  });

  test('change with an overlap, the reason of each retirement recorded', async () => {
    const store = new MemoryEventStore();
    await openLog(optionsOf(store));
    const both = await openLog(optionsOf(store, { keys: [first, second] }));
    expect(both).toEqual({ origin, active: [first, second], retired: [] });
    await sequenced(store, new MemoryTileStore(), [specSigner(1), specSigner(2)]);
    const retired = [{ keyId: idOf(first), reason: 'a ceremony' }];
    const after = await openLog(optionsOf(store, { keys: [second], retired }));
    expect(after).toEqual({ origin, active: [second], retired: [first] });
    // The setting may stay where it is.
    expect(await openLog(optionsOf(store, { keys: [second], retired }))).toEqual(after);
    expect(await factsOf(store)).toEqual([
      { type: 'log.opened.v1', data: { origin, key: formatVerifierKey(first) } },
      { type: 'log.key-added.v1', data: { key: formatVerifierKey(second) } },
      {
        type: 'log.key-retired.v1',
        data: { key: formatVerifierKey(first), reason: 'a ceremony' },
      },
    ]);
  });

  test.each<[string, Partial<OpenLogOptions>, string]>([
    ['under another origin', { origin: 'x', keys: [specSigner(1, 'x').key] }, 'log/origin-changed'],
    ['with a key named otherwise', { keys: [specSigner(1, 'x').key] }, 'log/key-changed'],
    ['with a stranger’s key alone', { keys: [third] }, 'log/key-changed'],
    ['with one of two keys missing', { keys: [first] }, 'log/key-changed'],
    [
      'with a key both held and retired',
      { keys: [first, second], retired: [{ keyId: idOf(second), reason: 'x' }] },
      'log/key-changed',
    ],
    [
      'retiring a key that never signed',
      { keys: [first, second], retired: [{ keyId: idOf(third), reason: 'x' }] },
      'log/key-changed',
    ],
  ])('are not opened %s', async (_, changed, code) => {
    const store = new MemoryEventStore();
    await openLog(optionsOf(store, { keys: [first, second] }));
    expect(await refusalOf(openLog(optionsOf(store, changed)))).toBe(code);
    expect(await factsOf(store)).toHaveLength(2);
  });

  test('do not come back once retired', async () => {
    const store = new MemoryEventStore();
    await openLog(optionsOf(store, { keys: [first, second] }));
    await sequenced(store, new MemoryTileStore(), [specSigner(1), specSigner(2)]);
    const retired = [{ keyId: idOf(first), reason: 'a ceremony' }];
    await openLog(optionsOf(store, { keys: [second], retired }));
    const keys = [first, second] as const;
    expect(await refusalOf(openLog(optionsOf(store, { keys })))).toBe('log/key-changed');
  });

  describe('are not retired', () => {
    const retired = [{ keyId: idOf(first), reason: 'a ceremony' }];

    test('before the log has a head', async () => {
      const store = new MemoryEventStore();
      await openLog(optionsOf(store, { keys: [first, second] }));
      const alone = optionsOf(store, { keys: [second], retired });
      expect(await refusalOf(openLog(alone))).toBe('log/retirement-too-early');
      expect(await factsOf(store)).toHaveLength(2);
    });

    test('while no head bears the key that stays, and the way back is open', async () => {
      const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
      await openLog(optionsOf(store));
      await sequenced(store, tiles, [specSigner(1)]);
      // The store of tiles is away: the key is recorded, and no head follows.
      await openLog(optionsOf(store, { keys: [first, second] }));
      const alone = optionsOf(store, { keys: [second], retired });
      expect(await refusalOf(openLog(alone))).toBe('log/retirement-too-early');
      // It is back, but so far one worker with the older key alone has covered the entry.
      await sequenced(store, tiles, [specSigner(1)]);
      expect(await refusalOf(openLog(alone))).toBe('log/retirement-too-early');
      expect(await factsOf(store)).toHaveLength(2);

      await openLog(optionsOf(store, { keys: [first, second] }));
      await store.append('spec-1', 'no-stream', [madeUpEvent('spec-1', 0)]);
      await sequenced(store, tiles, [specSigner(1), specSigner(2)]);
      expect((await openLog(alone)).retired).toEqual([first]);
      await sequenced(store, tiles, [specSigner(2)], [first]);
    });

    test('while the entry of the key that stays is not covered, though it signed', async () => {
      const [store, tiles] = [new MemoryEventStore(), new MemoryTileStore()];
      await openLog(optionsOf(store));
      await sequenced(store, tiles, [specSigner(1), specSigner(2)]);
      await openLog(optionsOf(store, { keys: [first, second] }));
      const alone = optionsOf(store, { keys: [second], retired });
      expect(await refusalOf(openLog(alone))).toBe('log/retirement-too-early');
    });
  });

  test('are given up when the answers stay away, while the store says it is there', async () => {
    const store = new MemoryEventStore();
    let tries = 0;
    store.append = async () => {
      tries += 1;
      throw new AppendFailed('unknown', 'as asked for');
    };
    await expect(openLog(optionsOf(store))).rejects.toThrow(StoreUnavailable);
    expect(tries).toBe(3);
  });

  test('are recorded once when the answer to the append is lost', async () => {
    const store = new MemoryEventStore();
    const append = store.append.bind(store);
    let lost = 0;
    store.append = async (...parameters) => {
      const appended = await append(...parameters);
      if ((lost += 1) === 1) throw new AppendFailed('unknown', 'as asked for');
      return appended;
    };
    expect((await openLog(optionsOf(store))).active).toEqual([first]);
    expect(await factsOf(store)).toHaveLength(1);
    expect((await readLogKeys(store)).revision).toBe(0);
  });

  test('are no heads: faults of the head’s stream do not concern them', async () => {
    const fault = new OneFault(0, 'absent');
    const store = new StruckEventStore(fault);
    expect((await openLog(optionsOf(store))).active).toEqual([first]);
    expect(fault.struck).toBeUndefined();
  });
});
