import { areEqual, base64, formatVerifierKey, parseTlogProof } from '#tlog';
import { verdictOf, verifyTlogProof } from '#tlog';
import type { Checkpoint, Policy, SignedNote, VerifierKey } from '#tlog';
import { digestOf, hex } from '#kernel';
import type { Actor, Digest, Entry } from '#kernel';
import { codeOfProofFault, cosigners } from './checkpoint-check.ts';
import type { Cosigner } from './checkpoint-check.ts';
import { readEntry } from './entry-form.ts';
import { FindingList } from './findings.ts';
import type { Finding, Verdict } from './findings.ts';

export type ReceiptOptions = {
  /** The `.tlog-proof`, verbatim. */
  readonly proof: Uint8Array;
  /** The entry, verbatim. */
  readonly entry: Uint8Array;
  readonly policy: Policy;
  /**
   * Further keys of the policy's log, whose signatures may stand beside while one key is changed for
   * another: they are verified too. None of them takes the place of the policy's; those of other
   * names are left out of account.
   */
  readonly furtherKeys?: readonly VerifierKey[];
};

/** What a sound receipt proves: who did what, when, and where it stands. */
export type ReceiptFacts = {
  readonly index: number;
  readonly size: number;
  readonly origin: string;
  /** Base64, as in the checkpoint. */
  readonly root: string;
  readonly digest: Digest;
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly recordedAt: string;
  readonly actor: Actor;
  readonly witnesses: readonly Cosigner[];
};

export type ReceiptReport = {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** What could be read, whether it proves anything or not. */
  readonly facts: ReceiptFacts | undefined;
};

/**
 * Holds a receipt of this ledger against a policy that the reader has from elsewhere: log signature,
 * cosignatures, inclusion, and the entry's own form. Stricter than the format (CONTRACTS 8): what this
 * ledger never writes and nobody signed is a fault, or two receipts could differ and both be sound;
 * a line under the log's own name is not (docs/formats/receipt.md). Never throws.
 */
export function verifyReceipt(options: ReceiptOptions): ReceiptReport {
  const findings = new FindingList();
  const facts = judge(options, findings);
  return { verdict: findings.verdict(true), findings: findings.findings, facts };
}

function judge(options: ReceiptOptions, findings: FindingList): ReceiptFacts | undefined {
  const { entry: bytes, policy, furtherKeys = [] } = options;
  const { entry, findings: ofEntry } = readEntry(bytes);
  for (const one of ofEntry) findings.take(one);
  const proof = parseTlogProof(options.proof);
  if (!proof.ok) {
    findings.add('receipt/malformed', { detail: proof.fault });
    return undefined;
  }
  const { index, extra } = proof.value;
  if (extra !== undefined) findings.add('receipt/extra-line', { detail: `${extra.length} bytes` });
  const { faults, checkpoint, note, witnessed } = verifyTlogProof(proof.value, bytes, policy);
  for (const { fault, detail } of faults) findings.add(codeOfProofFault[fault], { detail });
  if (checkpoint === undefined || note === undefined) return undefined;
  const further = furtherKeys.filter(({ name }) => name === policy.log.name);
  for (const key of further) {
    if (areEqual(key.keyId, policy.log.keyId) || verdictOf(note, key) !== 'invalid') continue;
    findings.add('log/signature-invalid', { found: formatVerifierKey(key) });
  }
  const named = [policy.log, ...further, ...policy.witnesses.map(({ key }) => key)];
  for (const line of checkpoint.extensions) findings.add('receipt/extension-line', { found: line });
  checkLines(note, policy.log.name, named, findings);
  if (entry === undefined) return undefined;
  const witnesses = cosigners(note, policy, witnessed);
  return { index, witnesses, ...factsOf(entry, bytes), ...headOf(checkpoint) };
}

function checkLines(
  note: SignedNote,
  logName: string,
  named: readonly VerifierKey[],
  findings: FindingList,
): void {
  const seen = new Set<string>();
  for (const { name, keyId } of note.signatures) {
    const isNamed = named.some((one) => one.name === name && areEqual(one.keyId, keyId));
    // All keys of the log sign while one is changed for another.
    const unnamed = name === logName ? 'log/signature-unknown' : 'receipt/signature-unnamed';
    const signer = `${name}+${base64(keyId)}`;
    if (!isNamed) findings.add(unnamed, { found: `${name}+${hex(keyId)}` });
    if (seen.has(signer)) findings.add('receipt/signature-twice', { found: name });
    seen.add(signer);
  }
}

function headOf({ size, origin, root }: Checkpoint) {
  return { size, origin, root: base64(root) };
}

function factsOf({ id, stream, revision, type, metadata }: Entry, bytes: Uint8Array) {
  const { recordedAt, actor } = metadata;
  return { id, stream, revision, type, recordedAt, actor, digest: digestOf(bytes) };
}
