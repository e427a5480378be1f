import { describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import type { Digest } from '#kernel';
import { compareWithEvidence } from './evidence-comparison.ts';
import type { EvidenceFiles } from './evidence-comparison.ts';
import { LogClaims, streamOfEvidence } from './log-claims.ts';
import { MadeStory, placesOf } from './made-log.contract.ts';
import { readEntry } from './entry-form.ts';

const contents = ['first', 'other', 'a third one'];
const [first, other, third] = contents.map((text) => digestOf(text)) as [Digest, Digest, Digest];

/** Four deposits, the second file handed in by two agencies. */
function claimsOf({ settledAt = 5 } = {}): LogClaims {
  const story = MadeStory.of(1);
  for (const text of [...contents, 'other']) {
    const evidence = digestOf(text);
    const data = { evidence, sizeBytes: text.length };
    story.tell(streamOfEvidence(evidence), { type: 'evidence.deposited.v1', data });
  }
  const claims = new LogClaims();
  for (const [index, bytes] of story.entries.entries()) {
    const { entry } = readEntry(bytes);
    if (entry !== undefined) claims.take(entry, index);
  }
  claims.settle(settledAt);
  return claims;
}

/** Files in a map, by the digest that they lie under. */
class MapFiles implements EvidenceFiles {
  readonly lying: Map<Digest, string>;
  readonly asked: Digest[] = [];
  failing = new Set<Digest>();
  listFails = false;
  readonly over = new Map<Digest, string>();

  constructor(lying: readonly (readonly [Digest, string])[] = asDeposited) {
    this.lying = new Map(lying);
  }

  async measure(evidence: Digest, onBytes: (count: number) => void) {
    this.asked.push(evidence);
    if (this.failing.has(evidence)) throw new Error('input and output');
    const text = this.lying.get(evidence);
    if (text === undefined) return undefined;
    for (const { length } of text.match(/.{1,4}/g) ?? []) onBytes(length);
    const over = this.over.get(evidence);
    return { sizeBytes: text.length, digest: digestOf(text), ...(over !== undefined && { over }) };
  }

  async *list(): AsyncGenerator<Digest> {
    if (this.listFails) throw new Error('no listing');
    yield* this.lying.keys();
  }
}

const asDeposited = contents.map((text) => [digestOf(text), text] as const);
const placeOf = (index: number, evidence: Digest, revision = 0) => ({
  index,
  stream: streamOfEvidence(evidence),
  revision,
});

async function found(files: EvidenceFiles, claims = claimsOf()) {
  const list = await compareWithEvidence({ claims, files });
  return { verdict: list.verdict(true), places: placesOf(list.findings) };
}

describe('files held against the log', () => {
  test('as they were handed in: no finding, each read once', async () => {
    const files = new MapFiles();
    expect(await found(files)).toEqual({ verdict: 'sound', places: [] });
    expect(files.asked).toEqual([first, other, third].sort());
  });

  test('one is gone: every entry that names it is told of', async () => {
    const files = new MapFiles(asDeposited.filter(([digest]) => digest !== other));
    expect(await found(files)).toEqual({
      verdict: 'unsound',
      places: [
        { code: 'evidence/missing', ...placeOf(2, other), expected: other },
        { code: 'evidence/missing', ...placeOf(4, other, 1), expected: other },
      ],
    });
  });

  test('two of one size are exchanged: both are named, with what lies there', async () => {
    const files = new MapFiles([
      [first, 'other'],
      [other, 'first'],
      [third, 'a third one'],
    ]);
    const detail = '5 bytes, in the entry 5';
    const { verdict, places } = await found(files);
    expect(verdict).toBe('unsound');
    expect([...places].sort((a, b) => (a.index ?? 0) - (b.index ?? 0))).toEqual([
      { code: 'evidence/differs', ...placeOf(1, first), expected: first, found: other, detail },
      { code: 'evidence/differs', ...placeOf(2, other), expected: other, found: first, detail },
      { code: 'evidence/differs', ...placeOf(4, other, 1), expected: other, found: first, detail },
    ]);
  });

  test('a size that an entry makes up is found, though the digest is right', async () => {
    const claims = claimsOf({ settledAt: 6 });
    const data = { evidence: first, sizeBytes: 7 };
    const stream = streamOfEvidence(first);
    const type = 'evidence.deposited.v1';
    claims.take(MadeStory.of(5).next(stream, { type, data, revision: 1 }), 5);
    const detail = '5 bytes, in the entry 7';
    const place = { ...placeOf(5, first, 1), expected: first, found: first, detail };
    expect((await found(new MapFiles(), claims)).places).toEqual([
      { code: 'evidence/differs', ...place },
    ]);
  });

  test('an entry that names none is a fault of its own', async () => {
    const claims = claimsOf({ settledAt: 6 });
    const stream = streamOfEvidence(first);
    const type = 'evidence.deposited.v1';
    claims.take(MadeStory.of(5).next(stream, { type, data: {}, revision: 1 }), 5);
    expect((await found(new MapFiles(), claims)).places).toEqual([
      { code: 'evidence/deposit-unusable', ...placeOf(5, first, 1) },
    ]);
  });

  test('one that nobody handed in is a note, unless somebody may have', async () => {
    const extra = digestOf('left by a crash');
    const files = new MapFiles([...asDeposited, [extra, 'left by a crash']]);
    expect(await found(files)).toEqual({
      verdict: 'sound',
      places: [{ code: 'evidence/unnamed', found: extra }],
    });
    // An entry of six could not be read: it may be the one that names it.
    expect(await found(files, claimsOf({ settledAt: 6 }))).toEqual({
      verdict: 'sound',
      places: [],
    });
  });

  test('what is laid over one is told, at the first entry that names it', async () => {
    const files = new MapFiles();
    files.over.set(other, 'delete-marker 1');
    expect(await found(files)).toEqual({
      verdict: 'sound',
      places: [{ code: 'evidence/laid-over', ...placeOf(2, other), detail: 'delete-marker 1' }],
    });
  });

  test('one that cannot be read hides no other', async () => {
    const files = new MapFiles(asDeposited.filter(([digest]) => digest !== third));
    files.failing.add(other);
    const { verdict, places } = await found(files);
    expect(verdict).toBe('unsound');
    expect([...places].sort((a, b) => (a.code < b.code ? -1 : 1))).toEqual([
      { code: 'evidence/missing', ...placeOf(3, third), expected: third },
      { code: 'evidence/store-unusable', ...placeOf(2, other), detail: 'input and output' },
    ]);
  });

  test('a place that cannot be listed could not be told of', async () => {
    const files = new MapFiles();
    files.listFails = true;
    expect(await found(files)).toEqual({
      verdict: 'unknown',
      places: [{ code: 'evidence/store-unusable', detail: 'no listing' }],
    });
  });

  test('a place that is away is not asked for every file', async () => {
    const story = new LogClaims();
    const all = Array.from({ length: 40 }, (_, n) => digestOf(String(n)));
    for (const [index, digest] of all.entries()) {
      story.deposits.add(digest, { index, revision: 0, sizeBytes: 1 });
    }
    const files = new MapFiles([]);
    files.failing = new Set(all);
    const { verdict, places } = await found(files, story);
    expect([verdict, places.length, files.asked.length]).toEqual(['unknown', 16, 16]);
  });

  test('progress goes from nothing to all bytes of all files, each counted once', async () => {
    const seen: (readonly [number, number])[] = [];
    const files = new MapFiles(asDeposited.filter(([digest]) => digest !== third));
    const onProgress = (...told: [number, number]) => seen.push(told);
    await compareWithEvidence({ claims: claimsOf(), files, onProgress });
    const done = seen.map(([bytes]) => bytes);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(new Set(seen.map(([, all]) => all))).toEqual(new Set([21]));
    expect([seen.length, done.at(-1)]).toEqual([7, 21]);
  });
});
