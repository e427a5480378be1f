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

const definition = (code: string) => ({
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

const assignment = (indicator: string, lead: string) => ({
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

async function setUpRound(ledger: TestLedger, token: string): Promise<void> {
  const framework = '/frameworks/qd1969';
  await recorded(
    ledger.post(
      `${framework}/editions`,
      {
        edition: '2026',
        title: { vi: 'Bộ chỉ số', en: null },
        document,
        aliases: [],
        groups: [{ code: 'I', name: { vi: 'Nhóm I', en: null }, declaredCount: 2 }],
      },
      { token },
    ),
  );
  for (const [index, code] of ['I.4', 'I.5'].entries()) {
    await recorded(
      ledger.post(
        `${framework}/editions/2026/indicators`,
        { definition: definition(code) },
        { token, ifMatch: `"${index}"` },
      ),
    );
  }
  await recorded(
    ledger.post(
      '/rounds',
      {
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
      },
      { token },
    ),
  );
  const leads = { 'I.4': 'son_la.so_tc', 'I.5': 'son_la.so_yt' };
  let revision = 0;
  for (const [code, lead] of Object.entries(leads)) {
    const answer = await recorded(
      ledger.post(`/rounds/${round}/assignments`, assignment(code, lead), {
        token,
        ifMatch: `"${revision}"`,
      }),
    );
    revision = answer.body['revision'] as number;
  }
}

/** A ledger with the round, and a token for each of the people. */
export async function startRound(): Promise<{
  readonly ledger: TestLedger;
  readonly people: Readonly<Record<string, string>>;
}> {
  const people: Record<string, string> = {};
  const ledger = await TestLedger.start();
  await ledger.post('/bootstrap', bootstrapBody(await ledger.bootstrapToken()), { key: null });
  const registrar = await ledger.signIn('dangky', registrarSecret);
  for (const [id, kind] of Object.entries({
    so_khcn: 'department',
    so_tc: 'department',
    so_yt: 'department',
    ubnd_tinh: 'committee',
    bo_khcn: 'ministry',
  })) {
    await recorded(
      ledger.post('/agencies', agencyBody(`son_la.${id}`, kind), { token: registrar }),
    );
  }
  await setUpRound(ledger, registrar);
  people['registrar'] = registrar;
  people['officer'] = await ledger.enter(registrar, 'tc', 'officer', 'son_la.so_tc');
  people['stranger'] = await ledger.enter(registrar, 'yt', 'officer', 'son_la.so_yt');
  people['checker'] = await ledger.enter(registrar, 'kt', 'checker', 'son_la.so_khcn');
  return { ledger, people };
}
