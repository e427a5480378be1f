import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import * as realFileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf, manualClock } from '#kernel';
import { historyStart } from '#testing';
import { chunked, readAll, someBytes } from './blob-store.contract.ts';
import { BlobMissing } from './blob-store.ts';
import { FolderBlobStore } from './folder-blob-store.ts';
import type { BlobFileSystem } from './folder-blob-store.ts';
import { FolderUploadArea } from './folder-upload-area.ts';
import { describeUploadAreaContract } from './upload-area.contract.ts';
import { Uploads } from './uploads.ts';

const finance = 'son_la.so_tc';
const roomy = { sizeBytesMax: 10_000_000 };
const bytes = new TextEncoder().encode(`%PDF-1.7\n${'số liệu '.repeat(2_000)}`);
const digest = digestOf(bytes);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uploads-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describeUploadAreaContract('FolderUploadArea', async () => ({
  area: await FolderUploadArea.open(join(folder, 'uploads')),
  close: async () => undefined,
}));

const request = () => ({
  digest,
  declaredType: 'application/pdf',
  declaredBytes: bytes.length,
  content: chunked(bytes),
  sizeBytesMax: 10_000_000,
});

async function opened(
  calls: Partial<BlobFileSystem> = {},
): Promise<{ uploads: Uploads; store: FolderBlobStore; clock: ReturnType<typeof manualClock> }> {
  const fileSystem = { ...realFileSystem, ...calls };
  const clock = manualClock(historyStart);
  const store = await FolderBlobStore.open(join(folder, 'blobs'), fileSystem);
  const area = await FolderUploadArea.open(join(folder, 'uploads'), fileSystem);
  const limits = { bytesMax: 1_000_000, filesPerHourMax: 100, keptMs: 1_000 };
  return { uploads: await Uploads.open({ area, store, clock, limits }), store, clock };
}

describe('an upload on its way into the store', () => {
  test('is taken over without a second copy, read-only, and outlives its upload', async () => {
    const { uploads, store } = await opened();
    await uploads.receive(finance, request());
    await uploads.keep(finance, digest);
    const { nlink, mode } = await stat(store.pathOf(digest));
    expect([nlink, (mode & 0o777).toString(8)]).toStrictEqual([2, '440']);
    expect(await uploads.discard(finance, digest)).toBe(true);
    expect((await stat(store.pathOf(digest))).nlink).toBe(1);
    expect(digestOf(await readAll(await store.open(digest)))).toBe(digest);
  });

  test('is copied where the store is on another disk', async () => {
    const other = Object.assign(new Error('another disk'), { code: 'EXDEV', syscall: 'link' });
    let refusals = 0;
    const { uploads, store } = await opened({
      link: async (from, to) => {
        const isTakenOver = String(from).startsWith(join(folder, 'uploads', finance));
        const isOwn = String(to).startsWith(join(folder, 'uploads'));
        if (isOwn) return realFileSystem.link(from, to);
        if (isTakenOver) refusals += 1;
        if (isTakenOver) throw other;
        return realFileSystem.link(from, to);
      },
    });
    await uploads.receive(finance, request());
    expect(await uploads.keep(finance, digest)).toMatchObject({ sizeBytes: bytes.length });
    expect([refusals, (await stat(store.pathOf(digest))).nlink]).toStrictEqual([1, 1]);
  });

  test('that a sweep takes away between hash and link is asked for again', async () => {
    const { store } = await opened();
    const area = await FolderUploadArea.open(join(folder, 'uploads'));
    await area.put(finance, digest, chunked(bytes), roomy);
    const file = await area.file(finance, digest);
    async function* thenGone() {
      yield* file!.content();
      await area.remove(finance, digest);
    }
    const racing = store.putFile(digest, { ...file!, content: thenGone });
    await expect(racing).rejects.toThrow(BlobMissing);
    expect(await store.stat(digest)).toBeUndefined();
  });

  test('that was changed while it waited is not taken over, and is gone', async () => {
    const { uploads, store } = await opened();
    await uploads.receive(finance, request());
    const area = await FolderUploadArea.open(join(folder, 'uploads'));
    const path = (await area.file(finance, digest))!.path!;
    const changed = await readFile(path);
    changed[20] = (changed[20] ?? 0) ^ 1;
    await realFileSystem.chmod(path, 0o640);
    await writeFile(path, changed);
    expect(await uploads.keep(finance, digest)).toBeNull();
    expect(await store.stat(digest)).toBeUndefined();
    expect([await area.held(), uploads.waitingBytes(finance)]).toStrictEqual([[], 0]);
  });

  test('ages over a start, by the time the file was written', async () => {
    const { uploads, store } = await opened();
    await uploads.receive(finance, request());
    const area = await FolderUploadArea.open(join(folder, 'uploads'));
    const path = (await area.file(finance, digest))!.path!;
    await utimes(path, 1_700_000_000, 1_700_000_000);
    const again = await opened();
    expect(again.uploads.waitingBytes(finance)).toBe(bytes.length);
    expect(await again.uploads.sweep()).toStrictEqual([
      { agency: finance, digest, sizeBytes: bytes.length, since: '2023-11-14T22:13:20.000Z' },
    ]);
    expect(await area.file(finance, digest)).toBeUndefined();
    expect(await store.stat(digest)).toBeUndefined();
  });

  test('is deposited at any point of a sweep that runs, and never lost once it is kept', async () => {
    const { uploads, store, clock } = await opened();
    for (const steps of Array.from({ length: 12 }).keys()) {
      const content = new TextEncoder().encode(`%PDF-1.7\n${steps}`);
      const of = digestOf(content);
      const sent = { ...request(), digest: of, declaredBytes: content.length };
      await uploads.receive(finance, { ...sent, content: chunked(content) });
      clock.advance(5_000);
      const sweeping = uploads.sweep();
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      const kept = await uploads.keep(finance, of);
      await sweeping;
      // Either it came in time, and is there for good, or the deposit asks for it again.
      expect([steps, (await store.stat(of)) !== undefined]).toStrictEqual([steps, kept !== null]);
      if (kept !== null) expect(digestOf(await readAll(await store.open(of)))).toBe(of);
    }
  });
});

test('bytes that somebody names otherwise lead nowhere', async () => {
  const area = await FolderUploadArea.open(join(folder, 'uploads'));
  const content = chunked(someBytes(10));
  await expect(area.put('../elsewhere', null, content, roomy)).rejects.toThrow(TypeError);
});
