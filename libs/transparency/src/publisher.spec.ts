import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { epochMs, manualClock } from '#kernel';
import type { Instant } from '#kernel';
import { MemoryEventStore } from '#event-store';
import {
  areEqual,
  base64,
  cosignedMessage,
  encodeCosignature,
  formatSignatureLine,
  fromBase64,
  parseCheckpoint,
  parsePolicy,
  parseSignedNote,
  textOf,
  utf8,
  verifierKey,
  verifyCheckpoint,
  verifyConsistency,
  formatVerifierKey,
} from '#tlog';
import type { Checkpoint, VerifierKey } from '#tlog';
import { grow, origin, sequencerOf, specSigner, until } from './made-up-log.contract.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import { Publisher } from './publisher.ts';
import type { PublisherOptions } from './publisher.ts';
import { checkpointPath } from './tile-store.ts';
import { WitnessClient } from './witness-client.ts';
import type { WitnessAnswer } from './witness-client.ts';

const now = '2026-11-20T02:00:00.000Z' as Instant;
const nowS = BigInt(epochMs(now) / 1_000);

/** A witness by the table of c2sp.org/tlog-witness, whose ways can be bent. */
class SpecWitness {
  readonly key: VerifierKey;
  readonly name: string;
  seen: Checkpoint | undefined;
  requests = 0;
  /** What it does instead of answering as it should. */
  bent: ((body: Uint8Array) => WitnessAnswer | Promise<WitnessAnswer>) | undefined;
  time = nowS;
  private readonly privateKey;

  constructor(name: string, seed: number) {
    const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
    const der = Buffer.concat([prefix, Buffer.alloc(32, seed)]);
    this.privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.privateKey).export({ format: 'der', type: 'spki' });
    this.name = name;
    const publicKey = Uint8Array.from(spki.subarray(-32));
    this.key = verifierKey(`witness.invalid/${name}`, 'cosignature', publicKey);
  }

  async add(body: Uint8Array): Promise<WitnessAnswer> {
    this.requests += 1;
    if (this.bent !== undefined) return this.bent(body);
    const [oldText = '', note = ''] = splitOnce(textOf(body) ?? '', '\n\n');
    const [first = '', ...proofLines] = oldText.split('\n');
    const old = Number(/^old (\d+)$/.exec(first)?.[1] ?? NaN);
    const signed = parseSignedNote(utf8(note));
    const checkpoint = signed.ok ? parseCheckpoint(signed.value.text) : signed;
    if (!signed.ok || !checkpoint.ok || !(old <= checkpoint.value.size)) {
      return { kind: 'refused', status: 400 };
    }
    if (old !== (this.seen?.size ?? 0)) return { kind: 'conflict', size: this.seen?.size ?? 0 };
    const proof = proofLines.map((line) => fromBase64(line) ?? new Uint8Array(0));
    const newer = checkpoint.value;
    const holds =
      this.seen === undefined
        ? proof.length === 0
        : verifyConsistency({ older: this.seen, newer, proof });
    if (!holds) return { kind: 'refused', status: 422 };
    this.seen = newer;
    return { kind: 'cosigned', lines: [this.lineOver(signed.value.text)] };
  }

  lineOver(text: string): string {
    const signature = sign(null, cosignedMessage(this.time, text), this.privateKey);
    const { name, keyId } = this.key;
    const encoded = encodeCosignature(this.time, Uint8Array.from(signature));
    return formatSignatureLine({ name, keyId, signature: encoded }).slice(0, -1);
  }
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return [text.slice(0, at), text.slice(at + by.length)];
}

class SpecClient extends WitnessClient {
  private readonly witnesses: readonly SpecWitness[];

  constructor(witnesses: readonly SpecWitness[]) {
    super();
    this.witnesses = witnesses;
  }

  override async addCheckpoint(
    url: string,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<WitnessAnswer> {
    const witness = this.witnesses.find(({ name }) => url === `https://${name}.invalid`);
    const aborted = new Promise<WitnessAnswer>((resolve) => {
      signal.addEventListener('abort', () =>
        resolve({ kind: 'away', reason: 'it takes too long' }),
      );
    });
    return Promise.race([witness?.add(body) ?? { kind: 'away', reason: 'nowhere' }, aborted]);
  }
}

function policyOf(witnesses: readonly SpecWitness[], quorum: string) {
  const named = witnesses.map(
    ({ name, key }) => `witness ${name} ${formatVerifierKey(key)} https://${name}.invalid`,
  );
  const group =
    witnesses.length === 0 || quorum === 'none'
      ? 'quorum none'
      : `group all-of-them ${quorum} ${witnesses.map(({ name }) => name).join(' ')}\nquorum all-of-them`;
  const text = [`log ${formatVerifierKey(specSigner(1).key)}`, ...named, group, ''].join('\n');
  const policy = parsePolicy(utf8(text));
  if (!policy.ok) throw new Error(policy.fault);
  return policy.value;
}

/** A log with its publisher, and a hand on when those who failed are asked again. */
function published(witnesses: readonly SpecWitness[], quorum: string, more = {}) {
  const store = new MemoryEventStore();
  const tiles = new MemoryTileStore();
  const policy = policyOf(witnesses, quorum);
  const rests: (() => void)[] = [];
  const options: PublisherOptions = {
    tiles,
    clock: manualClock(now),
    policy,
    witnesses: new SpecClient(witnesses),
    graceMs: 20,
    patienceMs: 2_000,
    backOff: (_, signal) =>
      new Promise<void>((resolve) => {
        rests.push(resolve);
        signal.addEventListener('abort', () => resolve());
      }),
    ...more,
  };
  const publisher = new Publisher(options);
  const { sequencer } = sequencerOf(store, tiles, { onHead: (head) => publisher.offer(head) });
  const growTo = async (from: number, to: number) => {
    await grow(store, from, to - from);
    await until(() => sequencer.status().head?.treeSize === to);
  };
  return {
    store,
    tiles,
    policy,
    options,
    publisher,
    sequencer,
    growTo,
    askAgain: () => rests.splice(0).forEach((end) => end()),
    resting: () => rests.length,
    size: () => publisher.status().published?.treeSize ?? 0,
    verdict: async () => verifyCheckpoint((await tiles.read(checkpointPath)) as Uint8Array, policy),
    start: async () => {
      await publisher.start();
      await sequencer.start();
    },
    stop: async () => {
      await sequencer.stop();
      await publisher.stop();
    },
  };
}

const names = ['mot', 'hai', 'ba'];
const three = () => names.map((name, at) => new SpecWitness(name, at + 2));

describe('a publisher', () => {
  test('without witnesses publishes every head as it is signed', async () => {
    const log = published([], 'none');
    await log.start();
    await log.growTo(0, 7);
    await until(() => log.size() === 7);
    await log.growTo(7, 300);
    await until(() => log.size() === 300);
    expect((await log.verdict()).faults).toEqual([]);
    expect(log.publisher.status()).toMatchObject({ quorum: 'met', pending: null, witnesses: [] });
    await log.stop();
  });

  test('collects cosignatures of all and publishes them with the head', async () => {
    const witnesses = three();
    const log = published(witnesses, '2');
    await log.start();
    await log.growTo(0, 5);
    await until(() => log.size() === 5);
    await log.growTo(5, 700);
    await until(
      () => log.publisher.status().published?.witnessed.length === 3 && log.size() === 700,
    );
    const verdict = await log.verdict();
    expect(verdict.faults).toEqual([]);
    expect([...verdict.witnessed]).toEqual(names);
    expect(witnesses.map(({ seen }) => seen?.size)).toEqual([700, 700, 700]);
    await log.stop();
  });

  test('with one of three away goes on with two, and takes in the third when it is back', async () => {
    const witnesses = three();
    const [, , third] = witnesses as [SpecWitness, SpecWitness, SpecWitness];
    third.bent = () => ({ kind: 'away', reason: 'it does not answer' });
    const log = published(witnesses, '2');
    await log.start();
    await log.growTo(0, 10);
    await until(() => log.size() === 10);
    expect(log.publisher.status()).toMatchObject({
      quorum: 'met',
      published: { witnessed: ['mot', 'hai'] },
      witnesses: [
        { state: 'cosigned', treeSize: 10 },
        { state: 'cosigned', treeSize: 10 },
        { state: 'away', treeSize: null, reason: 'it does not answer' },
      ],
    });
    const before = third.requests;
    await log.growTo(10, 20);
    await until(() => log.size() === 20);
    // It rests: nobody waits for it with each head.
    expect(third.requests).toBe(before);
    third.bent = undefined;
    log.askAgain();
    await until(() => log.publisher.status().published?.witnessed.length === 3);
    expect([...(await log.verdict()).witnessed]).toEqual(names);
    await log.stop();
  });

  test('without a quorum publishes nothing, says so, and never holds the log up', async () => {
    const witnesses = three();
    for (const one of witnesses.slice(1)) one.bent = () => ({ kind: 'refused', status: 403 });
    const log = published(witnesses, '2');
    await log.start();
    await log.growTo(0, 10);
    await until(() => log.publisher.status().witnesses.every(({ state }) => state !== 'unasked'));
    await log.growTo(10, 600);
    expect(log.publisher.status()).toMatchObject({
      published: undefined,
      pending: 600,
      quorum: 'missing',
      witnesses: [
        { name: 'mot' },
        { state: 'refused', reason: 'it does not trust the key of this log (403)' },
        { state: 'refused', reason: 'it does not trust the key of this log (403)' },
      ],
    });
    expect(await log.tiles.read(checkpointPath)).toBeUndefined();
    for (const one of witnesses) one.bent = undefined;
    await until(() => {
      log.askAgain();
      return log.size() === 600;
    });
    expect((await log.verdict()).faults).toEqual([]);
    await log.stop();
  });

  test('learns from a 409 what the witness saw, also after a restart of the ledger', async () => {
    const [witness] = three() as [SpecWitness];
    const log = published([witness], 'all');
    await log.start();
    await log.growTo(0, 300);
    await until(() => log.size() === 300);
    await log.stop();
    const again = new Publisher(log.options);
    const { sequencer } = sequencerOf(log.store, log.tiles, {
      onHead: (head) => again.offer(head),
    });
    await again.start();
    expect(again.status().published).toMatchObject({ treeSize: 300, publishedAt: null });
    await sequencer.start();
    await grow(log.store, 300, 400);
    await until(() => again.status().published?.treeSize === 700);
    expect(witness.seen?.size).toBe(700);
    await sequencer.stop();
    await again.stop();
  });

  test('after a restart keeps the cosignatures that the published head bears', async () => {
    const witnesses = three();
    const log = published(witnesses, '2');
    await log.start();
    await log.growTo(0, 3);
    await until(() => log.publisher.status().published?.witnessed.length === 3);
    await log.stop();
    for (const one of witnesses) one.bent = () => ({ kind: 'away', reason: 'it does not answer' });
    const again = new Publisher(log.options);
    const { sequencer } = sequencerOf(log.store, log.tiles, {
      onHead: (head) => again.offer(head),
    });
    await again.start();
    await sequencer.start();
    await until(() => again.status().quorum === 'met');
    expect(witnesses.map(({ requests }) => requests).reduce((sum, one) => sum + one)).toBe(3);
    await sequencer.stop();
    await again.stop();
  });

  test.each<[string, (witness: SpecWitness, other: SpecWitness) => SpecWitness['bent'], string]>([
    [
      'answers with the line of another key',
      (_, other) => (body) => other.add(body),
      'its answer holds no valid cosignature by its key',
    ],
    [
      'answers with no line',
      () => () => ({ kind: 'cosigned', lines: [] }),
      'its answer holds no valid cosignature by its key',
    ],
    [
      'signs another text',
      (witness) => () => ({ kind: 'cosigned', lines: [witness.lineOver('another\n')] }),
      'its answer holds no valid cosignature by its key',
    ],
    [
      'signs with a time of next year',
      (witness) => (body) => {
        witness.time = nowS + 31_536_000n;
        const text = splitOnce(splitOnce(textOf(body) ?? '', '\n\n')[1], '\n\n')[0];
        return { kind: 'cosigned', lines: [witness.lineOver(`${text}\n`)] };
      },
      'its answer holds no valid cosignature by its key',
    ],
    [
      'says 409 with the size it was sent',
      () => () => ({ kind: 'conflict', size: 0 }),
      'it answers 409 with the size 0 that it was sent',
    ],
    [
      'says 409 with another size each time',
      () => {
        let size = 0;
        return () => ({ kind: 'conflict', size: (size += 1) });
      },
      'it answered 409 3 times with sizes that do not hold',
    ],
    [
      'has seen a larger tree than there is',
      () => () => ({ kind: 'conflict', size: 1_000_000 }),
      'it has seen 1000000 entries of this log, which has 9',
    ],
    [
      'does not know the log',
      () => () => ({ kind: 'refused', status: 404 }),
      'it does not know this log (404)',
    ],
  ])('leaves a witness alone that %s', async (_, bend, reason) => {
    const [witness, other] = three() as [SpecWitness, SpecWitness];
    witness.bent = bend(witness, other);
    const log = published([witness], 'all');
    await log.start();
    await log.growTo(0, 9);
    await until(
      () => log.publisher.status().witnesses[0]?.state === 'refused' && log.resting() > 0,
    );
    const { requests } = witness;
    expect(log.publisher.status().witnesses[0]?.reason).toBe(reason);
    expect(log.size()).toBe(0);
    await log.growTo(9, 10);
    expect(witness.requests).toBe(requests);
    await log.stop();
  });

  test('waits no longer than it has patience for a witness that never answers', async () => {
    const [fast, slow] = three() as [SpecWitness, SpecWitness];
    slow.bent = () => new Promise<WitnessAnswer>(() => undefined);
    const log = published([fast, slow], 'any');
    await log.start();
    await log.growTo(0, 4);
    await until(() => log.size() === 4);
    expect(log.publisher.status().witnesses[1]).toMatchObject({
      state: 'away',
      reason: 'it takes too long',
    });
    await log.stop();
  });

  test('never goes back: an older head is passed over', async () => {
    const log = published([], 'none');
    await log.start();
    await log.growTo(0, 8);
    await until(() => log.size() === 8);
    const head = log.sequencer.status().head;
    log.publisher.offer({ ...(head as NonNullable<typeof head>), treeSize: 3 });
    await log.growTo(8, 9);
    await until(() => log.size() === 9);
    await log.stop();
  });

  test('a store that fails while publishing is tried again', async () => {
    const log = published([], 'none');
    const write = log.tiles.write.bind(log.tiles);
    let failures = 0;
    log.tiles.write = async (objects) => {
      const isCheckpoint = objects.some(({ path }) => path === checkpointPath);
      if (isCheckpoint && (failures += 1) <= 2) throw new Error('as asked for');
      return write(objects);
    };
    await log.start();
    await log.growTo(0, 6);
    await until(() => {
      log.askAgain();
      return log.size() === 6;
    });
    expect(failures).toBe(3);
    expect(log.publisher.status().lastError).toBeNull();
    await log.stop();
  });
});

test('base64 of a root is that of the checkpoint', async () => {
  const log = published([], 'none');
  await log.start();
  await log.growTo(0, 2);
  await until(() => log.size() === 2);
  const { checkpoint } = await log.verdict();
  const root = log.publisher.status().published?.root ?? '';
  expect(checkpoint?.origin).toBe(origin);
  expect(areEqual(checkpoint?.root ?? new Uint8Array(0), fromBase64(root) as Uint8Array)).toBe(
    true,
  );
  expect(base64(checkpoint?.root ?? new Uint8Array(0))).toBe(root);
  await log.stop();
});
