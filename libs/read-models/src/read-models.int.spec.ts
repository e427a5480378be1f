import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Capacity } from '#directory';
import { MemoryEventStore } from '#event-store';
import { day } from '#kernel';
import type { Instant, Role } from '#kernel';
import type { Database } from './database.ts';
import { describeOnEachDatabase } from './each-database.contract.ts';
import {
  figureId,
  khcn,
  nnmt,
  openedRound,
  partId,
  round,
  roundStream,
  someone,
  source,
  statementOf,
  tc,
} from './made-up-ledger.contract.ts';
import type { MadeUpLedger } from './made-up-ledger.contract.ts';
import { readModels } from './models.ts';
import { ReadModels } from './read-models.ts';
import { rebuild } from './rebuild.ts';

const figure = figureId('I.2');
const part = partId('I.2', khcn);
const responsibility = { text: 'chính xác, đầy đủ', source };
const signature = { form: 'head', delegation: null } as const;
const today = day('2026-01-07');

let database: Database;
let ledger: MadeUpLedger;
let asked: ReadModels;

describeOnEachDatabase((open) => {
  beforeAll(async () => {
    database = await open();
    ledger = oneYear();
    const store = new MemoryEventStore();
    await ledger.appendTo(store);
    await rebuild({ db: database.db, models: readModels, upcasters: [], store });
    asked = new ReadModels({ db: database.db });
  });
  afterAll(async () => {
    await database.close();
  });

  /** One part handed in late, one figure from first version to a correction that is pending. */
  function oneYear(): MadeUpLedger {
    const made = openedRound();
    const file = made.file(someone(tc, 'officer'), 'report.pdf');
    made.file(someone(nnmt, 'officer'), 'never linked.pdf');
    const digestOfFigure = () => made.figures.get(figure)?.versions.at(-1)?.digest ?? file;
    const handedIn = statementOf(made, 'I.2', khcn, 1, 'first');
    const late = handedIn.due && { ...handedIn.due, handedInOn: day('2026-01-07'), late: true };
    made.part(
      part,
      someone(khcn, 'officer'),
      {
        type: 'contribution.submitted.v1',
        data: { ...handedIn, due: late, outsideSource: null },
      },
      3_000,
    );
    const evidence = [{ evidence: file, reference: null, component: 'value', page: '3' }];
    made.figure(figure, someone(tc, 'officer'), {
      type: 'figure.submitted.v1',
      data: statementOf(made, 'I.2', tc, 1, 'first', { evidence }),
    });
    made.figure(figure, someone(tc, 'head'), {
      type: 'figure.endorsed.v1',
      data: {
        version: 1,
        digest: digestOfFigure(),
        agency: tc,
        responsibility,
        signature,
        awaited: [],
      },
    });
    made.figure(figure, someone(khcn, 'checker'), {
      type: 'figure.verified.v1',
      data: {
        version: 1,
        digest: digestOfFigure(),
        basis: responsibility,
        reviewBody: null,
        acceptance: null,
        marks: [],
        note: 'khớp hồ sơ',
      },
    });
    made.record(roundStream, someone('son_la.ubnd_tinh', 'registrar'), {
      type: 'deadline.extended.v1',
      data: {
        scope: 'figure',
        indicator: 'I.1',
        agency: null,
        lastDay: day('2027-02-01'),
        reason: 'bão lũ',
        document: {
          kind: 'decision',
          number: '9/QĐ-UBND',
          date: null,
          issuer: 'UBND tỉnh Sơn La',
          title: 'Gia hạn',
          digest: null,
        },
      },
    });
    made.figure(figure, someone(tc, 'officer'), {
      type: 'figure.corrected.v1',
      data: {
        ...statementOf(made, 'I.2', tc, 2, 'correction', { status: 'P' }),
        reason: 'cộng nhầm',
        replaces: 1,
      },
    });
    return made;
  }

  const leafOf = (type: string, from = 0) => {
    return ledger.events.findIndex((event, index) => index >= from && event.type === type);
  };

  describe('a figure', () => {
    test('shows the version in force beside the one that is pending', async () => {
      const { data, asOf } = await asked.figure(figure, { today });
      expect(asOf.leafIndex).toBe(ledger.events.length - 1);
      expect(data).toMatchObject({
        figure,
        status: 'submitted',
        revision: 3,
        pending: [2],
        present: { statement: { version: 2, kind: 'correction', values: [{ value: '2.50' }] } },
        inForce: { statement: { version: 1, values: [{ value: '1.50' }] } },
        verification: { version: 1, note: 'khớp hồ sơ' },
        handIns: { versions: 2, byKind: { correction: 1 }, laterLate: 1 },
      });
      expect(data?.marks).toEqual(expect.arrayContaining(['provisional', 'corrections-pending']));
      expect(await asked.figure('no-such-round.I.1')).toMatchObject({ data: null });
      expect((await asked.figure(`${round}.IX.9`)).data).toBeNull();
    });

    test('is asked for at a leaf, at a time, and before anything happened', async () => {
      const verified = leafOf('figure.verified.v1');
      const then = await asked.figure(figure, { asOf: verified - 1, today });
      expect(then.data?.status).toBe('endorsed');
      expect(then.asOf).toStrictEqual(await asked.leafAt(verified - 1));
      const byTime = await asked.figure(figure, { asOf: then.asOf.at as Instant, today });
      expect(byTime).toStrictEqual(then);
      const start = '2020-01-01T00:00:00.000Z' as Instant;
      expect(await asked.figure(figure, { asOf: start })).toStrictEqual({
        data: null,
        asOf: { leafIndex: null, at: null },
      });
      expect((await asked.rounds(start)).data).toStrictEqual([]);
      expect(await asked.leafAt(1_000_000)).toStrictEqual(await asked.leafAt());
    });

    test('tells what changed between two moments', async () => {
      const [before, after] = [leafOf('figure.endorsed.v1') - 1, leafOf('figure.endorsed.v1')];
      const { changes } = await asked.figureDiff(
        figure,
        { asOf: before, today },
        { asOf: after, today },
      );
      expect(changes.map(({ pointer }) => pointer)).toStrictEqual([
        '/present/endorsements/0',
        '/revision',
        '/status',
      ]);
      expect(changes.at(-1)).toStrictEqual({
        pointer: '/status',
        before: 'submitted',
        after: 'endorsed',
      });
    });
  });

  describe('a history', () => {
    test('holds the figure, its parts, its dates and its evidence, in the order of the log', async () => {
      const { items, nextCursor } = await asked.figureHistory(figure);
      expect(nextCursor).toBeNull();
      expect(items.map(({ type }) => type)).toStrictEqual([
        'round.opened.v1',
        'assignment.made.v1',
        'participants.frozen.v1',
        'due.decided.v1',
        'due.decided.v1',
        'evidence.deposited.v1',
        'contribution.submitted.v1',
        'figure.submitted.v1',
        'figure.endorsed.v1',
        'figure.verified.v1',
        'figure.corrected.v1',
      ]);
      const made = items.filter(({ version }) => version !== null).slice(1);
      const corrected = leafOf('figure.corrected.v1');
      expect(made.map(({ version }) => version)).toStrictEqual([
        { number: 1, from: leafOf('figure.submitted.v1'), to: corrected },
        { number: 2, from: corrected, to: null },
      ]);
      expect(items.at(-1)).toMatchObject({
        digest: ledger.events.at(-1)?.digest,
        who: { agency: tc, role: 'officer' },
        what: { kind: 'correction', replaces: 1, status: 'P' },
        why: { reason: 'cộng nhầm' },
      });
      expect(items.find(({ type }) => type === 'figure.submitted.v1')?.evidence).toStrictEqual([
        ledger.files[0],
      ]);
      const earlier = await asked.figureHistory(figure, leafOf('figure.corrected.v1') - 1);
      expect(earlier.items.at(-1)?.type).toBe('figure.verified.v1');
      expect(
        earlier.items.find(({ type }) => type === 'figure.submitted.v1')?.version?.to,
      ).toBeNull();
    });

    test('comes in pages that together are the whole, from either end', async () => {
      const whole = (await asked.figureHistory(figure)).items.map(({ leafIndex }) => leafIndex);
      for (const order of ['oldest', 'newest'] as const) {
        const found: number[] = [];
        let cursor: string | undefined;
        do {
          const page = await asked.figureHistory(figure, undefined, { limit: 3, order, cursor });
          found.push(...page.items.map(({ leafIndex }) => leafIndex));
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(found).toStrictEqual(order === 'oldest' ? whole : whole.toReversed());
      }
    });

    test('of a part is its own', async () => {
      const { items } = await asked.contributionHistory(part);
      expect(items.filter(({ stream }) => stream.startsWith('figure-'))).toStrictEqual([]);
      expect(items.at(-1)?.type).toBe('contribution.submitted.v1');
      expect((await asked.contribution(part)).data?.present?.statement.values[0]?.value).toBe(
        '1.50',
      );
    });
  });

  describe('a round', () => {
    test('gives every agency its account, the day deciding what is overdue', async () => {
      const { data } = await asked.accountability(round, { today });
      const own = (agency: string) => data?.find((account) => account.agency === agency);
      expect(own(tc)?.figures).toStrictEqual({
        owed: 3,
        onTime: 0,
        late: 1,
        undated: 0,
        open: 2,
        overdue: 0,
        laterLate: 1,
        returned: 0,
        corrected: 1,
        absent: 0,
      });
      expect(own(khcn)?.contributions).toMatchObject({ owed: 3, late: 1, open: 2, overdue: 2 });
      expect(own(nnmt)?.contributions).toMatchObject({ owed: 1, open: 1, overdue: 1 });
      const { data: early } = await asked.accountability(round, { today: day('2026-01-06') });
      expect(early?.map(({ contributions }) => contributions.overdue)).toStrictEqual([0, 0, 0]);
    });

    test('counts its progress by status, group and lead', async () => {
      const { data } = await asked.progress(round, { today });
      expect(data?.all).toMatchObject({
        total: 5,
        inForce: 1,
        withPending: 1,
        byStatus: { awaiting: 4, submitted: 1, verified: 0 },
      });
      expect(data?.byGroup.map(({ group, counts }) => [group, counts.total])).toStrictEqual([
        ['I', 2],
        ['II', 3],
      ]);
      expect(data?.byLead.map(({ agency, counts }) => [agency, counts.total])).toStrictEqual([
        [khcn, 1],
        [nnmt, 2],
        [tc, 3],
      ]);
      expect(data?.contributions).toMatchObject({
        owed: 4,
        byStatus: { awaiting: 3, submitted: 1 },
      });
    });

    test('shows the dates that count, with where they come from', async () => {
      const { data } = await asked.round(round);
      const dues = data?.assignments.map(({ indicator, figures }) => {
        return [indicator, figures[0]?.leads[0]?.due?.lastDay, figures[0]?.leads[0]?.due?.kind];
      });
      expect(dues).toStrictEqual([
        ['I.1', '2027-02-01', 'extension'],
        ['I.2', '2026-12-31', 'named-date'],
        ['II.1', '2026-12-31', 'named-date'],
        ['II.2', '2026-12-31', 'named-date'],
      ]);
      expect((await asked.framework('qd1969')).data?.editions[0]?.indicators).toHaveLength(4);
    });
  });

  describe('tasks', () => {
    const capacity = (role: Role, agency: string): Capacity => ({
      grant: 'g',
      role,
      agency,
      unit: agency,
      from: day('2026-01-01'),
      to: null,
      delegation: null,
    });
    const tasks = async (role: Role, agency: string) => {
      const { person } = someone(agency, role);
      const { data } = await asked.tasks(person, [capacity(role, agency)], today);
      return data.map(({ kind, id }) => `${kind} ${id.slice(round.length + 1)}`).sort();
    };

    test('are what somebody of that agency and role can do next', async () => {
      expect(await tasks('head', tc)).toStrictEqual(['endorse I.2']);
      expect(await tasks('head', khcn)).toStrictEqual(['endorse I.2.so_khcn']);
      expect(await tasks('officer', nnmt)).toStrictEqual([
        'submit I.2.so_nnmt',
        'submit II.1',
        'submit II.2.so_nnmt',
      ]);
      expect(await tasks('checker', khcn)).toStrictEqual([]);
      expect(await tasks('auditor', khcn)).toStrictEqual([]);
    });
  });

  describe('the register of evidence', () => {
    test('knows what rests on a file, by component and page', async () => {
      const [file] = ledger.files;
      if (file === undefined) throw new TypeError('a file was deposited');
      const { data } = await asked.evidence(file);
      expect(data).toMatchObject({
        kind: 'deposited',
        evidence: { state: { sizeBytes: 1_001, deposits: [{ depositedFor: tc }] } },
        links: [
          {
            holder: { kind: 'figure', id: figure },
            component: 'value',
            page: '3',
            by: { version: 1, type: 'figure.submitted.v1' },
          },
        ],
      });
      const beforeLink = await asked.evidence(file, leafOf('figure.submitted.v1') - 1);
      expect(beforeLink.data?.links).toStrictEqual([]);
    });

    test('is listed in pages, by agency, and by round', async () => {
      const first = await asked.evidenceRegister({ limit: 1 });
      const second = await asked.evidenceRegister({
        limit: 1,
        cursor: first.nextCursor ?? undefined,
      });
      expect([first.items.length, second.items.length, second.nextCursor]).toStrictEqual([
        1,
        1,
        null,
      ]);
      expect(first.items).not.toStrictEqual(second.items);
      expect((await asked.evidenceRegister({ agency: nnmt })).items).toHaveLength(1);
      expect((await asked.evidenceRegister({ round })).items).toHaveLength(1);
    });
  });

  test('a receipt finds its event with every byte of it', async () => {
    const event = ledger.events.at(-1);
    const { leafIndex, position, ...found } = (await asked.receiptEvent(event?.id ?? '')) ?? {};
    expect(leafIndex).toBe(ledger.events.length - 1);
    expect(typeof position).toBe('string');
    expect(found).toStrictEqual(event);
  });
});
