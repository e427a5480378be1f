import { describe, expect, test } from '@jest/globals';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { verifyEd25519 as verifyByNode } from './ed25519-node.ts';
import { verifyEd25519 as verifyByNoble } from './ed25519-noble.ts';
import { specKey, withOneBitFlipped } from './keys.contract.ts';
import { emptyRoot } from './merkle-tree.ts';
import { areEqual, base64, fromBase64, parseSize, textOf, utf8 } from './reading.ts';
import { formatSignatureLine, formatSignedNote, formatVerifierKey } from './signed-note.ts';
import { isSignedBy, parseSignedNote, parseVerifierKey, readCosignature } from './signed-note.ts';
import { signaturesMax, verdictOf, verifierKey } from './signed-note.ts';

/** The example of c2sp.org/signed-note. */
const exampleKey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const exampleNote = `This is an example message.

\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;

const log = specKey('ledger.invalid/so-n-la', 1, 'ed25519');
const witness = specKey('witness.invalid/thanh-tra', 2, 'cosignature');

function noteOf(text: string) {
  const parsed = parseSignedNote(utf8(text));
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.value;
}

function keyOf(text: string) {
  const parsed = parseVerifierKey(text);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.value;
}

describe('a verifier key', () => {
  test('of the specification is read and written as it stands', () => {
    const key = keyOf(exampleKey);
    expect([key.name, key.type, key.publicKey.length]).toEqual(['example.com/foo', 'ed25519', 32]);
    expect(formatVerifierKey(key)).toBe(exampleKey);
    expect(keyOf(formatVerifierKey(witness.verifier))).toEqual(witness.verifier);
  });

  test.each([
    ['another key ID', exampleKey.replace('530d903a', '530d903b'), 'the key ID is of another key'],
    [
      'an upper-case key ID',
      exampleKey.replace('530d903a', '530D903A'),
      'not <name>+<key ID>+<key>',
    ],
    ['another name', exampleKey.replace('foo', 'bar'), 'the key ID is of another key'],
    [
      'a space in the name',
      exampleKey.replace('example.com/foo', 'example com'),
      'not the name of a key',
    ],
    ['no name', exampleKey.replace('example.com/foo', ''), 'not the name of a key'],
    ['another last byte', exampleKey.replace(/k$/, 'l'), 'the key ID is of another key'],
    ['a character that base64 lacks', exampleKey.replace(/k$/, '-'), 'a key of an unknown type'],
    ['an unknown type', exampleKey.replace('+Aeky', '+Ceky'), 'a key of an unknown type'],
    ['a byte less', exampleKey.slice(0, -4), 'an Ed25519 public key has 32 bytes'],
    ['a newline after it', `${exampleKey}\n`, 'a key of an unknown type'],
    ['two parts', 'example.com/foo+530d903a', 'not <name>+<key ID>+<key>'],
  ])('with %s is none', (_, text, fault) => {
    expect(parseVerifierKey(text)).toEqual({ ok: false, fault });
  });
});

describe('a signed note', () => {
  test('of the specification is read, verified and written as it stands', () => {
    const note = noteOf(exampleNote);
    expect(note.text).toBe('This is an example message.\n');
    expect(verdictOf(note, keyOf(exampleKey))).toBe('valid');
    expect(verdictOf(note, log.verifier)).toBe('absent');
    expect(textOf(formatSignedNote(note))).toBe(exampleNote);
  });

  test('may have blank lines in its text', () => {
    const text = 'one\n\ntwo\n';
    const note = noteOf(textOf(formatSignedNote({ text, signatures: [log.sign(text)] })) as string);
    expect(note.text).toBe(text);
    expect(verdictOf(note, log.verifier)).toBe('valid');
  });

  test('with any bit flipped is malformed, unsigned or wrongly signed', () => {
    const key = keyOf(exampleKey);
    for (const bytes of withOneBitFlipped(utf8(exampleNote))) {
      const note = parseSignedNote(bytes);
      expect(note.ok && verdictOf(note.value, key) === 'valid').toBe(false);
    }
  });

  test('with one good and one bad signature of the same key is condemned', () => {
    const text = 'one\n';
    const signatures = [log.sign(text), log.sign('other\n')];
    expect(verdictOf({ text, signatures }, log.verifier)).toBe('invalid');
  });

  const line = exampleNote.split('\n')[2] as string;
  test.each([
    ['nothing', '', 'no blank line before the signatures'],
    ['no signature', 'text\n\n', 'no signature'],
    ['no blank line', `text\n${line}\n`, 'no blank line before the signatures'],
    ['a last line without an end', exampleNote.slice(0, -1), 'the last line does not end'],
    ['a carriage return', exampleNote.replaceAll('\n', '\r\n'), 'a control character'],
    ['a tab', exampleNote.replace('an example', 'an\texample'), 'a control character'],
    [
      'a hyphen for the dash',
      exampleNote.replace('\u2014', '-'),
      'a signature line of another form',
    ],
    ['a line that is no signature', `${exampleNote}more\n`, 'a signature line of another form'],
    ['two spaces', exampleNote.replace('foo Uw', 'foo  Uw'), 'a signature line of another form'],
    [
      'a plus sign in the name',
      exampleNote.replace('com/foo', 'com+foo'),
      'a signature without a key name',
    ],
    [
      'a no-break space in the name',
      exampleNote.replace('com/foo', 'com\u00a0foo'),
      'a signature without a key name',
    ],
    [
      'base64 without padding',
      exampleNote.replace('aQM=', 'aQM'),
      'the signature of example.com/foo is not canonical base64',
    ],
    [
      'base64 for URLs',
      exampleNote.replace('2Q', '-Q'),
      'the signature of example.com/foo is not canonical base64',
    ],
    ['a signature of no bytes', `text\n\n\u2014 name AAAAAA==\n`, 'the signature of name is empty'],
    [
      'too many signatures',
      `text\n\n${`${line}\n`.repeat(signaturesMax + 1)}`,
      'more than 64 signatures',
    ],
    ['too many bytes', `${'x'.repeat(65_536)}\n\n${line}\n`, 'longer than 65536 bytes'],
  ])('with %s is malformed', (_, text, fault) => {
    expect(parseSignedNote(utf8(text))).toEqual({ ok: false, fault });
  });

  test('that is not UTF-8 is malformed, and a byte order mark is part of the text', () => {
    expect(parseSignedNote(Uint8Array.of(0xff, 0x0a)).ok).toBe(false);
    expect(noteOf(`\ufeff${exampleNote}`).text).toBe('\ufeffThis is an example message.\n');
  });
});

describe('a cosignature', () => {
  const text = formatCheckpoint({ origin: 'o', size: 0, root: emptyRoot, extensions: [] });

  test('is over the time and the text', () => {
    const signature = witness.sign(text, 1_795_000_000n);
    expect(isSignedBy(witness.verifier, text, signature)).toBe(true);
    expect(isSignedBy(witness.verifier, `${text}more\n`, signature)).toBe(false);
    for (const bytes of withOneBitFlipped(signature.signature)) {
      expect(isSignedBy(witness.verifier, text, { signature: bytes })).toBe(false);
    }
  });

  test('of another length, or of a time beyond 2^63 - 1, is not one', () => {
    const late = witness.sign(text, 2n ** 63n).signature;
    const last = witness.sign(text, 2n ** 63n - 1n).signature;
    expect(isSignedBy(witness.verifier, text, { signature: late })).toBe(false);
    expect(isSignedBy(witness.verifier, text, { signature: last })).toBe(true);
    expect(isSignedBy(witness.verifier, text, { signature: last.subarray(8) })).toBe(false);
  });

  test('is not taken for the signature of a log, nor the other way round', () => {
    const asLog = specKey('witness.invalid/thanh-tra', 2, 'ed25519');
    expect(base64(asLog.verifier.keyId)).not.toBe(base64(witness.verifier.keyId));
    expect(isSignedBy(asLog.verifier, text, witness.sign(text))).toBe(false);
    expect(isSignedBy(witness.verifier, text, asLog.sign(text))).toBe(false);
  });
});

describe('Ed25519 in Node and in a browser', () => {
  const { publicKey } = log.verifier;
  const message = utf8('text\n');
  const { signature } = log.sign('text\n');

  test('agree on good, altered and malformed signatures', () => {
    const verifiers = [verifyByNode, verifyByNoble];
    for (const verify of verifiers) {
      expect(verify(publicKey, message, signature)).toBe(true);
      expect(verify(publicKey, utf8('other\n'), signature)).toBe(false);
      expect(verify(publicKey, message, signature.subarray(1))).toBe(false);
      expect(verify(publicKey.subarray(1), message, signature)).toBe(false);
      expect(verify(new Uint8Array(32).fill(255), message, signature)).toBe(false);
    }
    for (const altered of withOneBitFlipped(signature)) {
      expect(verifiers.map((verify) => verify(publicKey, message, altered))).toEqual([
        false,
        false,
      ]);
    }
  });

  test('both refuse the second form that every signature has without a bound on S', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = signature.subarray(32).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
    let rest = s + order;
    const other = Uint8Array.from(signature);
    for (let place = 32; place < 64; place += 1) {
      other[place] = Number(rest % 256n);
      rest /= 256n;
    }
    expect(verifyByNode(publicKey, message, other)).toBe(false);
    expect(verifyByNoble(publicKey, message, other)).toBe(false);
  });
});

describe('a checkpoint', () => {
  const root = base64(emptyRoot);

  test('is read and written alike', () => {
    const text = `ledger.invalid/a\n9007199254740991\n${root}\nextension\n`;
    const parsed = parseCheckpoint(text);
    expect(parsed.ok && formatCheckpoint(parsed.value)).toBe(text);
    expect(parsed.ok && parsed.value.size).toBe(9007199254740991);
    expect(parsed.ok && parsed.value.extensions).toEqual(['extension']);
  });

  test.each([
    ['no origin', `\n0\n${root}\n`, 'line 1 is not an origin'],
    ['a space in the origin', `a b\n0\n${root}\n`, 'line 1 is not an origin'],
    ['a leading zero', `a\n01\n${root}\n`, 'line 2 is not a tree size'],
    ['a sign', `a\n+1\n${root}\n`, 'line 2 is not a tree size'],
    ['a size of 2^53', `a\n9007199254740992\n${root}\n`, 'line 2 is not a tree size'],
    ['no size', `a\n\n${root}\n`, 'line 2 is not a tree size'],
    ['a short root', `a\n0\n${root.slice(4)}\n`, 'line 3 is not a root hash'],
    [
      'base64 of another spelling',
      `a\n0\n${root.replace(/U=$/, 'V=')}\n`,
      'line 3 is not a root hash',
    ],
    ['an empty extension', `a\n0\n${root}\n\n`, 'an empty extension line'],
    ['no end', `a\n0\n${root}`, 'the last line does not end'],
    ['an end of another kind', `a\n0\n${root}\r`, 'the last line does not end'],
    ['two lines', 'a\n0\n', 'line 3 is not a root hash'],
    ['one line', 'a\n', 'line 2 is not a tree size'],
    ['nothing', '', 'the last line does not end'],
  ])('with %s is malformed', (_, text, fault) => {
    expect(parseCheckpoint(text)).toEqual({ ok: false, fault });
  });
});

test('canonical base64 has one spelling', () => {
  expect(['', 'AA==', 'AAA=', 'AAAA'].map((text) => fromBase64(text)?.length)).toEqual([
    0, 1, 2, 3,
  ]);
  const others = ['A', 'AA', 'AA=', 'AB==', 'AAB=', 'AA==AA==', 'A===', ' AAAA', 'AAAA\n', '_-__'];
  expect(others.map(fromBase64)).toEqual(others.map(() => undefined));
});

test('bytes that are no UTF-8 have no text', () => {
  expect(textOf(Uint8Array.of(0x61, 0xc3))).toBeUndefined();
  expect(textOf(Uint8Array.of(0xc0, 0x80))).toBeUndefined();
  expect(textOf(utf8('chữ'))).toBe('chữ');
});

test('bytes are equal that are as many and the same', () => {
  expect(areEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(areEqual(Uint8Array.of(1), Uint8Array.of(1, 2))).toBe(false);
  expect(areEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
});

test('a size has one spelling', () => {
  expect(['0', '7', '10', '9007199254740991'].map(parseSize)).toEqual([0, 7, 10, 2 ** 53 - 1]);
  const others = ['', '00', '07', '+7', '-7', ' 7', '7 ', '7\n', '7.0', '1e3', '0x7', '٧'];
  expect([...others, '9007199254740992'].map(parseSize)).toEqual(
    [...others, ''].map(() => undefined),
  );
});

describe('the bounds of a note', () => {
  const key = specKey('ledger.invalid/bounds', 1, 'ed25519');
  const line = (text: string) => formatSignatureLine(key.sign(text));
  const faultOf = (text: string) => {
    const parsed = parseSignedNote(utf8(text));
    return parsed.ok ? undefined : parsed.fault;
  };

  test('so many bytes and signatures, and no more', () => {
    const rest = `\n\n${line('x\n')}`;
    const room = 65_536 - utf8(rest).length;
    expect(faultOf('x'.repeat(room) + rest)).toBeUndefined();
    expect(faultOf('x'.repeat(room + 1) + rest)).toBe('longer than 65536 bytes');
    const signed = (count: number) => `x\n\n${line('x\n').repeat(count)}`;
    expect(faultOf(signed(64))).toBeUndefined();
    expect(faultOf(signed(65))).toBe('more than 64 signatures');
  });

  test('a text of one empty line is one, what is no text is none', () => {
    expect(parseSignedNote(utf8(`\n\n${line('\n')}`))).toMatchObject({
      ok: true,
      value: { text: '\n' },
    });
    expect(parseSignedNote(Uint8Array.of(0xff))).toEqual({ ok: false, fault: 'not valid UTF-8' });
  });

  test('what we write ourselves is held to the same', () => {
    expect(() => formatSignedNote({ text: 'x', signatures: [] })).toThrow(
      'the text of a note ends with a newline',
    );
    expect(() => verifierKey('a b', 'ed25519', new Uint8Array(32))).toThrow(
      'not the name of a key: a b',
    );
    expect(() => verifierKey('a', 'ed25519', new Uint8Array(31))).toThrow(
      'an Ed25519 public key has 32 bytes',
    );
  });

  test.each([0, 7, 71, 73])('%d bytes are no cosignature', (length) => {
    expect(readCosignature(new Uint8Array(length))).toBeUndefined();
  });
});
