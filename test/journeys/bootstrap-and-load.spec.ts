import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jsonText } from '#kernel';
import {
  dataOf,
  eventsRecordedBy,
  freshFolder,
  LedgerUnderTest,
  planFolder,
  runCommand,
  told,
  Visitor,
} from '../ledger-under-test.ts';
import type { CommandEnd } from '../ledger-under-test.ts';
import { newSecret, round } from '../small-round.ts';

/**
 * From an empty folder to a round that waits for its figures, by the command line alone: what an
 * operator and a registrar do on the first day, and what happens when they do it twice or wrongly.
 */
let ledger: LedgerUnderTest;
let registrar: Visitor;
let confirmer: Visitor;
const broken: string[] = [];
const secrets = [newSecret(), newSecret()] as const;
const tokenFile = () => join(ledger.folder, 'bootstrap-token');
const testTimeoutMs = 180_000;

beforeAll(async () => {
  ledger = await LedgerUnderTest.onFreshFolder();
  [registrar, confirmer] = [new Visitor(ledger), new Visitor(ledger)];
});

afterAll(async () => {
  await ledger.remove();
  for (const folder of broken) await rm(folder, { recursive: true });
});

function bootstrap(): Promise<CommandEnd> {
  return runCommand(
    [
      'bootstrap',
      '--url',
      ledger.url,
      '--data',
      ledger.folder,
      '--registrar',
      'dangky',
      '--registrar-agency',
      'son_la.so_khcn',
      '--confirmer',
      'xacnhan',
      '--confirmer-agency',
      'son_la.ubnd_tinh',
    ],
    secrets,
  );
}

function load(login: string, secret: string, folder = planFolder): Promise<CommandEnd> {
  return runCommand(['load', folder, '--url', ledger.url, '--login', login], [secret]);
}

/** A copy of the plan with one file changed. */
async function spoilt(file: string, change: (text: string) => string): Promise<string> {
  const folder = await freshFolder();
  broken.push(folder);
  await cp(planFolder, folder, { recursive: true });
  const text = await readFile(join(folder, file), 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(join(folder, file), changed);
  return folder;
}

describe('bootstrap', () => {
  test('wants the secrets it asks for', async () => {
    const { exitCode, stderr } = await runCommand(
      [
        'bootstrap',
        '--url',
        ledger.url,
        '--data',
        ledger.folder,
        '--registrar',
        'dangky',
        '--registrar-agency',
        'son_la.so_khcn',
        '--confirmer',
        'xacnhan',
        '--confirmer-agency',
        'son_la.ubnd_tinh',
      ],
      [secrets[0]],
    );
    expect([exitCode, stderr.trimEnd().split('\n').length]).toStrictEqual([1, 1]);
    expect((await stat(tokenFile())).mode & 0o777).toBe(0o600);
  });

  test('enters two people by the one-time token, and uses it up', async () => {
    const done = await bootstrap();
    expect([done.exitCode, done.stderr]).toStrictEqual([0, '']);
    for (const secret of secrets) expect(done.stdout).not.toContain(secret);
    await expect(stat(tokenFile())).rejects.toMatchObject({ code: 'ENOENT' });
    expect(told(await registrar.signIn('dangky', secrets[0]))).toStrictEqual([201, null]);
    expect(told(await confirmer.signIn('xacnhan', secrets[1]))).toStrictEqual([201, null]);
  });

  test('works once: a second use records nothing', async () => {
    const events = await eventsRecordedBy(registrar, async () => {
      const again = await bootstrap();
      expect([again.exitCode, again.stdout]).toStrictEqual([1, '']);
      expect(again.stderr.trimEnd().split('\n')).toHaveLength(1);
    });
    expect(events).toBe(0);
  });

  test('tells wrong use of the command line from everything else', async () => {
    expect((await runCommand(['bootstrap'])).exitCode).toBe(64);
    expect((await runCommand(['lod'])).exitCode).toBe(64);
    expect((await runCommand(['--help'])).exitCode).toBe(0);
  });
});

describe('load', () => {
  test(
    'refuses a plan with a fault, names its place, and records nothing of it',
    async () => {
      const badType = await spoilt('framework.json', (text) =>
        changeJson(text, (plan) => {
          const row = plan['indicators']?.[11];
          (row?.['components'] as Record<string, unknown>[])[0] = {
            key: 'value',
            type: 'nonsense',
          };
        }),
      );
      const badLead = await spoilt('round.json', (text) =>
        changeJson(text, (plan) => {
          const row = plan['assignments']?.[3];
          if (row !== undefined) row['leads'] = ['son_la.khong_co'];
        }),
      );
      const notJson = await spoilt('agencies.json', (text) => text.slice(0, -20));
      const events = await eventsRecordedBy(registrar, async () => {
        const places: readonly (readonly [folder: string, place: RegExp])[] = [
          [badType, /framework\.json row 12 \(II\.5\), field components\/0/],
          [badLead, /round\.json row 4 \(I\.4\), field leads\/0/],
          [notJson, /agencies\.json/],
        ];
        for (const [folder, place] of places) {
          const refused = await load('dangky', secrets[0], folder);
          expect([refused.exitCode, refused.stdout]).toStrictEqual([1, '']);
          expect(refused.stderr).toMatch(place);
          // A fault in a plan is no fault of the program: no stack.
          expect(refused.stderr).not.toMatch(/^\s+at /m);
        }
      });
      expect(events).toBe(0);
    },
    testTimeoutMs,
  );

  test('refuses whoever cannot sign in, and a server that is not there', async () => {
    const events = await eventsRecordedBy(registrar, async () => {
      expect((await load('dangky', newSecret())).exitCode).toBe(1);
      const words = ['load', planFolder, '--url', 'http://127.0.0.1:9', '--login', 'dangky'];
      const unreachable = await runCommand(words, [secrets[0]]);
      expect(unreachable.exitCode).toBe(1);
      expect(unreachable.stderr.trimEnd().split('\n')).toHaveLength(1);
    });
    expect(events).toBe(0);
  });

  test(
    'enters the whole plan, and nothing anew when it is loaded again',
    async () => {
      const first = await eventsRecordedBy(registrar, async () => {
        const done = await load('dangky', secrets[0]);
        expect([done.exitCode, done.stderr]).toStrictEqual([0, '']);
      });
      const plan = await planSizes();
      // An event for each agency, unit, indicator and date; two for each assignment, one of them for
      // who takes part; one each for the edition, its cross-checks and the round.
      expect(first).toBe(
        plan.agencies + plan.units + plan.indicators + 2 * plan.assignments + plan.dates + 3,
      );
      for (const [login, secret] of [
        ['dangky', secrets[0]],
        ['xacnhan', secrets[1]],
      ] as const) {
        const events = await eventsRecordedBy(registrar, async () => {
          const again = await load(login, secret);
          expect([login, again.exitCode, again.stderr]).toStrictEqual([login, 0, '']);
        });
        expect([login, events]).toStrictEqual([login, 0]);
      }
      const { items } = (await registrar.get(`/rounds/${round}/figures?limit=200`)).body;
      expect(items).toHaveLength(plan.assignments);
      expect(plan.assignments).toBe(50);
      const { revision } = dataOf<{ revision: number }>(await registrar.get('/frameworks/qd1969'));
      // The edition at 0, its definitions, and the cross-checks.
      expect(revision).toBe(plan.indicators + 1);
    },
    testTimeoutMs,
  );

  test(
    'does not overwrite: a plan that says otherwise is refused by the ledger',
    async () => {
      const other = await spoilt('agencies.json', (text) =>
        changeJson(text, (plan) => {
          const row = plan['agencies']?.[4];
          if (row !== undefined) row['name'] = { vi: 'Một tên khác', en: null };
        }),
      );
      const events = await eventsRecordedBy(registrar, async () => {
        expect((await load('dangky', secrets[0], other)).exitCode).toBe(1);
      });
      expect(events).toBe(0);
    },
    testTimeoutMs,
  );
});

type PlanFile = Record<string, Record<string, unknown>[] | undefined>;

function changeJson(text: string, change: (plan: PlanFile) => void): string {
  const plan = JSON.parse(text) as PlanFile;
  change(plan);
  return jsonText(plan, 2);
}

/** How much the plan holds, counted in its files and not by the program that loads them. */
async function planSizes() {
  const read = async (file: string) =>
    JSON.parse(await readFile(join(planFolder, file), 'utf8')) as PlanFile;
  const [agencies, framework, plan] = [
    await read('agencies.json'),
    await read('framework.json'),
    await read('round.json'),
  ];
  const rows = agencies['agencies'] ?? [];
  return {
    agencies: rows.length,
    units: rows.flatMap(({ units }) => units as unknown[]).length,
    indicators: framework['indicators']?.length ?? 0,
    assignments: plan['assignments']?.length ?? 0,
    dates: plan['dueDecisions']?.length ?? 0,
  };
}
