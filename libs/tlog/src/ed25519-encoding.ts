/**
 * The `y` of every point of order 1, 2, 4 or 8: in hex as it is encoded, without the sign of `x`. What a
 * key among them has signed, anybody can sign; what was signed with such an R, another key may have.
 */
const smallOrder: ReadonlySet<string> = new Set([
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
]);

/**
 * Whether 32 bytes may stand for a key or for R: `y` is below p = 2^255 - 19 (RFC 8032 section 5.1.3), and
 * the point is not of small order (Web Cryptography Level 2, Ed25519, verify). Node looks at the second
 * since 2026, and OpenSSL and Go at neither where it is the key's: both of our doors ask here first,
 * so that neither hangs on a version. Whether the bytes are a point at all is theirs to find.
 */
export function isStrictPoint(encoded: Uint8Array): boolean {
  if (encoded.length !== 32) return false;
  const unsigned = encoded.with(31, (encoded[31] as number) & 0x7f);
  // p is 0xed, thirty times 0xff, 0x7f: only what shares its last 31 bytes can reach it.
  const isHigh = unsigned[31] === 0x7f && unsigned.subarray(1, 31).every((byte) => byte === 0xff);
  if (isHigh && (unsigned[0] as number) >= 0xed) return false;
  const hex = Array.from(unsigned, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return !smallOrder.has(hex);
}
