import { describe, expect, test } from '@jest/globals';
import { manualClock } from '#kernel';
import { areEqual, base64, fromBase64, parseSignedNote, textOf, utf8 } from '#tlog';
import { grow, madeUpEvent, origin, sequencerOf, until } from './made-up-log.contract.ts';
import { now, policyOf, published, SpecClient } from './made-up-witness.contract.ts';
import { threeWitnesses } from './made-up-witness.contract.ts';
import { readHead } from './log-head.ts';
import type { LogHead } from './log-head.ts';
import { Publisher } from './publisher.ts';
import { checkpointPath } from './tile-store.ts';

const names = ['mot', 'hai', 'ba'];

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
    const witnesses = threeWitnesses();
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
    const witnesses = threeWitnesses();
    const [, , third] = witnesses;
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
    const witnesses = threeWitnesses();
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
    const [witness] = threeWitnesses();
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
    const witnesses = threeWitnesses();
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
    const writes: string[] = [];
    const write = log.tiles.write.bind(log.tiles);
    log.tiles.write = (objects) => {
      writes.push(...objects.map(({ path }) => path));
      return write(objects);
    };
    await again.start();
    await sequencer.start();
    await until(() => again.status().quorum === 'met');
    expect(witnesses.map(({ requests }) => requests).reduce((sum, one) => sum + one)).toBe(3);
    await sequencer.stop();
    await again.stop();
    // What stands there says it all already.
    expect(writes).toEqual([]);
  });

  test('never goes back: an older head is passed over, and nobody is asked for it', async () => {
    const [witness] = threeWitnesses();
    const log = published([witness], 'all');
    await log.start();
    await log.growTo(0, 8);
    await until(() => log.size() === 8);
    const asked = witness.requests;
    const head = log.sequencer.status().head;
    log.publisher.offer({ ...(head as NonNullable<typeof head>), treeSize: 3 });
    expect(log.publisher.status()).toMatchObject({ published: { treeSize: 8 }, pending: null });
    await log.growTo(8, 9);
    await until(() => log.size() === 9);
    expect(witness.requests).toBe(asked + 1);
    await log.stop();
  });

  test('publishes while heads come faster than the witnesses it needs answer', async () => {
    const [witness] = threeWitnesses();
    const log = published([witness], 'all');
    let size = 4;
    const slow = async (body: Uint8Array) => {
      await log.growTo(size, size + 1);
      size += 1;
      witness.bent = undefined;
      const answer = await witness.add(body);
      witness.bent = slow;
      return answer;
    };
    witness.bent = slow;
    await log.start();
    await log.growTo(0, 4);
    await until(() => log.size() >= 9);
    expect((await log.verdict()).faults).toEqual([]);
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

  test('publishes no smaller tree than another server has published meanwhile', async () => {
    const [mine, other] = [published([], 'none'), published([], 'none')];
    for (const log of [mine, other]) await log.start();
    await other.growTo(0, 40);
    await until(() => other.size() === 40);
    const larger = (await other.tiles.read(checkpointPath)) as Uint8Array;
    await mine.tiles.write([{ path: checkpointPath, bytes: larger }]);
    await mine.growTo(0, 30);
    await until(() => mine.size() === 40);
    expect((await mine.verdict()).checkpoint?.size).toBe(40);
    expect(mine.publisher.status()).toMatchObject({ pending: null, lastError: null });
    await mine.growTo(30, 41);
    await until(() => mine.size() === 41);
    for (const log of [mine, other]) await log.stop();
  });

  test('looks again, and puts its own in the place of a smaller one that came late', async () => {
    const log = published([], 'none', { lookAgainMs: 10 });
    await log.start();
    await log.growTo(0, 5);
    await until(() => log.size() === 5);
    const late = (await log.tiles.read(checkpointPath)) as Uint8Array;
    await log.growTo(5, 8);
    await until(() => log.size() === 8);
    await log.tiles.write([{ path: checkpointPath, bytes: late }]);
    await until(async () => (await log.verdict()).checkpoint?.size === 8);
    await until(() => log.size() === 8);
    await log.stop();
  });

  test('is kept back by no checkpoint that this log did not sign', async () => {
    const log = published([], 'none');
    await log.start();
    await log.growTo(0, 4);
    await until(() => log.size() === 4);
    const bytes = (await log.tiles.read(checkpointPath)) as Uint8Array;
    const larger = utf8((textOf(bytes) as string).replace('\n4\n', '\n4000\n'));
    await log.tiles.write([{ path: checkpointPath, bytes: larger }]);
    await log.growTo(4, 5);
    await until(() => log.size() === 5);
    expect(await log.verdict()).toMatchObject({ faults: [], checkpoint: { size: 5 } });
    await log.stop();
  });

  test('writes over no checkpoint of its size that another tree made, and says so', async () => {
    const [log, forked] = [published([], 'none'), published([], 'none')];
    for (const one of [log, forked]) await one.start();
    await forked.store.append('spec-x', 'no-stream', [madeUpEvent('spec-x', 1)]);
    await until(() => forked.size() === 1);
    const theirs = (await forked.tiles.read(checkpointPath)) as Uint8Array;
    await log.tiles.write([{ path: checkpointPath, bytes: theirs }]);
    await log.growTo(0, 1);
    await until(() => log.publisher.status().lastError !== null);
    expect(log.publisher.status().lastError).toMatchObject({ code: 'log/head-forked' });
    expect(await log.tiles.read(checkpointPath)).toEqual(theirs);
    for (const one of [log, forked]) await one.stop();
  });

  test('writes over no smaller checkpoint of another history, whenever it came', async () => {
    const [log, forked] = [published([], 'none'), published([], 'none')];
    for (const one of [log, forked]) await one.start();
    await forked.store.append('spec-x', 'no-stream', [madeUpEvent('spec-x', 1)]);
    await until(() => forked.size() === 1);
    await log.growTo(0, 3);
    await until(() => log.size() === 3);
    const theirs = (await forked.tiles.read(checkpointPath)) as Uint8Array;
    await log.tiles.write([{ path: checkpointPath, bytes: theirs }]);
    await log.growTo(3, 300);
    await until(() => log.publisher.status().lastError !== null);
    expect(log.publisher.status().lastError).toMatchObject({ code: 'log/head-forked' });
    expect(await log.tiles.read(checkpointPath)).toEqual(theirs);
    for (const one of [log, forked]) await one.stop();
  });

  test('goes on behind a smaller checkpoint that another server of the same log wrote', async () => {
    const log = published([], 'none');
    await log.start();
    await log.growTo(0, 3);
    await until(() => log.size() === 3);
    const smaller = (await log.tiles.read(checkpointPath)) as Uint8Array;
    await log.growTo(3, 300);
    await until(() => log.size() === 300);
    await log.tiles.write([{ path: checkpointPath, bytes: smaller }]);
    await log.growTo(300, 301);
    await until(() => log.size() === 301);
    expect(log.publisher.status().lastError).toBeNull();
    await log.stop();
  });

  test('keeps cosignatures that another server has published for the same head', async () => {
    const witnesses = threeWitnesses();
    const [first, second, third] = witnesses;
    second.bent = third.bent = () => ({ kind: 'away', reason: 'it does not answer' });
    const log = published(witnesses, 'any');
    const other = new Publisher(log.options);
    await other.start();
    await log.start();
    await log.growTo(0, 5);
    await until(() => log.size() === 5 && log.resting() === 2);
    first.bent = second.bent;
    second.bent = undefined;
    other.offer(log.sequencer.status().head as LogHead);
    await until(() => other.status().published?.witnessed.length === 2);
    const verdict = await log.verdict();
    expect([verdict.faults, [...verdict.witnessed]]).toEqual([[], ['mot', 'hai']]);
    await other.stop();
    await log.stop();
  });

  test('drops the line of a witness that the policy names no longer', async () => {
    const [stays, goes] = threeWitnesses();
    const log = published([stays, goes], 'any');
    await log.start();
    await log.growTo(0, 5);
    await until(() => log.publisher.status().published?.witnessed.length === 2);
    await log.stop();
    const again = new Publisher({ ...log.options, policy: policyOf([stays], 'any') });
    await again.start();
    again.offer((await readHead(log.store)) as LogHead);
    const signers = async () => {
      const note = parseSignedNote((await log.tiles.read(checkpointPath)) as Uint8Array);
      return note.ok ? note.value.signatures.map(({ name }) => name) : [];
    };
    await until(async () => (await signers()).length === 2);
    expect(await signers()).toEqual([origin, stays.key.name]);
    await again.stop();
  });

  test('under a stricter policy leaves what is published until the new quorum is met', async () => {
    const [known, added] = threeWitnesses();
    const log = published([known], 'any');
    await log.start();
    await log.growTo(0, 5);
    await until(() => log.size() === 5);
    await log.stop();
    const before = await log.tiles.read(checkpointPath);
    added.bent = () => ({ kind: 'away', reason: 'it does not answer' });
    const policy = policyOf([known, added], '2');
    const witnesses = new SpecClient([known, added]);
    const again = new Publisher({ ...log.options, policy, witnesses });
    await again.start();
    again.offer((await readHead(log.store)) as LogHead);
    await until(() => again.status().quorum === 'missing' && log.resting() > 0);
    expect(await log.tiles.read(checkpointPath)).toEqual(before);
    expect(again.status().published).toMatchObject({ treeSize: 5, witnessed: ['mot'] });
    added.bent = undefined;
    log.askAgain();
    await until(() => again.status().published?.witnessed.length === 2);
    expect(again.status().quorum).toBe('met');
    await again.stop();
  });

  test('keeps the time at which a size was first published', async () => {
    const [witness, late] = threeWitnesses();
    late.bent = () => ({ kind: 'away', reason: 'it does not answer' });
    const clock = manualClock(now);
    const log = published([witness, late], 'any', { clock });
    await log.start();
    await log.growTo(0, 2);
    await until(() => log.size() === 2 && log.resting() > 0);
    clock.advance(60_000);
    late.bent = undefined;
    log.askAgain();
    await until(() => log.publisher.status().published?.witnessed.length === 2);
    expect(log.publisher.status().published?.publishedAt).toBe(now);
    await log.stop();
  });

  test('stopped and started again goes on with what came meanwhile', async () => {
    const log = published([], 'none');
    await log.start();
    await log.growTo(0, 2);
    await until(() => log.size() === 2);
    await log.publisher.stop();
    await log.growTo(2, 9);
    expect(log.publisher.status()).toMatchObject({ published: { treeSize: 2 }, pending: 9 });
    await log.publisher.start();
    await until(() => log.size() === 9);
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
