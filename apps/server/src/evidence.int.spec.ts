import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import { confirmerSecret, told } from './http.contract.ts';
import type { TestLedger } from './http.contract.ts';
import {
  document,
  otherFigure,
  pdf,
  recorded,
  sha256,
  startRound,
  statement,
} from './round.contract.ts';

/** Whom a file is for, and what may rest on it. */
let ledger: TestLedger;
let people: Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ ledger, people } = await startRound());
  await ledger.put(sha256, 'application/pdf', pdf, people['officer'] as string);
  await recorded(
    ledger.post(
      `/evidence/${sha256}/deposits`,
      { document: { ...document, kind: 'statement' }, depositedFor: 'son_la.so_tc' },
      as('officer'),
    ),
  );
});

afterAll(async () => {
  await ledger?.stop();
});

const as = (who: string) => ({ token: people[who] as string });
const read = (who: string, path: string, headers: Record<string, string> = {}) =>
  ledger.get(`/api/v1${path}`, { ...as(who), headers });

describe('evidence of another agency', () => {
  test('is not there, as a file or as a document, until one may see what cites it', async () => {
    for (const path of [`/evidence/${sha256}`, `/evidence/sha256:${sha256}`]) {
      expect((await read('officer', path)).status).toBe(200);
      expect((await read('checker', path)).status).toBe(200);
      for (const rest of ['', '/content']) {
        const hidden = await read('stranger', `${path}${rest}`);
        expect(told(hidden)).toStrictEqual([404, 'evidence/unknown']);
      }
    }
    const foreign = await ledger.post(
      `/evidence/${sha256}/restrictions`,
      { to: [], reason: 'x' },
      { ...as('stranger'), ifMatch: '"7"' },
    );
    expect(told(foreign)).toStrictEqual([403, 'evidence/not-your-agency']);
  });

  test('shows each reader the links that are theirs', async () => {
    const written = await recorded(
      ledger.post(`/figures/${otherFigure}/submissions`, statement('1'), as('stranger')),
    );
    const position = { 'ledger-position': written.headers.get('ledger-position') ?? '' };
    const linksOf = async (who: string) => {
      const { status, body } = await read(who, `/evidence/${sha256}`, position);
      const { links } = body['data'] as { links: { holder: { id: string } }[] };
      return [status, ...links.map(({ holder }) => holder.id)];
    };
    // Its own agency does not learn from the file which figure of another one rests on it.
    expect(await linksOf('officer')).toStrictEqual([200]);
    expect(await linksOf('stranger')).toStrictEqual([200, otherFigure]);
    expect(await linksOf('checker')).toStrictEqual([200, otherFigure]);
    const { body } = await read('officer', '/evidence', position);
    expect(body['items']).toMatchObject([{ kind: 'deposited', links: [] }]);
  });

  test('is taken as raw bytes, from who may deposit some', async () => {
    const registrar = people['registrar'] as string;
    const outsider = await ledger.enter(registrar, 'nhan', 'recipient', 'son_la.bo_khcn');
    const refused = await ledger.put(sha256, 'application/pdf', pdf, outsider);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toStrictEqual([
      403,
      'access/role-needed',
    ]);
    const form = await ledger.put(
      sha256,
      'multipart/form-data; boundary=x',
      pdf,
      people['officer'] as string,
    );
    expect([form.status, ((await form.json()) as { code: string }).code]).toStrictEqual([
      415,
      'request/form-sent',
    ]);
  });
});

describe('a grant', () => {
  test('rests on no file that nobody handed in, and awaits who may confirm it', async () => {
    const registrar = as('registrar');
    const [name, agency] = ['Giám đốc Sở Tài chính', 'son_la.so_tc'];
    const enrolled = await recorded(
      ledger.post('/people', { login: 'gd', name, position: name, agency }, registrar),
    );
    const { person } = enrolled.body as { person: string };
    const grant = (digest: string) =>
      ledger.post(
        `/people/${person}/grants`,
        { role: 'head', agency, from: '2026-01-01', document: { ...document, digest } },
        { ...registrar, ifMatch: '"0"' },
      );
    expect(told(await grant(digestOf('nobody saw it')))).toStrictEqual([
      409,
      'grant/document-not-deposited',
    ]);
    const granted = await recorded(grant(digestOf(pdf)));
    const confirmer = { token: await ledger.signIn('xacnhan', confirmerSecret) };
    const tasks = await ledger.get('/api/v1/tasks', {
      ...confirmer,
      headers: { 'ledger-position': granted.headers.get('ledger-position') ?? '' },
    });
    expect(tasks.body['items']).toMatchObject([
      { kind: 'confirm-grant', id: person, subject: granted.body['grant'], revision: 1 },
    ]);
    expect((await read('registrar', '/tasks')).body['items']).toStrictEqual([]);
    // Who is to confirm can read the decision that the grant rests on.
    const paper = await ledger.get(`/api/v1/evidence/${sha256}`, confirmer);
    expect(paper.status).toBe(200);
  });
});
