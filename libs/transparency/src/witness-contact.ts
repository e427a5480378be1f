import { epochMs } from '#kernel';
import type { Clock, Instant } from '#kernel';
import { areEqual, base64, hashesFromTiles, isSignedBy, parseSignatureLine } from '#tlog';
import { parseSignedNote, proveConsistency, readCosignature, utf8 } from '#tlog';
import type { Hash, NoteSignature, SignedNote, Witness } from '#tlog';
import type { LogHead } from './log-head.ts';
import { tileReader } from './recovery.ts';
import type { TileStore } from './tile-store.ts';
import type { WitnessAnswer, WitnessClient } from './witness-client.ts';

export type WitnessState = {
  /** What the policy calls it. */
  readonly name: string;
  readonly state: 'unasked' | 'cosigned' | 'refused' | 'away';
  /** Size of the last tree that it is known to have seen. */
  readonly treeSize: number | null;
  /** In one sentence without addresses; null unless refused or away. */
  readonly reason: string | null;
};

export type WitnessContactOptions = {
  readonly witness: Witness;
  readonly tiles: TileStore;
  readonly client: WitnessClient;
  readonly clock: Clock;
};

/** Sizes may change between two questions, but a witness that never agrees is left alone. */
const triesMax = 3;
/** A clock may be fast or slow by so much; a time further off was not read from a clock. */
const clockSkewMaxS = 300n;

/**
 * What this ledger knows of one witness, and how it asks for a cosignature
 * (c2sp.org/tlog-witness v1.0.0): with the proof that the tree it shows continues the one that the
 * witness saw last. The size of that one is learned from the witness itself.
 */
export class WitnessContact {
  private readonly options: WitnessContactOptions;
  /** Of the last tree that it cosigned for this process. */
  private cosignedSize = 0;
  private present: WitnessState;

  constructor(options: WitnessContactOptions) {
    this.options = options;
    const { name } = options.witness;
    this.present = { name, state: 'unasked', treeSize: null, reason: null };
  }

  status(): WitnessState {
    return this.present;
  }

  get witness(): Witness {
    return this.options.witness;
  }

  /**
   * Its cosignature of the head, or undefined with the reason in {@link status}. Rejects when the
   * tiles cannot be read.
   */
  async cosign(head: LogHead, signal: AbortSignal): Promise<NoteSignature | undefined> {
    // What a 409 says is tried and not kept: one that lied once would else never be asked again.
    let oldSize = this.cosignedSize;
    for (let tries = 1; tries <= triesMax; tries += 1) {
      const proof = await this.proof(oldSize, head.treeSize);
      const body = addCheckpointBody({ oldSize, proof, checkpoint: head.checkpoint });
      const answer = await this.answerTo(body, signal);
      if (answer.kind !== 'conflict') return this.settled(head, answer);
      const { size } = answer;
      // Before the tag was amended (C2SP#280) this was how to say: the same size, another root.
      if (size === oldSize && size === head.treeSize) {
        return this.ended('refused', reasonOf(409));
      }
      if (size === oldSize) {
        return this.ended('refused', `it answers 409 with the size ${size} that it was sent`);
      }
      if (size > head.treeSize) {
        const seen = `it has seen ${size} entries of this log, which has ${head.treeSize}`;
        return this.ended('refused', seen);
      }
      oldSize = size;
      this.present = { ...this.present, treeSize: size };
    }
    return this.ended('refused', `it answered 409 ${triesMax} times with sizes that do not hold`);
  }

  /** Whatever the client does, the answer comes when the time is up. */
  private async answerTo(body: Uint8Array, signal: AbortSignal): Promise<WitnessAnswer> {
    const { client, witness } = this.options;
    const late: WitnessAnswer = { kind: 'away', reason: 'it takes too long' };
    const silent: WitnessAnswer = { kind: 'away', reason: 'it does not answer' };
    if (signal.aborted) return late;
    const { promise: given, resolve } = Promise.withResolvers<WitnessAnswer>();
    const giveUp = () => resolve(late);
    signal.addEventListener('abort', giveUp);
    client.addCheckpoint(witness.url ?? '', body, signal).then(resolve, () => resolve(silent));
    try {
      return await given;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  private async proof(oldSize: number, size: number): Promise<readonly Hash[]> {
    if (oldSize === 0 || oldSize === size) return [];
    const source = hashesFromTiles(size, tileReader(this.options.tiles));
    return proveConsistency(oldSize, size, source);
  }

  private settled(
    head: LogHead,
    answer: Exclude<WitnessAnswer, { kind: 'conflict' }>,
  ): NoteSignature | undefined {
    if (answer.kind === 'away') return this.ended('away', answer.reason);
    if (answer.kind === 'refused') return this.ended('refused', reasonOf(answer.status));
    const cosignature = this.verified(head, answer.lines);
    if (cosignature === undefined) {
      return this.ended('refused', 'its answer holds no valid cosignature by its key');
    }
    this.cosignedSize = head.treeSize;
    const { name } = this.options.witness;
    this.present = { name, state: 'cosigned', treeSize: head.treeSize, reason: null };
    return cosignature;
  }

  /** Lines of other keys are passed over: a witness may sign with more than one. */
  private verified(head: LogHead, lines: readonly string[]): NoteSignature | undefined {
    for (const line of lines) {
      const parsed = parseSignatureLine(line);
      if (parsed.ok && isCosignature(this.options, head, parsed.value)) return parsed.value;
    }
    return undefined;
  }

  private ended(state: 'refused' | 'away', reason: string): undefined {
    this.present = { ...this.present, state, reason };
  }
}

/**
 * True for a valid cosignature of a head by the witness, made between the head's birth and now as
 * far as two clocks agree on that: whoever dates it elsewhere says what cannot be true.
 */
export function isCosignature(
  { witness: { key }, clock }: Pick<WitnessContactOptions, 'witness' | 'clock'>,
  head: LogHead,
  signature: NoteSignature,
): boolean {
  if (signature.name !== key.name || !areEqual(signature.keyId, key.keyId)) return false;
  const time = readCosignature(signature.signature)?.time;
  if (time === undefined) return false;
  if (time < secondsOf(head.advancedAt) - clockSkewMaxS) return false;
  if (time > secondsOf(clock.now()) + clockSkewMaxS) return false;
  return isSignedBy(key, noteOf(head).text, signature);
}

/** The note of a head, which recovery or this process itself has found to be one. */
export function noteOf({ checkpoint }: LogHead): SignedNote {
  const note = parseSignedNote(utf8(checkpoint));
  if (!note.ok) throw new TypeError(`a head is no note: ${note.fault}`);
  return note.value;
}

function secondsOf(instant: Instant): bigint {
  return BigInt(Math.floor(epochMs(instant) / 1_000));
}

export type AddCheckpoint = {
  readonly oldSize: number;
  readonly proof: readonly Hash[];
  /** The log's signed note, verbatim. */
  readonly checkpoint: string;
};

/** `old <size>`, the consistency proof line by line, a blank line, the note. */
export function addCheckpointBody({ oldSize, proof, checkpoint }: AddCheckpoint): Uint8Array {
  const lines = [`old ${oldSize}`, ...proof.map(base64)];
  return utf8(`${lines.join('\n')}\n\n${checkpoint}`);
}

function reasonOf(status: number): string {
  const known: Readonly<Record<number, string>> = {
    400: 'it calls the request malformed (400)',
    403: 'it does not trust the key of this log (403)',
    404: 'it does not know this log (404)',
    // With a size in its body a 409 is no refusal, see `cosign`.
    409: 'it saw another tree of this size, or does not say which size it saw (409)',
    422: 'it does not accept that this log continues the one it saw (422)',
  };
  return known[status] ?? `it answered ${status}`;
}
