import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { told as toldOf } from '../ledger-under-test.ts';
import {
  agencies,
  dueOf,
  figurePath,
  file,
  openProvince,
  paper,
  partPath,
  round,
  statement,
  tasksOf,
  told,
  units,
} from './year-stage.ts';
import type { FigureSeen, LedgerOfTheYear, Official, Province } from './year-stage.ts';

/**
 * The year of communes and of their chairmen, who answer to the committee exactly as departments do
 * (000:95-101). They contribute to I.1, I.2 and I.6 of the annex: documents, people, or nothing.
 */
let province: Province;
let ledger: LedgerOfTheYear;
const cast: Record<string, Official> = {};
const as = (login: string) => cast[login] as Official;
const own = (
  values: Readonly<Record<string, string>>,
  evidence: Parameters<typeof statement>[1] = [],
) => {
  return { ...statement(values, evidence), outsideSource: null };
};

beforeAll(async () => {
  province = await openProvince();
  ({ ledger } = province);
  for (const [login, agency, role, unit] of [
    ['tohieu.congchuc', agencies.toHieu, 'officer'],
    ['tohieu.chutich', agencies.toHieu, 'head'],
    ['tohieu.phochutich', agencies.toHieu, 'deputy'],
    ['mocchau.congchuc', agencies.mocChau, 'officer'],
    ['mocchau.chutich', agencies.mocChau, 'head'],
    ['muongla.congchuc', agencies.muongLa, 'officer'],
    ['muongla.chutich', agencies.muongLa, 'head'],
    ['khcn.khtc', agencies.dost, 'officer', units.feeding],
    ['tt.kiemtoan', agencies.inspectorate, 'auditor'],
  ] as const) {
    cast[login] = await province.enrol(login, agency, role, unit);
  }
}, 180_000);

afterAll(() => ledger.remove());

const asks = (code: string, agency: string, components: readonly string[]) =>
  as('khcn.khtc').does(partPath(code, agency.slice('son_la.'.length)), 'requests', {
    agency,
    components,
    documentsOnly: components.length === 0,
  });
const accepts = (path: string, version = 1) =>
  as('khcn.khtc').does(path, 'acceptances', { version, note: null });
const seen = (code: string) => as('tt.kiemtoan').reads<FigureSeen>(figurePath(code));

describe('000:99 “chủ động rà soát, cung cấp đầy đủ, kịp thời”', () => {
  test('a commune finds what it owes, and by when, before anybody asks', async () => {
    ledger.goTo('2026-09-01');
    expect(await tasksOf(as('tohieu.congchuc'))).toStrictEqual([
      ['submit', 'I.1.p_to_hieu', '2026-09-29'],
      ['submit', 'I.2.p_to_hieu', '2026-09-29'],
      ['submit', 'I.6.p_to_hieu', '2026-09-29'],
    ]);
    for (const { agency } of ['tohieu', 'mocchau', 'muongla'].map((name) =>
      as(`${name}.congchuc`),
    )) {
      await asks('I.2', agency, ['numerator']);
    }
  });

  test('one hands in within the last second, another a moment too late', async () => {
    ledger.goTo('2026-09-29', '23:59:59.000');
    const inTime = await as('tohieu.congchuc').does(
      partPath('I.2', 'p_to_hieu'),
      'submissions',
      own({ numerator: '12.5' }),
    );
    ledger.goTo('2026-09-30', '00:00:00.000');
    const tooLate = await as('mocchau.congchuc').does(
      partPath('I.2', 'p_moc_chau'),
      'submissions',
      own({ numerator: '20' }),
    );
    const read = [
      await dueOf(as('tohieu.congchuc'), inTime),
      await dueOf(as('mocchau.congchuc'), tooLate),
    ];
    const common = { lastDay: '2026-09-29', kind: 'named-date', source: { line: 99 } };
    expect(read).toMatchObject([
      { ...common, handedInOn: '2026-09-29', late: false },
      { ...common, handedInOn: '2026-09-30', late: true },
    ]);
  });

  test('a paper that arrived in time is in time, whoever types it in when', async () => {
    ledger.goTo('2026-10-05');
    const path = partPath('I.2', 'x_muong_la');
    const before = await seen('I.2');
    expect(before.parts.find(({ agency }) => agency === agencies.muongLa)?.overdue).toBe(true);
    const stamped = await file(
      as('muongla.congchuc'),
      agencies.muongLa,
      'report',
      'Công văn đến số 118',
    );
    const typed = {
      ...own({ numerator: '7' }),
      paper: { arrivalNumber: '118', arrivedOn: '2026-09-28', evidence: stamped },
    };
    const given = await as('muongla.congchuc').does(path, 'submissions', typed);
    expect(await dueOf(as('muongla.congchuc'), given)).toMatchObject({
      lastDay: '2026-09-29',
      handedInOn: '2026-09-28',
      late: false,
    });
    expect(given.recordedAt).toBe('2026-10-05T02:00:00.000Z');
    const { handIns } = await as('muongla.congchuc').reads<{ handIns: object }>(path);
    // Lateness follows the arrival; whoever reads the account sees both days.
    expect(handIns).toMatchObject({
      transcribed: 1,
      first: { late: false, handedInOn: '2026-09-28', recordedOn: '2026-10-05' },
    });
    const tomorrow = { ...typed.paper, arrivedOn: '2026-10-06' };
    const refused = await as('muongla.congchuc').tries(path, 'corrections', {
      ...typed,
      paper: tomorrow,
      kind: 'correction',
      reason: 'Nhầm.',
    });
    expect(toldOf(refused)).toStrictEqual([422, 'contribution/arrival-in-future']);
    for (const [change, code] of [
      [{ arrivedOn: '2026-09-27' }, 'contribution/arrival-unexplained'],
      [{ arrivedOn: '2026-04-09', reason: 'Sót.' }, 'contribution/arrival-too-early'],
    ] as const) {
      const paper = { ...typed.paper, ...change };
      const again = { ...typed, paper, kind: 'correction', reason: 'Nhầm.' };
      const answer = await as('muongla.congchuc').tries(path, 'corrections', again);
      expect(toldOf(answer)).toStrictEqual([422, code]);
    }
  });
});

describe('000:101 “chịu trách nhiệm trước Ủy ban nhân dân tỉnh”', () => {
  const path = partPath('I.2', 'p_to_hieu');

  test('no deputy signs without a recorded delegation, nor after it has ended', async () => {
    const endorse = () => as('tohieu.phochutich').tries(path, 'endorsements', { version: 1 });
    expect(toldOf(await endorse())).toStrictEqual([403, 'duty/no-delegation']);
    const { person, revision } = as('tohieu.phochutich');
    const head = as('tohieu.chutich').person;
    const delegation = {
      form: 'KT',
      head,
      agency: agencies.toHieu,
      from: '2026-10-06',
      to: '2026-10-31',
      document: paper('decision', '31/QĐ-UBND'),
    };
    const delegations = `/people/${person}/delegations`;
    const given = await as('tohieu.chutich').post(delegations, delegation, { ifMatch: revision });
    expect(toldOf(given)).toStrictEqual([201, null]);
    expect(toldOf(await endorse())).toStrictEqual([403, 'duty/no-delegation']);
    ledger.goTo('2026-11-01');
    expect(toldOf(await endorse())).toStrictEqual([403, 'duty/no-delegation']);
  });

  test('KT. CHỦ TỊCH: within its days the deputy signs, and in whose place is in the event', async () => {
    ledger.goTo('2026-10-31');
    const signed = await as('tohieu.phochutich').does(path, 'endorsements', { version: 1 });
    expect(await told(as('tohieu.phochutich'), signed)).toMatchObject({
      agency: agencies.toHieu,
      responsibility: { source: { line: 101 } },
      signature: { form: 'KT' },
    });
    const { items } = (await as('tt.kiemtoan').get(`${path}/history`)).body;
    const last = (items as { who: object }[]).at(-1);
    expect(last?.who).toMatchObject({ role: 'deputy', actingFor: as('tohieu.chutich').person });
    await accepts(path);
  });

  test('a commune’s part is nobody else’s: other communes do not know of it', async () => {
    expect(toldOf(await as('mocchau.congchuc').get(path))).toStrictEqual([
      404,
      'request/not-found',
    ]);
    const other = partPath('I.2', 'x_muong_la');
    const { revision } = await as('tt.kiemtoan').reads<{ revision: number }>(other);
    const body = { version: 1 };
    const signed = await as('mocchau.chutich').post(`${other}/endorsements`, body, {
      ifMatch: revision,
    });
    expect(toldOf(signed)).toStrictEqual([403, 'duty/not-your-agency']);
    expect((await as('tohieu.congchuc').get(figurePath('I.2'))).status).toBe(200);
  });
});

describe('what DOST makes of the parts of I.2', () => {
  test('names those it was built from and those who still owe theirs', async () => {
    await as('muongla.chutich').does(partPath('I.2', 'x_muong_la'), 'endorsements', { version: 1 });
    await accepts(partPath('I.2', 'x_muong_la'));
    const builtFrom = ['p_to_hieu', 'x_muong_la'].map((agency) => `${round}.I.2.${agency}`);
    const whole = { ...statement({ numerator: '19.5', denominator: '1300000' }), builtFrom };
    const given = await as('khcn.khtc').does(figurePath('I.2'), 'submissions', whole);
    const data = await told<{ builtFrom: object[]; outstanding: string[] }>(as('khcn.khtc'), given);
    expect(data.builtFrom).toMatchObject([
      { agency: agencies.toHieu, version: 1 },
      { agency: agencies.muongLa, version: 1 },
    ]);
    expect(data.outstanding).toContain(agencies.mocChau);
    expect(data.outstanding).not.toContain(agencies.toHieu);
    expect((await seen('I.2')).marks).toStrictEqual([
      'provisional',
      'self-led',
      'evidence-incomplete',
      'parts-outstanding',
    ]);
  });

  test('and shows that it rests on an older part once a commune has corrected its own', async () => {
    const path = partPath('I.2', 'p_to_hieu');
    const changed = {
      ...own({ numerator: '13' }),
      kind: 'correction',
      reason: 'Đếm thiếu một người.',
    };
    await as('tohieu.congchuc').does(path, 'corrections', changed);
    expect((await seen('I.2')).marks).toContain('based-on-older-part');
    const { inForce, pending } = await as('tohieu.congchuc').reads<{
      inForce: number;
      pending: number[];
    }>(path);
    expect([inForce, pending]).toStrictEqual([1, [2]]);
  });
});

describe('documents, and nothing at all', () => {
  test('I.1 asks a commune for documents, not for numbers', async () => {
    const path = partPath('I.1', 'p_moc_chau');
    await asks('I.1', agencies.mocChau, []);
    const listed = await file(
      as('mocchau.congchuc'),
      agencies.mocChau,
      'decision',
      'Danh mục văn bản',
    );
    const numbers = await as('mocchau.congchuc').tries(
      path,
      'submissions',
      own({ level: '3' }, [listed]),
    );
    expect(toldOf(numbers)).toStrictEqual([422, 'value/unknown-component']);
    const given = await as('mocchau.congchuc').does(path, 'submissions', own({}, [listed]));
    expect(given.type).toBe('contribution.submitted.v1');
  });

  test('I.6 “không phát sinh” takes the same road: officer, chairman, lead', async () => {
    const path = partPath('I.6', 'p_moc_chau');
    const nothing = { reason: 'Không phát sinh.', asOf: '2026-09-30', evidence: [] };
    const declared = await as('mocchau.congchuc').does(path, 'no-data', nothing);
    expect(await told(as('mocchau.congchuc'), declared)).toMatchObject({
      status: 'M',
      values: [],
      reason: 'Không phát sinh.',
      due: { late: true },
    });
    const early = await as('khcn.khtc').tries(path, 'acceptances', { version: 1, note: null });
    expect(toldOf(early)).toStrictEqual([409, 'contribution/wrong-status']);
    await as('mocchau.chutich').does(path, 'endorsements', { version: 1 });
    await accepts(path);
    const part = (await seen('I.6')).parts.find(({ agency }) => agency === agencies.mocChau);
    expect(part).toMatchObject({ status: 'accepted', noData: true, overdue: false });
  });
});
