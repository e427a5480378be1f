import { TileStoreUnavailable } from '#transparency';
import { refuseRequest } from '../http/refusals.ts';

/**
 * What is read of the log, or 503 while its store of tiles is away: nothing is lost, the log goes on
 * by itself, and whoever reads has only to ask again.
 */
export async function answeringTiles<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof TileStoreUnavailable) throw refuseRequest('log/tiles-away');
    throw error;
  }
}
