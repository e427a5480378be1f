import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { utf8 } from './reading.ts';
import { cosignedMessage, encodeCosignature, verifierKey } from './signed-note.ts';
import type { NoteSignature, VerifierKey } from './signed-note.ts';

/** A private key for specs, made from one byte: whoever reads the spec can sign as well. */
export type SpecKey = {
  readonly verifier: VerifierKey;
  /** As a log, or as a witness at `time`. */
  sign(text: string, time?: bigint): NoteSignature;
};

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

export function specKey(name: string, seed: number, type: VerifierKey['type']): SpecKey {
  const der = Buffer.concat([pkcs8Prefix, Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const verifier = verifierKey(name, type, Uint8Array.from(spki.subarray(-32)));
  return {
    verifier,
    sign: (text, time = 1_795_000_000n) => {
      const isWitness = type === 'cosignature';
      const message = isWitness ? cosignedMessage(time, text) : utf8(text);
      const raw = sign(null, message, privateKey);
      const signature = isWitness ? encodeCosignature(time, raw) : raw;
      return { name, keyId: verifier.keyId, signature };
    },
  };
}

/** Every text that differs from `text` in one bit of its UTF-8 form. */
export function* withOneBitFlipped(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const copy = Uint8Array.from(bytes);
    const place = Math.floor(bit / 8);
    copy[place] = (copy[place] as number) ^ (1 << (bit % 8));
    yield copy;
  }
}
