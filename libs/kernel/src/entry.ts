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
 * Levels of objects and arrays in an entry, itself the first. A reader that calls itself for what is
 * inside needs a bound, and readers whose stacks differ must agree on what is an entry. Requests have
 * at most half of it.
 */
export const entryLevelsMax = 32;

/**
 * Bytes of a stream's name in UTF-8. Whoever follows a log keeps every name of it, so a bound on them
 * is one on memory. The longest that ids make (ids.ts), a contribution's, has 408.
 */
export const streamNameBytesMax = 512;

const utf8 = new TextEncoder();

/** Whether a stream may bear this name; that of one which is logged, `isLogged` says. */
export function isStreamName(name: string): boolean {
  if (name === '' || name.length > streamNameBytesMax) return false;
  // No unit of UTF-16 takes more than three bytes: hardly any name is encoded to be counted.
  return name.length * 3 <= streamNameBytesMax || utf8.encode(name).length <= streamNameBytesMax;
}

/**
 * The canonical bytes of an event: JCS of exactly these six members over the parsed values. The
 * store re-serialises JSON as it likes, so its bytes never matter. Throws a TypeError for data that is
 * not JSON or nested too deeply, and for a name of a stream that is too long: no request brings such.
 */
export function entryBytes(event: Entry): Uint8Array {
  const { data, id, metadata, revision, stream, type } = event;
  if (!isStreamName(stream)) throw new TypeError('a stream has no such name');
  return canonicalBytes({ data, id, metadata, revision, stream, type }, entryLevelsMax);
}

/** The digest of an act; a version of a figure is known by the digest of the event that made it. */
export function entryDigest(event: Entry): Digest {
  return digestOf(entryBytes(event));
}

/** CONTRACTS 2: streams that are not the store's own and not the head of the log itself. */
export function isLogged(stream: string): boolean {
  return !stream.startsWith('$') && stream !== 'log-head';
}
