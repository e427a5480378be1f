import { canonicalBytes } from './canonical.ts';
import { digestOf } from './digest.ts';
import type { Digest } from './digest.ts';
import type { Metadata } from './decider.ts';

/** One event as it is hashed and, later, logged: CONTRACTS 2, frozen at birth. */
export type Entry = {
  readonly data: unknown;
  readonly id: string;
  readonly metadata: Metadata;
  readonly revision: number;
  readonly stream: string;
  readonly type: string;
};

/** c2sp.org/tlog-tiles: an entry bundle carries lengths as uint16. */
export const entryBytesMax = 65_535;

/**
 * The canonical bytes of an event: JCS of exactly these six members over the parsed values. The
 * store re-serialises JSON as it likes, so its bytes never matter.
 */
export function entryBytes(event: Entry): Uint8Array {
  const { data, id, metadata, revision, stream, type } = event;
  return canonicalBytes({ data, id, metadata, revision, stream, type });
}

/** The digest of an act; a version of a figure is known by the digest of the event that made it. */
export function entryDigest(event: Entry): Digest {
  return digestOf(entryBytes(event));
}

/** CONTRACTS 2: streams that are not the store's own and not the head of the log itself. */
export function isLogged(stream: string): boolean {
  return !stream.startsWith('$') && stream !== 'log-head';
}
