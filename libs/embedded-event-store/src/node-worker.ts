import { epochMs, systemClock } from '#kernel';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database.ts';
import { EmbeddedNodeError } from './node-error.ts';
import type { EmbeddedNodeErrorCode } from './node-error.ts';
import { serve } from './server.ts';

/**
 * The thread a node runs in: its own event loop, so neither the application nor the node waits for
 * the other, and its own end, since it dies with the process.
 */
export type WorkerInput = { file: string; port: number; maxAppendBytes: number };

export type WorkerReport =
  | { kind: 'listening'; port: number }
  | { kind: 'refused'; code: EmbeddedNodeErrorCode; message: string };

const { file, port, maxAppendBytes } = workerData as WorkerInput;

function report(message: WorkerReport): void {
  parentPort?.postMessage(message);
}

// What goes wrong is reported through our own errors, not on stderr beside them.
setLogVerbosity(logVerbosity.NONE);

try {
  const database = openDatabase(file);
  const nowMs = (): number => epochMs(systemClock.now());
  const server = await serve({ database, port, maxAppendBytes, nowMs }).catch((error: unknown) => {
    database.close();
    throw error;
  });
  // The one message there is: stop. With the port closed nothing keeps the thread alive.
  parentPort?.once('message', () => {
    parentPort?.close();
    void server.stop();
  });
  report({ kind: 'listening', port: server.port });
} catch (error) {
  if (!(error instanceof EmbeddedNodeError)) throw error;
  report({ kind: 'refused', code: error.code, message: error.message });
  parentPort?.close();
}
