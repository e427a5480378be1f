import type { Digest, Instant } from '#kernel';

/**
 * Where the bytes of evidence lie, and what the ledger may rely on. A blob is known by its SHA-256
 * and by nothing else: there are no names, no updates and no deletions. Every adapter and the fake
 * pass `blob-store.contract.ts`; an adapter is one file, named after the product.
 *
 * Concurrency: any number of calls at once, also for the same digest. Memory: a few chunks for each
 * call, whatever the size of the blob.
 */
export abstract class BlobStore {
  /** Kind of store as it goes into events: `folder`, `minio`. Never an address or a path. */
  abstract readonly kind: string;

  /**
   * Keeps the bytes of `content` under their digest, unless they are there already; an existing
   * blob is never overwritten. The digest is computed on the way. When it resolves, the bytes are
   * durable: a kill of any process or a loss of power at any instant loses nothing of them. Until
   * then nobody sees anything of them, not even after a crash in the middle. A blob that was there
   * already is read back before it is acknowledged.
   *
   * A chunk belongs to its producer again as soon as the next one is asked for. The content is
   * asked for no more, and told so, once the call has failed.
   *
   * Rejects with, in each case keeping nothing: BlobDigestMismatch when `expected` is another
   * digest; BlobTooLarge beyond `sizeBytesMax`; BlobCorrupt when the blob that is there is not what
   * it should be; the content's own error when that breaks off. Rejects with BlobStoreUnavailable
   * when the store is full or does not work; the bytes may then turn up later, whole and never in
   * part, and to put them again is right.
   */
  abstract put(
    expected: Digest | null,
    content: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytesMax: number },
  ): Promise<BlobPut>;

  /**
   * The same for bytes that wait as an upload, hashed again on the way. An adapter on the same disk
   * may take the file over instead of writing it once more. Rejects as `put` does, and with
   * BlobMissing when the upload is gone.
   */
  putFile(digest: Digest, file: UploadedFile): Promise<BlobPut> {
    return this.put(digest, file.content(), { sizeBytesMax: file.sizeBytes });
  }

  /**
   * The bytes, hashed again on the way out. The last chunk is held back until the digest proved
   * right, so a reader of changed bytes gets a stream that is too short and fails with BlobCorrupt,
   * never a clean end. Rejects with BlobMissing or BlobStoreUnavailable; the content may fail with
   * either, too. Nothing stays open when the content is not read, or not to its end.
   */
  abstract open(digest: Digest): Promise<BlobReading>;

  /** What is known without reading the bytes, undefined for an absent blob. */
  abstract stat(digest: Digest): Promise<BlobStat | undefined>;

  /** Resolves when the store can take a blob, rejects with BlobStoreUnavailable. For readiness. */
  abstract ping(): Promise<void>;

  /**
   * What somebody with rights of their own did to a blob in a store that keeps versions, oldest
   * first. None of it changes what `open` reads; each of it is a fact about the integrity of the
   * store that an auditor wants to know. Rejects with BlobStoreUnavailable.
   */
  async interferences(_digest: Digest): Promise<readonly BlobInterference[]> {
    return [];
  }
}

/**
 * A store as somebody sees it who only looks: opening it makes, clears and writes nothing, so that
 * an auditor may do it with rights of reading alone, and while a server runs.
 */
export type BlobReader = Pick<BlobStore, 'kind' | 'open' | 'interferences'> & {
  /** The digest of everything that lies there, in ascending order. May fail as `stat` does. */
  digests(): AsyncIterable<Digest>;
};

/** Bytes of known digest that lie somewhere else than in a blob store. */
export type UploadedFile = {
  readonly sizeBytes: number;
  /** As they lie there now: whoever keeps them hashes them again. */
  content(): AsyncIterable<Uint8Array>;
  /** Where they lie as a file of this machine; null where they do not. */
  readonly path: string | null;
};

/** A mark that says "deleted", or other content, laid over a version that is still there. */
export type BlobInterference = {
  readonly kind: 'delete-marker' | 'later-version';
  readonly versionId: string;
  readonly at: Instant;
};

export type BlobStat = {
  readonly sizeBytes: number;
  /** The version the store gave it, null where stores have no versions. */
  readonly versionId: string | null;
  /** Until when the store itself refuses to delete it, null where nothing enforces that. */
  readonly retainUntil: Instant | null;
};

export type BlobPut = BlobStat & {
  readonly digest: Digest;
  /** True when somebody had put the same bytes before. */
  readonly alreadyThere: boolean;
};

export type BlobReading = {
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Uint8Array>;
};

/** The content has another digest than its sender said. Nothing was kept. */
export class BlobDigestMismatch extends Error {
  readonly expected: Digest;
  readonly found: Digest;

  constructor(expected: Digest, found: Digest) {
    super(`expected ${expected}, found ${found}`);
    this.name = 'BlobDigestMismatch';
    this.expected = expected;
    this.found = found;
  }
}

/** The content goes on beyond what is accepted. Nothing was kept. */
export class BlobTooLarge extends Error {
  readonly sizeBytesMax: number;

  constructor(sizeBytesMax: number) {
    super(`more than ${sizeBytesMax} bytes`);
    this.name = 'BlobTooLarge';
    this.sizeBytesMax = sizeBytesMax;
  }
}

export class BlobMissing extends Error {
  readonly digest: Digest;

  constructor(digest: Digest) {
    super(`no blob ${digest}`);
    this.name = 'BlobMissing';
    this.digest = digest;
  }
}

/** What lies under a digest is not what the digest says. `found` is null when it was not hashed. */
export class BlobCorrupt extends Error {
  readonly digest: Digest;
  readonly found: Digest | null;

  constructor(digest: Digest, found: Digest | null) {
    super(`blob ${digest} was changed${found === null ? '' : ` to ${found}`}`);
    this.name = 'BlobCorrupt';
    this.digest = digest;
    this.found = found;
  }
}

/** The store is full (ENOSPC, a quota), or input and output failed in another way. */
export class BlobStoreUnavailable extends Error {
  readonly reason: 'full' | 'io';

  constructor(reason: 'full' | 'io', cause?: unknown) {
    super(`blob store unavailable: ${reason}`, { cause });
    this.name = 'BlobStoreUnavailable';
    this.reason = reason;
  }
}

/** What is taken from one read of a blob and handed to a digest, one chunk after the other. */
export type RunningDigest = {
  update(chunk: Uint8Array): void;
  digest(): Digest;
};

/**
 * The promise of `open` made once for all adapters: passes chunks on, the last only when size and
 * digest of the whole are right.
 */
export async function* checkedContent(
  digest: Digest,
  sizeBytes: number,
  chunks: AsyncIterable<Uint8Array>,
  running: RunningDigest,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array | undefined;
  let readBytes = 0;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    readBytes += chunk.length;
    // More than was announced can never become right, and a reader that counts would stop here.
    if (readBytes > sizeBytes) throw new BlobCorrupt(digest, null);
    running.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  const found = running.digest();
  if (found !== digest) throw new BlobCorrupt(digest, found);
  if (held !== undefined) yield held;
}
