import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { isUuid, jsonText } from '#kernel';
import { bodyBytesMax, readJson } from './json-body.ts';
import { languageOf } from './language.ts';
import { logRequest } from './log.ts';
import { problemAnswer } from './problem.ts';
import { refuseRequest } from './refusals.ts';

/** Bodies of these routes are files: they stream past the parsers, whatever their type. */
const rawBodyRoute = /^PUT \/api\/v1\/evidence\/[^/?]+\/content(?:\?|$)/;

export type FastifyAppOptions = {
  readonly log: Logger;
  readonly trustedProxies: readonly string[];
  /** True from the moment the server is asked to stop. */
  readonly isStopping: () => boolean;
};

/**
 * The HTTP server below Nest: ids, limits, headers and the two ways a body comes in. What can be
 * said before a controller is found is said here, always as problem+json.
 */
export function createAdapter({
  log,
  trustedProxies,
  isStopping,
}: FastifyAppOptions): FastifyAdapter {
  const adapter = new FastifyAdapter({
    genReqId: correlationIdOf,
    // Only named proxies are believed: anybody can send X-Forwarded-For.
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: bodyBytesMax,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(request, reply, refuseRequest('request/bad-url'));
    },
    clientErrorHandler: answerBrokenRequest,
  });
  const server = adapter.getInstance<FastifyInstance>();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    /^application\/json(?:\s*;\s*charset=utf-8)?\s*$/i,
    async (request: FastifyRequest, payload: IncomingMessage) =>
      isRawBody(request) ? payload : readJson(await collect(payload)),
  );
  server.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (isRawBody(request)) return payload;
    throw refuseRequest('request/unsupported-media');
  });
  server.addHook('onRequest', async (request, reply) => {
    void reply.header('x-correlation-id', request.id);
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
    if (isStopping()) {
      void reply.header('connection', 'close');
      throw refuseRequest('request/stopping');
    }
    checkQuery(request);
  });
  server.addHook('onResponse', async (request, reply) => {
    logRequest(log, request, reply);
  });
  return adapter;
}

/** Headers of every answer. The interface and /docs live with this policy: no inline anything. */
export async function registerSecurityHeaders(server: FastifyInstance): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: { maxAge: 63_072_000, includeSubDomains: true },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'deny' },
  });
}

/**
 * Remembers every route as it is registered; tells the methods that a path takes. The router itself
 * cannot say so, and HTTP wants 405 with Allow where only the method is wrong.
 */
export function rememberRoutes(server: FastifyInstance): (path: string) => readonly string[] {
  const routes: { readonly methods: readonly string[]; readonly pattern: RegExp }[] = [];
  server.addHook('onRoute', ({ method, path }) => {
    const source = path
      .split('/')
      .map((piece) => (piece.startsWith(':') ? '[^/]+' : piece === '*' ? '.*' : literal(piece)))
      .join('/');
    routes.push({ methods: [method].flat(), pattern: new RegExp(`^${source}$`) });
  });
  return (path) => {
    const fitting = routes.filter(({ pattern }) => pattern.test(path));
    return [...new Set(fitting.flatMap(({ methods }) => methods))].sort();
  };
}

function literal(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, (character) => `\\${character}`);
}

function correlationIdOf(request: { headers: IncomingMessage['headers'] }): string {
  const offered = request.headers['x-correlation-id'];
  return typeof offered === 'string' && isUuid(offered) ? offered : randomUUID();
}

function isRawBody(request: FastifyRequest): boolean {
  return rawBodyRoute.test(`${request.method} ${request.url}`);
}

/** Each parameter once (OWASP ASVS 5.0, 15.3.7); writes take none at all. */
function checkQuery(request: FastifyRequest): void {
  const query = Object.entries((request.query ?? {}) as Record<string, unknown>);
  const repeated = query.find(([, value]) => Array.isArray(value));
  if (repeated) throw refuseRequest('request/duplicate-parameter', { pointer: `/${repeated[0]}` });
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const first = query[0];
  if (!isRead && first) {
    throw refuseRequest('request/invalid', {
      faults: [{ pointer: `/${first[0]}`, code: 'absent' }],
    });
  }
}

async function collect(payload: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of payload as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > bodyBytesMax) {
      throw refuseRequest('request/too-large', { bytesMax: bodyBytesMax });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const language = languageOf(request.headers['accept-language']);
  const { status, headers, problem } = problemAnswer(error, language, request.id);
  void reply
    .status(status)
    .headers(headers)
    .type('application/problem+json')
    .send(jsonText(problem));
}

/** What is not even HTTP gets an answer where one can still be written, then the line is cut. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { problem } = problemAnswer(refuseRequest('request/bad-url'), 'vi', randomUUID());
  const body = jsonText(problem);
  socket.end(
    'HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nconnection: close\r\n' +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
