import type { EventStore } from '#event-store';
import { areEqual, base64, hashesFromTiles, treeRoot, verifyCheckpoint } from '#tlog';
import type { Checkpoint, Policy, VerifierKey } from '#tlog';
import { checkpointPath, LogRefused, openCheckpoint, readHead, tileReader } from '#transparency';
import type { LogHead, PublisherStatus, TileStore } from '#transparency';

/** What lies in the store of tiles is not what this log put there; nobody is given it. */
export class NotAsPublished extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotAsPublished';
  }
}

export type PublishedCheckpointOptions = {
  readonly tiles: TileStore;
  readonly policy: Policy;
  /** Every key that this log has signed with, retired ones among them. */
  readonly keys: readonly VerifierKey[];
  readonly store: EventStore;
  readonly head: () => LogHead | undefined;
  readonly published: () => PublisherStatus['published'];
};

type Known = { readonly bytes: Uint8Array; readonly size: number };

/**
 * The checkpoint as it is handed out. Whoever can write to the store of tiles can put anything in its
 * place, an older one of our own among it; so what lies there is looked at before anybody gets it:
 * signed as the policy wants, of this history, and no smaller than what was published before. The
 * bytes that were found good are kept, and cost one comparison from then on.
 */
export class PublishedCheckpoint {
  private readonly options: PublishedCheckpointOptions;
  private known: Known | undefined;
  /** Nothing smaller was published last, whether it was found good or not. */
  private sizeMin = 0;
  /** Since then one that the policy does not accept is not the newest that it accepted. */
  private hasMetPolicy = false;
  private whyNot: string | null = null;

  constructor(options: PublishedCheckpointOptions) {
    this.options = options;
  }

  /** Entries under the largest checkpoint that was found good; 0 before the first. */
  get size(): number {
    return this.known?.size ?? 0;
  }

  /** What was wrong with it when it was last looked at, in one sentence; null when nothing was. */
  get fault(): string | null {
    return this.whyNot;
  }

  /**
   * What is published, undefined before the first. Rejects with NotAsPublished over anything else in
   * its place, with TileStoreUnavailable where it cannot be read, and with what the event store says.
   */
  async read(): Promise<Uint8Array | undefined> {
    // Before it is read: what is written in the meantime may be larger, never smaller.
    const sizeBefore = this.sizePublished();
    try {
      const bytes = await this.options.tiles.read(checkpointPath);
      await this.check(bytes, sizeBefore);
      this.whyNot = null;
      return bytes;
    } catch (error) {
      const isTold = error instanceof NotAsPublished;
      this.whyNot = isTold
        ? error.message
        : 'the published checkpoint cannot be read or held against';
      throw error;
    }
  }

  private sizePublished(): number {
    const published = this.options.published();
    // Of another server's only what was looked at here.
    const ownSize =
      published === undefined || published.publishedAt === null ? 0 : published.treeSize;
    this.sizeMin = Math.max(this.sizeMin, ownSize, this.size);
    return this.sizeMin;
  }

  private async check(bytes: Uint8Array | undefined, sizeBefore: number): Promise<void> {
    if (bytes === undefined) {
      if (sizeBefore === 0) return;
      throw new NotAsPublished('the published checkpoint is gone from the store of tiles');
    }
    const { known } = this;
    if (known?.size === sizeBefore && areEqual(known.bytes, bytes)) return;
    const checkpoint = this.open(bytes);
    const { size } = checkpoint;
    if (size < sizeBefore) {
      const why = `a checkpoint of ${size} entries lies in place of one of ${sizeBefore}`;
      throw new NotAsPublished(why);
    }
    await this.checkHistory(checkpoint);
    if (size >= this.size) this.known = { bytes, size };
  }

  /** A policy may ask for more since the last start; that takes nothing back. */
  private open(bytes: Uint8Array): Checkpoint {
    const { policy, keys } = this.options;
    const { faults, checkpoint } = verifyCheckpoint(bytes, policy);
    if (faults.length === 0 && checkpoint !== undefined) {
      this.hasMetPolicy = true;
      return checkpoint;
    }
    const older = this.hasMetPolicy ? undefined : openCheckpoint(bytes, policy.log.name, keys);
    if (older !== undefined) return older;
    throw new NotAsPublished(
      'what lies in place of the checkpoint is not signed as the policy wants',
    );
  }

  /**
   * Our own head, or another server's: it stands in the event store before anything of it is
   * published. What is larger was signed with our key and not by this ledger.
   */
  private async checkHistory({ size, root }: Checkpoint): Promise<void> {
    const { store, tiles } = this.options;
    const own = this.options.head();
    const head = own !== undefined && own.treeSize >= size ? own : await readHead(store);
    if (head === undefined || head.treeSize < size) {
      throw new NotAsPublished(
        `the checkpoint is of ${size} entries, which this log does not have`,
      );
    }
    if ((await rootAt(size, head, tiles)) === base64(root)) return;
    throw new NotAsPublished(`the checkpoint of ${size} entries is of another history`);
  }
}

async function rootAt(size: number, head: LogHead, tiles: TileStore): Promise<string> {
  if (size === head.treeSize) return head.root;
  try {
    return base64(await treeRoot(size, hashesFromTiles(head.treeSize, tileReader(tiles))));
  } catch (error) {
    if (error instanceof LogRefused) throw new NotAsPublished(error.message);
    throw error;
  }
}
