import type { Readable } from 'node:stream';
import { StoreUnavailable } from './port.ts';

/**
 * How the client's streams are read: one part at a time, never for ever, and left in such a way that
 * nothing stays behind.
 */

/** What of the client's stream of a read is used here. */
export type ClientRead = {
  readonly readableEnded: boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(error: Error): unknown;
  resume(): unknown;
  cancel(): Promise<void>;
};

/**
 * The parts of a read, as long as the next one comes within `deadlineMs`; else it ends with
 * StoreUnavailable. Time that the consumer takes does not count. A consumer that leaves early ends
 * the call on the server too.
 */
export async function* answered<E>(
  read: ClientRead & AsyncIterable<E>,
  deadlineMs: number,
): AsyncGenerator<E> {
  let isWaiting = true;
  const timer = setTimeout(() => {
    if (isWaiting) read.destroy(new StoreUnavailable(`no answer within ${deadlineMs} ms`));
    else timer.refresh();
  }, deadlineMs);
  // The client reports errors also after the end, when nobody else listens.
  read.on('error', () => {});
  try {
    for await (const part of partsOf<E>(read)) {
      isWaiting = false;
      yield part;
      isWaiting = true;
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
    if (!read.readableEnded) leave(read, read.cancel());
  }
}

/**
 * The parts of a call in order; leaving the loop does not destroy the stream, see `leave`. The
 * client's own types follow an older Node, where streams have no `iterator` yet.
 */
export function partsOf<T>(call: unknown): AsyncIterable<T> {
  return (call as Readable).iterator({ destroyOnReturn: false }) as AsyncIterable<T>;
}

/**
 * Ends a call early. What had arrived is drained, because a call that the server has completed ends
 * for the client only when the last part was taken, and until then its `dispose` would wait for it.
 */
export function leave(call: { resume(): unknown }, cancelled: Promise<void>): void {
  cancelled.catch(() => {});
  call.resume();
}
