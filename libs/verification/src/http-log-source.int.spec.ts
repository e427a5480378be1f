import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { fsck } from './fsck.ts';
import { HttpLogSource } from './http-log-source.ts';
import type { HttpLogSourceOptions } from './http-log-source.ts';
import { objectBytesMax, SourceUnavailable } from './log-source.ts';
import { madeLog, MadeStory, placesOf, policyFor, strangeKey } from './made-log.contract.ts';

const policy = policyFor();
const { files } = madeLog(MadeStory.of(300).entries);
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server of this log below `/log/`, but for what `answer` takes on itself. */
async function served(answers: Readonly<Record<string, Answer>> = {}) {
  const asked: { readonly path: string; readonly authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/log\//, '');
    asked.push({ path, authorization: request.headers.authorization });
    const answer = answers[path];
    if (answer !== undefined) return answer(request, response);
    const bytes = files.get(path);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`;
  return { url, asked };
}

async function judge(options: HttpLogSourceOptions) {
  const report = await fsck({ source: new HttpLogSource(options), policy });
  return { verdict: report.verdict, places: placesOf(report.findings) };
}

const status =
  (code: number): Answer =>
  (_, response) =>
    void response.writeHead(code).end('words');
const tilesOnly = { code: 'log/head-tiles-only' };

describe("a checkpoint that the policy's log did not sign", () => {
  const others = policyFor('quorum none', strangeKey);

  test('over HTTP, ends what is read: its size is whatever the server likes', async () => {
    const { url, asked } = await served();
    const source = new HttpLogSource({ url });
    const { verdict, findings, entries } = await fsck({ source, policy: others });
    expect([verdict, entries]).toEqual(['unsound', 0]);
    expect(placesOf(findings)).toMatchObject([
      { code: 'log/signature-missing' },
      { code: 'log/entries-unread' },
    ]);
    expect(asked.map(({ path }) => path)).toEqual(['checkpoint']);
  });
});

describe('a log behind HTTP', () => {
  test('is sound, with a slash at the end of its address or without', async () => {
    const { url, asked } = await served();
    for (const one of [url, `${url}/`, `${url}//`]) {
      expect(await judge({ url: one })).toEqual({ verdict: 'sound', places: [tilesOnly] });
    }
    expect(asked[0]).toEqual({ path: 'checkpoint', authorization: undefined });
    expect(new HttpLogSource({ url }).readAhead).toBe(7);
  });

  test('is told the token of whoever reads', async () => {
    const { url, asked } = await served();
    await new HttpLogSource({ url, bearerToken: 'secret' }).read('checkpoint');
    expect(asked).toEqual([{ path: 'checkpoint', authorization: 'Bearer secret' }]);
  });

  test('is asked what it serves now, not what lies on the way', async () => {
    let headers: IncomingMessage['headers'] = {};
    const { url } = await served({
      checkpoint: (request, response) => {
        ({ headers } = request);
        response.end();
      },
    });
    await new HttpLogSource({ url }).read('checkpoint');
    expect(headers).toMatchObject({ 'cache-control': 'no-cache', pragma: 'no-cache' });
  });

  test('gives nothing where nothing is, and exactly what is there', async () => {
    const { url } = await served({
      empty: (_, response) => void response.end(),
      bodiless: status(204),
    });
    const source = new HttpLogSource({ url });
    expect(await source.read('tile/0/003')).toBeUndefined();
    expect(Uint8Array.from((await source.read('tile/0/000'))!)).toEqual(files.get('tile/0/000'));
    expect(await source.read('empty')).toHaveLength(0);
    expect(await source.read('bodiless')).toHaveLength(0);
    expect(source.list()).toBeUndefined();
  });

  test('without a log is nothing', async () => {
    const { url } = await served({ checkpoint: status(404) });
    expect((await judge({ url })).places).toEqual([{ code: 'log/nothing-there' }]);
  });
});

describe('a server that does not give what it should', () => {
  test.each([401, 403])('entries refused with %d', async (code) => {
    const paths = ['tile/entries/000', 'tile/entries/001.p/44'];
    const { url } = await served(Object.fromEntries(paths.map((path) => [path, status(code)])));
    expect(await judge({ url })).toEqual({
      verdict: 'unknown',
      places: [{ code: 'log/entries-closed', detail: `tile/entries/000: HTTP ${code}` }, tilesOnly],
    });
  });

  test.each([304, 400, 410, 429, 500, 503])('%d says nothing about the log', async (code) => {
    const { url } = await served({ 'tile/0/000': status(code) });
    expect(await judge({ url })).toEqual({
      verdict: 'unknown',
      places: [{ code: 'log/unreachable', detail: `tile/0/000: HTTP ${code}` }],
    });
    const failed = new HttpLogSource({ url }).read('tile/0/000');
    await expect(failed).rejects.toMatchObject({ reason: 'away' });
  });

  test('a tile missing, a tile cut', async () => {
    const missing = await served({ 'tile/0/000': status(404) });
    expect((await judge({ url: missing.url })).places).toEqual([
      { code: 'log/tile-missing', path: 'tile/0/000' },
      tilesOnly,
    ]);
    const half = files.get('tile/0/000')?.subarray(0, 4_096);
    const cut = await served({ 'tile/0/000': (_, response) => void response.end(half) });
    expect((await judge({ url: cut.url })).places).toEqual([
      { code: 'log/tile-malformed', path: 'tile/0/000', detail: '4096 bytes' },
      tilesOnly,
    ]);
  });

  test('fewer bytes than it announced', async () => {
    const { url } = await served({
      checkpoint: (request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('short', () => request.socket.destroy());
      },
    });
    expect((await judge({ url })).places).toEqual([
      { code: 'log/unreachable', detail: expect.stringMatching(/^checkpoint: .+ \(.+\)$/) },
    ]);
  });

  test('another place: a token must not follow', async () => {
    const elsewhere = await served();
    const moved: Answer = (_, response) =>
      void response.writeHead(302, { location: `${elsewhere.url}/checkpoint` }).end();
    const { url } = await served({ checkpoint: moved });
    expect((await judge({ url, bearerToken: 'secret' })).places).toEqual([
      { code: 'log/unreachable', detail: 'checkpoint: fetch failed (unexpected redirect)' },
    ]);
    expect(elsewhere.asked).toEqual([]);
  });

  test('more than any part of a log has', async () => {
    const piece = new Uint8Array(1_024 * 1_024);
    let sent = 0;
    const { url } = await served({
      'tile/0/000': (_, response) => {
        const more = () => {
          sent += piece.length;
          if (!response.destroyed) response.write(piece, more);
        };
        more();
      },
    });
    const failed = new HttpLogSource({ url }).read('tile/0/000');
    await expect(failed).rejects.toMatchObject({ reason: 'away' });
    await expect(failed).rejects.toThrow(/^tile\/0\/000: without an end$/);
    expect(sent).toBeGreaterThanOrEqual(objectBytesMax);
    expect(sent).toBeLessThan(4 * objectBytesMax);
  });

  test('as much as a part of a log may have', async () => {
    const most = new Uint8Array(objectBytesMax);
    const { url } = await served({ x: (_, response) => void response.end(most) });
    expect((await new HttpLogSource({ url }).read('x'))?.length).toBe(objectBytesMax);
  });

  test('an answer that does not come, or does not end', async () => {
    const never = await served({ checkpoint: () => undefined });
    const first = new HttpLogSource({ url: never.url, timeoutMs: 50 }).read('checkpoint');
    await expect(first).rejects.toThrow(/^checkpoint: .*timeout$/);
    const slow = await served({ checkpoint: (_, response) => void response.write('x') });
    const second = new HttpLogSource({ url: slow.url, timeoutMs: 50 }).read('checkpoint');
    await expect(second).rejects.toMatchObject({ name: 'SourceUnavailable', reason: 'away' });
  });

  test('nobody there, and no address', async () => {
    const { url } = await served();
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
    await expect(new HttpLogSource({ url }).read('checkpoint')).rejects.toThrow(
      /^checkpoint: fetch failed \(connect ECONNREFUSED .*\)$/,
    );
    const nowhere = new HttpLogSource({ url: 'no address' }).read('checkpoint');
    await expect(nowhere).rejects.toBeInstanceOf(SourceUnavailable);
    await expect(nowhere).rejects.toThrow(/^checkpoint: Failed to parse URL .*\(Invalid URL\)$/);
  });

  test('a token that cannot be sent is not repeated to anybody', async () => {
    const { url, asked } = await served();
    for (const bearerToken of ['sec\nret', 'bí mật', 'secret ', ' secret']) {
      const failed = new HttpLogSource({ url, bearerToken }).read('checkpoint');
      await expect(failed).rejects.toMatchObject({ name: 'SourceUnavailable', reason: 'denied' });
      await expect(failed).rejects.toThrow(
        /^checkpoint: the token has characters that no token has$/,
      );
    }
    expect(asked).toEqual([]);
  });
});
