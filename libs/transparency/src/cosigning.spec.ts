import { describe, expect, test } from '@jest/globals';
import { textOf } from '#tlog';
import { grow, origin, until } from './made-up-log.contract.ts';
import { noteTextOf, nowS, published, SpecClient } from './made-up-witness.contract.ts';
import { SpecWitness, threeWitnesses } from './made-up-witness.contract.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import { readHead } from './log-head.ts';
import { checkpointPath } from './tile-store.ts';
import { addCheckpointBody } from './witness-contact.ts';
import type { WitnessAnswer } from './witness-client.ts';

const never = () => new Promise<WitnessAnswer>(() => undefined);
const signatureLines = (note: Uint8Array | undefined) =>
  (textOf(note ?? new Uint8Array(0)) ?? '').split('\n').filter((line) => line.startsWith('\u2014'));

describe('a witness', () => {
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
        return { kind: 'cosigned', lines: [witness.lineOver(noteTextOf(body))] };
      },
      'its answer holds no valid cosignature by its key',
    ],
    [
      'signs with a time before the head was born',
      (witness) => (body) => {
        witness.time = nowS - 3_600n;
        return { kind: 'cosigned', lines: [witness.lineOver(noteTextOf(body))] };
      },
      'its answer holds no valid cosignature by its key',
    ],
    [
      'answers in another form of signature',
      (witness, other) => (body) => {
        const line = witness.lineOver(noteTextOf(body));
        const [dash, name] = line.split(' ');
        const theirs = other.lineOver(noteTextOf(body)).split(' ')[2];
        return { kind: 'cosigned', lines: [`${dash} ${name} ${theirs}`, `${line} x`, 'x', ''] };
      },
      'its answer holds no valid cosignature by its key',
    ],
    [
      'says 409 with the size it was sent',
      () => () => ({ kind: 'conflict', size: 0 }),
      'it answers 409 with the size 0 that it was sent',
    ],
    [
      'knows another tree of this size, in the words of v1.0.0',
      () => () => ({ kind: 'conflict', size: 9 }),
      'it saw another tree of this size, or does not say which size it saw (409)',
    ],
    [
      'says 409 without a size',
      () => () => ({ kind: 'refused', status: 409 }),
      'it saw another tree of this size, or does not say which size it saw (409)',
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
    [
      'accepts no proof',
      () => () => ({ kind: 'refused', status: 422 }),
      'it does not accept that this log continues the one it saw (422)',
    ],
    [
      'answers what is in no table',
      () => () => ({ kind: 'refused', status: 302 }),
      'it answered 302',
    ],
  ])('leaves a witness alone that %s', async (_, bend, reason) => {
    const [witness, other] = threeWitnesses();
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

  test('that lied about its size once is asked from what it cosigned the next time', async () => {
    const [witness] = threeWitnesses();
    const log = published([witness], 'all');
    await log.start();
    await log.growTo(0, 300);
    await until(() => log.size() === 300);
    witness.bent = () => ({ kind: 'conflict', size: 1_000_000 });
    await log.growTo(300, 310);
    await until(() => log.resting() > 0);
    expect(log.publisher.status().witnesses[0]).toMatchObject({ state: 'refused', treeSize: 300 });
    witness.bent = undefined;
    log.askAgain();
    await until(() => log.size() === 310);
    expect(witness.bodies.at(-1)?.startsWith('old 300\n')).toBe(true);
    await log.stop();
  });

  test('is asked byte for byte as c2sp.org/tlog-witness wants it', async () => {
    const [witness] = threeWitnesses();
    const log = published([witness], 'all');
    await log.start();
    await log.growTo(0, 3);
    await until(() => log.size() === 3);
    const first = (await readHead(log.store))?.checkpoint ?? '';
    await log.growTo(3, 7);
    await until(() => log.size() === 7);
    const second = (await readHead(log.store))?.checkpoint ?? '';
    const lines = witness.bodies.at(-1)?.split('\n') ?? [];
    expect(witness.bodies[0]).toMatch(/^old 0\n\nledger\.invalid\/spec\n/);
    expect(first.startsWith(`${origin}\n3\n`)).toBe(true);
    expect(witness.bodies.at(-1)?.endsWith(`\n\n${second}`)).toBe(true);
    expect(lines[0]).toBe('old 3');
    // PROOF(3, D[7]) of RFC 6962: the third leaf, the fourth, the first pair, the last three.
    expect(lines.slice(1, lines.indexOf('')).map((line) => line.length)).toEqual([44, 44, 44, 44]);
    const proof = [new Uint8Array(32), new Uint8Array(32).fill(255)];
    expect(textOf(addCheckpointBody({ oldSize: 5, proof, checkpoint: 'note\n' }))).toBe(
      `old 5\n${'A'.repeat(43)}=\n${'/'.repeat(42)}8=\n\nnote\n`,
    );
    await log.stop();
  });

  test('is judged by its own key alone: what others signed in its answer goes nowhere', async () => {
    const [witness, stranger] = threeWitnesses();
    witness.bent = async (body) => {
      const text = noteTextOf(body);
      return { kind: 'cosigned', lines: [stranger.lineOver(text), witness.lineOver(text), 'x'] };
    };
    const log = published([witness], 'all');
    await log.start();
    await log.growTo(0, 5);
    await until(() => log.size() === 5);
    const lines = signatureLines(await log.tiles.read(checkpointPath));
    const signers = lines.map((line) => line.split(' ')[1]);
    expect(signers).toEqual([origin, witness.key.name]);
    await log.stop();
  });

  test('that is slow delays no checkpoint that has enough without it, and is added after', async () => {
    const [fast, slow] = threeWitnesses();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    slow.bent = async (body) => {
      await released;
      slow.bent = undefined;
      return slow.add(body);
    };
    const log = published([fast, slow], 'any');
    await log.start();
    await log.growTo(0, 4);
    await until(() => log.size() === 4);
    expect(log.publisher.status()).toMatchObject({
      quorum: 'met',
      published: { witnessed: ['mot'] },
      witnesses: [{ state: 'cosigned' }, { state: 'unasked' }],
    });
    release();
    await until(() => log.publisher.status().published?.witnessed.length === 2);
    expect([...(await log.verdict()).witnessed]).toEqual(['mot', 'hai']);
    await log.stop();
  });

  test('that never answers is given up for a newer head, and rests', async () => {
    const [fast, slow] = threeWitnesses();
    slow.bent = never;
    const log = published([fast, slow], 'any', { patienceMs: 86_400_000 });
    await log.start();
    await log.growTo(0, 4);
    await until(() => log.size() === 4);
    await log.growTo(4, 5);
    await until(() => log.size() === 5);
    expect(log.publisher.status().witnesses[1]).toMatchObject({
      state: 'away',
      reason: 'it takes too long',
    });
    await log.growTo(5, 6);
    await until(() => log.size() === 6);
    expect(slow.requests).toBe(1);
    await log.stop();
  });

  test('that never answers is waited for no longer than there is patience', async () => {
    const [slow] = threeWitnesses();
    slow.bent = never;
    const log = published([slow], 'all', { patienceMs: 30 });
    await log.start();
    await log.growTo(0, 4);
    await until(() => log.resting() > 0);
    expect(log.publisher.status()).toMatchObject({
      quorum: 'missing',
      pending: 4,
      witnesses: [{ state: 'away', reason: 'it takes too long' }],
    });
    await log.stop();
  });

  test('that comes back joins for the head that still waits for another one', async () => {
    const [hanging, back, third] = threeWitnesses();
    hanging.bent = never;
    back.bent = () => ({ kind: 'away', reason: 'it does not answer' });
    const log = published([hanging, back, third], '2', { patienceMs: 86_400_000 });
    await log.start();
    await log.growTo(0, 4);
    await until(() => log.resting() > 0);
    back.bent = undefined;
    log.askAgain();
    await until(() => log.size() === 4);
    expect(log.publisher.status().published?.witnessed).toEqual(['hai', 'ba']);
    await log.stop();
  });

  test('whose client breaks its promises does no harm', async () => {
    const [witness] = threeWitnesses();
    const client = new SpecClient([witness]);
    const answers: (() => Promise<WitnessAnswer>)[] = [
      () => Promise.reject(new Error('as asked for')),
      never,
    ];
    const asked = client.addCheckpoint.bind(client);
    client.addCheckpoint = (...parameters) => answers.shift()?.() ?? asked(...parameters);
    const log = published([witness], 'all', { witnesses: client, patienceMs: 30 });
    await log.start();
    await log.growTo(0, 4);
    await until(() => {
      log.askAgain();
      return log.size() === 4;
    });
    expect(answers).toEqual([]);
    await log.stop();
  });
});

describe('a proof for a witness', () => {
  test('is cut out of full tiles when the log outgrows those that it is read from', async () => {
    const [witness] = threeWitnesses();
    const tiles = new MemoryTileStore();
    const log = published([witness], 'all', { tiles });
    await log.start();
    await log.growTo(0, 200);
    await until(() => log.size() === 200);
    // While the proof from 200 to 250 is read, the first tile fills and its partial ones go.
    const read = tiles.read.bind(tiles);
    let hasGrown = false;
    tiles.read = async (path) => {
      if (path === 'tile/0/000.p/250' && !hasGrown) {
        hasGrown = true;
        await grow(log.store, 250, 50);
        await until(() => !tiles.paths().includes(path));
      }
      return read(path);
    };
    await log.growTo(200, 250);
    await until(() => log.size() === 300);
    expect(hasGrown).toBe(true);
    expect(witness.seen?.size).toBe(300);
    expect(log.publisher.status().lastError).toBeNull();
    await log.stop();
  });

  test('that cannot be made is an error of this ledger, not the fault of the witness', async () => {
    const [witness] = threeWitnesses();
    const tiles = new MemoryTileStore();
    const log = published([witness], 'all', { tiles });
    await log.start();
    await log.growTo(0, 3);
    await until(() => log.size() === 3);
    const read = tiles.read.bind(tiles);
    tiles.read = async (path) => {
      if (path.startsWith('tile/0')) throw new Error('as asked for');
      return read(path);
    };
    await log.growTo(3, 9);
    await until(() => log.publisher.status().lastError !== null);
    expect(log.publisher.status()).toMatchObject({
      pending: 9,
      witnesses: [{ state: 'cosigned', treeSize: 3 }],
    });
    tiles.read = read;
    await until(() => {
      log.askAgain();
      return log.size() === 9;
    });
    expect(log.publisher.status().lastError).toBeNull();
    await log.stop();
  });
});
