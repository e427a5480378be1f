import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { S3Error } from 'minio';
import { BlobStoreUnavailable } from './blob-store.ts';
import { connectMinio, s3CodeOf, storeFault } from './minio-bucket.ts';

function refused(code: string): S3Error {
  return Object.assign(new S3Error('as the server says'), { code });
}

describe('what a call to the server ends with', () => {
  test.each([
    ['XMinioStorageFull', 'full'],
    ['XMinioAdminBucketQuotaExceeded', 'full'],
    ['SlowDown', 'io'],
    ['AccessDenied', 'io'],
  ])('%s is said to be %s', (code, reason) => {
    const fault = storeFault(refused(code));
    expect(fault).toBeInstanceOf(BlobStoreUnavailable);
    expect(fault).toMatchObject({ reason, cause: { code } });
  });

  test('a broken line is the store away, and one fault is not wrapped twice', () => {
    const fault = storeFault(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    expect(fault).toMatchObject({ name: 'BlobStoreUnavailable', reason: 'io' });
    expect(storeFault(fault)).toBe(fault);
  });

  test('only what the server said has a code of the server', () => {
    expect(s3CodeOf(refused('NoSuchKey'))).toBe('NoSuchKey');
    expect(s3CodeOf(Object.assign(new Error('x'), { code: 'NoSuchKey' }))).toBeUndefined();
    expect(s3CodeOf('NoSuchKey')).toBeUndefined();
  });
});

describe('a connection', () => {
  const keys = { bucket: 'evidence', accessKey: 'a-key', secretKey: 'a-secret', retentionDays: 1 };

  test.each([
    ['http://127.0.0.1:9000', { host: '127.0.0.1', port: 9000, protocol: 'http:' }],
    ['https://blobs.example.vn', { host: 'blobs.example.vn', port: 443, protocol: 'https:' }],
  ])('to %s leads there', (origin, expected) => {
    expect(connectMinio({ ...keys, origin })).toMatchObject(expected);
  });

  test('that fails tells nobody its secret', async () => {
    const client = connectMinio({ ...keys, origin: 'http://127.0.0.1:1' });
    const error = await client.bucketExists('evidence').catch((thrown: unknown) => thrown);
    expect(inspect(storeFault(error), { depth: 20 })).not.toContain('a-secret');
    expect(storeFault(error)).toMatchObject({ reason: 'io', cause: { code: 'ECONNREFUSED' } });
  });
});
