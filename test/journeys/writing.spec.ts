import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bareHex, digestOf, jsonText } from '#kernel';
import {
  allItems,
  dataOf,
  eventsRecordedBy,
  LedgerUnderTest,
  recorded,
  told,
  Visitor,
} from '../ledger-under-test.ts';
import type { Answer, Options, Receipt } from '../ledger-under-test.ts';
import {
  correction,
  document,
  grantedFrom,
  madeUpPdf,
  newSecret,
  openSmallRound,
  round,
  statement,
} from '../small-round.ts';
import type { SmallRound } from '../small-round.ts';

/**
 * The contract of writing (CONTRACTS 4), as a client meets it: one command is one event however
 * often it is delivered, nobody overwrites what they have not seen, and what is refused leaves
 * nothing behind.
 */
let ledger: LedgerUnderTest;
let cast: SmallRound;
/** Repetitions of each command (QUALITY R7) and rounds of the race (R6). */
const isCi = process.env['CI'] === 'true';
const deliveriesAtOnce = isCi ? 20 : 5;
const raceRounds = isCi ? 200 : 20;
const raceTimeoutMs = 300_000;
const lead = 'son_la.so_tc';
const officers = ['stc.a', 'stc.b', 'stc.c', 'stc.d'];
const raced = `/figures/${round}.I.1`;
const repeated = `/figures/${round}.I.2`;
const guarded = `/figures/${round}.I.3`;
const followed = `/figures/${round}.I.4`;
const untouched = `/figures/${round}.I.5`;

beforeAll(async () => {
  ledger = await LedgerUnderTest.onFreshFolder();
  cast = await openSmallRound(ledger, {
    indicators: ['I.1', 'I.2', 'I.3', 'I.4', 'I.5'].map((code) => ({ code, lead })),
    offices: [
      ...officers.map((login) => ({ login, agency: lead, roles: ['officer'] as const })),
      { login: 'stc.head', agency: lead, roles: ['head'] },
    ],
  });
});

afterAll(() => ledger.remove());

const officer = (index = 0) => cast.member(officers[index % officers.length] ?? '');
const counted = (during: () => Promise<unknown>) => eventsRecordedBy(cast.registrar, during);

describe('a command', () => {
  /** What was delivered, with what it was answered first: to be known again by another process. */
  const known: { readonly delivery: Keyed; readonly first: Receipt }[] = [];

  /** One act of each kind of aggregate: who does it, where, what, on which revision. */
  const acts: readonly (readonly [string, () => Promise<Delivery>])[] = [
    [
      'registers an agency',
      async () => ({
        by: cast.registrar,
        path: '/agencies',
        body: {
          agency: 'son_la.so_moi',
          kind: 'department',
          name: { vi: 'Sở mới', en: null },
          aliases: [],
          classes: [],
          document: null,
        },
      }),
    ],
    [
      'enrols a person',
      async () => ({
        by: cast.registrar,
        path: '/people',
        body: { login: 'moi.a', name: 'Chuyên viên', position: 'Chuyên viên', agency: lead },
      }),
    ],
    [
      'grants a role',
      async () => {
        const { person, revision } = officer(3);
        const grant = { role: 'officer', agency: lead, from: grantedFrom, to: '2099-12-31' };
        return {
          by: cast.registrar,
          path: `/people/${person}/grants`,
          body: grant,
          ifMatch: revision,
        };
      },
    ],
    [
      'deposits evidence',
      async () => {
        const content = madeUpPdf('giao nhiều lần');
        const path = `/evidence/${bareHex(digestOf(content))}`;
        await officer().put(`${path}/content`, content, 'application/pdf');
        const body = { document: document('report', 'Báo cáo'), depositedFor: lead };
        return { by: officer(), path: `${path}/deposits`, body };
      },
    ],
    [
      'submits a figure',
      async () => ({
        by: officer(),
        path: `${repeated}/submissions`,
        body: statement('1.5'),
      }),
    ],
    [
      'corrects it',
      async () => ({
        by: officer(),
        path: `${repeated}/corrections`,
        body: correction('1.50'),
        ifMatch: 0,
      }),
    ],
    [
      'endorses it',
      async () => ({
        by: cast.member('stc.head'),
        path: `${repeated}/endorsements`,
        body: { version: 2 },
        ifMatch: 1,
      }),
    ],
  ];

  test('that names itself in the body, twice with one key: the second is another request', async () => {
    const key = randomUUID();
    const reference = (id: string) => ({
      by: officer(),
      path: '/evidence-references',
      key,
      body: {
        reference: id,
        document: document('report', 'Báo cáo'),
        heldBy: 'Kho lưu trữ',
        archiveMark: null,
        digest: null,
        reason: 'Tài liệu mật',
        periodCovered: null,
        depositedFor: lead,
      },
    });
    const [one, two] = [randomUUID(), randomUUID()];
    const first = recorded(await deliver(reference(one)));
    expect(first.repeated).toBe(false);
    expect(told(await deliver(reference(two)))).toStrictEqual([422, 'command/key-reused']);
    expect(recorded(await deliver(reference(one))).eventId).toBe(first.eventId);
  });

  test.each(acts)('that %s is one event, delivered in series or at once', async (_, prepare) => {
    const delivery = { ...(await prepare()), key: randomUUID() };
    let first: Receipt | undefined;
    const events = await counted(async () => {
      // All at once: those that find it under way are told so, the others get the one receipt.
      const all = Array.from({ length: deliveriesAtOnce }, () => deliver(delivery));
      const answers = await Promise.all(all);
      const receipts = answers.filter(({ status }) => status === 201).map(recorded);
      const others = answers.filter(({ status }) => status !== 201).map(told);
      expect(receipts.filter((receipt) => !receipt.repeated)).toHaveLength(1);
      expect(others).toStrictEqual(others.map(() => [409, 'command/in-flight']));
      first = receipts.find((receipt) => !receipt.repeated);
      for (let time = 0; time < 3; time += 1) {
        expect(core(recorded(await deliver(delivery)))).toStrictEqual(core(first, true));
      }
    });
    expect(events).toBe(1);
    if (first !== undefined) known.push({ delivery, first });
    expect(told(await deliver({ ...delivery, body: { ...delivery.body, more: 1 } }))).toStrictEqual(
      [400, 'request/invalid'],
    );
  });

  test('that enrols somebody leaves them an account, however many came at once', async () => {
    const key = randomUUID();
    const body = { login: 'moi.b', name: 'Chuyên viên', position: 'Chuyên viên', agency: lead };
    const send = () => cast.registrar.post('/people', body, { key });
    const answers = await Promise.all([send(), send(), send(), send()]);
    const codes = answers.flatMap(({ body: { activationCode } }) => activationCode ?? []);
    expect(codes).toHaveLength(1);
    const secret = newSecret();
    const activated = await new Visitor(ledger).post('/activations', { code: codes[0], secret });
    expect(told(activated)).toStrictEqual([204, null]);
    expect(told(await new Visitor(ledger).signIn('moi.b', secret))).toStrictEqual([201, null]);
  });

  test('is known again after the server was stopped, and after it was killed', async () => {
    const { revision } = dataOf<{ revision: number }>(await officer().get(repeated));
    const key = randomUUID();
    const withdrawal = {
      by: cast.member('stc.head'),
      path: `${repeated}/withdrawals`,
      body: { version: 2, reason: 'Rút để bổ sung.' },
      ifMatch: revision,
      key,
    };
    known.push({ delivery: withdrawal, first: recorded(await deliver(withdrawal)) });
    const repeatAll = async () => {
      for (const { delivery, first } of known) {
        const answers = await Promise.all([deliver(delivery), deliver(delivery)]);
        // One of the two may find the other under way; who asks again is answered.
        const receipts = answers.filter(({ status }) => status === 201);
        for (const answer of [...receipts, await deliver(delivery)]) {
          expect(core(recorded(answer))).toStrictEqual(core(first, true));
        }
        expect(receipts.length).toBeGreaterThan(0);
      }
    };
    expect(known).toHaveLength(acts.length + 1);
    const events = await counted(async () => {
      await ledger.restart();
      await repeatAll();
      await ledger.kill();
      await ledger.start();
      await repeatAll();
    });
    expect(events).toBe(0);
  });

  test('is not another one: the same key with another body is refused', async () => {
    const key = randomUUID();
    const delivery = { by: officer(), path: `${repeated}/submissions`, body: statement('2'), key };
    const { revision } = dataOf<{ revision: number }>(await officer().get(repeated));
    const first = recorded(await deliver({ ...delivery, ifMatch: revision }));
    const events = await counted(async () => {
      const other = { ...delivery, body: statement('3'), ifMatch: first.revision };
      expect(told(await deliver(other))).toStrictEqual([422, 'command/key-reused']);
      // Spelling is no difference: the digest is taken of what the JSON says.
      const respelled = jsonText(statement('2'), 4);
      const again = await officer().post(delivery.path, undefined, { key, text: respelled });
      expect(core(recorded(again))).toStrictEqual(core(first, true));
    });
    expect(events).toBe(0);
  });

  test('belongs to its person: the same key of another one is another command', async () => {
    const { revision } = dataOf<{ revision: number }>(await officer().get(repeated));
    const key = randomUUID();
    const path = `${repeated}/corrections`;
    const mine = recorded(await officer(0).post(path, correction('4'), { key, ifMatch: revision }));
    const theirs = recorded(
      await officer(1).post(path, correction('4'), { key, ifMatch: mine.revision }),
    );
    expect([theirs.revision, theirs.repeated]).toStrictEqual([mine.revision + 1, false]);
    expect(theirs.commandId).not.toBe(mine.commandId);
  });
});

describe('an act on what exists', () => {
  test('names the revision that was seen, or is told which one is there', async () => {
    const first = recorded(await officer().post(`${guarded}/submissions`, statement('10')));
    const second = recorded(
      await officer().post(`${guarded}/corrections`, correction('11'), { ifMatch: 0 }),
    );
    const events = await counted(async () => {
      const without = await officer().post(`${guarded}/corrections`, correction('12'));
      expect(told(without)).toStrictEqual([428, 'command/no-precondition']);
      for (const ifMatch of [first.revision, second.revision + 1]) {
        const stale = await officer().post(`${guarded}/corrections`, correction('12'), { ifMatch });
        expect(told(stale)).toStrictEqual([412, 'command/stale']);
        expect(stale.headers.get('etag')).toBe(`"${second.revision}"`);
        expect(stale.body['present']).toMatchObject({
          revision: second.revision,
          type: second.type,
          digest: second.digest,
          recordedAt: second.recordedAt,
          actor: { agency: lead, role: 'officer' },
        });
      }
      for (const weak of ['0', 'W/"1"', '*', '"1", "2"', '"-1"']) {
        const headers = { 'if-match': weak };
        const answer = await officer().post(`${guarded}/corrections`, correction('12'), {
          headers,
        });
        expect(told(answer)).toStrictEqual([400, 'request/bad-if-match']);
      }
    });
    expect(events).toBe(0);
  });

  test(
    'of 32 at once on one revision has one winner, round after round',
    async () => {
      const writers = 32;
      const winners = [recorded(await officer().post(`${raced}/submissions`, statement('0')))];
      for (let turn = 1; turn <= raceRounds; turn += 1) {
        const seen = turn - 1;
        const answers = await Promise.all(
          Array.from({ length: writers }, (_, index) => {
            const value = `${turn}.${String(index).padStart(2, '0')}`;
            return officer(index).post(`${raced}/corrections`, correction(value), {
              ifMatch: seen,
            });
          }),
        );
        const won = answers.filter(({ status }) => status === 201).map(recorded);
        expect(won.map(({ revision }) => revision)).toStrictEqual([turn]);
        const lost = answers.filter(({ status }) => status !== 201);
        expect(lost.map(told)).toStrictEqual(lost.map(() => [412, 'command/stale']));
        const presents = lost.map(({ body }) => body['present'] as { revision: number });
        expect(presents.map(({ revision }) => revision)).toStrictEqual(lost.map(() => turn));
        winners.push(...won);
      }
      const acts = (await allItems<HistoryItem>(officer(), `${raced}/history`)).filter(
        ({ stream }) => stream === `figure-${round}.I.1`,
      );
      expect(acts.map(({ revision }) => revision)).toStrictEqual([...winners.keys()]);
      expect(acts.map(({ digest }) => digest)).toStrictEqual(winners.map(({ digest }) => digest));
      expect(acts.map(({ version }) => version?.number)).toStrictEqual(
        winners.map(({ revision }) => revision + 1),
      );
      // Each version ends where the next begins, and the last one does not end.
      expect(acts.map(({ version }) => version?.to)).toStrictEqual([
        ...acts.slice(1).map(({ leafIndex }) => leafIndex),
        null,
      ]);
    },
    raceTimeoutMs,
  );
});

describe('a request that is not understood', () => {
  const good = statement('92255.5');
  const withValue = (value: unknown) =>
    jsonText({ ...good, values: [{ component: 'value', value }] });
  const cases: readonly (readonly [string, string, number, string, string])[] = [
    [
      'a field that nobody knows',
      jsonText({ ...good, recordedAt: '2026-01-01' }),
      400,
      'request/invalid',
      '/recordedAt',
    ],
    [
      'such a field deep inside',
      jsonText({ ...good, values: [{ component: 'value', digest: 'x' }] }),
      400,
      'request/invalid',
      '/values/0/digest',
    ],
    [
      'a member named twice',
      `{"status":"P",${jsonText(good).slice(1)}`,
      400,
      'request/duplicate-key',
      '/status',
    ],
    [
      'a fraction in place of a decimal string',
      withValue(92255.5),
      400,
      'request/not-an-integer',
      '/values/0/value',
    ],
    [
      'an integer in place of a decimal string',
      withValue(92255),
      400,
      'request/invalid',
      '/values/0/value',
    ],
    ['a decimal with a comma', withValue('92255,5'), 400, 'request/invalid', '/values/0/value'],
    [
      'text that is not NFC',
      jsonText({ ...good, note: 'Ba\u0301o ca\u0301o' }),
      400,
      'request/not-nfc',
      '/note',
    ],
    [
      'a list in place of a text',
      jsonText({ ...good, note: ['x'] }),
      400,
      'request/invalid',
      '/note',
    ],
    [
      'a day that does not exist',
      jsonText({ ...good, asOf: '2026-02-30' }),
      400,
      'request/invalid',
      '/asOf',
    ],
    [
      'nothing where something must be',
      jsonText({ ...good, values: undefined }),
      400,
      'request/invalid',
      '/values',
    ],
    [
      'evidence that nobody handed in',
      jsonText({ ...good, evidence: [{ evidence: `sha256:${'0'.repeat(64)}` }] }),
      409,
      'figure/evidence-missing',
      '/evidence/0/evidence',
    ],
    [
      'a component of no definition',
      jsonText({ ...good, values: [{ component: 'x', value: '1' }] }),
      422,
      'value/unknown-component',
      '/values/0/component',
    ],
  ];

  test('is answered with its place, and leaves no event', async () => {
    const events = await counted(async () => {
      const seen: unknown[] = [];
      for (const [name, text] of cases) {
        const answer = await officer().post(`${untouched}/submissions`, undefined, { text });
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        seen.push([name, ...told(answer), ...pointersOf(answer)]);
      }
      expect(seen).toStrictEqual(cases.map(([name, , ...expected]) => [name, ...expected]));
    });
    expect(events).toBe(0);
    // The body without its fault is taken: it was the fault that was refused.
    recorded(await officer().post(`${untouched}/submissions`, good));
  });

  test('without a key, or with one that is none, leaves no event', async () => {
    const events = await counted(async () => {
      for (const key of [null, 'hai tu', 'x'.repeat(256)]) {
        const answer = await officer().post(`${untouched}/corrections`, correction('1'), { key });
        expect(told(answer)).toStrictEqual([400, 'request/no-idempotency-key']);
      }
    });
    expect(events).toBe(0);
  });
});

describe('reading what one wrote', () => {
  test('needs the position and nothing else: no wait, no repetition', async () => {
    let ifMatch: number | undefined;
    for (let time = 0; time < 25; time += 1) {
      const path = ifMatch === undefined ? 'submissions' : 'corrections';
      const body = ifMatch === undefined ? statement('0') : correction(`${time}`);
      const written = await officer(time).post(`${followed}/${path}`, body, {
        ...(ifMatch !== undefined && { ifMatch }),
      });
      const { revision, digest } = recorded(written);
      const position = written.headers.get('ledger-position');
      // Somebody else reads, on a connection of their own.
      const read = await officer(time + 1).get(followed, { position });
      expect(read.headers.get('etag')).toBe(`"${revision}"`);
      expect(dataOf<{ present: { digest: string } }>(read).present.digest).toBe(digest);
      ifMatch = revision;
    }
  });

  test('waits: asked for the next leaf before it is written, it answers with it', async () => {
    const now = await officer().get(followed);
    const { revision } = dataOf<{ revision: number }>(now);
    const { leafIndex } = now.body['asOf'] as { leafIndex: number };
    const [read, written] = await Promise.all([
      officer(1).get(followed, { position: String(leafIndex + 1) }),
      officer(0).post(`${followed}/corrections`, correction('100'), { ifMatch: revision }),
    ]);
    expect(recorded(written).revision).toBe(revision + 1);
    expect([read.status, read.headers.get('etag')]).toStrictEqual([200, `"${revision + 1}"`]);
    expect(read.body['asOf']).toMatchObject({ leafIndex: leafIndex + 1 });
  });

  test('of a position that is still to come ends as "ask again", not as an old answer', async () => {
    const ahead = await officer().get(followed, { position: '999999999' });
    expect(told(ahead)).toStrictEqual([503, 'request/in-time']);
    expect(ahead.headers.get('retry-after')).toBe('1');
    const nonsense = await officer().get(followed, { position: 'gan day' });
    expect(told(nonsense)).toStrictEqual([400, 'request/bad-position']);
  });
});

type Delivery = {
  readonly by: Visitor;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly ifMatch?: number;
};

type HistoryItem = {
  readonly leafIndex: number;
  readonly stream: string;
  readonly revision: number;
  readonly digest: string;
  readonly version: { readonly number: number; readonly to: number | null } | null;
};

type Keyed = Delivery & { readonly key: string };

function deliver({ by, path, body, ifMatch, key }: Keyed): Promise<Answer> {
  const options: Options = { key, ...(ifMatch !== undefined && { ifMatch }) };
  return by.post(path, body, options);
}

/** A receipt less what a first answer alone carries, such as an activation code. */
function core(receipt: Receipt | undefined, isRepeated = receipt?.repeated) {
  const { stream, revision, eventId, type, digest, recordedAt, commandId } = receipt ?? {};
  return { stream, revision, eventId, type, digest, recordedAt, commandId, repeated: isRepeated };
}

function pointersOf({ body }: Answer): string[] {
  const errors = (body['errors'] ?? []) as { readonly pointer: string }[];
  return errors.map(({ pointer }) => pointer);
}
