import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StoreUnavailable } from '#event-store';
import type { EventStore, StoredEvent } from '#event-store';
import type { Clock } from '#kernel';
import { formatVerifierKey, parseTlogProof, verifyTlogProof } from '#tlog';
import type { Policy, VerifierKey } from '#tlog';
import { inclusionReceipt, LogRefused, openLog, Publisher } from '#transparency';
import { recordHeadsOnce, Sequencer, servable, StreamHeads } from '#transparency';
import { TileStoreUnavailable } from '#transparency';
import type { LogHead, PublisherStatus, SequencerStatus, TileStore } from '#transparency';
import { HttpWitnessClient } from '#transparency/node';
import type { LedgerFolder } from '../configuration/ledger-folder.ts';
import type { LogSettings } from '../configuration/log-settings.ts';
import { GrownTiles, readObject } from './grown-tiles.ts';
import { openSigners, readPolicy } from './log-signers.ts';
import type { LogSigners } from './log-signers.ts';
import { witnessTeller } from './witness-teller.ts';
import { PublishedCheckpoint } from './published-checkpoint.ts';

export type LedgerLogOptions = {
  readonly folder: LedgerFolder;
  readonly settings: LogSettings;
  /** Not the one that counts acts: heads of the log are none. */
  readonly store: EventStore;
  readonly clock: Clock;
  readonly software: string;
  readonly log: Logger;
  readonly openTiles: () => Promise<TileStore>;
  /** After each signature over a new head. */
  readonly onSigned?: () => void;
};

export type LedgerLogStatus = {
  /** `starting`: the store of tiles has not answered since the start. */
  readonly state: 'starting' | SequencerStatus['state'];
  readonly head: LogHead | undefined;
  readonly lastError: Error | null;
  readonly publishing: PublisherStatus | undefined;
  /** Why what lies in place of the checkpoint is not served, in one sentence; null if it is. */
  readonly checkpointFault: string | null;
};

/** A record of stream heads; `wasThere`: it had been recorded before, and says all there is to say. */
export type RecordedHeads = { readonly event: StoredEvent; readonly wasThere: boolean };

/** What runs once the store of tiles has answered. */
type Running = {
  readonly tiles: GrownTiles;
  readonly sequencer: Sequencer;
  readonly publisher: Publisher;
  readonly published: PublishedCheckpoint;
};

/** Between two tries to reach the store of tiles at the start. */
const retryMs = 500;

/**
 * The transparency log of this ledger: opened under its keys, growing behind the acts, published,
 * and read. Recording waits for none of it; only the log's opening, which is the first act of a new
 * ledger, has to be recorded before anything else can be.
 */
export class LedgerLog {
  /** The verifier key that readers check first, and the policy to hold receipts against. */
  readonly key: string;
  readonly policyText: string;
  private readonly policy: Policy;
  private readonly options: LedgerLogOptions;
  private readonly signers: LogSigners;
  private readonly stopping = new AbortController();
  private retired: readonly VerifierKey[] = [];
  private running: Running | undefined;
  private starting: Promise<void> = Promise.resolve();
  /** What kept the log from starting, once the server ran already. */
  private startError: Error | null = null;
  private readonly streamHeads: StreamHeads;
  private recording: Promise<unknown> = Promise.resolve();

  private constructor(options: LedgerLogOptions, signers: LogSigners) {
    this.options = options;
    this.signers = signers;
    this.streamHeads = new StreamHeads(options.store);
    const [{ key }] = signers;
    const { policy, text } = readPolicy(key, options.settings.witnessesFile);
    this.key = formatVerifierKey(key);
    this.policy = policy;
    this.policyText = text;
  }

  /**
   * Opens keys and log, recovers, begins to follow. Throws KeyFileUnusable, LogRefused and
   * ConfigurationMistake, which only a person can put right, and what the event store throws. A
   * store of tiles that does not answer is waited for behind the caller's back.
   */
  static async open(options: LedgerLogOptions): Promise<LedgerLog> {
    const { folder, settings } = options;
    const log = new LedgerLog(options, await openSigners(folder, settings));
    await log.openKeys();
    try {
      await log.start();
    } catch (error) {
      if (!(error instanceof TileStoreUnavailable)) {
        await log.stop();
        throw error;
      }
      log.startError = error;
      options.log.error({ err: error }, 'the log waits for its store of tiles');
      log.starting = log.startLater();
    }
    return log;
  }

  status(): LedgerLogStatus {
    const publishing = this.running?.publisher.status();
    const sequencer = this.running?.sequencer.status();
    const checkpointFault = this.running?.published.fault ?? null;
    if (this.startError !== null || sequencer === undefined) {
      const isOver = this.startError !== null && !isAway(this.startError);
      const state = isOver ? 'failed' : 'starting';
      const { startError: lastError } = this;
      return { state, head: sequencer?.head, lastError, publishing, checkpointFault };
    }
    const { state, head, lastError } = sequencer;
    return { state, head, lastError, publishing, checkpointFault };
  }

  /**
   * The published checkpoint, undefined before the first. Rejects with TileStoreUnavailable, and with
   * NotAsPublished where something else lies in its place.
   */
  async checkpoint(): Promise<Uint8Array | undefined> {
    return this.parts().published.read();
  }

  /**
   * A tile or a bundle below `/log/`, undefined for what is not under the published checkpoint.
   * Rejects with TileStoreUnavailable, and with NotAsPublished over what has not the form of it.
   */
  async object(path: string): Promise<Uint8Array | undefined> {
    const { published, tiles } = this.parts();
    // Another server may have published since this one last looked.
    if (!servable(path, published.size)) await published.read();
    return servable(path, published.size) ? readObject(tiles, path) : undefined;
  }

  /**
   * The `.tlog-proof` of an entry, undefined while no published checkpoint covers it, or while one
   * does that was published under a policy that asked for less. It was held against this log's own
   * policy: what does not prove is not handed out. Rejects as `checkpoint` does.
   */
  async proofOf(index: number, entry: Uint8Array): Promise<Uint8Array | undefined> {
    const checkpoint = await this.checkpoint();
    if (checkpoint === undefined) return undefined;
    const proof = await inclusionReceipt({ tiles: this.parts().tiles, checkpoint, index });
    if (proof === undefined) return undefined;
    const parsed = parseTlogProof(proof);
    const faults = parsed.ok ? verifyTlogProof(parsed.value, entry, this.policy).faults : [parsed];
    if (faults.length === 0) return proof;
    if (faults.every(({ fault }) => fault === 'quorum-missing')) return undefined;
    this.options.log.error({ index, faults }, 'a receipt does not prove its entry');
    throw new TypeError(`the proof of entry ${index} does not prove it`);
  }

  /**
   * Records how far every stream has come under the signed head (CONTRACTS 2), unless the newest
   * record says so already: one asker after the other, so that two make one record. Rejects with
   * TileStoreUnavailable before the log has begun, and with what the event store throws.
   */
  recordHeads(): Promise<RecordedHeads> {
    const recorded = this.recording.then(async () => {
      const { store, clock, software } = this.options;
      const head = this.running?.sequencer.status().head;
      if (head === undefined) throw new TileStoreUnavailable('there is no head yet');
      return recordHeadsOnce({ store, clock, software, head, heads: this.streamHeads });
    });
    this.recording = recorded.catch(() => undefined);
    return recorded;
  }

  /** Sequencing first, so that nothing more is handed on to be published. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.starting;
    await this.running?.sequencer.stop();
    await this.running?.publisher.stop();
  }

  /**
   * Records the opening of the log, where nobody has, as the first entry there is; holds keys and
   * origin against what was recorded, and against what this folder remembers: an event store that
   * was emptied or exchanged must not become the beginning of a second history.
   */
  private async openKeys(): Promise<void> {
    const { folder, store, clock, software, settings } = this.options;
    const { origin, logKey } = folder.identity;
    if (logKey !== null && (await isEmpty(store, 'log-keys'))) {
      const why = `the event store knows no log, but this ledger's was opened with ${logKey}`;
      throw new LogRefused('log/store-differs', why);
    }
    const [first, ...others] = this.signers;
    const keys = [first.key, ...others.map(({ key }) => key)] as const;
    const retired = settings.retired;
    const opened = await openLog({ store, clock, software, origin, keys, retired });
    this.retired = opened.retired;
    const known = [...opened.active, ...opened.retired].map(formatVerifierKey);
    if (logKey === null) await folder.keepLogKey(known[0] ?? this.key);
    else if (!known.includes(logKey)) {
      const why = `this ledger's log was opened with ${logKey}, which the event store does not know`;
      throw new LogRefused('log/key-changed', why);
    }
  }

  private async start(): Promise<void> {
    const { store, clock, software, log, openTiles, folder } = this.options;
    const { origin } = folder.identity;
    const written = this.running === undefined ? await openTiles() : undefined;
    if (written !== undefined) {
      const witnesses = new HttpWitnessClient();
      const { policy } = this;
      const onLook = policy.witnesses.length === 0 ? undefined : witnessTeller(log);
      const publisher = new Publisher({
        tiles: written,
        clock,
        policy,
        witnesses,
        ...(onLook && { onLook }),
      });
      const sequencer = new Sequencer({
        store,
        tiles: written,
        clock,
        origin,
        software,
        signers: this.countedSigners(),
        retired: this.retired,
        onHead: (head) => publisher.offer(head),
      });
      const tiles = new GrownTiles(written, () => sequencer.status().head?.treeSize ?? 0);
      const published = new PublishedCheckpoint({
        tiles,
        policy: this.policy,
        keys: [...this.signers.map(({ key }) => key), ...this.retired],
        store,
        head: () => sequencer.status().head,
        published: () => publisher.status().published,
      });
      this.running = { tiles, sequencer, publisher, published };
    }
    await this.running?.publisher.start();
    await this.running?.sequencer.start();
    // From here on nothing smaller is served; what is wrong with it now, readiness says.
    await this.running?.published.read().catch(() => undefined);
    this.startError = null;
    log.info({ treeSize: this.status().head?.treeSize ?? 0 }, 'the log goes on');
  }

  private async startLater(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted && this.startError !== null) {
      await pause(retryMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.start();
      } catch (error) {
        this.startError = error instanceof Error ? error : new Error(String(error));
        if (isAway(error)) continue;
        this.options.log.fatal({ err: error }, 'the log cannot go on; recording does');
        return;
      }
    }
  }

  private countedSigners(): LogSigners {
    const [first, ...others] = this.signers;
    const counted = async (message: Uint8Array) => {
      const signature = await first.sign(message);
      this.options.onSigned?.();
      return signature;
    };
    return [{ key: first.key, sign: counted }, ...others];
  }

  private parts(): Running {
    if (this.running !== undefined) return this.running;
    throw new TileStoreUnavailable('the store of tiles has not answered yet');
  }
}

function isAway(error: unknown): boolean {
  return error instanceof TileStoreUnavailable || error instanceof StoreUnavailable;
}

async function isEmpty(store: EventStore, stream: string): Promise<boolean> {
  for await (const _ of store.readStream(stream, { maxCount: 1 })) return false;
  return true;
}
