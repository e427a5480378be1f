import { instantFromMs, parseCount } from '#kernel';
import { areEqual, parseCheckpoint, parseSignedNote, readCosignature, signaturesBy } from '#tlog';
import { verifyCheckpoint } from '#tlog';
import type { Checkpoint, Policy, ProofFault, SignedNote } from '#tlog';
import type { FindingList } from './findings.ts';
import type { FindingCode } from './finding-texts.ts';
import type { LogKeyFold } from './log-keys.ts';

/** A witness of the policy and when it cosigned, as an instant. */
export type Cosigner = { readonly name: string; readonly time: string };

export type OpenedCheckpoint = {
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
  readonly witnesses: readonly Cosigner[];
};

export const codeOfProofFault: Readonly<Record<ProofFault, FindingCode>> = {
  'note-malformed': 'log/note-malformed',
  'checkpoint-malformed': 'log/checkpoint-malformed',
  'origin-differs': 'log/origin-differs',
  'log-signature-missing': 'log/signature-missing',
  'log-signature-invalid': 'log/signature-invalid',
  'witness-signature-invalid': 'log/witness-signature-invalid',
  'quorum-missing': 'log/quorum-missing',
  'entry-not-included': 'entry/not-included',
};

/**
 * Opens a checkpoint: by the policy of whoever asks, or without one only as far as it can be read, for
 * the keys to come out of the log itself. Undefined where it cannot be read.
 */
export function openCheckpoint(
  bytes: Uint8Array,
  policy: Policy | undefined,
  findings: FindingList,
): OpenedCheckpoint | undefined {
  if (policy !== undefined) {
    const { faults, note, checkpoint, witnessed } = verifyCheckpoint(bytes, policy);
    for (const { fault, detail } of faults) findings.add(codeOfProofFault[fault], { detail });
    if (note === undefined || checkpoint === undefined) return undefined;
    return { note, checkpoint, witnesses: cosigners(note, policy, witnessed) };
  }
  const note = parseSignedNote(bytes);
  if (!note.ok) {
    findings.add('log/note-malformed', { detail: note.fault });
    return undefined;
  }
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) {
    findings.add('log/checkpoint-malformed', { detail: checkpoint.fault });
    return undefined;
  }
  return { note: note.value, checkpoint: checkpoint.value, witnesses: [] };
}

export function cosigners(
  note: SignedNote,
  policy: Policy,
  witnessed: ReadonlySet<string>,
): readonly Cosigner[] {
  return policy.witnesses.flatMap(({ name, key }) => {
    if (!witnessed.has(name)) return [];
    const times = signaturesBy(note, key).flatMap(({ signature }) => {
      const cosigned = readCosignature(signature);
      return cosigned === undefined ? [] : [timeOf(cosigned.time)];
    });
    return times.slice(0, 1).map((time) => ({ name, time }));
  });
}

/** POSIX seconds as an instant; a time that no calendar holds stays a number of seconds. */
function timeOf(seconds: bigint): string {
  const count = parseCount(String(seconds));
  // The last second of the year 9999.
  if (count === undefined || count > 253_402_300_799) return `${seconds} s`;
  return instantFromMs(count * 1_000);
}

/**
 * What is left of a note once its keys are known: signatures by the log's other keys, and lines that
 * nobody here can read, which the specification tells to leave alone.
 */
export function judgeSignatures(
  { note, checkpoint }: OpenedCheckpoint,
  policy: Policy | undefined,
  keys: LogKeyFold,
  findings: FindingList,
): void {
  keys.judge(note, policy?.log, findings);
  const named = policy === undefined ? [] : [policy.log, ...policy.witnesses.map(({ key }) => key)];
  for (const { name, keyId } of note.signatures) {
    const isNamed = named.some((key) => key.name === name && areEqual(key.keyId, keyId));
    if (!isNamed && !keys.knows(name, keyId)) {
      findings.add('log/signature-unknown', { found: name });
    }
  }
  for (const line of checkpoint.extensions) findings.add('log/extension-line', { found: line });
}
