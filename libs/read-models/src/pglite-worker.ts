import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { openFolder } from './pglite-folder.ts';

/**
 * The thread that PGlite works in, so that whoever answers requests never waits for it. It is
 * spoken to in PostgreSQL's own protocol, one client after the other, each message whole.
 */
export type WorkerInput = { readonly dataDir: string | undefined };

/** `connect` begins a session, `bytes` are a client's, `close` ends the thread. */
export type WorkerOrder =
  | { readonly kind: 'connect' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'close' };

/** One answer to each order but `close`, in their order; `failed` is the last word. */
export type WorkerAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: string };

const port = parentPort;
if (port === null) throw new TypeError('this is a thread, not a program');
const answer = (message: WorkerAnswer, moved: ArrayBuffer[] = []) =>
  port.postMessage(message, moved);

const { dataDir } = workerData as WorkerInput;

try {
  const pglite = await (dataDir === undefined ? PGlite.create() : openFolder(dataDir));
  let last: Promise<void> = Promise.resolve();
  port.on('message', (order: WorkerOrder) => {
    last = last.then(() => obey(pglite, order)).catch(fail);
  });
  answer({ kind: 'done' });
} catch (error) {
  fail(error);
}

async function obey(pglite: PGlite, order: WorkerOrder): Promise<void> {
  if (order.kind === 'bytes') {
    const said = await pglite.execProtocolRaw(order.bytes, { syncToFs: false });
    // A copy of our own, since what PGlite hands out may be a view of its memory.
    const bytes = Uint8Array.from(said);
    answer({ kind: 'bytes', bytes }, [bytes.buffer]);
    return;
  }
  if (order.kind === 'close') {
    await pglite.close();
    port?.close();
    return;
  }
  // What a client that broke off has left behind is not the next one's.
  await pglite.exec('rollback');
  await pglite.exec('discard all');
  answer({ kind: 'done' });
}

/** PostgreSQL does not go on after a fault of its own; whoever asks must hear of it. */
function fail(error: unknown): void {
  // What Emscripten throws is no Error, and may be nothing that a message can carry.
  const { message } = error as { readonly message?: unknown };
  answer({ kind: 'failed', reason: String(message ?? error) });
  port?.close();
}
