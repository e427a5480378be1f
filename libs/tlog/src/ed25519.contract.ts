import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, hexToBytes, numberToBytesLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { joined, utf8 } from './reading.ts';

/** A signature at the edge of Ed25519, with the one answer that every verifier here must give. */
export type EdgeCase = {
  readonly name: string;
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly isValid: boolean;
  /** The bare equation holds; RFC 8032 does not decode it, or Web Cryptography wants it refused. */
  readonly isLaxlyValid?: true;
};

const { Point } = ed25519;
const { Fn, BASE, ZERO } = Point;
type EdPoint = typeof BASE;
type Draft = { readonly key: Uint8Array; readonly encodedR: Uint8Array; readonly s: bigint };

/** Multiples of a point of order eight, from the neutral one on: all eight of small order. */
const small: readonly EdPoint[] = Array.from({ length: 8 }, (_, times) =>
  Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a').multiplyUnsafe(
    BigInt(times),
  ),
);
const eighth = small[1] as EdPoint;
const [secret, chance] = [12_345_678_901_234_567_890n, 98_765_432_109_876_543_210n];
const [ownKey, ownR] = [BASE.multiply(secret), BASE.multiply(chance)];

const challenge = (encodedR: Uint8Array, key: Uint8Array, message: Uint8Array): bigint =>
  Fn.create(bytesToNumberLE(sha512(joined(encodedR, key, message))));

/** The first message whose challenge satisfies the condition: one in eight does, at the least. */
function messageFor(key: Uint8Array, encodedR: Uint8Array, holds: (h: bigint) => boolean) {
  for (let number = 0; ; number += 1) {
    const message = utf8(`message ${number}\n`);
    if (holds(challenge(encodedR, key, message))) return message;
  }
}

function caseOf(name: string, message: Uint8Array, draft: Draft, isValid: boolean): EdgeCase {
  const signature = joined(draft.encodedR, numberToBytesLE(draft.s, 32));
  return { name, key: draft.key, message, signature, isValid };
}

/** Signed as it should be, but for points of small order in the key and in R. */
function shifted(name: string, inKey: number, inR: number, isValid: boolean): EdgeCase {
  const key = ownKey.add(small[inKey] as EdPoint).toBytes();
  const encodedR = ownR.add(small[inR] as EdPoint).toBytes();
  // What the equation leaves over is [h mod 8] of the key's part, and R's own.
  const left = (h: bigint): bigint => (h * BigInt(inKey) + BigInt(inR)) % 8n;
  const message = messageFor(key, encodedR, (h) => (left(h) === 0n) === isValid);
  const s = Fn.create(chance + challenge(encodedR, key, message) * secret);
  return caseOf(name, message, { key, encodedR, s }, isValid);
}

/** Which of these hold by the bare equation shows that it is not it that refuses them. */
function* ofSmallOrder(): Generator<EdgeCase> {
  const refused = (name: string, message: Uint8Array, draft: Draft, holds: boolean): EdgeCase => {
    const one = caseOf(`${name}, ${holds ? 'holds' : 'fails'}`, message, draft, false);
    return holds ? { ...one, isLaxlyValid: true } : one;
  };
  for (const [place, point] of small.entries()) {
    const [key, encodedR] = [point.toBytes(), ownR.toBytes()];
    const encoded = point.toBytes();
    for (const holds of place === 0 ? [true] : [true, false]) {
      const message = messageFor(key, encodedR, (h) => point.multiplyUnsafe(h).is0() === holds);
      yield refused(`key of small order ${place}`, message, { key, encodedR, s: chance }, holds);
    }
    const message = utf8('text\n');
    const s = Fn.create(challenge(encoded, ownKey.toBytes(), message) * secret);
    const draft = { key: ownKey.toBytes(), encodedR: encoded, s };
    yield refused(`R of small order ${place}`, message, draft, place === 0);
    for (const holds of [true, false]) {
      const both = { key: eighth.toBytes(), encodedR: encoded, s: 0n };
      const found = messageFor(both.key, encoded, (h) => {
        return eighth.multiplyUnsafe(h).add(point).is0() === holds;
      });
      yield refused(`both of small order ${place}`, found, both, holds);
    }
  }
}

/** Little-endian hex of encodings that RFC 8032 does not decode, and the points that they are to others. */
const otherSpellings: readonly (readonly [name: string, encoded: Uint8Array, point: EdPoint])[] = [
  ['p + 1', spelled('ee', 'ff', '7f'), ZERO],
  ['p + 1, signed', spelled('ee', 'ff', 'ff'), ZERO],
  ['1, signed', spelled('01', '00', '80'), ZERO],
  ['p - 1, signed', spelled('ec', 'ff', 'ff'), small[4] as EdPoint],
  ['p', spelled('ed', 'ff', '7f'), Point.fromBytes(spelled('ed', 'ff', '7f'), true)],
  ['p, signed', spelled('ed', 'ff', 'ff'), Point.fromBytes(spelled('ed', 'ff', 'ff'), true)],
];

function spelled(first: string, middle: string, last: string): Uint8Array {
  return hexToBytes(`${first}${middle.repeat(30)}${last}`);
}

function* ofOtherSpellings(): Generator<EdgeCase> {
  for (const [name, encoded, point] of otherSpellings) {
    const draft = { key: encoded, encodedR: ownR.toBytes(), s: chance };
    const isHeld = (h: bigint): boolean => point.multiplyUnsafe(h).is0();
    const message = messageFor(encoded, draft.encodedR, isHeld);
    yield { ...caseOf(`key ${name}`, message, draft, false), isLaxlyValid: true };
    const key = ownKey.toBytes();
    const text = utf8('text\n');
    const s = Fn.create(challenge(encoded, key, text) * secret);
    yield caseOf(`R ${name}`, text, { key, encodedR: encoded, s }, false);
  }
  // Below p, and no square beside it: not a point.
  const nowhere = spelled('02', '00', '00');
  const [key, encodedR] = [ownKey.toBytes(), ownR.toBytes()];
  yield caseOf('key off the curve', utf8('text\n'), { key: nowhere, encodedR, s: chance }, false);
  yield caseOf('R off the curve', utf8('text\n'), { key, encodedR: nowhere, s: chance }, false);
}

function* ofScalars(): Generator<EdgeCase> {
  const [key, message] = [ownKey.toBytes(), utf8('text\n')];
  const encodedR = ownR.toBytes();
  const s = Fn.create(chance + challenge(encodedR, key, message) * secret);
  yield caseOf('S', message, { key, encodedR, s }, true);
  yield caseOf('S + L', message, { key, encodedR, s: s + Fn.ORDER }, false);
  yield caseOf('S = 0', message, { key, encodedR, s: 0n }, false);
  yield caseOf('S = L', message, { key, encodedR, s: Fn.ORDER }, false);
  yield caseOf('S = 2^256 - 1', message, { key, encodedR, s: 2n ** 256n - 1n }, false);
}

/**
 * The cases of which "Taming the Many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020) tells, made anew:
 * small and mixed order in key and R, other spellings, S that was not reduced.
 */
export function edgeCases(): readonly EdgeCase[] {
  const mixed = [1, 2, 4].flatMap((part) => [
    shifted(`R with ${part}/8 added`, 0, part, false),
    shifted(`key with ${part}/8 added, told`, part, 0, false),
    shifted(`key with ${part}/8 added, untold`, part, 0, true),
    shifted(`key and R with ${part}/8 added, told`, part, part, false),
    shifted(`key and R with ${part}/8 added, untold`, part, part, true),
  ]);
  return [...ofScalars(), ...mixed, ...ofSmallOrder(), ...ofOtherSpellings()];
}
