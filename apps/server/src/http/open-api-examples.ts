/**
 * Bodies as they are really sent, under the names of the requests they are. A spec puts each
 * through the checks of its request, so what is shown here is what is accepted.
 */
const paper = {
  kind: 'report',
  number: '128/BC-STC',
  date: '2026-09-28',
  issuer: 'Sở Tài chính tỉnh Sơn La',
  title: 'Báo cáo chi ngân sách cho khoa học và công nghệ 9 tháng',
  digest: `sha256:${'0'.repeat(64)}`,
};

const statement = {
  status: 'P',
  values: [{ component: 'value', value: '158270.5' }],
  asOf: '2026-09-30',
  method: 'Tổng hợp từ báo cáo quyết toán',
  evidence: [
    { evidence: `sha256:${'0'.repeat(64)}`, reference: null, component: 'value', page: '3' },
  ],
  note: null,
  builtFrom: ['son_la-qd1969-2026.I.4.so_khcn'],
};

export const bodyExamples: Readonly<Record<string, object>> = {
  SubmitFigureRequest: statement,
  CorrectFigureRequest: {
    ...statement,
    values: [{ component: 'value', value: '158270.75' }],
    kind: 'correction',
    reason: 'Nhầm dấu thập phân ở bảng 2',
  },
  DepositRequest: {
    document: paper,
    periodCovered: { from: '2026-01-01', to: '2026-09-30' },
    depositedFor: 'son_la.so_tc',
  },
};
