import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What is to be copied holds something that is neither a file nor a folder. */
export class CopyRefused extends Error {
  readonly code = 'fsck/copy-refused';
}

/**
 * Copies a file, or a folder with all that is in it, as bytes that may be written to whoever owned
 * them. What a database does when it is opened (it repairs, it tidies, it makes what is missing) then
 * happens to the copy, and what is judged stays as it was. Links are refused: they lead out of what is
 * judged, as far as the whole machine. Throws CopyRefused, or what the file system says.
 */
export async function copyPlain(from: string, to: string): Promise<void> {
  const waiting = [{ from, to }];
  for (const one of waiting) {
    const found = await lstat(one.from);
    if (found.isDirectory()) {
      await mkdir(one.to, { mode: 0o700 });
      for (const name of await readdir(one.from)) {
        waiting.push({ from: join(one.from, name), to: join(one.to, name) });
      }
    } else if (found.isFile()) {
      // Costs nothing where the file system can share what is the same.
      await copyFile(one.from, one.to, constants.COPYFILE_FICLONE);
      await chmod(one.to, 0o600);
    } else {
      throw new CopyRefused(`${one.from} is neither a file nor a folder: it is not followed`);
    }
  }
}
