import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text as allOf } from 'node:stream/consumers';
import { jsonText } from '#kernel';
import type { Digest } from '#kernel';

/**
 * The built programs, run as an operator runs them: processes of their own, spoken to by HTTP,
 * stdin and signals. Nothing here imports an app, so a journey can only do what a user can.
 */
const root = join(import.meta.dirname, '..');
const serverProgram = join(root, 'dist/apps/server/src/main.js');
const commandProgram = join(root, 'dist/apps/cli/src/main.js');
export const planFolder = join(root, 'infra/plans/son_la-qd1969-2026');

/** A server that printed no address; its last words are in the message. */
export class ServerDidNotStart extends Error {}

/** One ledger: a folder, and the server that runs on it from time to time. */
export class LedgerUnderTest {
  readonly folder: string;
  private readonly settings: Readonly<Record<string, string>>;
  private child: ChildProcess | undefined;
  private address: string | undefined;
  /** What the server of the last start wrote to stderr, by lines. */
  said: readonly string[] = [];

  /** `settings` are variables of the environment, beside those that name folder and port. */
  constructor(folder: string, settings: Readonly<Record<string, string>> = {}) {
    this.folder = folder;
    this.settings = settings;
  }

  /** A server on an empty temporary folder. */
  static async onFreshFolder(): Promise<LedgerUnderTest> {
    const ledger = new LedgerUnderTest(await freshFolder());
    await ledger.start();
    return ledger;
  }

  /** Where it listens now: another port after each start. */
  get url(): string {
    if (this.address === undefined) throw new TypeError('the server is not running');
    return this.address;
  }

  /** Asks until the server says that it can work and that its read models have caught up. */
  async untilReady(): Promise<void> {
    for (;;) {
      const answer = await fetch(`${this.url}/health/ready`);
      await answer.text();
      if (answer.ok) return;
    }
  }

  /** Of the server's process, for whoever looks at it from outside. */
  get processId(): number {
    if (this.child?.pid === undefined) throw new TypeError('the server is not running');
    return this.child.pid;
  }

  /**
   * Resolves once the server has printed where it listens. Another program than the product's own
   * is one that takes orders.
   */
  async start(program = serverProgram): Promise<void> {
    const child = spawn(process.execPath, ['--enable-source-maps', program], {
      env: {
        ...process.env,
        LEDGER_DATA: this.folder,
        LEDGER_PORT: '0',
        LOG_LEVEL: 'error',
        ...this.settings,
      },
      stdio: ['ignore', 'pipe', 'pipe', ...(program === serverProgram ? [] : ['ipc' as const])],
    });
    this.child = child;
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new TypeError('both are pipes');
    const said: string[] = [];
    this.said = said;
    createInterface({ input: stderr }).on('line', (line) => said.push(line));
    this.address = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code, signal) => {
        reject(new ServerDidNotStart(`${code ?? signal}: ${said.slice(-5).join('\n')}`));
      });
      createInterface({ input: stdout }).on('line', (line) => {
        const address = /^Listening on (http:\/\/\S+)/.exec(line)?.[1];
        if (address !== undefined) resolve(address);
      });
    });
  }

  /** Gives an order to a program that takes some; resolves when it was understood. */
  async order(order: object): Promise<void> {
    const { child } = this;
    if (child === undefined) throw new TypeError('the server is not running');
    const understood = once(child, 'message');
    child.send(order);
    await understood;
  }

  /** Resolves with the signal that ended the server, null when it ended by itself. */
  async gone(): Promise<NodeJS.Signals | null> {
    const { child } = this;
    if (child === undefined) throw new TypeError('the server is not running');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.address = undefined;
    return child.signalCode;
  }

  /** As a power cut ends it: no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** As an operator ends it; answers the exit code. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Stops what still runs and takes the folder away. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    this.address = undefined;
    if (child === undefined) return null;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }
}

export function freshFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'minhchung-test-'));
}

export type CommandEnd = {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs `ledger …` to its end. `stdin` holds one line for each secret that is asked for. */
export async function runCommand(
  words: readonly string[],
  stdin: readonly string[] = [],
  settings: Readonly<Record<string, string>> = {},
): Promise<CommandEnd> {
  const { LEDGER_DATA: _, ...environment } = process.env;
  const child = spawn(process.execPath, ['--enable-source-maps', commandProgram, ...words], {
    env: { ...environment, ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  // A command that asks for nothing may be gone before its input is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin.map((line) => `${line}\n`).join(''));
  const [stdout, stderr] = await Promise.all([allOf(child.stdout), allOf(child.stderr)]);
  await ended;
  return { exitCode: child.exitCode, stdout, stderr };
}

/** What a write answers (CONTRACTS 5), with the position that its header carried. */
export type Receipt = {
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly digest: Digest;
  readonly recordedAt: string;
  readonly commandId: string;
  readonly repeated: boolean;
  readonly [more: string]: unknown;
};

export type Answer = {
  readonly status: number;
  /** The stable code of a refusal; null where nothing was refused. */
  readonly code: string | null;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
};

export type Options = {
  /** A fresh one unless given; null sends none. */
  readonly key?: string | null;
  readonly ifMatch?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, in place of the body. */
  readonly text?: string;
  /** A read waits for it; by default for the last write of anybody at this ledger. */
  readonly position?: string | null;
};

/** The newest Ledger-Position that was answered, shared by everybody at one ledger. */
const newestPositions = new WeakMap<LedgerUnderTest, string>();

/** Somebody at the public API: a session, and no knowledge of the rules. */
export class Visitor {
  readonly ledger: LedgerUnderTest;
  private token: string | null = null;

  constructor(ledger: LedgerUnderTest) {
    this.ledger = ledger;
  }

  async signIn(login: string, secret: string): Promise<Answer> {
    const answer = await this.send('POST', '/sessions', { login, secret }, { key: null });
    const { token } = answer.body;
    if (answer.status === 201 && typeof token === 'string') this.token = token;
    return answer;
  }

  /** The token of the session, for a caller who speaks HTTP by other means than this class. */
  get bearer(): string {
    if (this.token === null) throw new TypeError('nobody has signed in');
    return this.token;
  }

  post(path: string, body: unknown, options: Options = {}): Promise<Answer> {
    return this.send('POST', path, body, options);
  }

  /**
   * A request waits two seconds for the read models, which a busy machine may need: as its answer says,
   * it is then sent again, a few times.
   */
  async get(path: string, options: Options = {}): Promise<Answer> {
    const position = options.position ?? newestPositions.get(this.ledger);
    const waits = position === undefined || options.position === null ? {} : { position };
    const ask = () => this.send('GET', path, undefined, { key: null, ...options, ...waits });
    let answer = await ask();
    for (let again = 0; again < 4 && answer.code === 'request/in-time'; again += 1) {
      answer = await ask();
    }
    return answer;
  }

  /** Hands in the bytes of a file; nothing is recorded by it. */
  put(path: string, content: Uint8Array<ArrayBuffer>, mediaType: string): Promise<Answer> {
    return this.request('PUT', path, content, { 'content-type': mediaType });
  }

  private async send(
    method: string,
    path: string,
    body: unknown,
    { key = randomUUID(), ifMatch, headers = {}, text, position }: Options,
  ): Promise<Answer> {
    const content = text ?? (body === undefined ? undefined : jsonText(body));
    return this.request(method, path, content, {
      ...(key !== null && { 'idempotency-key': key }),
      ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
      ...(content !== undefined && { 'content-type': 'application/json' }),
      ...(typeof position === 'string' && { 'ledger-position': position }),
      ...headers,
    });
  }

  private async request(
    method: string,
    path: string,
    body: string | Uint8Array<ArrayBuffer> | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const answer = await fetch(`${this.ledger.url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.token !== null && { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    const read = isJson && text !== '' ? (JSON.parse(text) as Answer['body']) : {};
    const code = typeof read['code'] === 'string' && answer.status >= 400 ? read['code'] : null;
    this.remember(answer.headers.get('ledger-position'), answer.status);
    return { status: answer.status, code, headers: answer.headers, text, body: read };
  }

  /** Positions have one width, so the later of two is the greater text. */
  private remember(position: string | null, status: number): void {
    if (status !== 201 || position === null) return;
    const newest = newestPositions.get(this.ledger);
    if (newest === undefined || newest < position) newestPositions.set(this.ledger, position);
  }
}

/** What a refused request is known by: never its message. */
export function told({ status, code }: Answer): [number, string | null] {
  return [status, code];
}

/** The receipt of a write that must have been recorded. */
export function recorded({ status, text, body }: Answer): Receipt {
  if (status !== 201) throw new Error(`not recorded: ${status} ${text}`);
  return body as unknown as Receipt;
}

/** The data of a read that must have been answered, in the shape the caller expects of it. */
export function dataOf<Data>({ status, text, body }: Answer): Data {
  if (status !== 200) throw new Error(`not answered: ${status} ${text}`);
  return body['data'] as Data;
}

/** Every item of a list, page by page. */
export async function allItems<Item>(visitor: Visitor, path: string, limit = 200): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, text, body } = await visitor.get(`${path}?limit=${limit}${after}`);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    items.push(...(body['items'] as Item[]));
    cursor = body['nextCursor'] as string | null;
  } while (cursor !== null);
  return items;
}

/**
 * How many events anybody recorded while `during` ran. Two marks are written round it: the log is
 * counted densely, so the distance of their leaves is exact and there is nothing to wait for.
 */
export async function eventsRecordedBy(
  registrar: Visitor,
  during: () => Promise<unknown>,
): Promise<number> {
  const before = await leafOfMark(registrar);
  await during();
  return (await leafOfMark(registrar)) - before - 1;
}

async function leafOfMark(registrar: Visitor): Promise<number> {
  const id = `moc_${randomUUID().replaceAll('-', '')}`;
  const mark = recorded(
    await registrar.post('/agencies', {
      agency: `son_la.${id}`,
      kind: 'other',
      name: { vi: 'Mốc đếm', en: null },
      aliases: [],
      classes: [],
      document: null,
    }),
  );
  const answer = await registrar.get(`/receipts/${mark.eventId}`);
  return dataOf<{ leafIndex: number }>(answer).leafIndex;
}
