import { describe, expect, test } from '@jest/globals';
import { ConfigurationMistake, readConfiguration, unknownVariables } from './configuration.ts';

describe('the configuration', () => {
  test('has a default for everything', () => {
    expect(readConfiguration({}, '/srv')).toStrictEqual({
      dataFolder: '/srv/.ledger',
      port: 3000,
      host: '127.0.0.1',
      origin: null,
      entriesPublic: null,
      logLevel: 'info',
      eventStoreUrl: null,
      databaseUrl: null,
      publicUrl: null,
      trustedProxies: [],
      minio: null,
      evidenceBytesMax: 5_368_709_120,
    });
  });

  test('reads each variable, an empty one as absent', () => {
    const read = readConfiguration(
      {
        LEDGER_DATA: 'folder',
        LEDGER_PORT: '0',
        LEDGER_HOST: '::1',
        LEDGER_ORIGIN: 'ledger.example.vn/2026',
        LEDGER_ENTRIES_PUBLIC: 'true',
        LOG_LEVEL: 'warn',
        LEDGER_EVENTSTORE_URL: 'esdb+discover://cluster.example.vn:2113',
        LEDGER_DATABASE_URL: 'postgres://ledger@db.example.vn/ledger',
        LEDGER_PUBLIC_URL: 'https://ledger.example.vn/',
        LEDGER_TRUSTED_PROXIES: '10.0.0.1, 10.0.0.2',
        LEDGER_EVIDENCE_BYTES_MAX: '',
      },
      '/srv',
    );
    expect(read).toStrictEqual({
      dataFolder: '/srv/folder',
      port: 0,
      host: '::1',
      origin: 'ledger.example.vn/2026',
      entriesPublic: true,
      logLevel: 'warn',
      eventStoreUrl: 'esdb+discover://cluster.example.vn:2113',
      databaseUrl: 'postgres://ledger@db.example.vn/ledger',
      publicUrl: 'https://ledger.example.vn',
      trustedProxies: ['10.0.0.1', '10.0.0.2'],
      minio: null,
      evidenceBytesMax: 5_368_709_120,
    });
  });

  test('tells all mistakes at once, one sentence each', () => {
    const wrong = {
      LEDGER_PORT: '65536',
      LEDGER_HOST: 'everywhere',
      LEDGER_ORIGIN: 'https://x y',
      LEDGER_ENTRIES_PUBLIC: 'yes',
      LOG_LEVEL: 'loud',
      LEDGER_EVENTSTORE_URL: 'localhost:2113',
      LEDGER_DATABASE_URL: 'mysql://planted-7f3a@x',
      LEDGER_PUBLIC_URL: 'https://x.vn/path',
      LEDGER_TRUSTED_PROXIES: '10.0.0.1,proxy',
      LEDGER_EVIDENCE_BYTES_MAX: '1e9',
    };
    let mistake: unknown;
    try {
      readConfiguration(wrong, '/srv');
    } catch (error) {
      mistake = error;
    }
    expect(mistake).toBeInstanceOf(ConfigurationMistake);
    const { sentences } = mistake as ConfigurationMistake;
    expect(sentences.map((sentence) => sentence.split(' ')[0])).toStrictEqual(Object.keys(wrong));
  });

  test.each(['-1', '3000.0', ' 3000', '0x10', '', '1e3'])(
    'never guesses a port from "%s"',
    (text) => {
      if (text === '') expect(readConfiguration({ LEDGER_PORT: text }, '/').port).toBe(3000);
      else
        expect(() => readConfiguration({ LEDGER_PORT: text }, '/')).toThrow(ConfigurationMistake);
    },
  );

  test('notices a misspelt variable', () => {
    const environment = {
      LEDGER_ORIGN: 'x',
      LEDGER_PORT: '1',
      LEDGER_TEST_MINIO_URL: 'y',
      PATH: 'z',
    };
    expect(unknownVariables(environment)).toStrictEqual(['LEDGER_ORIGN']);
  });

  describe('for MinIO', () => {
    const bucket = {
      LEDGER_MINIO_URL: 'https://minio.example.vn:9000',
      LEDGER_MINIO_BUCKET: 'evidence',
      LEDGER_MINIO_ACCESS_KEY: 'ledger-writer',
      LEDGER_MINIO_SECRET_KEY: 'planted-7f3a',
      LEDGER_MINIO_RETENTION_DAYS: '3650',
    };
    const mistakesOf = (environment: Record<string, string>) => {
      try {
        readConfiguration(environment, '/srv');
      } catch (error) {
        return (error as ConfigurationMistake).sentences;
      }
      return [];
    };

    test('is whole or absent', () => {
      expect(readConfiguration(bucket, '/srv').minio).toStrictEqual({
        origin: 'https://minio.example.vn:9000',
        bucket: 'evidence',
        accessKey: 'ledger-writer',
        secretKey: 'planted-7f3a',
        retentionDays: 3650,
      });
      for (const name of Object.keys(bucket)) {
        expect(mistakesOf({ ...bucket, [name]: '' })).toStrictEqual([
          `${name} is missing; with MinIO it has no default.`,
        ]);
      }
    });

    test('refuses keys that everybody knows, plain text to elsewhere, and never prints a key', () => {
      const wrong = {
        LEDGER_MINIO_URL: 'http://minio.example.vn:9000',
        LEDGER_MINIO_BUCKET: 'Evidence',
        LEDGER_MINIO_ACCESS_KEY: 'minioadmin',
        LEDGER_MINIO_SECRET_KEY: 'minioadmin',
        LEDGER_MINIO_RETENTION_DAYS: '0',
      };
      const sentences = mistakesOf(wrong);
      expect(sentences.map((sentence) => sentence.split(' ')[0])).toStrictEqual(Object.keys(wrong));
      expect(sentences.join(' ')).not.toContain('minioadmin');
      const loopback = { ...bucket, LEDGER_MINIO_URL: 'http://127.0.0.1:9000' };
      expect(mistakesOf(loopback)).toStrictEqual([]);
    });
  });
});
