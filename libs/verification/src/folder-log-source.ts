import { opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LogSource, SourceUnavailable } from './log-source.ts';

/** A log in a folder, as the ledger writes it and any web server could serve it. Only reads. */
export class FolderLogSource extends LogSource {
  /** The largest bundle has 16 MiB; as many as these, and the next, are held at once. */
  override readonly readAhead = 3;
  private readonly root: string;

  constructor(root: string) {
    super();
    this.root = root;
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.root, path));
    } catch (error) {
      return undefinedIfAbsent(error, path);
    }
  }

  override list(): AsyncIterable<string> {
    return this.walk('tile');
  }

  private async *walk(folder: string): AsyncGenerator<string> {
    let entries;
    try {
      entries = await opendir(join(this.root, folder));
    } catch (error) {
      undefinedIfAbsent(error, folder);
      return;
    }
    for await (const entry of entries) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* this.walk(path);
      else yield path;
    }
  }
}

/** A file where a folder should be, or a folder where a file should be, is not what was asked for. */
function undefinedIfAbsent(error: unknown, path: string): undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
  const reason = code === 'EACCES' || code === 'EPERM' ? 'denied' : 'away';
  throw new SourceUnavailable(reason, `${path}: ${code ?? message}`, error);
}
