import { areEqual, base64, emptyRoot, formatVerifierKey } from '#tlog';
import { hashInTile, leafHash, tileWidth } from '#tlog';
import type { Checkpoint, Policy } from '#tlog';
import { judgeSignatures, openCheckpoint } from './checkpoint-check.ts';
import type { Cosigner, OpenedCheckpoint } from './checkpoint-check.ts';
import { EntryFold } from './entry-fold.ts';
import type { FindingCode } from './finding-texts.ts';
import { FindingList } from './findings.ts';
import type { Finding, Place, Verdict } from './findings.ts';
import { SourceUnavailable } from './log-source.ts';
import type { LogClaims } from './log-claims.ts';
import type { LogSource } from './log-source.ts';
import { isSame } from './leaf-tile.ts';
import { checkLooseFiles } from './loose-files.ts';
import { TreeCheck } from './tree-check.ts';

export type FsckOptions = {
  readonly source: LogSource;
  /** Whose signatures the auditor wants to see; without it the keys come from the log itself. */
  readonly policy?: Policy;
  /** A checkpoint that the auditor kept: the log must begin as it says. */
  readonly since?: Uint8Array;
  /** `hashes` leaves unread what the entries say. */
  readonly depth?: 'hashes' | 'entries';
  /** Findings kept of each severity; all are counted. */
  readonly keptMax?: number;
  readonly onProgress?: (entries: number, size: number) => void;
  /** Gathers what the proven entries say of files and people; nothing where no root is proven. */
  readonly claims?: LogClaims;
};

export type FsckReport = {
  readonly verdict: Verdict;
  readonly anchored: boolean;
  readonly origin: string | undefined;
  readonly size: number | undefined;
  /** Base64, as in the checkpoint. */
  readonly root: string | undefined;
  /** Verifier keys of the log as its entries tell, those that sign now. */
  readonly keys: readonly string[];
  readonly witnesses: readonly Cosigner[];
  /** The earlier checkpoint that was handed in, and whether the log continues it; undefined without. */
  readonly since:
    { readonly size: number; readonly root: string; readonly continued: boolean } | undefined;
  readonly entries: number;
  readonly streams: number;
  readonly firstBadEntry: Finding | undefined;
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<string, number>>;
};

/**
 * Checks a whole log: signatures of its checkpoint, every entry, every tile, the root, and what the
 * entries say of each other and of the log. Reads it once, in order; memory does not grow with it,
 * but for what {@link EntryFold} keeps. Never throws at bad input.
 */
export async function fsck(options: FsckOptions): Promise<FsckReport> {
  const run = new Fsck(options);
  try {
    await run.check();
  } catch (error) {
    if (!(error instanceof SourceUnavailable)) throw error;
    run.findings.add('log/unreachable', { detail: error.message });
  }
  return run.report();
}

const witnessCodes: ReadonlySet<FindingCode> = new Set([
  'log/quorum-missing',
  'log/witness-signature-invalid',
]);

const logSignatureCodes: ReadonlySet<FindingCode> = new Set([
  'log/origin-differs',
  'log/signature-missing',
  'log/signature-invalid',
]);

const contradictions = ['log/forked', 'log/rolled-back', 'log/earlier-unusable'] as const;

class Fsck {
  readonly findings: FindingList;
  private readonly options: FsckOptions;
  private readonly fold: EntryFold;
  private opened: OpenedCheckpoint | undefined;
  private since: FsckReport['since'];
  private entries = 0;

  constructor(options: FsckOptions) {
    this.options = options;
    this.findings = new FindingList(options.keptMax);
    this.fold = new EntryFold(this.findings);
  }

  async check(): Promise<void> {
    const { source, policy, since } = this.options;
    const bytes = await source.read('checkpoint');
    if (bytes === undefined) return this.reportAbsence();
    this.opened = openCheckpoint(bytes, policy, this.findings);
    if (this.opened === undefined) return;
    const { checkpoint } = this.opened;
    if (this.isOfAnybody()) {
      this.findings.add('log/entries-unread');
      return;
    }
    const earlier = since === undefined ? undefined : this.openEarlier(since, checkpoint);
    if (earlier !== undefined && policy !== undefined) this.judgeSize(earlier, checkpoint);
    const tree = new TreeCheck(source, checkpoint, earlier?.checkpoint, this.findings);
    const areEntriesRead = await this.walk(tree, checkpoint);
    if (tree.isProven) this.options.claims?.settle(checkpoint.size);
    if (areEntriesRead) this.judgeKeys(this.opened);
    else if (policy === undefined) this.findings.add('log/keys-unread');
    if (earlier !== undefined) {
      this.judgeEarlier(earlier, checkpoint, tree.fork);
      const { size, root } = earlier.checkpoint;
      const isContradicted = contradictions.some((code) => this.findings.counts()[code]);
      const continued = tree.isProven && !isContradicted;
      this.since = { size, root: base64(root), continued };
    }
    // Last: whatever lies beside the tiles keeps nothing else from being said.
    await checkLooseFiles(source, checkpoint.size, this.findings);
  }

  report(): FsckReport {
    const { findings, fold, opened } = this;
    const anchored = this.options.policy !== undefined;
    return {
      verdict: findings.verdict(anchored),
      anchored,
      origin: opened?.checkpoint.origin,
      size: opened?.checkpoint.size,
      root: opened === undefined ? undefined : base64(opened.checkpoint.root),
      keys: fold.keys.active.map(formatVerifierKey),
      witnesses: opened?.witnesses ?? [],
      since: this.since,
      entries: this.entries,
      streams: fold.streamCount,
      firstBadEntry: findings.firstBadEntry,
      findings: findings.findings,
      counts: findings.counts(),
    };
  }

  /**
   * Nobody whom the auditor knows vouches for the size, and nothing else bounds what a server may go on
   * giving for it. What a folder holds ends by itself, and tells more of what was done to it.
   */
  private isOfAnybody(): boolean {
    const { source, policy } = this.options;
    const isSigned = !this.findings.findings.some(({ code }) => logSignatureCodes.has(code));
    return policy !== undefined && !isSigned && source.list() === undefined;
  }

  /** Tiles without a checkpoint are a log that lost it; nothing at all is no log. */
  private async reportAbsence(): Promise<void> {
    for await (const path of this.options.source.list() ?? []) {
      this.findings.add('log/checkpoint-missing', { path });
      return;
    }
    this.findings.add('log/nothing-there');
  }

  /** The earlier checkpoint, signed by the policy's log; without a policy that is judged at the end. */
  private openEarlier(bytes: Uint8Array, now: Checkpoint): OpenedCheckpoint | undefined {
    const { policy } = this.options;
    const list = new FindingList();
    const opened = openCheckpoint(bytes, policy, list);
    // Witnesses are asked for what is published now; the auditor may have kept a bare head.
    const fault = list.findings.find(({ code }) => !witnessCodes.has(code));
    if (opened === undefined || fault !== undefined || opened.checkpoint.origin !== now.origin) {
      const detail = fault?.code ?? opened?.checkpoint.origin ?? '';
      this.findings.add('log/earlier-unusable', { detail });
      return undefined;
    }
    return opened;
  }

  private judgeSize({ checkpoint: { size } }: OpenedCheckpoint, now: Checkpoint): void {
    if (size <= now.size) return;
    this.findings.add('log/rolled-back', { expected: String(size), found: String(now.size) });
  }

  /** Without a policy nobody is accused before a key of the log is seen under the earlier checkpoint. */
  private judgeEarlier(earlier: OpenedCheckpoint, now: Checkpoint, fork: Place | undefined): void {
    if (this.options.policy === undefined) {
      if (!this.fold.keys.hasSigned(earlier.note)) {
        this.findings.add('log/earlier-unusable', { detail: 'log/signature-missing' });
        return;
      }
      this.judgeSize(earlier, now);
    }
    if (fork !== undefined) this.findings.add('log/forked', fork);
  }

  /** One pass over bundles and tiles. True if every bundle could be looked into. */
  private async walk(tree: TreeCheck, { size }: Checkpoint): Promise<boolean> {
    const { depth = 'entries', onProgress } = this.options;
    let areEntriesRead = depth === 'entries';
    for await (const { index, width, bundle, split, proving } of tree.leafTiles()) {
      if (bundle === undefined || split?.fault !== undefined) areEntriesRead = false;
      if (bundle === undefined || split === undefined) {
        this.fold.skip();
      } else if (depth === 'entries') {
        for (let at = 0; at < split.count; at += 1) {
          const end = (split.starts[at + 1] as number) - 2;
          const entry = bundle.subarray(split.starts[at], end);
          const work = this.fold.fold(entry, index * tileWidth + at);
          if (work !== undefined) await work;
          this.claim(entry, index * tileWidth + at, proving);
        }
        if (split.fault !== undefined) this.fold.skip();
      }
      this.entries += split?.count ?? 0;
      onProgress?.(index * tileWidth + width, size);
    }
    return areEntriesRead;
  }

  private claim(bytes: Uint8Array, index: number, proving: Uint8Array | undefined): void {
    const { claims } = this.options;
    const { folded } = this.fold;
    if (claims === undefined || folded === undefined || proving === undefined) return;
    const hash = hashInTile(proving, index % tileWidth);
    if (areEqual(leafHash(bytes), hash)) claims.take(folded, index);
  }

  private judgeKeys(opened: OpenedCheckpoint): void {
    const { keys } = this.fold;
    const { origin } = opened.checkpoint;
    if (!keys.isOpen) this.findings.add('log/opening-missing');
    const expected = [keys.origin, keys.name].find((one) => one !== undefined && one !== origin);
    if (expected !== undefined)
      this.findings.add('log/opening-differs', { expected, found: origin });
    judgeSignatures(opened, this.options.policy, keys, this.findings);
  }
}

/** What a source tells now is not what it told when the log was judged. */
export class EntriesChanged extends Error {}

/**
 * The entries of a log in their order, as they are: undefined for those that cannot be read. For whoever
 * compares them with another account of the same acts. `root` is that of a log found sound: throws
 * EntriesChanged behind the last entry if what was given now is not, to the byte, what was proven then.
 * `unproven` takes, before it is given, the index of an entry that is not the one of the tree, and the
 * hash of that one.
 */
export async function* readEntries(
  source: LogSource,
  size: number,
  root?: Uint8Array,
  unproven?: Map<number, Uint8Array>,
): AsyncGenerator<Uint8Array | undefined> {
  const checkpoint = { origin: '', size, root: root ?? emptyRoot, extensions: [] };
  const findings = new FindingList(0);
  const tree = new TreeCheck(source, checkpoint, undefined, findings);
  for await (const { index, width, bundle, split, made, proving } of tree.leafTiles()) {
    const isOfTree = made === proving || (made && proving && isSame(made, proving));
    for (let at = 0; at < width; at += 1) {
      const isThere = bundle !== undefined && split !== undefined && at < split.count;
      if (!isOfTree && made !== undefined && proving !== undefined && isThere) {
        const hash = hashInTile(proving, at);
        if (!areEqual(hashInTile(made, at), hash)) unproven?.set(index * tileWidth + at, hash);
      }
      yield isThere
        ? bundle.subarray(split.starts[at], (split.starts[at + 1] as number) - 2)
        : undefined;
    }
  }
  const isAsProven = tree.isProven && findings.count('fault') + findings.count('unknown') === 0;
  if (root !== undefined && !isAsProven) throw new EntriesChanged();
}
