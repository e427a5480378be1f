import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readPlanFiles } from '#catalogue/node';
import { planFolder, told as toldOf } from '../ledger-under-test.ts';
import {
  agencies,
  figurePath,
  openProvince,
  paper,
  partPath,
  roundPath,
  statement,
  tasksOf,
  told,
  units,
  verification,
} from './year-stage.ts';
import type { FigureSeen, LedgerOfTheYear, Official, Province } from './year-stage.ts';

/**
 * The year of the registrar: the plan is a draft when it is loaded and gets its number later,
 * parties come and go, the Ministry issues new definitions, a lead is dissolved, the round closes.
 */
let province: Province;
let ledger: LedgerOfTheYear;
let registrar: Official;
const cast: Record<string, Official> = {};
const as = (login: string) => cast[login] as Official;

beforeAll(async () => {
  province = await openProvince();
  ({ ledger, registrar } = province);
  for (const [login, agency, role, unit] of [
    ['stc.chuyenvien', agencies.finance, 'officer'],
    ['stc.giamdoc', agencies.finance, 'head'],
    ['sct.chuyenvien', agencies.industry, 'officer'],
    ['sct.giamdoc', agencies.industry, 'head'],
    ['snv.chuyenvien', agencies.home, 'officer'],
    ['khcn.kiemtra', agencies.dost, 'checker', units.checking],
    ['tt.kiemtoan', agencies.inspectorate, 'auditor'],
  ] as const) {
    cast[login] = await province.enrol(login, agency, role, unit);
  }
}, 180_000);

afterAll(() => ledger.remove());

const seen = (code: string) => as('tt.kiemtoan').reads<FigureSeen>(figurePath(code));

type RoundSeen = {
  readonly opening: {
    readonly status: string;
    readonly legalBasis: { readonly number: string | null };
  };
};

describe('000:3 “Số: /KH-UBND”: the plan has no number yet', () => {
  test('and opens the round as a draft, which becomes a numbered plan once', async () => {
    const { opening: drafted } = await registrar.reads<RoundSeen>(roundPath);
    expect([drafted.status, drafted.legalBasis.number]).toStrictEqual(['draft', null]);
    const draftAt = ledger.clock.now();
    ledger.goTo('2026-05-04');
    const issue = { legalBasis: paper('plan', '112/KH-UBND') };
    const issued = await registrar.does(roundPath, 'legal-basis', issue);
    expect(issued.type).toBe('round.legal-basis-issued.v1');
    const again = await registrar.tries(roundPath, 'legal-basis', {
      legalBasis: paper('plan', '113/KH-UBND'),
    });
    expect(toldOf(again)).toStrictEqual([409, 'round/legal-basis-issued']);
    const { opening: numbered } = await registrar.reads<RoundSeen>(roundPath);
    expect([numbered.status, numbered.legalBasis.number]).toStrictEqual([
      'numbered',
      '112/KH-UBND',
    ]);
    // What was known before is known as it was.
    const { opening: then } = await registrar.reads<RoundSeen>(`${roundPath}?asOf=${draftAt}`);
    expect(then).toStrictEqual(drafted);
  });

  test('nobody but a registrar changes a round', async () => {
    const closure = { on: '2026-12-31', reason: 'Hết năm.', document: null };
    const tried = await as('stc.giamdoc').tries(roundPath, 'closures', closure);
    expect(toldOf(tried)).toStrictEqual([403, 'round/not-registrar']);
  });
});

describe('participants, after the freezing', () => {
  test('a party that was left out is added with the reason, and owes its part from then on', async () => {
    ledger.goTo('2026-06-01');
    const path = partPath('I.4', 'so_nv');
    const own = { ...statement({ value: '5' }), outsideSource: null };
    const early = await as('snv.chuyenvien').tries(path, 'submissions', own);
    expect(toldOf(early)).toStrictEqual([409, 'contribution/not-a-participant']);
    const amendment = {
      indicator: 'I.4',
      added: [agencies.home],
      removed: [],
      document: null,
      reason: 'Sở Nội vụ giữ một phần dự toán.',
    };
    const amended = await registrar.does(roundPath, 'participant-amendments', amendment);
    expect(amended.type).toBe('participants.amended.v1');
    const given = await as('snv.chuyenvien').does(path, 'submissions', {
      ...own,
      asOf: '2026-05-31',
    });
    expect(await told(as('snv.chuyenvien'), given)).toMatchObject({
      due: { lastDay: '2026-09-29', late: false },
    });
    const twice = await registrar.tries(roundPath, 'participant-amendments', amendment);
    expect(toldOf(twice)).toStrictEqual([409, 'participants/already-in']);
    expect((await seen('I.4')).parts.map(({ agency }) => agency)).toContain(agencies.home);
  });
});

describe('a lead that is dissolved', () => {
  const path = figurePath('IV.4');
  const unsigned = figurePath('IV.7');

  test('hands in while it exists', async () => {
    ledger.goTo('2026-10-15');
    const body = { ...statement({ value: '1200' }), builtFrom: [] };
    for (const one of [path, unsigned]) {
      const given = await as('sct.chuyenvien').does(one, 'submissions', body);
      expect(given.type).toBe('figure.submitted.v1');
    }
  });

  test('leaves its duty in the open until a document passes it on', async () => {
    ledger.goTo('2026-11-03');
    const dissolution = { on: '2026-11-01', document: paper('decision', '1500/QĐ-UBND') };
    await registrar.does(`/agencies/${agencies.industry}`, 'dissolutions', dissolution);
    const figure = await as('tt.kiemtoan').reads<{ leads: object[]; goneLeads: string[] }>(path);
    expect([figure.leads, figure.goneLeads]).toStrictEqual([[], [agencies.industry]]);
  });

  test('and its head signs nothing any more', async () => {
    const { revision } = await seen('IV.7');
    const late = await as('sct.giamdoc').post(
      `${unsigned}/endorsements`,
      { version: 1 },
      { ifMatch: revision ?? 0 },
    );
    expect(late.status).toBe(403);
  });

  test('then the successor’s head endorses what the dissolved lead handed in', async () => {
    const succession = {
      indicator: 'IV.4',
      from: agencies.industry,
      to: agencies.finance,
      on: '2026-11-01',
      document: paper('decision', '1500/QĐ-UBND'),
    };
    await registrar.does(roundPath, 'successions', succession);
    const endorsed = await as('stc.giamdoc').does(path, 'endorsements', { version: 1 });
    expect(await told(as('stc.giamdoc'), endorsed)).toMatchObject({
      agency: agencies.finance,
      responsibility: { source: { line: 101 } },
    });
    const old = await as('sct.giamdoc').post(
      `${path}/endorsement-withdrawals`,
      {
        version: 1,
        reason: 'Rút lại.',
      },
      { ifMatch: endorsed.revision },
    );
    expect(old.status).toBe(403);
    expect((await seen('IV.4')).leads).toMatchObject([
      { agency: agencies.finance, succeeds: [agencies.industry] },
    ]);
  });
});

describe('a new edition of the indicators', () => {
  const handIn = async (code: string, values: Record<string, string>) => {
    const path = figurePath(code);
    const body = { ...statement(values), status: 'A', builtFrom: [] };
    await as('stc.chuyenvien').does(path, 'submissions', body);
    await as('stc.giamdoc').does(path, 'endorsements', { version: 1 });
    await as('khcn.kiemtra').does(path, 'verifications', verification);
  };

  test('marks figures whose definition changed, and no others', async () => {
    ledger.goTo('2026-11-10');
    await handIn('I.4', { value: '156470' });
    await handIn('I.5', { value: '9000' });
    await handIn('III.13', { value: '3' });
    const { edition, indicators, framework } = await readPlanFiles(planFolder);
    const editions = `/frameworks/${framework}/editions`;
    const changed = indicators.map((one) =>
      one.code === 'I.4' || one.code === 'III.13'
        ? { ...one, status: 'official', evidenceKinds: ['statement'] }
        : one,
    );
    let { revision } = await registrar.does(`/frameworks/${framework}`, 'editions', {
      ...edition,
      edition: '2026_ct',
      document: paper('decision', '3000/QĐ-BKHCN'),
    });
    for (const definition of changed) {
      const answer = await registrar.post(
        `${editions}/2026_ct/indicators`,
        { definition },
        { ifMatch: revision },
      );
      expect(toldOf(answer)).toStrictEqual([201, null]);
      revision = (answer.body as { revision: number }).revision;
    }
    const move = { edition: '2026_ct', document: paper('decision', '1600/QĐ-UBND') };
    const moved = await registrar.does(roundPath, 'edition-moves', move);
    expect(await told(registrar, moved)).toMatchObject({
      edition: '2026_ct',
      changed: ['I.4', 'III.13'],
    });
    expect(await tasksOf(as('stc.giamdoc'))).toStrictEqual([
      ['re-endorse', 'I.4', null],
      ['re-endorse', 'III.13', null],
    ]);
    expect((await seen('I.4')).marks).toContain('answers-older-definition');
    expect((await seen('I.5')).marks).not.toContain('answers-older-definition');
  }, 120_000);

  test('a changed indicator is answered anew as an update, and endorsed and verified again', async () => {
    const path = figurePath('I.4');
    const anew = {
      ...statement({ value: '156470' }),
      status: 'A',
      builtFrom: [],
      kind: 'update',
      reason: 'Trả lời theo định nghĩa mới.',
    };
    const updated = await as('stc.chuyenvien').does(path, 'corrections', anew);
    expect(await told(as('stc.chuyenvien'), updated)).toMatchObject({
      kind: 'update',
      definition: { edition: '2026_ct', revision: 1 },
      due: null,
    });
    expect((await seen('I.4')).inForce?.statement.version).toBe(1);
    await as('stc.giamdoc').does(path, 'endorsements', { version: 2 });
    await as('khcn.kiemtra').does(path, 'verifications', { ...verification, version: 2 });
    const { marks, inForce, handIns } = await seen('I.4');
    expect(marks).not.toContain('answers-older-definition');
    expect([inForce?.statement.version, handIns.byKind['correction']]).toStrictEqual([2, 0]);
  });
});

describe('a version that answers the new definition as it stands', () => {
  const path = figurePath('III.13');

  test('is endorsed anew by its head: nothing is handed in, what was verified stays so', async () => {
    const before = await seen('III.13');
    expect([before.status, before.marks.includes('answers-older-definition')]).toStrictEqual([
      'verified',
      true,
    ]);
    const byOfficer = await as('stc.chuyenvien').tries(path, 're-endorsements', { version: 1 });
    expect(toldOf(byOfficer)).toStrictEqual([403, 'duty/role-required']);
    const anew = await as('stc.giamdoc').does(path, 're-endorsements', { version: 1 });
    expect(anew.type).toBe('figure.re-endorsed.v1');
    expect(await told(as('stc.giamdoc'), anew)).toMatchObject({
      version: 1,
      agency: agencies.finance,
      definition: { framework: 'qd1969', edition: '2026_ct', revision: 1 },
      responsibility: { source: { line: 101 } },
      awaited: [],
    });
    const after = await seen('III.13');
    expect([after.status, after.inForce?.statement.version, after.handIns.versions]).toStrictEqual([
      'verified',
      1,
      1,
    ]);
    expect(after.marks).not.toContain('answers-older-definition');
    expect(await tasksOf(as('stc.giamdoc'))).toStrictEqual([]);
  });

  test('and not twice', async () => {
    const again = await as('stc.giamdoc').tries(path, 're-endorsements', { version: 1 });
    expect(toldOf(again)).toStrictEqual([409, 'figure/definition-unchanged']);
  });
});

describe('closing the round', () => {
  test('stops new figures and new duties', async () => {
    ledger.goTo('2027-04-01');
    const closure = { on: '2027-03-31', reason: 'Đã gửi báo cáo.', document: null };
    expect((await registrar.does(roundPath, 'closures', closure)).type).toBe('round.closed.v1');
    const body = { ...statement({ value: '3' }), builtFrom: [] };
    const fresh = await as('stc.chuyenvien').tries(figurePath('III.5'), 'submissions', body);
    expect(toldOf(fresh)).toStrictEqual([409, 'figure/round-closed']);
    const extension = {
      scope: 'figure',
      indicator: 'III.5',
      agency: null,
      lastDay: '2027-05-01',
      reason: 'Xin thêm.',
      document: paper('letter', '78/UBND'),
    };
    const more = await registrar.tries(roundPath, 'extensions', extension);
    expect(toldOf(more)).toStrictEqual([409, 'round/closed']);
  });

  test('never stops a correction', async () => {
    const path = figurePath('I.5');
    const corrected = {
      ...statement({ value: '9001' }),
      status: 'A',
      builtFrom: [],
      kind: 'correction',
      reason: 'Nhầm một chữ số.',
    };
    await as('stc.chuyenvien').does(path, 'corrections', corrected);
    await as('stc.giamdoc').does(path, 'endorsements', { version: 2 });
    await as('khcn.kiemtra').does(path, 'verifications', { ...verification, version: 2 });
    expect((await seen('I.5')).inForce?.statement.version).toBe(2);
  });
});
