import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder with whatever is missing above it, for its owner's eyes only; true where it was not
 * there. Step by step, because the recursive mkdir of Node never ends where a folder is there and
 * lets nothing be made in it, as `/proc` does: whoever names a folder gets an answer. Throws what
 * mkdir does; that a file of this name is there, the caller finds by reading it as a folder.
 */
export async function makeFolder(path: string, mode = 0o700): Promise<boolean> {
  try {
    return await makeOne(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path) throw error;
    // Whether it was there or somebody else has just made it: if it lets nothing be made, that throws.
    await makeFolder(above, mode);
    return makeOne(path, mode);
  }
}

async function makeOne(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
