import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Digest } from '#kernel';
import { told } from './http.contract.ts';
import { Offices } from './offices.contract.ts';
import { assignment, definition, document, figure, recorded, statement } from './round.contract.ts';

/**
 * What one registrar can do alone with people of their own making: sign in a head's place, and
 * check what was signed. Both have to wait for somebody else (decision 0023).
 */
let offices: Offices;
let letter: Digest;
const path = `/figures/${figure}`;
const finance = 'son_la.so_tc';

beforeAll(async () => {
  offices = await Offices.open({
    definitions: [definition('I.4'), definition('I.5')],
    assignments: [assignment('I.4', finance), assignment('I.5', 'son_la.so_yt')],
  });
  const evidence = await offices.deposits('officer', finance, 'Báo cáo');
  const links = [{ evidence, reference: null, component: null, page: null }];
  await offices.does('officer', path, 'submissions', { ...statement('12'), evidence: links });
  letter = await offices.deposits('registrar', 'son_la.so_khcn', 'Giấy uỷ quyền');
  await puppet('dummy', 'officer', finance);
  await puppet('dummy checker', 'checker', 'son_la.so_khcn');
});

afterAll(async () => {
  await offices?.ledger.stop();
});

const grants: Record<string, string> = {};

/** Somebody of the registrar's making, whose code and secret are the registrar's, too. */
async function puppet(who: string, role: string, agency: string): Promise<void> {
  const login = who.replace(' ', '_');
  const particulars = { login, name: who, position: who, agency };
  const enrolled = await recorded(offices.posts('registrar', '/people', particulars, null));
  const { person, activationCode: code } = enrolled.body as Record<string, string>;
  const grant = { role, agency, from: '2026-01-01', document: { ...document, digest: letter } };
  const etag = enrolled.headers.get('etag');
  const granted = await recorded(
    offices.posts('registrar', `/people/${person}/grants`, grant, etag),
  );
  grants[who] = String(granted.body['grant']);
  expect(granted.body['needsConfirmation']).toBe(role === 'checker');
  const secret = `bí mật riêng của người này ${randomUUID()}`;
  await offices.ledger.post('/activations', { code, secret }, { key: null });
  offices.seat(who, await offices.ledger.signIn(login, secret));
}

type Me = {
  readonly person: string;
  readonly capacities: readonly unknown[];
  readonly delegationsGiven: readonly Readonly<Record<string, unknown>>[];
};
const me = (who: string) => offices.data<Me>(who, '/me');

/** An act on somebody as they stand, whoever sends it. */
async function actsOn(whom: string, by: string, act: string, body: unknown) {
  const seen = await offices.read(whom, '/me');
  const { person } = seen.body['data'] as Me;
  return offices.posts(by, `/people/${person}/${act}`, body, seen.headers.get('etag'));
}

const tasksOf = async (who: string, kind: string) => {
  const { body } = await offices.read(who, '/tasks');
  return (body['items'] as { kind: string; subject: string }[]).filter((one) => one.kind === kind);
};

describe('a registrar alone', () => {
  let delegation: string;
  const endorses = (who: string) => offices.tries(who, path, 'endorsements', { version: 1 });

  test('records a delegation in a head’s name on a deposited paper only', async () => {
    const { person: head } = await me('head');
    const days = { from: '2026-01-01', to: null };
    const body = { form: 'TUQ', head, agency: finance, ...days };
    const unfiled = await actsOn('dummy', 'registrar', 'delegations', { ...body, document });
    expect(told(unfiled)).toStrictEqual([422, 'delegation/no-document']);
    const filed = { ...body, document: { ...document, digest: letter } };
    const given = await recorded(actsOn('dummy', 'registrar', 'delegations', filed));
    expect(given.body).toMatchObject({ needsConfirmation: true });
    delegation = String(given.body['delegation']);
  });

  test('lets nobody sign by it, nor confirms it', async () => {
    expect((await me('dummy')).capacities).toMatchObject([{ role: 'officer', delegation: null }]);
    expect(told(await endorses('dummy'))).toStrictEqual([403, 'duty/role-required']);
    for (const who of ['registrar', 'dummy']) {
      const confirmed = await actsOn('dummy', who, `delegations/${delegation}/confirmations`, {});
      expect(told(confirmed)).toStrictEqual([403, 'delegation/own-confirmation']);
    }
    const stranger = await actsOn(
      'dummy',
      'officer',
      `delegations/${delegation}/confirmations`,
      {},
    );
    expect(told(stranger)).toStrictEqual([403, 'delegation/not-confirmer']);
  });

  test('is seen doing so by the head, among the tasks and on their own page', async () => {
    for (const who of ['head', 'chairman']) {
      expect(await tasksOf(who, 'confirm-delegation')).toMatchObject([{ subject: delegation }]);
      // Nobody is asked to agree to a paper that they may not read.
      expect((await offices.read(who, `/evidence/${letter}`)).status).toBe(200);
    }
    expect(await tasksOf('registrar', 'confirm-delegation')).toStrictEqual([]);
    const { person } = await me('dummy');
    expect((await me('head')).delegationsGiven).toMatchObject([
      { person, delegation, needsConfirmation: true, confirmedBy: null, ended: null },
    ]);
  });

  test('makes nobody who may bring a figure into force', async () => {
    expect((await me('dummy checker')).capacities).toStrictEqual([]);
    await offices.does('head', path, 'endorsements', { version: 1 });
    const verified = await offices.tries('dummy checker', path, 'verifications', { version: 1 });
    expect(told(verified)).toStrictEqual([403, 'duty/not-lead-agency']);
    const confirmation = `grants/${grants['dummy checker']}/confirmations`;
    const own = await actsOn('dummy checker', 'registrar', confirmation, {});
    expect(told(own)).toStrictEqual([403, 'grant/own-confirmation']);
  });

  test('needs the head, whose consent is an act of the head’s own', async () => {
    const confirmed = await actsOn('dummy', 'head', `delegations/${delegation}/confirmations`, {});
    expect([...told(confirmed), confirmed.body['type']]).toStrictEqual([
      201,
      undefined,
      'delegation.confirmed.v1',
    ]);
    const { capacities } = await me('dummy');
    expect(capacities).toMatchObject([{ delegation: null }, { delegation: { form: 'TUQ' } }]);
    expect(await tasksOf('head', 'confirm-delegation')).toStrictEqual([]);
  });
});
