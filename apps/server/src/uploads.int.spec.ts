import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bareHex, digestOf, parseCount } from '#kernel';
import { agencyBody, bootstrapBody, registrarSecret, TestLedger } from './http.contract.ts';
import { document, recorded } from './round.contract.ts';

/** What may lie about undeposited, over HTTP: a small ledger whose limits are soon reached. */
let ledger: TestLedger;
let token: string;

beforeAll(async () => {
  ledger = await TestLedger.start({
    LEDGER_UPLOAD_BYTES_MAX: '400',
    LEDGER_UPLOAD_FILES_PER_HOUR: '6',
  });
  await ledger.post('/bootstrap', bootstrapBody(await ledger.bootstrapToken()), { key: null });
  token = await ledger.signIn('dangky', registrarSecret);
  await recorded(ledger.post('/agencies', agencyBody('son_la.so_khcn'), { token }));
});

afterAll(async () => {
  await ledger?.stop();
});

const pdf = (name: string, sizeBytes: number) =>
  new TextEncoder().encode(`%PDF-1.7\n% ${name} `.padEnd(sizeBytes, '.'));

async function put(bytes: Uint8Array<ArrayBuffer>) {
  const answer = await ledger.put(bareHex(digestOf(bytes)), 'application/pdf', bytes, token);
  const { code } = (await answer.json()) as { code?: string };
  return [answer.status, code, answer.headers.get('retry-after')];
}

const deposit = (bytes: Uint8Array) =>
  ledger.post(
    `/evidence/${bareHex(digestOf(bytes))}/deposits`,
    { document, depositedFor: 'son_la.so_khcn' },
    { token },
  );

async function filesIn(part: 'uploads' | 'blobs'): Promise<string[]> {
  const names = await readdir(join(ledger.folder, part), { recursive: true });
  return names.map((name) => name.slice(-64)).filter((name) => /^[0-9a-f]{64}$/.test(name));
}

describe('uploads that nobody deposited', () => {
  test('wait outside the store, within bytes and files, and are free once deposited', async () => {
    const first = pdf('một', 300);
    expect(await put(first)).toStrictEqual([201, undefined, null]);
    expect(await put(first)).toStrictEqual([200, undefined, null]);
    expect([await filesIn('uploads'), await filesIn('blobs')]).toStrictEqual([
      [bareHex(digestOf(first))],
      [],
    ]);
    expect(await put(pdf('hai', 200))).toStrictEqual([507, 'evidence/uploads-full', '60']);
    await recorded(deposit(first));
    expect([await filesIn('uploads'), await filesIn('blobs')]).toStrictEqual([
      [],
      [bareHex(digestOf(first))],
    ]);
    // Deposited bytes are compared with what is kept; they do not wait once more, and count.
    expect((await put(first))[0]).toBe(200);
    expect(await filesIn('uploads')).toStrictEqual([]);
    expect((await put(pdf('hai', 200)))[0]).toBe(201);
  });

  test('are so many an hour', async () => {
    const last = pdf('ba', 50);
    expect((await put(last))[0]).toBe(201);
    // A file that the agency has deposited already is read and hashed like any other.
    for (const bytes of [pdf('bốn', 50), pdf('một', 300)]) {
      expect((await put(bytes)).slice(0, 2)).toStrictEqual([429, 'evidence/uploads-too-many']);
    }
    const retryAfter = (await put(last))[2];
    expect(parseCount(String(retryAfter))).toBeGreaterThan(3_000);
  });
});
