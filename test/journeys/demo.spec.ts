import { execFile } from 'node:child_process';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { digestOf } from '#kernel';
import { openDatabase } from '#read-models/node';
import { formatVerifierKey, parsePolicy, parseTlogProof, verifyTlogProof } from '#tlog';
import {
  allItems,
  dataOf,
  freshFolder,
  LedgerUnderTest,
  runCommand,
  told,
  Visitor,
} from '../ledger-under-test.ts';
import type { CommandEnd } from '../ledger-under-test.ts';

/**
 * The demo as a visitor runs it, and what it leaves: a folder that a server can be started on, in
 * which every act of I.4 can be read again by the people it made.
 */
type Account = { login: string; secret: string; agency: string; role: string };
type Version = {
  statement: { version: number; values: { entered?: { value: string; unit: string } }[] };
};
type Figure = {
  revision: number;
  status: string;
  present: Version | null;
  inForce: Version | null;
  pending: number[];
};
type Item = {
  leafIndex: number;
  at: string;
  eventId: string;
  stream: string;
  type: string;
  digest: string;
};

const budget = '/figures/son_la-qd1969-2026.I.4';
const demoTimeoutMs = 240_000;

let folder: string;
let demo: CommandEnd;
let ledger: LedgerUnderTest;
let accounts: readonly Account[];
let auditor: Visitor;

beforeAll(async () => {
  folder = await freshFolder();
  ledger = new LedgerUnderTest(folder);
  demo = await runCommand(['--lang', 'en', 'demo', '--data', folder]);
}, demoTimeoutMs);

afterAll(() => ledger.remove());

/** The account of a role, signed in. */
async function signedIn(role: string): Promise<Visitor> {
  const account = accounts.find((one) => one.role === role);
  const visitor = new Visitor(ledger);
  await visitor.signIn(account?.login ?? '', account?.secret ?? '');
  return visitor;
}

const rebuild = () => runCommand(['rebuild', '--data', folder]);

describe('the demo', () => {
  test('ends well and says how to go on', () => {
    expect([demo.exitCode, demo.stderr]).toStrictEqual([0, '']);
    expect(demo.stdout.trimEnd().split('\n').at(-1)?.trim()).toBe(
      `LEDGER_DATA=${folder} npm start`,
    );
    expect(demo.stdout).toContain('LEDGER_ENTRIES_PUBLIC=true');
    // Every act has words: none is printed by its type.
    expect(demo.stdout).not.toMatch(/\.v1\b/);
  });

  test('leaves its accounts to their owner alone, and shows no secret', async () => {
    const file = join(folder, 'accounts.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    accounts = JSON.parse(await readFile(file, 'utf8')) as Account[];
    for (const account of accounts) {
      expect(Object.keys(account).sort()).toStrictEqual(['agency', 'login', 'role', 'secret']);
      expect(demo.stdout).not.toContain(account.secret);
    }
    expect(new Set(accounts.map(({ login }) => login)).size).toBe(accounts.length);
    expect([...new Set(accounts.map(({ role }) => role))].sort()).toStrictEqual([
      'auditor',
      'checker',
      'head',
      'officer',
      'registrar',
    ]);
  });

  test('hands an agency its receipt, which proves its act without any server', async () => {
    const place = join(folder, 'receipts');
    expect((await readdir(place)).sort()).toStrictEqual([
      'entry.json',
      'log.vkey',
      'policy',
      'receipt.tlog-proof',
    ]);
    const file = (name: string) => readFile(join(place, name));
    const proof = parseTlogProof(await file('receipt.tlog-proof'));
    const policy = parsePolicy(await file('policy'));
    if (!proof.ok || !policy.ok) throw new Error('neither is malformed');
    const entry = await file('entry.json');
    expect(verifyTlogProof(proof.value, entry, policy.value).faults).toStrictEqual([]);
    const key = (await file('log.vkey')).toString().trim();
    expect(formatVerifierKey(policy.value.log)).toBe(key);
    expect(JSON.parse(entry.toString())).toMatchObject({
      stream: 'figure-son_la-qd1969-2026.I.4',
      type: 'figure.endorsed.v1',
      metadata: { actor: { agency: 'son_la.so_tc' } },
    });
    const program = 'npm run --silent ledger --';
    expect(demo.stdout).toContain(`${program} verify ${join(place, 'receipt.tlog-proof')}`);
    expect(demo.stdout).toContain(`${program} fsck ${folder} --key ${join(place, 'log.vkey')}`);
    entry[entry.length - 2] = (entry[entry.length - 2] ?? 0) ^ 1;
    expect(verifyTlogProof(proof.value, entry, policy.value).faults).toHaveLength(1);
  });

  test('writes into no folder that holds something', async () => {
    const before = await readFile(join(folder, 'accounts.json'), 'utf8');
    const again = await runCommand(['demo', '--data', folder]);
    expect([again.exitCode, again.stdout]).toStrictEqual([1, '']);
    expect(again.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(await readFile(join(folder, 'accounts.json'), 'utf8')).toBe(before);
  });
});

describe('its folder, served', () => {
  beforeAll(async () => {
    await ledger.start();
    auditor = await signedIn('auditor');
  });

  test('is ready', async () => {
    await ledger.untilReady();
  });

  test('lets everybody in, as who they are', async () => {
    for (const { login, secret, agency, role } of accounts) {
      const visitor = new Visitor(ledger);
      expect([login, ...told(await visitor.signIn(login, secret))]).toStrictEqual([
        login,
        201,
        null,
      ]);
      const me = dataOf<{ capacities: { role: string; agency: string }[] }>(
        await visitor.get('/me'),
      );
      expect(me.capacities.map((one) => [one.role, one.agency])).toStrictEqual([[role, agency]]);
    }
  });

  test('tells what the demo told of I.4: version 2 in force, version 3 pending', async () => {
    const figure = dataOf<Figure>(await auditor.get(budget));
    const entered = (version: Version | null) => version?.statement.values[0]?.entered;
    expect(figure).toMatchObject({
      status: 'submitted',
      pending: [3],
      inForce: { statement: { version: 2 } },
      present: { statement: { version: 3 } },
    });
    expect(entered(figure.inForce)).toStrictEqual({ value: '156470.5', unit: 'triệu đồng' });
    expect(entered(figure.present)).toStrictEqual({ value: '158270.5', unit: 'triệu đồng' });
    expect(demo.stdout).toContain('156,470.5');
    expect(demo.stdout).toContain('158,270.5');
  });

  test('gives its history in pages that are the whole', async () => {
    const whole = await allItems<Item>(auditor, `${budget}/history`);
    expect(await allItems<Item>(auditor, `${budget}/history`, 3)).toStrictEqual(whole);
    const leaves = whole.map(({ leafIndex }) => leafIndex);
    expect(leaves).toStrictEqual([...new Set(leaves)].sort((a, b) => a - b));
    expect(
      whole.filter(({ stream }) => stream.startsWith('figure-')).map(({ type }) => type),
    ).toStrictEqual([
      'figure.submitted.v1',
      'figure.endorsed.v1',
      'figure.returned.v1',
      'figure.corrected.v1',
      'figure.endorsed.v1',
      'figure.verified.v1',
      'figure.corrected.v1',
    ]);
    for (const { eventId, digest, leafIndex } of whole) {
      const read = dataOf<{ entry: string; leafIndex: number; digest: string }>(
        await auditor.get(`/receipts/${eventId}`),
      );
      // The digest is made here, from the entry as it was answered.
      expect([digestOf(read.entry), read.digest, read.leafIndex]).toStrictEqual([
        digest,
        digest,
        leafIndex,
      ]);
    }
  });

  test('knows what was known then, by leaf and by time', async () => {
    const whole = await allItems<Item>(auditor, `${budget}/history`);
    const figures = whole.filter(({ stream }) => stream.startsWith('figure-'));
    for (const [index, { leafIndex, at }] of figures.entries()) {
      const byLeaf = dataOf<Figure>(await auditor.get(`${budget}?asOf=${leafIndex}`));
      const byTime = dataOf<Figure>(await auditor.get(`${budget}?asOf=${at}`));
      expect(byLeaf.revision).toBe(index);
      expect(byTime).toStrictEqual(byLeaf);
      const upTo = await auditor.get(`${budget}/history?limit=200&asOf=${leafIndex}`);
      expect((upTo.body['items'] as Item[]).at(-1)?.leafIndex).toBe(leafIndex);
    }
    const returned = figures[2]?.leafIndex ?? -1;
    expect(dataOf<Figure>(await auditor.get(`${budget}?asOf=${returned}`))).toMatchObject({
      status: 'returned',
      inForce: null,
      present: { statement: { version: 1 } },
    });
  });

  test('shows where two figures do not agree, and the words in spite of which one was verified', async () => {
    type Checked = {
      status: string;
      verification: { overrides: { code: string; check: string; reason: string }[] };
    };
    type Checks = {
      findings: { code: string; severity: string; check: string | null }[];
      overrides: { check: string | null; reason: string }[];
    };
    const path = '/figures/son_la-qd1969-2026.IV.3';
    const { status, verification } = dataOf<Checked>(await auditor.get(path));
    const { findings, overrides } = dataOf<Checks>(await auditor.get(`${path}/checks`));
    const check = 'total_funding_holds_its_parts';
    expect(findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'check/cross-check', check },
    ]);
    expect([status, overrides.map((one) => one.check)]).toStrictEqual(['verified', [check]]);
    expect(verification.overrides).toStrictEqual(overrides);
    expect(demo.stdout).toContain('[figure/checks-open]');
    expect(demo.stdout).toContain('176,000,000,000 đồng; ≥ 178,521,500,000 đồng (I.4, I.5)');
    expect(demo.stdout).toContain(overrides[0]?.reason ?? 'no reason');
  });

  test('is rebuilt to the same bytes once it is stopped, and not before', async () => {
    const before = (await auditor.get(budget)).text;
    const refused = await rebuild();
    expect([refused.exitCode, refused.stdout]).toStrictEqual([1, '']);
    expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(await ledger.stop()).toBe(0);
    const done = await rebuild();
    expect([done.exitCode, done.stderr]).toStrictEqual([0, '']);
    expect(done.stdout).toMatch(/sha256:[0-9a-f]{64}/);
    await ledger.start();
    expect((await auditor.get(budget)).text).toBe(before);
  });
});

type Report = {
  verdict: string;
  anchored: boolean;
  compared: Record<'eventStore' | 'readModels' | 'evidence' | 'register', boolean>;
  entries: number;
  size: number;
  firstBadEntry?: { code: string; index: number; stream: string };
  counts: Record<string, number>;
};

describe('what it leaves, checked by somebody who does not trust it', () => {
  const inReceipts = (name: string) => join(folder, 'receipts', name);
  const verify = (entry: string, ...more: string[]) =>
    runCommand(
      ['--lang', 'en', 'verify', inReceipts('receipt.tlog-proof'), '--entry', entry].concat(
        '--policy',
        inReceipts('policy'),
        more,
      ),
    );
  const fsck = (...words: string[]) =>
    runCommand(['--lang', 'en', 'fsck', ...words, '--key', inReceipts('log.vkey')]);
  async function reportOf(...words: string[]): Promise<[number | null, Report]> {
    const { exitCode, stdout } = await fsck(...words, '--json');
    return [exitCode, JSON.parse(stdout) as Report];
  }

  test('over the network while it runs, its stores once it has stopped', async () => {
    const copy = `${folder}-copy`;
    const [exitCode, served] = await reportOf(`${ledger.url}/log`, '--copy-to', copy);
    expect([exitCode, served.verdict]).toStrictEqual([0, 'sound']);
    expect(Object.values(served.compared)).toStrictEqual([false, false, false, false]);
    const [again, copied] = await reportOf(copy);
    expect([again, copied.verdict, copied.size]).toStrictEqual([0, 'sound', served.size]);
    const twice = await fsck(`${ledger.url}/log`, '--copy-to', copy);
    expect([twice.exitCode, twice.stdout]).toStrictEqual([2, '']);
    await rm(copy, { recursive: true });
    expect(served.entries).toBe(served.size);
    const early = await fsck(folder);
    expect([early.exitCode, early.stdout]).toStrictEqual([2, '']);
    expect(early.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect((await fsck(folder, '--log-only')).exitCode).toBe(0);
    expect(await ledger.stop()).toBe(0);
    const [whole, report] = await reportOf(folder);
    expect([whole, report.verdict]).toStrictEqual([0, 'sound']);
    expect(Object.values(report.compared)).toStrictEqual([true, true, true, true]);
    // The demo's people signed in after the last checkpoint was read; the log only grew.
    expect(report.size).toBeGreaterThanOrEqual(served.size);
  });

  test('by the guide, word for word', async () => {
    const root = join(import.meta.dirname, '../..');
    const guide = await readFile(join(root, 'docs/guides/checking.md'), 'utf8');
    const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
    expect(blocks).toHaveLength(4);
    // What npm would build anew is built already, and other tests are running it.
    const program = 'node dist/apps/cli/src/main.js --lang en';
    const script = blocks.join('\n').replaceAll('npm run --silent ledger --', program);
    const { stdout } = await promisify(execFile)('bash', ['-c', `set -eu\n${script}`], {
      cwd: root,
      env: { ...process.env, DEMO: folder },
    });
    await rm(`${folder}-kept`);
    expect(stdout.split('\n').filter((line) => line.startsWith('SOUND'))).toStrictEqual([
      'SOUND: the receipt proves the entry',
      'SOUND: the log is whole',
      'SOUND: the log is whole',
    ]);
  });

  test('without a key of their own they are told whose word it is', async () => {
    const words = ['--lang', 'en', 'fsck', join(folder, 'log')];
    const unanchored = await runCommand(words);
    const id = (await readFile(inReceipts('log.vkey'), 'utf8')).split('+')[1];
    expect(unanchored.stdout.split('\n')[0]).toBe(
      `SOUND, UNANCHORED: by key ${id}, which came from the log itself`,
    );
    expect([
      unanchored.exitCode,
      (await runCommand([...words, '--require-trust'])).exitCode,
    ]).toEqual([0, 2]);
  });

  test('a judge that cannot look says so, and calls nothing unsound', async () => {
    const away = { LEDGER_EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' };
    const words = ['fsck', folder, '--key', inReceipts('log.vkey'), '--json'];
    const unreachable = await runCommand(words, [], away);
    const { compared, counts } = JSON.parse(unreachable.stdout) as Report;
    expect([unreachable.exitCode, compared.eventStore]).toStrictEqual([2, false]);
    expect(counts).toMatchObject({ 'store/unreachable': 1 });
    const muddled = await runCommand(words, [], { ...away, LEDGER_EVENTSTORE_URL_FILE: 'x' });
    expect([muddled.exitCode, muddled.stdout]).toStrictEqual([2, '']);
    const elsewhere = await fsck(join(folder, 'log'), '--stores');
    expect([elsewhere.exitCode, elsewhere.stdout]).toStrictEqual([2, '']);
  });

  test('a receipt of something else', async () => {
    const other = join(folder, 'other.json');
    const entry = await readFile(inReceipts('entry.json'), 'utf8');
    await writeFile(other, entry.replace('son_la.so_tc', 'son_la.so_ct'));
    const found = await verify(other, '--json');
    await rm(other);
    expect(found.exitCode).toBe(1);
    const { verdict, findings } = JSON.parse(found.stdout) as {
      verdict: string;
      findings: { code: string }[];
    };
    expect([verdict, findings.map(({ code }) => code)]).toStrictEqual([
      'unsound',
      ['entry/not-included'],
    ]);
    expect((await verify(other)).exitCode).toBe(2);
    expect((await runCommand(['verify'])).exitCode).toBe(64);
  });

  test('one letter of one entry, changed where it lies', async () => {
    const entries = join(folder, 'log/tile/entries/000');
    const before = await readFile(entries);
    const place = before.indexOf('"role":"head"');
    const altered = Buffer.from(before);
    altered.write('"role":"heal"', place);
    await writeFile(entries, altered);
    const [exitCode, report] = await reportOf(folder);
    await writeFile(entries, before);
    expect(exitCode).toBe(1);
    expect(report.firstBadEntry).toMatchObject({ code: 'log/entry-differs' });
    const { index, stream } = report.firstBadEntry ?? { index: -1, stream: '' };
    // The entry that it was, by its own words.
    const text = before.toString('latin1');
    const own = text.lastIndexOf('{"data":', place);
    expect(text.slice(own, text.indexOf('{"data":', place))).toContain(`"stream":"${stream}"`);
    expect(index).toBe(text.slice(0, own).split('{"data":').length - 1);
    // The store still has what the tree has, and is accused of nothing.
    expect(report.counts).toMatchObject({ 'log/entry-differs': 1 });
    expect(Object.keys(report.counts).filter((code) => code.startsWith('store/'))).toEqual([]);
  });

  test('a row of the read models, changed by whoever runs the database', async () => {
    const database = await openDatabase({ dataDir: join(folder, 'pglite') });
    const rows = sql`update read_models.figure set doc = replace(doc, '"late":false', '"late":true')
      where to_leaf is null and key = 'son_la-qd1969-2026.I.4'`;
    const { numAffectedRows } = await rows.execute(database.db);
    await database.close();
    expect(numAffectedRows).toBe(1n);
    const [exitCode, report] = await reportOf(folder);
    expect([exitCode, report.counts]).toMatchObject([1, { 'store/read-model-differs': 1 }]);
    expect((await rebuild()).exitCode).toBe(1);
    expect((await reportOf(folder))[0]).toBe(0);
  });
});
