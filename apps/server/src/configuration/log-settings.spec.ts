import { describe, expect, test } from '@jest/globals';
import { ConfigurationMistake, readConfiguration } from './configuration.ts';

const read = (environment: Record<string, string>) => readConfiguration(environment, '/srv').log;

/** The settings that were complained of, by the first word of each sentence. */
function mistakesOf(environment: Record<string, string>): string[] {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationMistake)) throw error;
    return error.sentences.map((sentence) => sentence.split(' ')[0] ?? '');
  }
}

describe('the settings of the log', () => {
  test('name files below the working folder, and keys that sign no longer', () => {
    expect(
      read({
        LEDGER_LOG_KEYS: 'old.key, /secure/new.key',
        LEDGER_LOG_KEYS_RETIRED: '1a2b3c4d: thẻ cũ đã trả; 00000000: mất',
        LEDGER_WITNESSES: 'witnesses',
      }),
    ).toStrictEqual({
      profile: 'development',
      keyFiles: ['/srv/old.key', '/secure/new.key'],
      retired: [
        { keyId: '1a2b3c4d', reason: 'thẻ cũ đã trả' },
        { keyId: '00000000', reason: 'mất' },
      ],
      witnessesFile: '/srv/witnesses',
      tilesBucket: null,
    });
  });

  test('want it stated where a key in a file has to do for production', () => {
    const production = { LEDGER_PROFILE: 'production' };
    expect(mistakesOf(production)).toStrictEqual(['LEDGER_PROFILE']);
    expect(mistakesOf({ ...production, LEDGER_LOG_FILE_KEY_ACCEPTED: 'false' })).toHaveLength(1);
    const accepted = { ...production, LEDGER_LOG_FILE_KEY_ACCEPTED: 'true' };
    expect(read(accepted).profile).toBe('production');
  });

  test('want a bucket for tiles where the evidence lies, and another one', () => {
    const minio = {
      LEDGER_BLOBS_URL: 'https://minio.example.vn:9000/evidence',
      LEDGER_BLOBS_ACCESS_KEY: 'made-up-key',
      LEDGER_BLOBS_SECRET_KEY: 'made-up-secret',
      LEDGER_BLOB_RETENTION_DAYS: '3650',
    };
    expect(read({ ...minio, LEDGER_LOG_TILES_BUCKET: 'tiles' }).tilesBucket).toBe('tiles');
    const same = { ...minio, LEDGER_LOG_TILES_BUCKET: 'evidence' };
    expect(mistakesOf(same)).toStrictEqual(['LEDGER_LOG_TILES_BUCKET']);
    expect(mistakesOf({ ...minio, LEDGER_LOG_TILES_BUCKET: 'Tiles' })).toHaveLength(1);
  });

  test.each([
    [{ LEDGER_PROFILE: 'live' }, 'LEDGER_PROFILE'],
    [{ LEDGER_LOG_KEYS: 'a.key,' }, 'LEDGER_LOG_KEYS'],
    [{ LEDGER_LOG_KEYS: 'a.key,a.key' }, 'LEDGER_LOG_KEYS'],
    [{ LEDGER_LOG_KEYS_RETIRED: '1a2b3c4d' }, 'LEDGER_LOG_KEYS_RETIRED'],
    [{ LEDGER_LOG_KEYS_RETIRED: '1A2B3C4D: why' }, 'LEDGER_LOG_KEYS_RETIRED'],
    [{ LEDGER_LOG_KEYS_RETIRED: '1a2b3c4d: e\u0302' }, 'LEDGER_LOG_KEYS_RETIRED'],
    [{ LEDGER_LOG_FILE_KEY_ACCEPTED: 'yes' }, 'LEDGER_LOG_FILE_KEY_ACCEPTED'],
    [{ LEDGER_LOG_TILES_BUCKET: 'tiles' }, 'LEDGER_LOG_TILES_BUCKET'],
  ] as [Record<string, string>, string][])('%j is one mistake', (environment, name) => {
    expect(mistakesOf(environment)).toStrictEqual([name]);
  });
});
