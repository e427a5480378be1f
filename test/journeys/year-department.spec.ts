import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { told as toldOf } from '../ledger-under-test.ts';
import type { Receipt } from '../ledger-under-test.ts';
import type { Digest } from '#kernel';
import {
  agencies,
  dueOf,
  figurePath,
  file,
  openProvince,
  paper,
  partPath,
  remarks,
  round,
  roundPath,
  statement,
  told,
  units,
  verification,
} from './year-stage.ts';
import type { FigureSeen, LedgerOfTheYear, Official, Province } from './year-stage.ts';

/**
 * The year of an officer of the finance department (Sở Tài chính, lead of I.4, I.5 and III.5 in the
 * annex): what was handed in when, which date counted each time, and what readers see of it.
 */
let province: Province;
let ledger: LedgerOfTheYear;
const cast: Record<string, Official> = {};
const as = (login: string) => cast[login] as Official;
let report: Digest;

const i4 = figurePath('I.4');
const part = partPath('I.4', 'so_khcn');
const partName = `${round}.I.4.so_khcn`;

beforeAll(async () => {
  province = await openProvince();
  ({ ledger } = province);
  for (const [login, agency, role, unit] of [
    ['stc.chuyenvien', agencies.finance, 'officer'],
    ['stc.giamdoc', agencies.finance, 'head'],
    ['khcn.khtc', agencies.dost, 'officer', units.feeding],
    ['khcn.giamdoc', agencies.dost, 'head'],
    ['khcn.kiemtra', agencies.dost, 'checker', units.checking],
    ['tt.kiemtoan', agencies.inspectorate, 'auditor'],
  ] as const) {
    cast[login] = await province.enrol(login, agency, role, unit);
  }
  report = await file(as('stc.chuyenvien'), agencies.finance, 'report', 'Báo cáo quyết toán');
}, 120_000);

afterAll(() => ledger.remove());

const seen = (path = i4) => as('tt.kiemtoan').reads<FigureSeen>(path);

describe('000:99 “Hoàn thành trước 30/9/2026”', () => {
  test('lets a part in until the last minute of 29/9', async () => {
    ledger.goTo('2026-09-29', '23:59:59.999');
    const asked = { agency: agencies.dost, components: ['value'], documentsOnly: false };
    await as('stc.chuyenvien').does(part, 'requests', asked);
    const own = { ...statement({ value: '64215' }), outsideSource: null };
    const given = await as('khcn.khtc').does(part, 'submissions', own);
    expect(await dueOf(as('khcn.khtc'), given)).toMatchObject({
      lastDay: '2026-09-29',
      handedInOn: '2026-09-29',
      late: false,
      kind: 'named-date',
      source: { line: 99, raw: 'Hoàn thành trước 30/9/2026' },
    });
    await as('khcn.giamdoc').does(part, 'endorsements', { version: 1 });
    ledger.goTo('2026-10-02');
    await as('stc.chuyenvien').does(part, 'acceptances', { version: 1, note: null });
  });

  test('makes a part late from the first minute of 30/9, and records it', async () => {
    ledger.goTo('2026-09-30', '00:00:00.000');
    const path = partPath('I.5', 'so_khcn');
    const own = { ...statement({ value: '12.5' }), outsideSource: null };
    const given = await as('khcn.khtc').does(path, 'submissions', own);
    expect(await dueOf(as('khcn.khtc'), given)).toMatchObject({
      lastDay: '2026-09-29',
      handedInOn: '2026-09-30',
      late: true,
    });
  });
});

describe('000:141 “Quý IV/2026”, Sở Tài chính', () => {
  test('a figure with its evidence is on time until 31/12', async () => {
    ledger.goTo('2026-12-20');
    const whole = { ...statement({ value: '156470.5' }, [report]), builtFrom: [partName] };
    const first = await as('stc.chuyenvien').does(i4, 'submissions', whole);
    expect([first.type, await dueOf(as('stc.chuyenvien'), first)]).toMatchObject([
      'figure.submitted.v1',
      { lastDay: '2026-12-31', late: false, kind: 'named-date', source: { line: 141 } },
    ]);
    // Every deadline falls before the year ends, so the figures of 2026 begin as provisional.
    expect((await seen()).marks).toStrictEqual(['provisional', 'evidence-complete']);
  });

  test('a return sets its own date; missing it does not make the first hand-in late', async () => {
    const returned = {
      version: 1,
      remarks: remarks('Thiếu bảng kê.', 'value'),
      lastDay: '2026-12-28',
    };
    const back = await as('stc.giamdoc').does(i4, 'returns', returned);
    ledger.goTo('2026-12-29');
    expect((await seen()).marks).toContain('overdue');
    const again = {
      ...statement({ value: '156471' }, [report]),
      builtFrom: [partName],
      kind: 'resubmission',
      reason: 'Bổ sung bảng kê.',
    };
    const second = await as('stc.chuyenvien').does(i4, 'corrections', again);
    expect(await dueOf(as('stc.chuyenvien'), second)).toMatchObject({
      kind: 'return',
      lastDay: '2026-12-28',
      late: true,
      decidedBy: { stream: back.stream, revision: back.revision },
    });
    const figure = await seen();
    expect(figure.handIns).toMatchObject({
      versions: 2,
      first: { late: false },
      laterLate: 1,
      returned: 1,
    });
    expect(figure.marks).toContain('late');
    expect(figure.marks).not.toContain('overdue');
  });

  test('the head answers with the sentence of 000:101, in nobody else’s name', async () => {
    const endorsed = await as('stc.giamdoc').does(i4, 'endorsements', { version: 2 });
    expect(await told(as('stc.giamdoc'), endorsed)).toMatchObject({
      version: 2,
      agency: agencies.finance,
      responsibility: {
        text: expect.stringContaining('về tính chính xác, đầy đủ của thông tin, số liệu'),
        source: { line: 101 },
      },
      signature: { form: 'head', delegation: null },
    });
  });

  test('a question leaves the figure where it is, and only its answer is owed', async () => {
    const asked = { version: 2, remarks: remarks('Vì sao tăng?'), lastDay: '2027-01-05' };
    const question = await as('khcn.kiemtra').does(i4, 'explanation-requests', asked);
    const figure = await seen();
    expect([figure.status, figure.openExplanations.length]).toStrictEqual(['endorsed', 1]);
    expect(await told(as('khcn.kiemtra'), question)).toMatchObject({ lastDay: '2027-01-05' });
  });

  test('the officer answers it', async () => {
    const [open] = (await seen()).openExplanations as { request: string }[];
    const answer = { request: open?.request, text: 'Do chuyển nguồn từ năm trước.', evidence: [] };
    const explained = await as('stc.chuyenvien').tries(i4, 'explanations', answer);
    expect(toldOf(explained)).toStrictEqual([201, null]);
    expect((await seen()).openExplanations).toStrictEqual([]);
  });

  test('000:87 “kiểm tra việc cung cấp số liệu, tài liệu, minh chứng”: it comes into force', async () => {
    ledger.goTo('2027-01-04');
    const verified = await as('khcn.kiemtra').does(i4, 'verifications', {
      ...verification,
      version: 2,
    });
    expect(await told(as('khcn.kiemtra'), verified)).toMatchObject({
      version: 2,
      basis: { text: 'kiểm tra việc cung cấp số liệu, tài liệu, minh chứng', source: { line: 87 } },
      // Another unit of DOST fed the part: allowed, and for ever beside the figure.
      marks: ['verifier-contributed'],
    });
    const { status, inForce, marks } = await seen();
    expect([status, inForce?.statement.version]).toStrictEqual(['verified', 2]);
    expect(marks).toContain('verifier-contributed');
  });

  test('an estimate is replaced as planned, and the verified version stays in force meanwhile', async () => {
    ledger.goTo('2027-02-10');
    const settled = {
      ...statement({ value: '158270.5' }, [report], '2026-12-31'),
      status: 'A',
      builtFrom: [partName],
      kind: 'update',
      reason: 'Quyết toán năm 2026.',
    };
    const third = await as('stc.chuyenvien').does(i4, 'corrections', settled);
    // Nobody owes an update by a day of the plan, so there is nothing to be late for.
    expect(await dueOf(as('stc.chuyenvien'), third)).toBeNull();
    const pending = await seen();
    expect([pending.inForce?.statement.version, pending.pending]).toStrictEqual([2, [3]]);
    expect(pending.marks).toContain('corrections-pending');
    await as('stc.giamdoc').does(i4, 'endorsements', { version: 3 });
    await as('khcn.kiemtra').does(i4, 'verifications', { ...verification, version: 3 });
    expect((await seen()).inForce?.statement.version).toBe(3);
  });

  test('a correction after that is the only kind that counts against the agency', async () => {
    ledger.goTo('2027-03-01');
    const more = {
      ...statement({ value: '158270' }, [report], '2026-12-31'),
      builtFrom: [partName],
    };
    const refused = await as('stc.chuyenvien').tries(i4, 'corrections', {
      ...more,
      status: 'A',
      kind: 'update',
      reason: 'Nhầm số lẻ.',
    });
    expect(toldOf(refused)).toStrictEqual([409, 'figure/not-an-update']);
    await as('stc.chuyenvien').does(i4, 'corrections', {
      ...more,
      status: 'A',
      kind: 'correction',
      reason: 'Nhầm số lẻ.',
    });
    const { byKind } = (await seen()).handIns;
    expect(byKind).toStrictEqual({ first: 1, resubmission: 1, update: 1, correction: 1 });
    const { items } = (
      await as('tt.kiemtoan').get(`${roundPath}/accountability?agency=${agencies.finance}`)
    ).body;
    const [account] = items as { figures: Record<string, number> }[];
    expect(account?.figures).toMatchObject({
      onTime: 1,
      late: 0,
      laterLate: 1,
      returned: 1,
      corrected: 1,
    });
  });
});

describe('a date set by UBND tỉnh', () => {
  const i5 = figurePath('I.5');
  const extension = (issuer: string) => ({
    scope: 'figure',
    indicator: 'I.5',
    agency: agencies.finance,
    lastDay: '2027-01-15',
    reason: 'Chờ quyết toán quý IV.',
    document: paper('letter', '77/UBND-KGVX', null, issuer),
  });

  test('moves only on a document of UBND tỉnh', async () => {
    ledger.goTo('2026-12-15');
    const own = await province.registrar.tries(roundPath, 'extensions', extension('Sở Tài chính'));
    expect(toldOf(own)).toStrictEqual([409, 'due/needs-document']);
  });

  test('then counts, and says who decided it', async () => {
    const extended: Receipt = await province.registrar.does(
      roundPath,
      'extensions',
      extension('UBND tỉnh Sơn La'),
    );
    ledger.goTo('2027-01-15', '23:59:00.000');
    const body = { ...statement({ value: '9000' }, [report]), builtFrom: [] };
    const handed = await as('stc.chuyenvien').does(i5, 'submissions', body);
    expect(await dueOf(as('stc.chuyenvien'), handed)).toMatchObject({
      kind: 'extension',
      lastDay: '2027-01-15',
      late: false,
      source: null,
      decidedBy: { stream: extended.stream, revision: extended.revision },
    });
  });

  test('is missed by whoever was given no more time; late is recorded, not refused', async () => {
    ledger.goTo('2027-01-15', '23:59:30.000');
    expect((await seen(figurePath('III.5'))).marks).toContain('overdue');
    const handed = await as('stc.chuyenvien').does(figurePath('III.5'), 'submissions', {
      ...statement({ value: '3' }, [report]),
      builtFrom: [],
    });
    expect(await dueOf(as('stc.chuyenvien'), handed)).toMatchObject({
      lastDay: '2026-12-31',
      late: true,
    });
    const figure = await seen(figurePath('III.5'));
    expect([figure.handIns.first?.late, figure.marks.includes('overdue')]).toStrictEqual([
      true,
      false,
    ]);
  });
});
