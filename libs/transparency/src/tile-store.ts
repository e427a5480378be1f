import { hashBytes, noteBytesMax, parseTilePath } from '#tlog';

/**
 * Where the log's tiles and its checkpoint lie, and what the ledger may rely on. Every adapter and
 * the fake pass `tile-store.contract.ts`; an adapter is one file, named after the product.
 *
 * Paths are those of c2sp.org/tlog-tiles below the log's prefix (`checkpoint`, `tile/...`). Writers:
 * one at a time, which the compare-and-swap of the head sees to, not the store.
 */
export abstract class TileStore {
  /** Kind of store: `folder`, `minio`. Never an address or a path. */
  abstract readonly kind: string;

  /**
   * Keeps all objects, durably: when it resolves, a kill or a loss of power at any instant loses
   * none. Each is there whole or not at all, an older object of its name is replaced; until it
   * resolves, any of them may be old or new. Rejects with TileStoreUnavailable.
   */
  abstract write(objects: readonly StoredObject[]): Promise<void>;

  /** The bytes, undefined for an absent object. Rejects with TileStoreUnavailable. */
  abstract read(path: string): Promise<Uint8Array | undefined>;

  /**
   * The paths of the objects right in a folder (`tile/0/000.p`), in no order; none for a folder that
   * is absent. Rejects with TileStoreUnavailable.
   */
  abstract list(folder: string): Promise<readonly string[]>;

  /** Forgets objects; those that are absent already are passed over. Need not be durable. */
  abstract remove(paths: readonly string[]): Promise<void>;

  /** Resolves when the store can take an object, rejects with TileStoreUnavailable. */
  abstract ping(): Promise<void>;
}

/**
 * The most bytes that an object of this name can have (c2sp.org/tlog-tiles: hashes of 32 bytes, entries
 * of 65,535 and their lengths; all else is a signed note). What has more is none of ours.
 */
export function objectBytesMax(path: string): number {
  const name = parseTilePath(path);
  if (name === undefined) return noteBytesMax;
  return name.width * (name.level === 'entries' ? 2 + 65_535 : hashBytes);
}

export type StoredObject = { readonly path: string; readonly bytes: Uint8Array };

/** The checkpoint that is handed out. */
export const checkpointPath = 'checkpoint';

/** What a path may look like: names and numbers, no step upwards, nothing hidden. */
const pathPattern = /^[a-z0-9]+(?:[/.][a-z0-9]+)*$/;
const pathLengthMax = 200;

export function isPath(path: string): boolean {
  return path.length <= pathLengthMax && pathPattern.test(path);
}

/** A path that no caller should ever have made is our own bug. */
export function checkPath(path: string): void {
  if (!isPath(path)) throw new TypeError(`not a path: ${path}`);
}

/** The store did not answer or is full. What was under way may or may not be there. */
export class TileStoreUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'TileStoreUnavailable';
  }
}
