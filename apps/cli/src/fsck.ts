import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '#tlog';
import type { Policy } from '#tlog';
import { exitCodeOf, fsck, HttpLogSource, LogClaims } from '#verification';
import type { FsckReport, LogSource, Verdict } from '#verification';
import { FolderLogSource } from '#verification/node';
import { CopyingLogSource } from './copying-log-source.ts';
import { openStores } from './fsck-parts.ts';
import { judgeStores, nothingCompared } from './fsck-stores.ts';
import type { Compared } from './fsck-stores.ts';
import { PolicyUnusable, readNamed, readPolicy } from './judge-files.ts';
import { showFindings, showVerdict } from './judge-report.ts';
import type { EvidenceBucket, PartSettings } from './part-settings.ts';
import { ProgressBar } from './progress-bar.ts';
import type { Say, Terminal } from './terminal.ts';

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
  const isCompared =
    !options.hashes && !options.logOnly && (ledger !== undefined || options.stores);
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
  if (options.json) terminal.json({ ...report, compared });
  else show(terminal, report, compared);
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
  if (!made.ok) throw new PolicyUnusable('--key: neither a verifier key nor a file that holds one');
  return made.value;
}

/** Key ids stand in the middle of a verifier key (c2sp.org/signed-note). */
function unanchoredSay({ keys }: FsckReport): Say {
  const ids = keys.map((key) => key.split('+')[1]).join(', ');
  return {
    vi: `ĐÚNG, NHƯNG CHƯA NEO: theo khóa ${ids} do chính nhật ký đưa ra`,
    en: `SOUND, UNANCHORED: by key ${ids}, which came from the log itself`,
  };
}

const verdictSays: Readonly<Record<Exclude<Verdict, 'sound-unanchored'>, Say>> = {
  sound: { vi: 'ĐÚNG: nhật ký toàn vẹn', en: 'SOUND: the log is whole' },
  unsound: { vi: 'SAI: nhật ký đã bị thay đổi', en: 'UNSOUND: the log was altered' },
  unknown: { vi: 'CHƯA KẾT LUẬN ĐƯỢC', en: 'COULD NOT TELL' },
};

function show(terminal: Terminal, report: FsckReport, compared: Compared): void {
  const { verdict, anchored, findings, counts, firstBadEntry, origin, size, root } = report;
  showVerdict(terminal, verdict, { ...verdictSays, 'sound-unanchored': unanchoredSay(report) });
  if (!anchored && report.keys.length > 0) {
    for (const key of report.keys) terminal.line(`  ${key}`);
    const advice = {
      vi: '  Muốn chắc chắn, hãy dùng khóa nhận được từ nơi khác: --key hoặc --policy.',
      en: '  To be sure, use a key that you had from elsewhere: --key or --policy.',
    };
    terminal.line(terminal.text(advice));
  }
  if (firstBadEntry !== undefined) {
    terminal.line(terminal.text({ vi: '  Bản ghi sai đầu tiên:', en: '  The first bad entry:' }));
    showFindings(terminal, [firstBadEntry]);
  }
  showFindings(
    terminal,
    findings.filter((one) => one !== firstBadEntry),
  );
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (all > findings.length) {
    const more = String(all - findings.length);
    terminal.line(`  … ${terminal.text({ vi: `và ${more} nữa`, en: `and ${more} more` })}`);
  }
  if (size === undefined) return;
  const head = {
    vi: `  ${origin}: ${size} bản ghi, ${report.streams} luồng, gốc ${root}`,
    en: `  ${origin}: ${size} entries, ${report.streams} streams, root ${root}`,
  };
  terminal.line(terminal.text(head));
  for (const { name, time } of report.witnesses) {
    terminal.line(`  ${terminal.text({ vi: 'chứng kiến', en: 'witness' })} ${name}, ${time}`);
  }
  for (const [name, say] of Object.entries(comparedSays)) {
    if (compared[name as keyof Compared]) terminal.line(`  ${terminal.text(say)}`);
  }
}

const comparedSays: Readonly<Record<keyof Compared, Say>> = {
  eventStore: {
    vi: 'Kho sự kiện đã được đối chiếu với nhật ký.',
    en: 'The event store was held against the log.',
  },
  readModels: {
    vi: 'Các bảng đọc đã được đối chiếu với các sự kiện.',
    en: 'The read models were held against the events.',
  },
  register: {
    vi: 'Sổ thông tin cá nhân đã được đối chiếu với các cam kết băm trong nhật ký.',
    en: 'The register of persons was held against the commitments in the log.',
  },
  evidence: {
    vi: 'Các tệp minh chứng đã được băm lại và đối chiếu với nhật ký.',
    en: 'The files of evidence were hashed anew and held against the log.',
  },
};
