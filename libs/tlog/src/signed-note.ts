import { sha256 } from '#kernel';
import { verifyEd25519 } from '#ed25519';
import { areEqual, base64, fromBase64, isKeyName, joined, malformed, read } from './reading.ts';
import { textOf, utf8 } from './reading.ts';
import type { Parsed } from './reading.ts';

/** c2sp.org/signed-note v1.0.0: a text and the signatures of named keys under it. */
export type SignedNote = {
  /** What is signed: everything up to and with the newline before the blank line. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
};

export type NoteSignature = {
  /** Of the key, not of a person. */
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Uint8Array;
  /** What follows the key ID; its meaning is the key's type's. */
  readonly signature: Uint8Array;
};

/**
 * `ed25519` signs the note's text (type 0x01); `cosignature` is a witness's, an Ed25519 signature
 * over the text and a time (type 0x04, c2sp.org/tlog-cosignature).
 */
export type KeyType = 'ed25519' | 'cosignature';
const typeBytes: Readonly<Record<KeyType, number>> = { ed25519: 0x01, cosignature: 0x04 };

export type VerifierKey = {
  readonly name: string;
  readonly type: KeyType;
  readonly keyId: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
};

/** Bounds of what is read: far above what a log with its witnesses needs, far below a burden. */
export const noteBytesMax = 65_536;
export const signaturesMax = 64;

const dash = '\u2014';

export function parseSignedNote(bytes: Uint8Array): Parsed<SignedNote> {
  if (bytes.length > noteBytesMax) return malformed(`longer than ${noteBytesMax} bytes`);
  const whole = textOf(bytes);
  if (whole === undefined) return malformed('not valid UTF-8');
  if (bytes.some((byte) => byte < 0x20 && byte !== 0x0a)) return malformed('a control character');
  const blank = whole.lastIndexOf('\n\n');
  if (blank < 0) return malformed('no blank line before the signatures');
  if (!whole.endsWith('\n')) return malformed('the last line does not end');
  const lines = whole.slice(blank + 2, -1).split('\n');
  if (blank + 2 >= whole.length) return malformed('no signature');
  if (lines.length > signaturesMax) return malformed(`more than ${signaturesMax} signatures`);
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignatureLine(line);
    if (!signature.ok) return signature;
    signatures.push(signature.value);
  }
  return read({ text: whole.slice(0, blank + 1), signatures });
}

/** One line of a note, without its newline; also what a witness answers with. */
export function parseSignatureLine(line: string): Parsed<NoteSignature> {
  const [mark, name = '', encoded = '', ...rest] = line.split(' ');
  if (mark !== dash || rest.length > 0) return malformed('a signature line of another form');
  if (!isKeyName(name)) return malformed('a signature without a key name');
  const bytes = fromBase64(encoded);
  if (bytes === undefined) return malformed(`the signature of ${name} is not canonical base64`);
  if (bytes.length <= 4) return malformed(`the signature of ${name} is empty`);
  return read({ name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) });
}

export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  return `${dash} ${name} ${base64(joined(keyId, signature))}\n`;
}

export function formatSignedNote({ text, signatures }: SignedNote): Uint8Array {
  if (!text.endsWith('\n')) throw new TypeError('the text of a note ends with a newline');
  return utf8(`${text}\n${signatures.map(formatSignatureLine).join('')}`);
}

/** First four bytes of SHA-256(name ‖ LF ‖ type ‖ public key). */
export function keyIdOf(name: string, type: KeyType, publicKey: Uint8Array): Uint8Array {
  return sha256(joined(utf8(`${name}\n`), typed(type, publicKey))).subarray(0, 4);
}

export function verifierKey(name: string, type: KeyType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new TypeError(`not the name of a key: ${name}`);
  if (publicKey.length !== 32) throw new TypeError('an Ed25519 public key has 32 bytes');
  return { name, type, publicKey, keyId: keyIdOf(name, type, publicKey) };
}

/** `<name>+<key ID, 8 hex digits>+<base64(type ‖ public key)>`. */
export function formatVerifierKey({ name, type, keyId, publicKey }: VerifierKey): string {
  const id = Array.from(keyId, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${name}+${id}+${base64(typed(type, publicKey))}`;
}

/** Base64 contains `+`, so only the first two separate. The key ID must be that of the key. */
export function parseVerifierKey(text: string): Parsed<VerifierKey> {
  const parts = /^([^+]*)\+([0-9a-f]{8})\+(.+)$/s.exec(text);
  if (parts === null) return malformed('not <name>+<key ID>+<key>');
  const [, name = '', , encoded = ''] = parts;
  if (!isKeyName(name)) return malformed('not the name of a key');
  const bytes = fromBase64(encoded);
  const type = keyTypes.find((one) => typeBytes[one] === bytes?.[0]);
  if (bytes === undefined || type === undefined) return malformed('a key of an unknown type');
  if (bytes.length !== 33) return malformed('an Ed25519 public key has 32 bytes');
  const key = verifierKey(name, type, bytes.subarray(1));
  return formatVerifierKey(key) === text ? read(key) : malformed('the key ID is of another key');
}

const keyTypes: readonly KeyType[] = ['ed25519', 'cosignature'];

function typed(type: KeyType, publicKey: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(typeBytes[type]), publicKey);
}

/** What a signature of a key of its type must be, for a text. */
export function isSignedBy(
  key: VerifierKey,
  text: string,
  { signature }: Pick<NoteSignature, 'signature'>,
): boolean {
  if (key.type === 'ed25519') return verifyEd25519(key.publicKey, utf8(text), signature);
  const cosigned = readCosignature(signature);
  if (cosigned === undefined) return false;
  return verifyEd25519(key.publicKey, cosignedMessage(cosigned.time, text), cosigned.signature);
}

/** The signatures in a note that claim to be by `key`: same name and same key ID. */
export function signaturesBy(note: SignedNote, key: VerifierKey): readonly NoteSignature[] {
  return note.signatures.filter((one) => one.name === key.name && areEqual(one.keyId, key.keyId));
}

/**
 * `valid`: the key signed this text. `invalid`: a line claims so and is wrong, which condemns the
 * note. `absent`: no such line.
 */
export function verdictOf(note: SignedNote, key: VerifierKey): 'valid' | 'invalid' | 'absent' {
  const claims = signaturesBy(note, key);
  if (claims.length === 0) return 'absent';
  return claims.every((claim) => isSignedBy(key, note.text, claim)) ? 'valid' : 'invalid';
}

/**
 * What a witness signs (c2sp.org/tlog-cosignature v1.0.1): that at `time`, in POSIX seconds, this
 * was the largest consistent tree head it had seen of its origin.
 */
export function cosignedMessage(time: bigint, noteText: string): Uint8Array {
  return utf8(`cosignature/v1\ntime ${time}\n${noteText}`);
}

const cosignatureBytes = 8 + 64;

/** uint64 big-endian seconds, then the Ed25519 signature. */
export function encodeCosignature(time: bigint, signature: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(cosignatureBytes);
  new DataView(bytes.buffer).setBigUint64(0, time);
  bytes.set(signature, 8);
  return bytes;
}

/** Undefined for a wrong length and for a time beyond 2^63 - 1. */
export function readCosignature(
  bytes: Uint8Array,
): { readonly time: bigint; readonly signature: Uint8Array } | undefined {
  if (bytes.length !== cosignatureBytes) return undefined;
  const time = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  return time > 2n ** 63n - 1n ? undefined : { time, signature: bytes.subarray(8) };
}
