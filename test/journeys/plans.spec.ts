import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Digest } from '#kernel';
import {
  allItems,
  dataOf,
  eventsRecordedBy,
  LedgerUnderTest,
  planFolder,
  recorded,
  runCommand,
  told,
  Visitor,
} from '../ledger-under-test.ts';
import { deposit, document, enrol, newSecret } from '../small-round.ts';
import type { Member, Office } from '../small-round.ts';

/**
 * The five plans in one ledger, loaded by the command line as a registrar loads them, and a figure
 * of each kind that the first plan has not: a target with joint leads, a task that each agency
 * answers for itself, a duty whose bearer was abolished, a unit named in place of its agency.
 */
type Shown = {
  readonly figure: string;
  readonly status: string;
  readonly leads: readonly { readonly agency: string; readonly succeeds: readonly string[] }[];
  readonly goneLeads: readonly string[];
  readonly overdue: boolean;
  readonly marks: readonly string[];
};

const testTimeoutMs = 240_000;
const plans = join(planFolder, '..');
const [half, province, office, evaluation] = [
  'son_la-plan52-2026_h1',
  'bac_ninh-qd1969-2026',
  'son_la-vpub11-2026',
  'son_la-qd1969-2026',
];
const [finance, statistics, home, ward] = [
  'son_la.so_tc',
  'son_la.tk_tinh',
  'son_la.so_nv',
  'son_la.p_to_hieu',
];
const [scienceUnit, northOffice, ownOffice] = [
  'son_la.so_khcn.p_qlkh',
  'bac_ninh.vp_ubnd',
  'son_la.vp_ubnd',
];
const offices: readonly Office[] = [
  { login: 'stc.officer', agency: finance, roles: ['officer'] },
  { login: 'stc.head', agency: finance, roles: ['head'] },
  { login: 'tk.head', agency: statistics, roles: ['head'] },
  { login: 'snv.officer', agency: home, roles: ['officer'] },
  { login: 'snv.head', agency: home, roles: ['head'] },
  { login: 'tohieu.officer', agency: ward, roles: ['officer'] },
  { login: 'khcn.checker', agency: 'son_la.so_khcn', unit: scienceUnit, roles: ['checker'] },
  { login: 'bn.hcc', agency: northOffice, unit: `${northOffice}.tt_pvhcc`, roles: ['officer'] },
  { login: 'bn.head', agency: northOffice, roles: ['head'] },
  { login: 'vp.tchcqt', agency: ownOffice, unit: `${ownOffice}.p_tchcqt`, roles: ['officer'] },
  { login: 'vp.head', agency: ownOffice, roles: ['head'] },
];
const secrets = [newSecret(), newSecret()] as const;

let ledger: LedgerUnderTest;
let registrar: Visitor;
let confirmer: Visitor;
let evidence: Digest;
const members = new Map<string, Member>();

const load = (name: string, login: string, secret: string) =>
  runCommand(['load', join(plans, name), '--url', ledger.url, '--login', login], [secret]);

const as = (login: string): Member => {
  const found = members.get(login);
  if (found === undefined) throw new TypeError(`${login} was not enrolled`);
  return found;
};

const shown = async (figure: string): Promise<Shown> =>
  dataOf<Shown>(await as('khcn.checker').get(`/figures/${figure}`));

/** A statement with the given components, and one file behind it. */
const stating = (values: readonly object[]) => ({
  status: 'A',
  values,
  asOf: '2026-05-31',
  method: null,
  note: null,
  paper: null,
  builtFrom: [],
  evidence: [{ evidence, reference: null, component: null, page: null }],
});
const result = { component: 'result', text: 'Đã ban hành chương trình, có quyết định kèm theo.' };
const task = () => stating([result, { component: 'status', text: 'hoàn thành' }]);

async function submitAndEndorse(figure: string, officer: string, heads: readonly string[]) {
  let { revision: ifMatch } = recorded(
    await as(officer).post(`/figures/${figure}/submissions`, task()),
  );
  for (const head of heads) {
    const path = `/figures/${figure}/endorsements`;
    ({ revision: ifMatch } = recorded(await as(head).post(path, { version: 1 }, { ifMatch })));
  }
  return ifMatch;
}

beforeAll(async () => {
  ledger = await LedgerUnderTest.onFreshFolder();
  [registrar, confirmer] = [new Visitor(ledger), new Visitor(ledger)];
  const words = [
    'bootstrap',
    '--url',
    ledger.url,
    '--data',
    ledger.folder,
    '--registrar',
    'dangky',
    // Rounds of three provinces: only a central agency's registrar reaches all of them.
    '--registrar-agency',
    'trung_uong.bo_khcn',
    '--confirmer',
    'xacnhan',
    '--confirmer-agency',
    'son_la.ubnd_tinh',
  ];
  expect((await runCommand(words, secrets)).exitCode).toBe(0);
  await registrar.signIn('dangky', secrets[0]);
  await confirmer.signIn('xacnhan', secrets[1]);
});
afterAll(() => ledger.remove());

describe('loading', () => {
  test(
    'takes every plan folder, also before the one it takes from',
    async () => {
      const names = await readdir(plans);
      expect(names).toHaveLength(6);
      for (const name of names) {
        const { exitCode, stderr } = await load(name, 'dangky', secrets[0]);
        expect([name, exitCode, stderr]).toStrictEqual([name, 0, '']);
      }
      const rounds = await allItems<{ round: string }>(registrar, '/rounds');
      expect(rounds.map(({ round }) => round).sort()).toStrictEqual(names.sort());
      const frameworks = await allItems<{ framework: string }>(registrar, '/frameworks');
      expect(frameworks.map(({ framework }) => framework).sort()).toStrictEqual([
        'plan52',
        'qd1969',
        'vpub11',
      ]);
    },
    testTimeoutMs,
  );

  test(
    'again, by the same registrar or by another, changes nothing',
    async () => {
      const events = await eventsRecordedBy(registrar, async () => {
        for (const name of [half, office]) {
          expect((await load(name, 'dangky', secrets[0])).exitCode).toBe(0);
          expect((await load(name, 'xacnhan', secrets[1])).exitCode).toBe(0);
        }
      });
      expect(events).toBe(0);
    },
    testTimeoutMs,
  );
});

describe('reporting', () => {
  beforeAll(async () => {
    const title = 'Báo cáo kết quả';
    evidence = await deposit(registrar, 'son_la.so_khcn', title);
    for (const one of offices) {
      const member = await enrol(ledger, { registrar, confirmer }, one, evidence);
      members.set(one.login, member);
      // Whoever cites a file holds it: each agency deposits its own copy of the same bytes.
      if (one.roles.includes('officer')) await deposit(member, one.agency, title);
    }
  }, testTimeoutMs);

  test('a target with joint leads is endorsed by both heads', async () => {
    const figure = `${half}.PL1.I.6`;
    const value = stating([{ component: 'value', value: '41.50' }]);
    const { revision } = recorded(
      await as('stc.officer').post(`/figures/${figure}/submissions`, value),
    );
    const path = `/figures/${figure}/endorsements`;
    const first = recorded(await as('stc.head').post(path, { version: 1 }, { ifMatch: revision }));
    expect((await shown(figure)).status).toBe('submitted');
    const twice = await as('stc.head').post(path, { version: 1 }, { ifMatch: first.revision });
    expect(told(twice)).toStrictEqual([409, 'figure/already-endorsed']);
    const second = recorded(
      await as('tk.head').post(path, { version: 1 }, { ifMatch: first.revision }),
    );
    expect(await shown(figure)).toMatchObject({ status: 'endorsed', goneLeads: [] });
    const verify = { version: 1, note: null, reviewBody: null, acceptance: null };
    recorded(
      await as('khcn.checker').post(`/figures/${figure}/verifications`, verify, {
        ifMatch: second.revision,
      }),
    );
    expect((await shown(figure)).marks).toContain('evidence-complete');
  });

  test('a task of a class is answered by each agency for itself', async () => {
    const [one, other] = [`${half}.PL3.I.6.so_tc`, `${half}.PL3.I.6.so_nv`];
    await submitAndEndorse(one, 'stc.officer', ['stc.head']);
    await submitAndEndorse(other, 'snv.officer', ['snv.head']);
    const stranger = await as('stc.officer').post(
      `/figures/${half}.PL3.I.6.so_yt/submissions`,
      task(),
    );
    expect(told(stranger)).toStrictEqual([403, 'duty/not-lead-agency']);
    const whole = await as('stc.officer').post(`/figures/${half}.PL3.I.6/submissions`, task());
    expect(told(whole)).toStrictEqual([404, 'figure/unknown']);
    const figures = await allItems<Shown>(as('khcn.checker'), `/rounds/${half}/figures`);
    const own = figures.filter(({ figure }) => figure.startsWith(`${half}.PL3.I.6.`));
    expect(own).toHaveLength(12);
    expect(own.filter(({ status }) => status === 'endorsed').map(({ figure }) => figure)).toEqual([
      other,
      one,
    ]);
    expect(own.filter(({ status }) => status === 'awaiting')).toHaveLength(10);
  });

  test('a duty of abolished bodies is nobody’s until a document passes it on', async () => {
    const figures = await allItems<Shown>(as('khcn.checker'), `/rounds/${half}/figures`);
    const orphans = figures.filter(({ leads }) => leads.length === 0);
    expect(new Set(orphans.map(({ figure }) => figure.split('.').slice(1, 4).join('.')))).toEqual(
      new Set(['PL3.III.7', 'PL3.III.9', 'PL3.VI.8']),
    );
    expect(orphans).toHaveLength(1 + 12 + 12);
    expect(orphans.filter(({ overdue }) => overdue)).toEqual([]);
    const figure = `${half}.PL3.III.7`;
    const city = 'son_la.ubnd_tp_son_la';
    expect(await shown(figure)).toMatchObject({ leads: [], goneLeads: [city], status: 'awaiting' });
    const early = await as('tohieu.officer').post(`/figures/${figure}/submissions`, task());
    expect(told(early)).toStrictEqual([403, 'duty/not-lead-agency']);

    const round = await registrar.get(`/rounds/${half}`);
    const { revision: ifMatch } = dataOf<{ revision: number }>(round);
    const passing = {
      indicator: 'PL3.III.7',
      from: city,
      to: ward,
      on: '2026-01-15',
      document: document('decision', 'Quyết định giao nhiệm vụ đề án đô thị thông minh'),
    };
    recorded(await registrar.post(`/rounds/${half}/successions`, passing, { ifMatch }));
    recorded(await as('tohieu.officer').post(`/figures/${figure}/submissions`, task()));
    expect(await shown(figure)).toMatchObject({
      leads: [{ agency: ward, succeeds: [city] }],
      goneLeads: [],
      status: 'submitted',
    });
  });

  test('a unit named by a plan acts, and its agency answers', async () => {
    const service = stating([{ component: 'level', text: 'Mức 3' }]);
    const figure = `${province}.V.5`;
    const { revision } = recorded(
      await as('bn.hcc').post(`/figures/${figure}/submissions`, service),
    );
    const path = `/figures/${figure}/endorsements`;
    const endorsed = recorded(
      await as('bn.head').post(path, { version: 1 }, { ifMatch: revision }),
    );
    expect(endorsed.type).toBe('figure.endorsed.v1');

    await submitAndEndorse(`${office}.VPUB.2`, 'vp.tchcqt', ['vp.head']);
    // Without a sentence of the plan for its kind of agency, no head could have endorsed.
    type Opened = { opening: { responsibility: { agencyKinds: string[]; text: string }[] } };
    const sentences: (string | undefined)[] = [];
    for (const round of [province, office]) {
      const { opening } = dataOf<Opened>(await registrar.get(`/rounds/${round}`));
      const own = opening.responsibility.find(({ agencyKinds }) => agencyKinds.includes('office'));
      sentences.push(own?.text);
    }
    expect(sentences).toStrictEqual([
      'Chịu trách nhiệm về tính chính xác, đầy đủ, đồng bộ, kịp thời của thông tin, dữ liệu',
      'tổ chức triển khai thực hiện các nhiệm vụ được giao',
    ]);
    expect((await shown(`${office}.VPUB.2`)).marks).toContain('self-led');
    expect((await shown(`${evaluation}.V.5`)).leads.map(({ agency }) => agency)).toEqual([
      'son_la.tt_pvhcc',
    ]);
  });
});
