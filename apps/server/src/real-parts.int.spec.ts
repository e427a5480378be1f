import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BlobStoreUnfit } from '#evidence/node';
import { bareHex, digestOf } from '#kernel';
import { describeWithPart, newPostgresDatabase, startOwnMinio } from '#testing';
import type { OwnPart } from '#testing';
import { bootstrapBody, registrarSecret, TestLedger } from './http.contract.ts';
import type { Answer } from './http.contract.ts';

const pdf = (name: string) => new TextEncoder().encode(`%PDF-1.7\n% ${name}\n%%EOF\n`);

describeWithPart('LEDGER_TEST_MINIO_BINARY', 'a ledger with its evidence in MinIO', (binary) => {
  describeWithPart('LEDGER_TEST_POSTGRES_URL', 'and the rest in PostgreSQL', (postgresUrl) => {
    let minio: OwnPart;
    let database: Awaited<ReturnType<typeof newPostgresDatabase>>;
    let secrets: string;
    let ledger: TestLedger;
    let registrar: string;

    beforeAll(async () => {
      secrets = await mkdtemp(join(tmpdir(), 'secrets-'));
      minio = await startOwnMinio(binary);
      database = await newPostgresDatabase(postgresUrl);
      ledger = await TestLedger.start(await settings('evidence'));
      const token = await ledger.bootstrapToken();
      await ledger.post('/bootstrap', bootstrapBody(token), { key: null });
      registrar = await ledger.signIn('dangky', registrarSecret);
    });
    afterAll(async () => {
      await ledger.stop();
      await database.drop();
      await minio.remove();
      await rm(secrets, { recursive: true });
    });

    /** As an operator would set them: secrets in files. */
    async function settings(bucket: string, days = '1'): Promise<Record<string, string>> {
      const { origin, username, password } = new URL(minio.url);
      await writeFile(join(secrets, 'secret-key'), `${password}\n`);
      await writeFile(join(secrets, 'database-url'), `${database.connectionString}\n`);
      return {
        LEDGER_BLOBS_URL: `${origin}/${bucket}`,
        LEDGER_BLOBS_ACCESS_KEY: username,
        LEDGER_BLOBS_SECRET_KEY_FILE: join(secrets, 'secret-key'),
        LEDGER_BLOB_RETENTION_DAYS: days,
        LEDGER_DATABASE_URL_FILE: join(secrets, 'database-url'),
      };
    }

    const put = (content: Uint8Array<ArrayBuffer>) =>
      ledger.put(bareHex(digestOf(content)), 'application/pdf', content, registrar);

    const partOf = ({ body }: Answer, name: string) =>
      (body['parts'] as { name: string }[]).find((part) => part.name === name);

    test('says what it stands on', async () => {
      const report = await ledger.get('/health/ready');
      expect(partOf(report, 'evidence')).toMatchObject({ details: { store: 'minio' } });
      expect(partOf(report, 'database')).toMatchObject({ details: { engine: 'server' } });
    });

    test('keeps uploads, says so while MinIO is away, and goes on when it is back', async () => {
      expect((await put(pdf('before'))).status).toBe(201);
      await minio.kill();
      const refused = await put(pdf('meanwhile'));
      expect([refused.status, (await refused.json()) as object]).toMatchObject([
        503,
        { code: 'evidence/store-unavailable' },
      ]);
      const report = await ledger.get('/health/ready');
      expect(report.status).toBe(503);
      expect(partOf(report, 'evidence')).toMatchObject({
        ready: false,
        reason: 'the evidence store takes nothing',
      });
      await minio.start();
      expect((await put(pdf('before'))).status).toBe(200);
      expect((await put(pdf('meanwhile'))).status).toBe(201);
    });

    test('does not start on a bucket that keeps for another time than was asked', async () => {
      const starting = TestLedger.start(await settings('evidence', '2'));
      const error = await starting.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BlobStoreUnfit);
      expect(error).toMatchObject({ reason: 'other-retention' });
    });
  });
});
