import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '#tlog';
import type { Policy } from '#tlog';
import { exitCodeOf, fsck, HttpLogSource, LogClaims } from '#verification';
import type { FsckReport, LogSource } from '#verification';
import { FolderLogSource } from '#verification/node';
import { CopyingLogSource } from './copying-log-source.ts';
import { openStores } from './fsck-parts.ts';
import { comparedParts, showReport } from './fsck-report.ts';
import type { LeftOut } from './fsck-report.ts';
import { judgeStores, nothingCompared } from './fsck-stores.ts';
import { PolicyUnusable, readNamed, readPolicy } from './judge-files.ts';
import type { EvidenceBucket, PartSettings } from './part-settings.ts';
import { ProgressBar } from './progress-bar.ts';
import type { Terminal } from './terminal.ts';

export type FsckVerbOptions = {
  readonly policy?: string;
  readonly key?: string;
  readonly since?: string;
  readonly tokenFile?: string;
  /** Signature, hashes, tiles and root only. */
  readonly hashes: boolean;
  /** Leaves out whatever a ledger's folder has beside the log. */
  readonly logOnly: boolean;
  /** False leaves out the files of evidence, of which there may be terabytes. */
  readonly evidence: boolean;
  /** Holds the stores that the environment names against a log that is read from elsewhere. */
  readonly stores: boolean;
  /** An empty or absent folder, which gets every file that was read: a log for other tools. */
  readonly copyTo?: string;
  /** Sound by keys of its own is not enough: exit 2 (CONTRACTS 8). */
  readonly requireTrust: boolean;
  readonly json: boolean;
};

export type FsckSettings = PartSettings & { readonly evidenceBucket: EvidenceBucket | undefined };

/**
 * `ledger fsck`: a whole log, from an address (`http://host/log`), a folder of tiles, or the folder
 * of a ledger, whose event store, read models, register of persons and files of evidence are then
 * held against it. Answers the exit code of CONTRACTS 6. Throws FileUnreadable, PolicyUnusable,
 * ServerRuns, NoLedger.
 */
export async function runFsck(
  terminal: Terminal,
  where: string,
  options: FsckVerbOptions,
  settings: FsckSettings,
): Promise<0 | 1 | 2> {
  const bar = new ProgressBar(process.stderr);
  const onProgress = (entries: number, size: number) => bar.show(entries, size);
  const onBytes = (bytes: number, all: number) =>
    bar.show(mebibytes(bytes), mebibytes(all), ' MiB');
  const { source: read, ledger } = await placeOf(where, options);
  const { copyTo } = options;
  const source = copyTo === undefined ? read : await CopyingLogSource.into(copyTo, read);
  const policy = await policyOf(options);
  const since = options.since === undefined ? undefined : await readNamed(options.since);
  const isWhole = ledger !== undefined || options.stores;
  const isCompared = !options.hashes && !options.logOnly && isWhole;
  // Before the long walk: whoever forgot to stop the server hears of it at once.
  const stores = isCompared ? await openStores(ledger, settings) : undefined;
  let report: FsckReport;
  let compared = nothingCompared;
  const claims = new LogClaims();
  try {
    report = await fsck({
      source,
      onProgress,
      depth: options.hashes ? 'hashes' : 'entries',
      ...(policy !== undefined && { policy }),
      ...(since !== undefined && { since }),
      ...(stores !== undefined && { claims }),
    });
    if (stores !== undefined) {
      const { evidenceBucket: bucket } = settings;
      const evidence = options.evidence
        ? { bucket, folder: ledger, onProgress: onBytes }
        : undefined;
      const comparison = { source, stores, claims, evidence, onProgress };
      ({ report, compared } = await judgeStores(report, comparison));
    }
  } finally {
    bar.clear();
    await stores?.close();
  }
  const leftOut = isWhole ? leftOutBy(options) : [];
  if (options.json)
    terminal.json({ ...report, compared, leftOut: leftOut.map(({ part }) => part) });
  else
    showReport(terminal, {
      report,
      compared,
      leftOut,
      where,
      isWhole,
      isHashesOnly: options.hashes,
    });
  const isTrustMissing = options.requireTrust && report.verdict === 'sound-unanchored';
  return isTrustMissing ? 2 : exitCodeOf[report.verdict];
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 1_048_576);
}

/** A ledger's folder holds its log in `log/`. */
async function placeOf(
  where: string,
  { tokenFile }: FsckVerbOptions,
): Promise<{ readonly source: LogSource; readonly ledger: string | undefined }> {
  if (/^https?:\/\//.test(where)) {
    const token =
      tokenFile === undefined ? '' : new TextDecoder().decode(await readNamed(tokenFile)).trim();
    const source = new HttpLogSource({ url: where, ...(token !== '' && { bearerToken: token }) });
    return { source, ledger: undefined };
  }
  const isLedger = existsSync(join(where, 'ledger.json'));
  const source = new FolderLogSource(isLedger ? join(where, 'log') : where);
  return { source, ledger: isLedger ? where : undefined };
}

/** A policy that the auditor has, or one that asks for the signature of one key and no witness. */
async function policyOf({ policy, key }: FsckVerbOptions): Promise<Policy | undefined> {
  if (policy !== undefined) return readPolicy(policy);
  if (key === undefined) return undefined;
  const isFile = existsSync(key);
  const text = isFile ? new TextDecoder().decode(await readNamed(key)).trim() : key;
  const made = parsePolicy(new TextEncoder().encode(`log ${text}\nquorum none\n`));
  if (made.ok) return made.value;
  if (!isFile)
    throw new PolicyUnusable(`--key: ${key} is no verifier key, and no such file is there`);
  const isPolicy = parsePolicy(new TextEncoder().encode(`${text}\n`)).ok;
  throw new PolicyUnusable(
    isPolicy
      ? `--key: ${key} is a policy: --policy takes it`
      : `--key: ${key} holds no verifier key`,
  );
}

/** Which of what lies beside a log was not asked for, and by which option. */
function leftOutBy({ hashes, logOnly, evidence }: FsckVerbOptions): readonly LeftOut[] {
  const all = (option: string) => comparedParts.map((part) => ({ part, option }));
  if (hashes) return all('--hashes');
  if (logOnly) return all('--log-only');
  return evidence ? [] : [{ part: 'evidence', option: '--no-evidence' }];
}
