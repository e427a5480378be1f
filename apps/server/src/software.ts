import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Software = {
  /** `name@version`, as it goes into the metadata of each event. */
  readonly name: string;
  readonly version: string;
};

/** Name and version from the package.json above this file, wherever the build has put it. */
export async function readSoftware(): Promise<Software> {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) {
      const { name, version } = JSON.parse(text) as { name: string; version: string };
      return { name: `${name}@${version}`, version };
    }
    const above = dirname(folder);
    if (above === folder) throw new Error('no package.json above the server');
    folder = above;
  }
}
