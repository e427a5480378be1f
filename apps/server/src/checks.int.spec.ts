import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Digest } from '#kernel';
import { told } from './http.contract.ts';
import { Offices } from './offices.contract.ts';
import {
  assignment,
  definition,
  document,
  opening,
  recorded,
  round,
  statement,
} from './round.contract.ts';

/**
 * The checks over HTTP: what each finds in a statement as it was typed in, that an error stops a
 * verification until somebody answers for it in words, and that a warning never does.
 */
let offices: Offices;
let file: Digest;
const figurePath = (code: string) => `/figures/${round}.${code}`;
const framework = '/frameworks/qd1969';

const component = (key: string, type: string, more: object = {}) => ({
  key,
  label: { vi: key, en: null },
  type,
  unit: { decimal: 'điểm', count: 'người' }[type] ?? null,
  scaleMax: { decimal: 2, count: 0 }[type] ?? null,
  required: true,
  suppliedBy: 'lead',
  itemKey: null,
  ...more,
});

const defined = (code: string, rule: string, factor: string | null, components: object[]) => ({
  ...definition(code),
  aggregation: { rule, factor, meaning: 'Quy tắc tổng hợp' },
  components,
});

/** A share of a whole, an index with its list, a count with its list, and one of everything else. */
const definitions = [
  defined('I.1', 'ratio', '100', [
    component('numerator', 'decimal', { unit: 'tỷ đồng' }),
    component('denominator', 'decimal', { unit: 'tỷ đồng' }),
  ]),
  defined('I.2', 'recompute', null, [
    component('h_index', 'count'),
    component('papers', 'items', { itemKey: 'doi' }),
  ]),
  defined('I.3', 'distinct-sum', null, [
    component('people', 'count'),
    component('list', 'items', { itemKey: 'code' }),
  ]),
  defined('I.4', 'none', null, [
    component('share', 'decimal', { unit: '%', scaleMax: 2 }),
    component('growth', 'decimal', { unit: 'điểm', scaleMax: 2 }),
    component('maturity', 'level', { label: { vi: 'Mức (1–5)', en: null } }),
    component('extra', 'decimal', { unit: 'điểm', scaleMax: 3, required: false }),
  ]),
  defined('I.5', 'sum', null, [component('people', 'count', { suppliedBy: 'both' })]),
];

/** Everything is led by one agency; to the last one another gives a part. */
const giver = 'son_la.so_yt';
const assignments = definitions.map(({ code }) => {
  const own = assignment(String(code), 'son_la.so_tc');
  const coordinating = code === 'I.5' ? [{ raw: giver, agency: giver, class: null }] : [];
  return { assignment: { ...own.assignment, coordinating } };
});

const crossCheck = {
  key: 'people_of_share',
  severity: 'error',
  status: 'proposed',
  relation: 'equal',
  left: [{ indicator: 'I.3', component: 'people', cumulative: false }],
  right: [{ indicator: 'I.4', component: 'growth', cumulative: false }],
  text: 'I.3 bằng I.4',
  why: { vi: 'Cùng một số người', en: null },
  reading: 'Đọc từ đề xuất',
};

beforeAll(async () => {
  offices = await Offices.open({ definitions, assignments });
  file = await offices.deposits('officer', 'son_la.so_tc', 'Báo cáo');
});

afterAll(async () => {
  await offices?.ledger.stop();
});

type Value = { readonly component: string } & Readonly<Record<string, unknown>>;
const linked = (supports: string | null = null) => [
  { evidence: file, reference: null, component: supports, page: null },
];

async function handsIn(code: string, values: readonly Value[], evidence = linked()) {
  const { status } = await offices.data<{ status: string }>('officer', figurePath(code));
  const body = { ...statement('0'), values, evidence };
  if (status === 'awaiting') return offices.does('officer', figurePath(code), 'submissions', body);
  const again = { ...body, kind: 'update', reason: 'Thử lại.' };
  return offices.does('officer', figurePath(code), 'corrections', again);
}

type Found = {
  readonly version: number | null;
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly component: string | null;
    readonly check: string | null;
    readonly expected: string | null;
    readonly found: string | null;
    readonly text: { readonly vi: string; readonly en: string };
  }[];
  readonly overrides: readonly object[];
};
const checks = (code: string, who = 'checker') =>
  offices.data<Found>(who, `${figurePath(code)}/checks`);

/** Code, severity and component of each finding, errors first. */
async function foundIn(code: string): Promise<readonly unknown[]> {
  const { findings } = await checks(code);
  expect(findings.every(({ text }) => text.vi !== '' && text.en !== '')).toBe(true);
  return findings.map((one) => [one.code, one.severity, one.component]);
}

const ratio = (numerator: string, denominator: string): readonly Value[] => [
  { component: 'numerator', value: numerator },
  { component: 'denominator', value: denominator },
];
const index = (value: string, citations: readonly string[]): readonly Value[] => [
  { component: 'h_index', value },
  {
    component: 'papers',
    items: citations.map((cited, place) => ({ key: `10.1/${place}`, label: 'Bài', value: cited })),
  },
];
const counted = (value: string, keys: readonly string[]): readonly Value[] => [
  { component: 'people', value },
  { component: 'list', items: keys.map((key) => ({ key, label: 'Người' })) },
];
const mixed = (share: string, growth: string, level: string, more: object = {}): Value[] => [
  { component: 'share', value: share, ...more },
  { component: 'growth', value: growth },
  { component: 'maturity', text: level },
];

describe('the checks of what was handed in', () => {
  test.each<readonly [string, string, readonly Value[], readonly unknown[]]>([
    ['a share of a whole', 'I.1', ratio('1', '4'), []],
    ['a share above the whole', 'I.1', ratio('5', '4'), [['check/share-above-whole', 'numerator']]],
    ['a whole of nothing', 'I.1', ratio('0', '0'), [['check/denominator-zero', 'denominator']]],
    ['an index as its list gives it', 'I.2', index('2', ['3', '2', '1']), []],
    ['another index', 'I.2', index('3', ['3', '2', '1']), [['check/not-recomputed', 'h_index']]],
    ['a count of its list', 'I.3', counted('2', ['a', 'b']), []],
    ['another count', 'I.3', counted('3', ['a', 'b']), [['check/list-count-differs', 'people']]],
    [
      'a level off the scale',
      'I.4',
      mixed('1', '2', '9'),
      [['check/level-outside-scale', 'maturity']],
    ],
  ])('of %s (%s)', async (_, code, values, errors) => {
    await handsIn(code, values);
    expect(await foundIn(code)).toStrictEqual(
      errors.map((one) => {
        const [found, about] = one as [string, string];
        return [found, 'error', about];
      }),
    );
  });

  test.each<readonly [string, readonly Value[], readonly (readonly [string, string])[]]>([
    ['a level in words', mixed('1', '2', 'cao'), [['check/level-not-a-number', 'maturity']]],
    ['a percentage', mixed('120', '2', '3'), [['check/percentage-outside', 'share']]],
    [
      'a point that may have stood for thousands',
      [...mixed('1', '2', '3'), { component: 'extra', value: '1.000' }],
      [['check/point-read-as-decimal', 'extra']],
    ],
    ['what shrinks', mixed('1', '-2', '3'), [['check/negative', 'growth']]],
    [
      'a breakdown',
      mixed('10', '2', '3', { breakdown: [{ dimension: 'Nguồn', item: 'A', value: '4' }] }),
      [['check/breakdown-differs', 'share']],
    ],
  ])('warn of %s', async (_, values, warnings) => {
    await handsIn('I.4', values);
    expect(await foundIn('I.4')).toStrictEqual(
      warnings.map(([code, about]) => [code, 'warning', about]),
    );
  });

  test('warn of a component that no file supports, and of a kind of document that is missing', async () => {
    await handsIn('I.4', mixed('1', '2', '3'), linked('share'));
    expect(await foundIn('I.4')).toStrictEqual([
      ['check/evidence-absent', 'warning', 'growth'],
      ['check/evidence-absent', 'warning', 'maturity'],
    ]);
    await handsIn('I.4', mixed('1', '2', '3'), []);
    expect((await foundIn('I.4'))[0]).toStrictEqual(['check/evidence-incomplete', 'warning', null]);
    await handsIn('I.4', mixed('1', '2', '3'));
    expect(await foundIn('I.4')).toStrictEqual([]);
  });
});

describe('the checks against what others stated', () => {
  test('warn of a number that is far from that of the former round', async () => {
    const former = 'son_la-qd1969-2025';
    const period = { from: '2025-01-01', to: '2025-12-31', label: '2025' };
    await recorded(
      offices.posts('registrar', '/rounds', { ...opening, round: former, period }, null),
    );
    const asked = assignment('I.2', 'son_la.so_tc');
    await offices.does('registrar', `/rounds/${former}`, 'assignments', asked);
    const body = { ...statement('0'), values: index('2', ['3', '2']), evidence: linked() };
    await offices.does('officer', `/figures/${former}.I.2`, 'submissions', {
      ...body,
      asOf: '2025-12-31',
    });

    await handsIn('I.2', index('3', ['3', '3', '3']));
    expect(await foundIn('I.2')).toStrictEqual([]);
    await handsIn('I.2', index('4', ['4', '4', '4', '4']));
    const { findings } = await checks('I.2');
    expect(findings).toMatchObject([
      {
        code: 'check/jump',
        severity: 'warning',
        component: 'h_index',
        expected: '2',
        found: '4',
        about: [{ figure: `${former}.I.2`, version: 1, inForce: false }],
      },
    ]);
  });

  test('warn of parts that have not come, and no more once they have', async () => {
    const part = `/contributions/${round}.I.5.so_yt`;
    const people = [{ component: 'people', value: '3' }];
    await handsIn('I.5', people);
    const { findings } = await checks('I.5');
    expect(findings).toMatchObject([
      { code: 'check/parts-outstanding', severity: 'warning', component: null, found: giver },
    ]);

    const { builtFrom: _, ...stated } = statement('0');
    const own = await offices.deposits('stranger', giver, 'Phần phối hợp');
    const evidence = [{ evidence: own, reference: null, component: null, page: null }];
    await offices.does('stranger', part, 'submissions', { ...stated, values: people, evidence });
    await offices.does('strange head', part, 'endorsements', { version: 1 });
    await offices.does('officer', part, 'acceptances', { version: 1 });
    await handsIn('I.5', people);
    expect(await foundIn('I.5')).toStrictEqual([]);
  });
});

describe('a cross-check', () => {
  test('holds one indicator against another, in the versions that stand', async () => {
    const path = `${framework}/editions/2026`;
    const { headers } = await offices.read('registrar', framework);
    const stated = { checks: [crossCheck], reason: 'Bộ kiểm tra chéo' };
    const etag = headers.get('etag');
    const answer = await offices.posts('registrar', `${path}/cross-checks`, stated, etag);
    expect(told(answer)).toStrictEqual([201, undefined]);
    await handsIn('I.3', counted('2', ['a', 'b']));
    await handsIn('I.4', mixed('1', '3', '3'));
    const { findings } = await checks('I.3');
    expect(findings).toMatchObject([
      {
        code: 'check/cross-check',
        severity: 'error',
        check: crossCheck.key,
        about: [{ figure: `${round}.I.4` }],
      },
    ]);
  });

  test('tells who does not see the round that it disagrees, and not with what', async () => {
    const { findings } = await checks('I.3', 'officer');
    expect(findings).toMatchObject([{ code: 'check/cross-check', expected: null, about: [] }]);
    const stranger = await offices.read('stranger', `${figurePath('I.3')}/checks`);
    expect(told(stranger)).toStrictEqual([404, 'request/not-found']);
  });
});

describe('an error', () => {
  const path = figurePath('I.1');
  const shown = { code: 'check/share-above-whole', component: 'numerator', check: null };
  let version: number;
  const verify = (who: string, overrides?: readonly object[]) =>
    offices.tries(who, path, 'verifications', { version, ...(overrides && { overrides }) });

  test('stops a verification, and says which', async () => {
    await handsIn('I.1', ratio('5', '4'));
    version = (await checks('I.1')).version ?? 0;
    await offices.does('head', path, 'endorsements', { version });
    const refused = await verify('checker');
    expect(told(refused)).toStrictEqual([409, 'figure/checks-open']);
    expect(refused.body['facts']).toMatchObject({ findings: [shown] });
    expect(refused.body['errors']).toMatchObject([{ pointer: '/overrides' }]);
  });

  test('is answered for in words, each by itself, by who verifies', async () => {
    const reason = 'Gồm cả nguồn của năm trước, theo báo cáo.';
    for (const [overrides, status, code] of [
      [[{ ...shown, reason: '' }], 400, 'request/invalid'],
      [[shown], 400, 'request/invalid'],
      [[{ ...shown, code: 'check/jump', reason }], 422, 'figure/no-such-check'],
      [[{ ...shown, component: 'denominator', reason }], 422, 'figure/no-such-check'],
      [
        [
          { ...shown, reason },
          { ...shown, reason },
        ],
        422,
        'figure/no-such-check',
      ],
    ] as const) {
      expect(told(await verify('checker', overrides))).toStrictEqual([status, code]);
    }
    const verified = await verify('checker', [{ ...shown, reason }]);
    expect(told(verified)).toStrictEqual([201, undefined]);
    const { findings, overrides } = await checks('I.1');
    expect(findings).toMatchObject([shown]);
    expect(overrides).toStrictEqual([{ ...shown, reason }]);
    const { inForce } = await offices.data<{ inForce: { statement: { version: number } } }>(
      'officer',
      path,
    );
    expect(inForce.statement.version).toBe(version);
  });
});

describe('a warning', () => {
  test('stops nothing', async () => {
    const path = figurePath('I.2');
    await handsIn('I.2', index('2', ['3', '2', '1']), linked('papers'));
    const { version } = await checks('I.2');
    expect(await foundIn('I.2')).toStrictEqual([['check/evidence-absent', 'warning', 'h_index']]);
    await offices.does('head', path, 'endorsements', { version });
    await offices.does('checker', path, 'verifications', { version });
  });
});

describe('a definition that moved on', () => {
  test('is what the present version is held against', async () => {
    const path = `${framework}/editions/2026/indicators/I.4/redefinitions`;
    const { headers } = await offices.read('registrar', framework);
    const moved = defined('I.4', 'none', null, [
      component('share', 'count', { unit: '%' }),
      component('growth', 'decimal', { unit: 'lần', scaleMax: 0 }),
      component('maturity', 'level', { label: { vi: 'Mức (1–3)', en: null } }),
      component('added', 'decimal', { unit: 'điểm' }),
    ]);
    await handsIn('I.4', [...mixed('1', '3.5', '4'), { component: 'extra', value: '1' }]);
    const body = { definition: moved, reason: 'Phụ lục chính thức' };
    const answer = await offices.posts('registrar', path, body, headers.get('etag'));
    expect(told(answer)).toStrictEqual([201, undefined]);
    // A round takes up what a framework says now by an act of its own.
    expect(await foundIn('I.4')).toStrictEqual([['check/cross-check', 'error', 'growth']]);
    const move = { edition: '2026', document: { ...document, digest: null } };
    await offices.does('registrar', `/rounds/${round}`, 'edition-moves', move);
    const found = (await foundIn('I.4')).map((one) => (one as string[]).join(' '));
    expect(found).toEqual(
      expect.arrayContaining([
        'check/component-missing error added',
        'check/type-differs error share',
        'check/unit-differs error growth',
        'check/scale-exceeded error growth',
        'check/level-outside-scale error maturity',
        'check/component-unknown warning extra',
      ]),
    );
    expect(found.at(-1)).toMatch(/^check\/older-definition warning/);
  });
});
