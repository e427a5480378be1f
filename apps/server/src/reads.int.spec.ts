import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { told } from './http.contract.ts';
import type { TestLedger } from './http.contract.ts';
import {
  document,
  figure,
  otherFigure,
  pdf,
  recorded,
  round,
  sha256,
  startRound,
  statement,
} from './round.contract.ts';

let ledger: TestLedger;
let people: Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ ledger, people } = await startRound());
});

afterAll(async () => {
  await ledger?.stop();
});

const as = (who: string) => ({ token: people[who] as string });
const read = (who: string, path: string, headers: Record<string, string> = {}) =>
  ledger.get(`/api/v1${path}`, { ...as(who), headers });

describe('evidence', () => {
  test('is deposited, found in the register and read back byte by byte', async () => {
    await ledger.put(sha256, 'application/pdf', pdf, people['officer'] as string);
    const deposit = await recorded(
      ledger.post(
        `/evidence/${sha256}/deposits`,
        {
          document: { ...document, kind: 'statement' },
          periodCovered: null,
          depositedFor: 'son_la.so_tc',
        },
        as('officer'),
      ),
    );
    const position = { 'ledger-position': deposit.headers.get('ledger-position') ?? '' };
    const seen = await read('officer', `/evidence/${sha256}`, position);
    expect([seen.status, seen.headers.get('etag')]).toStrictEqual([200, '"0"']);
    const register = await read('officer', '/evidence?limit=1', position);
    expect(register.body['items']).toHaveLength(1);
    expect(told(await read('stranger', '/evidence?agency=son_la.so_tc'))).toStrictEqual([
      404,
      'request/not-found',
    ]);

    const file = await fetch(`${ledger.server.url}/api/v1/evidence/${sha256}/content`, {
      headers: { authorization: `Bearer ${people['officer']}` },
    });
    expect(new Uint8Array(await file.arrayBuffer())).toStrictEqual(pdf);
    expect(
      ['content-type', 'content-disposition', 'x-content-type-options', 'cache-control'].map(
        (name) => file.headers.get(name),
      ),
    ).toStrictEqual([
      'application/pdf',
      `attachment; filename="${sha256.slice(0, 12)}.pdf"`,
      'nosniff',
      'no-store',
    ]);
  });
});

describe('a figure', () => {
  let revision: string;

  test('is submitted and read by its own writer without waiting', async () => {
    const awaited = await read('officer', `/figures/${figure}`);
    expect([awaited.status, awaited.headers.get('etag')]).toStrictEqual([200, null]);
    const written = await recorded(
      ledger.post(`/figures/${figure}/submissions`, statement('12.50'), as('officer')),
    );
    const position = { 'ledger-position': written.headers.get('ledger-position') ?? '' };
    const seen = await read('officer', `/figures/${figure}`, position);
    expect(seen.body['data']).toMatchObject({
      figure,
      status: 'submitted',
      present: { statement: { version: 1, values: [{ value: '12.50' }] } },
    });
    revision = seen.headers.get('etag') ?? '';
    expect(revision).toBe(written.headers.get('etag'));
    const never = `p.${'9'.repeat(20)}.${'9'.repeat(20)}`;
    const late = await read('officer', `/figures/${figure}`, { 'ledger-position': never });
    expect([...told(late), late.headers.get('retry-after')]).toStrictEqual([
      503,
      'request/in-time',
      '1',
    ]);
  });

  test('is there for its lead and its checker, and for nobody else', async () => {
    for (const path of ['', '/history', '/diff?from=0&to=99']) {
      expect((await read('officer', `/figures/${figure}${path}`)).status).toBe(200);
      expect((await read('checker', `/figures/${figure}${path}`)).status).toBe(200);
      expect(told(await read('stranger', `/figures/${figure}${path}`))).toStrictEqual([
        404,
        'request/not-found',
      ]);
      expect(told(await read('officer', `/figures/${round}.I.99${path}`))).toStrictEqual([
        404,
        'request/not-found',
      ]);
    }
    const listed = async (who: string) => {
      const { body } = await read(who, `/rounds/${round}/figures`);
      return (body['items'] as { figure: string }[]).map((item) => item.figure);
    };
    expect(await listed('officer')).toStrictEqual([figure]);
    expect(await listed('stranger')).toStrictEqual([otherFigure]);
    expect(await listed('checker')).toStrictEqual([figure, otherFigure]);
  });

  test('tells who came in between, to those who may see it', async () => {
    const body = { ...statement('13'), kind: 'update', reason: 'Số liệu mới' };
    const path = `/figures/${figure}/corrections`;
    const written = await recorded(
      ledger.post(path, body, { ...as('officer'), ifMatch: revision }),
    );
    const stale = await ledger.post(path, body, { ...as('officer'), ifMatch: revision });
    expect(told(stale)).toStrictEqual([412, 'command/stale']);
    expect(stale.body['present']).toMatchObject({
      revision: written.body['revision'],
      type: 'figure.corrected.v1',
      digest: written.body['digest'],
      data: { values: [{ value: '13' }] },
    });
    const foreign = await ledger.post(path, body, { ...as('stranger'), ifMatch: revision });
    // To a stranger a wrong revision tells nothing about the right one.
    expect(told(foreign)).toStrictEqual([403, 'duty/not-lead-agency']);
    expect([foreign.body['present'], foreign.headers.get('etag')]).toStrictEqual([undefined, null]);
    const blind = await ledger.post(path, body, as('stranger'));
    expect(told(blind)).toStrictEqual([403, 'duty/not-lead-agency']);
    const early = await ledger.post(`/figures/${round}.I.5/corrections`, body, {
      ...as('stranger'),
      ifMatch: '"0"',
    });
    expect(told(early)).toStrictEqual([412, 'command/absent']);
  });

  test('is known as it was: by leaf, by time, and in its differences', async () => {
    const receipt = await ledger.post(
      `/figures/${figure}/corrections`,
      { ...statement('14'), kind: 'update', reason: 'Nữa' },
      { ...as('officer'), ifMatch: '"1"' },
    );
    const position = { 'ledger-position': receipt.headers.get('ledger-position') ?? '' };
    const found = await read('officer', `/receipts/${receipt.body['eventId'] as string}`, position);
    const { leafIndex } = found.body['data'] as { leafIndex: number };
    expect(found.headers.get('ledger-position')).toBe(String(leafIndex));
    expect(
      told(await read('stranger', `/receipts/${receipt.body['eventId'] as string}`)),
    ).toStrictEqual([404, 'request/not-found']);

    const before = await read('officer', `/figures/${figure}?asOf=${leafIndex - 1}`);
    expect(before.body).toMatchObject({
      data: { present: { statement: { values: [{ value: '13' }] } } },
      asOf: { leafIndex: leafIndex - 1 },
    });
    const at = encodeURIComponent(receipt.body['recordedAt'] as string);
    const then = await read('officer', `/figures/${figure}?asOf=${at}`);
    expect(then.body['asOf']).toMatchObject({ leafIndex });
    const diff = await read(
      'officer',
      `/figures/${figure}/diff?from=${leafIndex - 1}&to=${leafIndex}`,
    );
    const { changes } = diff.body['data'] as { changes: { pointer: string; after: unknown }[] };
    expect(changes).toContainEqual({
      pointer: '/present/statement/values/0/value',
      before: '13',
      after: '14',
    });
    for (const asOf of ['now', '2026-02-30T00:00:00Z', '-1', '1.5']) {
      expect(told(await read('officer', `/figures/${figure}?asOf=${asOf}`))).toStrictEqual([
        400,
        'request/invalid',
      ]);
    }
  });

  test('has a history in pages that do not shift', async () => {
    const types: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await read('checker', `/figures/${figure}/history?limit=2${after}`);
      types.push(...(body['items'] as { type: string }[]).map(({ type }) => type));
      cursor = body['nextCursor'] as string | null;
    }
    expect(types.filter((type) => type.startsWith('figure.'))).toStrictEqual([
      'figure.submitted.v1',
      'figure.corrected.v1',
      'figure.corrected.v1',
    ]);
    const bogus = await read('checker', `/rounds/${round}/figures?status=bogus`);
    expect(told(bogus)).toStrictEqual([400, 'request/invalid']);
    const half = await read('checker', `/figures/${figure}/diff?from=0`, {
      'accept-language': 'en',
    });
    expect(half.body['errors']).toMatchObject([
      { pointer: '/to', code: 'as-of', expected: expect.stringMatching(/^missing; .*Z/) },
    ]);
    expect(told(await read('checker', `/figures/${figure}/history?cursor=***`))).toStrictEqual([
      400,
      'request/invalid',
    ]);
    expect(told(await read('checker', `/rounds/${round}/figures?cursor=bm9uZQ`))).toStrictEqual([
      422,
      'request/bad-cursor',
    ]);
    expect(told(await read('checker', `/rounds/${round}/figures?limit=201`))).toStrictEqual([
      400,
      'request/invalid',
    ]);
  });
});

describe('other reads', () => {
  test.each([
    '/rounds',
    `/rounds/${round}`,
    `/rounds/${round}/assignments`,
    `/rounds/${round}/progress`,
    `/rounds/${round}/accountability`,
    '/frameworks',
    '/frameworks/qd1969',
    '/agencies',
    '/agencies/son_la.so_tc',
    '/review-bodies',
    '/tasks',
    '/evidence',
  ])('GET %s answers with the moment it stands for', async (path) => {
    const { status, body, headers } = await read('officer', path);
    expect([status, headers.get('cache-control')]).toStrictEqual([200, 'no-store']);
    expect(body['asOf']).toMatchObject({ at: expect.any(String), leafIndex: expect.any(Number) });
  });

  test('people are listed for those who work with them, contact data for fewer', async () => {
    expect(told(await read('officer', '/people'))).toStrictEqual([403, 'access/role-needed']);
    const { body } = await read('registrar', '/people?agency=son_la.so_tc');
    const [person] = body['items'] as { id: string; shown: { name: string } }[];
    expect(person?.shown.name).toBe('officer son_la.so_tc');
    const own = await read('officer', `/people/${person?.id}`);
    expect(own.body['data']).toMatchObject({ contact: { email: null, phone: null } });
    const others = await read('stranger', `/people/${person?.id}`);
    expect(others.body['data']).toMatchObject({ contact: null });
  });
});

describe('a file that was changed behind our back', () => {
  test('is never read to a clean end', async () => {
    const blobs = join(ledger.folder, 'blobs');
    const names = await readdir(blobs, { recursive: true });
    const name = names.find((one) => one.endsWith(sha256.slice(-10))) ?? '';
    const content = await readFile(join(blobs, name));
    content[20] = (content[20] ?? 0) ^ 1;
    await writeFile(join(blobs, name), content);
    const answer = fetch(`${ledger.server.url}/api/v1/evidence/${sha256}/content`, {
      headers: { authorization: `Bearer ${people['officer']}` },
    }).then((response) => response.arrayBuffer());
    await expect(answer).rejects.toThrow();
  });
});
