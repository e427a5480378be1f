import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openDatabase, readModelsSchema, writersLock } from '#read-models/node';
import { describeWithPart, newPostgresDatabase } from '#testing';
import {
  freshFolder,
  LedgerUnderTest,
  recorded,
  runCommand,
  ServerDidNotStart,
} from '../ledger-under-test.ts';
import type { CommandEnd } from '../ledger-under-test.ts';
import { correction, openSmallRound, round, statement } from '../small-round.ts';
import type { SmallRound } from '../small-round.ts';

/**
 * Read models can be dropped and made again from the events, to equal bytes (ARCHITECTURE); and the
 * comparison that says so would notice if they were not.
 */
const lead = 'son_la.so_tc';
const figure = `/figures/${round}.I.1`;

let ledger: LedgerUnderTest;
let cast: SmallRound;
let questions: readonly string[];
let answers: readonly string[];

beforeAll(async () => {
  ledger = await LedgerUnderTest.onFreshFolder();
  cast = await openSmallRound(ledger, {
    indicators: [{ code: 'I.1', lead, coordinating: ['son_la.so_khcn'] }],
    offices: [
      { login: 'officer', agency: lead, roles: ['officer'] },
      { login: 'head', agency: lead, roles: ['head'] },
      { login: 'auditor', agency: 'son_la.thanh_tra_tinh', roles: ['auditor'] },
    ],
  });
  const submission = statement('1.50');
  const first = recorded(await cast.member('officer').post(`${figure}/submissions`, submission));
  questions = [
    ...['', '/history', `?asOf=${first.recordedAt}`].map((rest) => `${figure}${rest}`),
    ...['', '/figures', '/accountability'].map((rest) => `/rounds/${round}${rest}`),
    '/agencies',
    '/frameworks/qd1969',
  ];
  // A restart in the middle of a version's life: what is folded from memory and what is folded
  // from stored rows must come to the same bytes.
  await ledger.restart();
  recorded(
    await cast.member('head').post(`${figure}/endorsements`, { version: 1 }, { ifMatch: 0 }),
  );
  const by = cast.member('officer');
  recorded(await by.post(`${figure}/corrections`, correction('1.5'), { ifMatch: 1 }));
  answers = await ask();
});

afterAll(() => ledger.remove());

async function ask(): Promise<string[]> {
  const texts: string[] = [];
  for (const question of questions) {
    const { status, text } = await cast.member('auditor').get(question);
    expect([question, status]).toStrictEqual([question, 200]);
    texts.push(text);
  }
  return texts;
}

const rebuild = () => runCommand(['rebuild', '--data', ledger.folder]);
const digestIn = ({ stdout }: CommandEnd) => /sha256:[0-9a-f]{64}/.exec(stdout)?.[0];
const sentencesIn = ({ stderr }: CommandEnd) => stderr.trimEnd().split('\n');

describe('a rebuild', () => {
  test('of a folder that is being served is refused and changes nothing', async () => {
    const refused = await rebuild();
    expect(refused.exitCode).toBe(1);
    expect(sentencesIn(refused)).toHaveLength(1);
    expect(refused.stdout).toBe('');
    expect(await ask()).toStrictEqual([...answers]);
  });

  test('of a stopped one comes to the same bytes, and to the same answers', async () => {
    expect(await ledger.stop()).toBe(0);
    const first = await rebuild();
    expect([first.exitCode, first.stderr]).toStrictEqual([0, '']);
    const second = await rebuild();
    expect(digestIn(first)).toMatch(/^sha256:/);
    expect(digestIn(second)).toBe(digestIn(first));
    await ledger.start();
    expect(await ask()).toStrictEqual([...answers]);
  });

  test('notices a row that the events do not bear out, and puts it right', async () => {
    await ledger.stop();
    const sound = digestIn(await rebuild());
    const database = await openDatabase({ dataDir: join(ledger.folder, 'pglite') });
    await sql`update ${sql.id(readModelsSchema, 'figure')}
      set doc = replace(doc, '"version":2', '"version":3')`.execute(database.db);
    await database.close();
    const noticed = await rebuild();
    expect(noticed.exitCode).toBe(1);
    expect(sentencesIn(noticed)).toHaveLength(1);
    const again = await rebuild();
    expect([again.exitCode, digestIn(again)]).toStrictEqual([0, sound]);
  });

  const deaths: readonly [string, 'before' | 'after'][] = [
    ['create schema', 'after'],
    ['copy', 'before'],
    ['copy', 'after'],
    ['create index', 'before'],
    ['create index', 'after'],
    ['alter schema', 'before'],
    ['alter schema', 'after'],
  ];
  test.each(deaths)('killed at “%s” (%s) leaves what was there', async (statement, moment) => {
    await ledger.stop();
    const sound = digestIn(await rebuild());
    const program = join(import.meta.dirname, 'killed-rebuild.ts');
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', program, ledger.folder, statement, moment],
      { stdio: 'ignore' },
    );
    expect(await once(child, 'exit')).toStrictEqual([null, 'SIGKILL']);
    // The command compares what it finds with what it makes: a trace of the other is a difference.
    const after = await rebuild();
    expect([after.exitCode, digestIn(after)]).toStrictEqual([0, sound]);
  });

  test('of a folder without a ledger is refused and leaves it empty', async () => {
    const folder = await freshFolder();
    const refused = await runCommand(['rebuild', '--data', folder]);
    expect(refused.exitCode).toBe(1);
    expect(sentencesIn(refused)).toHaveLength(1);
    expect(await readdir(folder)).toStrictEqual([]);
  });
});

describeWithPart('LEDGER_TEST_POSTGRES_URL', 'a rebuild on PostgreSQL', (url) => {
  test('is of the database that the server was given, and of no other', async () => {
    const { connectionString, drop } = await newPostgresDatabase(url);
    const settings = { LEDGER_DATABASE_URL: connectionString };
    const served = new LedgerUnderTest(await freshFolder(), settings);
    const rebuildThere = () => runCommand(['rebuild', '--data', served.folder], [], settings);
    try {
      await served.start();
      await openSmallRound(served, {
        indicators: [{ code: 'I.1', lead }],
        offices: [{ login: 'officer', agency: lead, roles: ['officer'] }],
      });
      expect((await rebuildThere()).exitCode).toBe(1);
      expect(await served.stop()).toBe(0);
      const sound = await rebuildThere();
      expect([sound.exitCode, sound.stderr]).toStrictEqual([0, '']);

      const database = await openDatabase({ connectionString });
      await sql`update ${sql.id(readModelsSchema, 'round')}
        set doc = replace(doc, '"open"', '"closed"')`.execute(database.db);
      await database.alone(
        writersLock(readModelsSchema),
        new AbortController().signal,
        async () => {
          const inUse = await rebuildThere();
          expect([inUse.exitCode, sentencesIn(inUse).length]).toStrictEqual([1, 1]);
        },
      );
      await database.close();
      expect((await rebuildThere()).exitCode).toBe(1);
      const again = await rebuildThere();
      expect([again.exitCode, digestIn(again)]).toStrictEqual([0, digestIn(sound)]);
      expect(await readdir(served.folder)).not.toContain('pglite');
    } finally {
      await served.remove();
      await drop();
    }
  });
});

describe('a folder', () => {
  test('has one server: the second one ends with a sentence, the first one goes on', async () => {
    // Also after a test that left it stopped: the answers are those from before the rebuilds.
    await ledger.restart();
    const identity = () => readFile(join(ledger.folder, 'ledger.json'), 'utf8');
    const before = await identity();
    const second = new LedgerUnderTest(ledger.folder);
    try {
      await expect(second.start()).rejects.toThrow(ServerDidNotStart);
      expect(await second.stop()).toBe(1);
    } finally {
      await second.kill();
    }
    expect(await identity()).toBe(before);
    expect(await ask()).toStrictEqual([...answers]);
  });
});
