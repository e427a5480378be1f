import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { commitmentOf, verifyCommitment } from './commitment.ts';

const salt = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff';
const particulars = {
  name: 'Giám đốc Sở Tài chính',
  position: 'Giám đốc',
  agency: 'son_la.so_tc',
};

describe('a commitment', () => {
  test('is the hash of salt bytes and canonical particulars, made here by other means', () => {
    const text = '{"agency":"son_la.so_tc","name":"Giám đốc Sở Tài chính","position":"Giám đốc"}';
    const expected = createHash('sha256')
      .update(Buffer.from(salt, 'hex'))
      .update(text, 'utf8')
      .digest('hex');
    expect(commitmentOf(salt, particulars)).toBe(`sha256:${expected}`);
    const more = { ...particulars, email: 'a@b.vn' };
    expect(commitmentOf(salt, more)).toBe(`sha256:${expected}`);
  });

  test('opens with its own salt and particulars only', () => {
    const commitment = commitmentOf(salt, particulars);
    expect(verifyCommitment(commitment, salt, particulars)).toBe(true);
    for (const member of ['name', 'position', 'agency'] as const) {
      const other = { ...particulars, [member]: `${particulars[member]}x` };
      expect(verifyCommitment(commitment, salt, other)).toBe(false);
    }
    expect(verifyCommitment(commitment, `${salt.slice(0, -1)}e`, particulars)).toBe(false);
  });

  test('a salt of another form is our mistake when made, a failed check when verified', () => {
    const commitment = commitmentOf(salt, particulars);
    const notHex = `${salt.slice(0, -1)}g`;
    for (const bad of ['', salt.toUpperCase(), salt.slice(2), `${salt}00`, notHex]) {
      expect(() => commitmentOf(bad, particulars)).toThrow(TypeError);
      expect(verifyCommitment(commitment, bad, particulars)).toBe(false);
    }
    expect(verifyCommitment('sha256:no', salt, particulars)).toBe(false);
  });
});
