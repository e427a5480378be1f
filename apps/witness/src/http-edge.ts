import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { requestBytesMax } from './add-checkpoint.ts';
import type { Witness, WitnessAnswer } from './witness.ts';

/** Waiting costs a witness a connection: whoever sends slowly is let go. */
const headersTimeoutMs = 5_000;
const requestTimeoutMs = 10_000;
const connectionsMax = 256;
const headerBytesMax = 8_192;

const plain = 'text/plain; charset=utf-8';

type Reply = {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * The two addresses of a witness: `POST /add-checkpoint`, and `GET /<hex SHA-256 of the
 * origin>/checkpoint`. Everything else is 404, another method 405. Each refusal is one line of text.
 */
export function createWitnessServer(witness: Witness, log: Logger): Server {
  const limits = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: headerBytesMax,
  };
  const server = createServer(limits, (request, response) => {
    answer(witness, request, log)
      .catch((error: unknown): Reply | undefined => {
        if (response.destroyed) return undefined;
        // What became of the head is not known here; the next request reads it from the disk.
        log.error({ err: error }, 'a request that could not be answered');
        return { status: 500, body: 'the witness could not do its work; try again\n' };
      })
      .then((reply) => reply && send(request, response, reply))
      .catch((error: unknown) => log.error({ err: error }, 'an answer that could not be sent'));
  });
  server.maxConnections = connectionsMax;
  return server;
}

async function answer(witness: Witness, request: IncomingMessage, log: Logger): Promise<Reply> {
  const { method = '', url = '' } = request;
  if (url === '/add-checkpoint') {
    if (method !== 'POST') return wrongMethod('POST');
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
      return { status: 415, body: 'a coded body is not read\n' };
    }
    const body = await bodyOf(request);
    if (body === undefined) {
      return { status: 413, body: `a request has at most ${requestBytesMax} bytes\n` };
    }
    return replyOf(await witness.addCheckpoint(body), log);
  }
  const name = /^\/([0-9a-f]{64})\/checkpoint$/.exec(url)?.[1];
  if (name === undefined) return { status: 404, body: 'there is nothing here\n' };
  if (method !== 'GET' && method !== 'HEAD') return wrongMethod('GET, HEAD');
  const note = await witness.latest(name);
  if (note === undefined) return { status: 404, body: 'nothing was cosigned for that origin\n' };
  return { status: 200, body: note, headers: { 'cache-control': 'no-cache' } };
}

function replyOf(answered: WitnessAnswer, log: Logger): Reply {
  const { status } = answered;
  switch (status) {
    case 200:
      log.info({ origin: answered.origin, size: answered.size }, 'cosigned');
      return { status, body: answered.line };
    case 409:
      log.info({ origin: answered.origin, size: answered.size }, 'asked from another size');
      // The media type is how a log tells this from other conflicts (c2sp.org/tlog-witness).
      return {
        status,
        body: `${answered.size}\n`,
        headers: { 'content-type': 'text/x.tlog.size' },
      };
    default:
      log.warn({ status, reason: answered.reason }, 'refused');
      return { status, body: `${answered.reason}\n` };
  }
}

function wrongMethod(allow: string): Reply {
  return { status: 405, body: `${allow} only\n`, headers: { allow } };
}

/** The whole body, undefined when it is longer than any request can be. Rejects if it breaks off. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  // The usual iteration would end the connection together with the reading, and no answer would leave.
  const reading = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const part of reading) {
    length += part.length;
    if (length > requestBytesMax) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, headers }: Reply,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  // A body that was not read to its end would be taken for the next request.
  const isUnread = !request.complete;
  response.writeHead(status, {
    'content-type': plain,
    'content-length': bytes.length,
    'x-content-type-options': 'nosniff',
    ...(isUnread ? { connection: 'close' } : {}),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
