import { entryBytesMax } from '#kernel';
import { malformed, read } from './reading.ts';
import type { Parsed } from './reading.ts';
import { tileWidth } from './tiles.ts';

/**
 * Entry bundles of c2sp.org/tlog-tiles: for each entry its length as uint16, big-endian, and its
 * bytes. Bundle `n` holds the entries whose leaf hashes the tile (0, `n`) holds.
 */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > tileWidth) throw new TypeError(`a bundle holds ${tileWidth} entries`);
  const bytes = new Uint8Array(entries.reduce((sum, { length }) => sum + 2 + length, 0));
  let offset = 0;
  for (const entry of entries) {
    const { length } = entry;
    if (length > entryBytesMax) throw new TypeError(`an entry of ${length} bytes has no bundle`);
    bytes[offset] = Math.floor(length / 256);
    bytes[offset + 1] = length % 256;
    bytes.set(entry, offset + 2);
    offset += 2 + length;
  }
  return bytes;
}

/**
 * The entries of a bundle, as views into it. It must hold exactly `width` of them: a byte too few or
 * too many is a fault, and says where.
 */
export function decodeBundle(bytes: Uint8Array, width: number): Parsed<readonly Uint8Array[]> {
  const entries: Uint8Array[] = [];
  let offset = 0;
  while (entries.length < width) {
    const [high, low] = [bytes[offset], bytes[offset + 1]];
    if (high === undefined || low === undefined) {
      return malformed(`ends at byte ${bytes.length}, before entry ${entries.length} of ${width}`);
    }
    const from = offset + 2;
    offset = from + high * 256 + low;
    if (offset > bytes.length) {
      return malformed(`entry ${entries.length} of ${width} ends beyond byte ${bytes.length}`);
    }
    entries.push(bytes.subarray(from, offset));
  }
  if (offset < bytes.length) {
    return malformed(`${bytes.length - offset} bytes after the last of ${width} entries`);
  }
  return read(entries);
}
