import type { Digest } from '#kernel';
import type { DepositedFile } from './deposit-list.ts';
import { FindingList } from './findings.ts';
import { streamOfEvidence } from './log-claims.ts';
import type { LogClaims } from './log-claims.ts';

/** What somebody who read a file to its end found there. */
export type MeasuredFile = {
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** What hides it in a store that keeps versions, in plain words; undefined where nothing does. */
  readonly over?: string;
};

/** Where files of evidence lie. Whatever it throws means that it could not be looked at. */
export type EvidenceFiles = {
  /**
   * Reads the bytes that lie under this digest, all of them; undefined where nothing lies there.
   * Tells of the bytes read, as they are read.
   */
  measure(evidence: Digest, onBytes: (count: number) => void): Promise<MeasuredFile | undefined>;
  /** Every digest under which something lies, in any order. */
  list(): AsyncIterable<Digest>;
};

export type EvidenceComparisonOptions = {
  readonly claims: LogClaims;
  readonly files: EvidenceFiles;
  readonly onProgress?: (bytes: number, allBytes: number) => void;
};

/** A place where so many files in a row cannot be read is away: the rest is not waited for. */
const unusableRunMax = 16;

/**
 * Holds the files of evidence against the proven entries that name them: each must be there, of the
 * recorded size, under its digest. Reads each file once, whoever deposited it how often. What lies
 * there and nobody names is a note, since a crash between file and event leaves such.
 */
export async function compareWithEvidence(
  options: EvidenceComparisonOptions,
): Promise<FindingList> {
  const { claims, files, onProgress } = options;
  const findings = new FindingList();
  for (const place of claims.unusable) findings.add('evidence/deposit-unusable', place);
  let [allBytes, bytes, unusableRun] = [0, 0, 0];
  for (const { deposits } of claims.deposits.files()) allBytes += deposits[0].sizeBytes;
  for (const file of claims.deposits.files()) {
    const done = bytes + file.deposits[0].sizeBytes;
    try {
      const measured = await files.measure(file.evidence, (count) => {
        bytes = Math.min(bytes + count, done);
        onProgress?.(bytes, allBytes);
      });
      judgeFile(file, measured, findings);
      unusableRun = 0;
    } catch (error) {
      const [{ index, revision }] = file.deposits;
      const place = { index, stream: streamOfEvidence(file.evidence), revision };
      findings.add('evidence/store-unusable', { ...place, detail: messageOf(error) });
      unusableRun += 1;
      if (unusableRun >= unusableRunMax) return findings;
    }
    bytes = done;
    onProgress?.(bytes, allBytes);
  }
  // An entry that could not be read may name what seems to be nobody's.
  if (claims.isComplete) await lookForOthers(claims, files, findings);
  return findings;
}

function judgeFile(
  { evidence, deposits }: DepositedFile,
  measured: MeasuredFile | undefined,
  findings: FindingList,
): void {
  for (const { index, revision, sizeBytes } of deposits) {
    const place = { index, stream: streamOfEvidence(evidence), revision, expected: evidence };
    if (measured === undefined) findings.add('evidence/missing', place);
    else if (measured.digest !== evidence || measured.sizeBytes !== sizeBytes) {
      const detail = `${measured.sizeBytes} bytes, in the entry ${sizeBytes}`;
      findings.add('evidence/differs', { ...place, found: measured.digest, detail });
    }
  }
  if (measured?.over === undefined) return;
  const [{ index, revision }] = deposits;
  const place = { index, stream: streamOfEvidence(evidence), revision };
  findings.add('evidence/laid-over', { ...place, detail: measured.over });
}

async function lookForOthers(
  { deposits }: LogClaims,
  files: EvidenceFiles,
  findings: FindingList,
): Promise<void> {
  try {
    for await (const found of files.list()) {
      if (!deposits.has(found)) findings.add('evidence/unnamed', { found });
    }
  } catch (error) {
    findings.add('evidence/store-unusable', { detail: messageOf(error) });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
