import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { isUuid, jsonText } from '#kernel';
import type { Refusal } from '#kernel';
import { isRead, readBearerToken } from './headers.ts';
import { arrivalLimits, arrivingWithin, cutUnread, paceUpload } from './arrival.ts';
import type { ArrivalLimits } from './arrival.ts';
import { limitConnections } from './connections.ts';
import type { ConnectionLimits } from './connections.ts';
import type { Departures } from './departure.ts';
import { bodyBytesMax, isForbiddenKey, readJson } from './json-body.ts';
import { languageOf } from './language.ts';
import { logRequest } from './log.ts';
import { problemAnswer } from './problem.ts';
import { refuseRequest } from './refusals.ts';
import { notesOf } from './request-notes.ts';

/** Bodies of these routes are files: they stream past the parsers, whatever their type. */
const rawBodyRoute = /^PUT \/api\/v1\/evidence\/[^/?]+\/content(?:\?|$)/;

export type FastifyAppOptions = {
  readonly log: Logger;
  readonly trustedProxies: readonly string[];
  readonly connections: ConnectionLimits;
  readonly departures: Departures;
  /** True from the moment the server is asked to stop. */
  readonly isStopping: () => boolean;
  /** Refuses a token that is nobody's. */
  readonly signedIn: (token: string) => Promise<unknown>;
  /** Shorter ones, for whoever tests what happens to the slow. */
  readonly arrival?: Partial<ArrivalLimits>;
};

/**
 * The HTTP server below Nest: ids, limits, headers and the two ways a body comes in. What can be
 * said before a controller is found is said here, always as problem+json.
 */
export async function createAdapter({
  log,
  trustedProxies,
  connections,
  departures,
  isStopping,
  signedIn,
  arrival,
}: FastifyAppOptions): Promise<{
  readonly adapter: FastifyAdapter;
  readonly methodsOf: MethodsOf;
}> {
  const headers = await securityHeaders();
  const limits: ArrivalLimits = { ...arrivalLimits, ...arrival };
  const adapter = new FastifyAdapter({
    genReqId: correlationIdOf,
    // Only named proxies are believed: anybody can send X-Forwarded-For.
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: bodyBytesMax,
    // A file of 5 GiB may take hours: the time of a whole request has no limit, its parts have.
    requestTimeout: 0,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.lookMs },
    // RFC 9110, 9.3.2: whoever may ask for a thing may ask for its headers alone.
    exposeHeadRoutes: true,
    // The longest name there is, a figure's, has 395 characters.
    routerOptions: { maxParamLength: 400 },
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(request, reply.headers(headers), refuseRequest('request/bad-url'));
    },
    clientErrorHandler: answerBrokenRequest,
  });
  const server = adapter.getInstance<FastifyInstance>();
  limitConnections(server.server, connections, trustedProxies, log);
  departures.takeTurns(server);
  const methodsOf = rememberRoutes(server);
  readBodies(server, limits);
  server.addHook('onRequest', async (request, reply) => {
    // First of all: what is refused below is answered with them, too.
    void reply.headers({ ...headers, ...headersAt(request.url) });
    void reply.header('x-correlation-id', request.id);
    if (isStopping()) {
      void reply.header('connection', 'close');
      throw refuseRequest('request/stopping');
    }
    // Before anything of the request is looked at: what another method would have to say about
    // query or body does not matter at an address that does not take it.
    if (request.is404) throw unroutable(request, methodsOf);
    checkHeaders(request);
    checkQuery(request);
    await checkSession(request, signedIn);
  });
  cutUnread(server, limits);
  server.addHook('onResponse', async (request, reply) => {
    logRequest(log, request, reply);
  });
  return { adapter, methodsOf };
}

/** JSON by our own parser, files past it; nothing else. */
function readBodies(server: FastifyInstance, limits: ArrivalLimits): void {
  const rawBody = (payload: IncomingMessage) => {
    paceUpload(payload, limits);
    return payload;
  };
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    // As the framework writes a media type anew before it is compared: parameters in quotes.
    /^application\/json(?:; charset="utf-8")?$/i,
    async (request: FastifyRequest, payload: IncomingMessage) =>
      isRawBody(request)
        ? rawBody(payload)
        : readJson(await collect(payload, bytesMaxOf(request), limits.bodyMs)),
  );
  server.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (isRawBody(request)) return rawBody(payload);
    throw refuseRequest('request/unsupported-media');
  });
}

/**
 * Headers of every answer; the interface and /docs live with this policy: no inline anything. They
 * are always the same, so helmet is asked for them once.
 */
async function securityHeaders(): Promise<Readonly<Record<string, string>>> {
  const asked = Fastify();
  await asked.register(helmet, {
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
  asked.get('/', (_request, reply) => reply.send(reply.raw.getHeaders()));
  const { payload } = await asked.inject('/');
  await asked.close();
  return JSON.parse(payload) as Record<string, string>;
}

/** What an address alone decides, whatever the answer will be. */
function headersAt(url: string): Readonly<Record<string, string>> {
  if (url.startsWith('/api/')) return { 'cache-control': 'no-store' };
  // A verifier in somebody's page reads the log, too, and must tell 404 and 401 from silence. No
  // preflight is answered, so that such a page sends no token: it reads as nobody.
  if (url.startsWith('/log/')) return { 'access-control-allow-origin': '*' };
  return {};
}

/** The methods that a path takes; none where there is nothing. */
export type MethodsOf = (path: string) => readonly string[];

/** There is nothing at this address, or nothing for this method: RFC 9110 wants Allow with 405. */
export function unroutable(request: FastifyRequest, methodsOf: MethodsOf): Refusal {
  const methods = methodsOf(request.url.split('?')[0] ?? '/');
  return methods.length === 0
    ? refuseRequest('request/no-route')
    : refuseRequest('request/method-not-allowed', { allow: methods.join(', ') });
}

/**
 * Remembers every route as it is registered; tells the methods that a path takes. The router itself
 * cannot say so.
 */
function rememberRoutes(server: FastifyInstance): MethodsOf {
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

/** Headers that decide who asks for what, where a second value could be read by the next reader. */
const singular = new Set([
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'ledger-position',
]);

/**
 * Of two values Node keeps the first and others the last, so two are none. Bodies are hashed as
 * they are: a coding that is not undone must not be taken for the content (RFC 9110, 15.5.16).
 */
function checkHeaders({ raw: { method, headersDistinct: headers } }: FastifyRequest): void {
  for (const [name, values = []] of Object.entries(headers)) {
    if (values.length > 1 && singular.has(name)) {
      throw refuseRequest('request/duplicate-header', { header: name });
    }
  }
  const coding = headers['content-encoding']?.join(',') ?? 'identity';
  const isCoded = !isRead(method ?? 'GET') && coding.trim().toLowerCase() !== 'identity';
  if (isCoded) throw refuseRequest('request/encoded-body');
}

/** Each parameter once (OWASP ASVS 5.0, 15.3.7); writes take none at all. */
function checkQuery(request: FastifyRequest): void {
  const query = Object.entries((request.query ?? {}) as Record<string, unknown>);
  const inherited = query.find(([name]) => isForbiddenKey(name));
  if (inherited) throw refuseRequest('request/forbidden-key', { pointer: `/${inherited[0]}` });
  const repeated = query.find(([, value]) => Array.isArray(value));
  if (repeated) throw refuseRequest('request/duplicate-parameter', { pointer: `/${repeated[0]}` });
  const first = query[0];
  if (!isRead(request.method) && first) {
    throw refuseRequest('request/invalid', {
      faults: [{ pointer: `/${first[0]}`, code: 'absent' }],
    });
  }
}

/**
 * A stranger's body is not worth reading: it may be a mebibyte, and take its time to come. Who may do
 * what is for the guard to say (access/auth.guard.ts), which asks for the session again.
 */
async function checkSession(
  request: FastifyRequest,
  signedIn: FastifyAppOptions['signedIn'],
): Promise<void> {
  if (isRead(request.method) || routeConfigOf(request).isForStrangers === true) return;
  const token = readBearerToken(request.headers.authorization);
  if (token === null) throw refuseRequest('session/none');
  await signedIn(token);
}

/** What a route says of itself, where it is open to strangers (`@Attempted()`). */
type RouteConfig = { readonly bodyBytesMax?: unknown; readonly isForStrangers?: unknown };

function routeConfigOf({ routeOptions: { config } }: FastifyRequest): RouteConfig {
  return config as RouteConfig;
}

function bytesMaxOf(request: FastifyRequest): number {
  const { bodyBytesMax: ofRoute } = routeConfigOf(request);
  return typeof ofRoute === 'number' ? ofRoute : bodyBytesMax;
}

async function collect(
  payload: IncomingMessage,
  bytesMax: number,
  withinMs: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of arrivingWithin(payload, withinMs)) {
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) throw refuseRequest('request/too-large', { bytesMax });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const language = languageOf(request.headers['accept-language']);
  const { status, headers, problem } = problemAnswer(error, language, request.id);
  notesOf(request).outcome = problem.code;
  void reply
    .status(status)
    .headers(headers)
    .type('application/problem+json')
    .send(jsonText(problem));
}

/** What the parser of Node says of a request that it gives up on, in our words. */
const brokenRequests = {
  HPE_HEADER_OVERFLOW: ['request/headers-too-large', '431 Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request/too-slow', '408 Request Timeout'],
} as const;

/** What is not even HTTP gets an answer where one can still be written, then the line is cut. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const known = Object.entries(brokenRequests).find(([parserCode]) => parserCode === error.code);
  const [code, status] = known?.[1] ?? (['request/not-http', '400 Bad Request'] as const);
  const { problem } = problemAnswer(refuseRequest(code), 'vi', randomUUID());
  const body = jsonText(problem);
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
