import { parseCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { hashBytes, leafHash } from './merkle-tree.ts';
import type { Hash } from './merkle-tree.ts';
import { isQuorum } from './policy.ts';
import type { Policy } from './policy.ts';
import { proofHashesMax, verifyInclusion } from './proofs.ts';
import { base64, fromBase64, malformed, parseSize, read, textOf, utf8 } from './reading.ts';
import type { Parsed } from './reading.ts';
import { noteBytesMax, parseSignedNote, verdictOf } from './signed-note.ts';
import type { SignedNote } from './signed-note.ts';

/** A `.tlog-proof` (c2sp.org/tlog-proof@v1): that an entry stands at `index` under a checkpoint. */
export type TlogProof = {
  /** Unauthenticated bytes of whoever made the proof; this ledger never writes any. */
  readonly extra: Uint8Array | undefined;
  readonly index: number;
  readonly hashes: readonly Hash[];
  /** The note, verbatim. */
  readonly checkpoint: Uint8Array;
};

const header = 'c2sp.org/tlog-proof@v1';
const proofBytesMax = noteBytesMax + 8_192;

export function formatTlogProof({ extra, index, hashes, checkpoint }: TlogProof): Uint8Array {
  const note = textOf(checkpoint);
  if (note === undefined) throw new TypeError('a checkpoint is valid UTF-8');
  const lines = [
    header,
    ...(extra === undefined ? [] : [`extra ${base64(extra)}`]),
    `index ${index}`,
    ...hashes.map(base64),
  ];
  return utf8(`${lines.join('\n')}\n\n${note}`);
}

export function parseTlogProof(bytes: Uint8Array): Parsed<TlogProof> {
  if (bytes.length > proofBytesMax) return malformed(`longer than ${proofBytesMax} bytes`);
  const text = textOf(bytes);
  if (text === undefined) return malformed('not valid UTF-8');
  const blank = text.indexOf('\n\n');
  if (blank < 0) return malformed('no blank line before the checkpoint');
  const lines = text.slice(0, blank).split('\n');
  if (lines.shift() !== header) return malformed(`the first line is not ${header}`);
  let extra: Uint8Array | undefined;
  if (lines[0]?.startsWith('extra ') === true) {
    extra = fromBase64((lines.shift() as string).slice('extra '.length));
    if (extra === undefined) return malformed('the extra line is not canonical base64');
  }
  const index = parseSize(/^index (.*)$/.exec(lines.shift() ?? '')?.[1] ?? '');
  if (index === undefined) return malformed('no index');
  if (lines.length > proofHashesMax) return malformed(`more than ${proofHashesMax} hashes`);
  const hashes: Hash[] = [];
  for (const line of lines) {
    const hash = fromBase64(line);
    if (hash?.length !== hashBytes) return malformed(`hash ${hashes.length} is not one`);
    hashes.push(hash);
  }
  return read({ extra, index, hashes, checkpoint: utf8(text.slice(blank + 2)) });
}

/** Why a checkpoint or a proof does not hold, in words of the closed list of its reader. */
export type ProofFault =
  | 'note-malformed'
  | 'checkpoint-malformed'
  | 'origin-differs'
  | 'log-signature-missing'
  | 'log-signature-invalid'
  | 'witness-signature-invalid'
  | 'quorum-missing'
  | 'entry-not-included';

export type CheckpointVerdict = {
  readonly faults: readonly { readonly fault: ProofFault; readonly detail: string }[];
  readonly checkpoint: Checkpoint | undefined;
  readonly note: SignedNote | undefined;
  /** Names, by the policy, of the witnesses whose cosignatures are valid. */
  readonly witnessed: ReadonlySet<string>;
};

/**
 * Holds a signed checkpoint against a policy: origin and signature of the log, cosignatures and
 * quorum. Signatures by others are left alone, as the specification wants. Never throws.
 */
export function verifyCheckpoint(bytes: Uint8Array, policy: Policy): CheckpointVerdict {
  const nobody: ReadonlySet<string> = new Set();
  const failed = (fault: ProofFault, detail: string) => {
    return {
      faults: [{ fault, detail }],
      checkpoint: undefined,
      note: undefined,
      witnessed: nobody,
    };
  };
  const note = parseSignedNote(bytes);
  if (!note.ok) return failed('note-malformed', note.fault);
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) return failed('checkpoint-malformed', checkpoint.fault);
  const faults: { fault: ProofFault; detail: string }[] = [];
  const { origin } = checkpoint.value;
  if (origin !== policy.log.name) {
    faults.push({ fault: 'origin-differs', detail: `${origin}, not ${policy.log.name}` });
  }
  const verdict = verdictOf(note.value, policy.log);
  if (verdict === 'absent') {
    faults.push({ fault: 'log-signature-missing', detail: policy.log.name });
  } else if (verdict === 'invalid') {
    faults.push({ fault: 'log-signature-invalid', detail: policy.log.name });
  }
  const witnessed = new Set<string>();
  for (const { name, key } of policy.witnesses) {
    const cosigned = verdictOf(note.value, key);
    if (cosigned === 'valid') witnessed.add(name);
    if (cosigned === 'invalid') faults.push({ fault: 'witness-signature-invalid', detail: name });
  }
  if (!isQuorum(policy.quorum, witnessed)) {
    faults.push({ fault: 'quorum-missing', detail: `${witnessed.size} valid cosignatures` });
  }
  return { faults, checkpoint: checkpoint.value, note: note.value, witnessed };
}

/**
 * Holds a proof against an entry's bytes and a policy, in the order of the specification: origin and
 * log signature, cosignatures, inclusion. All faults are listed. Never throws.
 */
export function verifyTlogProof(
  proof: TlogProof,
  entry: Uint8Array,
  policy: Policy,
): CheckpointVerdict {
  const verdict = verifyCheckpoint(proof.checkpoint, policy);
  const { checkpoint } = verdict;
  if (checkpoint === undefined) return verdict;
  const { size, root } = checkpoint;
  const { index, hashes } = proof;
  if (verifyInclusion({ leaf: leafHash(entry), index, size, proof: hashes, root })) return verdict;
  const detail = `not entry ${index} of ${size}`;
  return { ...verdict, faults: [...verdict.faults, { fault: 'entry-not-included', detail }] };
}
