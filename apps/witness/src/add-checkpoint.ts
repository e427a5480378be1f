import { areEqual, emptyRoot, fromBase64, hashBytes, noteBytesMax } from '#tlog';
import { parseCheckpoint, parseSignedNote, parseSize, proofHashesMax, signaturesBy } from '#tlog';
import { textOf, utf8, verdictOf, verifyConsistency } from '#tlog';
import type { Checkpoint, Hash, NoteSignature, Parsed, SignedNote, VerifierKey } from '#tlog';

/** The body of an add-checkpoint request (c2sp.org/tlog-witness v1.0.0), read. */
export type AddCheckpointRequest = {
  /** The size that the log believes this witness cosigned last. */
  readonly oldSize: number;
  readonly proof: readonly Hash[];
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
};

/** What a witness remembers of an origin: nothing it ever cosigns may contradict this. */
export type CosignedHead = {
  readonly size: number;
  readonly root: Hash;
  /** POSIX seconds of the last cosignature. */
  readonly time: bigint;
};

/** Keys that may sign for an origin, as the operator of the witness listed them. */
export type TrustedKeys = readonly VerifierKey[];

/**
 * What is answered. Only `cosign` changes anything, and only after the head in it was stored.
 * `reason` is one line for the person who operates the log; clients go by the status.
 */
export type Decision =
  | { readonly kind: 'cosign'; readonly logSignatures: readonly NoteSignature[] }
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'refuse'; readonly status: 400 | 403 | 404 | 422; readonly reason: string };

const oldLineMax = 'old 9007199254740991\n'.length;
/** 32 bytes are 44 characters of base64. */
const proofLine = 45;

/** Nothing longer can be a well-formed request, so no more than this is ever read. */
export const requestBytesMax = oldLineMax + proofHashesMax * proofLine + 1 + noteBytesMax;

/** Reads a body strictly: one spelling for each thing, and the fault in words. */
export function parseAddCheckpoint(bytes: Uint8Array): Parsed<AddCheckpointRequest> {
  const malformed = (fault: string) => ({ ok: false, fault }) as const;
  if (bytes.length > requestBytesMax) return malformed(`longer than ${requestBytesMax} bytes`);
  const text = textOf(bytes);
  if (text === undefined) return malformed('not valid UTF-8');
  const blank = text.indexOf('\n\n');
  if (blank < 0) return malformed('no blank line before the checkpoint');
  const [oldLine = '', ...proofLines] = text.slice(0, blank).split('\n');
  const oldSize = parseSize(/^old ([0-9]{1,16})$/.exec(oldLine)?.[1] ?? '');
  if (oldSize === undefined) return malformed('line 1 is not "old" and a tree size');
  if (proofLines.length > proofHashesMax) return malformed(`more than ${proofHashesMax} hashes`);
  const proof: Hash[] = [];
  for (const line of proofLines) {
    const hash = fromBase64(line);
    if (hash?.length !== hashBytes) return malformed(`hash ${proof.length} is not one`);
    proof.push(hash);
  }
  const note = parseSignedNote(utf8(text.slice(blank + 2)));
  if (!note.ok) return malformed(`the note: ${note.fault}`);
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) return malformed(`the checkpoint: ${checkpoint.fault}`);
  return {
    ok: true,
    value: { oldSize, proof, note: note.value, checkpoint: checkpoint.value },
  };
}

/**
 * The rules of tlog-witness in the order of its text: who speaks (404, 403), whether the sizes make
 * sense (400), whether the log knows where this witness stands (409), whether the new tree is a
 * continuation of the one that was cosigned (422). `keys` is undefined for an unknown origin, `last`
 * before the first cosignature for it.
 */
export function decide(
  keys: TrustedKeys | undefined,
  last: CosignedHead | undefined,
  { oldSize, proof, note, checkpoint }: AddCheckpointRequest,
): Decision {
  const refuse = (status: 400 | 403 | 404 | 422, reason: string): Decision => {
    return { kind: 'refuse', status, reason };
  };
  if (keys === undefined) return refuse(404, 'this witness does not watch that origin');
  const verdicts = keys.map((key) => verdictOf(note, key));
  if (verdicts.includes('invalid')) return refuse(403, 'a signature of a known key is wrong');
  if (!verdicts.includes('valid')) return refuse(403, 'no signature of a known key of the log');
  const { size, root } = checkpoint;
  if (oldSize > size) return refuse(400, `old size ${oldSize} is above the checkpoint's ${size}`);
  const lastSize = last?.size ?? 0;
  if (oldSize !== lastSize) return { kind: 'conflict', size: lastSize };
  if (size === 0 && !areEqual(root, emptyRoot)) return refuse(422, 'not the root of no entries');
  const older = { size: lastSize, root: last?.root ?? emptyRoot };
  if (older.size === size && !areEqual(older.root, root)) {
    return refuse(422, `another root was cosigned for size ${size}`);
  }
  if (!verifyConsistency({ older, newer: { size, root }, proof })) {
    return refuse(422, `not proven to continue the tree of ${lastSize} entries`);
  }
  return { kind: 'cosign', logSignatures: keys.flatMap((key) => signaturesBy(note, key)) };
}

/**
 * The time to sign: the present, but never before the last cosignature for the same origin, whatever
 * the machine's clock has done since (tlog-cosignature: a later statement is not of an earlier time).
 */
export function timeToSign(presentMs: number, last: CosignedHead | undefined): bigint {
  const present = BigInt(Math.max(0, Math.floor(presentMs / 1000)));
  return last !== undefined && last.time > present ? last.time : present;
}
