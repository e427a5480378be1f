import { areEqual, base64, emptyRoot, hashBytes, hashCountAt, hashInTile } from '#tlog';
import { tilePath, tileWidth } from '#tlog';
import type { Checkpoint, TileName } from '#tlog';
import type { FindingList, Place } from './findings.ts';
import { checkLeafTile, describing, firstDifference } from './leaf-tile.ts';
import { reportEntries, reportTile } from './leaf-tile.ts';
import type { CheckedLeafTile } from './leaf-tile.ts';
import { readTile, SourceUnavailable } from './log-source.ts';
import type { LogSource } from './log-source.ts';
import { perfectRootOf, RunningTree } from './running-tree.ts';
import type { MadeTile, SplitBundle } from './running-tree.ts';

/** A leaf tile after its hashes were checked, with the entries to look into. */
export type WalkedTile = {
  readonly index: number;
  readonly width: number;
  readonly bundle: Uint8Array | undefined;
  readonly split: SplitBundle | undefined;
  /** Hashes of the entries as they are. */
  readonly made: Uint8Array | undefined;
  /** An entry with another hash than here is not proven, whatever the root comes to. */
  readonly proving: Uint8Array | undefined;
};

/** So many leaf tiles without a trace are no damage but another log, or none. */
const missingRunMax = 64;

type Fetched = {
  readonly bundle: Uint8Array | 'closed' | undefined;
  readonly tile: Uint8Array | undefined;
};

/**
 * Makes the tree anew from the entries, left to right, and compares every tile of every level with the
 * stored one. Of each level one tile is held, and as many bundles as are read ahead.
 */
export class TreeCheck {
  private readonly source: LogSource;
  private readonly checkpoint: Checkpoint;
  private readonly earlier: Checkpoint | undefined;
  private readonly findings: FindingList;
  private readonly tree = new RunningTree();
  /** Roots at the size of the earlier checkpoint: by what was gone on with, and by the stored tile. */
  private readonly earlierRoots: { ofEntries?: Uint8Array; ofTile?: Uint8Array } = {};
  private contradiction: Place | undefined;
  private isClosed = false;
  private hasHole = false;
  private missingRun = 0;
  private isSigned = false;

  constructor(
    source: LogSource,
    checkpoint: Checkpoint,
    earlier: Checkpoint | undefined,
    findings: FindingList,
  ) {
    this.source = source;
    this.checkpoint = checkpoint;
    this.earlier = earlier;
    this.findings = findings;
  }

  /**
   * How the log contradicts the earlier checkpoint; undefined if it does not. Only said where the
   * tree in hand is the one that was signed: else storage was damaged, which convicts no key.
   */
  get fork(): Place | undefined {
    return this.contradiction;
  }

  /** After the last leaf tile: whether the hashes that prove entries make the signed root. */
  get isProven(): boolean {
    return this.isSigned;
  }

  /** Gives each leaf tile once its hashes were checked. The root is judged after the last. */
  async *leafTiles(): AsyncGenerator<WalkedTile> {
    let last: LastTile | undefined;
    for await (const { index, width, bundle, tile } of this.fetched()) {
      const parts = { index, width, bundle, tile };
      const checked = await checkLeafTile(parts, (at) => this.parentHash(at), this.findings);
      const entries = typeof bundle === 'object' ? bundle : undefined;
      this.noteEarlier(index, width, checked);
      if (width < tileWidth) last = { ...checked, index, bundle: entries };
      else await this.pushFull(index, checked);
      const proving = checked.undecided?.ofTile ?? checked.hashes;
      const { split, made } = checked;
      yield { index, width, bundle: entries, split, made, proving };
      this.missingRun = checked.hashes === undefined ? this.missingRun + 1 : 0;
      if (this.missingRun < missingRunMax) continue;
      this.findings.add('log/gap-too-wide', { index: (index + 1) * tileWidth });
      return;
    }
    for (const made of this.tree.unfinished()) await this.compare(made);
    const signedBy = this.judgeRoot(last);
    this.isSigned = signedBy !== undefined;
    this.judgeEarlier(signedBy);
  }

  private async pushFull(index: number, { hashes, undecided }: CheckedLeafTile): Promise<void> {
    if (undecided !== undefined) {
      const { ofTile, ofEntries } = undecided;
      reportEntries(index, ofTile, ofEntries, this.findings, { code: 'log/entry-or-tile-differs' });
    }
    let root = hashes === undefined ? await this.parentHash(index) : undefined;
    if (hashes !== undefined) root = perfectRootOf(hashes, 0, tileWidth);
    if (root === undefined) this.hasHole = true;
    for (const made of this.tree.push(root ?? new Uint8Array(hashBytes))) await this.compare(made);
  }

  /** Bundles and tiles in their order, some of them asked for ahead. */
  private async *fetched(): AsyncGenerator<TileName & Fetched> {
    const { size } = this.checkpoint;
    const ahead: (TileName & { readonly fetched: Promise<Fetched> })[] = [];
    let next = 0;
    for (;;) {
      while (ahead.length <= this.source.readAhead && next * tileWidth < size) {
        const width = Math.min(tileWidth, size - next * tileWidth);
        const name = { level: 0, index: next, width };
        const fetched = this.fetch(name);
        // Whoever awaits it hears of the failure; one behind an earlier failure nobody awaits.
        fetched.catch(() => undefined);
        ahead.push({ ...name, fetched });
        next += 1;
      }
      const first = ahead.shift();
      if (first === undefined) return;
      yield { ...first, ...(await first.fetched) };
    }
  }

  private async fetch({ index, width }: TileName): Promise<Fetched> {
    const [tile, bundle] = await Promise.all([
      readTile(this.source, { level: 0, index, width }),
      this.fetchBundle({ level: 'entries', index, width }),
    ]);
    return { tile, bundle };
  }

  private async fetchBundle(name: TileName): Promise<Fetched['bundle']> {
    if (this.isClosed) return 'closed';
    try {
      return await readTile(this.source, name);
    } catch (error) {
      if (!(error instanceof SourceUnavailable) || error.reason !== 'denied') throw error;
      if (!this.isClosed) this.findings.add('log/entries-closed', { detail: error.message });
      this.isClosed = true;
      return 'closed';
    }
  }

  private async parentHash(index: number): Promise<Uint8Array | undefined> {
    const parent = Math.floor(index / tileWidth);
    const count = hashCountAt(1, this.checkpoint.size);
    const width = Math.min(tileWidth, count - parent * tileWidth);
    const tile = await readTile(this.source, { level: 1, index: parent, width });
    return tile?.length === width * hashBytes ? hashInTile(tile, index % tileWidth) : undefined;
  }

  /** Holds the stored tile of a higher level against the one that was made. */
  private async compare({ level, index, width, hashes }: MadeTile): Promise<void> {
    const name = { level, index, width };
    const path = tilePath(name);
    const stored = await readTile(this.source, name);
    if (stored === undefined) {
      this.findings.add('log/tile-missing', { path });
      return;
    }
    if (stored.length !== hashes.length) {
      this.findings.add('log/tile-malformed', { path, detail: `${stored.length} bytes` });
      return;
    }
    const at = firstDifference(hashes, stored);
    // Above a hole there is nothing to compare with; the hole itself was reported.
    if (at === undefined || this.hasHole) return;
    this.findings.add('log/tile-differs', {
      path,
      detail: `hash ${at} of ${width}`,
      expected: base64(hashInTile(hashes, at)),
      found: base64(hashInTile(stored, at)),
    });
  }

  /**
   * The signed root has the last word; in a last tile that is not full, it also settles who errs. Says
   * whose hashes make the signed root; undefined if nobody's do.
   */
  private judgeRoot(last: LastTile | undefined): 'entries' | 'tile' | undefined {
    const leaves = last?.hashes ?? new Uint8Array(0);
    const made = this.rootOver(leaves);
    const isSigned = areEqual(made, this.checkpoint.root);
    if (last?.undecided !== undefined) {
      const { index, undecided, bundle, split } = last;
      const { ofEntries, ofTile } = undecided;
      const describe = bundle && split && describing(bundle, split);
      const isTileRight = areEqual(this.rootOver(ofTile), this.checkpoint.root);
      const code = isTileRight ? 'log/entry-differs' : 'log/entry-or-tile-differs';
      if (isSigned) {
        reportTile(index, ofTile.length / hashBytes, ofEntries, ofTile, this.findings);
      } else {
        reportEntries(index, ofTile, ofEntries, this.findings, {
          code,
          ...(describe && { describe }),
        });
      }
      if (isTileRight) return 'tile';
    }
    if (isSigned) return 'entries';
    const isLastMissing = last !== undefined && last.hashes === undefined;
    if (this.hasHole || isLastMissing) return undefined;
    const [expected, found] = [base64(this.checkpoint.root), base64(made)];
    this.findings.add('log/root-differs', { expected, found });
    return undefined;
  }

  private rootOver(leaves: Uint8Array): Uint8Array {
    return this.tree.rootWith(leaves, leaves.length / hashBytes) ?? emptyRoot;
  }

  /** The root at the size of the earlier checkpoint, when the walk comes past it. */
  private noteEarlier(index: number, width: number, checked: CheckedLeafTile): void {
    const inTile = (this.earlier?.size ?? 0) - index * tileWidth;
    if (inTile <= 0 || inTile > width) return;
    const rootOver = (hashes: Uint8Array) => this.rootOver(hashes.subarray(0, inTile * hashBytes));
    const { hashes, undecided } = checked;
    if (hashes !== undefined) this.earlierRoots.ofEntries = rootOver(hashes);
    if (undecided !== undefined) this.earlierRoots.ofTile = rootOver(undecided.ofTile);
  }

  private judgeEarlier(signedBy: 'entries' | 'tile' | undefined): void {
    if (this.earlier === undefined || signedBy === undefined) return;
    const { size, root } = this.earlier;
    const { ofEntries, ofTile = ofEntries } = this.earlierRoots;
    const made = size === 0 ? emptyRoot : signedBy === 'tile' ? ofTile : ofEntries;
    // Not made: the earlier tree is the larger one.
    if (made === undefined || areEqual(made, root)) return;
    const [expected, found] = [base64(root), base64(made)];
    this.contradiction = { expected, found, detail: `size ${size}` };
  }
}

type LastTile = CheckedLeafTile & {
  readonly index: number;
  readonly bundle: Uint8Array | undefined;
};
