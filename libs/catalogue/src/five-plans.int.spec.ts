import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isIndicatorCode, jsonText } from '#kernel';
import type { AssignmentMode } from './round.events.ts';
import { PlanRejected } from './plan-faults.ts';
import { choicesOf, participantsIn, planCommands, planPartRequests } from './plan-commands.ts';
import { readPlanFiles } from './plan-files.ts';
import type { Plan, PlanAssignment } from './plan.ts';

/** The numbers of DOMAIN for the plans beyond the first one, and the traps that must stay visible. */
const plans = join(import.meta.dirname, '../../../infra/plans');
const reading = (name: string): Promise<Plan> => readPlanFiles(join(plans, name));

const codesWhere = ({ assignments }: Plan, holds: (row: PlanAssignment) => boolean): string[] =>
  assignments.filter(holds).map(({ indicator }) => indicator);

const rowOf = ({ assignments }: Plan, code: string): PlanAssignment => {
  const row = assignments.find(({ indicator }) => indicator === code);
  if (row === undefined) throw new TypeError(`${code} is not assigned`);
  return row;
};

const datesOf = (row: PlanAssignment) => row.dates.map(({ id, lastDay }) => `${id} ${lastDay}`);

describe('the plan of Bắc Ninh for 2026', () => {
  const science = 'bac_ninh.so_khcn';
  let plan: Plan;
  beforeAll(async () => {
    plan = await reading('bac_ninh-qd1969-2026');
  });

  test('has the numbers to expect (DOMAIN)', () => {
    expect(plan.assignments).toHaveLength(50);
    expect(codesWhere(plan, ({ leads }) => leads.includes(science))).toHaveLength(29);
    const entries = plan.assignments.map(({ leads, coordinating }) => {
      return leads.length + coordinating.length;
    });
    expect(entries.reduce((sum, count) => sum + count, 0)).toBe(148);
    expect(
      codesWhere(plan, (row) => row.coordinating.some((party) => party.class !== null)),
    ).toHaveLength(37);
  });

  test('leaves Sở KH&CN out of four rows, and so do we', () => {
    const without = codesWhere(plan, ({ leads, coordinating }) => {
      return !leads.includes(science) && !coordinating.some(({ agency }) => agency === science);
    });
    expect(without).toEqual(['I.2', 'V.5', 'V.7', 'V.9']);
  });

  test('is a round of its own on the very framework of Sơn La', async () => {
    const first = await reading('son_la-qd1969-2026');
    expect(plan.indicators).toStrictEqual(first.indicators);
    expect(plan.edition).toStrictEqual(first.edition);
    const ministry = plan.agencies.filter(({ agency }) => !agency.startsWith('bac_ninh.'));
    expect(ministry).toStrictEqual(
      first.agencies.filter(({ agency }) => agency === 'trung_uong.bo_khcn'),
    );
  });

  test('names a unit of the office where Sơn La has an agency', () => {
    const { leads, leadParties } = rowOf(plan, 'V.5');
    expect(leads).toEqual(['bac_ninh.vp_ubnd']);
    expect(leadParties).toMatchObject([
      { raw: 'Văn phòng UBND tỉnh (Trung tâm Phục vụ HCC)', unit: 'bac_ninh.vp_ubnd.tt_pvhcc' },
    ]);
  });

  test('keeps both dates and its own sentence', () => {
    const both = ['annex 2026-12-05', 'text 2026-12-04'];
    expect(plan.assignments.map(datesOf)).toEqual(plan.assignments.map(() => both));
    expect(plan.round.responsibility[0]?.text).toContain('chính xác, đầy đủ, đồng bộ, kịp thời');
  });

  test('shows the damage of the page break in III.10', () => {
    const { coordinating, source } = rowOf(plan, 'III.10');
    expect(coordinating.map(({ raw }) => raw)).toEqual([
      'Sở Khoa học và Công nghệ',
      'doanh ngành',
      'Thống kê tỉnh',
    ]);
    expect(source.raw.split('\n')).toHaveLength(2);
  });
});

describe('the plan of Lai Châu for 2026', () => {
  test('opens with the framework and no assignment', async () => {
    const plan = await reading('lai_chau-qd1969-2026');
    expect([plan.indicators.length, plan.assignments, plan.dueDecisions]).toEqual([50, [], []]);
    const { responsibility, datesUnspecified, legalBasis } = plan.round;
    expect(responsibility[0]?.text).toContain('chính xác, đầy đủ, đồng bộ của');
    expect(datesUnspecified.map(({ raw }) => raw)).toEqual([
      'trước ngày 05 tháng 12 hằng năm',
      'trước ngày 25 tháng 12 hằng năm',
    ]);
    expect(legalBasis.number).toBeNull();
  });
});

describe('Plan 52 of Sơn La', () => {
  const districts = 'g_ubnd_huyen';
  let plan: Plan;
  beforeAll(async () => {
    plan = await reading('son_la-plan52-2026_h1');
  });

  test('has the numbers to expect: 17 and 21 targets under 12 headings, 62 tasks', () => {
    const kinds = (start: string) =>
      plan.indicators.filter(({ code }) => code.startsWith(start)).map(({ kind }) => kind);
    expect(kinds('PL1.')).toEqual(Array<string>(17).fill('target'));
    expect(kinds('PL2.')).toEqual(Array<string>(21).fill('target'));
    expect(kinds('PL3.')).toEqual(Array<string>(62).fill('task'));
    expect(plan.edition.groups.map(({ code }) => code)).toEqual(
      ['PL1.I', 'PL1.II', 'PL2.I', 'PL2.I.1', 'PL2.II'].concat(
        ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII'].map((section) => `PL3.${section}`),
      ),
    );
    expect(plan.indicators.filter(({ group }) => group === 'PL2.I.1')).toHaveLength(12);
    const codes = plan.indicators.map(({ code }) => code);
    expect(codes.filter(isIndicatorCode)).toHaveLength(100);
    expect(new Set(codes).size).toBe(100);
    expect(codes.filter((code) => code.startsWith('PL3.VII.'))).toEqual([
      'PL3.VII.1',
      'PL3.VII.2',
      'PL3.VII.2B',
      'PL3.VII.3',
    ]);
    expect(plan.indicators.filter(({ name }) => name.en === null)).toEqual([]);
  });

  test('has targets with their operator and value as printed', () => {
    const target = (code: string) => plan.indicators.find((one) => one.code === code)?.target;
    expect(target('PL1.I.8')).toEqual({ operator: '>', value: '0.630', raw: '> 0,630' });
    expect(target('PL1.I.15')).toEqual({ operator: 'between', value: '5-10', raw: '5 – 10%' });
    expect(target('PL1.I.11')?.raw).toBe('≥ 3% và tăng dần theo yêu cầu phát triển');
    expect(target('PL2.I.4')).toEqual({
      operator: 'text',
      value: 'Kho dữ liệu',
      raw: 'Kho dữ liệu',
    });
  });

  test('leaves empty what was empty', () => {
    const tasks = plan.indicators.filter(({ kind }) => kind === 'task');
    expect(tasks.filter(({ deliverable }) => deliverable === null)).toHaveLength(38);
    const rows = plan.assignments.filter(({ indicator }) => indicator.startsWith('PL3.'));
    expect(rows.filter(({ raw }) => raw.coordinating === '')).toHaveLength(13);
    expect(rows.filter(({ raw }) => raw.due === '').map(({ indicator }) => indicator)).toEqual([
      'PL3.V.6',
      'PL3.VI.5',
      'PL3.VI.6',
    ]);
  });

  test('has single, joint and each leads', () => {
    const inMode = (mode: AssignmentMode) => codesWhere(plan, (row) => row.mode === mode);
    expect(inMode('joint')).toEqual([
      'PL1.I.6',
      'PL1.I.9',
      'PL3.I.2',
      'PL3.II.10',
      'PL3.II.11',
      'PL3.II.12',
      'PL3.IV.1',
      'PL3.IV.3',
    ]);
    expect(inMode('each')).toHaveLength(22);
    const { leads, leadParties } = rowOf(plan, 'PL3.I.6');
    expect(leads).toHaveLength(12);
    expect(leadParties?.map((party) => [party.class, party.members.length])).toEqual([
      ['g_so_nganh', 12],
      [districts, 0],
    ]);
    // Named beside its class, an agency leads once.
    expect(rowOf(plan, 'PL3.II.1').leads).toEqual([...new Set(rowOf(plan, 'PL3.II.1').leads)]);
  });

  test('names bodies that are gone where nobody else leads, and puts nobody in their place', () => {
    const gone = plan.agencies.filter(({ dissolved }) => dissolved !== null);
    expect(gone.map(({ dissolved }) => dissolved?.on)).toEqual(
      Array<string>(12).fill('2025-07-01'),
    );
    const ended = new Set(gone.map(({ agency }) => agency));
    expect(codesWhere(plan, ({ leads }) => leads.every((lead) => ended.has(lead)))).toEqual([
      'PL3.III.7',
      'PL3.III.9',
      'PL3.VI.8',
    ]);
    expect(codesWhere(plan, ({ leads }) => leads.some((lead) => ended.has(lead)))).toHaveLength(3);
    const coordinating = codesWhere(plan, (row) => {
      return row.coordinating.some((party) => party.class === districts);
    });
    expect(coordinating).toHaveLength(31);
    for (const code of coordinating) {
      const choice = choicesOf(plan, rowOf(plan, code)).find((one) => one.class === districts);
      expect([choice?.members, choice?.reason === null]).toEqual([[], false]);
      expect(participantsIn(plan, rowOf(plan, code)).filter((one) => ended.has(one))).toEqual([]);
    }
  });

  test('counts the half-yearly report, beside the date of completion', () => {
    expect(datesOf(rowOf(plan, 'PL1.I.6'))).toEqual(['report 2026-06-14']);
    expect(datesOf(rowOf(plan, 'PL3.VI.8'))).toEqual(['annex 2026-09-30', 'report 2026-06-14']);
    expect(datesOf(rowOf(plan, 'PL3.III.11'))).toEqual(['annex 2026-12-31', 'report 2026-06-14']);
    expect(plan.dueDecisions.map(({ scope, dateId }) => [scope, dateId])).toEqual([
      ['figure', 'report'],
      ['contribution', 'report'],
    ]);
  });

  test('has a second half-year with the same rows and another date', async () => {
    const second = await reading('son_la-plan52-2026_h2');
    expect(second.round.round).toBe('son_la-plan52-2026_h2');
    expect(second.indicators).toStrictEqual(plan.indicators);
    const undated = ({ assignments }: Plan) => assignments.map(({ dates: _, ...row }) => row);
    expect(undated(second)).toStrictEqual(undated(plan));
    expect(datesOf(rowOf(second, 'PL3.VI.8'))).toEqual(['annex 2026-09-30', 'report 2026-11-30']);
    const ids = ({ agencies }: Plan) => agencies.map(({ agency }) => agency).sort();
    expect(ids(second)).toEqual(ids(plan));
  });
});

describe('the plan of the provincial office', () => {
  test('has 12 tasks of one agency, with its units beside it', async () => {
    const plan = await reading('son_la-vpub11-2026');
    expect(plan.assignments.map(({ leads, mode }) => [...leads, mode])).toEqual(
      plan.assignments.map(() => ['son_la.vp_ubnd', 'single']),
    );
    const units = plan.assignments.flatMap((row) => row.leadParties?.map(({ unit }) => unit) ?? []);
    const named = (unit: string | null) => units.filter((one) => one === unit).length;
    expect([
      plan.indicators.length,
      named(null),
      named('son_la.vp_ubnd.p_tchcqt'),
      named('son_la.vp_ubnd.tt_thong_tin'),
    ]).toEqual([12, 5, 6, 2]);
    const alone = codesWhere(plan, ({ coordinating }) => coordinating.length === 0);
    expect(alone).toEqual(['VPUB.1', 'VPUB.6', 'VPUB.9', 'VPUB.10', 'VPUB.11']);
    expect(planPartRequests(plan)).toEqual([]);
    expect(plan.assignments.map(datesOf).filter((dates) => dates.length > 0)).toEqual([
      ['year 2026-12-31'],
      ['annex 2026-11-29'],
      ['annex 2026-03-31'],
    ]);
  });

  test('keeps the recognised text, says how sure the reading is, and names nobody', async () => {
    const plan = await reading('son_la-vpub11-2026');
    expect(plan.assignments[1]?.source.raw).toContain('Theo ddi, kiém tra, giém sat');
    const confidence = plan.indicators.map(({ basis }) => /confidence (\w+)/.exec(basis)?.[1]);
    expect(confidence.filter((word) => word === 'high')).toHaveLength(8);
    expect(confidence.filter((word) => word === 'medium')).toHaveLength(3);
    expect(confidence.filter((word) => word === 'low')).toHaveLength(1);
    for (const file of await readdir(join(plans, plan.name))) {
      const content = await readFile(join(plans, plan.name, file), 'utf8');
      expect(content).not.toMatch(/@|tr[aầ]n b[iì]nh minh/iu);
    }
  });
});

describe('plans side by side', () => {
  test('register each agency and each definition the same way, so that one ledger takes all', async () => {
    const bodies = new Map<string, string>();
    for (const name of await readdir(plans)) {
      for (const { path, body, idempotencyKey } of planCommands(await reading(name))) {
        if (path.startsWith('/rounds')) continue;
        const definition = body['definition'] as { readonly code: string } | undefined;
        const subjects = [body['agency'], body['unit'], body['edition'], definition?.code];
        const subject = [path, ...subjects.filter((one) => typeof one === 'string')].join(' ');
        expect(bodies.get(subject) ?? idempotencyKey).toBe(idempotencyKey);
        bodies.set(subject, idempotencyKey);
      }
    }
    expect([...bodies.keys()].filter((one) => one.startsWith('/agencies '))).toHaveLength(60);
  });
});

describe('a folder that takes from another', () => {
  let copy: string;
  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'plans-'));
    await cp(plans, copy, { recursive: true });
  });
  afterEach(async () => {
    await rm(copy, { recursive: true, force: true });
  });

  async function faultsAfter(
    file: string,
    change: (content: Record<string, unknown>) => void,
    folder = 'son_la-plan52-2026_h2',
  ): Promise<string[][]> {
    const path = join(copy, file);
    const content = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    change(content);
    await writeFile(path, jsonText(content));
    const error: unknown = await readPlanFiles(join(copy, folder)).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof PlanRejected))
      throw new TypeError('expected a rejection', { cause: error });
    return error.faults.map(({ code, file: where, field }) => [code, where, field ?? '']);
  }

  const own = 'son_la-plan52-2026_h2';

  test.each([
    ['framework.json', 'frameworkFrom', '../../etc', 'plan/field-invalid'],
    ['framework.json', 'frameworkFrom', 'son_la-qd1969-2026', 'plan/field-invalid'],
    ['round.json', 'assignmentsFrom', '/tmp', 'plan/field-invalid'],
  ])('reaches nothing but the folders beside it: %s %s = %s', async (file, member, value, code) => {
    const faults = await faultsAfter(join(own, file), (content) => {
      content[member] = value;
    });
    expect(faults).toEqual([[code, file, member]]);
  });

  test('is told where the other one is missing or at fault', async () => {
    expect(
      await faultsAfter(join(own, 'framework.json'), (content) => {
        content['frameworkFrom'] = '../khong_co';
      }),
    ).toEqual([['plan/file-missing', '../khong_co/framework.json', '']]);
    expect(
      await faultsAfter(join(own, 'framework.json'), (content) => {
        content['frameworkFrom'] = '../bac_ninh-qd1969-2026';
      }),
    ).toContainEqual([
      'plan/field-unknown',
      '../bac_ninh-qd1969-2026/framework.json',
      'frameworkFrom',
    ]);
  });

  test('is told of an agency that the other one does not list', async () => {
    const faults = await faultsAfter(
      'lai_chau-qd1969-2026/agencies.json',
      (content) => {
        content['agenciesFrom'] = [{ folder: '../son_la-qd1969-2026', only: ['son_la.khong_co'] }];
      },
      'lai_chau-qd1969-2026',
    );
    expect(faults).toEqual([['plan/agency-unknown', 'agencies.json', 'agenciesFrom']]);
  });

  test.each<[string, (row: Record<string, Record<string, unknown>[]>) => void, string, string]>([
    [
      'a piece that is not in the cell',
      (row) => (row['leadParties']![0]!['raw'] = 'Sở Y tế'),
      'plan/raw-elsewhere',
      'leadParties/0/raw',
    ],
    [
      'a unit of another agency',
      (row) => (row['leadParties']![0]!['unit'] = 'son_la.so_tc.p_1'),
      'plan/unit-elsewhere',
      'leadParties/0/unit',
    ],
    ['nobody', (row) => row['leadParties']!.splice(0), 'plan/leads-missing', 'leads'],
  ])('refuses a lead cell with %s', async (_, change, code, field) => {
    const faults = await faultsAfter('son_la-plan52-2026_h1/round.json', (content) => {
      change((content['assignments'] as Record<string, Record<string, unknown>[]>[])[0]!);
    });
    expect(faults).toContainEqual([code, 'round.json', field]);
  });
});
