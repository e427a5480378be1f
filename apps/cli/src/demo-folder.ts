import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { jsonText } from '#kernel';
import { makeFolder } from '#transparency/node';

/** The demo cannot be run as asked; nothing was started or changed. */
export class DemoRefused extends Error {
  readonly code = 'demo/refused';
}

/** What is left in `accounts.json`, so that `npm start` on the folder lets the people in. */
export type Account = {
  readonly login: string;
  readonly secret: string;
  readonly agency: string;
  readonly role: string;
};

/** A fresh folder: a new temporary one, or the named one if it is empty or absent. */
export async function freshFolder(named: string | undefined): Promise<string> {
  if (named === undefined) return mkdtemp(join(tmpdir(), 'minhchung-demo-'));
  const folder = resolve(named);
  const found = await contentOf(folder, named);
  if (found.length > 0) {
    throw new DemoRefused(`${named} is not empty; the demo only writes into a fresh folder`);
  }
  return folder;
}

async function contentOf(folder: string, named: string): Promise<string[]> {
  try {
    await makeFolder(folder);
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DemoRefused(`${named} cannot be made or used as a folder (${code})`, {
      cause: error,
    });
  }
}

/** Generated secrets of a ledger that exists to be looked at; readable by its owner only. */
export async function writeAccounts(folder: string, accounts: readonly Account[]): Promise<void> {
  await writeFile(join(folder, 'accounts.json'), `${jsonText(accounts, 2)}\n`, { mode: 0o600 });
}
