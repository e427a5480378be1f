import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { jsonText } from '#kernel';
import { given } from '#testing';
import { acting, defined, today } from './catalogue.contract.ts';
import type { CrossCheck } from './cross-checks.ts';
import { frameworkDecider } from './framework.ts';
import { readPlanCrossChecks } from './plan-cross-checks.ts';
import { PlanRejected } from './plan-faults.ts';
import { readPlanFiles } from './plan-files.ts';

const folder = join(import.meta.dirname, '../../../infra/plans/son_la-qd1969-2026');
const copies: string[] = [];

afterEach(async () => {
  for (const copy of copies.splice(0)) await rm(copy, { recursive: true });
});

async function checksOf(plan: string): Promise<readonly CrossCheck[]> {
  const [command] = await readPlanCrossChecks(plan);
  return command?.body['checks'] as readonly CrossCheck[];
}

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
    const [first, ...others] = await readPlanCrossChecks(folder);
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      path: '/frameworks/qd1969/editions/2026/cross-checks',
      aggregate: '/frameworks/qd1969',
    });
    expect(await readPlanCrossChecks(folder)).toEqual([first]);
  });

  test('are refused as a file where one row has a fault, which is named', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'checks-'));
    copies.push(copy);
    await cp(folder, copy, { recursive: true });
    const file = join(copy, 'cross-checks.json');
    const content = JSON.parse(await readFile(file, 'utf8')) as { checks: { severity: string }[] };
    content.checks[2]!.severity = 'fatal';
    await writeFile(file, jsonText(content));
    const error: unknown = await readPlanCrossChecks(copy).catch((thrown: unknown) => thrown);
    if (!(error instanceof PlanRejected)) throw new TypeError('expected a rejection');
    expect(error.faults).toMatchObject([
      { code: 'plan/field-invalid', file: 'cross-checks.json', row: 3, field: 'severity' },
    ]);
  });
});
