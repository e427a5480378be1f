import { parseUnsigned64 } from '#kernel';
import type { Position } from './port.ts';

/**
 * What is text between us and EventStoreDB: positions, name filters and credentials. First the
 * client's form of a place in `$all`.
 */
export type LogPosition = { readonly commit: bigint; readonly prepare: bigint };

/** What the protocol writes where there is none: all bits set. */
export const noPosition = 2n ** 64n - 1n;
const positionDigits = 20;

/** Both halves, because a subscription starts again from both; 20 digits hold any uint64. */
export function positionOf({ commit, prepare }: LogPosition): Position {
  const digits = (half: bigint) => half.toString().padStart(positionDigits, '0');
  return `${digits(commit)}.${digits(prepare)}` as Position;
}

/** The way back; a TypeError for a position that came from another kind of store. */
export function logPosition(position: Position): LogPosition {
  const [commit, prepare] = position.split('.').map((half) => {
    return parseUnsigned64(half.replace(/^0+(?=[0-9])/, ''));
  });
  if (commit !== undefined && prepare !== undefined) return { commit, prepare };
  throw new TypeError(`not a position of this store: "${position}"`);
}

/**
 * A look-ahead and escaped text are all it uses: real servers read it as a .NET expression, the
 * embedded node as one of JavaScript.
 */
export function nameFilter(excludedPrefixes: readonly string[]): string {
  const prefixes = ['$', ...excludedPrefixes.filter((prefix) => prefix !== '')];
  const escaped = prefixes.map((prefix) => prefix.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return `^(?!${escaped.join('|')})`;
}

/**
 * Credentials with which a call of its own can be asked for, or undefined where there are none to
 * name. Without TLS the client sends none, whatever is named.
 */
export function credentialsFor(
  connectionString: string,
): { username: string; password: string } | undefined {
  const named = /^[^:]+:\/\/([^:@/]+):([^@]+)@/.exec(connectionString.trim());
  if (named?.[1] !== undefined && named[2] !== undefined) {
    return { username: decodeURIComponent(named[1]), password: decodeURIComponent(named[2]) };
  }
  const isPlain = /[?&]tls=false(?:&|$)/i.test(connectionString);
  return isPlain ? { username: 'none', password: 'none' } : undefined;
}
