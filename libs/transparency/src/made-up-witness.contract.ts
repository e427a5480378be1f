import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { epochMs, manualClock } from '#kernel';
import type { Instant } from '#kernel';
import { MemoryEventStore } from '#event-store';
import { cosignedMessage, encodeCosignature, formatSignatureLine, formatVerifierKey } from '#tlog';
import { fromBase64, parseCheckpoint, parsePolicy, parseSignedNote, parseSize } from '#tlog';
import { textOf, utf8, verdictOf, verifierKey, verifyCheckpoint, verifyConsistency } from '#tlog';
import type { Checkpoint, VerifierKey } from '#tlog';
import { grow, origin, sequencerOf, specSigner, until } from './made-up-log.contract.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import { Publisher } from './publisher.ts';
import type { PublisherOptions } from './publisher.ts';
import { checkpointPath } from './tile-store.ts';
import { WitnessClient } from './witness-client.ts';
import type { WitnessAnswer } from './witness-client.ts';

export const now = '2026-11-20T02:00:00.000Z' as Instant;
export const nowS = BigInt(epochMs(now) / 1_000);

/** A witness by the table of c2sp.org/tlog-witness, whose ways can be bent. */
export class SpecWitness {
  readonly key: VerifierKey;
  readonly name: string;
  seen: Checkpoint | undefined;
  requests = 0;
  readonly bodies: string[] = [];
  trusted: VerifierKey = specSigner(1).key;
  /** What it does instead of answering as it should. */
  bent: ((body: Uint8Array) => WitnessAnswer | Promise<WitnessAnswer>) | undefined;
  time = nowS;
  private readonly privateKey;

  constructor(name: string, seed: number) {
    const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
    const der = Buffer.concat([prefix, Buffer.alloc(32, seed)]);
    this.privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.privateKey).export({ format: 'der', type: 'spki' });
    this.name = name;
    const publicKey = Uint8Array.from(spki.subarray(-32));
    this.key = verifierKey(`witness.invalid/${name}`, 'cosignature', publicKey);
  }

  /** The table of the specification, from its top. */
  async add(body: Uint8Array): Promise<WitnessAnswer> {
    this.requests += 1;
    this.bodies.push(textOf(body) ?? 'not text');
    if (this.bent !== undefined) return this.bent(body);
    const refused = (status: number): WitnessAnswer => ({ kind: 'refused', status });
    const [oldText = '', note = ''] = splitOnce(textOf(body) ?? '', '\n\n');
    const [first = '', ...proofLines] = oldText.split('\n');
    const old = parseSize(/^old (.*)$/.exec(first)?.[1] ?? '');
    const signed = parseSignedNote(utf8(note));
    const proof = proofLines.flatMap((line) => fromBase64(line) ?? []);
    const isWhole = proof.length === proofLines.length && proof.length <= 63;
    if (old === undefined || !signed.ok || !isWhole) return refused(400);
    const { text } = signed.value;
    if (!text.startsWith(`${origin}\n`)) return refused(404);
    if (verdictOf(signed.value, this.trusted) !== 'valid') return refused(403);
    const checkpoint = parseCheckpoint(text);
    if (!checkpoint.ok || old > checkpoint.value.size) return refused(400);
    const newer = checkpoint.value;
    if (old !== (this.seen?.size ?? 0)) return { kind: 'conflict', size: this.seen?.size ?? 0 };
    const holds =
      this.seen === undefined
        ? proof.length === 0
        : verifyConsistency({ older: this.seen, newer, proof });
    if (!holds) return refused(422);
    this.seen = newer;
    return { kind: 'cosigned', lines: [this.lineOver(text)] };
  }

  lineOver(text: string): string {
    const signature = sign(null, cosignedMessage(this.time, text), this.privateKey);
    const { name, keyId } = this.key;
    const encoded = encodeCosignature(this.time, Uint8Array.from(signature));
    return formatSignatureLine({ name, keyId, signature: encoded }).slice(0, -1);
  }
}

/** The text under the signatures in a request's body. */
export function noteTextOf(body: Uint8Array): string {
  const [, note] = splitOnce(textOf(body) ?? '', '\n\n');
  return `${splitOnce(note, '\n\n')[0]}\n`;
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return [text.slice(0, at), text.slice(at + by.length)];
}

export class SpecClient extends WitnessClient {
  private readonly witnesses: readonly SpecWitness[];

  constructor(witnesses: readonly SpecWitness[]) {
    super();
    this.witnesses = witnesses;
  }

  override async addCheckpoint(
    url: string,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<WitnessAnswer> {
    const witness = this.witnesses.find(({ name }) => url === `https://${name}.invalid`);
    const nowhere: WitnessAnswer = { kind: 'away', reason: 'nowhere' };
    const aborted = new Promise<WitnessAnswer>((resolve) => {
      signal.addEventListener('abort', () =>
        resolve({ kind: 'away', reason: 'it takes too long' }),
      );
    });
    return Promise.race([witness?.add(body) ?? nowhere, aborted]);
  }
}

export function policyOf(witnesses: readonly SpecWitness[], quorum: string) {
  const named = witnesses.map(
    ({ name, key }) => `witness ${name} ${formatVerifierKey(key)} https://${name}.invalid`,
  );
  const group =
    witnesses.length === 0 || quorum === 'none'
      ? 'quorum none'
      : `group all-of-them ${quorum} ${witnesses.map(({ name }) => name).join(' ')}\nquorum all-of-them`;
  const text = [`log ${formatVerifierKey(specSigner(1).key)}`, ...named, group, ''].join('\n');
  const policy = parsePolicy(utf8(text));
  if (!policy.ok) throw new Error(policy.fault);
  return policy.value;
}

/** A log with its publisher, and a hand on when those who failed are asked again. */
export function published(
  witnesses: readonly SpecWitness[],
  quorum: string,
  more: Partial<PublisherOptions> = {},
  store = new MemoryEventStore(),
) {
  const { tiles = new MemoryTileStore() } = more;
  const policy = policyOf(witnesses, quorum);
  const rests: (() => void)[] = [];
  const options: PublisherOptions = {
    clock: manualClock(now),
    policy,
    witnesses: new SpecClient(witnesses),
    graceMs: 20,
    patienceMs: 2_000,
    backOff: (_, signal) =>
      new Promise<void>((resolve) => {
        rests.push(resolve);
        signal.addEventListener('abort', () => resolve());
      }),
    ...more,
    tiles,
  };
  const publisher = new Publisher(options);
  const { sequencer } = sequencerOf(store, tiles, { onHead: (head) => publisher.offer(head) });
  const growTo = async (from: number, to: number) => {
    await grow(store, from, to - from);
    await until(() => sequencer.status().head?.treeSize === to);
  };
  return {
    store,
    tiles,
    policy,
    options,
    publisher,
    sequencer,
    growTo,
    askAgain: () => rests.splice(0).forEach((end) => end()),
    resting: () => rests.length,
    size: () => publisher.status().published?.treeSize ?? 0,
    verdict: async () => verifyCheckpoint((await tiles.read(checkpointPath)) as Uint8Array, policy),
    start: async () => {
      await publisher.start();
      await sequencer.start();
    },
    stop: async () => {
      await sequencer.stop();
      await publisher.stop();
    },
  };
}

/** Called one, two and three. */
export function threeWitnesses(): readonly [SpecWitness, SpecWitness, SpecWitness] {
  return [new SpecWitness('mot', 2), new SpecWitness('hai', 3), new SpecWitness('ba', 4)];
}
