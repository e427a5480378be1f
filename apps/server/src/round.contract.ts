import { expect } from '@jest/globals';
import { bareHex, digestOf } from '#kernel';
import { agencyBody, bootstrapBody, registrarSecret, TestLedger } from './http.contract.ts';
import type { Answer } from './http.contract.ts';

/** A round of two indicators, each led by another agency, and people who may see one or both. */
export const round = 'son_la-qd1969-2026';
export const figure = `${round}.I.4`;
export const otherFigure = `${round}.I.5`;
const source = { file: 'ke_hoach.txt', line: 1, raw: 'nguyên văn' };
export const document = {
  kind: 'plan',
  number: '12/KH-UBND',
  date: '2026-01-05',
  issuer: 'UBND tỉnh',
  title: 'Kế hoạch',
  digest: null,
};
export const pdf = new TextEncoder().encode(
  '%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n',
);
export const sha256 = bareHex(digestOf(pdf));

export const definition = (code: string) => ({
  code,
  group: 'I',
  kind: 'indicator',
  name: { vi: `Chỉ số ${code}`, en: null },
  status: 'proposed',
  unit: 'triệu đồng',
  valueType: 'money',
  aggregation: { rule: 'none', factor: null, meaning: 'Số liệu của một cơ quan' },
  components: [
    {
      key: 'value',
      label: { vi: 'Giá trị', en: null },
      type: 'decimal',
      unit: 'điểm',
      scaleMax: 2,
      required: true,
      suppliedBy: 'lead',
      itemKey: null,
    },
  ],
  evidenceKinds: ['statement'],
  target: null,
  deliverable: null,
  reasoning: 'Đọc từ kế hoạch',
  basis: 'Đề xuất',
  sources: [source],
});

export const assignment = (indicator: string, lead: string) => ({
  assignment: {
    indicator,
    mode: 'single',
    leads: [lead],
    coordinating: [],
    dates: [{ id: 'annex', scopes: ['figure'], lastDay: '2030-12-31', source }],
    raw: { lead: 'Sở', coordinating: '', due: 'Quý IV' },
    source,
  },
});

export const statement = (value: string) => ({
  status: 'P',
  values: [{ component: 'value', value }],
  asOf: '2026-09-15',
  method: null,
  evidence: [{ evidence: digestOf(pdf), reference: null, component: null, page: null }],
  note: null,
  paper: null,
  builtFrom: [],
});

export async function recorded(answer: Promise<Answer>): Promise<Answer> {
  const { status, body } = await answer;
  expect([status, body['code'], body['detail'], body['errors']]).toStrictEqual([
    201,
    undefined,
    undefined,
    undefined,
  ]);
  return answer;
}

/** What a round asks, and of whom. */
export type Plan = {
  readonly definitions: readonly Readonly<Record<string, unknown>>[];
  readonly assignments: readonly { readonly assignment: Readonly<Record<string, unknown>> }[];
  /** Further agencies with their kinds, beside those of every round here. */
  readonly agencies?: Readonly<Record<string, string>>;
};

const twoIndicators: Plan = {
  definitions: [definition('I.4'), definition('I.5')],
  assignments: [assignment('I.4', 'son_la.so_tc'), assignment('I.5', 'son_la.so_yt')],
};

/** How the round is opened. */
export const opening = {
  round,
  framework: 'qd1969',
  edition: '2026',
  period: { from: '2026-01-01', to: '2026-12-31', label: '2026' },
  title: { vi: 'Đợt 2026', en: null },
  legalBasis: document,
  checkingAgency: 'son_la.so_khcn',
  chain: ['son_la.so_khcn', 'son_la.ubnd_tinh', 'son_la.bo_khcn'],
  responsibility: [{ agencyKinds: ['department'], text: 'Chịu trách nhiệm', source }],
  verificationBasis: source,
  datesUnspecified: [],
};

async function setUpRound(
  ledger: TestLedger,
  token: string,
  { definitions, assignments }: Plan,
): Promise<void> {
  const framework = '/frameworks/qd1969';
  await recorded(
    ledger.post(
      `${framework}/editions`,
      {
        edition: '2026',
        title: { vi: 'Bộ chỉ số', en: null },
        document,
        aliases: [],
        groups: [
          { code: 'I', name: { vi: 'Nhóm I', en: null }, declaredCount: definitions.length },
        ],
      },
      { token },
    ),
  );
  for (const [index, one] of definitions.entries()) {
    await recorded(
      ledger.post(
        `${framework}/editions/2026/indicators`,
        { definition: one },
        { token, ifMatch: `"${index}"` },
      ),
    );
  }
  await recorded(ledger.post('/rounds', opening, { token }));
  let revision = 0;
  const act = async (path: string, body: unknown) => {
    const options = { token, ifMatch: `"${revision}"` };
    const answer = await recorded(ledger.post(`/rounds/${round}/${path}`, body, options));
    revision = answer.body['revision'] as number;
  };
  for (const one of assignments) {
    await act('assignments', one);
    const { indicator, coordinating } = one.assignment;
    const isShared = Array.isArray(coordinating) && coordinating.length > 0;
    if (isShared) await act('participants', { indicator, choices: [] });
  }
}

/** A ledger with the round, and a token for each of the people. */
export async function startRound(
  settings: Record<string, string> = {},
  plan: Plan = twoIndicators,
): Promise<{
  readonly ledger: TestLedger;
  readonly people: Readonly<Record<string, string>>;
}> {
  const people: Record<string, string> = {};
  const ledger = await TestLedger.start(settings);
  await ledger.post('/bootstrap', bootstrapBody(await ledger.bootstrapToken()), { key: null });
  const registrar = await ledger.signIn('dangky', registrarSecret);
  for (const [id, kind] of Object.entries({
    so_khcn: 'department',
    so_tc: 'department',
    so_yt: 'department',
    ubnd_tinh: 'committee',
    bo_khcn: 'ministry',
    ...plan.agencies,
  })) {
    await recorded(
      ledger.post('/agencies', agencyBody(`son_la.${id}`, kind), { token: registrar }),
    );
  }
  await setUpRound(ledger, registrar, plan);
  people['registrar'] = registrar;
  people['officer'] = await ledger.enter(registrar, 'tc', 'officer', 'son_la.so_tc');
  people['stranger'] = await ledger.enter(registrar, 'yt', 'officer', 'son_la.so_yt');
  people['checker'] = await ledger.enter(registrar, 'kt', 'checker', 'son_la.so_khcn');
  return { ledger, people };
}
