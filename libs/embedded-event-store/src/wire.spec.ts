import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WireWriter, saturatingInteger, varintSize } from './wire.ts';

/** Reads a varint back the slow and obvious way: as a sum of powers. */
function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  for (let at = start; ; at += 1) {
    const byte = bytes.readUInt8(at);
    value += (byte % 128) * factor;
    factor *= 128;
    if (byte < 128) return { value, end: at + 1 };
  }
}

describe('WireWriter', () => {
  test('writes the example of the encoding guide', () => {
    expect(new WireWriter().integer(1, 150).finish().toString('hex')).toBe('089601');
    expect(new WireWriter().text(2, 'testing').finish().toString('hex')).toBe('120774657374696e67');
    const nested = new WireWriter().message(3, (inner) => inner.integer(1, 150)).finish();
    expect(nested.toString('hex')).toBe('1a03089601');
  });

  test('writes every safe integer, beyond 32 bits too', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new WireWriter().integer(1, value).finish();
        expect(readVarint(bytes, 1)).toEqual({ value, end: bytes.length });
        expect(bytes.length).toBe(1 + varintSize(value));
      }),
    );
  });

  test('writes 2^63-1 as the revision of a tombstone', () => {
    const bytes = new WireWriter().largestInteger(3).finish();
    expect(bytes.toString('hex')).toBe('18ffffffffffffffff7f');
  });

  test.each([0, 1, 127, 128, 129, 16_383, 16_384, 100_000])(
    'a nested message of %d bytes keeps its content and its neighbours',
    (size) => {
      const content = Buffer.alloc(size, 0xab);
      const bytes = new WireWriter(1)
        .message(1, (outer) => outer.bytes(2, content).integer(3, 1))
        .integer(4, 2)
        .finish();
      const length = readVarint(bytes, 1);
      const inner = bytes.subarray(length.end, length.end + length.value);
      const innerLength = readVarint(inner, 1);
      expect(innerLength.value).toBe(size);
      expect(inner.subarray(innerLength.end, innerLength.end + size).equals(content)).toBe(true);
      expect(inner.subarray(innerLength.end + size).toString('hex')).toBe('1801');
      expect(bytes.subarray(length.end + length.value).toString('hex')).toBe('2002');
    },
  );
});

describe('saturatingInteger', () => {
  test.each([
    ['0', 0],
    ['42', 42],
    ['9007199254740990', 9_007_199_254_740_990],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', Number.MAX_SAFE_INTEGER],
    ['18446744073709551615', Number.MAX_SAFE_INTEGER],
  ])('%s', (digits, value) => {
    expect(saturatingInteger(digits)).toBe(value);
  });
});
