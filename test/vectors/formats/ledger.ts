import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { entryBytes } from '#kernel';
import {
  base64,
  cosignedMessage,
  encodeCosignature,
  formatCheckpoint,
  formatSignedNote,
  formatTlogProof,
  formatVerifierKey,
  hashesFromTiles,
  proveInclusion,
  textOf,
  tilePath,
  TreeEdge,
  utf8,
  verifierKey,
} from '#tlog';
import type { Hash, NoteSignature, VerifierKey } from '#tlog';
import { GrowingLog, headsRoot, headsStream, keysStream, streamHeadBytes } from '#transparency';
import type { LogFact, StreamHead } from '#transparency';
import { tellAgencies, tellEvidence, tellPeople, tellPlan } from './chapters.ts';
import { tellFigures, tellReviews } from './figures.ts';
import { Story } from './story.ts';

export const origin = 'ledger.invalid/vectors';

/** A key whose private seed is one byte, thirty-two times: anybody can sign with it. */
export type VectorKey = {
  readonly verifier: VerifierKey;
  readonly sign: (text: string) => NoteSignature;
};

function vectorKey(name: string, seed: number, cosignedAt?: bigint): VectorKey {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([prefix, Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const type = cosignedAt === undefined ? 'ed25519' : 'cosignature';
  const verifier = verifierKey(name, type, Uint8Array.from(spki.subarray(-32)));
  const { keyId } = verifier;
  return {
    verifier,
    sign: (text) => {
      if (cosignedAt === undefined) {
        return { name, keyId, signature: sign(null, utf8(text), privateKey) };
      }
      const raw = sign(null, cosignedMessage(cosignedAt, text), privateKey);
      return { name, keyId, signature: encodeCosignature(cosignedAt, raw) };
    },
  };
}

export const keys = {
  /** Opened the log, and was retired. */
  first: vectorKey(origin, 0x11),
  second: vectorKey(origin, 0x22),
  inspectorate: vectorKey('witness.invalid/thanh_tra', 0x33, 1_783_000_000n),
  auditor: vectorKey('witness.invalid/kiem_toan', 0x44, 1_783_000_001n),
  /** In no policy. */
  stranger: vectorKey('witness.invalid/la', 0x55, 1_783_000_002n),
  /** Bears the log's name and is not one of its keys. */
  forger: vectorKey(origin, 0x66),
} as const;

export const witnesses = [keys.inspectorate, keys.auditor] as const;

export function policyText(log: VectorKey, quorum: string): string {
  const [inspectorate, auditor] = witnesses.map(({ verifier }) => formatVerifierKey(verifier));
  return [
    `log ${formatVerifierKey(log.verifier)}`,
    `witness thanh_tra ${inspectorate}`,
    `witness kiem_toan ${auditor}`,
    'group hai_co_quan all thanh_tra kiem_toan',
    `quorum ${quorum}`,
    '',
  ].join('\n');
}

export type Tree = {
  readonly size: number;
  readonly root: Hash;
  /** Tiles and bundles by path. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
};

export function treeOf(entries: readonly Uint8Array[]): Tree {
  const log = new GrowingLog(new TreeEdge(), []);
  for (const entry of entries) log.append(entry);
  const objects = new Map(log.takeObjects().map(({ path, bytes }) => [path, bytes]));
  return { size: log.size, root: log.root(), objects };
}

export function checkpointText({ size, root }: Pick<Tree, 'size' | 'root'>): string {
  return formatCheckpoint({ origin, size, root, extensions: [] });
}

export function signed(text: string, signers: readonly VectorKey[]): Uint8Array {
  return formatSignedNote({ text, signatures: signers.map((key) => key.sign(text)) });
}

export async function proofOf(tree: Tree, index: number, checkpoint: Uint8Array) {
  const source = hashesFromTiles(tree.size, async (name) => {
    return tree.objects.get(tilePath(name)) as Uint8Array;
  });
  const hashes = await proveInclusion(index, tree.size, source);
  return formatTlogProof({ extra: undefined, index, hashes, checkpoint });
}

/** The leaves of the tree of heads, in its order. */
export function headLeaves(heads: readonly StreamHead[]): Uint8Array[] {
  return heads.map(streamHeadBytes).sort((left, right) => Buffer.compare(left, right));
}

export type VectorLedger = {
  readonly story: Story;
  readonly entries: readonly Uint8Array[];
  readonly tree: Tree;
  readonly checkpoint: Uint8Array;
  /** Of an earlier size, signed by both keys of the log, with one witness. */
  readonly older: { readonly tree: Tree; readonly checkpoint: Uint8Array };
  /** What the log's entry on heads speaks of, and where that entry is. */
  readonly heads: {
    readonly recorded: readonly StreamHead[];
    readonly leaves: readonly Uint8Array[];
    readonly index: number;
  };
};

/** The whole ledger: what happened, in order, and the log of it. */
export async function vectorLedger(): Promise<VectorLedger> {
  const story = new Story();
  const aboutKeys = (fact: LogFact) => story.machine(keysStream, fact);
  const [first, second] = [keys.first, keys.second].map((key) => formatVerifierKey(key.verifier));
  aboutKeys({ type: 'log.opened.v1', data: { origin, key: first as string } });
  tellAgencies(story);
  tellPeople(story);
  aboutKeys({ type: 'log.key-added.v1', data: { key: second as string } });
  tellPlan(story);
  const olderTree = treeOf(story.told.map(({ bytes }) => bytes));
  const reason = 'thay khóa định kỳ';
  aboutKeys({ type: 'log.key-retired.v1', data: { key: first as string, reason } });
  tellEvidence(story);
  tellFigures(story);
  const recorded = story.heads();
  const leaves = headLeaves(recorded);
  const [treeSize, root] = [story.told.length, base64(await headsRoot(recorded))];
  const heads = { type: 'log.heads-recorded.v1', data: { treeSize, root } } as const;
  story.machine(headsStream, heads);
  tellReviews(story);

  const entries = story.told.map(({ bytes }) => bytes);
  const tree = treeOf(entries);
  const older = checkpointText(olderTree);
  return {
    story,
    entries,
    tree,
    checkpoint: signed(checkpointText(tree), [keys.second, ...witnesses]),
    older: {
      tree: olderTree,
      checkpoint: signed(older, [keys.first, keys.second, keys.inspectorate]),
    },
    heads: { recorded, leaves, index: treeSize },
  };
}

/** The entry of a told act with something changed, as whoever holds the key could have logged it. */
export function rewritten(bytes: Uint8Array, change: (entry: Entryish) => void): Uint8Array {
  const entry = JSON.parse(textOf(bytes) as string) as Entryish;
  change(entry);
  return entryBytes(entry as never);
}

export type Entryish = {
  data: Record<string, unknown>;
  id: string;
  metadata: Record<string, unknown>;
  revision: number;
  stream: string;
  type: string;
};
