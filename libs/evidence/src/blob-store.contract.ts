import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '#kernel';
import type { Digest } from '#kernel';
import { BlobCorrupt, BlobDigestMismatch, BlobMissing, BlobTooLarge } from './blob-store.ts';
import type { BlobReader, BlobReading, BlobStore } from './blob-store.ts';

export type BlobStoreUnderTest = {
  readonly store: BlobStore;
  /**
   * Puts other bytes in the place of a blob, or none where `change` answers undefined: what
   * somebody can do who runs the store. Under object lock that is a newer version, a delete marker.
   */
  readonly tamper: (
    digest: Digest,
    change: (bytes: Uint8Array) => Uint8Array | undefined,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

const roomy = { sizeBytesMax: 64 * 1024 * 1024 };

/** Bytes that differ along the way, so that chunks in a wrong order are found out. */
export function someBytes(sizeBytes: number): Uint8Array {
  let state = 0x9e3779b9;
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

export async function* chunked(bytes: Uint8Array, chunkBytes = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
}

export async function readAll({ content }: BlobReading): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function listed(reader: BlobReader): Promise<Digest[]> {
  const digests: Digest[] = [];
  for await (const digest of reader.digests()) digests.push(digest);
  return digests;
}

/**
 * Every promise of the port as a named case. Run on each adapter and on the fake. A store that is
 * `locked` keeps what was put under its versions, so tampering must achieve nothing there.
 */
export function describeBlobStoreContract(
  name: string,
  make: () => Promise<BlobStoreUnderTest>,
  { locked = false }: { readonly locked?: boolean } = {},
): void {
  describe(`${name} keeps the contract of BlobStore`, () => {
    let under: BlobStoreUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.close());
    keeping(() => under);
    refusing(() => under);
    concurrency(() => under);
    if (locked) withstanding(() => under);
    else tampering(() => under);
  });
}

function keeping(under: () => BlobStoreUnderTest): void {
  test.each([0, 1, 4096, 65_535, 65_536, 131_072, 131_073, 700_001])(
    'what was put is there, byte for byte: %i bytes',
    async (sizeBytes) => {
      const { store } = under();
      const bytes = someBytes(sizeBytes);
      const digest = digestOf(bytes);
      const put = await store.put(digest, chunked(bytes), roomy);
      expect(put).toMatchObject({ digest, sizeBytes, alreadyThere: false });
      const { versionId, retainUntil } = put;
      expect(await store.stat(digest)).toStrictEqual({ sizeBytes, versionId, retainUntil });
      const reading = await store.open(digest);
      expect(reading.sizeBytes).toBe(sizeBytes);
      expect(digestOf(await readAll(reading))).toBe(digest);
    },
  );

  test('the digest is computed where none was announced', async () => {
    const bytes = someBytes(30_000);
    const put = await under().store.put(null, chunked(bytes), roomy);
    expect(put.digest).toBe(digestOf(bytes));
  });

  test('how the bytes were cut into chunks does not matter', async () => {
    const { store } = under();
    const cuts = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async (chunks) => {
        const whole = Uint8Array.from(Buffer.concat(chunks));
        const put = await store.put(null, one(chunks), roomy);
        expect([put.digest, put.sizeBytes]).toStrictEqual([digestOf(whole), whole.length]);
        expect(await readAll(await store.open(put.digest))).toStrictEqual(Buffer.from(whole));
      }),
      { numRuns: 30 },
    );
  });

  test('the producer may fill one buffer again and again', async () => {
    const { store } = under();
    const bytes = someBytes(50_000);
    const put = await store.put(null, reusing(bytes, 7000), roomy);
    expect(put.digest).toBe(digestOf(bytes));
    expect(digestOf(await readAll(await store.open(put.digest)))).toBe(put.digest);
  });

  test('the same bytes again are acknowledged and not kept twice', async () => {
    const { store } = under();
    const bytes = someBytes(20_000);
    const first = await store.put(null, chunked(bytes), roomy);
    const again = await store.put(first.digest, chunked(bytes, 333), roomy);
    expect(again).toStrictEqual({ ...first, alreadyThere: true });
  });

  test('an upload that waited is kept as if it had been put, once it was hashed again', async () => {
    const { store } = under();
    const bytes = someBytes(40_000);
    const digest = digestOf(bytes);
    const file = { sizeBytes: bytes.length, content: () => chunked(bytes), path: null };
    const put = await store.putFile(digest, file);
    expect(put).toMatchObject({ digest, sizeBytes: bytes.length, alreadyThere: false });
    expect(await store.putFile(digest, file)).toStrictEqual({ ...put, alreadyThere: true });
    expect(digestOf(await readAll(await store.open(digest)))).toBe(digest);
    const other = digestOf('another');
    await expect(store.putFile(other, file)).rejects.toThrow(BlobDigestMismatch);
    expect(await store.stat(other)).toBeUndefined();
  });

  test('a store names its kind without saying where it is, and answers a ping', async () => {
    expect(under().store.kind).toMatch(/^[a-z]+$/);
    await expect(under().store.ping()).resolves.toBeUndefined();
  });
}

function refusing(under: () => BlobStoreUnderTest): void {
  test('other bytes than announced are not kept, under neither digest', async () => {
    const { store } = under();
    const bytes = someBytes(9000);
    const expected = digestOf('something else');
    const put = store.put(expected, chunked(bytes), roomy);
    const error = await put.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BlobDigestMismatch);
    expect(error).toMatchObject({ expected, found: digestOf(bytes) });
    expect(await store.stat(expected)).toBeUndefined();
    expect(await store.stat(digestOf(bytes))).toBeUndefined();
  });

  test('exactly the greatest size is taken, one byte more is not', async () => {
    const { store } = under();
    const bytes = someBytes(10_001);
    const digest = digestOf(bytes);
    await expect(
      store.put(digest, chunked(bytes, 100), { sizeBytesMax: 10_000 }),
    ).rejects.toBeInstanceOf(BlobTooLarge);
    expect(await store.stat(digest)).toBeUndefined();
    const put = await store.put(digest, chunked(bytes, 100), { sizeBytesMax: 10_001 });
    expect(put.sizeBytes).toBe(10_001);
  });

  test('an endless content is stopped, and told so', async () => {
    let stopped = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield someBytes(5000);
      } finally {
        stopped = true;
      }
    }
    await expect(
      under().store.put(null, endless(), { sizeBytesMax: 100_000 }),
    ).rejects.toBeInstanceOf(BlobTooLarge);
    expect(stopped).toBe(true);
  });

  test('a content that breaks off leaves nothing, and can be put again', async () => {
    const { store } = under();
    const bytes = someBytes(40_000);
    const gone = new Error('the sender went away');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield bytes.slice(0, 20_000);
      throw gone;
    }
    await expect(store.put(digestOf(bytes), breaking(), roomy)).rejects.toBe(gone);
    expect(await store.stat(digestOf(bytes))).toBeUndefined();
    expect(await store.stat(digestOf(bytes.slice(0, 20_000)))).toBeUndefined();
    expect((await store.put(null, chunked(bytes), roomy)).alreadyThere).toBe(false);
  });

  test('an absent blob is said to be absent', async () => {
    const { store } = under();
    const digest = digestOf('never put');
    expect(await store.stat(digest)).toBeUndefined();
    await expect(store.open(digest)).rejects.toBeInstanceOf(BlobMissing);
  });
}

function concurrency(under: () => BlobStoreUnderTest): void {
  test('of many puts of the same bytes at once one makes the blob, all succeed', async () => {
    const { store } = under();
    const bytes = someBytes(150_000);
    const puts = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => store.put(null, chunked(bytes, n * 1000), roomy)),
    );
    expect(new Set(puts.map(({ digest }) => digest))).toStrictEqual(new Set([digestOf(bytes)]));
    expect(puts.filter(({ alreadyThere }) => !alreadyThere)).toHaveLength(1);
    expect(digestOf(await readAll(await store.open(digestOf(bytes))))).toBe(digestOf(bytes));
  });

  test('nobody sees a blob before all of it is there', async () => {
    const { store } = under();
    const bytes = someBytes(90_000);
    const digest = digestOf(bytes);
    const seen: unknown[] = [];
    async function* watched(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunked(bytes, 30_000)) {
        yield chunk;
        seen.push(await store.stat(digest));
      }
    }
    await store.put(digest, watched(), roomy);
    expect(seen).toStrictEqual([undefined, undefined, undefined]);
    expect(await store.stat(digest)).toMatchObject({ sizeBytes: 90_000 });
  });

  test('readers do not disturb each other, nor one that stops early', async () => {
    const { store } = under();
    const bytes = someBytes(600_000);
    const { digest } = await store.put(null, chunked(bytes), roomy);
    const [left, right, early] = await Promise.all([
      store.open(digest),
      store.open(digest),
      store.open(digest),
    ]);
    for await (const chunk of early.content) {
      expect(chunk).toStrictEqual(bytes.slice(0, chunk.length));
      break;
    }
    const both = await Promise.all([readAll(left), readAll(right)]);
    expect(both.map((read) => digestOf(read))).toStrictEqual([digest, digest]);
  });
}

const sizeBytes = 400_000;

/** What may become of the bytes of a blob of `sizeBytes` in wrong hands. */
export const changes: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ['the first bit flipped', (bytes) => bytes.with(0, (bytes[0] ?? 0) ^ 1)],
  ['the last bit flipped', (bytes) => bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 128)],
  ['the last byte cut off', (bytes) => bytes.slice(0, -1)],
  ['a byte added', (bytes) => Uint8Array.from([...bytes, 0])],
  ['nothing left of it', () => new Uint8Array(0)],
  ['another file of equal size', (bytes) => bytes.map((byte) => byte ^ 255)],
];

function withstanding(under: () => BlobStoreUnderTest): void {
  test.each(changes)(
    'a version with %s laid over a blob is seen and not read',
    async (_, change) => {
      const { store, tamper } = under();
      const first = await store.put(null, chunked(someBytes(sizeBytes)), roomy);
      expect(await store.interferences(first.digest)).toStrictEqual([]);
      await tamper(first.digest, change);
      expect(digestOf(await readAll(await store.open(first.digest)))).toBe(first.digest);
      const again = await store.put(null, chunked(someBytes(sizeBytes)), roomy);
      expect(again).toStrictEqual({ ...first, alreadyThere: true });
      const found = await store.interferences(first.digest);
      expect(found.map(({ kind }) => kind)).toStrictEqual(['later-version']);
      expect(found.map(({ versionId }) => versionId)).not.toContain(first.versionId);
    },
  );

  test('a deletion is seen and deletes nothing', async () => {
    const { store, tamper } = under();
    const bytes = someBytes(sizeBytes);
    const first = await store.put(null, chunked(bytes), roomy);
    await tamper(first.digest, () => undefined);
    expect(digestOf(await readAll(await store.open(first.digest)))).toBe(first.digest);
    const { versionId, retainUntil } = first;
    expect(await store.stat(first.digest)).toStrictEqual({ sizeBytes, versionId, retainUntil });
    const again = await store.put(null, chunked(bytes), roomy);
    expect(again).toStrictEqual({ ...first, alreadyThere: true });
    const found = await store.interferences(first.digest);
    expect(found.map(({ kind }) => kind)).toStrictEqual(['delete-marker']);
  });
}

function tampering(under: () => BlobStoreUnderTest): void {
  test.each(changes)('a blob with %s never comes to a clean end', async (_, change) => {
    const { store, tamper } = under();
    const { digest } = await store.put(null, chunked(someBytes(sizeBytes)), roomy);
    await tamper(digest, change);
    const reading = await store.open(digest);
    let readBytes = 0;
    const read = async () => {
      for await (const chunk of reading.content) readBytes += chunk.length;
    };
    await expect(read()).rejects.toBeInstanceOf(BlobCorrupt);
    // Too short for whoever counts: an HTTP client that was told the size sees a broken answer.
    expect(readBytes === 0 || readBytes < reading.sizeBytes).toBe(true);
  });

  test('a changed blob is neither acknowledged nor overwritten by a put', async () => {
    const { store, tamper } = under();
    const bytes = someBytes(sizeBytes);
    const { digest } = await store.put(null, chunked(bytes), roomy);
    await tamper(digest, (kept) => kept.with(7, (kept[7] ?? 0) ^ 1));
    await expect(store.put(digest, chunked(bytes), roomy)).rejects.toBeInstanceOf(BlobCorrupt);
    await expect(store.open(digest).then(readAll)).rejects.toBeInstanceOf(BlobCorrupt);
  });

  test('a blob that was taken away is missing, and can be put again', async () => {
    const { store, tamper } = under();
    const bytes = someBytes(5000);
    const { digest } = await store.put(null, chunked(bytes), roomy);
    const opened = await store.open(digest);
    await tamper(digest, () => undefined);
    await expect(store.open(digest)).rejects.toBeInstanceOf(BlobMissing);
    expect(await store.stat(digest)).toBeUndefined();
    // One that was opened before either still has the bytes or says that they are gone.
    const late = await readAll(opened).catch((thrown: unknown) => thrown);
    expect(late instanceof BlobMissing || digestOf(late as Uint8Array) === digest).toBe(true);
    expect((await store.put(digest, chunked(bytes), roomy)).alreadyThere).toBe(false);
  });
}

async function* one(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* reusing(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(chunkBytes);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const piece = bytes.subarray(at, at + chunkBytes);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
    buffer.fill(0xee);
  }
}
