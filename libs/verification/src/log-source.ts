import { hashBytes, tilePath, tileWidth } from '#tlog';
import type { TileName } from '#tlog';
import { splitBundle } from './running-tree.ts';

/** Where a log is read from: a folder, a server, a map in a spec. */
export abstract class LogSource {
  /** How many tiles may be asked for ahead of the one in hand. */
  abstract readonly readAhead: number;

  /**
   * The bytes at a path below the log's prefix; undefined where nothing is. They become the
   * reader's own. Rejects with SourceUnavailable.
   */
  abstract read(path: string): Promise<Uint8Array | undefined>;

  /** Every path under `tile/`, for a source that can list; undefined for one that cannot. */
  list(): AsyncIterable<string> | undefined {
    return undefined;
  }
}

/** Above the largest bundle: 256 entries of 65,535 bytes with their lengths. */
export const objectBytesMax = 17 * 1_024 * 1_024;

/** `denied`: the reader may not see it. `away`: nobody can tell what is there. */
export class SourceUnavailable extends Error {
  readonly reason: 'denied' | 'away';

  constructor(reason: 'denied' | 'away', message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'SourceUnavailable';
    this.reason = reason;
  }
}

/**
 * The bytes of a tile or bundle at its width. A log may drop a partial tile once the full one is there
 * (c2sp.org/tlog-tiles): its beginning is then what was asked for.
 */
export async function readTile(source: LogSource, name: TileName): Promise<Uint8Array | undefined> {
  const exact = await source.read(tilePath(name));
  if (exact !== undefined || name.width === tileWidth) return exact;
  const full = await source.read(tilePath({ ...name, width: tileWidth }));
  return full === undefined ? undefined : prefixOf(full, name);
}

/** The first `width` hashes or entries of a larger tile; all there is where it is too short. */
export function prefixOf(bytes: Uint8Array, { level, width }: TileName): Uint8Array {
  if (level !== 'entries') return bytes.subarray(0, width * hashBytes);
  const { starts, count } = splitBundle(bytes, width);
  return count < width ? bytes : bytes.subarray(0, (starts[width] as number) - 2);
}
