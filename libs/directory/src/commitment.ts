import { canonicalBytes, digestOf, isDigest } from '#kernel';
import type { AgencyId, Digest } from '#kernel';

/** What is printed under an official act. Kept in the register, never in an event. */
export type Particulars = {
  readonly name: string;
  readonly position: string;
  readonly agency: AgencyId;
};

const saltPattern = /^[0-9a-f]{64}$/;
const hexDigits = '0123456789abcdef';

/**
 * Binds particulars to a stream without showing them: SHA-256 over the 32 bytes of the salt,
 * followed by the canonical bytes of exactly {agency, name, position} (DOMAIN, People in events).
 * The salt keeps a short list of known names from being tried against the digest. `salt` is 64
 * lower-case hex digits; anything else is our own mistake and throws a TypeError.
 */
export function commitmentOf(salt: string, particulars: Particulars): Digest {
  if (!saltPattern.test(salt)) throw new TypeError('a salt is 64 lower-case hex digits');
  const { name, position, agency } = particulars;
  const content = canonicalBytes({ name, position, agency });
  const bytes = new Uint8Array(32 + content.length);
  for (let index = 0; index < 32; index += 1) {
    const high = hexDigits.indexOf(salt.charAt(index * 2));
    bytes[index] = high * 16 + hexDigits.indexOf(salt.charAt(index * 2 + 1));
  }
  bytes.set(content, 32);
  return digestOf(bytes);
}

/** True when salt and particulars are those that were committed to. Never throws on bad input. */
export function verifyCommitment(
  commitment: string,
  salt: string,
  particulars: Particulars,
): boolean {
  if (!isDigest(commitment) || !saltPattern.test(salt)) return false;
  return commitmentOf(salt, particulars) === commitment;
}
