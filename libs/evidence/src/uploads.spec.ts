import { beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf, manualClock, Refusal } from '#kernel';
import type { Digest } from '#kernel';
import { historyStart } from '#testing';
import { chunked } from './blob-store.contract.ts';
import { BlobStoreUnavailable } from './blob-store.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';
import { MemoryUploadArea } from './memory-upload-area.ts';
import { describeUploadAreaContract } from './upload-area.contract.ts';
import { Uploads } from './uploads.ts';

const finance = 'son_la.so_tc';
const science = 'son_la.so_khcn';
const limits = { bytesMax: 100, filesPerHourMax: 4, keptMs: 60_000 };

let clock: ReturnType<typeof manualClock>;
let area: MemoryUploadArea;
let store: MemoryBlobStore;
let uploads: Uploads;

beforeEach(async () => {
  clock = manualClock(historyStart);
  area = new MemoryUploadArea(clock);
  store = new MemoryBlobStore();
  uploads = await Uploads.open({ area, store, clock, limits });
});

describeUploadAreaContract('MemoryUploadArea', async () => ({
  area: new MemoryUploadArea(manualClock(historyStart)),
  close: async () => undefined,
}));

/** A text of exactly so many bytes, one for each name. */
function file(name: string, sizeBytes: number): Uint8Array {
  return new TextEncoder().encode(name.padEnd(sizeBytes, '.'));
}

function receive(bytes: Uint8Array, agency = finance, isAnnounced = true) {
  return uploads.receive(agency, {
    digest: digestOf(bytes),
    declaredType: 'text/plain',
    declaredBytes: isAnnounced ? bytes.length : null,
    content: chunked(bytes, 7),
    sizeBytesMax: 1_000,
  });
}

async function codeOf(act: Promise<unknown>): Promise<unknown> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Refusal) return error.code;
  throw new TypeError('expected a refusal', { cause: error });
}

describe('what an agency has uploaded and not deposited', () => {
  test('is bounded in bytes, for each agency apart', async () => {
    await receive(file('a', 60));
    for (const isAnnounced of [true, false]) {
      expect(await codeOf(receive(file('b', 41), finance, isAnnounced))).toBe(
        'evidence/uploads-full',
      );
    }
    await receive(file('b', 100), science);
    await receive(file('c', 40));
    expect([finance, science].map((one) => uploads.waitingBytes(one))).toStrictEqual([100, 100]);
  });

  test('has room again once something was deposited', async () => {
    const first = file('a', 90);
    await receive(first);
    expect(await codeOf(receive(file('b', 20)))).toBe('evidence/uploads-full');
    const found = await uploads.keep(finance, digestOf(first));
    expect(found).toStrictEqual({
      sizeBytes: 90,
      mediaType: 'text/plain',
      blob: { store: 'memory', versionId: null, retainUntil: null },
    });
    await uploads.discard(finance, digestOf(first));
    await receive(file('b', 20));
  });

  test('takes no more room for the same file again', async () => {
    await receive(file('a', 80));
    expect((await receive(file('a', 80))).alreadyThere).toBe(true);
    expect(uploads.waitingBytes(finance)).toBe(80);
  });

  test('bounds what is only compared with a file that is kept already', async () => {
    const kept = file('a', 60);
    await store.put(digestOf(kept), chunked(kept, 7), { sizeBytesMax: 100 });
    const compare = (bytes: Uint8Array) =>
      uploads.compare(finance, {
        digest: digestOf(kept),
        declaredType: 'text/plain',
        declaredBytes: bytes.length,
        content: chunked(bytes, 7),
        sizeBytesMax: 1_000,
      });
    expect((await compare(kept)).alreadyThere).toBe(true);
    expect(uploads.waitingBytes(finance)).toBe(0);
    expect(await codeOf(compare(file('b', 60)))).toBe('evidence/digest-mismatch');
    expect(await codeOf(compare(file('b', 101)))).toBe('evidence/uploads-full');
    await compare(kept);
    expect(await codeOf(compare(kept))).toBe('evidence/uploads-too-many');
  });

  test('counts what is under way, so that many at once bring no more than one by one', async () => {
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => receive(file(name, 50))),
    );
    const kept = results.filter(({ status }) => status === 'fulfilled');
    expect([kept.length, uploads.waitingBytes(finance)]).toStrictEqual([2, 100]);
  });

  test('gives room back for an upload that fails', async () => {
    const bytes = file('a', 80);
    const wrong = uploads.receive(finance, {
      digest: digestOf('another'),
      declaredType: 'text/plain',
      declaredBytes: 80,
      content: chunked(bytes),
      sizeBytesMax: 1_000,
    });
    expect(await codeOf(wrong)).toBe('evidence/digest-mismatch');
    await receive(bytes);
  });

  test('is bounded in files within an hour, whatever became of them', async () => {
    const act = async (name: string) => {
      const bytes = file(name, 1);
      await receive(bytes);
      await uploads.discard(finance, digestOf(bytes));
    };
    for (const name of ['a', 'b', 'c', 'd']) {
      await act(name);
      clock.advance(60_000);
    }
    const error = await receive(file('e', 1)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'evidence/uploads-too-many',
      facts: { filesPerHourMax: 4, retryAfterSeconds: 56 * 60 },
    });
    await receive(file('e', 1), science);
    clock.advance(56 * 60_000);
    await act('e');
    expect(await codeOf(receive(file('f', 1)))).toBe('evidence/uploads-too-many');
  });

  test('is larger than is ever accepted: said as such, not as a lack of room', async () => {
    expect(await codeOf(receive(file('a', 1_001)))).toBe('evidence/too-large');
  });

  test('is still known after a start', async () => {
    await receive(file('a', 80));
    const again = await Uploads.open({ area, store, clock, limits });
    expect(again.waitingBytes(finance)).toBe(80);
  });
});

describe('ageing', () => {
  const bytes = file('a', 30);
  const digest = digestOf(bytes);
  const isWaiting = async (of: Digest = digest) => (await area.file(finance, of)) !== undefined;

  test('removes what waited longer than was stated, and nothing else', async () => {
    await receive(bytes);
    clock.advance(59_999);
    await receive(file('b', 10));
    expect(await uploads.sweep()).toStrictEqual([]);
    clock.advance(1);
    expect(await uploads.sweep()).toStrictEqual([
      { agency: finance, digest, sizeBytes: 30, since: historyStart },
    ]);
    expect([await isWaiting(), uploads.waitingBytes(finance)]).toStrictEqual([false, 10]);
  });

  test('begins anew when the file is handed in again', async () => {
    await receive(bytes);
    clock.advance(50_000);
    await receive(bytes);
    clock.advance(50_000);
    expect(await uploads.sweep()).toStrictEqual([]);
  });

  test('never reaches into the store', async () => {
    await receive(bytes);
    await uploads.keep(finance, digest);
    clock.advance(120_000);
    expect(await uploads.sweep()).toHaveLength(1);
    expect(await store.stat(digest)).toMatchObject({ sizeBytes: 30 });
  });

  test('passes over what a deposit is at work on, at whatever point it comes', async () => {
    await receive(bytes);
    clock.advance(120_000);
    const putFile = store.putFile.bind(store);
    const swept: unknown[] = [];
    store.putFile = async (...given) => {
      swept.push(await uploads.sweep());
      const put = await putFile(...given);
      swept.push(await uploads.sweep());
      return put;
    };
    expect(await uploads.keep(finance, digest)).not.toBeNull();
    expect([swept, await isWaiting()]).toStrictEqual([[[], []], true]);
    expect(await store.stat(digest)).toMatchObject({ sizeBytes: 30 });
  });

  test('an upload that comes while its former one is removed waits for that', async () => {
    await receive(bytes);
    clock.advance(120_000);
    const remove = area.remove.bind(area);
    let again: Promise<unknown> | undefined;
    area.remove = async (...given) => {
      again = receive(bytes);
      return remove(...given);
    };
    expect(await uploads.sweep()).toHaveLength(1);
    await again;
    expect([await isWaiting(), uploads.waitingBytes(finance)]).toStrictEqual([true, 30]);
  });

  test('is put off by a disk that does not work, and taken up again', async () => {
    await receive(bytes);
    clock.advance(120_000);
    const remove = area.remove.bind(area);
    area.remove = async () => {
      throw new BlobStoreUnavailable('io');
    };
    expect([await uploads.sweep(), uploads.waitingBytes(finance)]).toStrictEqual([[], 30]);
    area.remove = remove;
    expect(await uploads.sweep()).toHaveLength(1);
  });
});

describe('a deposit', () => {
  const bytes = file('a', 30);
  const digest = digestOf(bytes);

  test('needs an upload of its own agency', async () => {
    await receive(bytes, science);
    expect(await uploads.keep(finance, digest)).toBeNull();
    expect(await store.stat(digest)).toBeUndefined();
  });

  test('of an upload that was changed while it waited asks for it again', async () => {
    await receive(bytes);
    area.tamper(finance, digest, (was) => was.fill(48));
    expect(await uploads.keep(finance, digest)).toBeNull();
    expect([await store.stat(digest), uploads.waitingBytes(finance)]).toStrictEqual([undefined, 0]);
  });

  test('of what the store holds already keeps it once', async () => {
    await receive(bytes);
    await receive(bytes, science);
    const [first, second] = [
      await uploads.keep(finance, digest),
      await uploads.keep(science, digest),
    ];
    expect(second).toStrictEqual(first);
  });

  test('says that the store does not answer, and keeps the upload', async () => {
    await receive(bytes);
    store.putFile = async () => {
      throw new BlobStoreUnavailable('full');
    };
    expect(await codeOf(uploads.keep(finance, digest))).toBe('evidence/store-full');
    expect(uploads.waitingBytes(finance)).toBe(30);
  });
});
