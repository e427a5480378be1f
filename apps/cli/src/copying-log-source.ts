import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '#transparency/node';
import { LogSource } from '#verification';

/** It holds something already, and one copy is never laid over another; or it is no folder for files. */
export class CopyRefused extends Error {
  readonly code = 'copy/refused';
}

/**
 * A log that is read and kept: every file that was asked for and is there lies in a folder afterwards,
 * in the layout of c2sp.org/tlog-tiles, so that it can be judged again without the server.
 */
export class CopyingLogSource extends LogSource {
  override readonly readAhead: number;
  private readonly folder: string;
  private readonly source: LogSource;

  private constructor(folder: string, source: LogSource) {
    super();
    this.folder = folder;
    this.source = source;
    this.readAhead = source.readAhead;
  }

  /** Throws CopyRefused. */
  static async into(folder: string, source: LogSource): Promise<CopyingLogSource> {
    const there = await contentOf(folder);
    if (there.length > 0) throw new CopyRefused(`${folder} is not empty`);
    return new CopyingLogSource(folder, source);
  }

  /** What is asked for twice is the same: a tile of one width never changes. */
  override async read(path: string): Promise<Uint8Array | undefined> {
    const bytes = await this.source.read(path);
    if (bytes === undefined) return undefined;
    const file = join(this.folder, path);
    await makeFolder(dirname(file), 0o777);
    await writeFile(file, bytes);
    return bytes;
  }

  override list(): AsyncIterable<string> | undefined {
    return this.source.list();
  }
}

async function contentOf(folder: string): Promise<string[]> {
  try {
    await makeFolder(folder, 0o777);
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CopyRefused(`${folder} cannot be made or used as a folder (${code})`, {
      cause: error,
    });
  }
}
