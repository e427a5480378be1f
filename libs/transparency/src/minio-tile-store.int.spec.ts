import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'minio';
import { MemoryEventStore } from '#event-store';
import { utf8 } from '#tlog';
import { describeWithPart, startOwnMinio, startTcpProxy } from '#testing';
import type { OwnPart, TcpProxy } from '#testing';
import { faultsOf, grow, sequencerOf, until } from './made-up-log.contract.ts';
import { readHead } from './log-head.ts';
import { MinioTileStore, TileStoreUnfit } from './minio-tile-store.ts';
import type { MinioTileStoreOptions } from './minio-tile-store.ts';
import { describeTileStore } from './tile-store.contract.ts';
import { checkpointPath, TileStoreUnavailable } from './tile-store.ts';
import type { TileStore } from './tile-store.ts';

const optionsOf = new Map<TileStore, MinioTileStoreOptions>();

function optionsFor(url: string, bucket = `tiles-${randomUUID()}`): MinioTileStoreOptions {
  const { origin, username: accessKey, password: secretKey } = new URL(url);
  return { origin, bucket, accessKey, secretKey };
}

/** The owner of the server, with every right there is. */
function owner({ origin, accessKey, secretKey }: MinioTileStoreOptions): Client {
  const { hostname, port } = new URL(origin);
  return new Client({ endPoint: hostname, port: +port, useSSL: false, accessKey, secretKey });
}

async function thrownBy(act: Promise<unknown>): Promise<unknown> {
  return act.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );
}

const checkpoint = (text: string) => [{ path: checkpointPath, bytes: utf8(text) }];

/** Sequences and publishes all there is, and gives what is wrong with it then. */
async function logged(store: MemoryEventStore, tiles: TileStore, size: number) {
  const { sequencer, settled } = sequencerOf(store, tiles);
  await sequencer.start();
  await until(async () => (await readHead(store))?.treeSize === size);
  await sequencer.stop();
  await settled();
  return faultsOf(store, tiles);
}

describeWithPart('LEDGER_TEST_MINIO_URL', 'tiles in MinIO', (url) => {
  describeTileStore('a bucket', {
    open: async () => {
      const options = optionsFor(url);
      const store = await MinioTileStore.open(options);
      optionsOf.set(store, options);
      return store;
    },
    reopen: (store) => MinioTileStore.open(optionsOf.get(store) as MinioTileStoreOptions),
  });

  describe('a bucket of tiles', () => {
    test('is made by whoever is first, without lock and versions', async () => {
      const options = optionsFor(url);
      await Promise.all([MinioTileStore.open(options), MinioTileStore.open(options)]);
      const client = owner(options);
      expect((await client.getBucketVersioning(options.bucket))?.Status).toBeUndefined();
      expect(
        await thrownBy(client.getObjectLockConfig(options.bucket) as unknown as Promise<unknown>),
      ).toMatchObject({ code: 'ObjectLockConfigurationNotFoundError' });
    });

    test('holds one object for a checkpoint, however often it was written', async () => {
      const options = optionsFor(url);
      const store = await MinioTileStore.open(options);
      for (let n = 0; n < 20; n += 1) await store.write(checkpoint(`${n}\n`));
      await store.remove(['tile/0/000']);
      const versions: unknown[] = [];
      const listed = owner(options).listObjects(options.bucket, '', true, { IncludeVersion: true });
      for await (const { name, size } of listed as AsyncIterable<{ name: string; size: number }>) {
        versions.push([name, size]);
      }
      expect(versions).toEqual([[checkpointPath, 3]]);
    });

    test.each([
      [
        'locked',
        (client: Client, bucket: string) => client.makeBucket(bucket, '', { ObjectLocking: true }),
      ],
      [
        'versioned',
        async (client: Client, bucket: string) => {
          await client.makeBucket(bucket);
          await client.setBucketVersioning(bucket, { Status: 'Enabled' });
        },
      ],
    ])('that is %s is refused', async (reason, make) => {
      const options = optionsFor(url);
      await make(owner(options), options.bucket);
      const error = await thrownBy(MinioTileStore.open(options));
      expect(error).toBeInstanceOf(TileStoreUnfit);
      expect(error).toMatchObject({ reason });
    });

    test('that is given versions later turns the ping red', async () => {
      const options = optionsFor(url);
      const store = await MinioTileStore.open(options);
      await store.ping();
      await owner(options).setBucketVersioning(options.bucket, { Status: 'Enabled' });
      expect(await thrownBy(store.ping())).toBeInstanceOf(TileStoreUnavailable);
    });

    test('is closed to wrong keys, and nobody reads them in the error', async () => {
      const options = { ...optionsFor(url), secretKey: 'not-the-secret' };
      const error = await thrownBy(MinioTileStore.open(options));
      expect(error).toMatchObject({ name: 'TileStoreUnfit', reason: 'refused' });
      expect(inspect(error, { depth: 20 })).not.toContain('not-the-secret');
    });

    test('that was removed is away, and says no address', async () => {
      const options = optionsFor(url);
      const store = await MinioTileStore.open(options);
      await owner(options).removeBucket(options.bucket);
      for (const call of [store.write(checkpoint('x')), store.read('checkpoint'), store.ping()]) {
        const error = await thrownBy(call);
        expect(error).toBeInstanceOf(TileStoreUnavailable);
        expect((error as Error).message).toBe('the bucket of tiles: NoSuchBucket');
      }
    });
  });

  test('a log in a bucket is sound, also when it was sequenced in two goes', async () => {
    const store = new MemoryEventStore();
    const options = optionsFor(url);
    await grow(store, 0, 300);
    expect(await logged(store, await MinioTileStore.open(options), 300)).toEqual([]);
    await grow(store, 300, 400);
    expect(await logged(store, await MinioTileStore.open(options), 700)).toEqual([]);
  });
});

describeWithPart('LEDGER_TEST_MINIO_BINARY', 'a MinIO server under a log', (binary) => {
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
  const throughWire = () => {
    const through = new URL(server.url);
    through.port = String(wire.port);
    return optionsFor(through.href);
  };

  test('that dies keeps what it acknowledged, and the log goes on once it is back', async () => {
    const store = new MemoryEventStore();
    const tiles = await MinioTileStore.open(optionsFor(server.url));
    const { sequencer, settled } = sequencerOf(store, tiles);
    await sequencer.start();
    await grow(store, 0, 100);
    await until(() => sequencer.status().head?.treeSize === 100);
    await settled();
    await server.kill();
    await grow(store, 100, 200);
    await until(() => sequencer.status().state === 'waiting');
    expect(sequencer.status().lastError).toBeInstanceOf(TileStoreUnavailable);
    await server.start();
    await until(() => sequencer.status().head?.treeSize === 300);
    await sequencer.stop();
    await settled();
    expect(await faultsOf(store, tiles)).toEqual([]);
  });

  test('whose answer is lost was given its object: it is given the same one again', async () => {
    const options = throughWire();
    const store = await MinioTileStore.open(options);
    await store.write(checkpoint('older'));
    wire.loseAnswers();
    const lost = wire.lostAnswer();
    const writing = thrownBy(store.write(checkpoint('newer')));
    await lost;
    wire.cut();
    expect(await writing).toBeInstanceOf(TileStoreUnavailable);
    const direct = await MinioTileStore.open({ ...options, origin: new URL(server.url).origin });
    expect(Buffer.from((await direct.read(checkpointPath)) ?? []).toString()).toBe('newer');
    await store.write(checkpoint('newer'));
    expect(Buffer.from((await store.read(checkpointPath)) ?? []).toString()).toBe('newer');
  });

  test('without a word is given up', async () => {
    const store = await MinioTileStore.open({ ...throughWire(), quietMsMax: 200 });
    wire.freeze();
    expect(await thrownBy(store.ping())).toBeInstanceOf(TileStoreUnavailable);
    expect(await thrownBy(store.write(checkpoint('x')))).toBeInstanceOf(TileStoreUnavailable);
    wire.cut();
    await store.ping();
  });
});
