import { constants } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { LogSource, objectBytesMax, SourceUnavailable } from './log-source.ts';

/** Whoever made the folder may have put a pipe there, and opening one waits for a writer. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;

/** A log in a folder, as the ledger writes it and any web server could serve it. Only reads. */
export class FolderLogSource extends LogSource {
  /** The largest bundle has 16 MiB; as many as these, and the next, are held at once. */
  override readonly readAhead = 3;
  private readonly root: string;

  constructor(root: string) {
    super();
    this.root = root;
  }

  /** Of a file longer than any part of a log only the beginning: its length gives it away. */
  override async read(path: string): Promise<Uint8Array | undefined> {
    try {
      const file = await open(join(this.root, path), openFlags);
      try {
        const status = await file.stat();
        if (!status.isFile()) return undefined;
        const bytes = new Uint8Array(Math.min(status.size, objectBytesMax + 1));
        let count = 0;
        for (let more = 1; more > 0 && count < bytes.length; count += more) {
          more = (await file.read(bytes, count)).bytesRead;
        }
        return bytes.subarray(0, count);
      } finally {
        await file.close();
      }
    } catch (error) {
      return undefinedIfAbsent(error, path);
    }
  }

  override list(): AsyncIterable<string> {
    return this.walk('tile');
  }

  /** Links are not followed to folders: a log has none, and they may lead in a circle. */
  private async *walk(folder: string): AsyncGenerator<string> {
    for await (const { name, isFolder } of this.namesIn(folder)) {
      const path = `${folder}/${name}`;
      if (isFolder) yield* this.walk(path);
      else yield path;
    }
  }

  private async *namesIn(folder: string): AsyncGenerator<{ name: string; isFolder: boolean }> {
    try {
      for await (const entry of await opendir(join(this.root, folder))) {
        yield { name: entry.name, isFolder: entry.isDirectory() };
      }
    } catch (error) {
      undefinedIfAbsent(error, folder);
    }
  }
}

/** A file where a folder should be, or a folder where a file should be, is not what was asked for. */
function undefinedIfAbsent(error: unknown, path: string): undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
  const reason = code === 'EACCES' || code === 'EPERM' ? 'denied' : 'away';
  throw new SourceUnavailable(reason, `${path}: ${code ?? message}`, error);
}
