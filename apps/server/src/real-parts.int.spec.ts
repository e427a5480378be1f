import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'minio';
import { EvidenceReader } from '#evidence/nest';
import { BlobStoreUnfit } from '#evidence/node';
import { bareHex, digestOf } from '#kernel';
import { describeWithPart, newPostgresDatabase, startOwnMinio } from '#testing';
import type { OwnPart } from '#testing';
import { agencyBody, bootstrapBody, registrarSecret, TestLedger, told } from './http.contract.ts';
import type { Answer } from './http.contract.ts';
import { EvidenceUpkeep } from './resources/evidence-upkeep.ts';
import { document, recorded } from './round.contract.ts';

function keyOf(content: Uint8Array): string {
  const name = bareHex(digestOf(content));
  return `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`;
}

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
      await recorded(ledger.post('/agencies', agencyBody('son_la.so_khcn'), { token: registrar }));
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

    const deposit = (content: Uint8Array) =>
      ledger.post(
        `/evidence/${bareHex(digestOf(content))}/deposits`,
        { document, depositedFor: 'son_la.so_khcn' },
        { token: registrar },
      );

    /** The owner of the server, with every right there is. */
    const owner = () => {
      const { hostname, port, username: accessKey, password: secretKey } = new URL(minio.url);
      return new Client({ endPoint: hostname, port: +port, useSSL: false, accessKey, secretKey });
    };

    async function keysInBucket(): Promise<string[]> {
      const keys: string[] = [];
      for await (const { name } of owner().listObjects('evidence', '', true)) keys.push(name);
      return keys;
    }

    const partOf = ({ body }: Answer, name: string) =>
      (body['parts'] as { name: string }[]).find((part) => part.name === name);

    test('says what it stands on', async () => {
      const report = await ledger.get('/health/ready');
      expect(partOf(report, 'evidence')).toMatchObject({ details: { store: 'minio' } });
      expect(partOf(report, 'database')).toMatchObject({ details: { engine: 'server' } });
    });

    test('locks what is deposited, and nothing that is only uploaded', async () => {
      const uploaded = pdf('only uploaded');
      expect((await put(uploaded)).status).toBe(201);
      expect(await keysInBucket()).toStrictEqual([]);
      const deposited = pdf('deposited');
      await put(deposited);
      expect((await deposit(deposited)).status).toBe(201);
      expect(await keysInBucket()).toStrictEqual([keyOf(deposited)]);
      const { state } = await ledger.server.app.get(EvidenceReader).evidence(digestOf(deposited));
      expect(state.blob).toMatchObject({ store: 'minio', retainUntil: expect.any(String) });
    });

    test('records once what was laid over it, for auditors to see, and serves what it was', async () => {
      const bytes = pdf('deposited');
      await owner().removeObject('evidence', keyOf(bytes));
      const path = `/api/v1/evidence/${bareHex(digestOf(bytes))}`;
      for (let look = 0; look < 3; look += 1) {
        const file = await fetch(`${ledger.server.url}${path}/content`, {
          headers: { authorization: `Bearer ${registrar}` },
        });
        expect(new Uint8Array(await file.arrayBuffer())).toStrictEqual(bytes);
        await ledger.server.app.get(EvidenceUpkeep).settled();
      }
      const later = pdf('written after it');
      await put(later);
      const { headers } = await deposit(later);
      const auditor = await ledger.enter(registrar, 'ktnn', 'auditor', 'son_la.so_khcn');
      const seen = await ledger.get(path, {
        token: auditor,
        headers: { 'ledger-position': headers.get('ledger-position') ?? '' },
      });
      expect(seen.body['data']).toMatchObject({
        evidence: { state: { interferences: [{ kind: 'delete-marker' }] } },
      });
      const { state } = await ledger.server.app.get(EvidenceReader).evidence(digestOf(bytes));
      expect([state.interferences.length, state.integrity.status]).toStrictEqual([1, 'unchecked']);
    });

    test('takes uploads while MinIO is away, deposits none, and goes on when it is back', async () => {
      expect((await put(pdf('before'))).status).toBe(201);
      await minio.kill();
      expect((await put(pdf('meanwhile'))).status).toBe(201);
      expect(told(await deposit(pdf('meanwhile')))).toStrictEqual([
        503,
        'evidence/store-unavailable',
      ]);
      const report = await ledger.get('/health/ready');
      expect(report.status).toBe(503);
      expect(partOf(report, 'evidence')).toMatchObject({
        ready: false,
        reason: 'the evidence store takes nothing',
      });
      await minio.start();
      expect((await put(pdf('before'))).status).toBe(200);
      expect((await deposit(pdf('meanwhile'))).status).toBe(201);
    });

    test('does not start on a bucket that keeps for another time than was asked', async () => {
      const starting = TestLedger.start(await settings('evidence', '2'));
      const error = await starting.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BlobStoreUnfit);
      expect(error).toMatchObject({ reason: 'other-retention' });
    });
  });
});
