import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { epochMs, manualClock } from '#kernel';
import type { Instant } from '#kernel';
import { base64, emptyRoot, parseCheckpoint, parseSignatureLine, parseSignedNote } from '#tlog';
import { readCosignature, utf8, verdictOf, verifyConsistency } from '#tlog';
import type { Hash } from '#tlog';
import { requestBytesMax } from './add-checkpoint.ts';
import { originHash } from './known-logs.ts';
import { MemoryHeads, SpecLog, specOrigin, specSigner } from './spec-log.contract.ts';
import type { SaidBySpecLog } from './spec-log.contract.ts';
import { Witness } from './witness.ts';

const signer = specSigner('witness.invalid', 9, 'cosignature');
const log = SpecLog.of(40);
const start = '2026-11-20T02:00:00.000Z' as Instant;
const clock = manualClock(start);
let heads: MemoryHeads;
let witness: Witness;

beforeEach(() => {
  clock.set(start);
  heads = new MemoryHeads();
  witness = witnessOn(heads);
});

function witnessOn(store: MemoryHeads): Witness {
  const logs = new Map([[specOrigin, [log.signer.key]]]);
  return new Witness({ signer, heads: store, clock, logs });
}

/** Answers with the status, and holds every cosignature against the checkpoint it is for. */
async function add(
  oldSize: number,
  size: number,
  changed: Partial<SaidBySpecLog> = {},
  from = log,
): Promise<number> {
  const body = await from.request(oldSize, size, changed);
  const answer = await witness.addCheckpoint(body);
  if (answer.status === 200) {
    const line = parseSignatureLine(answer.line.slice(0, -1));
    const note = parseSignedNote(await from.note(size, changed));
    if (!line.ok || !note.ok) throw new TypeError('the answer is not a signature line');
    expect(verdictOf({ ...note.value, signatures: [line.value] }, signer.key)).toBe('valid');
  }
  return answer.status;
}

describe('what a witness answers', () => {
  test('200: the first checkpoint of an origin, and each that continues the last', async () => {
    for (const [oldSize, size] of [
      [0, 0],
      [0, 1],
      [1, 7],
      [7, 7],
      [7, 8],
      [8, 40],
    ] as const) {
      expect(await add(oldSize, size)).toBe(200);
    }
  });

  test('409: with the size it knows, when the log thinks of another', async () => {
    expect(await add(0, 7)).toBe(200);
    for (const [oldSize, size] of [
      [0, 9],
      [6, 9],
      [8, 9],
      [0, 7],
      [3, 5],
    ] as const) {
      const answer = await witness.addCheckpoint(await log.request(oldSize, size));
      expect(answer).toStrictEqual({ status: 409, origin: specOrigin, size: 7 });
    }
    expect(await witness.addCheckpoint(await SpecLog.of(9).request(7, 9))).toMatchObject({
      status: 200,
    });
  });

  test('409 with 0 when it has cosigned nothing yet', async () => {
    const answer = await witness.addCheckpoint(await log.request(3, 9));
    expect(answer).toStrictEqual({ status: 409, origin: specOrigin, size: 0 });
  });

  test('404: an origin it does not watch, also one it once did', async () => {
    const stranger = SpecLog.of(5, specSigner('log.invalid/other', 1));
    expect(await add(0, 5, {}, stranger)).toBe(404);
    expect(await add(0, 5)).toBe(200);
    witness.watch(new Map());
    expect(await add(5, 6)).toBe(404);
    expect(await witness.latest(originHash(specOrigin))).toBeDefined();
  });

  test('403: no signature of a known key', async () => {
    const twin = specSigner(specOrigin, 2);
    expect(await add(0, 5, { signers: [twin] })).toBe(403);
    expect(await add(0, 5, { signers: [twin, log.signer] })).toBe(200);
  });

  test('403: a wrong signature in the name of a known key, beside a right one as well', async () => {
    const forged = { ...specSigner(specOrigin, 2), key: log.signer.key };
    expect(await add(0, 5, { signers: [forged] })).toBe(403);
    expect(await add(0, 5, { signers: [log.signer, forged] })).toBe(403);
  });

  test('403: one of two known keys signed wrongly; 200 while only one of them signs', async () => {
    const next = specSigner(specOrigin, 3);
    witness.watch(new Map([[specOrigin, [log.signer.key, next.key]]]));
    const forged = { ...log.signer, key: next.key };
    expect(await add(0, 5, { signers: [log.signer, forged] })).toBe(403);
    expect(await add(0, 5, { signers: [next] })).toBe(200);
    expect(await add(5, 6, { signers: [log.signer, next] })).toBe(200);
  });

  test('400: an old size above that of the checkpoint', async () => {
    expect(await add(0, 7)).toBe(200);
    expect(await add(8, 7)).toBe(400);
    expect(await add(7, 6)).toBe(400);
  });

  test('422: a proof of something else, too little, too much, or for nothing', async () => {
    expect(await add(0, 5, { proof: [emptyRoot] })).toBe(422);
    expect(await add(0, 5)).toBe(200);
    const right = await proofOf(5, 9);
    const wrong: (readonly Hash[])[] = [
      [],
      right.slice(1),
      [...right, emptyRoot],
      right.toReversed(),
    ];
    for (const proof of wrong) expect(await add(5, 9, { proof })).toBe(422);
    expect(await add(5, 5, { proof: right })).toBe(422);
    expect(await add(5, 9, { proof: right })).toBe(200);
  });

  test('422: another tree of the same size, and one that forked before', async () => {
    const fork = log.forkedAt(4);
    expect(await add(0, 5)).toBe(200);
    expect(await add(5, 5, {}, fork)).toBe(422);
    expect(await add(5, 9, {}, fork)).toBe(422);
    expect(await add(5, 9)).toBe(200);
  });

  test('422: no entries under a root of some, also at the first contact', async () => {
    expect(await add(0, 0, { root: await log.root(1) })).toBe(422);
  });

  test('400: whatever is not a request, in one line', async () => {
    const right = Buffer.from(await log.request(0, 5)).toString();
    const second = Buffer.from(await log.request(2, 5)).toString();
    const bodies = [
      '',
      'old 0\n',
      right.replace('old 0', 'old 00'),
      right.replace('old 0', 'old -1'),
      right.replace('old 0', 'Old 0'),
      right.replace('old 0', 'old 0 '),
      right.replace('old 0', 'old 9007199254740992'),
      right.replace('\n', '\r\n'),
      second.replace('=\n', '\n'),
      second.replace('old 2\n', `old 2\n${base64(emptyRoot).slice(0, 40)}\n`),
      second.replace('old 2\n', `old 2\n${`${base64(emptyRoot)}\n`.repeat(64)}`),
      right.replace(/\u2014.*\n/, ''),
      right.replace(`${specOrigin}\n5\n`, `${specOrigin}\n05\n`),
      right.replace(`${specOrigin}\n5\n`, `${specOrigin}\n`),
      `\ufeff${right}`,
      `${right}more`,
      right.replace('old 0\n\n', 'old 0\n\n\n\n'),
      right + 'x'.repeat(requestBytesMax),
    ];
    for (const body of bodies) {
      const answer = await witness.addCheckpoint(utf8(body));
      expect([body.slice(0, 60), answer.status]).toEqual([body.slice(0, 60), 400]);
      if (answer.status === 400) expect(answer.reason).toMatch(/^[^\n]+$/);
    }
    expect(await witness.addCheckpoint(Uint8Array.of(0xff, 0xfe))).toMatchObject({ status: 400 });
    expect(heads.notes.size).toBe(0);
  });
});

async function proofOf(from: number, to: number): Promise<readonly Hash[]> {
  const body = Buffer.from(await log.request(from, to)).toString();
  const lines = body.slice(0, body.indexOf('\n\n')).split('\n').slice(1);
  return lines.map((line) => Uint8Array.from(Buffer.from(line, 'base64')));
}

describe('what a witness keeps', () => {
  test('the note with the signatures it verified and its own, no others', async () => {
    const stranger = specSigner('stranger.invalid', 7);
    expect(await add(0, 5, { signers: [stranger, log.signer] })).toBe(200);
    const kept = parseSignedNote((await witness.latest(originHash(specOrigin))) ?? utf8(''));
    if (!kept.ok) throw new TypeError(kept.fault);
    expect(kept.value.signatures.map(({ name }) => name)).toEqual([specOrigin, 'witness.invalid']);
    expect(verdictOf(kept.value, log.signer.key)).toBe('valid');
    expect(verdictOf(kept.value, signer.key)).toBe('valid');
  });

  test('its head beyond a restart', async () => {
    expect(await add(0, 5)).toBe(200);
    witness = witnessOn(heads);
    await witness.load();
    expect(await add(0, 5)).toBe(409);
    expect(await add(5, 6)).toBe(200);
  });

  test('no time before the last, though the clock goes back', async () => {
    const seconds = async (size: number) => {
      const answer = await witness.addCheckpoint(await log.request(size - 1, size));
      if (answer.status !== 200) throw new TypeError('refused');
      const line = parseSignatureLine(answer.line.slice(0, -1));
      return line.ok ? readCosignature(line.value.signature)?.time : undefined;
    };
    const first = BigInt(epochMs(start) / 1000);
    expect(await seconds(1)).toBe(first);
    clock.advance(-86_400_000);
    expect(await seconds(2)).toBe(first);
    witness = witnessOn(heads);
    expect(await seconds(3)).toBe(first);
    clock.set(start);
    clock.advance(7_999);
    expect(await seconds(4)).toBe(first + 7n);
  });

  test.each(['before', 'after'] as const)(
    'nothing that leaves when the disk fails %s the write',
    async (when) => {
      expect(await add(0, 5)).toBe(200);
      heads.failing = when;
      await expect(add(5, 9)).rejects.toThrow('the disk said no');
      heads.failing = undefined;
      const known = when === 'before' ? 5 : 9;
      expect(await add(0, 20)).toBe(409);
      expect(await add(known, 20)).toBe(200);
    },
  );

  test.each([
    ['damaged', (note: string) => note.replace('\n5\n', '\n6\n')],
    ['cut off', (note: string) => note.slice(0, 50)],
    ['without its cosignature', (note: string) => note.replace(/\u2014 witness.*\n$/, '')],
  ])('no head that is %s: it does not start', async (_, change) => {
    expect(await add(0, 5)).toBe(200);
    const name = originHash(specOrigin);
    const note = Buffer.from(heads.notes.get(name) ?? []).toString();
    heads.notes.set(name, utf8(change(note)));
    await expect(witnessOn(heads).load()).rejects.toThrow('the stored head');
  });

  test('no head under the name of another origin, and none of another key', async () => {
    expect(await add(0, 5)).toBe(200);
    const note = heads.notes.get(originHash(specOrigin)) ?? utf8('');
    const moved = new MemoryHeads();
    moved.notes.set(originHash('log.invalid/other'), note);
    await expect(witnessOn(moved).load()).rejects.toThrow('of another origin');
    const other = specSigner('witness.invalid', 10, 'cosignature');
    const successor = new Witness({ signer: other, heads, clock, logs: new Map() });
    await expect(successor.load()).rejects.toThrow('another key');
  });
});

/**
 * A log that lies, with several requests under way at once, a clock that jumps, and restarts: any two
 * cosignatures are of trees of which one continues the other, later ones of no smaller a tree and of
 * no earlier a time.
 */
test('never cosigns two heads that contradict each other, and never goes back', async () => {
  const histories = [log, log.forkedAt(3), log.forkedAt(11)];
  const request = fc.record({
    history: fc.nat(2),
    oldSize: fc.nat(20),
    size: fc.nat(20),
    // Most of the time the log knows where the witness stands, or nothing would ever be cosigned.
    isInformed: fc.integer({ min: 0, max: 4 }).map((die) => die > 0),
    clockMs: fc.integer({ min: -5_000, max: 5_000 }),
    restarts: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
  });
  const rounds = fc.array(fc.array(request, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
  let cosignedCount = 0;
  await fc.assert(
    fc.asyncProperty(rounds, async (batches) => {
      heads = new MemoryHeads();
      witness = witnessOn(heads);
      let last = { size: 0, time: 0n, history: 0 };
      for (const batch of batches) {
        clock.advance(batch[0]?.clockMs ?? 0);
        if (batch[0]?.restarts === true) witness = witnessOn(heads);
        const bodies = await Promise.all(
          batch.map(async ({ history, oldSize, size, isInformed }) => {
            const old = isInformed ? last.size : oldSize;
            return (histories[history] as SpecLog).request(old, Math.max(size, old));
          }),
        );
        // All at once, and in this order: the witness takes them one after the other.
        const sent = bodies.map((body, index) => {
          return { history: batch[index]?.history ?? 0, answer: witness.addCheckpoint(body) };
        });
        for (const { history, answer } of sent) {
          const said = await answer;
          if (said.status !== 200) continue;
          cosignedCount += 1;
          const line = parseSignatureLine(said.line.slice(0, -1));
          const time = line.ok ? readCosignature(line.value.signature)?.time : undefined;
          if (time === undefined) throw new TypeError('not a cosignature');
          expect(said.size).toBeGreaterThanOrEqual(last.size);
          expect(time).toBeGreaterThanOrEqual(last.time);
          expect(await continues(histories, last, { size: said.size, history })).toBe(true);
          last = { size: said.size, time, history };
        }
      }
      const note = parseSignedNote(heads.notes.get(originHash(specOrigin)) ?? utf8(''));
      const kept = note.ok ? parseCheckpoint(note.value.text) : undefined;
      expect(kept?.ok === true ? kept.value.size : 0).toBe(last.size);
    }),
    { numRuns: 150 },
  );
  expect(cosignedCount).toBeGreaterThan(100);
});

type Place = { readonly size: number; readonly history: number };

/** Holds for the roots, not for the histories' names: histories share their beginnings. */
async function continues(
  histories: readonly SpecLog[],
  older: Place,
  newer: Place,
): Promise<boolean> {
  const [from, to] = [histories[older.history] as SpecLog, histories[newer.history] as SpecLog];
  const body = Buffer.from(await to.request(older.size, newer.size)).toString();
  const lines = body.slice(0, body.indexOf('\n\n')).split('\n').slice(1);
  return verifyConsistency({
    older: { size: older.size, root: await from.root(older.size) },
    newer: { size: newer.size, root: await to.root(newer.size) },
    proof: lines.map((line) => Uint8Array.from(Buffer.from(line, 'base64'))),
  });
}
