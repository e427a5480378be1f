import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '#event-store';
import { parsePolicy, parseTlogProof, utf8, verifyTlogProof } from '#tlog';
import { told } from '../http.contract.ts';
import type { TestLedger } from '../http.contract.ts';
import { figure, recorded, startRound, statement } from '../round.contract.ts';
import { entryText, LogReader, readAt, recordedEvents } from './served-log.contract.ts';
import { wholeCheckpoint } from './served-log.contract.ts';

/** The log while people work: what anybody reads of it, and the receipts of those it concerns. */
let ledger: TestLedger;
let people: Readonly<Record<string, string>>;
let log: LogReader;

beforeAll(async () => {
  const started = await startRound();
  ({ ledger } = started);
  const { registrar = '' } = started.people;
  const auditor = await ledger.enter(registrar, 'kiemtoan', 'auditor', 'son_la.so_khcn');
  people = { ...started.people, auditor };
  log = new LogReader(ledger.server, people['auditor']);
});
afterAll(async () => {
  await ledger?.stop();
});

const as = (who: string) => ({ token: people[who] as string });

type Receipt = {
  readonly event: { readonly id: string };
  readonly leafIndex: number;
  readonly entry: string;
  readonly proof: string | null;
  readonly policy: string;
};
const receiptOf = (who: string, id: string, position: string) =>
  readAt(ledger, `/api/v1/receipts/${id}`, { ...as(who), position });

async function submitted(value: string, revision: number) {
  const stated = { ...statement(value), evidence: [] };
  const correction = { ...stated, kind: 'update', reason: 'Số mới' };
  const act =
    revision === 0
      ? ledger.post(`/figures/${figure}/submissions`, stated, as('officer'))
      : ledger.post(`/figures/${figure}/corrections`, correction, {
          ...as('officer'),
          ifMatch: `"${revision - 1}"`,
        });
  const { headers, body } = await recorded(act);
  return {
    id: body['eventId'] as string,
    position: headers.get('ledger-position') ?? '',
    link: headers.get('link') ?? '',
  };
}

describe('the log of a running ledger', () => {
  test('begins with its own opening, and holds every event where the read models count it', async () => {
    const events = await recordedEvents(ledger);
    const entries = await log.entries(await log.checkpointOf(events.length));
    expect(entries).toStrictEqual(events.map(entryText));
    expect(events[0]).toMatchObject({ stream: 'log-keys', revision: 0, type: 'log.opened.v1' });
    for (const [index, { id }] of events.entries()) {
      const { body } = await receiptOf('auditor', id, String(index));
      expect(body['data']).toMatchObject({
        event: { id },
        leafIndex: index,
        entry: entries[index],
      });
    }
  });

  test('grows by what is recorded, and keeps what it was', async () => {
    const before = await wholeCheckpoint(ledger);
    const entries = await log.entries(before);
    for (const revision of [0, 1, 2]) await submitted(String(10 + revision), revision);
    const after = await log.checkpointOf(before.size + 3);
    expect(after.size).toBe(before.size + 3);
    const grown = await log.entries(after);
    expect(grown.slice(0, before.size)).toStrictEqual(entries);
    // Partial tiles of the size that an older checkpoint has are still there.
    expect(await log.entries(before)).toStrictEqual(entries);
  });

  test('is served as it lies in its folder', async () => {
    const { size } = await log.checkpoint();
    for (const path of ['checkpoint', `tile/0/000.p/${size}`, `tile/entries/000.p/${size}`]) {
      const kept = await readFile(join(ledger.folder, 'log', path));
      expect([path, kept.equals(await log.bytes(path))]).toStrictEqual([path, true]);
    }
  });

  test('has nothing beyond the published size, and one address for each tile', async () => {
    const { size } = await log.checkpoint();
    for (const path of [
      `tile/0/000.p/${size + 1}`,
      'tile/0/000',
      'tile/0/001.p/1',
      'tile/1/000.p/1',
      'tile/0/0.p/1',
      'tile/00/000.p/1',
      'tile/64/000.p/1',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/entries/000',
      `tile/entries/000.p/${size + 1}`,
      'tile/0',
      'addenda/000',
    ]) {
      expect([path, (await log.get(path)).status]).toStrictEqual([path, 404]);
    }
    expect((await log.get('tile/0/..%2f..%2fcheckpoint')).status).toBe(404);
  });

  test('says what each answer is, and how long it holds', async () => {
    const headersOf = async (path: string) => {
      const { headers } = await log.get(path);
      return [headers.get('content-type'), headers.get('cache-control')];
    };
    const text = 'text/plain; charset=utf-8';
    const octets = 'application/octet-stream';
    expect(await headersOf('checkpoint')).toStrictEqual([text, 'public, max-age=2']);
    expect(await headersOf('log.vkey')).toStrictEqual([text, 'no-cache']);
    expect(await headersOf('policy')).toStrictEqual([text, 'no-cache']);
    const forEver = 'max-age=31536000, immutable';
    expect(await headersOf('tile/0/000.p/1')).toStrictEqual([octets, `public, ${forEver}`]);
    expect(await headersOf('tile/entries/000.p/1')).toStrictEqual([octets, `private, ${forEver}`]);
  });

  test('can be read by a page of another origin, as nobody', async () => {
    const { url } = ledger.server;
    const asked = async (path: string, method = 'GET', more: Record<string, string> = {}) => {
      const headers = { origin: 'https://verifier.example', ...more };
      const answer = await fetch(`${url}${path}`, { method, headers });
      const said = [...answer.headers].filter(([name]) => name.startsWith('access-control-'));
      return [answer.status, Object.fromEntries(said)];
    };
    const open = { 'access-control-allow-origin': '*' };
    for (const path of ['checkpoint', 'log.vkey', 'policy', 'tile/0/000.p/1']) {
      expect([path, ...(await asked(`/log/${path}`))]).toStrictEqual([path, 200, open]);
      expect([path, ...(await asked(`/log/${path}`, 'HEAD'))]).toStrictEqual([path, 200, open]);
    }
    expect(await asked('/log/tile/0/000')).toStrictEqual([404, open]);
    expect(await asked('/log/tile/entries/000.p/1')).toStrictEqual([401, open]);
    // What a browser asks before it sends a token: there is no leave for it.
    const preflight = {
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    };
    for (const path of ['/log/tile/entries/000.p/1', '/log/checkpoint']) {
      expect(await asked(path, 'OPTIONS', preflight)).toStrictEqual([405, open]);
    }
    for (const path of ['/api/v1/me', '/log', '/health/live', '/openapi.json']) {
      expect([path, (await asked(path))[1]]).toStrictEqual([path, {}]);
    }
  });

  test('keeps its entries to those who read on behalf of the whole', async () => {
    const statusFor = async (token?: string) => {
      const reader = new LogReader(ledger.server, token);
      return [
        (await reader.get('tile/entries/000.p/1')).status,
        (await reader.get('tile/0/000.p/1')).status,
        (await reader.get('checkpoint')).status,
      ];
    };
    expect(await statusFor()).toStrictEqual([401, 200, 200]);
    expect(await statusFor(people['officer'])).toStrictEqual([403, 200, 200]);
    expect(await statusFor(people['auditor'])).toStrictEqual([200, 200, 200]);
  });

  test('is a part that readiness tells of', async () => {
    const { size } = await wholeCheckpoint(ledger);
    const logPart = async () => {
      const { body } = await ledger.get('/health/ready');
      const parts = body['parts'] as { name: string; details: { publishedSize: number } }[];
      return parts.find(({ name }) => name === 'log');
    };
    // A checkpoint can be read a moment before the publisher knows that it stands there.
    let part = await logPart();
    while (part?.details.publishedSize !== size) part = await logPart();
    expect(part).toMatchObject({
      ready: true,
      reason: null,
      details: {
        state: 'running',
        headSize: size,
        publishedSize: size,
        lagEntries: 0,
        quorum: 'met',
        witnesses: [],
        checkpointAgeSeconds: expect.any(Number),
      },
    });
  });
});

describe('a receipt', () => {
  test('is provable soon after the act, by the address that the act answered', async () => {
    const { id, position, link } = await submitted('13', 3);
    expect(link).toBe(`</api/v1/receipts/${id}/proof>; rel="describedby"; type="text/plain"`);
    let answer = await receiptOf('officer', id, position);
    // The condition is waited for, each question says whether it holds; how long it takes, the
    // benches measure.
    while ((answer.body['data'] as Receipt).proof === null) {
      answer = await receiptOf('officer', id, position);
    }

    const { proof, entry, leafIndex, policy } = answer.body['data'] as Receipt;
    const files = [parseTlogProof(utf8(proof ?? '')), parsePolicy(utf8(policy))] as const;
    if (!files[0].ok || !files[1].ok) throw new Error('neither is malformed');
    expect(verifyTlogProof(files[0].value, utf8(entry), files[1].value).faults).toStrictEqual([]);
    expect(files[0].value.index).toBe(leafIndex);
    const other = utf8(entry.replace('"13"', '"14"'));
    const [fault] = verifyTlogProof(files[0].value, other, files[1].value).faults;
    expect(fault?.fault).toBe('entry-not-included');
    expect(policy).toBe(await (await log.get('policy')).text());
  });

  test('can be had as the two files that a verifier takes', async () => {
    const [event] = (await recordedEvents(ledger)).filter(
      ({ stream }) => stream === `figure-${figure}`,
    );
    const fetched = async (name: string) => {
      const address = `${ledger.server.url}/api/v1/receipts/${event?.id}/${name}`;
      const answer = await fetch(address, {
        headers: { authorization: `Bearer ${people['officer']}` },
      });
      return [answer.headers.get('content-type'), await answer.text()] as const;
    };
    const [type, proof] = await fetched('proof');
    expect(type).toBe('text/plain; charset=utf-8');
    expect(proof.startsWith('c2sp.org/tlog-proof@v1\nindex ')).toBe(true);
    expect(await fetched('entry')).toStrictEqual([
      expect.stringMatching(/^application\/json/),
      entryText(event as StoredEvent),
    ]);
  });

  test('is for the actor, their agency and who may read the history, and else not there', async () => {
    const { id, position } = await submitted('14', 4);
    for (const [who, status] of [
      ['officer', 200],
      ['auditor', 200],
      ['checker', 200],
      ['stranger', 404],
    ] as const) {
      for (const path of ['', '/proof', '/entry']) {
        const ask = () =>
          fetch(`${ledger.server.url}/api/v1/receipts/${id}${path}`, {
            headers: { authorization: `Bearer ${people[who]}`, 'ledger-position': position },
          });
        let answer = await ask();
        while (answer.status === 503) answer = await ask();
        const code = answer.status === 404 ? ((await answer.json()) as { code: string }).code : '';
        const isLater = code === 'receipt/not-proven' && path === '/proof';
        expect([who, path, isLater ? 200 : answer.status]).toStrictEqual([who, path, status]);
      }
    }
    const nobodys = '00000000-0000-4000-8000-000000000000';
    expect(told(await receiptOf('officer', nobodys, position))).toStrictEqual([
      404,
      'request/not-found',
    ]);
  });
});
