import { epochMs } from '#kernel';
import type { Clock } from '#kernel';
import { cosignedMessage, encodeCosignature, formatSignatureLine, formatSignedNote } from '#tlog';
import type { NoteSignature } from '#tlog';
import type { LogSigner } from '#transparency';
import { decide, parseAddCheckpoint, timeToSign } from './add-checkpoint.ts';
import type { AddCheckpointRequest } from './add-checkpoint.ts';
import { readStoredHead } from './head-folder.ts';
import type { HeadStore, StoredHead } from './head-folder.ts';
import { originHash } from './known-logs.ts';
import type { KnownLogs } from './known-logs.ts';

export type WitnessOptions = {
  /** A key of type cosignature: nothing else may ever be signed with it. */
  readonly signer: LogSigner;
  readonly heads: HeadStore;
  readonly clock: Clock;
  readonly logs: KnownLogs;
};

export type WitnessAnswer =
  | { readonly status: 200; readonly origin: string; readonly size: number; readonly line: string }
  | { readonly status: 409; readonly origin: string; readonly size: number }
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string };

/**
 * A witness of c2sp.org/tlog-witness: cosigns a checkpoint only if it continues the last one that it
 * cosigned for the same origin, and stores it before the cosignature leaves. So whoever holds two of
 * its cosignatures for one origin knows that one tree continues the other.
 *
 * For each origin one request at a time is decided and stored; a check against a head that another
 * request is about to replace would be worth nothing.
 */
export class Witness {
  private readonly options: WitnessOptions;
  private logs: KnownLogs;
  private readonly heads = new Map<string, StoredHead>();
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(options: WitnessOptions) {
    this.options = options;
    this.logs = options.logs;
  }

  /**
   * Reads every head that is kept. Throws WitnessStateUnusable for one that is not this witness's own:
   * whoever goes on from a state in doubt may contradict what was promised.
   */
  async load(): Promise<void> {
    for (const name of await this.options.heads.names()) await this.headOf(name);
  }

  /** From now on these logs are watched. What was cosigned for others stays known. */
  watch(logs: KnownLogs): void {
    this.logs = logs;
  }

  /** Rejects when the head could not be stored; then no cosignature has left. */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    const request = parseAddCheckpoint(body);
    if (!request.ok) return { status: 400, reason: request.fault };
    const { origin } = request.value.checkpoint;
    // Strangers' origins must not fill the memory with queues, nor make the disk work.
    if (!this.logs.has(origin)) return this.decided(undefined, request.value);
    const name = originHash(origin);
    return this.inTurn(name, async () => this.decided(await this.headOf(name), request.value));
  }

  /**
   * The latest cosigned note of the origin with this hash, for whoever watches the watcher. In turn,
   * because what is being stored has not been said yet.
   */
  async latest(name: string): Promise<Uint8Array | undefined> {
    return this.inTurn(name, async () => (await this.headOf(name))?.note);
  }

  private async decided(
    last: StoredHead | undefined,
    request: AddCheckpointRequest,
  ): Promise<WitnessAnswer> {
    const { origin, size } = request.checkpoint;
    const decision = decide(this.logs.get(origin), last, request);
    if (decision.kind === 'refuse') return { status: decision.status, reason: decision.reason };
    if (decision.kind === 'conflict') return { status: 409, origin, size: decision.size };
    const cosignature = await this.cosignature(request.note.text, last);
    await this.store(last, request, [...decision.logSignatures, cosignature]);
    return { status: 200, origin, size, line: formatSignatureLine(cosignature) };
  }

  private async cosignature(text: string, last: StoredHead | undefined): Promise<NoteSignature> {
    const { signer, clock } = this.options;
    const time = timeToSign(epochMs(clock.now()), last);
    const signature = await signer.sign(cosignedMessage(time, text));
    const { name, keyId } = signer.key;
    return { name, keyId, signature: encodeCosignature(time, signature) };
  }

  private async store(
    last: StoredHead | undefined,
    { note, checkpoint }: AddCheckpointRequest,
    signatures: readonly NoteSignature[],
  ): Promise<void> {
    const name = originHash(checkpoint.origin);
    const bytes = formatSignedNote({ text: note.text, signatures });
    const head = readStoredHead(name, bytes, this.options.signer.key);
    if (last !== undefined && (head.size < last.size || head.time < last.time)) {
      throw new TypeError('a witness does not go back');
    }
    // After a failed write nobody knows which of the two is on disk: the disk is asked again.
    this.heads.delete(name);
    await this.options.heads.write(name, bytes);
    this.heads.set(name, head);
  }

  private async headOf(name: string): Promise<StoredHead | undefined> {
    const known = this.heads.get(name);
    if (known !== undefined) return known;
    const bytes = await this.options.heads.read(name);
    if (bytes === undefined) return undefined;
    const head = readStoredHead(name, bytes, this.options.signer.key);
    this.heads.set(name, head);
    return head;
  }

  private async inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.queues.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.queues.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.queues.get(name) === mine) this.queues.delete(name);
    }
  }
}
