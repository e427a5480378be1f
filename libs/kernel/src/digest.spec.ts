import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import sha256Vectors from '../../../test/vectors/kernel/sha256.json' with { type: 'json' };
import entryVector from '../../../test/vectors/kernel/entry.json' with { type: 'json' };
import { canonicalJson } from './canonical.ts';
import { bareHex, digestFromHex, digestOf, hex, isDigest } from './digest.ts';
import { entryBytes, entryDigest, isLogged } from './entry.ts';
import type { Entry } from './entry.ts';
import { sha256 as nobleSha256, sha256Into as nobleInto } from './sha256-noble.ts';
import { sha256 as nodeSha256, sha256Into as nodeInto } from './sha256-node.ts';

const entry = entryVector.entry as unknown as Entry;

describe('SHA-256, in Node and elsewhere', () => {
  test.each([
    ['node', nodeSha256],
    ['noble', nobleSha256],
  ] as const)('%s agrees with FIPS 180-4', (_, sha256) => {
    for (const [text, times, digest] of sha256Vectors.messages as [string, number, string][]) {
      expect(hex(sha256(Buffer.from(text.repeat(times))))).toBe(digest);
    }
  });

  test('both agree on any bytes, and neither changes them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const before = Uint8Array.from(bytes);
        expect(hex(nobleSha256(bytes))).toBe(hex(nodeSha256(bytes)));
        expect(bytes).toStrictEqual(before);
      }),
    );
  });

  test.each([
    ['node', nodeInto],
    ['noble', nobleInto],
  ] as const)('%s writes it where it was asked to, and nowhere else', (_, sha256Into) => {
    const target = new Uint8Array(40).fill(7);
    sha256Into(Buffer.from('abc'), target, 3);
    expect(hex(target)).toBe(`070707${hex(nodeSha256(Buffer.from('abc')))}0707070707`);
  });
});

describe('digests', () => {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

  test('a text is digested in UTF-8', () => {
    expect(digestOf('')).toBe(`sha256:${empty}`);
    expect(digestOf('số liệu')).toBe(digestOf(new TextEncoder().encode('số liệu')));
  });

  test('have one form with the name and one without', () => {
    expect(isDigest(`sha256:${empty}`)).toBe(true);
    expect(bareHex(digestOf(''))).toBe(empty);
    expect(digestFromHex(empty)).toBe(digestOf(''));
    for (const wrong of [
      empty.toUpperCase(),
      empty.slice(1),
      `${empty}0`,
      `sha256:${empty}`,
      `${empty}\n`,
      '',
    ]) {
      expect(digestFromHex(wrong)).toBeUndefined();
    }
    for (const wrong of [
      empty,
      `SHA256:${empty}`,
      `sha256:${empty.toUpperCase()}`,
      `sha256:${empty}\n`,
      7,
      null,
    ]) {
      expect(isDigest(wrong)).toBe(false);
    }
  });
});

describe('the entry, CONTRACTS 2', () => {
  test('has the bytes and the digest that others computed', () => {
    expect(Buffer.from(entryBytes(entry)).toString('utf8')).toBe(entryVector.canonical);
    expect(entryDigest(entry)).toBe(entryVector.digest);
  });

  test('is exactly six members, whatever else an event carries', () => {
    const stored = { position: '00000000000000000001', digest: 'x', ...entry };
    expect(entryDigest(stored)).toBe(entryVector.digest);
    expect(
      Object.keys(JSON.parse(Buffer.from(entryBytes(stored)).toString()) as object),
    ).toStrictEqual(['data', 'id', 'metadata', 'revision', 'stream', 'type']);
  });

  test('does not depend on the order in which a store gives the members back', () => {
    const turned = Object.fromEntries(Object.entries(entry).reverse()) as unknown as Entry;
    expect(canonicalJson(turned)).toBe(canonicalJson(entry));
    expect(entryDigest(turned)).toBe(entryVector.digest);
  });

  test.each(['data', 'id', 'metadata', 'revision', 'stream', 'type'] as const)(
    'another %s is another digest',
    (member) => {
      expect(entryDigest({ ...entry, [member]: 'other' })).not.toBe(entryVector.digest);
    },
  );

  test("everything is logged but the store's own streams and the head of the log", () => {
    const logged = ['figure-a', 'log-keys', 'log-heads', 'log-head-x', 'a$'];
    expect(logged.filter(isLogged)).toStrictEqual(logged);
    expect(['$ce-figure', '$$figure-a', 'log-head'].filter(isLogged)).toStrictEqual([]);
  });
});
