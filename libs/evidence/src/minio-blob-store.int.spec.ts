import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'minio';
import { bareHex, digestOf, epochMs, jsonText, parseCount, systemClock } from '#kernel';
import type { Digest } from '#kernel';
import { describeWithPart, startOwnMinio, startTcpProxy } from '#testing';
import type { OwnPart, TcpProxy } from '#testing';
import { BlobCorrupt, BlobStoreUnavailable } from './blob-store.ts';
import {
  changes,
  chunked,
  describeBlobStoreContract,
  listed,
  readAll,
  someBytes,
} from './blob-store.contract.ts';
import { MinioBlobStore } from './minio-blob-store.ts';
import type { MinioBlobStoreOptions } from './minio-blob-store.ts';
import { BlobStoreUnfit } from './minio-bucket.ts';

const roomy = { sizeBytesMax: 1024 * 1024 * 1024 };
const retentionDays = 1;
let stagingFolder: string;

beforeEach(async () => {
  stagingFolder = await mkdtemp(join(tmpdir(), 'staging-'));
});
afterEach(() => rm(stagingFolder, { recursive: true, force: true }));

/** A new bucket each time: what lies in a locked one cannot be removed between two tests. */
function optionsFor(url: string, bucket = `evidence-${randomUUID()}`): MinioBlobStoreOptions {
  const { origin, username: accessKey, password: secretKey } = new URL(url);
  return { origin, bucket, accessKey, secretKey, retentionDays, stagingFolder };
}

/** The owner of the server, with every right there is. */
function owner({ origin, accessKey, secretKey }: MinioBlobStoreOptions): Client {
  const { hostname, port } = new URL(origin);
  return new Client({ endPoint: hostname, port: +port, useSSL: false, accessKey, secretKey });
}

function keyOf(digest: Digest): string {
  const name = bareHex(digest);
  return `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`;
}

async function thrownBy(act: Promise<unknown>): Promise<unknown> {
  return act.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );
}

describeWithPart('LEDGER_TEST_MINIO_URL', 'evidence in MinIO', (url) => {
  describeBlobStoreContract(
    'MinioBlobStore',
    async () => {
      const options = optionsFor(url);
      const client = owner(options);
      return {
        store: await MinioBlobStore.open(options),
        tamper: async (digest, change) => {
          const stream = await client.getObject(options.bucket, keyOf(digest));
          const bytes = Buffer.concat(await stream.toArray());
          const changed = change(new Uint8Array(bytes));
          if (changed === undefined) await client.removeObject(options.bucket, keyOf(digest));
          else await client.putObject(options.bucket, keyOf(digest), Buffer.from(changed));
        },
        close: async () => undefined,
      };
    },
    { locked: true },
  );
  describe('a locked object', () => lockedObject(url));
  describe('a bucket', () => buckets(url));
  describe('an upload', () => uploads(url));
});

function lockedObject(url: string): void {
  test('cannot be removed or shortened by the owner of the server, bypassing or not', async () => {
    const options = optionsFor(url);
    const store = await MinioBlobStore.open(options);
    const before = systemClock.now();
    const { digest, versionId, retainUntil } = await store.put(null, chunked(someBytes(9)), roomy);
    expect(versionId).toMatch(/^[0-9a-f-]{36}$/);
    // The server's clock says when the day begins, to the second: a minute of difference is much.
    const lasts = epochMs(retainUntil ?? before) - epochMs(before);
    expect(Math.abs(lasts - 24 * 3600 * 1000)).toBeLessThan(60_000);

    const client = owner(options);
    const [bucket, key] = [options.bucket, keyOf(digest)];
    const remove = { versionId: versionId ?? '', governanceBypass: true };
    expect(await thrownBy(client.removeObject(bucket, key, remove))).toMatchObject({
      message: expect.stringContaining('WORM protected'),
    });
    const shorter = {
      mode: 'GOVERNANCE',
      retainUntilDate: new Date(epochMs(before) + 60_000).toISOString(),
      versionId,
      governanceBypass: true,
    } as unknown as Parameters<Client['putObjectRetention']>[2];
    expect(await thrownBy(client.putObjectRetention(bucket, key, shorter))).toBeInstanceOf(Error);
    expect(await thrownBy(client.removeBucket(bucket))).toMatchObject({ code: 'BucketNotEmpty' });
    expect(digestOf(await readAll(await store.open(digest)))).toBe(digest);
    expect((await store.stat(digest))?.retainUntil).toBe(retainUntil);
  });

  test.each(changes)(
    'that was planted under a digest with %s is never taken',
    async (_, change) => {
      const options = optionsFor(url);
      const store = await MinioBlobStore.open(options);
      const bytes = someBytes(400_000);
      const digest = digestOf(bytes);
      await owner(options).putObject(options.bucket, keyOf(digest), Buffer.from(change(bytes)));
      expect(await thrownBy(store.put(null, chunked(bytes), roomy))).toBeInstanceOf(BlobCorrupt);
      const reading = await store.open(digest);
      expect(await thrownBy(readAll(reading))).toBeInstanceOf(BlobCorrupt);
    },
  );

  test('is listed for a reader once, whatever lies over it, and nothing is made for one', async () => {
    const options = optionsFor(url);
    const store = await MinioBlobStore.open(options);
    const put = async (size: number) =>
      (await store.put(null, chunked(someBytes(size)), roomy)).digest;
    const digests = [await put(3), await put(4), await put(5)].sort();
    const client = owner(options);
    const [first, second] = digests as [Digest, Digest];
    await client.removeObject(options.bucket, keyOf(first));
    await client.putObject(options.bucket, keyOf(second), 'something else');
    await client.putObject(options.bucket, `other/${bareHex(second)}`, 'no blob');
    const reader = MinioBlobStore.toRead(options);
    expect(await listed(reader)).toStrictEqual(digests);
    for (const digest of digests) {
      expect(digestOf(await readAll(await reader.open(digest)))).toBe(digest);
    }
    const absent = optionsFor(url);
    const nowhere = MinioBlobStore.toRead(absent);
    expect(await thrownBy(listed(nowhere))).toBeInstanceOf(BlobStoreUnavailable);
    expect(await client.bucketExists(absent.bucket)).toBe(false);
  });

  test('overlaid is reported to whoever runs the ledger, each time it is met', async () => {
    const seen: unknown[] = [];
    const options: MinioBlobStoreOptions = {
      ...optionsFor(url),
      onInterference: (digest, found) => seen.push([digest, ...found.map(({ kind }) => kind)]),
    };
    const store = await MinioBlobStore.open(options);
    const { digest } = await store.put(null, chunked(someBytes(30)), roomy);
    expect(await store.stat(digest)).toBeDefined();
    expect(seen).toStrictEqual([]);
    const client = owner(options);
    await client.removeObject(options.bucket, keyOf(digest));
    await client.putObject(options.bucket, keyOf(digest), 'something else');
    await client.removeObject(options.bucket, keyOf(digest));
    await store.stat(digest);
    const laid = ['delete-marker', 'later-version', 'delete-marker'];
    expect(seen).toStrictEqual([[digest, ...laid]]);
    const found = await store.interferences(digest);
    expect(found.map(({ kind }) => kind)).toStrictEqual(laid);
  });
}

function buckets(url: string): void {
  test('is made with lock, versions and retention, and found again', async () => {
    const options = optionsFor(url);
    await Promise.all([MinioBlobStore.open(options), MinioBlobStore.open(options)]);
    const again = await MinioBlobStore.open(options);
    await expect(again.ping()).resolves.toBeUndefined();
    const client = owner(options);
    expect(await client.getBucketVersioning(options.bucket)).toMatchObject({ Status: 'Enabled' });
    expect(await (client.getObjectLockConfig(options.bucket) as unknown)).toStrictEqual({
      objectLockEnabled: 'Enabled',
      mode: 'COMPLIANCE',
      unit: 'Days',
      validity: 1,
    });
  });

  const weak: [string, (client: Client, bucket: string) => Promise<unknown>][] = [
    ['no-lock', (client, bucket) => client.makeBucket(bucket)],
    [
      'no-lock',
      async (client, bucket) => {
        await client.makeBucket(bucket);
        await client.setBucketVersioning(bucket, { Status: 'Enabled' });
      },
    ],
    ['other-mode', (client, bucket) => made(client, bucket, 'GOVERNANCE', 'Days', 1)],
    ['other-retention', (client, bucket) => made(client, bucket, 'COMPLIANCE', 'Days', 2)],
    ['other-retention', (client, bucket) => made(client, bucket, 'COMPLIANCE', 'Years', 1)],
    [
      'no-retention',
      async (client, bucket) => {
        await client.makeBucket(bucket, '', { ObjectLocking: true });
        await client.putObject(bucket, 'older', 'than the rule would be');
      },
    ],
  ];

  test.each(weak)('that is weaker is refused: %s', async (reason, make) => {
    const options = optionsFor(url);
    await make(owner(options), options.bucket);
    const error = await thrownBy(MinioBlobStore.open(options));
    expect(error).toBeInstanceOf(BlobStoreUnfit);
    expect(error).toMatchObject({ reason });
  });

  test('that a killed start left without retention is finished', async () => {
    const options = optionsFor(url);
    await owner(options).makeBucket(options.bucket, '', { ObjectLocking: true });
    const store = await MinioBlobStore.open(options);
    expect((await store.put(null, chunked(someBytes(5)), roomy)).retainUntil).not.toBeNull();
  });

  test('that is weakened later turns the ping red and takes no deposit', async () => {
    const options = optionsFor(url);
    const store = await MinioBlobStore.open(options);
    await made(owner(options), options.bucket, 'GOVERNANCE', 'Days', 1);
    expect(await thrownBy(store.ping())).toBeInstanceOf(BlobStoreUnavailable);
    const put = await thrownBy(store.put(null, chunked(someBytes(50)), roomy));
    expect(put).toMatchObject({ name: 'BlobStoreUnavailable', reason: 'io' });
  });

  test('is closed to wrong keys, and nobody reads them in the error', async () => {
    const options = { ...optionsFor(url), secretKey: 'not-the-secret' };
    const error = await thrownBy(MinioBlobStore.open(options));
    expect(error).toMatchObject({ name: 'BlobStoreUnfit', reason: 'refused' });
    expect(inspect(error, { depth: 20 })).not.toContain('not-the-secret');
  });
}

/** A bucket as somebody else might make it, or change it. */
async function made(
  client: Client,
  bucket: string,
  mode: string,
  unit: string,
  validity: number,
): Promise<void> {
  if (!(await client.bucketExists(bucket))) {
    await client.makeBucket(bucket, '', { ObjectLocking: true });
  }
  const lock = { mode, unit, validity } as unknown as {
    mode: never;
    unit: never;
    validity: number;
  };
  await (client.setObjectLockConfig(bucket, lock) as unknown as Promise<void>);
}

function uploads(url: string): void {
  test('in parts is one version, also when four stores put the same bytes at once', async () => {
    const options = optionsFor(url);
    const bytes = someBytes(9 * 1024 * 1024);
    const stores = await Promise.all(
      [1, 2, 3, 4].map((n) =>
        MinioBlobStore.open({ ...options, stagingFolder: join(stagingFolder, String(n)) }),
      ),
    );
    const outcomes = await Promise.allSettled(
      stores.map((store) => store.put(null, chunked(bytes, 1_000_000), roomy)),
    );
    // Between processes an upload in parts may lose its parts to another one: then it is repeated.
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toBeInstanceOf(BlobStoreUnavailable);
      await stores[index]?.put(null, chunked(bytes, 1_000_000), roomy);
    }
    const stats = await Promise.all(stores.map((store) => store.stat(digestOf(bytes))));
    expect(new Set(stats.map((stat) => stat?.versionId)).size).toBe(1);
    const [store] = stores;
    expect(store).toBeDefined();
    if (store !== undefined) {
      expect(digestOf(await readAll(await store.open(digestOf(bytes))))).toBe(digestOf(bytes));
    }
  });

  test('leaves nothing in staging, and finds none of what a killed process left', async () => {
    const options = optionsFor(url);
    const store = await MinioBlobStore.open(options);
    await store.put(null, chunked(someBytes(5000)), roomy);
    await thrownBy(store.put(digestOf(''), chunked(someBytes(50)), roomy));
    expect(await readdir(stagingFolder)).toStrictEqual([]);
  });

  // Looked at right after forced full collections, as in the folder's spec; the bound allows for
  // the client, which holds one part at a time in a few copies.
  test('of 256 MiB and reading it hold a few parts only', async () => {
    const script = `
      import { MinioBlobStore } from '#evidence/node';
      const store = await MinioBlobStore.open(JSON.parse(process.argv[1]));
      const mebibyte = 1024 * 1024;
      let heldMax = 0;
      const look = (doneBytes) => {
        if (doneBytes % (32 * mebibyte) !== 0) return;
        globalThis.gc();
        globalThis.gc();
        heldMax = Math.max(heldMax, process.memoryUsage().arrayBuffers);
      };
      const put = await store.put(null, (async function* () {
        for (let n = 1; n <= 256; n += 1) {
          yield new Uint8Array(mebibyte).fill(n);
          look(n * mebibyte);
        }
      })(), { sizeBytesMax: 1e9 });
      look(0);
      let readBytes = 0;
      const reading = await store.open(put.digest);
      for await (const chunk of reading.content) look((readBytes += chunk.length));
      console.log([put.sizeBytes, readBytes, heldMax].join(' '));
      process.exit(0);
    `;
    const root = join(dirname(new URL(import.meta.url).pathname), '..', '..', '..');
    const flags = ['--conditions=ledger-source', '--expose-gc', '--input-type=module'];
    const measured = spawn(
      process.execPath,
      [...flags, '--eval', script, jsonText(optionsFor(url))],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    measured.stdout.setEncoding('utf8');
    const [line] = (await once(measured.stdout, 'data')) as [string];
    const [putBytes, readBytes, heldMax] = line
      .trim()
      .split(' ')
      .map((text) => parseCount(text));
    expect([putBytes, readBytes]).toStrictEqual([268_435_456, 268_435_456]);
    expect(heldMax).toBeLessThan(64 * 1024 * 1024);
  });
}

describeWithPart('LEDGER_TEST_MINIO_BINARY', 'a MinIO server that dies', (binary) => {
  let server: OwnPart;
  let wire: TcpProxy;
  beforeAll(async () => {
    server = await startOwnMinio(binary);
    wire = await startTcpProxy(+new URL(server.url).port);
  });
  afterAll(async () => {
    await wire.stop();
    await server.remove();
  });

  test('in the middle of an upload: unavailable, then back with everything acknowledged', async () => {
    const store = await MinioBlobStore.open(optionsFor(server.url));
    const kept = await store.put(null, chunked(someBytes(70_000)), roomy);
    const bytes = someBytes(9 * 1024 * 1024);
    async function* dyingUnder(): AsyncGenerator<Uint8Array> {
      yield* chunked(bytes, 1_000_000);
      await server.kill();
    }
    const put = await thrownBy(store.put(null, dyingUnder(), roomy));
    expect(put).toMatchObject({ name: 'BlobStoreUnavailable', reason: 'io' });
    expect(await thrownBy(store.ping())).toBeInstanceOf(BlobStoreUnavailable);
    expect(await thrownBy(store.stat(kept.digest))).toBeInstanceOf(BlobStoreUnavailable);
    expect(await thrownBy(store.open(kept.digest))).toBeInstanceOf(BlobStoreUnavailable);

    await server.start();
    await store.ping();
    expect(digestOf(await readAll(await store.open(kept.digest)))).toBe(kept.digest);
    expect(await store.stat(digestOf(bytes))).toBeUndefined();
    const again = await store.put(null, chunked(bytes, 1_000_000), roomy);
    expect(again).toMatchObject({ digest: digestOf(bytes), alreadyThere: false });
  });

  test('while somebody reads: the reader gets an error, never a clean end', async () => {
    const through = new URL(server.url);
    through.port = String(wire.port);
    const store = await MinioBlobStore.open(optionsFor(through.href));
    const { digest } = await store.put(null, chunked(someBytes(9 * 1024 * 1024)), roomy);
    const { content } = await store.open(digest);
    const read = async () => {
      for await (const _chunk of content) wire.cut();
    };
    expect(await thrownBy(read())).toMatchObject({ name: 'BlobStoreUnavailable', reason: 'io' });
    expect(digestOf(await readAll(await store.open(digest)))).toBe(digest);
  });

  test('without a word is given up', async () => {
    const through = new URL(server.url);
    through.port = String(wire.port);
    const store = await MinioBlobStore.open({ ...optionsFor(through.href), quietMsMax: 200 });
    wire.freeze();
    expect(await thrownBy(store.ping())).toMatchObject({ reason: 'io' });
    wire.cut();
    await store.ping();
  });
});
