import { LogSource, SourceUnavailable } from './log-source.ts';

export type HttpLogSourceOptions = {
  /** Prefix of the log, with or without a slash at its end, as in `https://ledger.example/log`. */
  readonly url: string;
  /** For entries that are not open to everybody. Sent to this origin only. */
  readonly bearerToken?: string;
  readonly timeoutMs?: number;
};

/** Above the largest bundle: 256 entries of 65,535 bytes with their lengths. */
const objectBytesMax = 17 * 1_024 * 1_024;

/** A log behind HTTP, in the layout of c2sp.org/tlog-tiles. */
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
    try {
      const response = await fetch(`${this.prefix}${path}`, {
        headers: bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
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
  const parts: Uint8Array[] = [];
  let count = 0;
  const body: AsyncIterable<Uint8Array> | undefined = response.body ?? undefined;
  if (body === undefined) return new Uint8Array(0);
  for await (const part of body) {
    count += part.length;
    if (count > objectBytesMax) throw new SourceUnavailable('away', `${path}: without an end`);
    parts.push(part);
  }
  return Buffer.concat(parts, count);
}

/** What undici hides behind "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}
