import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jsonText, parseCount, Refusal } from '#kernel';
import { arrivalLimits, arrivingUpload, paceUpload } from './http/arrival.ts';
import { TestLedger, told } from './http.contract.ts';

/** What somebody who is nobody can cost: time of the server, memory, connections. */
let ledger: TestLedger;

beforeAll(async () => {
  const arrival = { headersMs: 200, bodyMs: 200, lingerMs: 200, lookMs: 50 };
  ledger = await TestLedger.start({}, { arrival });
});

afterAll(async () => {
  await ledger?.stop();
});

/** Writes this, then the drop again and again; answers what came until the line was cut. */
function untilCut(text: string, drop: string): Promise<string> {
  const { hostname, port } = new URL(ledger.server.url);
  return new Promise((resolve) => {
    let answered = '';
    const socket = connect({ host: hostname, port: parseCount(port) ?? 0 }, () =>
      socket.write(text),
    );
    const dripping = setInterval(() => socket.write(drop), 20);
    socket.on('data', (data: Buffer) => (answered += data.toString()));
    // The write that meets a cut line: what is waited for.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(dripping);
      resolve(answered);
    });
  });
}

const head = (request: string) =>
  `${request} HTTP/1.1\r\nhost: ledger\r\ncontent-type: application/json\r\n` +
  'content-length: 10000\r\n\r\n';

/** A token that has the form of one, and opens nothing. */
const ofNobody = (request: string) =>
  head(request).replace('host: ', `authorization: Bearer ${'x'.repeat(43)}\r\nhost: `);

describe('who sends slowly', () => {
  test.each([
    ['no request at all', '', '', '408'],
    ['headers without an end', 'GET /health/live HTTP/1.1\r\nx: ', 'x', '408'],
    ['a body without an end', head('POST /api/v1/sessions'), ' ', '408'],
    ['a body where no session is', head('POST /api/v1/agencies'), ' ', '401'],
    ['a body under a token of nobody', ofNobody('POST /api/v1/agencies'), ' ', '401'],
    [
      'a file where no session is',
      head(`PUT /api/v1/evidence/${'0'.repeat(64)}/content`),
      ' ',
      '401',
    ],
    ['a body that nobody reads', head('POST /api/v1/nothing'), ' ', '404'],
    ['a body of a read', head('GET /health/live'), ' ', '200'],
  ])('%s: is answered and cut off', async (_, text, drop, status) => {
    const answered = await untilCut(text, drop);
    expect(answered.split(' ')[1]).toBe(status);
    if (status === '408') expect(answered).toContain('"code":"request/too-slow"');
    if (status === '401') expect(answered).toContain('"code":"session/');
  });

  test('an upload: each step of it within its time, however long the whole takes', async () => {
    const slow = new PassThrough();
    paceUpload(slow, { ...arrivalLimits, uploadStepMs: 50 });
    const chunks = arrivingUpload(slow);
    const step = new Uint8Array(64 * 1024);
    for (let count = 0; count < 3; count += 1) {
      slow.write(step);
      expect((await chunks.next()).done).toBe(false);
    }
    const error: unknown = await chunks.next().catch((thrown: unknown) => thrown);
    expect((error as Refusal).code).toBe('request/too-slow');
    expect(slow.destroyed).toBe(false);
  });
});

describe('who opens many lines', () => {
  /** How many lines of so many are open once another, which is closed and told of, was tried. */
  async function openOf(count: number, settings: Record<string, string>): Promise<number> {
    const limited = await TestLedger.start(settings);
    const { hostname, port } = new URL(limited.server.url);
    const ends = Array.from({ length: count }, async () => {
      const socket = connect({ host: hostname, port: parseCount(port) ?? 0 });
      socket.on('error', () => undefined);
      socket.write('GET /health/live HTTP/1.1\r\nhost: ledger\r\n\r\n');
      const isOpen = await new Promise<boolean>((resolve) => {
        socket.on('data', () => resolve(true)).on('close', () => resolve(false));
      });
      return { socket, isOpen };
    });
    const lines = await Promise.all(ends);
    for (const { socket } of lines) socket.destroy();
    await limited.stop();
    return lines.filter(({ isOpen }) => isOpen).length;
  }

  test('from one address has a few of them, but a trusted proxy has them all', async () => {
    const few = { LEDGER_CONNECTIONS_PER_ADDRESS_MAX: '2', LEDGER_CONNECTIONS_MAX: '5' };
    expect(await openOf(7, few)).toBe(2);
    expect(await openOf(7, { ...few, LEDGER_TRUSTED_PROXIES: '127.0.0.1' })).toBe(5);
  });
});

describe('who sends much', () => {
  const members = (count: number) =>
    jsonText(Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 1])));

  test.each(['/sessions', '/activations', '/bootstrap'])('to %s: 16 KiB', async (path) => {
    const large = await ledger.post(path, undefined, { key: null, text: members(2_000) });
    expect(told(large)).toStrictEqual([413, 'request/too-large']);
    const many = await ledger.post(path, undefined, { key: null, text: members(65) });
    expect(told(many)).toStrictEqual([400, 'request/too-many-values']);
    const unknown = await ledger.post(path, undefined, { key: null, text: members(64) });
    const { code, errors, facts } = unknown.body as { [name: string]: unknown };
    expect([code, (errors as unknown[]).length]).toStrictEqual(['request/invalid', 20]);
    expect((facts as { unlisted: number }).unlisted).toBeGreaterThan(40);
  });

  test('attempts are counted before anybody reads what they say', async () => {
    let status = 0;
    for (let count = 0; count < 200 && status !== 429; count += 1) {
      ({ status } = await ledger.post('/sessions', {}, { key: null }));
    }
    expect(status).toBe(429);
  });
});
