import { isMainThread } from 'node:worker_threads';
import type { Worker } from 'node:worker_threads';

/**
 * Loaded before a server by NODE_OPTIONS: the thread that MORTAL_THREAD names dies at SIGUSR2, as
 * one does that runs out of memory. The server itself is the product's own, unchanged.
 */
if (isMainThread) {
  const threads: Worker[] = [];
  process.on('worker', (thread) => threads.push(thread));
  process.on('SIGUSR2', () => {
    const mortal = threads.find(({ threadName }) => threadName === process.env['MORTAL_THREAD']);
    if (mortal === undefined) throw new TypeError('no thread has that name');
    void mortal.terminate();
  });
}
