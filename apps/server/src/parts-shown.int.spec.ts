import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { told } from './http.contract.ts';
import type { TestLedger } from './http.contract.ts';
import { figure, otherFigure, recorded, round, startRound, statement } from './round.contract.ts';

/** What one who gives a part of a figure sees of it, and of the parts of others. */
let ledger: TestLedger;
let people: Readonly<Record<string, string>>;
let position: Record<string, string>;
const own = `${otherFigure}.so_tc`;
const foreign = `${otherFigure}.so_khcn`;

beforeAll(async () => {
  ({ ledger, people } = await startRound());
  const about = { indicator: 'I.5' };
  const steps = [
    ['participants', { ...about, choices: [] }],
    [
      'participant-amendments',
      {
        ...about,
        added: ['son_la.so_tc', 'son_la.so_khcn'],
        removed: [],
        reason: 'Hai sở cùng góp.',
        document: null,
      },
    ],
  ] as const;
  for (const [path, body] of steps) {
    const { headers } = await read('registrar', `/rounds/${round}`);
    const ifMatch = headers.get('etag') ?? '';
    const done = await recorded(
      ledger.post(`/rounds/${round}/${path}`, body, { ...as('registrar'), ifMatch }),
    );
    position = { 'ledger-position': done.headers.get('ledger-position') ?? '' };
  }
  for (const [part, agency] of [
    [own, 'son_la.so_tc'],
    [foreign, 'son_la.so_khcn'],
  ] as const) {
    const asked = { agency, components: [], documentsOnly: true };
    const done = await recorded(
      ledger.post(`/contributions/${part}/requests`, asked, as('stranger')),
    );
    position = { 'ledger-position': done.headers.get('ledger-position') ?? '' };
  }
});

afterAll(async () => {
  await ledger?.stop();
});

const as = (who: string) => ({ token: people[who] as string });
const read = (who: string, path: string) =>
  ledger.get(`/api/v1${path}`, { ...as(who), headers: position ?? {} });

describe('a figure of several agencies', () => {
  test('shows each giver their own part, and its lead and checker all', async () => {
    const partsOf = async (who: string) => {
      const one = (await read(who, `/figures/${otherFigure}`)).body['data'] as Shown;
      const { body } = await read(who, `/rounds/${round}/figures`);
      const listed = (body['items'] as Shown[]).find((item) => item.figure === otherFigure);
      expect(listed?.parts).toStrictEqual(one.parts);
      return one.parts.map(({ contribution }) => contribution);
    };
    expect(await partsOf('officer')).toStrictEqual([own]);
    expect(await partsOf('stranger')).toStrictEqual([foreign, own]);
    expect(await partsOf('checker')).toStrictEqual([foreign, own]);
  });

  test('has a history with the acts on one’s own part, and a difference too', async () => {
    const streamsOf = async (who: string) => {
      const { body } = await read(who, `/figures/${otherFigure}/history?limit=200`);
      const items = body['items'] as { stream: string }[];
      const streams = items.map(({ stream }) => stream);
      return [...new Set(streams)].filter((stream) => stream.startsWith('contribution-')).sort();
    };
    expect(await streamsOf('officer')).toStrictEqual([`contribution-${own}`]);
    for (const who of ['stranger', 'checker']) {
      expect(await streamsOf(who)).toStrictEqual([
        `contribution-${foreign}`,
        `contribution-${own}`,
      ]);
    }
    const { body } = await read('officer', `/figures/${otherFigure}/diff?from=0&to=999`);
    const { changes } = body['data'] as { changes: { after?: Shown }[] };
    expect(changes[0]?.after?.parts.map(({ contribution }) => contribution)).toStrictEqual([own]);
    expect(told(await read('officer', `/contributions/${foreign}/history`))).toStrictEqual([
      404,
      'request/not-found',
    ]);
  });
});

describe('the state of a figure', () => {
  test('is told by no refusal to who may not see it', async () => {
    const remark = { component: null, evidence: null, text: 'x' };
    const acts = [
      ['verifications', { version: 1, note: null, reviewBody: null, acceptance: null }],
      ['returns', { version: 1, remarks: [remark], lastDay: '2030-01-01' }],
      ['settlements', { dispute: 'dispute-1', outcome: 'dismissed', reason: 'x', document: null }],
      ['endorsements', { version: 1 }],
    ] as const;
    const answers = async () => {
      const all: unknown[] = [];
      for (const [path, body] of acts) {
        for (const headers of [{}, { ifMatch: '"0"' }, { ifMatch: '"1"' }]) {
          const answer = await ledger.post(`/figures/${figure}/${path}`, body, {
            ...as('stranger'),
            ...headers,
          });
          all.push([path, ...told(answer), answer.headers.get('etag')]);
        }
      }
      return all;
    };
    const before = await answers();
    const input = { ...statement('1'), evidence: [] };
    await recorded(ledger.post(`/figures/${figure}/submissions`, input, as('officer')));
    expect(await answers()).toStrictEqual(before);
    expect(new Set(before.map((one) => (one as unknown[])[2]))).toStrictEqual(
      new Set(['duty/not-lead-agency']),
    );
  });
});

type Shown = {
  readonly figure: string;
  readonly parts: readonly { readonly contribution: string }[];
};
