import { setTimeout as pause } from 'node:timers/promises';
import { entryBytes, entryBytesMax, isLogged } from '#kernel';
import type { Clock } from '#kernel';
import { DeliveryQueue, VersionConflict } from '#event-store';
import type { Delivery, EventStore, Position, StoredEvent } from '#event-store';
import { base64, formatCheckpoint, formatSignedNote, textOf, utf8 } from '#tlog';
import type { VerifierKey } from '#tlog';
import type { GrowingLog } from './growing-log.ts';
import { LogRefused, sizeBefore, swapHead } from './log-head.ts';
import type { LogHead } from './log-head.ts';
import type { LogSigner } from './log-signer.ts';
import { PartialObjects } from './partial-objects.ts';
import { recover } from './recovery.ts';
import type { Recovered } from './recovery.ts';
import type { TileStore } from './tile-store.ts';

export type SequencerOptions = {
  readonly store: EventStore;
  readonly tiles: TileStore;
  readonly clock: Clock;
  /** Name of the log and of its keys. */
  readonly origin: string;
  /** Every one signs each checkpoint: two while a key is being changed for another. */
  readonly signers: readonly [LogSigner, ...LogSigner[]];
  /** Keys that signed earlier and do no more; what is published may bear one of them alone. */
  readonly retired?: readonly VerifierKey[];
  /** Name and version of the software, for the metadata of a head. */
  readonly software: string;
  /**
   * Takes over a head whose tiles are durable: to collect cosignatures, to publish. Awaited only at
   * the stop; recording and sequencing never wait for it.
   */
  readonly onHead: (head: LogHead) => void;
  /** Most entries under one new head. */
  readonly batchMax?: number;
  /** How long the first entry of a batch waits for others while all is quiet. */
  readonly gatherMs?: number;
  /** How long to wait before try number `tries`, or until aborted. */
  readonly backOff?: (tries: number, signal: AbortSignal) => Promise<void>;
};

export type SequencerStatus = {
  /** `failed`: only a person can help, `lastError` says with what. */
  readonly state: 'stopped' | 'running' | 'waiting' | 'failed';
  readonly head: LogHead | undefined;
  /** True while every entry that the store had when it last said so is under the head. */
  readonly caughtUp: boolean;
  readonly lastError: Error | null;
};

/**
 * Makes the log out of `$all`: counts the entries densely, writes their tiles and bundles, signs the
 * head, swaps it, hands it on. In this order, so that whoever sees a head finds everything under it:
 *
 * 1. stage: the objects of the larger tree are written under their final names and synced. Until the
 *    swap nobody looks at them, and a later try writes over them.
 * 2. swap: the signed head is appended to `log-head` at the revision that was read. This is the one
 *    moment at which the log grows.
 * 3. apply and publish: the head goes to `onHead`; partial tiles that full ones replaced are removed,
 *    those of an earlier life and of a lost race with them.
 *
 * A start, a crash and a lost race all go through {@link recover}, which believes the head.
 */
export class Sequencer {
  private readonly options: SequencerOptions;
  private readonly partials: PartialObjects;
  private stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private present: SequencerStatus = {
    state: 'stopped',
    head: undefined,
    caughtUp: false,
    lastError: null,
  };

  constructor(options: SequencerOptions) {
    this.options = options;
    this.partials = new PartialObjects(options.tiles);
  }

  status(): SequencerStatus {
    return this.present;
  }

  /**
   * Recovers, then begins to follow. Throws LogRefused where the log must not go on, and what the
   * stores throw when they do not answer.
   */
  async start(): Promise<void> {
    if (this.present.state !== 'stopped') throw new TypeError('the sequencer runs already');
    const recovered = await this.recover();
    this.stopping = new AbortController();
    this.running = this.run(recovered, this.stopping.signal);
  }

  /** Ends after the batch in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.present = { ...this.present, state: 'stopped', caughtUp: false };
  }

  private async recover(): Promise<Recovered> {
    const { store, tiles, origin, signers, retired = [] } = this.options;
    const keys = signers.map(({ key }) => key);
    const recovered = await recover({ store, tiles, origin, keys, retired });
    const { head } = recovered;
    if (head !== undefined) await this.tidy(head);
    this.present = { ...this.present, state: 'running', head, caughtUp: false };
    // It may have been swapped and never handed on: a crash between the two looks like this.
    if (head !== undefined) this.options.onHead(head);
    return recovered;
  }

  /** A crash may have come between a head and the removal of what it made superfluous. */
  private async tidy(head: LogHead): Promise<void> {
    const before = this.present.head?.treeSize ?? (await sizeBefore(this.options.store, head));
    await this.partials.lookAt([before, head.treeSize]);
    // What cannot be removed stays known, and holds nothing up.
    await this.partials.removeUnder(head.treeSize).catch(() => undefined);
  }

  private async run(first: Recovered, signal: AbortSignal): Promise<void> {
    let recovered: Recovered | undefined = first;
    for (let tries = 1; !signal.aborted; tries += 1) {
      const before = this.present.head?.treeSize;
      try {
        recovered ??= await this.recover();
        await this.follow(recovered, signal);
        // Nobody ended it, and whoever looked again at once would do nothing else from then on.
        if (!signal.aborted) throw new Error('the subscription ended by itself');
      } catch (error) {
        if (signal.aborted) return;
        const lastError = error instanceof Error ? error : new Error(String(error));
        const isFinal = error instanceof LogRefused;
        const state = isFinal ? 'failed' : 'waiting';
        this.present = { ...this.present, state, caughtUp: false, lastError };
        if (isFinal) return;
        if (this.present.head?.treeSize !== before) tries = 1;
        // Another worker was first: what it wrote is there already, so nothing is to be waited for.
        const isRace = error instanceof VersionConflict;
        if (!isRace) await (this.options.backOff ?? backOffByDoubling)(tries, signal);
      }
      recovered = undefined;
    }
  }

  private async follow({ head, log }: Recovered, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const queue = new DeliveryQueue(2 * this.batchMax);
    const subscription = this.options.store.subscribeToAll({
      ...(head === undefined ? {} : { after: head.position }),
      // Not `log-head`: as a prefix it would also leave out `log-heads`, whose events are entries.
      filter: { excludeStreamPrefixes: ['$'] },
      signal: either,
    });
    const reading = queue.fill(subscription, either);
    try {
      await this.drain(queue, head, log, either);
    } finally {
      ended.abort();
      await reading;
    }
  }

  private async drain(
    queue: DeliveryQueue,
    first: LogHead | undefined,
    log: GrowingLog,
    signal: AbortSignal,
  ): Promise<void> {
    let head = first;
    for (;;) {
      const batch = await queue.take(this.batchMax, this.present.caughtUp);
      if (batch === undefined) return;
      const entries = logged(batch);
      if (entries.length > 0) head = await this.advance(head, log, entries);
      const caughtUp = this.present.caughtUp || batch.some(({ kind }) => kind === 'caught-up');
      this.present = { ...this.present, state: 'running', head, caughtUp, lastError: null };
      if (caughtUp) await this.gather(queue, signal);
    }
  }

  /** One new head over the entries; see the class for the order. */
  private async advance(
    before: LogHead | undefined,
    log: GrowingLog,
    entries: readonly StoredEvent[],
  ): Promise<LogHead> {
    const { store, tiles, clock, origin, software, onHead } = this.options;
    let position = before?.position as Position;
    for (const event of entries) {
      log.append(bytesOf(event));
      ({ position } = event);
    }
    const [treeSize, root] = [log.size, log.root()];
    const objects = log.takeObjects();
    this.partials.note(objects.map(({ path }) => path));
    await tiles.write(objects);
    const text = formatCheckpoint({ origin, size: treeSize, root, extensions: [] });
    const head = await swapHead(
      store,
      before,
      {
        treeSize,
        root: base64(root),
        position,
        checkpoint: await this.signed(text),
        advancedAt: clock.now(),
      },
      software,
    );
    onHead(head);
    await this.partials.removeUnder(head.treeSize);
    return head;
  }

  private async signed(text: string): Promise<string> {
    const message = utf8(text);
    const signatures = await Promise.all(
      this.options.signers.map(async (signer) => {
        const { name, keyId } = signer.key;
        return { name, keyId, signature: await signer.sign(message) };
      }),
    );
    return textOf(formatSignedNote({ text, signatures })) as string;
  }

  /** Others may follow: one head for all of them costs as much as one for each. */
  private async gather(queue: DeliveryQueue, signal: AbortSignal): Promise<void> {
    const rested = new AbortController();
    const either = AbortSignal.any([signal, rested.signal]);
    const full = queue.untilFull(this.batchMax, either);
    await Promise.race([pauseOrAbort(this.options.gatherMs ?? 250, either), full]);
    rested.abort();
    await full;
  }

  private get batchMax(): number {
    return this.options.batchMax ?? 4_096;
  }
}

function logged(batch: readonly Delivery[]): StoredEvent[] {
  return batch.flatMap((one) =>
    one.kind === 'event' && isLogged(one.event.stream) ? [one.event] : [],
  );
}

/** An event without canonical form, or too long for a bundle, was not written by a ledger, and cannot be left out. */
function bytesOf(event: StoredEvent): Uint8Array {
  try {
    const bytes = entryBytes(event);
    if (bytes.length > entryBytesMax) throw new TypeError(`${bytes.length} bytes`);
    return bytes;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const what = `revision ${event.revision} of ${event.stream}`;
    throw new LogRefused('log/entry-unusable', `${what} cannot be an entry: ${why}`);
  }
}

async function pauseOrAbort(timeMs: number, signal: AbortSignal): Promise<void> {
  await pause(timeMs, undefined, { signal }).catch(() => undefined);
}

/** A tenth of a second, doubled with each try, at most five seconds; ends at once on abort. */
async function backOffByDoubling(tries: number, signal: AbortSignal): Promise<void> {
  await pauseOrAbort(Math.min(5_000, 50 * 2 ** Math.min(tries, 10)), signal);
}
