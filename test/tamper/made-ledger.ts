import fc from 'fast-check';
import { derivedUuid, digestOf, epochMs, instantFromMs } from '#kernel';
import type { Basis, Metadata } from '#kernel';
import type { NewEvent } from '#event-store';
import type { LogSigner } from '#transparency';
import { specSigner } from '../../libs/transparency/src/made-up-log.contract.ts';
import { now, SpecWitness } from '../../libs/transparency/src/made-up-witness.contract.ts';
import { LedgerWriter } from './ledger.ts';
import type { Ledger } from './ledger.ts';

/** How a valid ledger came about. Everything in it follows from this. */
export type Plan = {
  /** Entries, those of the log's own streams included. */
  readonly size: number;
  readonly streams: number;
  readonly witnesses: number;
  /** At most `witnesses`; 0 asks for none. */
  readonly atLeast: number;
  /** How often the log's key is changed for another, each time with an overlap. */
  readonly rotations: number;
  /** In how many runs of the server it was written. */
  readonly runs: number;
  /** Entries under one head at most. */
  readonly batchMax: number;
  readonly recordsHeads: boolean;
  /** Events that the log has not taken up yet. */
  readonly behind: number;
  readonly words: readonly string[];
};

/** Sizes at which a tile or a level begins or ends come as often as all others together. */
const edges = [0, 1, 2, 3, 127, 128, 255, 256, 257, 258, 511, 512, 513, 600];
const letters = ['ă', 'ấ', 'ơ', 'ữ', 'đ', 'ệ', ' ', '"', '\\', '/', '𠀀', 'é', '0', '\u2028'];

export const plans: fc.Arbitrary<Plan> = fc
  .record({
    size: fc.oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max: 600 })),
    streams: fc.integer({ min: 1, max: 20 }),
    witnesses: fc.integer({ min: 0, max: 3 }),
    atLeast: fc.integer({ min: 0, max: 3 }),
    rotations: fc.integer({ min: 0, max: 3 }),
    runs: fc.integer({ min: 1, max: 5 }),
    batchMax: fc.constantFrom(1, 7, 100, 256, 300, 4_096),
    recordsHeads: fc.boolean(),
    behind: fc.constantFrom(0, 0, 1, 5),
    words: fc.array(fc.string({ unit: fc.constantFrom(...letters), maxLength: 30 }), {
      minLength: 1,
      maxLength: 8,
    }),
  })
  .map((plan) => ({ ...plan, atLeast: Math.min(plan.atLeast, plan.witnesses) }))
  // A head for every few entries of a long log takes seconds and shows nothing new.
  .map((plan) => ({ ...plan, batchMax: Math.max(plan.batchMax, Math.floor(plan.size / 8)) }));

export type Made = Ledger & {
  readonly writer: LedgerWriter;
  readonly size: number;
  /** Published checkpoints of smaller trees that the key in use now has signed. */
  readonly earlier: readonly Uint8Array[];
};

/** Carries a plan out on the ledger's own parts. */
export async function make(plan: Plan): Promise<Made> {
  const names = ['mot', 'hai', 'ba'].slice(0, plan.witnesses);
  const witnesses = names.map((name, at) => new SpecWitness(name, 2 + at));
  const writer = new LedgerWriter(specSigner(1), { witnesses, atLeast: plan.atLeast });
  const maker = new Maker(plan, writer);
  await maker.run();
  const ledger = await writer.ledger();
  return { ...ledger, writer, size: maker.size, earlier: maker.earlier };
}

class Maker {
  size = 0;
  earlier: Uint8Array[] = [];
  private readonly plan: Plan;
  private readonly writer: LedgerWriter;
  private readonly revisions = new Map<string, number>();
  private count = 0;
  private key: LogSigner = specSigner(1);
  private leaving: LogSigner | undefined;
  private rotated = 0;

  constructor(plan: Plan, writer: LedgerWriter) {
    this.plan = plan;
    this.writer = writer;
  }

  async run(): Promise<void> {
    const { size, runs, batchMax, recordsHeads, behind } = this.plan;
    if (size > 0) await this.take(() => this.writer.useKeys([this.key]), 1);
    for (let run = 1; run <= runs; run += 1) {
      await this.changeKeys();
      const until = run === runs ? size : Math.floor((size * run) / runs);
      const isHeld = recordsHeads && run > 1 && this.size > 0 && this.size < until;
      if (isHeld) await this.take(() => this.writer.recordHeads(), 1);
      while (this.size < until) await this.appendOne();
      if (this.size > 0) await this.writer.sequence(batchMax);
      if (run < runs && this.size > 0) await this.keepCheckpoint();
    }
    for (let n = 0; n < behind; n += 1) await this.appendOne();
    this.size -= behind;
  }

  /** In with a new key in one run, out with the old one in a later one, while there is room. */
  private async changeKeys(): Promise<void> {
    const { size, rotations } = this.plan;
    if (this.size === 0 || this.size >= size) return;
    const { leaving } = this;
    if (leaving !== undefined) {
      const keyId = Buffer.from(leaving.key.keyId).toString('hex');
      const retired = [{ keyId, reason: 'thay khóa định kỳ' }];
      await this.take(() => this.writer.useKeys([this.key], retired), 1);
      this.leaving = undefined;
    } else if (this.rotated < rotations) {
      this.rotated += 1;
      this.leaving = this.key;
      this.key = specSigner(100 + this.rotated);
      await this.take(() => this.writer.useKeys([this.leaving as LogSigner, this.key]), 1);
      this.earlier = [];
    }
  }

  private async take(work: () => Promise<void>, entries: number): Promise<void> {
    await work();
    this.size += entries;
  }

  private async keepCheckpoint(): Promise<void> {
    this.earlier.push((await this.writer.tiles.read('checkpoint')) as Uint8Array);
  }

  private async appendOne(): Promise<void> {
    const { streams, words } = this.plan;
    const n = this.count;
    // Some streams get much, others little; the steps have no factor in common with their number.
    const stream = `made-${((n * 7) % 23) % streams}`;
    const revision = this.revisions.get(stream) ?? 0;
    const others = [...this.revisions].filter(([other]) => other !== stream);
    const [basis] = others.slice(n % Math.max(1, others.length));
    const cited = basis === undefined ? [] : [{ stream: basis[0], revision: basis[1] - 1 }];
    await this.writer.append(stream, revision, [eventOf(stream, revision, n, cited, words)]);
    this.revisions.set(stream, revision + 1);
    this.count += 1;
    this.size += 1;
  }
}

function eventOf(
  stream: string,
  revision: number,
  n: number,
  basis: readonly Basis[],
  words: readonly string[],
): NewEvent {
  const commandId = derivedUuid(['made', stream, revision]);
  const metadata: Metadata = {
    actor: {
      person: derivedUuid(['person', n % 7]),
      agency: 'son_la.so_tc',
      unit: n % 2 === 0 ? 'son_la.so_tc' : 'son_la.so_tc.p_khtc',
      role: 'officer',
      actingFor: n % 5 === 0 ? derivedUuid(['head']) : null,
    },
    commandId,
    requestDigest: digestOf(`${stream} ${revision}`),
    correlationId: commandId,
    causationId: n % 3 === 0 ? 'cause' : null,
    // Two acts of one millisecond are in order as well.
    recordedAt: instantFromMs(epochMs(now) + Math.floor(n / 2)),
    software: 'minhchung/0.0.0',
    basis,
  };
  const word = (words[n % words.length] as string).normalize('NFC');
  const data = { n, word, [word]: [word, null, true, -n, 2 ** 53 - 1 - n], nothing: {} };
  return { id: derivedUuid(['event', commandId, 0]), type: 'made.happened.v1', data, metadata };
}
