import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LogSource } from '#verification';

/** The folder holds something already: a copy of one log is never laid over another. */
export class CopyRefused extends Error {
  readonly code = 'copy/not-empty';
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
    await mkdir(folder, { recursive: true });
    const there = await readdir(folder);
    if (there.length > 0) throw new CopyRefused(`${folder} is not empty`);
    return new CopyingLogSource(folder, source);
  }

  /** What is asked for twice is the same: a tile of one width never changes. */
  override async read(path: string): Promise<Uint8Array | undefined> {
    const bytes = await this.source.read(path);
    if (bytes === undefined) return undefined;
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
    return bytes;
  }

  override list(): AsyncIterable<string> | undefined {
    return this.source.list();
  }
}
