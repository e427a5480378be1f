import type { Readable, Transform, TransformCallback } from 'node:stream';
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
 * the call on the server too, unless the server has sent all `maxCount` parts and ends it by itself.
 */
export async function* answered<E>(
  read: ClientRead & AsyncIterable<E>,
  deadlineMs: number,
  maxCount = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<E> {
  let isWaiting = true;
  let partCount = 0;
  const timer = setTimeout(() => {
    if (isWaiting) read.destroy(new StoreUnavailable(`no answer within ${deadlineMs} ms`));
    else timer.refresh();
  }, deadlineMs);
  // The client reports errors also after the end, when nobody else listens.
  read.on('error', () => {});
  try {
    for await (const part of partsOf<E>(read)) {
      isWaiting = false;
      partCount += 1;
      yield part;
      isWaiting = true;
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
    const endsByItself = partCount === maxCount || read.readableEnded;
    if (!read.readableEnded) leave(read, endsByItself ? Promise.resolve() : read.cancel());
  }
}

/**
 * Makes a read of an absent stream a read of nothing. The client breaks such a call off, and a call
 * that is broken off is a reset to HTTP/2. Servers built on nghttp2, the embedded node among them,
 * take a thousand resets at once and then 33 in a second, and answer more by closing the connection
 * under everybody (their answer to CVE-2023-44487); a submission begins by reading a stream that is
 * not there. Left alone, the call ends by itself right behind that answer.
 */
export function nothingIfAbsent<R>(read: R): R {
  const stream = read as unknown as Transform;
  const transform = stream._transform.bind(stream);
  stream._transform = (part: Answered, encoding: BufferEncoding, next: TransformCallback) => {
    if (part.hasStreamNotFound?.() === true) next();
    else transform(part, encoding, next);
  };
  return read;
}

/** The server's message, as far as it is looked at here. */
type Answered = { readonly hasStreamNotFound?: () => boolean };

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
