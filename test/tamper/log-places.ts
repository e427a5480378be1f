import { hashBytes, parseTilePath } from '#tlog';
import type { TileName } from '#tlog';

/**
 * What a bit of a file of the log is a bit of, read off the formats (docs/formats/log.md) by other
 * code than the judge's: the yardstick for the positions that it reports.
 */

/** The tree's own object of its place, or one of a smaller tree that lies there still. */
export function isOfHead({ level, index, width }: TileName, size: number): boolean {
  const count = level === 'entries' ? size : Math.floor(size / 256 ** level);
  return width === Math.min(256, count - index * 256);
}

/** Leaf index of the entry that a byte of a bundle belongs to: its two bytes of length included. */
export function entryAt(bundle: Uint8Array, byte: number, index: number): number {
  let entry = index * 256;
  for (let offset = 0; ; entry += 1) {
    offset += 2 + (bundle[offset] as number) * 256 + (bundle[offset + 1] as number);
    if (byte < offset) return entry;
  }
}

/** Which hash of a tile a byte belongs to. */
export function hashAt(byte: number): number {
  return Math.floor(byte / hashBytes);
}

export function nameOf(path: string): TileName {
  const name = parseTilePath(path);
  if (name === undefined) throw new TypeError(`${path} is no tile`);
  return name;
}

export type NotePart =
  | { readonly kind: 'text' }
  /** A signature line, counted from 0. */
  | { readonly kind: 'line'; readonly line: number };

/** The part of a note that a byte lies in; the empty line belongs to the text. */
export function notePartAt(note: Uint8Array, byte: number): NotePart {
  const start = Buffer.from(note).lastIndexOf('\n\n') + 2;
  if (byte < start) return { kind: 'text' };
  return {
    kind: 'line',
    line: Buffer.from(note.subarray(start, byte)).toString('latin1').split('\n').length - 1,
  };
}

const linePattern = /^\u2014 ([!-*,-~]+) ([A-Za-z0-9+/]+={0,2})$/;

/** Whether a signature line is one by its form, and whose it claims to be: name and key ID. */
export function claimOf(line: string): string | undefined {
  const [, name, encoded = ''] = linePattern.exec(line) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  const isCanonical = bytes.toString('base64') === encoded && bytes.length > 4;
  return name === undefined || !isCanonical ? undefined : `${name} ${bytes.toString('hex', 0, 4)}`;
}

/** Signature lines of a note; undefined where it is not UTF-8 that ends in a line. */
export function linesOf(note: Uint8Array): readonly string[] | undefined {
  const text = Buffer.from(note).toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(note) || !text.endsWith('\n')) return undefined;
  return text.slice(text.lastIndexOf('\n\n') + 2, -1).split('\n');
}
