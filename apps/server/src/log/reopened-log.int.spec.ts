import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { EventStore } from '#event-store';
import type { StoredEvent } from '#event-store';
import { connectEventStore } from '#event-store/node';
import { isLogged, jsonText } from '#kernel';
import { formatVerifierKey, parsePolicy, parseVerifierKey, verifierKey } from '#tlog';
import { LogRefused, TileStoreUnavailable } from '#transparency';
import type { TileStore } from '#transparency';
import { FolderTileStore, KeyFileUnusable, makeKeyFile } from '#transparency/node';
import { fsck, HttpLogSource } from '#verification';
import { ConfigurationMistake } from '../configuration/configuration.ts';
import { agencyBody, bootstrapBody, registrarSecret, TestLedger } from '../http.contract.ts';
import { entryText, LogReader, readAt, recordedEvents } from './served-log.contract.ts';
import { wholeCheckpoint } from './served-log.contract.ts';

/** A ledger that was stopped, and what may have become of it before it is started again. */
let folder: string;
let work: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'ledger-log-'));
  const ledger = await TestLedger.start();
  folder = ledger.folder;
  const body = bootstrapBody(await ledger.bootstrapToken());
  await ledger.post('/bootstrap', body, { key: null });
  await enterAgencies(ledger, ['so_tc', 'so_yt']);
  expect((await wholeCheckpoint(ledger)).size).toBeGreaterThan(4);
  await ledger.server.stop();
});
afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

async function enterAgencies(ledger: TestLedger, ids: readonly string[]): Promise<void> {
  const token = await ledger.signIn('dangky', registrarSecret);
  for (const id of ids) {
    const answer = await ledger.post('/agencies', agencyBody(`son_la.${id}`), { token });
    expect(answer.status).toBe(201);
  }
}

/** A copy of the stopped ledger, which may be spoilt. */
async function copied(name: string): Promise<string> {
  const copy = join(work, name);
  await cp(folder, copy, { recursive: true });
  return copy;
}

/** Makes a folder what it was when there were no logs: the acts alone, in their order. */
async function withoutLog(data: string): Promise<number> {
  const acts: StoredEvent[] = [];
  const from = await startEmbeddedNode({ file: join(data, 'events.db') });
  const old = connectEventStore(from.connectionString);
  for await (const event of old.readAll()) if (!event.stream.startsWith('log-')) acts.push(event);
  await old.close();
  await from.stop();
  for (const part of ['events.db', 'events.db-wal', 'events.db-shm', 'log', 'keys', 'pglite']) {
    await rm(join(data, part), { recursive: true, force: true });
  }
  const to = await startEmbeddedNode({ file: join(data, 'events.db') });
  const store = connectEventStore(to.connectionString);
  for (const { stream, revision, id, type, data: body, metadata } of acts) {
    const expected = revision === 0 ? 'no-stream' : revision - 1;
    await store.append(stream, expected, [{ id, type, data: body, metadata }]);
  }
  await store.close();
  await to.stop();
  return acts.length;
}

/** The id of the event that opened the log, which the old policy published. */
async function openingOf({ server }: TestLedger): Promise<string> {
  for await (const { id } of server.app.get(EventStore).readStream('log-keys')) return id;
  throw new Error('there is no log');
}

/** How a start on the folder was refused; it never is by accident. */
async function refused(data: string, settings: Record<string, string> = {}) {
  const started = await TestLedger.start({ LEDGER_DATA: data, ...settings }).then(
    async (ledger) => {
      await ledger.server.stop();
      return 'started';
    },
    (error: unknown) => error,
  );
  if (started instanceof LogRefused) return started.code;
  if (started instanceof ConfigurationMistake) return started.sentences.length;
  return started instanceof KeyFileUnusable ? 'key' : started;
}

describe('a ledger that is started again', () => {
  test('goes on with the log that it had, under the same key', async () => {
    const data = await copied('again');
    const ledger = await TestLedger.start({ LEDGER_DATA: data });
    try {
      const log = new LogReader(ledger.server);
      const before = await wholeCheckpoint(ledger);
      await enterAgencies(ledger, ['so_ct']);
      expect((await log.checkpointOf(before.size + 1)).size).toBe(before.size + 1);
      const kept = JSON.parse(await readFile(join(data, 'ledger.json'), 'utf8')) as object;
      const key = (await (await log.get('log.vkey')).text()).trim();
      expect(kept).toMatchObject({ logKey: key });
      expect(parseVerifierKey(key)).toMatchObject({ ok: true, value: { name: before.origin } });
    } finally {
      await ledger.server.stop();
    }
  });

  test('gets a log where it is older than there have been logs', async () => {
    const data = await copied('older');
    const acts = await withoutLog(data);
    const file = join(data, 'ledger.json');
    const { logKey, ...identity } = JSON.parse(await readFile(file, 'utf8')) as { logKey: string };
    await writeFile(file, jsonText(identity));
    const ledger = await TestLedger.start({ LEDGER_DATA: data });
    const { size } = await new LogReader(ledger.server).checkpointOf(acts + 1);
    await ledger.server.stop();
    expect(size).toBe(acts + 1);
    const kept = JSON.parse(await readFile(file, 'utf8')) as { logKey: string };
    expect(kept).toStrictEqual({ ...identity, logKey: expect.any(String) });
    expect(kept.logKey).not.toBe(logKey);
  });

  test('refuses another key, and one that has gone', async () => {
    const data = await copied('other-key');
    const other = join(work, 'other.key');
    await makeKeyFile(other);
    expect(await refused(data, { LEDGER_LOG_KEYS: other })).toBe('log/key-changed');
    await rm(join(data, 'keys', 'log.key'));
    expect(await refused(data)).toBe('key');
  });

  test('takes a second key in, then lets the first one go, and signs with what it has', async () => {
    const data = await copied('rotated');
    const [old, fresh] = [join(data, 'keys', 'log.key'), join(data, 'keys', 'fresh.key')];
    await makeKeyFile(fresh);
    const started = async (settings: Record<string, string>, sizeAtLeast: number) => {
      const ledger = await TestLedger.start({ LEDGER_DATA: data, ...settings });
      const log = new LogReader(ledger.server);
      // By the policy that the server states, whose key is the first one it was given.
      const { size } = await log.checkpointOf(sizeAtLeast);
      const key = (await (await log.get('log.vkey')).text()).trim();
      await ledger.server.stop();
      return { size, key };
    };
    const before = await started({}, 1);
    const both = await started({ LEDGER_LOG_KEYS: `${old},${fresh}` }, before.size + 1);
    expect(both.key).toBe(before.key);
    const alone = { LEDGER_LOG_KEYS: fresh };
    expect(await refused(data, alone)).toBe('log/key-changed');
    const id = before.key.split('+')[1] ?? '';
    const retired = { ...alone, LEDGER_LOG_KEYS_RETIRED: `${id}: thẻ cũ đã trả` };
    const after = await started(retired, before.size + 2);
    expect(after.key).not.toBe(before.key);
    expect([both.size, after.size]).toStrictEqual([before.size + 1, before.size + 2]);
    expect(await refused(data, { LEDGER_LOG_KEYS: `${fresh},${old}` })).toBe('log/key-changed');
    expect(await refused(data, alone)).toBe('started');
  });

  test('refuses another origin', async () => {
    const data = await copied('other-origin');
    expect(await refused(data, { LEDGER_ORIGIN: 'ledger.example.vn/2027' })).toBe(1);
    // Somebody who also changes the folder is found out by what was recorded.
    const file = join(data, 'ledger.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll('ledger.invalid/', 'ledger.example.vn/'));
    expect(await refused(data)).toMatch(/^log\/(?:origin|key)-changed$/);
  });

  test('refuses an event store that knows less than was published', async () => {
    const data = await copied('rolled-back');
    const ledger = await TestLedger.start({ LEDGER_DATA: data });
    const log = new LogReader(ledger.server);
    const { size } = await wholeCheckpoint(ledger);
    await enterAgencies(ledger, ['so_nv']);
    await log.checkpointOf(size + 1);
    await ledger.server.stop();
    // A backup of the events alone is put back.
    for (const file of ['events.db', 'events.db-wal', 'events.db-shm']) {
      await rm(join(data, file), { force: true });
      await cp(join(folder, file), join(data, file)).catch(() => undefined);
    }
    expect(await refused(data)).toBe('log/head-rolled-back');
  });

  test('refuses an event store that knows no log at all', async () => {
    const data = await copied('emptied');
    for (const file of ['events.db', 'events.db-wal', 'events.db-shm']) {
      await rm(join(data, file), { force: true });
    }
    expect(await refused(data)).toBe('log/store-differs');
  });

  test('refuses when a tile has gone', async () => {
    const data = await copied('tiles');
    await rename(join(data, 'log', 'tile', 'entries'), join(data, 'log', 'elsewhere'));
    expect(await refused(data)).toBe('log/tiles-missing');
  });

  test('that asks for witnesses from now on hands out no receipt until they have signed', async () => {
    const data = await copied('witnesses');
    const { publicKey } = generateKeyPairSync('ed25519');
    const raw = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
    const key = formatVerifierKey(verifierKey('witness.invalid/mot', 'cosignature', raw));
    const file = join(work, 'witnesses.txt');
    // Nobody listens there.
    await writeFile(file, `witness mot ${key} http://127.0.0.1:1\nquorum mot\n`);
    const ledger = await TestLedger.start({ LEDGER_DATA: data, LEDGER_WITNESSES: file });
    try {
      const token = await ledger.signIn('dangky', registrarSecret);
      const posted = await ledger.post('/agencies', agencyBody('son_la.so_nn'), { token });
      const position = posted.headers.get('ledger-position') ?? '';
      for (const eventId of [await openingOf(ledger), String(posted.body['eventId'])]) {
        const receipt = await readAt(ledger, `/api/v1/receipts/${eventId}`, { token, position });
        expect([receipt.status, receipt.body['data']]).toMatchObject([200, { proof: null }]);
        const proof = await ledger.get(`/api/v1/receipts/${eventId}/proof`, { token });
        expect([proof.status, proof.body['code']]).toStrictEqual([404, 'receipt/not-proven']);
      }
      // What was published by the old policy stands, for those who kept that one.
      expect((await new LogReader(ledger.server).get('checkpoint')).status).toBe(200);
      const ready = await ledger.get('/health/ready');
      expect(ready.status).toBe(200);
      const parts = ready.body['parts'] as { name: string }[];
      expect(parts.find(({ name }) => name === 'log')).toMatchObject({
        ready: true,
        warning: 'checkpoints wait for the cosignatures of witnesses',
        details: { quorum: 'missing', witnesses: [{ name: 'mot' }] },
      });
    } finally {
      await ledger.server.stop();
    }
  });

  test('in production wants to be told that a key in a file is accepted', async () => {
    const data = await copied('production');
    expect(await refused(data, { LEDGER_PROFILE: 'production' })).toBe(1);
    const accepted = { LEDGER_PROFILE: 'production', LEDGER_LOG_FILE_KEY_ACCEPTED: 'true' };
    expect(await refused(data, accepted)).toBe('started');
  });
});

describe('a store of tiles that does not answer', () => {
  let isAway = true;
  const openers = {
    tileFolder: async (path: string): Promise<TileStore> => {
      const tiles = await answering(FolderTileStore.open(path));
      for (const call of ['read', 'write', 'remove'] as const) {
        const real = tiles[call].bind(tiles) as (given: never) => Promise<never>;
        Object.assign(tiles, { [call]: (given: never) => answering(real(given)) });
      }
      return tiles;
    },
  };
  async function answering<T>(asked: Promise<T>): Promise<T> {
    const answer = await asked;
    if (isAway) throw new TileStoreUnavailable('planned');
    return answer;
  }
  const logOf = async (ledger: TestLedger) => {
    const { status, body } = await ledger.get('/health/ready');
    const part = (body['parts'] as { name: string; ready: boolean }[]).find(
      ({ name }) => name === 'log',
    );
    return [status, part?.ready];
  };

  test('keeps nobody from recording, and the log goes on once it answers', async () => {
    const data = await copied('away');
    const ledger = await TestLedger.start({ LEDGER_DATA: data }, { openers });
    const log = new LogReader(ledger.server);
    try {
      expect(await logOf(ledger)).toStrictEqual([503, false]);
      expect((await log.get('checkpoint')).status).toBe(503);
      await enterAgencies(ledger, ['so_gd', 'so_vh']);
      isAway = false;
      while ((await logOf(ledger))[1] === false);
      isAway = true;
      await enterAgencies(ledger, ['so_tttt']);
      while ((await logOf(ledger))[1] === true);
      isAway = false;
      const { length } = await recordedEvents(ledger);
      expect((await log.checkpointOf(length)).size).toBe(length);
    } finally {
      await ledger.server.stop();
    }
  });
});

describe('two servers on one event store', () => {
  test('make one log, whoever is first', async () => {
    const shared = await mkdtemp(join(work, 'shared-'));
    const key = join(shared, 'keys', 'log.key');
    await makeKeyFile(key);
    const node = await startEmbeddedNode({ file: join(shared, 'events.db') });
    const openers = { tileFolder: () => FolderTileStore.open(join(shared, 'log')) };
    const settings = (data: string) => ({
      LEDGER_DATA: data,
      LEDGER_EVENTSTORE_URL: node.connectionString,
      LEDGER_LOG_KEYS: key,
      LEDGER_ORIGIN: 'ledger.example.vn/2026',
      LEDGER_ENTRIES_PUBLIC: 'true',
    });
    const own = async (name: string) => settings(await mkdtemp(join(shared, name)));
    const start = async (name: string) => TestLedger.start(await own(name), { openers });
    const first = await start('first');
    await first.post('/bootstrap', bootstrapBody(await first.bootstrapToken()), { key: null });
    const second = await start('second');
    try {
      await enterAgencies(first, ['so_tc', 'so_yt', 'so_ct', 'so_nv', 'so_gd', 'so_vh']);
      const store = connectEventStore(node.connectionString);
      const recorded: string[] = [];
      for await (const event of store.readAll()) {
        if (isLogged(event.stream)) recorded.push(entryText(event));
      }
      await store.close();
      for (const { server } of [first, second]) {
        const log = new LogReader(server);
        const entries = await log.entries(await log.checkpointOf(recorded.length));
        expect(entries).toStrictEqual(recorded);
        const policy = parsePolicy(await log.bytes('policy'));
        if (!policy.ok) throw new Error(policy.fault);
        const source = new HttpLogSource({ url: `${server.url}/log` });
        const { verdict, findings } = await fsck({ source, policy: policy.value });
        const faults = findings.filter(({ severity }) => severity !== 'note');
        expect([verdict, faults]).toStrictEqual(['sound', []]);
      }
      // The mistake proper: one that has no part in the tiles of the others.
      const { LEDGER_DATA: data, ...given } = await own('third');
      expect(await refused(data, given)).toBe('log/tiles-missing');
    } finally {
      await first.server.stop();
      await second.server.stop();
      await node.stop();
    }
    // Three servers are started, which takes its time where other specs run beside this one.
  }, 180_000);
});
