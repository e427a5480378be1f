import { parseUnsigned64 } from '#kernel';
import type { Position } from './port.ts';

/**
 * What is text between us and EventStoreDB: positions and name filters. First the client's form of a
 * place in `$all`.
 */
export type LogPosition = { readonly commit: bigint; readonly prepare: bigint };

/** What the protocol writes where there is none: all bits set. */
export const noPosition = 2n ** 64n - 1n;
const positionDigits = 20;

/** Both halves, because a subscription starts again from both; 20 digits hold any uint64. */
export function positionOf({ commit, prepare }: LogPosition): Position {
  return positionFrom(commit.toString(), prepare.toString());
}

/** The same of the halves as decimal text. */
export function positionFrom(commit: string, prepare: string): Position {
  const [first, second] = [commit, prepare].map((half) => half.padStart(positionDigits, '0'));
  return `${first}.${second}` as Position;
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
