import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { randomUUID } from 'node:crypto';
import { chmod, link, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { verifierKey } from '#tlog';
import type { KeyType } from '#tlog';
import { makeDurableFolder, syncFolder } from './durable-folder.ts';
import type { LogSigner } from './log-signer.ts';

/** A key file that is not what it should be; the message says which and why, in one sentence. */
export class KeyFileUnusable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeyFileUnusable';
  }
}

/**
 * The signer of a PKCS#8 PEM file with an Ed25519 key, readable by its owner alone. `name` is what
 * the key signs under: the origin for a log, its own name for a witness (`type` cosignature).
 */
export async function openFileSigner(
  file: string,
  name: string,
  type: KeyType = 'ed25519',
): Promise<LogSigner> {
  const { mode } = await stat(file).catch((error: NodeJS.ErrnoException) => {
    // "Not there" would send the operator to make another key where one lies that is only locked away.
    const why = error.code === 'ENOENT' ? 'is not there' : `cannot be read (${error.code})`;
    throw new KeyFileUnusable(`the key file ${file} ${why}`);
  });
  if ((mode & 0o077) !== 0) {
    throw new KeyFileUnusable(`others may read the key file ${file}: its mode must be 0600`);
  }
  const pem = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new KeyFileUnusable(`the key file ${file} cannot be read (${error.code})`);
  });
  const privateKey = (() => {
    try {
      return createPrivateKey({ key: pem, format: 'pem' });
    } catch {
      throw new KeyFileUnusable(`the key file ${file} holds no PKCS#8 key in PEM`);
    }
  })();
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new KeyFileUnusable(`the key in ${file} is not an Ed25519 key`);
  }
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    key: verifierKey(name, type, Uint8Array.from(spki.subarray(-32))),
    sign: async (message) => sign(null, message, privateKey),
  };
}

/**
 * Makes a key file, durably and for its owner's eyes only, unless one is there already: an existing
 * key is never replaced. Of two that try at once one makes it.
 */
export async function makeKeyFile(file: string): Promise<void> {
  const folder = dirname(file);
  // A folder that was there is its owner's to open or close: others may have files in it.
  if (await makeDurableFolder(folder)) await chmod(folder, 0o700);
  const { privateKey } = generateKeyPairSync('ed25519');
  // Not by the process: two containers on one volume both have number 1.
  const draft = `${file}.${randomUUID()}.part`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // A link fails where the name is taken; a rename would put a new key in its place.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
}
