import { cp, mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { migrateRegister } from '#directory/node';
import type { RegisterTables } from '#directory/node';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { connectEventStore } from '#event-store/node';
import { digestOf, isLogged } from '#kernel';
import { openDatabase, readModels, rebuild } from '#read-models/node';
import { emptyRoot, formatCheckpoint, formatSignedNote, formatVerifierKey, utf8 } from '#tlog';
import type { Finding } from '#verification';
import { runFsck } from '../../apps/cli/src/fsck.ts';
import type { FsckVerbOptions } from '../../apps/cli/src/fsck.ts';
import { Terminal } from '../../apps/cli/src/terminal.ts';
import { origin, specSigner } from '../../libs/transparency/src/made-up-log.contract.ts';
import { cast, commitmentTo } from '../vectors/formats/story.ts';
import { testTimeoutMs } from './flips.ts';
import { blobPath, smallLedger } from './small-ledger.ts';
import type { WholeLedger } from './small-ledger.ts';

/**
 * One folder with everything that a ledger keeps, and `ledger fsck` itself on it: what the library
 * finds reaches the auditor only if the command hands it each part, and hands on each finding.
 */
type Report = {
  readonly verdict: string;
  readonly compared: Readonly<Record<string, boolean>>;
  readonly findings: readonly Finding[];
};

const all = { eventStore: true, readModels: true, evidence: true, register: true };
const part = cast.officer;
let ledger: WholeLedger;
/** Made once; each test gets a copy of its own. */
let made: string;
let folder: string;

beforeAll(async () => {
  ledger = await smallLedger();
  made = await mkdtemp(join(tmpdir(), 'whole-folder-'));
  const put = async (path: string, bytes: Uint8Array | string) => {
    await mkdir(dirname(join(made, path)), { recursive: true });
    await writeFile(join(made, path), bytes);
  };
  await put('ledger.json', '{}');
  for (const [path, bytes] of ledger.objects) await put(`log/${path}`, bytes);
  for (const [digest, bytes] of ledger.files) await put(`blobs/${blobPath(digest)}`, bytes);
  const node = await startEmbeddedNode({ file: join(made, 'events.db') });
  const store = connectEventStore(node.connectionString);
  for (const { stream, revision, id, type, data, metadata } of ledger.events) {
    const expected = revision === 0 ? 'no-stream' : revision - 1;
    await store.append(stream, expected, [{ id, type, data, metadata }]);
  }
  const database = await openDatabase({ dataDir: join(made, 'pglite') });
  await rebuild({ db: database.db, store, models: readModels, upcasters: [] });
  await migrateRegister(database.db);
  const register = database.db.withTables<RegisterTables>().withSchema('register');
  for (const { person, salt, particulars } of ledger.register) {
    const entered = { person, ...particulars, entered_at: '2026-07-01T00:00:00.000Z' as never };
    const shown = { ...entered, email: null, phone: null, recorded: true, erased_at: null };
    await register.insertInto('persons').values(shown).execute();
    const commitment = commitmentTo({ salt, particulars } as typeof cast.officer);
    const row = { ...entered, commitment, salt, command: null, settled: true };
    await register.insertInto('particulars').values(row).execute();
  }
  await database.close();
  await store.close();
  await node.stop();
}, testTimeoutMs);
afterAll(() => rm(made, { recursive: true, force: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whole-folder-'));
  await cp(made, folder, { recursive: true, preserveTimestamps: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const settings = { evidenceBucket: undefined } as Parameters<typeof runFsck>[3];

async function fsck(
  options: Partial<FsckVerbOptions> = {},
): Promise<readonly [exitCode: number, report: Report]> {
  let written = '';
  const terminal = new Terminal('en', (text) => (written += text));
  const flags = { hashes: false, logOnly: false, evidence: true, stores: false };
  const key = formatVerifierKey(ledger.policy.log);
  const given = { ...flags, requireTrust: false, json: true, key, ...options };
  const exitCode = await runFsck(terminal, folder, given, settings);
  const report = JSON.parse(written) as Report;
  // The key alone names no witness.
  const findings = report.findings.filter(({ code }) => code !== 'log/signature-unknown');
  return [exitCode, { ...report, findings }];
}

const placesOf = ({ findings }: Report) =>
  findings.map(({ code, stream, revision }) => ({
    code,
    ...(stream !== undefined && { stream }),
    ...(revision !== undefined && { revision }),
  }));

function inEvents(statement: string, ...values: readonly (string | number | Uint8Array)[]): void {
  const database = new DatabaseSync(join(folder, 'events.db'));
  expect(database.prepare(statement).run(...values).changes).toBe(1);
  database.close();
}

async function inDatabase(statement: string): Promise<void> {
  const database = await openDatabase({ dataDir: join(folder, 'pglite') });
  await sql.raw(statement).execute(database.db);
  await database.close();
}

/** Every file with its bytes and the time of its last change. */
async function stateOf(path: string): Promise<ReadonlyMap<string, string>> {
  const state = new Map<string, string>();
  for (const one of await readdir(path, { recursive: true, withFileTypes: true })) {
    const name = join(one.parentPath, one.name);
    const { mtimeNs } = await stat(name, { bigint: true });
    state.set(name, `${mtimeNs} ${one.isFile() ? digestOf(await readFile(name)) : ''}`);
  }
  return state;
}

const person = `person-${part.person}`;
const unusable = ['store/read-models-unusable', 'register/unusable'] as const;
/** Of tests that look at the event store alone: a database takes its time to start. */
const withoutDatabase = () => rm(join(folder, 'pglite'), { recursive: true });
const codesOf = ({ findings }: Report) => findings.map(({ code }) => code);

describe('the folder as the ledger left it', () => {
  test('is sound, all of it was looked at, and none of it changed', async () => {
    const before = await stateOf(folder);
    const [exitCode, { verdict, compared, findings }] = await fsck();
    expect([exitCode, verdict, compared, findings]).toStrictEqual([0, 'sound', all, []]);
    expect(await stateOf(folder)).toStrictEqual(before);
  });
});

describe('the command hands on what is found of', () => {
  test('an event altered', async () => {
    await withoutDatabase();
    const [stream, revision] = [`agency-${part.particulars.agency}`, 0];
    const database = new DatabaseSync(join(folder, 'events.db'));
    const find = database.prepare(`select position, record from events
      where revision = ? and stream = (select id from streams where name = ?)`);
    const { position, record } = find.get(revision, stream) as {
      position: number;
      record: Uint8Array;
    };
    database.close();
    const text = Buffer.from(record).toString('latin1');
    const bytes = Buffer.from(text.replace('g_so_nganh', 'g_so_ngenh'), 'latin1');
    inEvents('update events set record = ? where position = ?', bytes, position);
    const [exitCode, report] = await fsck();
    expect([exitCode, report.compared['eventStore']]).toStrictEqual([1, true]);
    expect(placesOf(report)).toContainEqual({ code: 'store/event-altered', stream, revision });
  });

  test('an event missing', async () => {
    await withoutDatabase();
    inEvents(
      `delete from events where revision = 0
        and stream = (select id from streams where name = ?)`,
      person,
    );
    const [exitCode, report] = await fsck();
    expect(exitCode).toBe(1);
    expect(placesOf(report)).toContainEqual({
      code: 'store/event-missing',
      stream: person,
      revision: 0,
    });
  });

  test('a stream that hides its beginning from whoever reads it by itself', async () => {
    await withoutDatabase();
    inEvents('update streams set truncate_before = 1 where name = ?', person);
    const [exitCode, report] = await fsck();
    expect(exitCode).toBe(1);
    expect(placesOf(report)).toContainEqual({
      code: 'store/stream-differs',
      stream: person,
      revision: 0,
    });
  });

  test('what a server that was killed had not yet moved into its file', async () => {
    await withoutDatabase();
    const [file, log] = ['events.db', 'events.db-wal'].map((name) => join(folder, name)) as [
      string,
      string,
    ];
    const database = new DatabaseSync(file);
    database.prepare('update streams set truncate_before = 1 where name = ?').run(person);
    const killed = [await readFile(file), await readFile(log)] as const;
    database.close();
    await writeFile(file, killed[0]);
    await writeFile(log, killed[1]);
    const before = await stateOf(folder);
    const [, report] = await fsck();
    expect(codesOf(report)).toContain('store/stream-differs');
    expect(await stateOf(folder)).toStrictEqual(before);
  });

  test('a row of the read models altered', async () => {
    await inDatabase(`update read_models.leaf set agency = 'son_la.so_yt' where leaf_index = 5`);
    const [exitCode, report] = await fsck();
    expect([exitCode, codesOf(report)]).toStrictEqual([1, ['store/read-model-differs']]);
    expect(report.findings[0]?.detail).toMatch(/^leaf, after \d+ events$/);
  });

  test('read models that stand still are told of, right as they are', async () => {
    const node = await startEmbeddedNode({ file: join(folder, 'events.db') });
    const store = connectEventStore(node.connectionString);
    const database = await openDatabase({ dataDir: join(folder, 'pglite') });
    const positions = [];
    for await (const { stream, position } of store.readAll()) {
      if (isLogged(stream)) positions.push(position);
    }
    const until = positions.at(-4) as (typeof positions)[number];
    await rebuild({ db: database.db, store, models: readModels, upcasters: [], until });
    await database.close();
    await store.close();
    await node.stop();
    const [exitCode, report] = await fsck();
    expect([exitCode, report.compared]).toStrictEqual([0, all]);
    expect(report.findings.map(({ code, detail }) => [code, detail])).toStrictEqual([
      ['store/read-models-behind', '3 events'],
    ]);
  });

  test('a name forged, where it is shown and where it is kept', async () => {
    const change = (table: string) =>
      `update register.${table} set name = 'Không ai' where person = '${part.person}'`;
    await inDatabase(`${change('persons')}; ${change('particulars')}`);
    const [exitCode, report] = await fsck();
    expect(exitCode).toBe(1);
    expect(new Set(placesOf(report).map(({ stream }) => stream))).toStrictEqual(new Set([person]));
    expect(codesOf(report)).toStrictEqual(['register/differs']);
  });

  test('a file of evidence altered, and left out where it is not asked for', async () => {
    const [digest] = ledger.files.keys();
    await writeFile(join(folder, 'blobs', blobPath(digest as never)), 'khác');
    const [exitCode, report] = await fsck();
    expect([exitCode, codesOf(report)]).toStrictEqual([1, ['evidence/differs']]);
    const [without, { compared }] = await fsck({ evidence: false });
    expect([without, compared]).toStrictEqual([0, { ...all, evidence: false }]);
  });
});

describe('an earlier checkpoint', () => {
  const kept = async (text: string | Uint8Array) => {
    const since = join(folder, 'kept');
    await writeFile(since, text);
    return fsck({ since, logOnly: true });
  };
  const signedBy = async (size: number, root: Uint8Array) => {
    const signer = specSigner(7);
    const text = formatCheckpoint({ origin, size, root, extensions: [] });
    const signature = await signer.sign(utf8(text));
    return formatSignedNote({ text, signatures: [{ ...signer.key, signature }] });
  };

  test('that the log continues is no finding', async () => {
    const [exitCode, report] = await kept(ledger.earlier);
    expect([exitCode, report.findings]).toStrictEqual([0, []]);
    const none = { eventStore: false, readModels: false, evidence: false, register: false };
    expect(report.compared).toStrictEqual(none);
  });

  test('of another history is a fork, of a larger tree a rollback', async () => {
    const [forked, fork] = await kept(await signedBy(5, emptyRoot));
    expect([forked, codesOf(fork)]).toStrictEqual([1, ['log/forked']]);
    const [back, rollback] = await kept(await signedBy(ledger.entries.length + 1, emptyRoot));
    expect([back, codesOf(rollback)]).toStrictEqual([1, ['log/rolled-back']]);
  });

  test('that nobody signed is unusable', async () => {
    const [exitCode, report] = await kept('kept by nobody');
    expect([exitCode, codesOf(report)]).toStrictEqual([2, ['log/earlier-unusable']]);
  });
});

describe('a database that was emptied or damaged', () => {
  const dataDir = () => join(folder, 'pglite');
  const emptied = async () => {
    await rm(dataDir(), { recursive: true });
    await mkdir(dataDir());
  };
  const linked = async () => {
    await rm(dataDir(), { recursive: true });
    await symlink('/', dataDir());
  };

  test.each([
    ['an empty folder', emptied],
    ['a link to the whole machine', linked],
    ['a damaged control file', () => writeFile(join(dataDir(), 'global/pg_control'), 'x')],
    ['without its tables', () => rm(join(dataDir(), 'base'), { recursive: true })],
    ['a link inside', () => symlink('/etc/hostname', join(dataDir(), 'base/other'))],
    ['read models of no version', () => inDatabase('drop schema read_models cascade')],
    [
      'read models that took up nothing',
      () => inDatabase('update read_models.progress set leaf_count = 0, position = null'),
    ],
  ])('%s: it could not tell, and the log was judged all the same', async (name, damage) => {
    await damage();
    await flipInLog();
    const before = await stateOf(folder);
    const [exitCode, report] = await fsck();
    const codes = name.startsWith('read models') ? [unusable[0]] : unusable;
    expect([exitCode, report.verdict]).toStrictEqual([1, 'unsound']);
    expect(codesOf(report)).toStrictEqual(['log/tile-differs', ...codes]);
    expect(report.compared).toMatchObject({ eventStore: true, readModels: false });
    expect(await stateOf(folder)).toStrictEqual(before);
  });
});

describe('an event store that was emptied or damaged', () => {
  const file = () => join(folder, 'events.db');

  test.each([
    ['no file', () => rm(file())],
    ['an empty file', () => writeFile(file(), '')],
    ['a folder', () => rm(file()).then(() => mkdir(file()))],
    [
      'a link',
      async () => {
        await rename(file(), `${file()}.kept`);
        await symlink(`${file()}.kept`, file());
      },
    ],
  ])('%s: it could not tell, and the log was judged all the same', async (_, damage) => {
    await withoutDatabase();
    await damage();
    await flipInLog();
    const before = await stateOf(folder);
    const [exitCode, report] = await fsck();
    expect([exitCode, codesOf(report)]).toStrictEqual([
      1,
      ['log/tile-differs', 'store/unreachable', 'register/unusable'],
    ]);
    expect(await stateOf(folder)).toStrictEqual(before);
  });

  test('garbage: what lies beside it was looked at', async () => {
    await writeFile(file(), 'x'.repeat(8_192));
    const [exitCode, report] = await fsck();
    expect([exitCode, codesOf(report)]).toStrictEqual([2, ['store/unreachable']]);
    expect(report.compared).toStrictEqual({ ...all, eventStore: false, readModels: false });
  });

  test('a server that runs is told at once, and nothing else is', async () => {
    const node = await startEmbeddedNode({ file: file() });
    await expect(fsck()).rejects.toMatchObject({ code: 'fsck/server-runs' });
    await node.stop();
  });
});

/** A bit of the last hash, which no older partial tile has: one finding, of the log alone. */
async function flipInLog(): Promise<void> {
  const path = join(folder, 'log/tile/0', `000.p/${ledger.entries.length}`);
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  await writeFile(path, bytes);
}
