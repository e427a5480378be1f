/**
 * Writes protocol buffers by hand. The messages a node answers with are few and small, and reads
 * are the hot path: generated classes cost a third more time there than writing the bytes. Fields
 * are written in the order of the calls, and zeros are written too, which every reader accepts
 * (https://protobuf.dev/programming-guides/encoding/).
 */
export class WireWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacityBytes = 256) {
    this.#bytes = Buffer.allocUnsafe(capacityBytes);
  }

  /** A varint field; values below 2^53. */
  integer(field: number, value: number): this {
    this.#reserve(20);
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  /** The one number beyond 2^53 on this wire: 2^63-1, the revision of a tombstone. */
  largestInteger(field: number): this {
    this.#reserve(20);
    this.#varint(field * 8);
    this.#bytes.fill(0xff, this.#length, this.#length + 8);
    this.#bytes[this.#length + 8] = 0x7f;
    this.#length += 9;
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#reserve(value.length + 20);
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  text(field: number, value: string): this {
    const size = Buffer.byteLength(value);
    this.#reserve(size + 20);
    this.#varint(field * 8 + 2);
    this.#varint(size);
    this.#length += this.#bytes.write(value, this.#length);
    return this;
  }

  /** A nested message; its length is known only afterwards, so the content moves up if needed. */
  message(field: number, writeContent?: (writer: this) => void): this {
    this.#reserve(20);
    this.#varint(field * 8 + 2);
    const start = this.#length + 1;
    this.#length = start;
    writeContent?.(this);
    const size = this.#length - start;
    const prefixExtra = varintSize(size) - 1;
    if (prefixExtra > 0) {
      this.#reserve(prefixExtra);
      this.#bytes.copyWithin(start + prefixExtra, start, this.#length);
    }
    this.#length = start - 1;
    this.#varint(size);
    this.#length += size;
    return this;
  }

  /** The bytes written so far, in a buffer of their own. */
  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#length + sizeBytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  #varint(value: number): void {
    let rest = value;
    // Bit operations are 32 bits wide; positions are not.
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }
}

/** Encoded size of a length prefix, in bytes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/**
 * Reads an unsigned 64-bit decimal as a number, saturating at 2^53-1. Revisions and positions of
 * this node stay far below; a client that names a larger one means "beyond the end", and
 * saturation keeps exactly that meaning.
 */
export function saturatingInteger(digits: string): number {
  let value = 0;
  for (const digit of digits) {
    const next = value * 10 + (digit.charCodeAt(0) - 48);
    if (next >= Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
    value = next;
  }
  return value;
}
