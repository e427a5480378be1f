import { parseCount } from '#kernel';

/** What a strict reader found: the value, or in words what is wrong with the text. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

export function read<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function malformed(fault: string): { readonly ok: false; readonly fault: string } {
  return { ok: false, fault };
}

const encoder = new TextEncoder();
/** A byte order mark is three bytes of the text like any others, or two texts would read alike. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of valid UTF-8, else undefined: nothing is replaced in silence. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** RFC 4648 section 4, padded. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * The bytes of canonical base64: padded, without white space, unused bits zero. Anything else gives
 * undefined, so that no two texts mean the same bytes (tlog-proof: decoders MUST reject others).
 */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return base64(bytes) === text ? bytes : undefined;
}

/** A tree size or index: ASCII decimal without leading zeros, below 2^53. */
export function parseSize(text: string): number | undefined {
  return /^(0|[1-9][0-9]*)$/.test(text) ? parseCount(text) : undefined;
}

export function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Names of keys and origins: not empty, no Unicode space, no plus sign (signed-note). */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}\p{Cc}+]/u.test(name);
}
