import { TileStoreUnavailable } from '#transparency';
import { refuseRequest } from '../http/refusals.ts';
import { NotAsPublished } from './published-checkpoint.ts';

/**
 * What is read of the log, or 503 while its store of tiles is away: nothing is lost, the log goes on
 * by itself, and whoever reads has only to ask again. The same while something else lies in the place
 * of what was published: that is for the operator to look at, and for nobody to be given.
 */
export async function answeringTiles<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof TileStoreUnavailable) throw refuseRequest('log/tiles-away');
    if (error instanceof NotAsPublished) throw refuseRequest('log/not-as-published');
    throw error;
  }
}

/** What was recorded can be read, whatever the store of tiles says or holds: its proof comes later. */
export async function proofOrLater(
  proof: Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  try {
    return await proof;
  } catch (error) {
    if (error instanceof TileStoreUnavailable || error instanceof NotAsPublished) return undefined;
    throw error;
  }
}
