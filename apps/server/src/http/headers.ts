import { parseCount, readRfc3339 } from '#kernel';
import type { Instant } from '#kernel';
import { refuseRequest } from './refusals.ts';

/** Headers and parameters with a meaning of their own, each with one accepted form. */

/** A place to wait for: the store's own, in opaque form, or an index in the log. */
export type AwaitedPosition =
  | { readonly kind: 'position'; readonly position: string }
  | { readonly kind: 'index'; readonly leafIndex: number };

/** The accepted forms as OpenAPI shows them; numbers below 2^53, which a pattern does not say. */
export const headerForms = {
  revision: '^"(0|[1-9][0-9]{0,15})"$',
  idempotencyKey: '^[\\x21-\\x7e]{1,255}$',
  ledgerPosition: '^((0|[1-9][0-9]{0,15})|p\\.[0-9]{20}(\\.[0-9]{20})?)$',
} as const;

/**
 * Whether the method asks and changes nothing. HEAD is GET without the body (RFC 9110, 9.3.2): the
 * same rights, the same waiting, the same line in the security log.
 */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** `"3"` as 3, null when absent. A list, a weak tag and `*` say less than one revision: refused. */
export function readIfMatch(header: string | undefined): number | null {
  if (header === undefined) return null;
  const digits = /^"([0-9]{1,16})"$/.exec(header)?.[1];
  const revision = digits === undefined ? undefined : parseCount(digits);
  if (revision === undefined) throw refuseRequest('request/bad-if-match');
  return revision;
}

/** 1 to 255 visible ASCII characters (RFC 5234 VCHAR). */
export function readIdempotencyKey(header: string | string[] | undefined): string {
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw refuseRequest('request/no-idempotency-key');
  }
  return header;
}

/** A moment to answer for: an RFC 3339 time or a leaf index; undefined, the newest, when absent. */
export function readMoment(text: string | undefined): number | Instant | undefined {
  if (text === undefined) return undefined;
  const moment = parseCount(text) ?? readRfc3339(text);
  if (moment === undefined) throw refuseRequest('request/bad-as-of', { pointer: '/asOf' });
  return moment;
}

/** What a write answered in Ledger-Position, sent back with a read. */
export function readLedgerPosition(header: string | string[] | undefined): AwaitedPosition | null {
  if (header === undefined) return null;
  if (typeof header === 'string') {
    const leafIndex = parseCount(header);
    if (leafIndex !== undefined) return { kind: 'index', leafIndex };
    const position = /^p\.([0-9]{20}(?:\.[0-9]{20})?)$/.exec(header)?.[1];
    if (position !== undefined) return { kind: 'position', position };
  }
  throw refuseRequest('request/bad-position');
}

/** The form in which a store position leaves the house. */
export function ledgerPosition(position: string): string {
  return `p.${position}`;
}

/** The bearer token of RFC 6750 section 2.1, or null when there is none to be read. */
export function readBearerToken(header: string | undefined): string | null {
  return /^[Bb]earer ([A-Za-z0-9._~+/-]{16,512}=*)$/.exec(header ?? '')?.[1] ?? null;
}
