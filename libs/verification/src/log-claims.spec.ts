import { describe, expect, test } from '@jest/globals';
import { derivedUuid, digestOf, hex, sha256 } from '#kernel';
import type { Digest, Entry } from '#kernel';
import { DepositList } from './deposit-list.ts';
import { fsck } from './fsck.ts';
import { LogClaims, streamOfEvidence } from './log-claims.ts';
import { flipped, madeLog, MadeStory, MemoryLog, without } from './made-log.contract.ts';
import type { LogFiles } from './made-log.contract.ts';

const person = derivedUuid(['somebody']);
const file = digestOf('a file');
const commitment = digestOf('a commitment');

/** 300 entries: a deposit at 270, an enrolment at 271, both in the last bundle. */
const story = MadeStory.of(270)
  .tell(streamOfEvidence(file), {
    type: 'evidence.deposited.v1',
    data: { evidence: file, sizeBytes: 6 },
  })
  .tell(`person-${person}`, { type: 'person.enrolled.v1', data: { commitment } });
while (story.entries.length < 300) story.tell('spec-after');
const { files } = madeLog(story.entries);

async function claimed(read: LogFiles, depth: 'hashes' | 'entries' = 'entries') {
  const claims = new LogClaims();
  await fsck({ source: new MemoryLog(read), claims, depth });
  return claims;
}

const toldOf = ({ isProven, isComplete, deposits, people }: LogClaims) => ({
  isProven,
  isComplete,
  deposits: deposits.size,
  people: people.size,
});

describe('what a log claims', () => {
  test('is proven where the whole log is', async () => {
    const claims = await claimed(files);
    expect(toldOf(claims)).toEqual({ isProven: true, isComplete: true, deposits: 1, people: 1 });
    expect([...claims.deposits.files()]).toEqual([
      { evidence: file, deposits: [{ index: 270, revision: 0, sizeBytes: 6 }] },
    ]);
    const place = { index: 271, stream: `person-${person}`, revision: 0 };
    expect([...claims.people]).toEqual([
      [
        person,
        {
          commitments: new Map([[commitment, place]]),
          shown: commitment,
          erased: undefined,
          last: 0,
        },
      ],
    ]);
  });

  test('is not what an entry says that the tree does not hold', async () => {
    const path = 'tile/entries/001.p/44';
    const at = Buffer.from(files.get(path) as Uint8Array).indexOf(bareOf(file));
    const claims = await claimed(flipped(files, path, at));
    expect(toldOf(claims)).toEqual({ isProven: true, isComplete: false, deposits: 0, people: 1 });
  });

  test('is taken from entries that the root proves, whatever their tile says', async () => {
    const claims = await claimed(flipped(files, 'tile/0/001.p/44', 0));
    expect(toldOf(claims)).toEqual({ isProven: true, isComplete: false, deposits: 1, people: 1 });
  });

  test('is proven behind a bundle that is gone, and known not to be all', async () => {
    const claims = await claimed(without(files, 'tile/entries/000'));
    expect(toldOf(claims)).toEqual({ isProven: true, isComplete: false, deposits: 1, people: 1 });
  });

  test.each([
    ['entries and tiles are those of another history', true],
    ['the checkpoint is of a larger tree', false],
  ])('is not proven where %s', async (_, isForged) => {
    const read = isForged ? forged() : without(files, 'tile/0/001.p/44', 'tile/entries/001.p/44');
    expect((await claimed(read)).isProven).toBe(false);
  });

  test('is nothing where entries are not read', async () => {
    const claims = await claimed(files, 'hashes');
    expect(toldOf(claims)).toEqual({ isProven: true, isComplete: false, deposits: 0, people: 0 });
  });

  test.each([
    ['no digest', { evidence: 'sha256:0', sizeBytes: 1 }, streamOfEvidence(file)],
    ['the digest of another stream', { evidence: digestOf('x'), sizeBytes: 1 }, undefined],
    ['no size', { evidence: file }, undefined],
    ['less than no bytes', { evidence: file, sizeBytes: -1 }, undefined],
    ['half a byte', { evidence: file, sizeBytes: 0.5 }, undefined],
    ['nothing', null, undefined],
  ])('names an entry about a deposit with %s', (_, data, stream = streamOfEvidence(file)) => {
    const claims = new LogClaims();
    const { deposits, unusable } = claims;
    claims.take(entry({ stream, revision: 3, type: 'evidence.deposited.v1', data }), 9);
    expect([deposits.size, unusable]).toEqual([0, [{ index: 9, stream, revision: 3 }]]);
  });

  test('knows where the last file went', () => {
    const claims = new LogClaims();
    const stream = streamOfEvidence(file);
    const of = (blob: unknown) => {
      const data = { evidence: file, sizeBytes: 6, blob };
      claims.take(entry({ stream, type: 'evidence.deposited.v1', data }), 1);
      return claims.lastStore;
    };
    expect([of(null), of({ store: 'folder' }), of({ store: 'minio' }), of({ store: 1 })]).toEqual([
      undefined,
      'folder',
      'minio',
      'minio',
    ]);
  });

  test('follows a person: what is shown is of the enrolment or the last renaming', () => {
    const claims = new LogClaims();
    const of = (type: string, revision: number, data: unknown) =>
      claims.take(entry({ stream: `person-${person}`, revision, type, data }), 10 + revision);
    const [first, second, third] = [digestOf('1'), digestOf('2'), digestOf('3')];
    of('person.enrolled.v1', 0, { commitment: first });
    of('role.granted.v1', 1, { commitment: second });
    expect(claims.people.get(person)?.shown).toBe(first);
    of('person.renamed.v1', 2, { commitment: third });
    of('role.granted.v1', 3, { commitment: first });
    of('person.erased.v1', 4, { what: 'contact-data' });
    of('person.erased.v1', 5, { what: 'contact-data' });
    const { commitments, ...rest } = claims.people.get(person) ?? {};
    const stream = `person-${person}`;
    expect([...(commitments ?? [])].map(([digest, { index }]) => [digest, index])).toEqual([
      [first, 10],
      [second, 11],
      [third, 12],
    ]);
    expect(rest).toEqual({ shown: third, erased: { index: 14, stream, revision: 4 }, last: 5 });
  });
});

describe('a list of deposits', () => {
  test('gives each file once, in the order of digests, with all that name it', () => {
    const list = new DepositList();
    const digests = Array.from({ length: 200 }, (_, n) => digestOf(String(n)));
    for (const [index, digest] of [...digests, ...digests].entries()) {
      list.add(digest, { index, revision: index % 7, sizeBytes: 2 ** 40 + index });
    }
    expect(list.size).toBe(400);
    const given = [...list.files()];
    expect(given.map(({ evidence }) => evidence)).toEqual([...digests].sort());
    for (const { evidence, deposits } of given) {
      const index = digests.indexOf(evidence);
      expect(deposits.map((one) => one.index)).toEqual([index, index + 200]);
      expect(deposits[1]?.sizeBytes).toBe(2 ** 40 + index + 200);
    }
    expect(digests.every((digest) => list.has(digest))).toBe(true);
    expect(list.has(digestOf('200'))).toBe(false);
    list.add(digestOf('200'), { index: 400, revision: 0, sizeBytes: 0 });
    expect(list.has(digestOf('200'))).toBe(true);
  });

  test('knows digests apart by their last bit', () => {
    const list = new DepositList();
    const bytes = sha256(new Uint8Array(1));
    list.add(digestWith(bytes), { index: 0, revision: 0, sizeBytes: 1 });
    bytes[31] = (bytes[31] as number) ^ 1;
    expect(list.has(digestWith(bytes))).toBe(false);
    list.add(digestWith(bytes), { index: 1, revision: 0, sizeBytes: 1 });
    expect([...list.files()]).toHaveLength(2);
    expect(new DepositList().has(digestWith(bytes))).toBe(false);
  });
});

function entry(told: Partial<Entry>): Entry {
  return { ...MadeStory.of(1).next('spec-x'), ...told };
}

function bareOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

function digestWith(bytes: Uint8Array): Digest {
  return `sha256:${hex(bytes)}` as Digest;
}

/** Another history under the checkpoint of the first one. */
function forged(): LogFiles {
  const other = madeLog(MadeStory.of(300).entries).files;
  return new Map(other).set('checkpoint', files.get('checkpoint') as Uint8Array);
}
