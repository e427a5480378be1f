import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { planCommands, readPlanFiles } from '#catalogue/node';
import type { Digest } from '#kernel';
import { planFolder, recorded, told as toldOf } from '../ledger-under-test.ts';
import {
  agencies,
  figurePath,
  file,
  openProvince,
  paper,
  remarks,
  statement,
  tasksOf,
  told,
  units,
  verification,
} from './year-stage.ts';
import type { FigureSeen, LedgerOfTheYear, Official, Province } from './year-stage.ts';

/**
 * The year of those who judge what the checking agency leads itself: the People's Committee, whose
 * head holds no other office, and a checker of another department. They read, they return as well
 * as accept, and the tasks of the committee's own office, which leads and checks its plan, are
 * theirs.
 */
let province: Province;
let ledger: LedgerOfTheYear;
const cast: Record<string, Official> = {};
const as = (login: string) => cast[login] as Official;
const office = 'son_la.vp_ubnd';
const officeRound = 'son_la-vpub11-2026';
const task = `/figures/${officeRound}.VPUB.2`;
const i2 = figurePath('I.2');
let letter: Digest;

beforeAll(async () => {
  province = await openProvince();
  ({ ledger } = province);
  const revisions = new Map<string, number>();
  const plan = await readPlanFiles(join(planFolder, '..', officeRound));
  for (const { path, body, idempotencyKey: key, aggregate } of planCommands(plan)) {
    const { registrar } = province;
    const answer = await registrar.get(aggregate);
    const revision =
      answer.status === 200
        ? (answer.body['data'] as { revision: number }).revision
        : revisions.get(aggregate);
    const options = revision === undefined ? { key } : { key, ifMatch: revision };
    const sent = await registrar.post(path, body, options);
    if (sent.status !== 409) revisions.set(aggregate, recorded(sent).revision);
  }
  for (const [login, agency, role, unit] of [
    ['khcn.khtc', agencies.dost, 'officer', units.feeding],
    ['khcn.giamdoc', agencies.dost, 'head'],
    ['khcn.kiemtra', agencies.dost, 'checker', units.checking],
    ['snv.kiemtra', agencies.home, 'checker'],
    ['stc.giamdoc', agencies.finance, 'head'],
    ['ubnd.chutich', agencies.committee, 'head'],
    ['ubnd.chuyenvien', agencies.committee, 'officer'],
    ['vp.chuyenvien', office, 'officer', `${office}.p_tchcqt`],
    ['vp.chanhvp', office, 'head'],
  ] as const) {
    cast[login] = await province.enrol(login, agency, role, unit);
  }
  letter = await file(as('ubnd.chuyenvien'), agencies.committee, 'letter', 'Công văn của UBND');
}, 180_000);

afterAll(() => ledger.remove());

const seen = (login: string, path: string) => as(login).reads<FigureSeen>(path);
const decision = () => paper('letter', '90/UBND-KGVX', letter);
const handIn = { ...statement({ numerator: '900', denominator: '1300000' }), builtFrom: [] };

describe('what DOST leads', () => {
  test('is read by who belongs to the committee, certifier or not, and by nobody else', async () => {
    ledger.goTo('2026-09-10');
    await as('khcn.khtc').does(i2, 'submissions', handIn);
    await as('khcn.giamdoc').does(i2, 'endorsements', { version: 1 });
    for (const login of ['ubnd.chutich', 'ubnd.chuyenvien']) {
      expect([login, (await seen(login, i2)).status]).toStrictEqual([login, 'endorsed']);
    }
    const stranger = await as('stc.giamdoc').get(figurePath('II.1'));
    expect(toldOf(stranger)).toStrictEqual([404, 'request/not-found']);
  });

  test('stands in the queues of those who may judge it', async () => {
    expect(await tasksOf(as('ubnd.chutich'))).toStrictEqual([['verify', 'I.2', null]]);
    expect(await tasksOf(as('snv.kiemtra'))).toStrictEqual([['verify', 'I.2', null]]);
    expect(await tasksOf(as('khcn.kiemtra'))).toStrictEqual([['arrange-review', 'I.2', null]]);
    expect(await tasksOf(as('ubnd.chuyenvien'))).toStrictEqual([]);
  });

  test('is returned by a checker of another department', async () => {
    const back = { version: 1, remarks: remarks('Thiếu bảng kê.'), lastDay: '2026-09-20' };
    const returned = await as('snv.kiemtra').does(i2, 'returns', back);
    expect(await told(as('snv.kiemtra'), returned)).toMatchObject({
      from: 'endorsed',
      lastDay: '2026-09-20',
    });
    expect((await seen('ubnd.chutich', i2)).status).toBe('returned');
    ledger.goTo('2026-09-21');
    const anew = { ...handIn, kind: 'resubmission', reason: 'Đã bổ sung.' };
    const resubmitted = await as('khcn.khtc').does(i2, 'corrections', anew);
    expect(await told(as('khcn.khtc'), resubmitted)).toMatchObject({
      due: { kind: 'return', lastDay: '2026-09-20', late: true },
    });
    await as('khcn.giamdoc').does(i2, 'endorsements', { version: 2 });
  });

  test('is returned by the committee, by a document, and then accepted by one', async () => {
    const back = { version: 2, remarks: remarks('Chưa rõ nguồn.'), lastDay: '2026-09-30' };
    const bare = await as('ubnd.chutich').tries(i2, 'returns', back);
    expect(toldOf(bare)).toStrictEqual([403, 'duty/role-required']);
    const returned = await as('ubnd.chutich').does(i2, 'returns', {
      ...back,
      document: decision(),
    });
    expect(await told(as('ubnd.chutich'), returned)).toMatchObject({
      document: { number: '90/UBND-KGVX', digest: letter },
    });
    const anew = { ...handIn, kind: 'resubmission', reason: 'Đã nêu nguồn.' };
    await as('khcn.khtc').does(i2, 'corrections', anew);
    await as('khcn.giamdoc').does(i2, 'endorsements', { version: 3 });
    const accepted = { ...verification, version: 3, acceptance: decision() };
    await as('ubnd.chutich').does(i2, 'verifications', accepted);
    const { status, marks } = await seen('ubnd.chutich', i2);
    expect(status).toBe('verified');
    expect(marks).toEqual(expect.arrayContaining(['self-led', 'not-independently-reviewed']));
  });
});

describe('003:118, a task of the committee’s own office', () => {
  const result = { component: 'result', text: 'Đã ban hành kế hoạch.' };
  const status = { component: 'status', text: 'hoàn thành' };

  test('is reported, endorsed, and comes to the committee', async () => {
    const body = { ...statement({}), values: [result, status], builtFrom: [] };
    await as('vp.chuyenvien').does(task, 'submissions', body);
    await as('vp.chanhvp').does(task, 'endorsements', { version: 1 });
    const { status: standing, marks } = await seen('ubnd.chutich', task);
    expect([standing, marks.includes('self-led')]).toStrictEqual(['endorsed', true]);
    expect(await tasksOf(as('ubnd.chutich'))).toStrictEqual([
      ['verify', `${officeRound}.VPUB.2`, null],
    ]);
  });

  test('is accepted there by a document, and by nobody of the office', async () => {
    const own = await as('vp.chanhvp').tries(task, 'verifications', {
      ...verification,
      acceptance: decision(),
    });
    expect(toldOf(own)).toStrictEqual([403, 'duty/not-committee']);
    await as('ubnd.chutich').does(task, 'verifications', {
      ...verification,
      acceptance: decision(),
    });
    expect((await seen('ubnd.chutich', task)).status).toBe('verified');
    expect(await tasksOf(as('ubnd.chutich'))).toStrictEqual([]);
  });
});
