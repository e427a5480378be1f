import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';

/**
 * As {@link makeFolder}, and durably: when it resolves, a loss of power takes none of the names on
 * the way to the folder, nor of those in it. Each step is synced before the next, so that a kill
 * leaves at most one name that is not, which the next call syncs. Throws ENOTDIR for a file.
 */
export async function makeDurableFolder(folder: string): Promise<boolean> {
  const above = dirname(folder);
  const isAboveThere = await isThere(above);
  if (!isAboveThere) await makeDurableFolder(above);
  const isMade = await makeFolder(folder);
  if (isMade) await syncFolder(above);
  else await syncOfOthers(above);
  if (isMade && isAboveThere) await syncOfOthers(dirname(above));
  await syncFolder(folder);
  return isMade;
}

/** Resolves when the names in a folder are durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Above a folder that was there may be one that nobody else may look into: its owner saw to it. */
async function syncOfOthers(folder: string): Promise<void> {
  await syncFolder(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
