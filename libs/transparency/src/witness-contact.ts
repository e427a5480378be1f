import { epochMs } from '#kernel';
import type { Clock } from '#kernel';
import { areEqual, base64, hashesFromTiles, isSignedBy, parseSignatureLine } from '#tlog';
import { parseSignedNote, proveConsistency, readCosignature, utf8 } from '#tlog';
import type { Hash, NoteSignature, Witness } from '#tlog';
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
/** A cosignature of the near future comes from a clock that is fast, of a far one from none. */
const futureMaxS = 300n;

/**
 * What this ledger knows of one witness, and how it asks for a cosignature
 * (c2sp.org/tlog-witness v1.0.0): with the proof that the tree it shows continues the one that the
 * witness saw last. The size of that one is learned from the witness itself.
 */
export class WitnessContact {
  private readonly options: WitnessContactOptions;
  private oldSize = 0;
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
   * Its cosignature of the head, or undefined with the reason in {@link status}. `newest` is the size
   * of a tree at least as large as the head whose tiles are all there: partial tiles of a smaller one
   * may have been removed since. Rejects when the tiles cannot be read.
   */
  async cosign(
    head: LogHead,
    newest: number,
    signal: AbortSignal,
  ): Promise<NoteSignature | undefined> {
    const { client, witness } = this.options;
    for (let tries = 1; tries <= triesMax; tries += 1) {
      if (this.oldSize > head.treeSize) {
        const seen = `it has seen ${this.oldSize} entries of this log, which has ${head.treeSize}`;
        return this.ended('refused', seen);
      }
      const body = addCheckpointBody({
        oldSize: this.oldSize,
        proof: await this.proof(head.treeSize, newest),
        checkpoint: head.checkpoint,
      });
      const answer = await client.addCheckpoint(witness.url ?? '', body, signal);
      if (answer.kind !== 'conflict') return this.settled(head, answer);
      if (answer.size === this.oldSize) {
        return this.ended(
          'refused',
          `it answers 409 with the size ${answer.size} that it was sent`,
        );
      }
      this.oldSize = answer.size;
      this.present = { ...this.present, treeSize: answer.size };
    }
    return this.ended('refused', `it answered 409 ${triesMax} times with sizes that do not hold`);
  }

  private async proof(size: number, newest: number): Promise<readonly Hash[]> {
    if (this.oldSize === 0 || this.oldSize === size) return [];
    const source = hashesFromTiles(newest, tileReader(this.options.tiles));
    return proveConsistency(this.oldSize, size, source);
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
    this.oldSize = head.treeSize;
    const { name } = this.options.witness;
    this.present = { name, state: 'cosigned', treeSize: head.treeSize, reason: null };
    return cosignature;
  }

  /** Lines of other keys are passed over: a witness may sign with more than one. */
  private verified(head: LogHead, lines: readonly string[]): NoteSignature | undefined {
    const note = parseSignedNote(utf8(head.checkpoint));
    if (!note.ok) throw new TypeError(`a head is no note: ${note.fault}`);
    for (const line of lines) {
      const parsed = parseSignatureLine(line);
      if (parsed.ok && isCosignature(this.options, note.value.text, parsed.value)) {
        return parsed.value;
      }
    }
    return undefined;
  }

  private ended(state: 'refused' | 'away', reason: string): undefined {
    this.present = { ...this.present, state, reason };
  }
}

/** True for a valid cosignature of the text by the witness, of no later than in five minutes. */
export function isCosignature(
  { witness: { key }, clock }: Pick<WitnessContactOptions, 'witness' | 'clock'>,
  text: string,
  signature: NoteSignature,
): boolean {
  if (signature.name !== key.name || !areEqual(signature.keyId, key.keyId)) return false;
  const time = readCosignature(signature.signature)?.time;
  const now = BigInt(Math.floor(epochMs(clock.now()) / 1_000));
  if (time === undefined || time > now + futureMaxS) return false;
  return isSignedBy(key, text, signature);
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
    422: 'it does not accept that this log continues the one it saw (422)',
  };
  return known[status] ?? `it answered ${status}`;
}
