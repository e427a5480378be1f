import { chmod, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseCheckpoint, parseSignedNote, readCosignature, signaturesBy, verdictOf } from '#tlog';
import type { VerifierKey } from '#tlog';
import { makeDurableFolder, syncFolder } from '#transparency/node';
import type { CosignedHead } from './add-checkpoint.ts';
import { originHash } from './known-logs.ts';

/** A state folder that a witness must not go on from; the message says why, in one sentence. */
export class WitnessStateUnusable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'WitnessStateUnusable';
  }
}

/** A cosigned checkpoint as it lies on disk: the note itself, so state and proof cannot differ. */
export type StoredHead = CosignedHead & { readonly origin: string; readonly note: Uint8Array };

/**
 * Where heads are kept, by the hash of their origin. What `read` gives and what `write` resolved for,
 * a loss of power can no longer take away: nothing that it could is ever shown to anybody.
 */
export type HeadStore = {
  names(): Promise<readonly string[]>;
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, note: Uint8Array): Promise<void>;
};

/**
 * The state of a witness: `checkpoints/<hex SHA-256 of the origin>`, each the latest note it cosigned
 * for that origin, with its own cosignature in it. One process at a time.
 */
export class HeadFolder implements HeadStore {
  private readonly folder: string;
  private readonly lock: DatabaseSync;

  private constructor(folder: string, lock: DatabaseSync) {
    this.folder = folder;
    this.lock = lock;
  }

  /** Opens the folder of `data`, for this process alone. Throws WitnessStateUnusable. */
  static async open(data: string): Promise<HeadFolder> {
    const folder = join(data, 'checkpoints');
    // A head whose folder's own name is not durable yet could vanish with it.
    await makeDurableFolder(folder);
    await chmod(data, 0o700);
    const lock = lockFile(join(data, 'lock'));
    return new HeadFolder(folder, lock);
  }

  async names(): Promise<readonly string[]> {
    return (await readdir(this.folder)).filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const note = await readFile(join(this.folder, name)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    // A write that failed or was killed may have moved the file without its folder being synced.
    if (note !== undefined) await syncFolder(this.folder);
    return note;
  }

  /** Whole or not at all, and durable when it resolves. Callers see to it that one at a time writes. */
  async write(name: string, note: Uint8Array): Promise<void> {
    const file = join(this.folder, name);
    const draft = `${file}.part`;
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(note);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    await syncFolder(this.folder);
  }

  close(): void {
    this.lock.close();
  }
}

/**
 * SQLite's lock on a file of its own, held by the operating system for this process: it vanishes with
 * the process however that dies. Two witnesses with one key and one state could cosign a fork.
 */
function lockFile(file: string): DatabaseSync {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    return lock;
  } catch (error) {
    lock.close();
    throw new WitnessStateUnusable(`${file} is held: another witness runs on this folder`, error);
  }
}

/**
 * Reads a stored note back, and believes it only if `key` cosigned it: a file that was damaged, or
 * that another witness wrote, says nothing about what this one has promised.
 */
export function readStoredHead(name: string, note: Uint8Array, key: VerifierKey): StoredHead {
  const unusable = (why: string) => new WitnessStateUnusable(`the stored head ${name} ${why}`);
  const signed = parseSignedNote(note);
  if (!signed.ok) throw unusable(`is damaged: ${signed.fault}`);
  const checkpoint = parseCheckpoint(signed.value.text);
  if (!checkpoint.ok) throw unusable(`is damaged: ${checkpoint.fault}`);
  const { origin, size, root } = checkpoint.value;
  if (originHash(origin) !== name) throw unusable(`is of another origin, ${origin}`);
  const verdict = verdictOf(signed.value, key);
  if (verdict === 'absent') throw unusable('was cosigned by another key or under another name');
  const [cosignature] = signaturesBy(signed.value, key);
  const cosigned = cosignature && readCosignature(cosignature.signature);
  if (verdict === 'invalid' || cosigned === undefined) {
    throw unusable('is damaged: the cosignature in it is wrong');
  }
  return { origin, size, root, time: cosigned.time, note };
}
