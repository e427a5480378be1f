import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bareHex, digestOf, jsonText } from '#kernel';
import { ReadModels } from '#read-models/node';
import { told } from './http.contract.ts';
import type { TestLedger } from './http.contract.ts';
import { document, figure, recorded, round, startRound, statement } from './round.contract.ts';

/** A file that its agency closed and cites: what everybody else may learn of it, which is nothing. */
let ledger: TestLedger;
let people: Readonly<Record<string, string>>;
const bytes = new TextEncoder().encode('%PDF-1.7\n% mật\n%%EOF\n');
const hidden = bareHex(digestOf(bytes));
const unknown = 'f'.repeat(64);
const title = 'Báo cáo mật về một đề tài';
let depositReceipt: string;
let position: Record<string, string>;

const as = (who: string) => ({ token: people[who] as string });
const read = (who: string, path: string) =>
  ledger.get(`/api/v1${path}`, { ...as(who), headers: position });

beforeAll(async () => {
  ({ ledger, people } = await startRound());
  await ledger.put(hidden, 'application/pdf', bytes, people['officer'] as string);
  const act = (path: string, body: object, ifMatch = {}) =>
    recorded(ledger.post(path, body, { ...as('officer'), ...ifMatch }));
  const deposit = { document: { ...document, title }, depositedFor: 'son_la.so_tc' };
  const deposited = await act(`/evidence/${hidden}/deposits`, deposit);
  depositReceipt = String(deposited.body['eventId']);
  const closing = { to: [], reason: 'Tài liệu mật.' };
  await act(`/evidence/${hidden}/restrictions`, closing, { ifMatch: '"0"' });
  const evidence = [{ evidence: digestOf(bytes), reference: null, component: null, page: null }];
  const { headers } = await act(`/figures/${figure}/submissions`, {
    ...statement('1'),
    evidence,
  });
  position = { 'ledger-position': headers.get('ledger-position') ?? '' };
});

afterAll(async () => {
  await ledger?.stop();
});

describe('a file that somebody may not read', () => {
  const acts = {
    restrictions: { to: [], reason: 'x' },
    grants: { to: ['son_la.so_yt'], rounds: [], reason: 'x' },
    deposits: { document, depositedFor: 'son_la.so_yt' },
  };

  test.each([
    ['restrictions', {}, [404, 'evidence/unknown']],
    ['restrictions', { ifMatch: '"0"' }, [404, 'evidence/unknown']],
    ['restrictions', { ifMatch: '"1"' }, [404, 'evidence/unknown']],
    ['grants', { ifMatch: '"1"' }, [404, 'evidence/unknown']],
    ['deposits', {}, [409, 'evidence/content-missing']],
    ['deposits', { ifMatch: '"0"' }, [400, 'request/if-match-unwanted']],
    ['deposits', { ifMatch: '"1"' }, [400, 'request/if-match-unwanted']],
  ] as const)('is like no file: %s with %j', async (path, options, expected) => {
    const answers = [];
    for (const address of [hidden, unknown]) {
      const answer = await ledger.post(`/evidence/${address}/${path}`, acts[path], {
        ...as('stranger'),
        ...options,
      });
      expect(told(answer)).toStrictEqual(expected);
      const { evidence, ...facts } = (answer.body['facts'] ?? {}) as { evidence?: string };
      answers.push([answer.headers.get('etag'), facts]);
      expect([undefined, digestOf(bytes), `sha256:${unknown}`]).toContain(evidence);
    }
    expect(answers[0]).toStrictEqual(answers[1]);
  });

  /** What the read models are asked for while the request is answered, in order of the names. */
  async function looksOf(request: () => Promise<unknown>): Promise<readonly string[]> {
    const models = ledger.server.app.get(ReadModels);
    const looks: string[] = [];
    const names = ['evidence', 'finding', 'figure', 'rounds', 'round', 'roundFigures'] as const;
    const others = ['people', 'agencies', 'reviewBodies', 'frameworks'] as const;
    const own = models as unknown as Record<string, unknown>;
    for (const name of [...names, ...others]) {
      const asked = models[name].bind(models) as (...given: unknown[]) => unknown;
      own[name] = (...given: unknown[]) => {
        looks.push(name);
        return asked(...given);
      };
    }
    await request();
    for (const name of [...names, ...others]) delete own[name];
    return looks.sort();
  }

  test('costs as many looks as none does, so that the time does not tell them apart', async () => {
    const restricting = (address: string, revision: number) => () =>
      ledger.post(`/evidence/${address}/restrictions`, acts.restrictions, {
        ...as('stranger'),
        ifMatch: `"${revision}"`,
      });
    const none = await looksOf(() => read('stranger', `/evidence/${unknown}`));
    expect(none).toContain('roundFigures');
    for (const request of [
      () => read('stranger', `/evidence/${hidden}`),
      () => read('stranger', `/evidence/${hidden}/content`),
      () => read('stranger', `/evidence/${unknown}/content`),
      restricting(hidden, 0),
      restricting(hidden, 1),
      restricting(unknown, 0),
    ]) {
      expect(await looksOf(request)).toStrictEqual(none);
    }
  });
});

describe('a closed file of a round', () => {
  test('stands in the register of who may read it only', async () => {
    for (const [who, count] of [
      ['officer', 1],
      ['checker', 1],
      ['registrar', 0],
    ] as const) {
      const { status, body } = await read(who, `/evidence?round=${round}`);
      const items = body['items'] as { evidence: { state: { evidence: string } } }[];
      expect([who, status, items.length]).toStrictEqual([who, 200, count]);
      const before = await read(who, `/evidence?round=${round}&asOf=2999-01-01T00:00:00Z`);
      expect([who, before.status]).toStrictEqual([who, 200]);
    }
  });

  test('keeps its title out of the histories and receipts of who may not read it', async () => {
    for (const [who, isTold] of [
      ['officer', true],
      ['checker', true],
      ['registrar', false],
    ] as const) {
      const { body } = await read(who, `/figures/${figure}/history`);
      const items = body['items'] as { stream: string; type: string }[];
      const onFile = items.filter(({ stream }) => stream === `evidence-${hidden}`);
      expect([who, onFile.length, jsonText(body).includes(title)]).toStrictEqual([
        who,
        isTold ? 2 : 0,
        isTold,
      ]);
      expect(items.some(({ type }) => type === 'figure.submitted.v1')).toBe(true);
    }
    expect((await read('officer', `/receipts/${depositReceipt}`)).status).toBe(200);
    expect(told(await read('registrar', `/receipts/${depositReceipt}`))).toStrictEqual([
      404,
      'request/not-found',
    ]);
  });
});
