import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { jsonText } from '#kernel';
import { given } from '#testing';
import { acting, defined, today } from './catalogue.contract.ts';
import type { CrossCheck } from './cross-checks.ts';
import { frameworkDecider } from './framework.ts';
import { crossCheckCommands, planCommands } from './plan-commands.ts';
import { PlanRejected } from './plan-faults.ts';
import type { PlanFault } from './plan-faults.ts';
import { readPlanFiles } from './plan-files.ts';

const folder = join(import.meta.dirname, '../../../infra/plans/son_la-qd1969-2026');
const copies: string[] = [];

afterEach(async () => {
  for (const copy of copies.splice(0)) await rm(copy, { recursive: true });
});

async function checksOf(plan: string): Promise<readonly CrossCheck[]> {
  return (await readPlanFiles(plan)).crossChecks?.checks ?? [];
}

async function faultsOf(plan: string): Promise<readonly PlanFault[]> {
  const error: unknown = await readPlanFiles(plan).catch((thrown: unknown) => thrown);
  if (!(error instanceof PlanRejected)) throw new TypeError('expected a rejection');
  return error.faults;
}

test.each([
  ['son_la-qd1969-2026', 13],
  // Those of the edition that they take from Sơn La.
  ['bac_ninh-qd1969-2026', 13],
  ['lai_chau-qd1969-2026', 13],
  ['son_la-plan52-2026_h1', 2],
  ['son_la-plan52-2026_h2', 2],
  // Nobody proposes any between the tasks of the office.
  ['son_la-vpub11-2026', 0],
])('%s brings %i', async (name, count) => {
  const checks = await checksOf(join(folder, '..', name));
  expect([checks.length, checks.every(({ status }) => status === 'proposed')]).toEqual([
    count,
    true,
  ]);
});

describe('the cross-checks that come with the Sơn La plan', () => {
  test('are the thirteen proposed ones, each understood by the framework it is stated of', async () => {
    const plan = await readPlanFiles(folder);
    const checks = await checksOf(folder);
    expect(checks.length).toBe(13);
    expect(checks.every(({ status }) => status === 'proposed')).toBe(true);
    const published = {
      type: 'framework.edition-published.v1',
      data: { framework: plan.framework, ...plan.edition },
    } as const;
    const edition = plan.edition.edition;
    const history = [published, ...plan.indicators.map((one) => defined(one, edition))];
    given(frameworkDecider, history)
      .when(
        { type: 'state-cross-checks', edition, checks, reason: 'Đề xuất' },
        { acting: acting('registrar'), today },
      )
      .then([
        { type: 'framework.cross-checks-stated.v1', data: { edition, checks, reason: 'Đề xuất' } },
      ]);
  });

  test('make one request, the same on every reading', async () => {
    const plan = await readPlanFiles(folder);
    const [first, ...others] = crossCheckCommands(plan);
    expect(others).toEqual([]);
    expect(planCommands(plan)).toContainEqual(first);
    expect(first).toMatchObject({
      path: '/frameworks/qd1969/editions/2026/cross-checks',
      aggregate: '/frameworks/qd1969',
    });
    expect(crossCheckCommands(await readPlanFiles(folder))).toEqual([first]);
  });

  test('are refused as a file where one row has a fault, which is named', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'checks-'));
    copies.push(copy);
    await cp(folder, copy, { recursive: true });
    const file = join(copy, 'cross-checks.json');
    const content = JSON.parse(await readFile(file, 'utf8')) as { checks: { severity: string }[] };
    content.checks[2]!.severity = 'fatal';
    await writeFile(file, jsonText(content));
    expect(await faultsOf(copy)).toMatchObject([
      { code: 'plan/field-invalid', file: 'cross-checks.json', row: 3, field: 'severity' },
    ]);
  });

  test.each([
    [{ checks: { 1: { right: [] } } }, 'framework/cross-check-invalid', 2, 'right'],
    [
      { checks: { 0: { left: [{ indicator: 'IX.1', component: 'value', cumulative: false }] } } },
      'indicator/unknown',
      1,
      'left/0/indicator',
    ],
    [{ checks: { 4: { key: 'cited_papers_are_all' } } }, 'plan/twice', 5, 'key'],
    [{ edition: '2027' }, 'plan/edition-unknown', null, 'edition'],
  ] as const)('%j: %s', async (change, code, row, field) => {
    const copy = await mkdtemp(join(tmpdir(), 'checks-'));
    copies.push(copy);
    await cp(folder, copy, { recursive: true });
    const file = join(copy, 'cross-checks.json');
    const { checks = {}, ...head } = change as {
      readonly checks?: Readonly<Record<number, object>>;
    };
    const content = JSON.parse(await readFile(file, 'utf8')) as { checks: object[] };
    const rows = content.checks.map((one, index) => ({ ...one, ...checks[index] }));
    await writeFile(file, jsonText({ ...content, ...head, checks: rows }));
    expect(await faultsOf(copy)).toMatchObject([{ code, file: 'cross-checks.json', row, field }]);
  });
});
