/**
 * An event store inside the process: one node, one file, spoken to through the official client
 * like any other EventStoreDB. What it can and cannot do: docs/operating/embedded-node.md.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { EmbeddedNodeError } from './node-error.ts';
import type { WorkerInput, WorkerReport } from './node-worker.ts';

export { isInUse } from './database.ts';
export { EmbeddedNodeError } from './node-error.ts';
export type { EmbeddedNodeErrorCode } from './node-error.ts';

export type EmbeddedNodeOptions = {
  /** The database; made if it is not there, its folder must be. */
  file: string;
  /** On 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** The most one append may carry, data and metadata together; 1 MiB unless told. */
  maxAppendBytes?: number;
};

export type EmbeddedNode = {
  /** For `EventStoreDBClient.connectionString`. */
  connectionString: string;
  port: number;
  /** Finishes what was begun, closes the file and frees the lock. May be called again. */
  stop(): Promise<void>;
  /** Rejects when the node dies without having been asked to; never resolves. */
  failed: Promise<never>;
};

const defaultMaxAppendBytes = 1024 * 1024;

/**
 * Starts a node in a thread of its own and waits until it answers.
 *
 * Durability: whatever it acknowledges has been fsynced. Order: one writer, one order. The file is
 * locked; a second node on it is refused with `node/locked`.
 *
 * @throws EmbeddedNodeError with the code that says why it did not start
 */
export async function startEmbeddedNode(options: EmbeddedNodeOptions): Promise<EmbeddedNode> {
  const { file, port = 0, maxAppendBytes = defaultMaxAppendBytes } = options;
  const worker = startWorker({ file, port, maxAppendBytes });
  let stopping = false;
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      resolve();
    });
  });
  const failed = new Promise<never>((_resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void => {
      if (stopping) return;
      reject(new EmbeddedNodeError('node/crashed', `The event store died: ${reason}`, { cause }));
    };
    worker.once('error', (error) => {
      fail(error instanceof Error ? error.message : 'unknown error', error);
    });
    worker.once('exit', (code) => {
      fail(`its thread ended with code ${code}.`);
    });
  });
  // Whoever wants to know listens; nobody has to.
  failed.catch(() => undefined);

  const listening = new Promise<WorkerReport>((resolve) => worker.once('message', resolve));
  const report = await Promise.race([listening, failed]);
  if (report.kind === 'refused') {
    stopping = true;
    await exited;
    throw new EmbeddedNodeError(report.code, report.message);
  }
  return {
    connectionString: `esdb://127.0.0.1:${report.port}?tls=false`,
    port: report.port,
    async stop() {
      if (!stopping) worker.postMessage('stop');
      stopping = true;
      await exited;
    },
    failed,
  };
}

/**
 * Beside a TypeScript source the worker is TypeScript too: Node strips its types and needs the
 * condition under which `#kernel` means the source.
 */
function startWorker(input: WorkerInput): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(`./node-worker${isSource ? '.ts' : '.js'}`, import.meta.url);
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  if (isSource) execArgv.push('--conditions=ledger-source');
  return new Worker(fileURLToPath(entry), { name: 'event-store', workerData: input, execArgv });
}
