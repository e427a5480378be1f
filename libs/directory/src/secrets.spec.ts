import { describe, expect, test } from '@jest/globals';
import { fingerprint, randomSalt, randomToken, secretFault } from './secrets.ts';

describe('a secret', () => {
  test.each([
    ['mười bốn chữ .', 'too-short'],
    ['x'.repeat(200), 'too-long'],
    [`${'ăâđêôơư'.repeat(18)}abc`, 'too-long'],
    ['aaaaaaaaaaaaaaaaaaaa', 'too-few-characters'],
    ['abcdabcdabcdabcdabcd', 'too-few-characters'],
    ['abcdefghijklmnopqrst', 'a-sequence'],
    ['zyxwvutsrqponmlkjihg', 'a-sequence'],
    ['12345678901234567890', 'a-sequence'],
    ['so_tc.head.so_tc.head', 'the-login'],
    ['SO_TC.HEAD 2026 SO_TC.HEAD', 'the-login'],
  ])('%s is refused: %s', (secret, fault) => {
    expect(secretFault(secret, 'so_tc.head')).toBe(fault);
  });

  test.each([
    'mười lăm ký tự.',
    'correct horse battery',
    'so_tc.head qua cầu treo',
    'ê'.normalize('NFD').repeat(5) + 'mây trắng bay',
    'ăâđêôơưabcdef'.repeat(9),
    '1234567890 không thẳng',
  ])('%s is taken', (secret) => {
    expect(secretFault(secret, 'so_tc.head')).toBeUndefined();
  });

  test('an empty login strikes nothing out', () => {
    expect(secretFault('mười lăm ký tự.', '')).toBeUndefined();
  });
});

describe('tokens', () => {
  test('carry 256 bits and never come twice; what is stored is their SHA-256', () => {
    const tokens = Array.from({ length: 100 }, randomToken);
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) expect(Buffer.from(token, 'base64url').length).toBe(32);
    expect(randomSalt()).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
