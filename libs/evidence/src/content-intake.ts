import type { Digest } from '#kernel';
import {
  BlobCorrupt,
  BlobDigestMismatch,
  BlobMissing,
  BlobStoreUnavailable,
  BlobTooLarge,
} from './blob-store.ts';
import type { BlobPut, BlobStore } from './blob-store.ts';
import type { FoundContent } from './evidence.ts';
import { agreesWith, mediaTypes, sniffedBytes, sniffMediaType } from './media-type.ts';
import type { MediaType } from './media-type.ts';
import { refuseEvidence } from './refusals.ts';

/**
 * The way in: bytes of an upload are looked at, hashed and kept before any event speaks of them.
 * What is never deposited is known to nobody but its sender, and is removed in time (`Uploads`).
 */

export type ContentRequest = {
  /** From the address it is put to. */
  readonly digest: Digest;
  /** Content-Type of the request; obligatory, the type is never guessed from a file name. */
  readonly declaredType: string;
  /** Content-Length, null when the sender did not say. Saves reading what is refused anyway. */
  readonly declaredBytes: number | null;
  readonly content: AsyncIterable<Uint8Array>;
  readonly sizeBytesMax: number;
};

export type ReceivedContent = BlobPut & { readonly mediaType: MediaType };

/**
 * Keeps the content under its digest. Refuses with `evidence/...`, nothing kept, what is too large,
 * empty, of a kind that is not accepted or other than declared, or does not have the digest. An
 * error of the content itself (a sender who went away) comes through unchanged.
 */
export async function receiveContent(
  store: Pick<BlobStore, 'put'>,
  request: ContentRequest,
): Promise<ReceivedContent> {
  const { digest, declaredType, declaredBytes, sizeBytesMax } = request;
  if (declaredBytes !== null && declaredBytes > sizeBytesMax) {
    throw refuseEvidence('evidence/too-large', { sizeBytes: declaredBytes, sizeBytesMax });
  }
  const seen: { mediaType?: MediaType } = {};
  const content = judged(request.content, (head) => {
    seen.mediaType = acceptedType(head, declaredType);
  });
  try {
    const put = await store.put(digest, content, { sizeBytesMax });
    if (seen.mediaType === undefined) throw new TypeError('a store that did not read the content');
    return { ...put, mediaType: seen.mediaType };
  } catch (error) {
    throw asRefusal(error);
  }
}

/**
 * What lies in the store under a digest, null when nothing does. The type is sniffed again: what
 * stands in an event comes from the content, never from a request.
 */
export async function findContent(store: BlobStore, digest: Digest): Promise<FoundContent | null> {
  try {
    const known = await store.stat(digest);
    if (known === undefined) return null;
    const { content } = await store.open(digest);
    const { sizeBytes, versionId, retainUntil } = known;
    const mediaType = typeOf(await headOf(content));
    return { sizeBytes, mediaType, blob: { store: store.kind, versionId, retainUntil } };
  } catch (error) {
    if (error instanceof BlobMissing) return null;
    throw asRefusal(error);
  }
}

/** Errors of the port as the refusals users meet; anything else is returned as it is. */
export function asRefusal(error: unknown): unknown {
  if (error instanceof BlobDigestMismatch) {
    return refuseEvidence('evidence/digest-mismatch', {
      expected: error.expected,
      found: error.found,
    });
  }
  if (error instanceof BlobTooLarge) {
    return refuseEvidence('evidence/too-large', { sizeBytesMax: error.sizeBytesMax });
  }
  if (error instanceof BlobMissing) {
    return refuseEvidence('evidence/content-missing', { evidence: error.digest });
  }
  if (error instanceof BlobCorrupt) {
    return refuseEvidence('evidence/content-corrupt', { evidence: error.digest });
  }
  if (error instanceof BlobStoreUnavailable) {
    const full = error.reason === 'full';
    return refuseEvidence(full ? 'evidence/store-full' : 'evidence/store-unavailable');
  }
  return error;
}

function typeOf(head: Uint8Array): MediaType {
  if (head.length === 0) throw refuseEvidence('evidence/content-empty');
  const sniffed = sniffMediaType(head);
  if (sniffed === undefined)
    throw refuseEvidence('evidence/type-not-accepted', { accepted: mediaTypes });
  return sniffed;
}

function acceptedType(head: Uint8Array, declaredType: string): MediaType {
  const sniffed = typeOf(head);
  if (!agreesWith(declaredType, sniffed)) {
    throw refuseEvidence('evidence/type-mismatch', {
      declared: declaredType,
      found: sniffed,
      accepted: mediaTypes,
    });
  }
  return sniffed;
}

/**
 * The same bytes, after `judge` saw the head. Nothing is passed on before that: a file of a kind
 * that is not accepted never touches the disk.
 */
async function* judged(
  content: AsyncIterable<Uint8Array>,
  judge: (head: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of content) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = joined(head, chunk);
    if (head.length < sniffedBytes) continue;
    judge(head);
    const whole = head;
    head = undefined;
    yield whole;
  }
  if (head === undefined) return;
  judge(head);
  yield head;
}

async function headOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  for await (const chunk of content) {
    head = joined(head, chunk);
    if (head.length >= sniffedBytes) break;
  }
  return head;
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
