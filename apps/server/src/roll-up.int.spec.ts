import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Digest } from '#kernel';
import { told } from './http.contract.ts';
import { Offices } from './offices.contract.ts';
import { assignment, definition, figure, round, statement } from './round.contract.ts';

/**
 * Roll-up over HTTP: what the accepted parts give together is offered with every addend, handed in
 * by an officer and by nobody else, and offered again, with the difference, once a part moved.
 */
let offices: Offices;
const path = `/figures/${figure}`;
const partOf = (agency: string) => `${figure}.${agency}`;
const partPath = (agency: string) => `/contributions/${partOf(agency)}`;
const files: Record<string, Digest> = {};

const source = { file: 'ke_hoach.txt', line: 1, raw: 'nguyên văn' };
const givers = ['son_la.so_yt', 'son_la.so_ct'];
const money = {
  ...definition('I.4'),
  aggregation: { rule: 'sum', factor: null, meaning: 'Cộng các phần' },
  components: [
    {
      key: 'value',
      label: { vi: 'Giá trị', en: null },
      type: 'money',
      unit: 'triệu đồng',
      scaleMax: 3,
      required: true,
      suppliedBy: 'both',
      itemKey: null,
    },
  ],
};

beforeAll(async () => {
  const own = assignment('I.4', 'son_la.so_tc').assignment;
  const coordinating = givers.map((agency) => ({ raw: agency, agency, class: null }));
  offices = await Offices.open({
    definitions: [money],
    assignments: [{ assignment: { ...own, coordinating, source } }],
    agencies: { so_ct: 'department' },
  });
  const appointment = await offices.deposits('registrar', 'son_la.so_khcn', 'Bổ nhiệm Sở CT');
  await offices.enter('ct', 'officer', 'son_la.so_ct', appointment);
  await offices.enter('ct head', 'head', 'son_la.so_ct', appointment);
  for (const [who, agency] of [
    ['officer', 'son_la.so_tc'],
    ['stranger', 'son_la.so_yt'],
    ['ct', 'son_la.so_ct'],
  ] as const) {
    files[who] = await offices.deposits(who, agency, 'Báo cáo');
  }
});

afterAll(async () => {
  await offices?.ledger.stop();
});

/** What is typed in, on the typist's own file. */
function stated(who: string, value: string) {
  const { builtFrom: _, ...fields } = statement(value);
  const evidence = [{ evidence: files[who], reference: null, component: null, page: null }];
  return { ...fields, evidence };
}

/** A part from its officer to its acceptance by the lead. */
async function gives(agency: string, value: string, version: number): Promise<void> {
  const [officer, head] = agency === 'so_yt' ? ['stranger', 'strange head'] : ['ct', 'ct head'];
  const body = stated(officer, value);
  const place = partPath(agency);
  if (version === 1) await offices.does(officer, place, 'submissions', body);
  else {
    const again = { ...body, kind: 'correction', reason: 'Tính thiếu một khoản.' };
    await offices.does(officer, place, 'corrections', again);
  }
  await offices.does(head, place, 'endorsements', { version });
  await offices.does('officer', place, 'acceptances', { version });
}

type RollUp = {
  readonly rule: string;
  readonly outstanding: readonly string[];
  readonly arithmetic: readonly {
    readonly component: string;
    readonly how: string;
    readonly unit: string;
    readonly total: string | null;
    readonly addends: readonly { readonly contribution: string; readonly value: string }[];
  }[];
  readonly proposed: readonly object[];
  readonly builtFrom: readonly { readonly contribution: string; readonly version: number }[];
  readonly present: {
    readonly version: number;
    readonly differences: readonly object[];
    readonly movedParts: readonly object[];
  } | null;
};
const rollUp = (who = 'officer') => offices.data<RollUp>(who, `${path}/roll-up`);

describe('a roll-up', () => {
  test('offers nothing before there is a part, and says who owes one', async () => {
    expect(await rollUp()).toMatchObject({
      rule: 'sum',
      outstanding: givers.toSorted(),
      builtFrom: [],
      proposed: [],
      present: null,
    });
  });

  test('shows what each part adds, in the unit that is kept and in the one that is typed', async () => {
    await gives('so_yt', '40.5', 1);
    await gives('so_ct', '2.125', 1);
    const { arithmetic, proposed, outstanding, builtFrom } = await rollUp();
    expect(outstanding).toStrictEqual([]);
    expect(arithmetic).toMatchObject([
      {
        component: 'value',
        how: 'sum',
        unit: 'đồng',
        total: '42625000',
        addends: [
          { contribution: partOf('so_ct'), value: '2125000' },
          { contribution: partOf('so_yt'), value: '40500000' },
        ],
      },
    ]);
    expect(proposed).toStrictEqual([{ component: 'value', value: '42.625' }]);
    expect(builtFrom.map(({ contribution, version }) => [contribution, version])).toStrictEqual([
      [partOf('so_ct'), 1],
      [partOf('so_yt'), 1],
    ]);
  });

  test('is for the lead and who sees the round; a giver sees its own part', async () => {
    expect(await rollUp('checker')).toStrictEqual(await rollUp('officer'));
    for (const who of ['stranger', 'ct', 'ct head']) {
      const refused = await offices.read(who, `${path}/roll-up`);
      expect([who, ...told(refused)]).toStrictEqual([who, 404, 'request/not-found']);
    }
    expect(told(await offices.read('stranger', partPath('so_ct')))).toStrictEqual([
      404,
      'request/not-found',
    ]);
  });

  test('is recorded by the officer who hands it in, with its lineage', async () => {
    const before = await offices.read('officer', path);
    expect(before.body['data']).toMatchObject({ status: 'awaiting', present: null });
    const { proposed, builtFrom } = await rollUp();
    const body = {
      ...stated('officer', '0'),
      values: proposed,
      builtFrom: builtFrom.map(({ contribution }) => contribution),
    };
    const receipt = await offices.does('officer', path, 'submissions', body);
    const { entry } = await offices.data<{ entry: string }>(
      'officer',
      `/receipts/${receipt.body['eventId'] as string}`,
    );
    expect((JSON.parse(entry) as { data: object }).data).toMatchObject({
      builtFrom: builtFrom.map(({ contribution, version }) => ({ contribution, version })),
      outstanding: [],
    });
    expect((await rollUp()).present).toMatchObject({
      version: 1,
      movedParts: [],
      differences: [
        { component: 'value', stated: '42625000', fromPartsNow: '42625000', difference: '0' },
      ],
    });
  });

  test('offers the difference once an accepted part was corrected, and marks the figure', async () => {
    await gives('so_yt', '41', 2);
    const { present, proposed, arithmetic } = await rollUp();
    expect(arithmetic.map(({ total }) => total)).toStrictEqual(['43125000']);
    expect(proposed).toStrictEqual([{ component: 'value', value: '43.125' }]);
    expect(present).toMatchObject({
      version: 1,
      movedParts: [{ contribution: partOf('so_yt'), builtOn: 1, accepted: 2 }],
      differences: [
        {
          component: 'value',
          stated: '42625000',
          fromPartsThen: '42625000',
          fromPartsNow: '43125000',
          difference: '-500000',
          moved: '500000',
        },
      ],
    });
    const { marks } = await offices.data<{ marks: readonly string[] }>('officer', path);
    expect(marks).toContain('based-on-older-part');
    const { findings } = await offices.data<{ findings: readonly { code: string }[] }>(
      'checker',
      `${path}/checks`,
    );
    expect(findings.map(({ code }) => code)).toContain('check/older-part');
  });

  test('follows the correction, and answers for each moment what was known then', async () => {
    const { asOf } = (await offices.read('officer', `${path}/roll-up`)).body as {
      asOf: { leafIndex: number };
    };
    const { proposed, builtFrom } = await rollUp();
    await offices.does('officer', path, 'corrections', {
      ...stated('officer', '0'),
      values: proposed,
      builtFrom: builtFrom.map(({ contribution }) => contribution),
      kind: 'update',
      reason: 'Sở Y tế đã sửa phần của mình.',
    });
    expect((await rollUp()).present).toMatchObject({ version: 2, movedParts: [] });
    const { marks } = await offices.data<{ marks: readonly string[] }>('officer', path);
    expect(marks).not.toContain('based-on-older-part');
    const then = await offices.data<RollUp>('officer', `${path}/roll-up?asOf=${asOf.leafIndex}`);
    expect(then.present).toMatchObject({ version: 1, movedParts: [{ accepted: 2 }] });
  });

  test('of a figure that the round does not expect is not there', async () => {
    for (const id of [`${round}.I.99`, `${figure}.so_tc`, 'son_la-qd1969-2027.I.4']) {
      const missing = await offices.read('checker', `/figures/${id}/roll-up`);
      expect([id, ...told(missing)]).toStrictEqual([id, 404, 'request/not-found']);
    }
  });
});
