import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { derivedUuid, digestOf, entryBytes, instantFromMs } from '#kernel';
import type { Entry, Metadata } from '#kernel';
import { cosignedMessage, encodeBundle, encodeCosignature, formatCheckpoint } from '#tlog';
import { formatSignedNote, formatVerifierKey, leafHash, newBundles, parsePolicy } from '#tlog';
import { tilePath, TreeEdge, utf8, verifierKey } from '#tlog';
import type { NoteSignature, Policy, VerifierKey } from '#tlog';
import type { Finding } from './findings.ts';
import { LogSource } from './log-source.ts';

/** Logs for the specs of the judge: made here, entry by entry, so that each can be spoilt by hand. */
export const logOrigin = 'ledger.invalid/judged';

/** A key whose private part is one byte, thirty-two times. */
export type SignerKey = {
  readonly verifier: VerifierKey;
  readonly text: string;
  sign(text: string): NoteSignature;
};

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** As a log, or as a witness that cosigned at `time`, in POSIX seconds. */
export function signerKey(name: string, seed: number, time?: bigint): SignerKey {
  const der = Buffer.concat([pkcs8Prefix, Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const type = time === undefined ? 'ed25519' : 'cosignature';
  const verifier = verifierKey(name, type, Uint8Array.from(spki.subarray(-32)));
  const { keyId } = verifier;
  return {
    verifier,
    text: formatVerifierKey(verifier),
    sign: (text) => {
      if (time === undefined) return { name, keyId, signature: sign(null, utf8(text), privateKey) };
      const raw = sign(null, cosignedMessage(time, text), privateKey);
      return { name, keyId, signature: encodeCosignature(time, raw) };
    },
  };
}

export const logKey = signerKey(logOrigin, 1);
export const secondKey = signerKey(logOrigin, 2);
export const strangeKey = signerKey(logOrigin, 3);
export const witnessKeys = [4, 5, 6].map((seed) =>
  signerKey(`witness.invalid/${seed}`, seed, 1_795_000_000n + BigInt(seed)),
);

/** The policy of an auditor: this log, three witnesses of whom `quorum` says how many. */
export function policyFor(quorum = 'quorum none', log: SignerKey = logKey): Policy {
  const witnesses = witnessKeys.map(({ text }, at) => `witness w${at} ${text}`);
  return readPolicy([`log ${log.text}`, ...witnesses, quorum].join('\n'));
}

export function readPolicy(text: string): Policy {
  const policy = parsePolicy(utf8(text));
  if (!policy.ok) throw new Error(policy.fault);
  return policy.value;
}

type Told = Omit<Partial<Entry>, 'metadata'> & { readonly metadata?: Partial<Metadata> };

/** Entries as a ledger would record them; any member of any of them can be told otherwise. */
export class MadeStory {
  readonly entries: Uint8Array[] = [];
  private readonly revisions = new Map<string, number>();

  /** The log's opening and `count` − 1 further acts on five streams. */
  static of(count: number, origin = logOrigin, key: SignerKey = logKey): MadeStory {
    const story = new MadeStory();
    if (count > 0) story.open(origin, key);
    while (story.entries.length < count) story.tell(`spec-${story.entries.length % 5}`);
    return story;
  }

  open(origin = logOrigin, key: SignerKey = logKey): this {
    return this.keyEvent('log.opened.v1', { origin, key: key.text });
  }

  keyEvent(type: string, data: unknown): this {
    return this.tell('log-keys', { type, data });
  }

  tell(stream: string, told: Told = {}): this {
    const entry = this.next(stream, told);
    this.revisions.set(stream, entry.revision);
    this.entries.push(entryBytes(entry));
    return this;
  }

  /** Bytes that no writer of ours would make. */
  put(bytes: Uint8Array | string): this {
    this.entries.push(typeof bytes === 'string' ? utf8(bytes) : bytes);
    return this;
  }

  /** What {@link tell} would record. */
  next(stream: string, told: Told = {}): Entry {
    const n = this.entries.length;
    return {
      data: { value: String(n) },
      id: derivedUuid(['event', n]),
      revision: (this.revisions.get(stream) ?? -1) + 1,
      stream,
      type: 'spec.happened.v1',
      ...told,
      metadata: {
        actor: {
          person: derivedUuid(['person', n % 7]),
          agency: 'son_la.so_tc',
          unit: 'son_la.so_tc.p_ns',
          role: 'officer',
          actingFor: null,
        },
        basis: [],
        causationId: null,
        commandId: derivedUuid(['command', n]),
        correlationId: derivedUuid(['command', n]),
        recordedAt: instantFromMs(1_795_000_000_000 + n),
        requestDigest: digestOf(String(n)),
        software: 'spec/1',
        ...told.metadata,
      },
    };
  }
}

export type Head = {
  readonly size: number;
  readonly root: Uint8Array;
  readonly origin?: string;
  readonly extensions?: readonly string[];
};

export function signedHead(head: Head, signers: readonly SignerKey[] = [logKey]): Uint8Array {
  const text = formatCheckpoint({ origin: logOrigin, extensions: [], ...head });
  return formatSignedNote({ text, signatures: signers.map((one) => one.sign(text)) });
}

export type LogFiles = Map<string, Uint8Array>;

export type MadeLog = {
  readonly files: LogFiles;
  readonly root: Uint8Array;
};

/** Checkpoint, tiles and bundles as a log leaves them that was published at each of `sizes` before. */
export function madeLog(
  entries: readonly Uint8Array[],
  signers: readonly SignerKey[] = [logKey],
  sizes: readonly number[] = [],
): MadeLog {
  const files: LogFiles = new Map();
  const edge = new TreeEdge();
  for (const size of [...sizes.filter((one) => one < entries.length), entries.length]) {
    const from = edge.size;
    for (const entry of entries.slice(from, size)) {
      for (const { name, bytes } of edge.append(leafHash(entry))) files.set(tilePath(name), bytes);
    }
    for (const { name, bytes } of edge.partialTiles()) files.set(tilePath(name), bytes);
    for (const name of newBundles(from, size)) {
      const first = name.index * 256;
      files.set(tilePath(name), encodeBundle(entries.slice(first, first + name.width)));
    }
  }
  const root = edge.root();
  files.set('checkpoint', signedHead({ size: entries.length, root }, signers));
  return { files, root };
}

/** The root over the first `size` entries. */
export function rootOfFirst(entries: readonly Uint8Array[], size: number): Uint8Array {
  const edge = new TreeEdge();
  for (const entry of entries.slice(0, size)) edge.append(leafHash(entry));
  return edge.root();
}

/** A log in a map; what is read becomes the reader's own. */
export class MemoryLog extends LogSource {
  override readonly readAhead: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly asked: string[] = [];
  /** Whether it can say what is in it, as a folder can and a server cannot. */
  private readonly canList: boolean;

  constructor(
    files: ReadonlyMap<string, Uint8Array>,
    { canList = true, readAhead = 1 }: { canList?: boolean; readAhead?: number } = {},
  ) {
    super();
    this.files = files;
    this.canList = canList;
    this.readAhead = readAhead;
  }

  override async read(path: string): Promise<Uint8Array | undefined> {
    this.asked.push(path);
    return this.files.get(path)?.slice();
  }

  override list(): AsyncIterable<string> | undefined {
    return this.canList ? this.paths() : undefined;
  }

  private async *paths(): AsyncGenerator<string> {
    for (const path of this.files.keys()) if (path.startsWith('tile/')) yield path;
  }
}

/** A copy of the log in which one byte of one file has another lowest bit. */
export function flipped(files: LogFiles, path: string, at: number): LogFiles {
  const copy = new Map(files);
  const bytes = Uint8Array.from(copy.get(path) ?? []);
  if (at >= bytes.length) throw new Error(`${path} has no byte ${at}`);
  bytes[at] = (bytes[at] as number) ^ 1;
  return copy.set(path, bytes);
}

export function without(files: LogFiles, ...paths: readonly string[]): LogFiles {
  const copy = new Map(files);
  for (const path of paths) if (!copy.delete(path)) throw new Error(`there is no ${path}`);
  return copy;
}

/** Code and place of each finding: what specs compare, since the words follow from the code. */
export function placesOf(findings: readonly Finding[]): Omit<Finding, 'severity' | 'say'>[] {
  return findings.map(({ severity: _severity, say: _say, ...place }) => place);
}
