import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import type { WorkerAnswer, WorkerInput, WorkerOrder } from './pglite-worker.ts';
import { copyingPool, parserFor } from './postgres-connection.ts';
import type { Database } from './sql.ts';

/**
 * Opens PGlite, PostgreSQL compiled into the process, in a thread of its own: in the folder, or in
 * memory without one. It is spoken to by the driver of the server, so nothing above knows which of
 * the two it is. It takes one client; other callers wait while a transaction of one is open.
 */
export async function openEmbedded(dataDir: string | undefined): Promise<Database> {
  const thread = await PgliteThread.start(dataDir);
  const pool = new Pool({
    user: 'postgres',
    database: 'postgres',
    ssl: false,
    max: 1,
    // A session costs nothing to keep; a new one would find nothing prepared.
    idleTimeoutMillis: 0,
    types: { getTypeParser: parserFor },
    stream: () => new PgliteStream(thread),
  });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: copyingPool(pool) }) });
  return {
    db,
    kind: 'embedded',
    // The folder belongs to this process: nobody else can be there.
    alone: (_name, signal, run) => run(signal),
    failed: thread.failed,
    close: async () => {
      await db.destroy();
      if (!pool.ended) await pool.end();
      await thread.close();
    },
  };
}

/** Orders and their answers, one at a time, over the border between two threads. */
class PgliteThread {
  private readonly worker: Worker;
  private readonly asked: Asked[] = [];
  private failure: Error | undefined;
  private isClosing = false;
  private tell: (failure: Error) => void = () => undefined;
  /** A start that fails is told by `start` alone. */
  readonly failed: Promise<never>;

  private constructor(worker: Worker) {
    this.worker = worker;
    this.failed = new Promise<never>((_resolve, reject) => {
      this.tell = reject;
    });
    // Whoever wants to know listens; nobody has to.
    this.failed.catch(() => undefined);
    worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'failed') this.fail(answer.reason);
      else this.asked.shift()?.resolve(answer.kind === 'bytes' ? answer.bytes : nothing);
    });
    worker.on('error', (error) => this.fail(String(error)));
    worker.on('exit', () => this.fail('its thread has ended'));
  }

  static async start(dataDir: string | undefined): Promise<PgliteThread> {
    const thread = new PgliteThread(startWorker({ dataDir }));
    await thread.answer();
    return thread;
  }

  /** The bytes that were answered. Rejects, now and ever after, once PGlite has died. */
  ask(order: WorkerOrder): Promise<Uint8Array> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const moved = order.kind === 'bytes' ? [order.bytes.buffer as ArrayBuffer] : [];
    this.worker.postMessage(order, moved);
    return this.answer();
  }

  /** Writes what is to be written, and resolves when the thread is no more. */
  async close(): Promise<void> {
    if (this.failure !== undefined) return;
    // PGlite takes its thread along when it ends, so the end is the answer.
    this.isClosing = true;
    const exited = once(this.worker, 'exit');
    this.ask({ kind: 'close' }).catch(() => undefined);
    await exited;
  }

  private answer(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => this.asked.push({ resolve, reject }));
  }

  private fail(reason: string): void {
    this.failure ??= new Error(`the embedded database has died: ${reason}`);
    for (const { reject } of this.asked.splice(0)) reject(this.failure);
    if (!this.isClosing) this.tell(this.failure);
  }
}

type Asked = {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
};

const nothing = new Uint8Array();

/**
 * Beside a TypeScript source the worker is TypeScript too: Node strips its types and needs the
 * condition under which `#kernel` means the source.
 */
function startWorker(input: WorkerInput): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(`./pglite-worker${isSource ? '.ts' : '.js'}`, import.meta.url);
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  if (isSource) execArgv.push('--conditions=ledger-source');
  return new Worker(fileURLToPath(entry), { name: 'database', workerData: input, execArgv });
}

/**
 * What the driver takes for a socket. A write is over when its answer has come, and what was
 * written meanwhile goes as one message: so a statement crosses the border once, there and back.
 */
class PgliteStream extends Duplex {
  private readonly thread: PgliteThread;

  constructor(thread: PgliteThread) {
    super();
    this.thread = thread;
  }

  connect(): this {
    this.thread.ask({ kind: 'connect' }).then(
      () => this.emit('connect'),
      (error: Error) => this.destroy(error),
    );
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error) => void,
  ): void {
    const bytes = joined(chunks.map(({ chunk }) => chunk));
    // The client says goodbye, which would end PostgreSQL; it stays for the next client.
    if (goodbye.equals(bytes)) return done();
    this.thread.ask({ kind: 'bytes', bytes }).then((answer) => {
      if (answer.length > 0) this.push(answer);
      done();
    }, done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}

/** The protocol's message Terminate. */
const goodbye = Buffer.from([0x58, 0, 0, 0, 4]);

/** In memory of their own, which can then be moved to the other thread instead of copied. */
function joined(chunks: readonly Buffer[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
