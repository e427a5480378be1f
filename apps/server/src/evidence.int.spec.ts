import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bareHex, digestOf } from '#kernel';
import { confirmerSecret, told } from './http.contract.ts';
import type { TestLedger } from './http.contract.ts';
import {
  document,
  otherFigure,
  pdf,
  recorded,
  round,
  sha256,
  startRound,
  statement,
} from './round.contract.ts';

/** Whom a file is for, and what may rest on it. */
let ledger: TestLedger;
let people: Readonly<Record<string, string>>;
/** The deposit of the beginning: what is read shows at least that. */
let start: Record<string, string> = {};

beforeAll(async () => {
  ({ ledger, people } = await startRound());
  await ledger.put(sha256, 'application/pdf', pdf, people['officer'] as string);
  const deposited = await recorded(
    ledger.post(
      `/evidence/${sha256}/deposits`,
      { document: { ...document, kind: 'statement' }, depositedFor: 'son_la.so_tc' },
      as('officer'),
    ),
  );
  start = { 'ledger-position': deposited.headers.get('ledger-position') ?? '' };
});

afterAll(async () => {
  await ledger?.stop();
});

const as = (who: string) => ({ token: people[who] as string });
const read = (who: string, path: string, headers: Record<string, string> = start) =>
  ledger.get(`/api/v1${path}`, { ...as(who), headers });

type Shown = {
  readonly document: { readonly title: string };
  readonly deposits: readonly { readonly depositedFor: string }[];
};

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
    // Whatever a stranger tries, it is answered as for a digest that nobody ever deposited.
    for (const address of [sha256, 'f'.repeat(64)]) {
      for (const headers of [{}, { ifMatch: '"0"' }, { ifMatch: '"7"' }]) {
        const foreign = await ledger.post(
          `/evidence/${address}/restrictions`,
          { to: [], reason: 'x' },
          { ...as('stranger'), ...headers },
        );
        expect(told(foreign)).toStrictEqual([404, 'evidence/unknown']);
        expect(foreign.headers.get('etag')).toBeNull();
      }
    }
  });

  test('tells type and size of a file by HEAD, to who may read it', async () => {
    const path = `/api/v1/evidence/${sha256}/content`;
    const head = await ledger.send('HEAD', path, undefined, as('officer'));
    const named = ['content-type', 'content-length', 'etag', 'content-disposition'];
    expect([head.status, head.body, ...named.map((name) => head.headers.get(name))]).toStrictEqual([
      200,
      {},
      'application/pdf',
      String(pdf.length),
      `"${sha256}"`,
      `attachment; filename="${sha256.slice(0, 12)}.pdf"`,
    ]);
    const hidden = await ledger.send('HEAD', path, undefined, as('stranger'));
    expect([hidden.status, hidden.body]).toStrictEqual([404, {}]);
  });

  test('is not cited by who only knows its digest', async () => {
    const citing = (evidence: string) =>
      ledger.post(
        `/figures/${otherFigure}/submissions`,
        {
          ...statement('1'),
          evidence: [{ evidence, reference: null, component: null, page: null }],
        },
        as('stranger'),
      );
    for (const digest of [digestOf(pdf), digestOf('nobody has it')]) {
      const { status, body } = await citing(digest);
      expect([status, body['code'], body['errors'], body['facts']]).toStrictEqual([
        409,
        'figure/evidence-missing',
        [{ pointer: '/evidence/0/evidence', code: 'figure/evidence-missing' }],
        { evidence: digest, fault: 'absent' },
      ]);
    }
  });

  test('is another agency’s own once it has the bytes, in its own words', async () => {
    const deposit = {
      document: { ...document, kind: 'report', title: 'Bản của Sở Y tế' },
      depositedFor: 'son_la.so_yt',
    };
    const post = () => ledger.post(`/evidence/${sha256}/deposits`, deposit, as('stranger'));
    expect(told(await post())).toStrictEqual([409, 'evidence/content-missing']);
    // As if nobody had handed it in before.
    const put = await ledger.put(sha256, 'application/pdf', pdf, people['stranger'] as string);
    expect(put.status).toBe(201);
    const written = await recorded(post());
    const position = { 'ledger-position': written.headers.get('ledger-position') ?? '' };
    const seen = async (who: string) => {
      const { body } = await read(who, `/evidence/${sha256}`, position);
      const { state } = (body['data'] as { evidence: { state: Shown } }).evidence;
      const deposits = state.deposits.map(({ depositedFor }) => depositedFor);
      return [state.document.title, ...deposits];
    };
    expect(await seen('stranger')).toStrictEqual(['Bản của Sở Y tế', 'son_la.so_yt']);
    expect(await seen('officer')).toStrictEqual([document.title, 'son_la.so_tc']);
    expect(await seen('checker')).toStrictEqual([document.title, 'son_la.so_tc', 'son_la.so_yt']);
    const listed = await read('stranger', '/evidence', position);
    expect(listed.body['items']).toMatchObject([
      { evidence: { state: { depositedFor: 'son_la.so_yt' } } },
    ]);
    expect(told(await post())).toStrictEqual([409, 'evidence/already-deposited']);
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

  test('is closed by its depositor for that deposit alone', async () => {
    const closing = { to: [], reason: 'Mật.' };
    const revision = (await read('officer', `/evidence/${sha256}`)).headers.get('etag') ?? '';
    const closed = await recorded(
      ledger.post(`/evidence/${sha256}/restrictions`, closing, {
        ...as('officer'),
        ifMatch: revision,
      }),
    );
    const position = { 'ledger-position': closed.headers.get('ledger-position') ?? '' };
    for (const who of ['officer', 'stranger', 'checker']) {
      expect((await read(who, `/evidence/${sha256}`, position)).status).toBe(200);
      const content = await fetch(`${ledger.server.url}/api/v1/evidence/${sha256}/content`, {
        headers: { authorization: `Bearer ${people[who]}` },
      });
      expect([who, content.status]).toStrictEqual([who, 200]);
    }
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

describe('evidence that was opened to others', () => {
  const bytes = new TextEncoder().encode('%PDF-1.7\n% dùng chung trong đợt\n%%EOF\n');
  const address = bareHex(digestOf(bytes));
  const act = async (path: string, body: object, revision: number) => {
    const answer = await recorded(
      ledger.post(`/evidence/${address}/${path}`, body, {
        ...as('officer'),
        ifMatch: `"${revision}"`,
      }),
    );
    return { 'ledger-position': answer.headers.get('ledger-position') ?? '' };
  };

  test('is read and cited by the parties of the round, and kept by who cited it', async () => {
    await ledger.put(address, 'application/pdf', bytes, people['officer'] as string);
    await recorded(
      ledger.post(
        `/evidence/${address}/deposits`,
        { document, depositedFor: 'son_la.so_tc' },
        as('officer'),
      ),
    );
    expect(told(await read('stranger', `/evidence/${address}`))).toStrictEqual([
      404,
      'evidence/unknown',
    ]);
    const shared = { to: [], rounds: [round], reason: 'Dùng chung.' };
    const position = await act('grants', shared, 0);
    expect((await read('stranger', `/evidence/${address}`, position)).status).toBe(200);
    const link = { evidence: digestOf(bytes), reference: null, component: null, page: null };
    const { builtFrom, ...input } = statement('2');
    const correction = { ...input, evidence: [link], builtFrom, kind: 'update', reason: 'Mới.' };
    const current = (await read('stranger', `/figures/${otherFigure}`)).headers.get('etag') ?? '';
    const cited = await recorded(
      ledger.post(`/figures/${otherFigure}/corrections`, correction, {
        ...as('stranger'),
        ifMatch: current,
      }),
    );
    expect(cited.status).toBe(201);
    const after = await act('restrictions', { to: [], reason: 'Mật.' }, 1);
    // Its figure rests on it, and its checker looks behind the figure.
    for (const who of ['stranger', 'checker', 'officer']) {
      const { status } = await read(who, `/evidence/${address}`, after);
      expect([who, status]).toStrictEqual([who, 200]);
    }
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
