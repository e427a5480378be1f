import { generateKeyPairSync, sign } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryEventStore } from '#event-store';
import type { Position } from '#event-store';
import type { Instant } from '#kernel';
import { base64, formatCheckpoint, formatSignedNote, formatVerifierKey } from '#tlog';
import { parsePolicy, TreeEdge, utf8, verifierKey } from '#tlog';
import type { Hash } from '#tlog';
import { checkpointPath, GrowingLog, MemoryTileStore, swapHead } from '#transparency';
import type { LogHead } from '#transparency';
import { NotAsPublished, PublishedCheckpoint } from './published-checkpoint.ts';

const origin = 'ledger.invalid/spec';
function newSigner() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const key = verifierKey(origin, 'ed25519', Uint8Array.from(spki.subarray(-32)));
  return { key, sign: (text: string) => Uint8Array.from(sign(null, utf8(text), privateKey)) };
}
const [signer, retired, stranger] = [newSigner(), newSigner(), newSigner()];
const parsed = parsePolicy(utf8(`log ${formatVerifierKey(signer.key)}\nquorum none\n`));
if (!parsed.ok) throw new Error(parsed.fault);
const policy = parsed.value;

/** A log of 300 entries, the roots on the way there, and its head; nothing is published yet. */
let roots: Hash[];
let tiles: MemoryTileStore;
let store: MemoryEventStore;
let head: LogHead;
let published: PublishedCheckpoint;
/** What the publisher of this server says it has published. */
let ownSize: number | null;

beforeEach(async () => {
  const log = new GrowingLog(new TreeEdge(), []);
  roots = [log.root()];
  for (let size = 1; size <= 300; size += 1) {
    log.append(utf8(`entry ${size}`));
    roots.push(log.root());
  }
  tiles = new MemoryTileStore();
  await tiles.write(log.takeObjects());
  store = new MemoryEventStore();
  head = headAt(300);
  ownSize = null;
  published = new PublishedCheckpoint({
    tiles,
    policy,
    keys: [signer.key, retired.key],
    store,
    head: () => head,
    published: () =>
      ownSize === null
        ? undefined
        : {
            treeSize: ownSize,
            root: base64(rootAt(ownSize)),
            publishedAt: '2026-11-20T02:00:00.000Z' as Instant,
            witnessed: [],
          },
  });
});

const rootAt = (size: number) => roots[size] as Hash;
const headAt = (treeSize: number): LogHead => ({
  treeSize,
  root: base64(rootAt(Math.min(treeSize, 300))),
  checkpoint: '',
  position: '0' as Position,
  advancedAt: '2026-11-20T02:00:00.000Z' as Instant,
  revision: 0,
});

async function lay(size: number, { by = signer, root = rootAt(Math.min(size, 300)) } = {}) {
  const text = formatCheckpoint({ origin, size, root, extensions: [] });
  const bytes = formatSignedNote({ text, signatures: [{ ...by.key, signature: by.sign(text) }] });
  await tiles.write([{ path: checkpointPath, bytes }]);
}

/** The size that is then served, or why nothing is. */
async function served(): Promise<number | string | null> {
  try {
    const bytes = await published.read();
    expect(published.fault).toBeNull();
    return bytes === undefined ? null : published.size;
  } catch (error) {
    expect([error instanceof NotAsPublished, (error as Error).message]).toStrictEqual([
      true,
      published.fault,
    ]);
    return published.fault;
  }
}

describe('the published checkpoint', () => {
  test('is served as it grows, and none before the first', async () => {
    expect(await served()).toBeNull();
    for (const size of [1, 256, 257, 299, 300]) {
      await lay(size);
      expect([await served(), await served()]).toStrictEqual([size, size]);
    }
  });

  test('is no smaller than what was served, or than what this server has published', async () => {
    await lay(257);
    await served();
    await lay(256);
    expect(await served()).toBe('a checkpoint of 256 entries lies in place of one of 257');
    await lay(257);
    expect(await served()).toBe(257);
    ownSize = 300;
    expect(await served()).toBe('a checkpoint of 257 entries lies in place of one of 300');
    await tiles.remove([checkpointPath]);
    expect(await served()).toBe('the published checkpoint is gone from the store of tiles');
    expect(published.size).toBe(257);
  });

  test.each([
    [300, 'the checkpoint of 300 entries is of another history'],
    [200, 'the checkpoint of 200 entries is of another history'],
    [301, 'the checkpoint is of 301 entries, which this log does not have'],
    [99_999_999, 'the checkpoint is of 99999999 entries, which this log does not have'],
  ])('of %d entries by a thief of the key is not served', async (size, why) => {
    await lay(size, { root: rootAt(100) });
    expect([await served(), published.size]).toStrictEqual([why, 0]);
  });

  test('of another server is served as soon as its head stands in the event store', async () => {
    head = headAt(200);
    await lay(300);
    expect(await served()).toMatch(/which this log does not have/);
    const { revision: _, ...further } = headAt(300);
    await swapHead(store, undefined, further, 'spec');
    expect(await served()).toBe(300);
  });

  test('by a key that is retired is served until one by the present key was', async () => {
    const why = 'what lies in place of the checkpoint is not signed as the policy wants';
    await lay(200, { by: stranger });
    expect(await served()).toBe(why);
    await lay(200, { by: retired });
    expect(await served()).toBe(200);
    await lay(300);
    expect(await served()).toBe(300);
    await lay(300, { by: retired });
    expect(await served()).toBe(why);
  });
});
