import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import type { Digest, Instant } from '#kernel';
import { told as toldOf } from '../ledger-under-test.ts';
import {
  agencies,
  dueOf,
  figurePath,
  file,
  openProvince,
  paper,
  remarks,
  round,
  statement,
  tasksOf,
  told,
  units,
  verification,
} from './year-stage.ts';
import type { FigureSeen, LedgerOfTheYear, Official, Province } from './year-stage.ts';

/**
 * Two who look at figures and write none: the checker of DOST through the winter, with a queue to
 * empty, and an inspector two years later, who trusts nobody's memory.
 */
let province: Province;
let ledger: LedgerOfTheYear;
const cast: Record<string, Official> = {};
const as = (login: string) => cast[login] as Official;
const [i4, i2] = [figurePath('I.4'), figurePath('I.2')];
const seen = (path: string) => as('tt.thanhtra').reads<FigureSeen>(path);
let [report, letter, count]: Digest[] = [];

beforeAll(async () => {
  province = await openProvince();
  ({ ledger } = province);
  for (const [login, agency, role, unit] of [
    ['stc.chuyenvien', agencies.finance, 'officer'],
    ['stc.giamdoc', agencies.finance, 'head'],
    ['khcn.khtc', agencies.dost, 'officer', units.feeding],
    ['khcn.giamdoc', agencies.dost, 'head'],
    ['khcn.kiemtra', agencies.dost, 'checker', units.checking],
    ['snv.giamdoc', agencies.home, 'head'],
    ['stp.chuyenvien', agencies.justice, 'officer'],
    ['ubnd.chutich', agencies.committee, 'head'],
    ['tt.thanhtra', agencies.inspectorate, 'inspector'],
  ] as const) {
    cast[login] = await province.enrol(login, agency, role, unit);
  }
  report = await file(as('stc.chuyenvien'), agencies.finance, 'report', 'Báo cáo quyết toán');
  count = await file(as('khcn.khtc'), agencies.dost, 'report', 'Thống kê nhân lực');
  letter = await file(province.registrar, agencies.committee, 'letter', 'Văn bản của UBND tỉnh');
}, 180_000);

afterAll(() => ledger.remove());

const submission = (values: Readonly<Record<string, string>>, behind = report) => {
  return { ...statement(values, behind === undefined ? [] : [behind]), builtFrom: [] };
};

describe('000:87: the checker of DOST', () => {
  test('finds in the queue what was endorsed, and what DOST may not verify itself', async () => {
    ledger.goTo('2026-12-21');
    expect(await tasksOf(as('khcn.kiemtra'))).toStrictEqual([]);
    await as('stc.chuyenvien').does(i4, 'submissions', submission({ value: '156470' }));
    await as('stc.giamdoc').does(i4, 'endorsements', { version: 1 });
    await as('khcn.khtc').does(
      i2,
      'submissions',
      submission({ numerator: '900', denominator: '1300000' }, count),
    );
    await as('khcn.giamdoc').does(i2, 'endorsements', { version: 1 });
    expect(await tasksOf(as('khcn.kiemtra'))).toStrictEqual([
      ['arrange-review', 'I.2', null],
      ['verify', 'I.4', null],
    ]);
  });

  test('returns with reasons and a date, and what was returned is somebody else’s task', async () => {
    const back = {
      version: 1,
      remarks: remarks('Tách chi đầu tư.', 'value'),
      lastDay: '2026-12-28',
    };
    await as('khcn.kiemtra').does(i4, 'returns', back);
    expect(await tasksOf(as('khcn.kiemtra'))).toStrictEqual([['arrange-review', 'I.2', null]]);
    expect(await tasksOf(as('stc.chuyenvien'))).toContainEqual(['resubmit', 'I.4', '2026-12-28']);
    await as('stc.chuyenvien').does(i4, 'corrections', {
      ...submission({ value: '156471' }),
      status: 'A',
      kind: 'resubmission',
      reason: 'Đã tách.',
    });
    await as('stc.giamdoc').does(i4, 'endorsements', { version: 2 });
  });

  test('asks, and verifies what was endorsed in the version that was seen', async () => {
    const asked = { version: 2, remarks: remarks('Vì sao tăng 25%?'), lastDay: '2027-01-08' };
    await as('khcn.kiemtra').does(i4, 'explanation-requests', asked);
    const older = await as('khcn.kiemtra').tries(i4, 'verifications', verification);
    expect(toldOf(older)).toStrictEqual([409, 'figure/version-superseded']);
    await as('khcn.kiemtra').does(i4, 'verifications', { ...verification, version: 2 });
    expect(await tasksOf(as('khcn.kiemtra'))).toStrictEqual([['arrange-review', 'I.2', null]]);
  });

  test('does not verify what DOST leads; a body that the committee appointed does', async () => {
    const own = await as('khcn.kiemtra').tries(i2, 'verifications', verification);
    expect(toldOf(own)).toStrictEqual([403, 'duty/self-led']);
    // 000:61 “tổ chuyên môn liên ngành, hội đồng tư vấn đánh giá hoặc thuê tổ chức tư vấn độc lập”
    const body = 'to_chuyen_mon';
    const [chair, member] = [as('snv.giamdoc'), as('stp.chuyenvien')];
    const founded = await province.registrar.post('/review-bodies', {
      body,
      name: 'Tổ chuyên môn liên ngành',
      form: 'interagency-group',
      province: 'son_la',
      decision: paper('decision', '20/QĐ-UBND'),
      appointedBy: agencies.committee,
      members: [
        { person: chair.person, agency: chair.agency, position: 'chair' },
        { person: member.person, agency: member.agency, position: 'member' },
      ],
    });
    expect(toldOf(founded)).toStrictEqual([201, null]);
    const { present } = await as('tt.thanhtra').reads<{ present: { digest: Digest } }>(i2);
    const minutes = await file(chair, agencies.home, 'minutes', 'Biên bản phiên họp');
    const held = {
      session: 'phien_1',
      heldOn: '2026-12-21',
      minutes,
      present: [chair.person, member.person],
      items: [
        {
          figure: `${round}.I.2`,
          version: 1,
          digest: present.digest,
          decision: 'accept',
          votesFor: 2,
          votesAgainst: 0,
          abstained: [],
        },
      ],
    };
    const unseen = { ...held, minutes: digestOf('chưa ai nộp') };
    const early = await chair.tries(`/review-bodies/${body}`, 'sessions', unseen);
    expect(toldOf(early)).toStrictEqual([409, 'review-body/minutes-not-deposited']);
    await chair.does(`/review-bodies/${body}`, 'sessions', held);
    const citing = { ...verification, reviewBody: { body, session: 'phien_1' } };
    const alone = await chair.tries(i2, 'verifications', citing);
    expect(toldOf(alone)).toStrictEqual([403, 'duty/session-recorder']);
    const verified = await member.does(i2, 'verifications', citing);
    expect(await told(member, verified)).toMatchObject({
      reviewBody: { body, session: 'phien_1', minutes },
      acceptance: null,
    });
    const { status, marks } = await seen(i2);
    expect([status, marks.includes('self-led')]).toStrictEqual(['verified', true]);
    expect(marks).not.toContain('not-independently-reviewed');
    expect(await tasksOf(as('khcn.kiemtra'))).toStrictEqual([]);
  });
});

describe('an inspector, two years later', () => {
  const newYear = '2027-01-01T00:00:00+07:00';
  let orderedAt: Instant;

  test('sees the state as of a day, as it was seen on that day', async () => {
    const then = await seen(`${i4}?asOf=${encodeURIComponent(newYear)}`);
    ledger.goTo('2027-06-10');
    await as('stc.chuyenvien').does(i4, 'corrections', {
      ...submission({ value: '158270' }),
      status: 'A',
      kind: 'correction',
      reason: 'Thiếu một khoản.',
    });
    await as('stc.giamdoc').does(i4, 'endorsements', { version: 3 });
    await as('khcn.kiemtra').does(i4, 'verifications', { ...verification, version: 3 });
    ledger.goTo('2028-12-15');
    expect(await seen(`${i4}?asOf=${encodeURIComponent(newYear)}`)).toStrictEqual(then);
    expect([
      then.inForce?.statement.version,
      (await seen(i4)).inForce?.statement.version,
    ]).toStrictEqual([2, 3]);
    // The same moment by its place in the log, which no clock can move.
    const answer = await as('tt.thanhtra').get(`${i4}?asOf=${encodeURIComponent(newYear)}`);
    const { leafIndex } = answer.body['asOf'] as { leafIndex: number };
    expect(await seen(`${i4}?asOf=${leafIndex}`)).toStrictEqual(then);
  });

  test('reads every act in order, by whom, and what changed between two days', async () => {
    const { items } = (await as('tt.thanhtra').get(`${i4}/history?limit=200`)).body;
    const own = (items as { stream: string; type: string; who: { role: string } }[]).filter(
      ({ stream }) => stream === `figure-${round}.I.4`,
    );
    expect(
      own.map(({ type, who }) => [type.replace(/^figure\.|\.v1$/g, ''), who.role]),
    ).toStrictEqual([
      ['submitted', 'officer'],
      ['endorsed', 'head'],
      ['returned', 'checker'],
      ['corrected', 'officer'],
      ['endorsed', 'head'],
      ['explanation-requested', 'checker'],
      ['verified', 'checker'],
      ['corrected', 'officer'],
      ['endorsed', 'head'],
      ['verified', 'checker'],
    ]);
    const days = `from=${encodeURIComponent(newYear)}&to=2028-01-01T00:00:00Z`;
    const { changes } = await as('tt.thanhtra').reads<{
      changes: { pointer: string; after: unknown }[];
    }>(`${i4}/diff?${days}`);
    expect(changes.map(({ pointer }) => pointer)).toContain('/inForce/statement/values/0/value');
  });

  test('writes nothing in a round, but orders a correction by a numbered conclusion', async () => {
    const acts = [
      ['verifications', { ...verification, version: 3 }],
      ['returns', { version: 3, remarks: remarks('Sai.'), lastDay: '2029-01-15' }],
      ['disputes', { version: 3, reason: 'Sai.', evidence: [] }],
    ] as const;
    for (const [act, body] of acts) {
      const tried = await as('tt.thanhtra').tries(i4, act, body);
      expect([act, ...toldOf(tried)]).toStrictEqual([act, 403, 'duty/auditor-writes']);
    }
    const order = { version: 3, text: 'Loại khoản chi không đúng nguồn.', lastDay: '2029-01-15' };
    const unnumbered = { ...paper('decision', '12/KL-TTr'), number: null };
    const vague = await as('tt.thanhtra').tries(i4, 'correction-orders', {
      ...order,
      conclusion: unnumbered,
    });
    expect(toldOf(vague)).toStrictEqual([422, 'figure/conclusion-incomplete']);
    const conclusion = paper('decision', '12/KL-TTr', null, 'Thanh tra tỉnh');
    const ordered = await as('tt.thanhtra').does(i4, 'correction-orders', { ...order, conclusion });
    orderedAt = ordered.recordedAt as Instant;
    const { status, marks, openOrders } = await seen(i4);
    expect([status, openOrders.length]).toStrictEqual(['verified', 1]);
    expect(marks).toContain('corrections-pending');
    expect(await tasksOf(as('stc.chuyenvien'))).toContainEqual([
      'correct-as-ordered',
      'I.4',
      '2029-01-15',
    ]);
  });

  test('finds the correction late by the day of the conclusion, and the order answered', async () => {
    ledger.goTo('2029-01-20');
    const corrected = await as('stc.chuyenvien').does(i4, 'corrections', {
      ...submission({ value: '157000' }),
      status: 'A',
      kind: 'correction',
      reason: 'Theo kết luận 12/KL-TTr.',
    });
    expect(await dueOf(as('stc.chuyenvien'), corrected)).toMatchObject({
      kind: 'document',
      lastDay: '2029-01-15',
      late: true,
    });
    const { openOrders, inForce, pending } = await seen(i4);
    expect([openOrders, inForce?.statement.version, pending]).toStrictEqual([[], 3, [4]]);
    expect((await seen(`${i4}?asOf=${orderedAt}`)).openOrders).toHaveLength(1);
  });
});

describe('a dispute', () => {
  test('is raised by the head of an agency that takes part, and blocks nothing by itself', async () => {
    ledger.goTo('2029-02-01');
    const objection = { version: 4, reason: 'Không khớp phần đã nộp.', evidence: [] };
    const outsider = await as('snv.giamdoc').post(`${i4}/disputes`, objection, {
      ifMatch: (await seen(i4)).revision ?? 0,
    });
    expect(toldOf(outsider)).toStrictEqual([403, 'duty/not-a-party']);
    await as('khcn.giamdoc').does(i4, 'disputes', objection);
    const { status, openDisputes } = await seen(i4);
    expect([status, openDisputes.length]).toStrictEqual(['submitted', 1]);
  });

  test('is settled by UBND tỉnh with a document, and by nobody else', async () => {
    const [open] = (await seen(i4)).openDisputes as { dispute: string }[];
    const settlement = {
      dispute: open?.dispute,
      outcome: 'dismissed',
      reason: 'Số liệu của cơ quan chủ trì là đúng.',
      document: letter === undefined ? null : paper('letter', '90/UBND-KGVX', letter),
    };
    const ifMatch = (await seen(i4)).revision ?? 0;
    const settle = (login: string) => as(login).post(`${i4}/settlements`, settlement, { ifMatch });
    expect(toldOf(await settle('stc.giamdoc'))).toStrictEqual([403, 'duty/not-committee']);
    expect(toldOf(await settle('ubnd.chutich'))).toStrictEqual([201, null]);
    expect((await seen(i4)).openDisputes).toStrictEqual([]);
  });
});
