import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import { told } from './http.contract.ts';
import { Offices } from './offices.contract.ts';
import { assignment, definition, document, figure, round, statement } from './round.contract.ts';

/** A finding over HTTP: raised, answered, closed or set aside, and refused to everybody else. */
let offices: Offices;
const path = `/figures/${figure}`;
const question = {
  kind: 'question',
  figure,
  version: 1,
  text: 'Chưa rõ nguồn số liệu.',
  evidence: [],
  answerBy: '2030-12-31',
};
const answer = { text: 'Nguồn là báo cáo quyết toán.', evidence: [] };
const closing = { outcome: 'settled', reason: 'Đã rõ.' };

beforeAll(async () => {
  offices = await Offices.open({
    definitions: [definition('I.4'), definition('I.5')],
    assignments: [assignment('I.4', 'son_la.so_tc'), assignment('I.5', 'son_la.so_yt')],
  });
  const evidence = await offices.deposits('officer', 'son_la.so_tc', 'Báo cáo');
  const links = [{ evidence, reference: null, component: null, page: null }];
  await offices.does('officer', path, 'submissions', { ...statement('12'), evidence: links });
});

afterAll(async () => {
  await offices?.ledger.stop();
});

async function raised(by = 'auditor', changes: object = {}): Promise<string> {
  const receipt = await offices.posts(by, '/findings', { ...question, ...changes }, null);
  expect(told(receipt)).toStrictEqual([201, undefined]);
  expect(receipt.body).toMatchObject({ type: 'finding.raised.v1', revision: 0 });
  return `/findings/${receipt.body['finding'] as string}`;
}

type FindingSeen = {
  readonly state: { readonly status: string; readonly asked: readonly string[] };
};
const stateOf = async (who: string, finding: string) =>
  (await offices.data<FindingSeen>(who, finding)).state;

describe('a question', () => {
  test('is raised, answered once and closed by who raised it', async () => {
    const finding = await raised();
    expect(await stateOf('auditor', finding)).toMatchObject({
      status: 'open',
      asked: ['son_la.so_tc'],
      subject: { figure, version: 1 },
      text: question.text,
    });
    const early = await offices.tries('checker', finding, 'closures', closing);
    expect(told(early)).toStrictEqual([403, 'duty/role-required']);
    await offices.does('officer', finding, 'answers', answer);
    expect(await stateOf('officer', finding)).toMatchObject({ status: 'answered' });
    await offices.does('auditor', finding, 'closures', closing);
    expect(await stateOf('head', finding)).toMatchObject({ status: 'closed' });
    const late = await offices.tries('officer', finding, 'answers', answer);
    expect(told(late)).toStrictEqual([409, 'finding/wrong-status']);
  });

  test('leaves the figure where it is, and awaits its lead', async () => {
    const before = await offices.data<{ revision: number }>('officer', path);
    const finding = await raised();
    expect(await offices.data('officer', path)).toMatchObject({ revision: before.revision });
    const { body } = await offices.read('officer', '/tasks');
    const tasks = body['items'] as { kind: string; id: string; lastDay: string }[];
    const own = tasks.filter(({ id }) => finding.endsWith(id));
    expect(own).toMatchObject([{ kind: 'answer-finding', lastDay: question.answerBy }]);
    await offices.does('officer', finding, 'answers', answer);
  });

  test('is the same finding when it is sent again', async () => {
    const key = 'the-same-key';
    const send = (body: object) =>
      offices.ledger.post('/findings', body, { token: offices.token('auditor'), key });
    const [first, again] = [await send(question), await send(question)];
    expect(again.body).toStrictEqual({ ...first.body, repeated: true });
    expect(told(await send({ ...question, text: 'Khác.' }))).toStrictEqual([
      422,
      'command/key-reused',
    ]);
  });

  test.each<readonly [string, string, object, number, string]>([
    ['an officer', 'officer', {}, 403, 'duty/role-required'],
    ['a head', 'head', {}, 403, 'duty/role-required'],
    ['an auditor who orders', 'auditor', { kind: 'order' }, 403, 'duty/role-required'],
    ['an auditor, about no version', 'auditor', { version: 9 }, 404, 'figure/no-such-version'],
    [
      'an auditor, about another round',
      'auditor',
      { figure: 'son_la-qd1969-2027.I.4' },
      404,
      'figure/unknown',
    ],
    [
      'an auditor, asking a stranger',
      'auditor',
      { asked: 'son_la.so_yt' },
      422,
      'finding/not-a-party',
    ],
    ['an auditor, for yesterday', 'auditor', { answerBy: '2020-01-01' }, 422, 'figure/day-passed'],
    [
      'an auditor, on a file nobody saw',
      'auditor',
      { evidence: [{ evidence: digestOf('nobody'), page: null }] },
      409,
      'figure/evidence-missing',
    ],
  ])('is not raised by %s', async (_, who, changes, status, code) => {
    const refused = await offices.posts(who, '/findings', { ...question, ...changes }, null);
    expect(told(refused)).toStrictEqual([status, code]);
  });
});

describe('who is not asked', () => {
  test('does not know of a finding, and cannot tell a wrong revision from a right one', async () => {
    const finding = await raised();
    const unknown = `/findings/${finding.slice(-36).replace(/^./, '0')}`;
    for (const place of [finding, unknown]) {
      expect(told(await offices.read('stranger', place))).toStrictEqual([404, 'request/not-found']);
    }
    const { body } = await offices.read('stranger', `/findings?round=${round}`);
    expect(body['items']).toStrictEqual([]);
    for (const etag of ['"0"', '"7"', null]) {
      const foreign = await offices.posts('stranger', `${finding}/answers`, answer, etag);
      expect([etag, ...told(foreign)]).toStrictEqual([etag, 403, 'duty/not-asked']);
      expect([foreign.body['present'], foreign.headers.get('etag')]).toStrictEqual([
        undefined,
        null,
      ]);
    }
    const auditor = await offices.tries('auditor', finding, 'answers', answer);
    expect(auditor.status).toBe(403);
    await offices.does('head', finding, 'answers', answer);
  });
});

describe('an order', () => {
  const order = { kind: 'order', text: 'Đính chính theo kết luận.' };

  test('is set aside by the committee alone, by a document', async () => {
    const letter = await offices.deposits('chairman', 'son_la.ubnd_tinh', 'Văn bản của UBND tỉnh');
    const overruling = {
      reason: 'Đã có kết luận khác.',
      document: { ...document, kind: 'decision', digest: letter },
    };
    const finding = await raised('inspector', order);
    for (const who of ['officer', 'head', 'auditor', 'inspector', 'checker']) {
      const refused = await offices.tries(who, finding, 'overrulings', overruling);
      expect([who, refused.status]).toStrictEqual([who, 403]);
    }
    await offices.does('chairman', finding, 'overrulings', overruling);
    expect(await stateOf('inspector', finding)).toMatchObject({ status: 'overruled' });
    const late = await offices.tries('officer', finding, 'answers', answer);
    expect(told(late)).toStrictEqual([409, 'finding/wrong-status']);
  });

  test('that changed in between is told so, with what was done', async () => {
    const finding = await raised('inspector', order);
    await offices.does('officer', finding, 'answers', answer);
    const stale = await offices.posts('inspector', `${finding}/closures`, closing, '"0"');
    expect(told(stale)).toStrictEqual([412, 'command/stale']);
    expect(stale.body['present']).toMatchObject({
      revision: 1,
      type: 'finding.answered.v1',
      data: { text: answer.text },
    });
    const blind = await offices.posts('inspector', `${finding}/closures`, closing, null);
    expect(told(blind)).toStrictEqual([428, 'command/no-precondition']);
  });
});

describe('the list of findings', () => {
  test('is narrowed by round, figure and status', async () => {
    const ids = async (query: string) => {
      const { status, body } = await offices.read('auditor', `/findings?${query}`);
      expect(status).toBe(200);
      return (body['items'] as { id: string }[]).map(({ id }) => id);
    };
    const all = await ids('limit=200');
    expect(await ids(`round=${round}&limit=200`)).toStrictEqual(all);
    expect(await ids(`figure=${round}.I.5`)).toStrictEqual([]);
    const byStatus = await Promise.all(
      ['open', 'answered', 'overruled', 'closed'].map((status) => ids(`status=${status}`)),
    );
    expect(byStatus.flat().sort()).toStrictEqual([...all].sort());
    expect(byStatus.every((list) => list.length > 0)).toBe(true);
    expect((await offices.read('auditor', '/findings?status=gone')).status).toBe(400);
  });
});
