import type { ServerWritableStream } from '@grpc/grpc-js';
import type { RequestFault } from './faults.ts';
import type { ReadReq } from './protocol.ts';

/**
 * The way out to one reader. It is as slow as the reader is: whoever writes waits when `write`
 * says so, hence a client that stops reading costs one page of memory, not the log.
 */
export class Outlet {
  readonly #call: ServerWritableStream<ReadReq, Buffer>;
  readonly #onClose = new Set<() => void>();
  #closed = false;

  constructor(call: ServerWritableStream<ReadReq, Buffer>) {
    this.#call = call;
    for (const event of ['cancelled', 'close', 'finish', 'error']) {
      call.on(event, () => {
        this.#close();
      });
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @returns false when the reader lags; then wait for `drained` before the next write */
  write(frame: Buffer): boolean {
    return this.#closed || this.#call.write(frame);
  }

  /** Resolves when there is room again, or when nobody reads any more. */
  drained(): Promise<void> {
    return this.wait((wake) => {
      this.#call.once('drain', wake);
      return () => this.#call.off('drain', wake);
    });
  }

  /** Waits for what `listen` announces, but never longer than the reader stays. */
  wait(listen: (wake: () => void) => () => void): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        stopListening();
        this.#onClose.delete(wake);
        resolve();
      };
      const stopListening = listen(wake);
      this.#onClose.add(wake);
    });
  }

  end(): void {
    if (!this.#closed) this.#call.end();
  }

  fail(fault: RequestFault): void {
    if (!this.#closed) this.#call.emit('error', fault);
  }

  #close(): void {
    this.#closed = true;
    for (const wake of [...this.#onClose]) wake();
  }
}
