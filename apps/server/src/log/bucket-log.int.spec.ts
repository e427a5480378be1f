import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'minio';
import { describeWithPart } from '#testing';
import { TileStoreUnfit } from '#transparency/node';
import { agencyBody, bootstrapBody, registrarSecret, TestLedger } from '../http.contract.ts';
import { LogReader, wholeCheckpoint } from './served-log.contract.ts';

/** A ledger whose evidence and tiles lie in two buckets of one MinIO, one locked and one not. */
describeWithPart('LEDGER_TEST_MINIO_URL', 'a ledger with its log in a bucket', (url) => {
  const tiles = `tiles-${randomUUID()}`;
  let client: Client;
  /** Evidence in a bucket, tiles in the folder; and both in buckets. */
  let evidenceIn: Record<string, string>;
  let settings: Record<string, string>;
  let ledger: TestLedger;

  beforeAll(async () => {
    const { origin, hostname, port, username: accessKey, password: secretKey } = new URL(url);
    client = new Client({ endPoint: hostname, port: +port, useSSL: false, accessKey, secretKey });
    evidenceIn = {
      LEDGER_BLOBS_URL: `${origin}/evidence-${randomUUID()}`,
      LEDGER_BLOBS_ACCESS_KEY: accessKey,
      LEDGER_BLOBS_SECRET_KEY: secretKey,
      LEDGER_BLOB_RETENTION_DAYS: '1',
      LEDGER_ENTRIES_PUBLIC: 'true',
    };
    settings = { ...evidenceIn, LEDGER_LOG_TILES_BUCKET: tiles };
    ledger = await TestLedger.start(settings);
    const body = bootstrapBody(await ledger.bootstrapToken());
    await ledger.post('/bootstrap', body, { key: null });
  });
  afterAll(async () => {
    await ledger.server.stop();
    await rm(ledger.folder, { recursive: true, force: true });
  });

  async function enterAgency(id: string): Promise<void> {
    const token = await ledger.signIn('dangky', registrarSecret);
    const answer = await ledger.post('/agencies', agencyBody(`son_la.${id}`), { token });
    expect(answer.status).toBe(201);
  }

  async function restarted(given: Record<string, string>): Promise<unknown> {
    await ledger.server.stop();
    const started = await TestLedger.start({ LEDGER_DATA: ledger.folder, ...given }).catch(
      (error: unknown) => error,
    );
    if (started instanceof TestLedger) ledger = started;
    return started;
  }

  async function namesIn(bucket: string): Promise<string[]> {
    const names: string[] = [];
    const listed = client.listObjects(bucket, '', true);
    for await (const { name } of listed as AsyncIterable<{ name: string }>) names.push(name);
    return names;
  }

  test('serves it whole, and has no tile in its folder', async () => {
    const log = new LogReader(ledger.server);
    const before = await wholeCheckpoint(ledger);
    await enterAgency('so_tc');
    const after = await log.checkpointOf(before.size + 1);
    expect((await log.entries(after)).length).toBe(after.size);
    expect(await log.entries(before)).toStrictEqual(
      (await log.entries(after)).slice(0, before.size),
    );
    expect(await readdir(ledger.folder)).not.toContain('log');
    const names = await namesIn(tiles);
    expect(names).toEqual(expect.arrayContaining(['checkpoint', `tile/0/000.p/${after.size}`]));
  });

  test('goes on with it after a restart', async () => {
    const { size } = await wholeCheckpoint(ledger);
    expect(await restarted(settings)).toBeInstanceOf(TestLedger);
    await enterAgency('so_yt');
    const log = new LogReader(ledger.server);
    const after = await log.checkpointOf(size + 1);
    expect((await log.entries(after)).length).toBe(after.size);
  });

  test('is moved by a copy, and by no setting alone', async () => {
    const { size } = await wholeCheckpoint(ledger);
    expect(await restarted(evidenceIn)).toMatchObject({ code: 'log/tiles-missing' });
    for (const name of await namesIn(tiles)) {
      const file = join(ledger.folder, 'log', name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, await client.getObject(tiles, name));
    }
    expect(await restarted(evidenceIn)).toBeInstanceOf(TestLedger);
    expect((await new LogReader(ledger.server).checkpoint()).size).toBe(size);
    await enterAgency('so_ct');
    await new LogReader(ledger.server).checkpointOf(size + 1);
    // The bucket is behind now: its tiles are not those of the head.
    expect(await restarted(settings)).toMatchObject({ code: 'log/tiles-missing' });
    const folder = join(ledger.folder, 'log');
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      await client.putObject(tiles, file.slice(folder.length + 1), await readFile(file));
    }
    expect(await restarted(settings)).toBeInstanceOf(TestLedger);
  });

  test('does not start over a bucket that keeps versions', async () => {
    const bucket = `versioned-${randomUUID()}`;
    await client.makeBucket(bucket);
    await client.setBucketVersioning(bucket, { Status: 'Enabled' });
    const error = await restarted({ ...evidenceIn, LEDGER_LOG_TILES_BUCKET: bucket });
    expect(error).toBeInstanceOf(TileStoreUnfit);
    expect(error).toMatchObject({ reason: 'versioned' });
  });
});
