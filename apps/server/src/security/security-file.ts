import { closeSync, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs';
import { destination } from 'pino';

/** Where lines of the security log go. `write` never throws: a failure is kept to be asked for. */
export type SecurityDestination = {
  write(line: string): void;
  /** What went wrong with the last line; null when it was taken. */
  readonly failure: Error | null;
  /** Opens the file anew under its name, after somebody moved it away. */
  reopen(): void;
};

/** Standard error, beside the request log: whoever runs the server keeps it. */
export function standardError(): SecurityDestination {
  const stream = destination({ dest: 2, sync: true });
  return { write: (line) => void stream.write(line), failure: null, reopen: () => undefined };
}

/**
 * A file that lines are appended to, for its owner's eyes only. Each is handed to the operating
 * system before `write` returns: what the process does next, however it ends, the line is there. It
 * is not synced: a power cut may take the last seconds of it, but not of the ledger's own events.
 */
export class SecurityFile implements SecurityDestination {
  private readonly path: string;
  private descriptor: number | undefined;
  /** A line was written in part: the next one must not be glued to it. */
  private isTorn = false;
  failure: Error | null = null;

  /** Opens or makes the file. Throws what the file system says. */
  constructor(path: string) {
    this.path = path;
    this.descriptor = openForAppending(path);
  }

  write(line: string): void {
    try {
      this.descriptor ??= openForAppending(this.path);
      // Somebody removed the file: lines must not go to where nobody can read them.
      if (fstatSync(this.descriptor).nlink === 0) this.openAnew();
      writeAll(this.descriptor, Buffer.from(this.isTorn ? `\n${line}` : line), (isPart) => {
        this.isTorn = isPart;
      });
      this.failure = null;
    } catch (error) {
      this.failure = error as Error;
    }
  }

  reopen(): void {
    try {
      this.openAnew();
    } catch (error) {
      this.failure = error as Error;
    }
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private openAnew(): void {
    this.close();
    this.descriptor = openForAppending(this.path);
    this.isTorn = false;
  }
}

function openForAppending(path: string): number {
  const descriptor = openSync(path, 'a', 0o600);
  // Somebody else may have made it; a pipe or a device has rights of its own.
  if (fstatSync(descriptor).isFile()) fchmodSync(descriptor, 0o600);
  return descriptor;
}

/** A full disk takes a part of what it is given before it refuses the rest. */
function writeAll(descriptor: number, bytes: Buffer, onPart: (isPart: boolean) => void): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(descriptor, bytes, written);
    onPart(written < bytes.length);
  }
}
