import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { chmod, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { jsonText, parseInstant } from '#kernel';
import type { Clock, Instant } from '#kernel';
import { makeDurableFolder, syncFolder } from '#transparency/node';
import { ConfigurationMistake } from './configuration.ts';
import type { Configuration } from './configuration.ts';

/**
 * What a ledger is, minted once and never changed (CONTRACTS 3). It names neither a path nor a
 * port: the folder can be moved.
 */
export type LedgerIdentity = {
  readonly format: 1;
  readonly origin: string;
  readonly created: Instant;
  readonly entriesPublic: boolean;
  /** The key that the log was opened with, as a verifier key; null until it was opened. */
  readonly logKey: string | null;
};

/** The folder, and what the settings put into it or find there. */
export type FolderSettings = Pick<Configuration, 'dataFolder' | 'securityLog' | 'log'>;

const format = 1;

/** The folder LEDGER_DATA: its identity, its one-time token, and where each part lives. */
export class LedgerFolder {
  readonly path: string;
  private known: LedgerIdentity;

  private constructor(path: string, identity: LedgerIdentity) {
    this.path = path;
    this.known = identity;
  }

  get identity(): LedgerIdentity {
    return this.known;
  }

  /**
   * Makes the folder where it is absent, for its owner's eyes only. Throws ConfigurationMistake
   * where it cannot, and where what is in it is somebody else's: a ledger that is begun between the
   * files of another program is backed up, moved and deleted with them.
   */
  static async make(settings: FolderSettings): Promise<void> {
    const { dataFolder: path } = settings;
    let found: readonly string[];
    try {
      if (await makeDurableFolder(path)) await chmod(path, 0o700);
      found = await readdir(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ConfigurationMistake([`LEDGER_DATA "${path}" cannot be made or opened (${code}).`]);
    }
    const expected = namedIn(settings);
    const foreign = found.filter((name) => !ofFirstStart.test(name) && !expected.has(name));
    if (found.includes('ledger.json') || foreign.length === 0) return;
    const some = foreign.sort().slice(0, 3).join(', ');
    const more = foreign.length > 3 ? ', ...' : '';
    throw new ConfigurationMistake([
      `LEDGER_DATA "${path}" holds other things (${some}${more}) and no ledger.json; ` +
        'name an empty or a new folder.',
    ]);
  }

  /**
   * Opens the folder, or mints the ledger at the first start. The caller holds the lock of the
   * event store: of two first starts at once only one may mint. Throws ConfigurationMistake when
   * the operator asks for another origin or another openness than the ledger was born with:
   * signatures and receipts already out there carry the old ones.
   */
  static async open(configuration: Configuration, clock: Clock): Promise<LedgerFolder> {
    const path = configuration.dataFolder;
    const file = join(path, 'ledger.json');
    const text = await readIfPresent(file);
    if (text === undefined) {
      const identity: LedgerIdentity = {
        format,
        origin: configuration.origin ?? `ledger.invalid/${randomUUID()}`,
        created: clock.now(),
        entriesPublic: configuration.entriesPublic ?? false,
        logKey: null,
      };
      // The token first: a ledger that exists without one counts as bootstrapped already.
      await writeDurably(
        join(path, 'bootstrap-token'),
        `${randomBytes(32).toString('base64url')}\n`,
      );
      await writeDurably(file, identityText(identity));
      return new LedgerFolder(path, identity);
    }
    const identity = readIdentity(text, file);
    const mistakes: string[] = [];
    if (configuration.origin !== null && configuration.origin !== identity.origin) {
      mistakes.push(
        `LEDGER_ORIGIN is "${configuration.origin}", but this ledger was opened as ` +
          `"${identity.origin}" and keeps that name; leave ` +
          `the variable out or use that folder's own.`,
      );
    }
    const { entriesPublic } = configuration;
    if (entriesPublic !== null && entriesPublic !== identity.entriesPublic) {
      mistakes.push(
        `LEDGER_ENTRIES_PUBLIC is ${entriesPublic}, but this ledger was opened with ` +
          `${identity.entriesPublic}; it is chosen once, at the first start.`,
      );
    }
    if (mistakes.length > 0) throw new ConfigurationMistake(mistakes);
    return new LedgerFolder(path, identity);
  }

  /** Folders of the parts, below this one. */
  partFolder(part: 'pglite' | 'blobs' | 'uploads' | 'log'): string {
    return join(this.path, part);
  }

  /** Where the log's key is made at the first start, unless the operator names another. */
  get logKeyFile(): string {
    return join(this.path, 'keys', 'log.key');
  }

  /** Remembers what the log was opened with, once: another event store is known by it. */
  async keepLogKey(logKey: string): Promise<void> {
    if (this.known.logKey !== null) throw new TypeError('the key of the log is known already');
    const identity = { ...this.known, logKey };
    await writeDurably(join(this.path, 'ledger.json'), identityText(identity));
    this.known = identity;
  }

  /** True until the one-time token was used. */
  async awaitsBootstrap(): Promise<boolean> {
    return (await readIfPresent(join(this.path, 'bootstrap-token'))) !== undefined;
  }

  /**
   * Whether this is the one-time token. Digests of equal length are compared, so neither the time
   * nor the length of the answer tells anything about the right one.
   */
  async isBootstrapToken(offered: string): Promise<boolean> {
    const kept = await readIfPresent(join(this.path, 'bootstrap-token'));
    if (kept === undefined) return false;
    const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
    return timingSafeEqual(digest(kept.trim()), digest(offered));
  }

  /** Forgets the token. Called after the first people were recorded, never before. */
  async spendBootstrapToken(): Promise<void> {
    await rm(join(this.path, 'bootstrap-token'), { force: true });
    await syncFolder(this.path);
  }
}

/**
 * What a first start that was cut off leaves before there is a ledger.json, what a volume has at
 * its root, and the folder of keys that an operator has laid there.
 */
const ofFirstStart =
  /^(?:bootstrap-token|bootstrap-token\.new|ledger\.json\.new|events\.db.*|keys|lost\+found)$/;

/** Names in the folder that hold, or lead to, files that settings name. */
function namedIn({ dataFolder, securityLog, log }: FolderSettings): ReadonlySet<string> {
  const files = [securityLog, log.witnessesFile, ...(log.keyFiles ?? [])];
  return new Set(
    files.flatMap((file) =>
      file === null ? [] : (relative(dataFolder, file).split(sep)[0] ?? []),
    ),
  );
}

function readIdentity(text: string, file: string): LedgerIdentity {
  const broken = (why: string) => new ConfigurationMistake([`${file} ${why}.`]);
  let value: Partial<Record<keyof LedgerIdentity, unknown>>;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    throw broken('is not JSON');
  }
  if (value.format !== format) throw broken(`has a format that this version does not know`);
  // A ledger from before there was a log has none.
  const { origin, entriesPublic, logKey = null } = value;
  const created = parseInstant(value.created);
  if (typeof origin !== 'string' || typeof entriesPublic !== 'boolean' || created === undefined) {
    throw broken('lacks its origin, its day of birth or who may read the entries');
  }
  if (logKey !== null && typeof logKey !== 'string') throw broken('names no key of its log');
  return { format, origin, created, entriesPublic, logKey };
}

/** Without the key while there is none: the form in which such a file has always been. */
function identityText({ logKey, ...born }: LedgerIdentity): string {
  return `${jsonText(logKey === null ? born : { ...born, logKey }, 2)}\n`;
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** All or nothing, also when the power fails: beside, synced, renamed, folder synced. */
async function writeDurably(file: string, text: string): Promise<void> {
  const beside = `${file}.new`;
  const handle = await open(beside, 'w', 0o600);
  try {
    await handle.writeFile(text, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
  await syncFolder(dirname(file));
}
