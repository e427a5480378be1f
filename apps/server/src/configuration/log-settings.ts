import { resolve } from 'node:path';
import type { Environment } from './secret-files.ts';

export const profiles = ['development', 'production'] as const;
export type Profile = (typeof profiles)[number];

/** What the operator decides about the transparency log. */
export type LogSettings = {
  readonly profile: Profile;
  /** Absolute names of the key files, the signing ones; null for the one made in LEDGER_DATA. */
  readonly keyFiles: readonly string[] | null;
  /** Keys that sign no longer from this start on: 8 hex digits of the key id, and why. */
  readonly retired: readonly RetiredKey[];
  /** File with the `witness`, `group` and `quorum` lines of a tlog-policy, or null for no quorum. */
  readonly witnessesFile: string | null;
  /** Bucket for tiles, at the server that holds the evidence; null for the folder. */
  readonly tilesBucket: string | null;
};

export type RetiredKey = { readonly keyId: string; readonly reason: string };

export const logVariables = [
  'LEDGER_PROFILE',
  'LEDGER_LOG_KEYS',
  'LEDGER_LOG_KEYS_RETIRED',
  'LEDGER_LOG_FILE_KEY_ACCEPTED',
  'LEDGER_LOG_TILES_BUCKET',
  'LEDGER_WITNESSES',
] as const;

/** Of `apps/witness`, which has an environment of its own: known here so that nobody is warned. */
export const witnessVariables = [
  'LEDGER_WITNESS_DATA',
  'LEDGER_WITNESS_NAME',
  'LEDGER_WITNESS_HOST',
  'LEDGER_WITNESS_PORT',
  'LEDGER_WITNESS_LOGS',
] as const;

/** Adds one sentence to `mistakes` for each setting that cannot be understood. */
export function readLogSettings(
  environment: Environment,
  workingFolder: string,
  mistakes: string[],
): LogSettings {
  const textOf = (name: (typeof logVariables)[number]) => environment[name] || undefined;
  const file = (name: string) => resolve(workingFolder, name);
  const profile = profiles.find((one) => one === (textOf('LEDGER_PROFILE') ?? 'development'));
  if (profile === undefined) mistakes.push('LEDGER_PROFILE must be development or production.');
  const keyFiles =
    textOf('LEDGER_LOG_KEYS')
      ?.split(',')
      .map((name) => name.trim()) ?? null;
  if (keyFiles?.includes('') === true || new Set(keyFiles).size !== (keyFiles?.length ?? 0)) {
    mistakes.push('LEDGER_LOG_KEYS must be names of files separated by commas, each once.');
  }
  checkFileKey(profile, textOf('LEDGER_LOG_FILE_KEY_ACCEPTED'), mistakes);
  const tilesBucket = textOf('LEDGER_LOG_TILES_BUCKET') ?? null;
  if (tilesBucket !== null && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(tilesBucket)) {
    mistakes.push(`LEDGER_LOG_TILES_BUCKET must be the name of a bucket, but is "${tilesBucket}".`);
  }
  const blobsUrl = environment['LEDGER_BLOBS_URL'] ?? '';
  if (tilesBucket !== null && blobsUrl === '') {
    mistakes.push('LEDGER_LOG_TILES_BUCKET lies where LEDGER_BLOBS_URL says, which is missing.');
  }
  // What is written there once is kept for years, and a checkpoint is written every second.
  if (tilesBucket !== null && blobsUrl.endsWith(`/${tilesBucket}`)) {
    mistakes.push('LEDGER_LOG_TILES_BUCKET must be another bucket than that of the evidence.');
  }
  const witnesses = textOf('LEDGER_WITNESSES');
  return {
    profile: profile ?? 'development',
    keyFiles: keyFiles?.map(file) ?? null,
    retired: readRetired(textOf('LEDGER_LOG_KEYS_RETIRED') ?? '', mistakes),
    witnessesFile: witnesses === undefined ? null : file(witnesses),
    tilesBucket,
  };
}

/**
 * Whoever can read a file can sign with it for ever after. In production that is somebody's
 * decision, to be stated and not to be slipped into.
 */
function checkFileKey(
  profile: Profile | undefined,
  accepted: string | undefined,
  mistakes: string[],
): void {
  if (accepted !== undefined && accepted !== 'true' && accepted !== 'false') {
    mistakes.push(`LEDGER_LOG_FILE_KEY_ACCEPTED must be true or false, but is "${accepted}".`);
  }
  if (profile !== 'production' || accepted === 'true') return;
  mistakes.push(
    "LEDGER_PROFILE is production and the log's key would lie in a file, which whoever reads the " +
      'disk can copy; set LEDGER_LOG_FILE_KEY_ACCEPTED=true if that is accepted.',
  );
}

/** `1a2b3c4d: the old token was returned; 5e6f7081: ...` */
function readRetired(text: string, mistakes: string[]): RetiredKey[] {
  return text
    .split(';')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')
    .flatMap((piece) => {
      const [, keyId, reason] = /^([0-9a-f]{8}):\s*(\S.*)$/.exec(piece) ?? [];
      const isRead = keyId !== undefined && reason !== undefined;
      if (isRead && reason.normalize('NFC') === reason) return [{ keyId, reason }];
      mistakes.push(
        'LEDGER_LOG_KEYS_RETIRED must be key ids of 8 hex digits with a reason, as in ' +
          `"1a2b3c4d: the token was returned", but has "${piece}".`,
      );
      return [];
    });
}
