import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BlobCorrupt, BlobMissing, BlobStoreUnavailable } from '#evidence';
import type { BlobReader } from '#evidence';
import { FolderBlobStore, MinioBlobStore } from '#evidence/node';
import type { Digest } from '#kernel';
import { compareWithEvidence, FindingList } from '#verification';
import type { EvidenceFiles, LogClaims, MeasuredFile } from '#verification';
import type { EvidenceBucket } from './part-settings.ts';

export type EvidenceOptions = {
  /** The bucket that the environment names; without it evidence lies in the folder. */
  readonly bucket: EvidenceBucket | undefined;
  readonly folder: string | undefined;
  readonly onProgress: (bytes: number, allBytes: number) => void;
};

/**
 * Holds every file that the log names against the place where they lie: the same one that the
 * server uses, opened for nothing but reading.
 */
export async function judgeEvidence(
  claims: LogClaims,
  { bucket, folder, onProgress }: EvidenceOptions,
): Promise<FindingList> {
  const reader = bucket === undefined ? folderOf(folder, claims) : MinioBlobStore.toRead(bucket);
  if (typeof reader !== 'string') {
    return compareWithEvidence({ claims, files: filesOf(reader), onProgress });
  }
  const findings = new FindingList();
  findings.add('evidence/store-unusable', { detail: `${reader}; LEDGER_BLOBS_URL names a bucket` });
  return findings;
}

/** The store in the folder, or why it is not the one to look into: no file is called missing then. */
function folderOf(folder: string | undefined, { lastStore = 'folder' }: LogClaims) {
  const blobs = folder === undefined ? undefined : join(folder, 'blobs');
  if (lastStore !== 'folder') return `the log says that files lie in ${lastStore}`;
  if (blobs === undefined || !existsSync(blobs)) return 'there are no files in the folder';
  return FolderBlobStore.toRead(blobs);
}

/** Chunk by chunk, whatever the size: the reader hashes them, and nothing is kept. */
export function filesOf(reader: BlobReader): EvidenceFiles {
  return {
    measure: (evidence, onBytes) =>
      measured(reader, evidence, onBytes).catch((error: unknown) => {
        throw explained(error);
      }),
    list: async function* () {
      try {
        yield* reader.digests();
      } catch (error) {
        throw explained(error);
      }
    },
  };
}

/** What the store itself said: rights that are missing are not a disk that fails. */
function explained(error: unknown): unknown {
  if (!(error instanceof BlobStoreUnavailable) || !(error.cause instanceof Error)) return error;
  return new Error(`${error.message}: ${error.cause.message}`, { cause: error });
}

async function measured(
  reader: BlobReader,
  evidence: Digest,
  onBytes: (count: number) => void,
): Promise<MeasuredFile | undefined> {
  let sizeBytes = 0;
  const laid = await reader.interferences(evidence);
  const said = laid.map(({ kind, versionId, at }) => `${kind} ${versionId} of ${at}`);
  const over = said.length === 0 ? {} : { over: said.join(', ') };
  try {
    const { sizeBytes: announced, content } = await reader.open(evidence);
    sizeBytes = announced;
    let readBytes = 0;
    for await (const { length } of content) {
      readBytes += length;
      onBytes(length);
    }
    return { sizeBytes: readBytes, digest: evidence, ...over };
  } catch (error) {
    if (error instanceof BlobMissing) return undefined;
    if (!(error instanceof BlobCorrupt) || error.found === null) throw error;
    return { sizeBytes, digest: error.found, ...over };
  }
}
