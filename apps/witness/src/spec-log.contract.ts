import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { PrivateKeyInput } from 'node:crypto';
import { base64, formatCheckpoint, formatSignedNote, leafHash, perfectRoot } from '#tlog';
import { proveConsistency, treeRoot, utf8, verifierKey } from '#tlog';
import type { Hash, HashSource, KeyType, SignedNote } from '#tlog';
import type { LogSigner } from '#transparency';
import type { HeadStore } from './head-folder.ts';

export const specOrigin = 'log.invalid/spec';

/** A signer whose private key is one byte, thirty-two times. */
export function specSigner(name: string, seed: number, type: KeyType = 'ed25519'): LogSigner {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([prefix, Buffer.alloc(32, seed)]);
  const input: PrivateKeyInput = { key: der, format: 'der', type: 'pkcs8' };
  const privateKey = createPrivateKey(input);
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    key: verifierKey(name, type, Uint8Array.from(spki.subarray(-32))),
    sign: async (message) => sign(null, message, privateKey),
  };
}

/** What a request says, so that a spec can say one thing of it differently. */
export type SaidBySpecLog = {
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
  readonly signers: readonly LogSigner[];
};

/** A log that grows as it is told, and lies as it is told. */
export class SpecLog {
  readonly signer: LogSigner;
  private readonly leaves: readonly Hash[];

  constructor(leaves: readonly Hash[], signer = specSigner(specOrigin, 1)) {
    this.signer = signer;
    this.leaves = leaves;
  }

  /** The first `size` entries are "entry-0", "entry-1" and so on. */
  static of(size: number, signer?: LogSigner): SpecLog {
    return new SpecLog(leavesOf('entry', size), signer);
  }

  /** Another history from entry `at` on, by the same key. */
  forkedAt(at: number): SpecLog {
    const size = this.leaves.length;
    const others = leavesOf('another', size).slice(at);
    return new SpecLog([...this.leaves.slice(0, at), ...others], this.signer);
  }

  async root(size: number): Promise<Hash> {
    return treeRoot(size, this.source);
  }

  async note(size: number, changed: Partial<SaidBySpecLog> = {}): Promise<Uint8Array> {
    const { root = await this.root(size), signers = [this.signer] } = changed;
    const origin = this.signer.key.name;
    const text = formatCheckpoint({ origin, size, root, extensions: [] });
    return formatSignedNote({ text, signatures: await signaturesUnder(text, signers) });
  }

  /** The body of an add-checkpoint request that is right, but for what is changed. */
  async request(
    oldSize: number,
    size: number,
    changed: Partial<SaidBySpecLog> = {},
  ): Promise<Uint8Array> {
    const isGrowth = oldSize <= size && size <= this.leaves.length;
    const { proof = isGrowth ? await proveConsistency(oldSize, size, this.source) : [] } = changed;
    const note = await this.note(size, changed);
    const lines = [`old ${oldSize}`, ...proof.map(base64), '', ''];
    return Buffer.concat([utf8(lines.join('\n')), note]);
  }

  private readonly source: HashSource = async (subtrees) =>
    subtrees.map(({ level, index }) => {
      const spread = 2 ** level;
      return perfectRoot(this.leaves.slice(index * spread, (index + 1) * spread));
    });
}

function leavesOf(word: string, size: number): Hash[] {
  return Array.from({ length: size }, (_, index) => leafHash(utf8(`${word}-${index}`)));
}

async function signaturesUnder(
  text: string,
  signers: readonly LogSigner[],
): Promise<SignedNote['signatures']> {
  return Promise.all(
    signers.map(async (signer) => {
      const { name, keyId } = signer.key;
      return { name, keyId, signature: await signer.sign(utf8(text)) };
    }),
  );
}

/** Heads without a disk, that fails when told to, before or after it took effect. */
export class MemoryHeads implements HeadStore {
  readonly notes = new Map<string, Uint8Array>();
  failing: 'before' | 'after' | undefined;

  async names(): Promise<readonly string[]> {
    return [...this.notes.keys()];
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.notes.get(name);
  }

  async write(name: string, note: Uint8Array): Promise<void> {
    if (this.failing === 'before') throw new Error('the disk said no');
    this.notes.set(name, note);
    if (this.failing === 'after') throw new Error('the disk said no');
  }
}
