import { randomUUID } from 'node:crypto';
import { jsonText } from '#kernel';

/** What a write answers: CONTRACTS 5. */
export type ReceiptBody = {
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly digest: string;
  readonly recordedAt: string;
  readonly repeated: boolean;
  readonly [more: string]: unknown;
};

export type Written = { readonly receipt: ReceiptBody; readonly position: string | null };

export type WriteOptions = {
  /** The revision that was read; left out for what does not exist yet. */
  readonly ifMatch?: number;
  /** A fresh one by default; the loader derives its own, so that a repetition has no effect. */
  readonly idempotencyKey?: string;
};

/** The server said no, in the form of RFC 9457. */
export class ProblemAnswer extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(request: string, status: number, problem: Readonly<Record<string, unknown>>) {
    const said = [problem['title'], problem['detail']].filter((part) => typeof part === 'string');
    super(`${request}: ${status} ${said.join(' ')}`);
    this.name = 'ProblemAnswer';
    this.status = status;
    this.code = typeof problem['code'] === 'string' ? problem['code'] : 'unknown';
    this.problem = problem;
  }
}

/** Nobody answered at the address. */
export class Unreachable extends Error {}

/**
 * One person's (or nobody's) connection to a running ledger. It speaks the public API and nothing
 * else; after a write its reads wait until the read models have seen it, without sleeping.
 */
export class LedgerClient {
  readonly baseUrl: string;
  private readonly language: string;
  private token: string | null = null;
  /** Shared by all clients of one run, so that one person sees at once what another just did. */
  private readonly seen: { position: string | null };

  constructor(
    baseUrl: string,
    language: string,
    seen: { position: string | null } = { position: null },
  ) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.language = language;
    this.seen = seen;
  }

  /** Another person at the same ledger. */
  another(): LedgerClient {
    return new LedgerClient(this.baseUrl, this.language, this.seen);
  }

  async signIn(login: string, secret: string): Promise<void> {
    const answer = await this.send('POST', '/api/v1/sessions', { login, secret });
    const { token } = (await answer.json()) as { token: string };
    this.token = token;
  }

  async post(path: string, body: unknown, options: WriteOptions = {}): Promise<Written> {
    const headers: Record<string, string> = {
      'idempotency-key': options.idempotencyKey ?? randomUUID(),
    };
    if (options.ifMatch !== undefined) headers['if-match'] = `"${options.ifMatch}"`;
    const answer = await this.send('POST', `/api/v1${path}`, body, headers);
    const position = answer.headers.get('ledger-position');
    if (position !== null) this.seen.position = position;
    const text = await answer.text();
    return { receipt: (text === '' ? {} : JSON.parse(text)) as ReceiptBody, position };
  }

  /** A read; waits for what this run wrote last. */
  async get<Body>(path: string): Promise<Body> {
    return (await (await this.read(path)).json()) as Body;
  }

  /** The revision in the answer's ETag, or undefined where there is nothing yet. */
  async revision(path: string): Promise<number | undefined> {
    try {
      const answer = await this.read(path);
      await answer.body?.cancel();
      const match = /^"(\d+)"$/.exec(answer.headers.get('etag') ?? '');
      return match?.[1] === undefined ? undefined : (JSON.parse(match[1]) as number);
    } catch (error) {
      if (error instanceof ProblemAnswer && error.status === 404) return undefined;
      throw error;
    }
  }

  async upload(hexDigest: string, content: Uint8Array, mediaType: string): Promise<void> {
    const answer = await this.request(`/api/v1/evidence/${hexDigest}/content`, {
      method: 'PUT',
      headers: { ...this.commonHeaders(), 'content-type': mediaType },
      body: content as Uint8Array<ArrayBuffer>,
    });
    await answer.body?.cancel();
  }

  private async read(path: string): Promise<Response> {
    const headers: Record<string, string> =
      this.seen.position === null ? {} : { 'ledger-position': this.seen.position };
    return this.send('GET', `/api/v1${path}`, undefined, headers);
  }

  private async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    return this.request(path, {
      method,
      headers: { ...this.commonHeaders(), ...content, ...headers },
      ...(body === undefined ? {} : { body: jsonText(body) }),
    });
  }

  private commonHeaders(): Record<string, string> {
    const headers: Record<string, string> = { 'accept-language': this.language };
    if (this.token !== null) headers['authorization'] = `Bearer ${this.token}`;
    return headers;
  }

  private async request(path: string, init: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(`${this.baseUrl}${path}`, init);
    } catch (error) {
      throw new Unreachable(`nobody answers at ${this.baseUrl}`, { cause: error });
    }
    if (answer.ok) return answer;
    const text = await answer.text();
    throw new ProblemAnswer(`${init.method ?? 'GET'} ${path}`, answer.status, readProblem(text));
  }
}

function readProblem(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Not JSON: a proxy answered, or the server died half-way. The text is all there is.
  }
  return { title: text.slice(0, 200) };
}
