import { describe, expect, test } from '@jest/globals';
import { Refusal } from '#kernel';
import {
  readBearerToken,
  readIdempotencyKey,
  readIfMatch,
  readLedgerPosition,
  readMoment,
} from './headers.ts';
import { languageOf } from './language.ts';

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('headers with one accepted form', () => {
  test('If-Match names one revision', () => {
    expect(readIfMatch(undefined)).toBeNull();
    expect(readIfMatch('"0"')).toBe(0);
    expect(readIfMatch('"9007199254740991"')).toBe(9007199254740991);
    const refused = [
      '3',
      '"03"',
      '"-1"',
      'W/"3"',
      '*',
      '"3", "4"',
      '" 3"',
      '""',
      '"9007199254740992"',
      '"0x1"',
    ];
    expect(refused.map((header) => codeOf(() => readIfMatch(header)))).toStrictEqual(
      refused.map(() => 'request/bad-if-match'),
    );
  });

  test('Idempotency-Key is visible ASCII', () => {
    expect(readIdempotencyKey('a')).toBe('a');
    expect(readIdempotencyKey('~'.repeat(255))).toHaveLength(255);
    for (const key of [undefined, '', 'a b', 'khóa', '~'.repeat(256), ['a', 'b']]) {
      expect(codeOf(() => readIdempotencyKey(key))).toBe('request/no-idempotency-key');
    }
  });

  test('asOf is a time or an index', () => {
    expect(readMoment(undefined)).toBeUndefined();
    expect(readMoment('0')).toBe(0);
    expect(readMoment('2026-11-20T10:00:00+07:00')).toBe('2026-11-20T03:00:00.000Z');
    for (const text of ['', '-1', '007', '2026-11-20', '2026-02-30T00:00:00Z', 'now', '1.0']) {
      expect(codeOf(() => readMoment(text))).toBe('request/bad-as-of');
    }
  });

  test('Ledger-Position is one that was given', () => {
    expect(readLedgerPosition(undefined)).toBeNull();
    expect(readLedgerPosition('12')).toStrictEqual({ kind: 'index', leafIndex: 12 });
    expect(readLedgerPosition('p.00000000000000000131')).toStrictEqual({
      kind: 'position',
      position: '00000000000000000131',
    });
    for (const text of ['', 'p.', 'p.a b', '-1', ['1', '2']]) {
      expect(codeOf(() => readLedgerPosition(text))).toBe('request/bad-position');
    }
  });

  test('a bearer token is read whole or not at all', () => {
    expect(readBearerToken('Bearer abcdefghijklmnop')).toBe('abcdefghijklmnop');
    for (const header of [
      undefined,
      '',
      'Bearer',
      'Basic abcdefghijklmnop',
      'Bearer short',
      'Bearer abcdefghijklmnop x',
    ]) {
      expect(readBearerToken(header)).toBeNull();
    }
  });
});

describe('the language of an answer', () => {
  test.each([
    [undefined, 'vi'],
    ['', 'vi'],
    ['*', 'vi'],
    ['fr', 'vi'],
    ['en', 'en'],
    ['en-GB,en;q=0.9', 'en'],
    ['vi,en', 'vi'],
    ['en;q=0.8,vi;q=0.9', 'vi'],
    ['en;q=0.9, vi-VN;q=0.85', 'en'],
    ['en;q=0', 'vi'],
    ['en;q=x', 'vi'],
    ['EN;Q=1.000', 'en'],
  ] as const)('for %s is %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });
});
