import { sha256, sha256Into } from '#sha256';

declare const digestBrand: unique symbol;
/** A SHA-256 in the form of CONTRACTS 1: `sha256:` and 64 lower-case hex digits. */
export type Digest = string & { readonly [digestBrand]: true };

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const bareHexPattern = /^[0-9a-f]{64}$/;

export { sha256, sha256Into };

/** Digest of bytes, or of the UTF-8 form of a text. */
export function digestOf(content: Uint8Array | string): Digest {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return `sha256:${hex(sha256(bytes))}` as Digest;
}

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && digestPattern.test(text);
}

/** The 64 hex digits alone, as stream and file names carry them. */
export function bareHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The digest named by 64 hex digits, or undefined if the text is not that. */
export function digestFromHex(text: string): Digest | undefined {
  return bareHexPattern.test(text) ? (`sha256:${text}` as Digest) : undefined;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexOfByte[byte];
  return text;
}
