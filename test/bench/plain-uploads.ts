import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './endings.ts';

/**
 * What anybody would write first: a server of node:http alone that hashes what comes, writes it to
 * a file, syncs that and answers. No session, no type, no name by digest, nothing published. Run as
 * a program it is that server, on the folder it is given.
 */
export class PlainUploads {
  readonly url: string;
  private readonly child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.child = child;
  }

  static async start(folder: string): Promise<PlainUploads> {
    const child = fork(fileURLToPath(import.meta.url), [folder]);
    const [port] = (await once(child, 'message')) as [number];
    const running = new PlainUploads(`http://127.0.0.1:${port}/`, child);
    atEnd(() => running.stop());
    return running;
  }

  get processId(): number {
    return this.child.pid ?? NaN;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}

async function keep(content: IncomingMessage, path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  try {
    for await (const chunk of content as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

const [, program, folder] = process.argv;
if (program === fileURLToPath(import.meta.url) && folder !== undefined) {
  const server = createServer((request, response) => {
    keep(request, join(folder, 'plain')).then(
      (hex) => response.end(hex),
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}
