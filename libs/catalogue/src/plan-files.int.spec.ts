import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PlanRejected, planFaultText } from './plan-faults.ts';
import type { PlanFileName } from './plan-faults.ts';
import {
  choicesOf,
  participantsIn,
  planCommands,
  planPartRequests,
  readPlan,
} from './plan-commands.ts';
import { readPlanFiles } from './plan-files.ts';
import type { Plan } from './plan.ts';

const folder = join(import.meta.dirname, '../../../infra/plans/son_la-qd1969-2026');
const communes = ['son_la.p_moc_chau', 'son_la.p_to_hieu', 'son_la.x_muong_la'];

describe('the plan of Sơn La for 2026', () => {
  let plan: Plan;
  beforeAll(async () => {
    plan = await readPlanFiles(folder);
  });
  const indicatorsWhere = (accepts: (row: Plan['assignments'][number]) => boolean) =>
    plan.assignments.filter(accepts).map(({ indicator }) => indicator);

  test('has the numbers to expect (DOMAIN)', () => {
    expect(plan.indicators).toHaveLength(50);
    expect(plan.edition.groups.map(({ code, declaredCount }) => [code, declaredCount])).toEqual([
      ['I', 7],
      ['II', 9],
      ['III', 15],
      ['IV', 10],
      ['V', 9],
    ]);
    for (const { code, declaredCount } of plan.edition.groups) {
      const own = plan.indicators.filter(({ group }) => group === code);
      expect([code, own.length]).toEqual([code, declaredCount]);
    }
    expect(plan.assignments.map(({ indicator }) => indicator)).toEqual(
      plan.indicators.map(({ code }) => code),
    );
    const entries = plan.assignments.map(
      ({ leads, coordinating }) => leads.length + coordinating.length,
    );
    expect(entries.reduce((sum, count) => sum + count, 0)).toBe(120);
    expect(
      indicatorsWhere((row) => row.coordinating.some((party) => party.class !== null)),
    ).toHaveLength(29);
    expect(indicatorsWhere((row) => row.leads.includes('son_la.so_khcn'))).toHaveLength(30);
    expect(
      indicatorsWhere((row) => row.coordinating.some(({ agency }) => agency === 'son_la.so_khcn')),
    ).toHaveLength(20);
  });

  test('has the rules of aggregation to expect', () => {
    const counts = new Map<string, number>();
    for (const { aggregation } of plan.indicators) {
      counts.set(aggregation.rule, (counts.get(aggregation.rule) ?? 0) + 1);
    }
    expect(Object.fromEntries(counts)).toEqual({
      none: 10,
      ratio: 11,
      sum: 14,
      'distinct-sum': 12,
      recompute: 1,
      'weighted-mean': 2,
    });
    expect(new Set(plan.indicators.map(({ status }) => status))).toEqual(new Set(['proposed']));
    expect(plan.indicators.every(({ name }) => name.en !== null)).toBe(true);
  });

  test('has communes in I.1, I.2 and I.6, for documents in the first and last', () => {
    const asked = planPartRequests(plan).filter(({ body }) =>
      communes.includes(body['agency'] as string),
    );
    expect(asked).toHaveLength(9);
    const forms = asked.map(({ path, body }) => [
      path.split('.').slice(0, 2).join('.'),
      body['documentsOnly'],
      body['components'],
    ]);
    const head = '/contributions/son_la-qd1969-2026';
    expect(forms).toEqual(
      [
        [`${head}.I`, true, []],
        [`${head}.I`, false, ['numerator']],
        [`${head}.I`, true, []],
      ].flatMap((form) => [form, form, form]),
    );
    const paths = new Set(asked.map(({ path }) => path.slice(head.length + 1, head.length + 4)));
    expect([...paths]).toEqual(['I.1', 'I.2', 'I.6']);
  });

  test('keeps both dates, and says which counts', () => {
    for (const { dates, indicator } of plan.assignments) {
      expect([indicator, ...dates.map(({ id, lastDay }) => `${id} ${lastDay}`)]).toEqual([
        indicator,
        'annex 2026-12-31',
        'text 2026-09-29',
      ]);
    }
    expect(
      plan.dueDecisions.map(({ scope, indicator, dateId }) => [scope, indicator, dateId]),
    ).toEqual([
      ['figure', null, 'annex'],
      ['contribution', null, 'text'],
    ]);
  });

  test('expands every assignment to agencies, none of them its lead', () => {
    const parts = plan.assignments.map(
      (row) => [row.indicator, participantsIn(plan, row)] as const,
    );
    for (const { indicator, leads } of plan.assignments) {
      const own = new Map(parts).get(indicator) ?? [];
      expect(own.filter((agency) => leads.includes(agency))).toEqual([]);
    }
    expect(new Map(parts).get('I.4')).toEqual(['son_la.so_khcn']);
    expect(new Map(parts).get('I.3')).toEqual(['son_la.cd_son_la', 'son_la.dh_tay_bac']);
    expect(new Map(parts).get('IV.1')).toEqual([]);
    const chosen = plan.assignments.flatMap((row) => choicesOf(plan, row));
    expect(chosen.filter(({ reason }) => reason !== null)).toHaveLength(23);
  });

  test('is all NFC, with a provenance in each file', async () => {
    for (const file of ['agencies.json', 'framework.json', 'round.json']) {
      const content = await readFile(join(folder, file), 'utf8');
      expect(content.normalize('NFC')).toBe(content);
      const { provenance } = JSON.parse(content) as { provenance: { sources: unknown[] } };
      expect(provenance.sources.length).toBeGreaterThan(0);
    }
  });

  test('becomes requests in an order that can be carried out, the same every time', async () => {
    const commands = planCommands(plan);
    expect(await readPlan(folder)).toStrictEqual(commands);
    const kinds = commands.map(({ path }) => path.split('/').slice(-1)[0]);
    const runs = kinds.filter((kind, index) => kind !== kinds[index - 1]);
    expect(runs).toEqual([
      'agencies',
      'units',
      'editions',
      'indicators',
      'cross-checks',
      'rounds',
      'assignments',
      'due-decisions',
      'participants',
    ]);
    expect(commands).toHaveLength(20 + 5 + 1 + 50 + 1 + 1 + 50 + 2 + 50);
    const requests = [...commands, ...planPartRequests(plan)];
    expect(new Set(requests.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(
      requests.length,
    );
    const aggregates = new Set(commands.map(({ aggregate }) => aggregate.split('/')[1]));
    expect([...aggregates]).toEqual(['agencies', 'frameworks', 'rounds']);
  });
});

describe('a damaged plan', () => {
  let copy: string;
  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'plan-'));
    await cp(folder, copy, { recursive: true });
  });
  afterEach(async () => {
    await rm(copy, { recursive: true, force: true });
  });

  async function rejection(): Promise<PlanRejected> {
    return readPlanFiles(copy).then(
      () => {
        throw new Error('the plan was accepted');
      },
      (error: unknown) => {
        if (error instanceof PlanRejected) return error;
        throw error;
      },
    );
  }

  /** Sets the member at `pointer`, or takes it away. */
  async function damage(file: PlanFileName, pointer: string, value?: unknown): Promise<void> {
    const path = join(copy, file);
    const content = JSON.parse(await readFile(path, 'utf8')) as unknown;
    const members = pointer.split('/');
    const last = members.pop() as string;
    let at = content as Record<string, unknown>;
    for (const member of members) at = at[member] as Record<string, unknown>;
    if (value === undefined) delete at[last];
    else at[last] = value;
    await writeFile(path, JSON.stringify(content));
  }

  test.each<[PlanFileName, string, unknown, string, number | null, string | null]>([
    [
      'framework.json',
      'indicators/11/components/0/type',
      'kount',
      'plan/field-invalid',
      12,
      'components/0/type',
    ],
    [
      'framework.json',
      'indicators/3/components/0/unit',
      'bài',
      'indicator/component-invalid',
      4,
      'components/0/unit',
    ],
    [
      'framework.json',
      'indicators/1/aggregation/factor',
      100,
      'plan/field-invalid',
      2,
      'aggregation/factor',
    ],
    [
      'framework.json',
      'indicators/1/aggregation/factor',
      null,
      'indicator/aggregation-invalid',
      2,
      'aggregation/factor',
    ],
    ['framework.json', 'indicators/4/group', 'VI', 'indicator/group-unknown', 5, 'group'],
    ['framework.json', 'indicators/4/code', 'I.4', 'plan/twice', 5, 'code'],
    ['framework.json', 'indicators/0/nmae', 'x', 'plan/field-unknown', 1, 'nmae'],
    ['framework.json', 'indicators/0/basis', undefined, 'plan/field-missing', 1, 'basis'],
    [
      'framework.json',
      'indicators/0/name/vi',
      'Thể chế'.normalize('NFD'),
      'plan/field-invalid',
      1,
      'name/vi',
    ],
    [
      'framework.json',
      'edition/document/date',
      '2026-02-30',
      'plan/field-invalid',
      null,
      'edition/document/date',
    ],
    ['framework.json', 'indicators', {}, 'plan/field-invalid', null, 'indicators'],
    ['framework.json', 'schema', 'plan-framework/2', 'plan/field-invalid', null, 'schema'],
    ['agencies.json', 'agencies/3/kind', 'ministry of', 'plan/field-invalid', 4, 'kind'],
    [
      'agencies.json',
      'agencies/3/agency',
      'son_la.so_tc',
      'plan/unit-elsewhere',
      4,
      'units/0/unit',
    ],
    [
      'agencies.json',
      'agencies/3/units/0/unit',
      'son_la.so_tc.p_1',
      'plan/unit-elsewhere',
      4,
      'units/0/unit',
    ],
    ['round.json', 'assignments/3/leads/0', 'son_la.so_x', 'plan/agency-unknown', 4, 'leads/0'],
    ['round.json', 'assignments/3/indicator', 'I.8', 'plan/indicator-unknown', 4, 'indicator'],
    [
      'round.json',
      'assignments/3/dates/1/lastDay',
      '2026-09-30',
      'plan/date-reading',
      4,
      'dates/1/lastDay',
    ],
    [
      'round.json',
      'assignments/0/coordinating/0/raw',
      'Sở Y tế',
      'plan/raw-elsewhere',
      1,
      'coordinating/0/raw',
    ],
    [
      'round.json',
      'assignments/0/coordinating/0/class',
      'g_dn',
      'plan/party-invalid',
      1,
      'coordinating/0',
    ],
    ['round.json', 'assignments/5/choices', [], 'plan/choice-missing', 6, 'choices'],
    [
      'round.json',
      'assignments/3/choices',
      [{ class: 'g_dn', members: [], reason: 'x' }],
      'plan/choice-invalid',
      4,
      'choices/0/class',
    ],
    [
      'round.json',
      'assignments/0/requests/components',
      ['level'],
      'plan/request-invalid',
      1,
      'requests',
    ],
    [
      'round.json',
      'assignments/3/requests/components',
      ['level'],
      'plan/component-unknown',
      4,
      'requests/components/0',
    ],
    ['round.json', 'round/chain/1', 'son_la.hdnd', 'plan/agency-unknown', null, 'round/chain/1'],
    ['round.json', 'round/edition', '2027', 'plan/edition-unknown', null, 'round/edition'],
    ['round.json', 'dueDecisions/0/indicator', 'X.1', 'plan/indicator-unknown', 1, 'indicator'],
    ['round.json', 'dueDecisions/0/dateId', null, 'plan/due-invalid', 1, 'dateId'],
  ])('%s %s = %j is %s', async (file, pointer, value, code, row, field) => {
    await damage(file, pointer, value);
    const { faults } = await rejection();
    expect(faults).toContainEqual(expect.objectContaining({ file, row, field, code }));
  });

  test('is told by file, row and field, with what was expected', async () => {
    await damage('framework.json', 'indicators/11/components/0/type', 'kount');
    const { faults, message, code } = await rejection();
    expect(faults.map(planFaultText)).toEqual([
      'framework.json row 12 (II.5), field components/0/type: ' +
        'expected one of decimal, count, money, level, text, items; found "kount"',
    ]);
    expect(message).toBe(faults.map(planFaultText).join('\n'));
    expect(code).toBe('plan/field-invalid');
  });

  test('is told in all its rows at once', async () => {
    await damage('framework.json', 'indicators/0/kind', 'x');
    await damage('framework.json', 'indicators/49/kind', 'x');
    await damage('round.json', 'assignments/7/mode', 'x');
    const { faults } = await rejection();
    expect(faults.map(({ file, row, rowName }) => [file, row, rowName])).toEqual([
      ['framework.json', 1, 'I.1'],
      ['framework.json', 50, 'V.9'],
      ['round.json', 8, 'II.1'],
    ]);
  });

  test('is not there, or no folder', async () => {
    const given = copy;
    for (const wrong of ['nowhere', 'round.json']) {
      copy = join(given, wrong);
      const [fault] = (await rejection()).faults;
      expect(fault).toMatchObject({ code: 'plan/folder-missing', file: copy, row: null });
    }
    copy = given;
  });

  test('may lack a file, or hold none', async () => {
    await writeFile(join(copy, 'round.json'), '{"schema": ');
    expect((await rejection()).code).toBe('plan/not-json');
    await writeFile(join(copy, 'round.json'), new Uint8Array([0x7b, 0xff, 0x7d]));
    expect((await rejection()).code).toBe('plan/not-json');
    await writeFile(join(copy, 'round.json'), 'null');
    expect((await rejection()).code).toBe('plan/field-invalid');
    await rm(join(copy, 'agencies.json'));
    expect((await rejection()).faults[0]).toMatchObject({
      code: 'plan/file-missing',
      file: 'agencies.json',
    });
  });
});
