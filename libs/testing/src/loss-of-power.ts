import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

type Syncing = { sync: (this: FileHandle) => Promise<void> };

/**
 * What a loss of power would leave: a name is there for good once the folder that holds it was synced
 * while it did. Answers the names below `root` for which that was done while `work` ran, as paths
 * from it.
 */
export async function namesKeptBy(
  root: string,
  work: () => Promise<unknown>,
): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  const prototype = await prototypeOfHandles();
  const { sync } = prototype;
  prototype.sync = async function () {
    const { ino } = await this.stat();
    const folder = await folderWith(root, ino);
    const names = folder === undefined ? [] : await readdir(folder);
    await sync.call(this);
    for (const name of names) kept.add(relative(root, join(folder ?? '', name)));
  };
  try {
    await work();
  } finally {
    prototype.sync = sync;
  }
  return kept;
}

async function folderWith(folder: string, ino: number): Promise<string | undefined> {
  if ((await stat(folder)).ino === ino) return folder;
  const inner = (await readdir(folder, { withFileTypes: true })).filter((one) => one.isDirectory());
  for (const { name } of inner) {
    const found = await folderWith(join(folder, name), ino);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The class of file handles has no other door. */
async function prototypeOfHandles(): Promise<Syncing> {
  const folder = await mkdtemp(join(tmpdir(), 'handle-'));
  const handle = await open(folder, 'r');
  await handle.close();
  await rm(folder, { recursive: true });
  return Object.getPrototypeOf(handle) as Syncing;
}
