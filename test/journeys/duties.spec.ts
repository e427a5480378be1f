import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  allItems,
  dataOf,
  eventsRecordedBy,
  LedgerUnderTest,
  recorded,
  told,
  Visitor,
} from '../ledger-under-test.ts';
import type { Answer, Receipt } from '../ledger-under-test.ts';
import {
  checkingUnit,
  correction,
  deposit,
  feedingUnit,
  grantedFrom,
  openSmallRound,
  round,
  statement,
} from '../small-round.ts';
import type { SmallRound } from '../small-round.ts';

/**
 * Separation of duties (DOMAIN) over HTTP, where a session, a role and a figure meet. Each refusal
 * is followed by the same act of the right person, which is recorded: so it was the person that was
 * refused, and nothing else about the request.
 */
let ledger: LedgerUnderTest;
let cast: SmallRound;

const [science, finance, home] = ['son_la.so_khcn', 'son_la.so_tc', 'son_la.so_nv'] as const;
const figureOf = (code: string) => `/figures/${round}.${code}`;
const partOf = (code: string, agency: string) => `/contributions/${round}.${code}.${agency}`;
const verification = { version: 1, note: null, reviewBody: null, acceptance: null };

beforeAll(async () => {
  ledger = await LedgerUnderTest.onFreshFolder();
  cast = await openSmallRound(ledger, {
    indicators: [
      { code: 'I.1', lead: science },
      { code: 'I.2', lead: finance },
      { code: 'I.3', lead: finance },
      { code: 'I.4', lead: finance, coordinating: [science] },
      { code: 'I.5', lead: home },
      { code: 'I.6', lead: finance },
    ],
    offices: [
      { login: 'stc.officer', agency: finance, roles: ['officer'] },
      { login: 'stc.leaver', agency: finance, roles: ['officer'] },
      { login: 'stc.both', agency: finance, roles: ['officer', 'head'] },
      { login: 'stc.head', agency: finance, roles: ['head'] },
      { login: 'stc.named', agency: finance, roles: ['head'], unconfirmed: true },
      { login: 'snv.officer', agency: home, roles: ['officer'] },
      { login: 'snv.head', agency: home, roles: ['head'] },
      { login: 'khcn.officer', agency: science, unit: feedingUnit, roles: ['officer'] },
      { login: 'khcn.head', agency: science, roles: ['head'] },
      { login: 'khcn.checker', agency: science, unit: checkingUnit, roles: ['checker'] },
      { login: 'khcn.feeder', agency: science, unit: feedingUnit, roles: ['checker'] },
      { login: 'snv.checker', agency: home, roles: ['checker'] },
      { login: 'tt.auditor', agency: 'son_la.thanh_tra_tinh', roles: ['auditor'] },
    ],
  });
});

afterAll(() => ledger.remove());

const as = (login: string) => cast.member(login);

/** The act refused to each in turn with their code and without an event, then recorded for one. */
async function refusedThenRecorded(
  refusals: readonly (readonly [login: string, status: number, code: string])[],
  right: string,
  path: string,
  body: unknown,
  ifMatch?: number,
): Promise<Receipt> {
  const act = (login: string): Promise<Answer> =>
    as(login).post(path, body, ifMatch === undefined ? {} : { ifMatch });
  const events = await eventsRecordedBy(cast.registrar, async () => {
    const seen: unknown[] = [];
    for (const [login] of refusals) seen.push([login, ...told(await act(login))]);
    expect(seen).toStrictEqual(refusals);
  });
  expect(events).toBe(0);
  return recorded(await act(right));
}

describe('a figure goes from hand to hand', () => {
  test('and each step belongs to one office', async () => {
    const figure = figureOf('I.2');
    const submitted = await refusedThenRecorded(
      [
        ['snv.officer', 403, 'duty/not-lead-agency'],
        ['stc.head', 403, 'duty/role-required'],
        ['khcn.checker', 403, 'duty/role-required'],
        ['tt.auditor', 403, 'duty/auditor-writes'],
      ],
      'stc.both',
      `${figure}/submissions`,
      statement('1'),
    );
    const endorsed = await refusedThenRecorded(
      [
        ['snv.head', 403, 'duty/not-lead-agency'],
        ['stc.both', 403, 'duty/same-person'],
        // Whoever holds no office that counts is a stranger to the figure, and told no more.
        ['stc.named', 403, 'duty/not-lead-agency'],
        ['stc.officer', 403, 'duty/role-required'],
        ['khcn.checker', 403, 'duty/role-required'],
        ['tt.auditor', 403, 'duty/auditor-writes'],
      ],
      'stc.head',
      `${figure}/endorsements`,
      { version: 1 },
      submitted.revision,
    );
    const verified = await refusedThenRecorded(
      [
        ['stc.both', 403, 'duty/role-required'],
        ['stc.head', 403, 'duty/role-required'],
        ['snv.checker', 403, 'duty/not-checking-agency'],
        ['tt.auditor', 403, 'duty/auditor-writes'],
      ],
      'khcn.checker',
      `${figure}/verifications`,
      verification,
      endorsed.revision,
    );
    const hands = (
      await allItems<{ stream: string; who: { person: string } }>(
        as('tt.auditor'),
        `${figure}/history`,
      )
    ).filter(({ stream }) => stream === verified.stream);
    const people = ['stc.both', 'stc.head', 'khcn.checker'].map((login) => as(login).person);
    expect(hands.map(({ who }) => who.person)).toStrictEqual(people);
  });

  test('but what DOST leads is not verified by DOST', async () => {
    const figure = figureOf('I.1');
    const submitted = recorded(
      await as('khcn.officer').post(`${figure}/submissions`, statement('1')),
    );
    const endorsed = await refusedThenRecorded(
      [['stc.head', 403, 'duty/not-lead-agency']],
      'khcn.head',
      `${figure}/endorsements`,
      { version: 1 },
      submitted.revision,
    );
    await refusedThenRecorded(
      [
        ['khcn.checker', 403, 'duty/self-led'],
        ['khcn.feeder', 403, 'duty/self-led'],
      ],
      'snv.checker',
      `${figure}/verifications`,
      verification,
      endorsed.revision,
    );
  });

  test('and no unit verifies what it fed', async () => {
    const [figure, part] = [figureOf('I.4'), partOf('I.4', 'so_khcn')];
    const asked = await refusedThenRecorded(
      [['snv.officer', 403, 'duty/not-your-agency']],
      'stc.officer',
      `${part}/requests`,
      { agency: science, components: ['value'], documentsOnly: false },
    );
    const { builtFrom: _, ...own } = statement('5');
    const given = await refusedThenRecorded(
      [['snv.officer', 403, 'duty/not-your-agency']],
      'khcn.officer',
      `${part}/submissions`,
      { ...own, outsideSource: null },
      asked.revision,
    );
    const endorsedPart = await refusedThenRecorded(
      [['stc.head', 403, 'duty/not-your-agency']],
      'khcn.head',
      `${part}/endorsements`,
      { version: 1 },
      given.revision,
    );
    await refusedThenRecorded(
      [['khcn.officer', 403, 'duty/not-lead-agency']],
      'stc.officer',
      `${part}/acceptances`,
      { version: 1, note: null },
      endorsedPart.revision,
    );
    const whole = { ...statement('9'), builtFrom: [`${round}.I.4.so_khcn`] };
    const submitted = recorded(await as('stc.officer').post(`${figure}/submissions`, whole));
    const endorsed = recorded(
      await as('stc.head').post(
        `${figure}/endorsements`,
        { version: 1 },
        {
          ifMatch: submitted.revision,
        },
      ),
    );
    await refusedThenRecorded(
      [['khcn.feeder', 403, 'duty/same-unit']],
      'khcn.checker',
      `${figure}/verifications`,
      verification,
      endorsed.revision,
    );
  });
});

describe('a role', () => {
  test('that was revoked is gone at once, also for a session that is open', async () => {
    const leaver = as('stc.leaver');
    const figure = figureOf('I.3');
    const before = recorded(await leaver.post(`${figure}/submissions`, statement('1')));
    const revocation = { from: grantedFrom, reason: 'Chuyển công tác.' };
    const path = `/people/${leaver.person}/grants/${leaver.grants[0]}/revocations`;
    // Nobody but a registrar, or the head of the agency, takes a role away.
    const by = { ifMatch: leaver.revision };
    expect(told(await as('snv.head').post(path, revocation, by))).toStrictEqual([
      403,
      'grant/not-revoker',
    ]);
    recorded(await cast.registrar.post(path, revocation, by));
    await refusedThenRecorded(
      [['stc.leaver', 403, 'duty/not-lead-agency']],
      'stc.officer',
      `${figure}/corrections`,
      correction('2'),
      before.revision,
    );
    expect(told(await leaver.get(figure))).toStrictEqual([404, 'request/not-found']);
    const { capacities } = dataOf<{ capacities: unknown[] }>(await leaver.get('/me'));
    expect(capacities).toStrictEqual([]);
  });

  test('of a head counts once somebody of another agency has confirmed it', async () => {
    const named = as('stc.named');
    const figure = figureOf('I.6');
    const submitted = recorded(
      await as('stc.officer').post(`${figure}/submissions`, statement('1')),
    );
    const endorse = (by: Visitor) =>
      by.post(`${figure}/endorsements`, { version: 1 }, { ifMatch: submitted.revision });
    expect(told(await endorse(named))).toStrictEqual([403, 'duty/not-lead-agency']);
    const path = `/people/${named.person}/grants/${named.grants[0]}/confirmations`;
    const by = { ifMatch: named.revision };
    expect(told(await cast.registrar.post(path, {}, by))).toStrictEqual([
      403,
      'grant/own-confirmation',
    ]);
    expect(told(await as('khcn.head').post(path, {}, by))).toStrictEqual([
      403,
      'grant/confirmer-same-agency',
    ]);
    recorded(await cast.confirmer.post(path, {}, by));
    recorded(await endorse(named));
  });

  test('is given by a registrar, never to oneself', async () => {
    const { person } = dataOf<{ person: string }>(await cast.registrar.get('/me'));
    const { headers } = await cast.registrar.get('/me');
    const ifMatch = headers.get('etag') ?? '';
    const grant = { role: 'checker', agency: science, from: grantedFrom, to: null };
    const options = { headers: { 'if-match': ifMatch } };
    const toOneself = await cast.registrar.post(`/people/${person}/grants`, grant, options);
    expect(told(toOneself)).toStrictEqual([403, 'grant/to-oneself']);
    const byOfficer = await as('stc.officer').post(`/people/${person}/grants`, grant, options);
    expect(told(byOfficer)).toStrictEqual([403, 'access/role-needed']);
  });
});

describe('an agency', () => {
  test('sees what it leads and feeds; of others it is not even told that they exist', async () => {
    const figure = figureOf('I.5');
    const receipt = recorded(await as('snv.officer').post(`${figure}/submissions`, statement('7')));
    const absent = figureOf('I.99');
    const reads = (path: string) => [path, `${path}/history`, `${path}/diff?from=0&to=1`];
    for (const login of ['stc.officer', 'stc.head']) {
      for (const path of [...reads(figure), ...reads(absent), `/receipts/${receipt.eventId}`]) {
        expect([path, ...told(await as(login).get(path))]).toStrictEqual([
          path,
          404,
          'request/not-found',
        ]);
      }
    }
    for (const login of ['snv.officer', 'snv.head', 'khcn.checker', 'tt.auditor']) {
      for (const path of [...reads(figure), `/receipts/${receipt.eventId}`]) {
        expect([login, path, ...told(await as(login).get(path))]).toStrictEqual([
          login,
          path,
          200,
          null,
        ]);
      }
    }
  });

  test('finds only its own in lists, and the auditor all', async () => {
    const seen = async (login: string) => {
      const path = `/rounds/${round}/figures`;
      const items = await allItems<{ indicator: string }>(as(login), path, 2);
      return items.map(({ indicator }) => indicator);
    };
    expect(await seen('stc.officer')).toStrictEqual(['I.2', 'I.3', 'I.4', 'I.6']);
    expect(await seen('snv.officer')).toStrictEqual(['I.5']);
    expect(await seen('khcn.officer')).toStrictEqual(['I.1', 'I.4']);
    expect(await seen('tt.auditor')).toStrictEqual(['I.1', 'I.2', 'I.3', 'I.4', 'I.5', 'I.6']);
  });

  test('learns nothing of a figure by trying to write to it', async () => {
    const stale = await as('stc.officer').post(`${figureOf('I.5')}/corrections`, correction('8'), {
      ifMatch: 7,
    });
    expect(told(stale)).toStrictEqual([403, 'duty/not-lead-agency']);
    expect([stale.body['present'], stale.headers.get('etag')]).toStrictEqual([undefined, null]);
  });
});

describe('an auditor', () => {
  test('writes in no figure, no part, no register and no plan', async () => {
    const auditor = as('tt.auditor');
    const remarks = [{ component: null, evidence: null, text: 'Chưa rõ.' }];
    const lastDay = '2099-12-31';
    const reason = 'Không có quyền.';
    const figure = figureOf('I.3');
    const { revision } = dataOf<{ revision: number }>(await auditor.get(figure));
    const opened = dataOf<{ revision: number }>(await auditor.get(`/rounds/${round}`)).revision;
    const stranger = { login: 'x', name: 'x', position: 'x', agency: finance };
    const acts: readonly (readonly [string, unknown, number | undefined, string])[] = [
      [`${figure}/corrections`, correction('3'), revision, 'duty/auditor-writes'],
      [`${figure}/endorsements`, { version: 2 }, revision, 'duty/auditor-writes'],
      [`${figure}/returns`, { version: 2, remarks, lastDay }, revision, 'duty/auditor-writes'],
      [`${figure}/verifications`, { ...verification, version: 2 }, revision, 'duty/auditor-writes'],
      [`${figure}/withdrawals`, { version: 2, reason }, revision, 'duty/auditor-writes'],
      [`${figure}/disputes`, { version: 2, reason, evidence: [] }, revision, 'duty/auditor-writes'],
      [`/rounds/${round}/closures`, { on: grantedFrom, reason }, opened, 'round/not-registrar'],
      ['/people', stranger, undefined, 'access/role-needed'],
    ];
    const events = await eventsRecordedBy(cast.registrar, async () => {
      const seen: unknown[] = [];
      for (const [path, body, ifMatch] of acts) {
        const options = ifMatch === undefined ? {} : { ifMatch };
        seen.push([path, ...told(await auditor.post(path, body, options))]);
      }
      expect(seen).toStrictEqual(acts.map(([path, , , code]) => [path, 403, code]));
      await expect(deposit(auditor, finance, 'của kiểm toán viên')).rejects.toThrow('403');
    });
    expect(events).toBe(0);
    // What an auditor may do is ask, and that is an event like any other.
    const asked = { version: 2, remarks, lastDay };
    const path = `${figure}/explanation-requests`;
    expect(recorded(await auditor.post(path, asked, { ifMatch: revision })).type).toBe(
      'figure.explanation-requested.v1',
    );
  });
});
