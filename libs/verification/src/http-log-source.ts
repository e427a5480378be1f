import { LogSource, objectBytesMax, SourceUnavailable } from './log-source.ts';

export type HttpLogSourceOptions = {
  /** Prefix of the log, with or without a slash at its end, as in `https://ledger.example/log`. */
  readonly url: string;
  /** For entries that are not open to everybody. Sent to this origin only. */
  readonly bearerToken?: string;
  readonly timeoutMs?: number;
};

/** What can stand in a header: printable ASCII (RFC 6750, 2.1, has fewer yet). */
const sendable = /^[!-~]*$/;

/**
 * A log behind HTTP, in the layout of c2sp.org/tlog-tiles. Needs only what Node and browsers share; in
 * a page of another origin, a server that lets such pages read (docs/formats/log.md).
 */
export class HttpLogSource extends LogSource {
  override readonly readAhead = 7;
  private readonly prefix: string;
  private readonly options: HttpLogSourceOptions;

  constructor(options: HttpLogSourceOptions) {
    super();
    this.options = options;
    this.prefix = options.url.replace(/\/*$/, '/');
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    const { bearerToken, timeoutMs = 60_000 } = this.options;
    // The client would refuse it as well, and repeat it in its message, which ends in a report.
    if (bearerToken !== undefined && !sendable.test(bearerToken)) {
      throw new SourceUnavailable('denied', `${path}: the token has characters that no token has`);
    }
    try {
      const response = await fetch(`${this.prefix}${path}`, {
        headers: bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
        // What is served now is judged. A browser keeps tiles for good, as it is told to, and would
        // go on showing the sound one after it was exchanged.
        cache: 'no-store',
        // Who reads is told by the token alone, never by the cookies of whoever has a page open.
        credentials: 'omit',
      });
      if (response.ok) return await bytesOf(response, path);
      await response.body?.cancel();
      if (response.status === 404) return undefined;
      const reason = response.status === 401 || response.status === 403 ? 'denied' : 'away';
      throw new SourceUnavailable(reason, `${path}: HTTP ${response.status}`);
    } catch (error) {
      if (error instanceof SourceUnavailable) throw error;
      throw new SourceUnavailable('away', `${path}: ${reasonOf(error)}`, error);
    }
  }
}

/** Counts what comes: a server that never ends must not fill the memory of whoever checks it. */
async function bytesOf(response: Response, path: string): Promise<Uint8Array> {
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (body === null) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let count = 0;
  // Not `for await`: streams of some browsers in use cannot be iterated.
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    count += part.value.length;
    if (count > objectBytesMax) {
      await reader.cancel();
      throw new SourceUnavailable('away', `${path}: without an end`);
    }
    parts.push(part.value);
  }
  const bytes = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What undici hides behind "fetch failed". Errors may be of another realm: no class is asked for. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: string; readonly cause?: unknown };
  const inner = (cause as { readonly message?: string } | undefined)?.message;
  return inner === undefined ? String(message) : `${message} (${inner})`;
}
