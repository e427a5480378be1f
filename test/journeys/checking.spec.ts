import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { Client } from 'minio';
import { bareHex, digestOf } from '#kernel';
import type { Digest } from '#kernel';
import { openDatabase } from '#read-models/node';
import { describeWithPart } from '#testing';
import { freshFolder, LedgerUnderTest, recorded, runCommand, told } from '../ledger-under-test.ts';
import { document, madeUpPdf, openSmallRound } from '../small-round.ts';
import type { SmallRound } from '../small-round.ts';

/**
 * What lies beside the log of a whole ledger, changed by whoever runs its machine and checked by an
 * auditor who may read its folder: files of evidence, and the register that holds people's names.
 */
type Found = { code: string; stream?: string; index?: number; expected?: string; found?: string };
type Report = {
  verdict: string;
  compared: Record<'eventStore' | 'readModels' | 'evidence' | 'register', boolean>;
  findings: Found[];
};

const agency = 'son_la.so_tc';
const scans = ['Báo cáo chi 4,12 %', 'Báo cáo chi 9,87 %', 'Phụ lục'].map(madeUpPdf);
const [first, second, third] = scans.map((bytes) => digestOf(bytes)) as [Digest, Digest, Digest];
const all = { eventStore: true, readModels: true, evidence: true, register: true };

async function filled(ledger: LedgerUnderTest): Promise<SmallRound> {
  const cast = await openSmallRound(ledger, {
    indicators: [{ code: 'I.1', lead: agency }],
    offices: [
      { login: 'stc.a', agency, roles: ['officer'] },
      { login: 'stc.b', agency, roles: ['officer'] },
    ],
  });
  for (const bytes of scans) {
    const path = `/evidence/${bareHex(digestOf(bytes))}`;
    const officer = cast.member('stc.a');
    expect(told(await officer.put(`${path}/content`, bytes, 'application/pdf'))[1]).toBeNull();
    const body = { document: document('report', 'Báo cáo'), depositedFor: agency };
    recorded(await officer.post(`${path}/deposits`, body));
  }
  return cast;
}

async function fsck(
  folder: string,
  words: readonly string[] = [],
  settings: Readonly<Record<string, string>> = {},
): Promise<readonly [number | null, Report]> {
  const { exitCode, stdout } = await runCommand(['fsck', folder, ...words, '--json'], [], settings);
  return [exitCode, JSON.parse(stdout) as Report];
}

const codesOf = ({ findings }: Report) => findings.map(({ code }) => code).sort();

describe('a folder', () => {
  let ledger: LedgerUnderTest;
  let folder: string;
  let cast: SmallRound;

  beforeAll(async () => {
    ledger = await LedgerUnderTest.onFreshFolder();
    ({ folder } = ledger);
    cast = await filled(ledger);
    // One person's position changes, and one has their contact data erased.
    const { person, revision } = cast.member('stc.a');
    const name = { name: 'Chuyên viên A', position: 'Phó Trưởng phòng', reason: 'bổ nhiệm' };
    const options = { ifMatch: revision };
    const renamed = await cast.registrar.post(`/people/${person}/renamings`, name, options);
    const after = { ifMatch: recorded(renamed).revision };
    const reason = { reason: 'theo yêu cầu' };
    recorded(await cast.registrar.post(`/people/${person}/erasures`, reason, after));
    await ledger.stop();
  }, 120_000);
  afterAll(() => ledger.remove());

  const fileOf = (digest: Digest) => {
    const name = bareHex(digest);
    return join(folder, 'blobs', name.slice(0, 2), name.slice(2, 4), name);
  };
  const personOf = (login: string) => `person-${cast.member(login).person}`;
  const erased = () => ({ code: 'register/contact-erased', stream: personOf('stc.a') });

  /** Whoever runs the database, with a statement and afterwards the one that takes it back. */
  async function afterRunning(statement: string, back = statement) {
    const run = async (text: string) => {
      const database = await openDatabase({ dataDir: join(folder, 'pglite') });
      await sql.raw(text).execute(database.db);
      await database.close();
    };
    await run(statement);
    const result = await fsck(folder);
    await run(back);
    return result;
  }

  test('as the ledger left it: all is compared, and an erasure is told of', async () => {
    const [exitCode, report] = await fsck(folder);
    expect([exitCode, report.compared]).toStrictEqual([0, all]);
    expect(report.findings).toMatchObject([erased()]);
    expect(report.findings).toHaveLength(1);
    const [only, { compared }] = await fsck(folder, ['--log-only']);
    const nothing = { eventStore: false, readModels: false, evidence: false, register: false };
    expect([only, compared]).toStrictEqual([0, nothing]);
  }, 120_000);

  test('files exchanged, altered, deleted and added', async () => {
    const [altered, deleted, extra] = [cast.evidence, third, digestOf('left by a crash')];
    expect(scans[0]?.length).toBe(scans[1]?.length);
    for (const digest of [first, second, altered, deleted]) {
      await rename(fileOf(digest), `${fileOf(digest)}.kept`);
    }
    await copyFile(`${fileOf(first)}.kept`, fileOf(second));
    await copyFile(`${fileOf(second)}.kept`, fileOf(first));
    const bytes = await readFile(`${fileOf(altered)}.kept`);
    bytes[20] = (bytes[20] as number) ^ 4;
    await writeFile(fileOf(altered), bytes);
    await mkdir(join(fileOf(extra), '..'), { recursive: true });
    await writeFile(fileOf(extra), 'left by a crash');

    const [exitCode, report] = await fsck(folder);
    const [without, left] = await fsck(folder, ['--no-evidence']);
    for (const digest of [first, second, altered, deleted]) {
      await rename(`${fileOf(digest)}.kept`, fileOf(digest));
    }
    await rm(fileOf(extra));

    expect([exitCode, report.verdict, report.compared]).toStrictEqual([1, 'unsound', all]);
    expect([without, left.compared]).toStrictEqual([0, { ...all, evidence: false }]);
    const inPlaceOf = new Map([
      [first, second],
      [second, first],
      [altered, digestOf(bytes)],
    ]);
    const found = report.findings.filter(({ code }) => code.startsWith('evidence/'));
    expect(found.filter(({ code }) => code === 'evidence/differs')).toMatchObject(
      [...inPlaceOf]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([expected, lying]) => ({
          stream: `evidence-${bareHex(expected)}`,
          index: expect.any(Number),
          revision: 0,
          expected,
          found: lying,
        })),
    );
    expect(found.filter(({ code }) => code !== 'evidence/differs')).toMatchObject([
      { code: 'evidence/missing', stream: `evidence-${bareHex(deleted)}`, expected: deleted },
      { code: 'evidence/unnamed', found: extra },
    ]);
    expect(found).toHaveLength(5);
  }, 120_000);

  test('no files to look at: it could not tell, and calls none missing', async () => {
    await rename(join(folder, 'blobs'), join(folder, 'elsewhere'));
    const [exitCode, report] = await fsck(folder);
    await rename(join(folder, 'elsewhere'), join(folder, 'blobs'));
    expect([exitCode, report.verdict, codesOf(report)]).toStrictEqual([
      2,
      'unknown',
      ['evidence/store-unusable', 'register/contact-erased'],
    ]);
    expect(report.compared).toStrictEqual({ ...all, evidence: false });
  });

  test.each([
    ['shown', 'persons', 'register/shown-differs'],
    ['kept for their acts', 'particulars', 'register/differs'],
  ])('two names swapped where they are %s', async (_, table, code) => {
    const [exitCode, report] = await afterRunning(
      `update register.${table} as mine set name = theirs.name
        from register.${table} as theirs, register.credentials a, register.credentials b
        where mine.person = a.person and theirs.person = b.person and a.login <> b.login
          and a.login in ('dangky', 'xacnhan') and b.login in ('dangky', 'xacnhan')`,
    );
    expect([exitCode, report.compared]).toStrictEqual([1, all]);
    expect(codesOf(report)).toStrictEqual(['register/contact-erased', code, code]);
    const swapped = report.findings.filter((one) => one.code === code);
    expect(new Set(swapped.map(({ stream }) => stream)).size).toBe(2);
    expect(swapped.map(({ expected = '' }) => expected.slice(0, 7))).toEqual([
      'sha256:',
      'sha256:',
    ]);
  });

  test('somebody entered past the ledger, and contact data erased past it', async () => {
    const stranger = randomUUID();
    const { person } = cast.member('stc.b');
    const [exitCode, report] = await afterRunning(
      `insert into register.persons (person, name, position, agency, recorded, entered_at)
        values ('${stranger}', 'Không ai', 'Chuyên viên', '${agency}', true, '2026-01-01');
      update register.persons set email = null, phone = null, erased_at = '2026-01-01'
        where person = '${person}'`,
      `delete from register.persons where person = '${stranger}';
      update register.persons set erased_at = null where person = '${person}'`,
    );
    expect([exitCode, codesOf(report)]).toStrictEqual([
      1,
      ['register/contact-erased', 'register/erasure-unrecorded', 'register/unrecorded'],
    ]);
  });

  test('a stream that hides its beginning from whoever reads it by itself', async () => {
    const stream = personOf('stc.b');
    const hide = (before: number) => {
      const database = new DatabaseSync(join(folder, 'events.db'));
      const change = 'UPDATE streams SET truncate_before = ? WHERE name = ?';
      expect(database.prepare(change).run(before, stream).changes).toBe(1);
      database.close();
    };
    hide(1);
    const [exitCode, report] = await fsck(folder);
    hide(0);
    expect(exitCode).toBe(1);
    const differing = report.findings.filter(({ code }) => code === 'store/stream-differs');
    expect(differing).toMatchObject([{ stream, revision: 0 }]);
  });

  test('put back as it was, it is sound, and says in words what was compared', async () => {
    const { exitCode, stdout } = await runCommand(['--lang', 'en', 'fsck', folder]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('The register of persons was held against the commitments');
    expect(stdout).toContain('The files of evidence were hashed anew');
    expect(stdout).not.toContain('Phó Trưởng phòng');
  });
});

describeWithPart('LEDGER_TEST_MINIO_URL', 'files in a bucket', (url) => {
  const { origin, hostname, port, username, password } = new URL(url);
  const bucket = `checking-${randomUUID()}`;
  const settings = {
    LEDGER_BLOBS_URL: `${origin}/${bucket}`,
    LEDGER_BLOBS_ACCESS_KEY: username,
    LEDGER_BLOBS_SECRET_KEY: password,
  };
  const unread = { ...all, evidence: false };
  let ledger: LedgerUnderTest;

  beforeAll(async () => {
    const folder = await freshFolder();
    ledger = new LedgerUnderTest(folder, { ...settings, LEDGER_BLOB_RETENTION_DAYS: '1' });
    await ledger.start();
    await filled(ledger);
    await ledger.stop();
  }, 120_000);
  afterAll(() => ledger.remove());

  test('are held against the log by the settings of the server', async () => {
    const [exitCode, report] = await fsck(ledger.folder, [], settings);
    expect([exitCode, report.compared, report.findings]).toStrictEqual([0, all, []]);
  });

  test('are not called missing where nobody says which bucket', async () => {
    const [exitCode, report] = await fsck(ledger.folder);
    expect([exitCode, report.compared, codesOf(report)]).toStrictEqual([
      2,
      unread,
      ['evidence/store-unusable'],
    ]);
  });

  test('are not called missing where the bucket is away', async () => {
    const away = { ...settings, LEDGER_BLOBS_URL: `http://127.0.0.1:1/${bucket}` };
    const [exitCode, report] = await fsck(ledger.folder, [], away);
    expect([exitCode, report.compared]).toStrictEqual([2, unread]);
    expect(new Set(codesOf(report))).toStrictEqual(new Set(['evidence/store-unusable']));
    const half = { LEDGER_BLOBS_URL: settings.LEDGER_BLOBS_URL };
    const { exitCode: refused, stdout } = await runCommand(['fsck', ledger.folder], [], half);
    expect([refused, stdout]).toStrictEqual([2, '']);
  });

  test('what is laid over a file changes nothing, what nobody handed in is told', async () => {
    const keys = { accessKey: username, secretKey: password };
    const owner = new Client({ endPoint: hostname, port: +port, useSSL: false, ...keys });
    const keyOf = (digest: Digest) => {
      const name = bareHex(digest);
      return `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`;
    };
    await owner.removeObject(bucket, keyOf(first));
    await owner.putObject(bucket, keyOf(second), Buffer.from('khác'));
    const extra = digestOf('extra');
    await owner.putObject(bucket, keyOf(extra), Buffer.from('extra'));
    const [exitCode, report] = await fsck(ledger.folder, [], settings);
    expect(exitCode).toBe(0);
    expect(report.findings.map(({ code, stream, found }) => [code, stream ?? found])).toStrictEqual(
      [
        ...[first, second].sort().map((one) => ['evidence/laid-over', `evidence-${bareHex(one)}`]),
        ['evidence/unnamed', extra],
      ],
    );
  });
});
