import { describe, expect, test } from '@jest/globals';
import { readEvidenceBucket, SettingMistake } from './part-settings.ts';

const whole = {
  LEDGER_BLOBS_URL: 'https://minio.example.vn:9000/evidence',
  LEDGER_BLOBS_ACCESS_KEY: 'reader',
  LEDGER_BLOBS_SECRET_KEY: 'kept-out-of-messages',
};

/** The message of what was thrown. */
function mistakeIn(environment: Readonly<Record<string, string>>): string {
  try {
    readEvidenceBucket(environment);
  } catch (error) {
    if (error instanceof SettingMistake) return error.message;
    throw error;
  }
  return 'none';
}

describe('the bucket of evidence', () => {
  test('is named by the variables of the server, without how long it retains', () => {
    expect(readEvidenceBucket(whole)).toStrictEqual({
      origin: 'https://minio.example.vn:9000',
      bucket: 'evidence',
      accessKey: 'reader',
      secretKey: 'kept-out-of-messages',
    });
    for (const host of ['localhost', '127.0.0.1:9000', '[::1]:9000']) {
      const LEDGER_BLOBS_URL = `http://${host}/evidence`;
      expect(readEvidenceBucket({ ...whole, LEDGER_BLOBS_URL })?.origin).toBe(`http://${host}`);
    }
  });

  test('is not there where nothing names it, whatever else is set', () => {
    expect(readEvidenceBucket({})).toBeUndefined();
    const others = { LEDGER_BLOBS_URL: '', LEDGER_BLOB_RETENTION_DAYS: '30' };
    expect(readEvidenceBucket(others)).toBeUndefined();
  });

  test.each(Object.keys(whole))('without %s is a mistake', (name) => {
    const message = mistakeIn({ ...whole, [name]: '' });
    expect(message).toContain(name);
    expect(message).not.toContain(whole.LEDGER_BLOBS_SECRET_KEY);
  });

  test.each([
    'minio.example.vn/evidence',
    'http://minio.example.vn/evidence',
    'http://127.example.vn/evidence',
    'ftp://127.0.0.1/evidence',
    'https://minio.example.vn/',
    'https://minio.example.vn/evidence/more',
    'https://reader:kept-out-of-messages@minio.example.vn/evidence',
    'https://minio.example.vn/evidence?x',
  ])('%s is none', (LEDGER_BLOBS_URL) => {
    const message = mistakeIn({ ...whole, LEDGER_BLOBS_URL });
    expect(message).toMatch(/^LEDGER_BLOBS_URL must be/);
    expect(message).not.toContain(whole.LEDGER_BLOBS_SECRET_KEY);
  });
});
