import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigurationMistake, readConfiguration, unknownVariables } from './configuration.ts';

describe('the configuration', () => {
  test('has a default for everything', () => {
    expect(readConfiguration({}, '/srv')).toStrictEqual({
      dataFolder: '/srv/.ledger',
      port: 3000,
      host: '127.0.0.1',
      origin: null,
      entriesPublic: null,
      log: {
        profile: 'development',
        keyFiles: null,
        retired: [],
        witnessesFile: null,
        tilesBucket: null,
      },
      logLevel: 'info',
      eventStoreUrl: null,
      databaseUrl: null,
      publicUrl: null,
      trustedProxies: [],
      minio: null,
      evidenceBytesMax: 5_368_709_120,
      metrics: null,
      securityLog: null,
      uploads: { bytesMax: 21_474_836_480, filesPerHourMax: 3_600, keptMs: 259_200_000 },
      connections: { max: 4_096, perAddressMax: 256 },
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
        LEDGER_METRICS_ADDRESS: '[::1]:9464',
        LEDGER_SECURITY_LOG: 'security.log',
      },
      '/srv',
    );
    expect(read).toStrictEqual({
      dataFolder: '/srv/folder',
      port: 0,
      host: '::1',
      origin: 'ledger.example.vn/2026',
      entriesPublic: true,
      log: {
        profile: 'development',
        keyFiles: null,
        retired: [],
        witnessesFile: null,
        tilesBucket: null,
      },
      logLevel: 'warn',
      eventStoreUrl: 'esdb+discover://cluster.example.vn:2113',
      databaseUrl: 'postgres://ledger@db.example.vn/ledger',
      publicUrl: 'https://ledger.example.vn',
      trustedProxies: ['10.0.0.1', '10.0.0.2'],
      minio: null,
      evidenceBytesMax: 5_368_709_120,
      metrics: { host: '::1', port: 9464 },
      securityLog: '/srv/security.log',
      uploads: { bytesMax: 21_474_836_480, filesPerHourMax: 3_600, keptMs: 259_200_000 },
      connections: { max: 4_096, perAddressMax: 256 },
    });
  });

  test('takes what an agency may leave lying about from the operator, never nothing', () => {
    const uploads = {
      LEDGER_UPLOAD_BYTES_MAX: '1000',
      LEDGER_UPLOAD_FILES_PER_HOUR: '5',
      LEDGER_UPLOAD_KEPT_HOURS: '24',
    };
    expect(readConfiguration(uploads, '/srv').uploads).toStrictEqual({
      bytesMax: 1000,
      filesPerHourMax: 5,
      keptMs: 86_400_000,
    });
    for (const [name, amount] of [
      ['LEDGER_UPLOAD_BYTES_MAX', '0'],
      ['LEDGER_UPLOAD_FILES_PER_HOUR', '-1'],
      ['LEDGER_UPLOAD_KEPT_HOURS', '87601'],
    ] as const) {
      expect(() => readConfiguration({ [name]: amount }, '/srv')).toThrow(ConfigurationMistake);
    }
  });

  test('takes the connections that it holds from the operator, an address no more than all', () => {
    const connectionsOf = (max: string, perAddressMax: string) =>
      readConfiguration(
        { LEDGER_CONNECTIONS_MAX: max, LEDGER_CONNECTIONS_PER_ADDRESS_MAX: perAddressMax },
        '/srv',
      ).connections;
    expect(connectionsOf('500', '20')).toStrictEqual({ max: 500, perAddressMax: 20 });
    expect(connectionsOf('100', '')).toStrictEqual({ max: 100, perAddressMax: 100 });
    expect(connectionsOf('65536', '65536')).toStrictEqual({ max: 65_536, perAddressMax: 65_536 });
    for (const [max, perAddressMax] of [
      ['0', ''],
      ['', '0'],
      ['65537', ''],
      ['10', '11'],
      ['', '4097'],
      ['all', ''],
    ] as const) {
      expect(() => connectionsOf(max, perAddressMax)).toThrow(ConfigurationMistake);
    }
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
      LEDGER_METRICS_ADDRESS: 'localhost:9464',
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

  test.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['9464', null],
    ['127.0.0.1', null],
    ['127.0.0.1:65536', null],
    ['256.0.0.1:9464', null],
    ['::1:9464', null],
    ['[127.0.0.1]:9464', null],
    ['metrics.example.vn:9464', null],
  ])('takes metrics to "%s": %j', (text, place) => {
    const environment = { LEDGER_METRICS_ADDRESS: text };
    if (place === null) expect(mistakesOf(environment)).toHaveLength(1);
    else expect(readConfiguration(environment, '/srv').metrics).toStrictEqual(place);
  });

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
      LEDGER_BLOBS_URL: 'https://minio.example.vn:9000/evidence',
      LEDGER_BLOBS_ACCESS_KEY: 'ledger-writer',
      LEDGER_BLOBS_SECRET_KEY: 'planted-7f3a',
      LEDGER_BLOB_RETENTION_DAYS: '3650',
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

    test('refuses keys that everybody knows, whatever the letters, and never prints one', () => {
      const wrong = {
        LEDGER_BLOBS_URL: 'http://minio.example.vn:9000/evidence',
        LEDGER_BLOBS_ACCESS_KEY: 'minioadmin',
        LEDGER_BLOBS_SECRET_KEY: 'MinioAdmin',
        LEDGER_BLOB_RETENTION_DAYS: '0',
      };
      const sentences = mistakesOf(wrong);
      expect(sentences.map((sentence) => sentence.split(' ')[0])).toStrictEqual(Object.keys(wrong));
      expect(sentences.join(' ').toLowerCase()).not.toContain('minioadmin');
    });

    test.each([
      ['http://127.0.0.1:9000/evidence', true],
      ['http://[::1]:9000/evidence', true],
      ['http://minio:9000/evidence', false],
      ['https://minio.example.vn', false],
      ['https://minio.example.vn/Evidence', false],
      ['https://minio.example.vn/a/evidence', false],
      ['https://minio.example.vn/evidence?x=1', false],
      ['https://key:secret@minio.example.vn/evidence', false],
      ['minio.example.vn/evidence', false],
    ])('is found at %s: %s', (url, isRight) => {
      const sentences = mistakesOf({ ...bucket, LEDGER_BLOBS_URL: url });
      expect(sentences).toHaveLength(isRight ? 0 : 1);
    });
  });

  describe('takes a secret from a file', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    test('as its one line', () => {
      const file = join(folder, 'url');
      writeFileSync(file, 'postgres://ledger:planted-7f3a@db/ledger\n');
      const { databaseUrl } = readConfiguration({ LEDGER_DATABASE_URL_FILE: file }, '/srv');
      expect(databaseUrl).toBe('postgres://ledger:planted-7f3a@db/ledger');
    });

    test('that is there, is not empty, and is the only place', () => {
      const empty = join(folder, 'empty');
      writeFileSync(empty, '\n');
      expect(mistakesOf({ LEDGER_DATABASE_URL_FILE: join(folder, 'none') })).toStrictEqual([
        'LEDGER_DATABASE_URL_FILE cannot be read (ENOENT).',
      ]);
      expect(mistakesOf({ LEDGER_DATABASE_URL_FILE: empty })).toStrictEqual([
        'LEDGER_DATABASE_URL_FILE is empty.',
      ]);
      const twice = { LEDGER_DATABASE_URL: 'postgres://a', LEDGER_DATABASE_URL_FILE: empty };
      expect(mistakesOf(twice)).toStrictEqual([
        'LEDGER_DATABASE_URL_FILE and LEDGER_DATABASE_URL are both set; one of them is enough.',
      ]);
    });

    test('is no misspelling', () => {
      expect(unknownVariables({ LEDGER_BLOBS_SECRET_KEY_FILE: 'x' })).toStrictEqual([]);
    });
  });
});

function mistakesOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment, '/srv');
  } catch (error) {
    return (error as ConfigurationMistake).sentences;
  }
  return [];
}
