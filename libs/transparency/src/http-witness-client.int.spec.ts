import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as allOf } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { utf8 } from '#tlog';
import { HttpWitnessClient } from './http-witness-client.ts';

/** Servers that say what a witness may say, and what none should: everything becomes an answer. */
let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const sizeType = { 'content-type': 'text/x.tlog.size' };
const ask = (at = url, signal = new AbortController().signal) =>
  new HttpWitnessClient().addCheckpoint(at, utf8('old 0\n\nnote\n'), signal);

function answering(status: number, body = '', headers: Record<string, string> = {}): void {
  answer = (_, response) => response.writeHead(status, headers).end(body);
}

describe('a witness by HTTP', () => {
  test.each(['', '/', '//', '/a/prefix', '/a/prefix/'])('is asked below %j', async (prefix) => {
    const asked: unknown[] = [];
    answer = (request, response) => {
      void allOf(request).then((body) => {
        asked.push([request.method, request.url, request.headers['content-type'], body]);
        response.writeHead(200).end('line one\nline two\n');
      });
    };
    expect(await ask(`${url}${prefix}`)).toEqual({
      kind: 'cosigned',
      lines: ['line one', 'line two'],
    });
    const path = `${prefix.replace(/\/+$/, '')}/add-checkpoint`;
    expect(asked).toEqual([['POST', path, 'text/plain; charset=utf-8', 'old 0\n\nnote\n']]);
  });

  test.each([
    ['0\n', 0],
    ['4294967297\n', 4_294_967_297],
    ['7', 7],
  ])('that has seen another size says which: %j', async (body, size) => {
    answering(409, body, sizeType);
    expect(await ask()).toEqual({ kind: 'conflict', size });
  });

  test.each([
    ['no size', 'x\n', sizeType],
    ['a size with a zero before it', '07\n', sizeType],
    ['two sizes', '7\n8\n', sizeType],
    ['a size that is negative', '-1\n', sizeType],
    ['a size of another type', '7\n', { 'content-type': 'text/plain' }],
  ])('that refuses with 409 and %s has refused', async (_, body, headers) => {
    answering(409, body, headers);
    expect(await ask()).toEqual({ kind: 'refused', status: 409 });
  });

  test.each([400, 403, 404, 422, 204])('that answers %d has refused', async (status) => {
    answering(status);
    expect(await ask()).toEqual({ kind: 'refused', status });
  });

  test('that sends elsewhere is not followed', async () => {
    let requests = 0;
    answer = (_, response) => {
      requests += 1;
      response.writeHead(307, { location: `${url}/elsewhere` }).end();
    };
    expect(await ask()).toEqual({ kind: 'refused', status: 307 });
    expect(requests).toBe(1);
  });

  test('that is in trouble is away', async () => {
    answering(503);
    expect(await ask()).toEqual({ kind: 'away', reason: 'it answered 503' });
  });

  test('whose answer has no end is left', async () => {
    answer = (_, response) => {
      const line = 'x'.repeat(1_000);
      const more = () => {
        while (!response.destroyed && response.write(line));
      };
      response.writeHead(200).on('drain', more);
      more();
    };
    expect(await ask()).toEqual({ kind: 'away', reason: 'its answer is too long' });
  });

  test('that hangs up, or is not there, does not answer', async () => {
    answer = (request) => request.socket.destroy();
    const silent = { kind: 'away', reason: 'it does not answer' };
    expect(await ask()).toEqual(silent);
    // A port that no client may use, and what is no address.
    for (const nowhere of ['http://127.0.0.1:1', 'nowhere']) {
      expect(await ask(nowhere)).toEqual(silent);
    }
  });

  test('that hangs up in the middle of an answer does not answer', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    expect(await ask()).toEqual({ kind: 'away', reason: 'it does not answer' });
  });

  test('is waited for until the time is up', async () => {
    const patience = new AbortController();
    answer = () => patience.abort();
    expect(await ask(url, patience.signal)).toEqual({ kind: 'away', reason: 'it takes too long' });
  });
});
