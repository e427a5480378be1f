import { describe, expect, test } from '@jest/globals';
import { digestOf, Refusal } from '#kernel';
import {
  BlobCorrupt,
  BlobMissing,
  BlobStore,
  BlobStoreUnavailable,
  BlobTooLarge,
} from './blob-store.ts';
import type { BlobPut, BlobReading, BlobStat } from './blob-store.ts';
import { chunked } from './blob-store.contract.ts';
import { asRefusal, findContent, receiveContent } from './content-intake.ts';
import type { ContentRequest } from './content-intake.ts';
import { mediaTypes } from './media-type.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';

const pdf = new TextEncoder().encode(`%PDF-1.7\n${'% số liệu minh họa\n'.repeat(600)}`);
const digest = digestOf(pdf);

function requestOf(bytes: Uint8Array, change: Partial<ContentRequest> = {}): ContentRequest {
  return {
    digest: digestOf(bytes),
    declaredType: 'application/pdf',
    declaredBytes: null,
    content: chunked(bytes, 1000),
    sizeBytesMax: 100_000,
    ...change,
  };
}

async function refusalOf(received: Promise<unknown>): Promise<Pick<Refusal, 'code' | 'facts'>> {
  const error = await received.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Refusal)) throw new TypeError('expected a refusal', { cause: error });
  return { code: error.code, facts: error.facts };
}

/** Fails every call with one error, as a store does that is away. */
class BrokenBlobStore extends BlobStore {
  override readonly kind = 'broken';
  private readonly error: Error;

  constructor(error: Error) {
    super();
    this.error = error;
  }

  override async put(): Promise<BlobPut> {
    throw this.error;
  }

  override async open(): Promise<BlobReading> {
    throw this.error;
  }

  override async stat(): Promise<BlobStat | undefined> {
    return { sizeBytes: 1, versionId: null, retainUntil: null };
  }

  override async ping(): Promise<void> {}
}

describe('an upload', () => {
  test.each([1, 100, 4095, 4096, 4097, 1_000_000])(
    'is kept whole, with the type of its content, in chunks of %i bytes',
    async (chunkBytes) => {
      const store = new MemoryBlobStore();
      const request = requestOf(pdf, { content: chunked(pdf, chunkBytes) });
      expect(await receiveContent(store, request)).toStrictEqual({
        digest,
        sizeBytes: pdf.length,
        mediaType: 'application/pdf',
        alreadyThere: false,
        versionId: null,
        retainUntil: null,
      });
      expect(await findContent(store, digest)).toStrictEqual({
        sizeBytes: pdf.length,
        mediaType: 'application/pdf',
        blob: { store: 'memory', versionId: null, retainUntil: null },
      });
    },
  );

  test('that is small is kept, too', async () => {
    const bytes = new TextEncoder().encode('a,b\n1,2\n');
    const request = requestOf(bytes, { declaredType: 'text/csv; charset=utf-8' });
    expect(await receiveContent(new MemoryBlobStore(), request)).toMatchObject({
      mediaType: 'text/csv',
      sizeBytes: 8,
    });
  });

  const html = new TextEncoder().encode('<html><script>'.repeat(1000));
  const refused: [string, ContentRequest, string, Record<string, unknown>][] = [
    [
      'of a kind that is not accepted',
      requestOf(html),
      'type-not-accepted',
      { accepted: mediaTypes },
    ],
    [
      'declared as something else',
      requestOf(pdf, { declaredType: 'image/png' }),
      'type-mismatch',
      { declared: 'image/png', found: 'application/pdf', accepted: mediaTypes },
    ],
    ['that is empty', requestOf(new Uint8Array(0)), 'content-empty', {}],
    [
      'of another digest',
      requestOf(pdf, { digest: digestOf('x') }),
      'digest-mismatch',
      { expected: digestOf('x'), found: digest },
    ],
    [
      'that says to be too large',
      requestOf(pdf, { declaredBytes: 100_001 }),
      'too-large',
      { sizeBytes: 100_001, sizeBytesMax: 100_000 },
    ],
    [
      'that is too large in silence',
      requestOf(pdf, { sizeBytesMax: 5000, declaredBytes: 10 }),
      'too-large',
      { sizeBytesMax: 5000 },
    ],
  ];
  test.each(refused)('%s is refused and not kept', async (_, request, reason, facts) => {
    const store = new MemoryBlobStore();
    expect(await refusalOf(receiveContent(store, request))).toStrictEqual({
      code: `evidence/${reason}`,
      facts,
    });
    expect(await store.stat(request.digest)).toBeUndefined();
    expect(await store.stat(digest)).toBeUndefined();
  });

  test('of a wrong kind is stopped at its head', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        asked += 1;
        yield html.slice(0, 1024);
      }
    }
    const request = requestOf(html, { content: endless() });
    expect((await refusalOf(receiveContent(new MemoryBlobStore(), request))).code).toBe(
      'evidence/type-not-accepted',
    );
    expect(asked).toBe(4);
  });

  test('whose sender went away fails with the error of the connection', async () => {
    const gone = new Error('aborted');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield pdf.slice(0, 5000);
      throw gone;
    }
    await expect(
      receiveContent(new MemoryBlobStore(), requestOf(pdf, { content: breaking() })),
    ).rejects.toBe(gone);
  });

  test('meets a store that is full, away or damaged', async () => {
    const meets = async (error: Error) => {
      return (await refusalOf(receiveContent(new BrokenBlobStore(error), requestOf(pdf)))).code;
    };
    expect(await meets(new BlobStoreUnavailable('full'))).toBe('evidence/store-full');
    expect(await meets(new BlobStoreUnavailable('io'))).toBe('evidence/store-unavailable');
    expect(await meets(new BlobCorrupt(digest, null))).toBe('evidence/content-corrupt');
    const bug = new TypeError('a bug');
    await expect(receiveContent(new BrokenBlobStore(bug), requestOf(pdf))).rejects.toBe(bug);
  });
});

describe('looking for content', () => {
  test('finds nothing where nothing lies, also when it goes while we look', async () => {
    expect(await findContent(new MemoryBlobStore(), digest)).toBeNull();
    expect(await findContent(new BrokenBlobStore(new BlobMissing(digest)), digest)).toBeNull();
  });

  test('refuses what was put past the way in', async () => {
    const store = new MemoryBlobStore();
    const html = new TextEncoder().encode('<html>');
    await store.put(null, chunked(html), { sizeBytesMax: 100 });
    expect((await refusalOf(findContent(store, digestOf(html)))).code).toBe(
      'evidence/type-not-accepted',
    );
  });

  test('meets a store that is away', async () => {
    const away = new BrokenBlobStore(new BlobStoreUnavailable('io'));
    expect((await refusalOf(findContent(away, digest))).code).toBe('evidence/store-unavailable');
  });

  test('errors of the port have their refusal, anything else stays what it is', () => {
    expect(asRefusal(new BlobMissing(digest))).toMatchObject({ code: 'evidence/content-missing' });
    expect(asRefusal(new BlobTooLarge(7))).toMatchObject({ facts: { sizeBytesMax: 7 } });
    expect(asRefusal('odd')).toBe('odd');
  });
});
