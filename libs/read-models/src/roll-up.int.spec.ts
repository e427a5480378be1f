import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Capacity } from '#directory';
import { MemoryEventStore } from '#event-store';
import type { CrossCheck } from '#catalogue';
import { day, digestOf } from '#kernel';
import type { AgencyId, Role } from '#kernel';
import type { Database } from './database.ts';
import { describeOnEachDatabase } from './each-database.contract.ts';
import {
  figureId,
  khcn,
  nnmt,
  openedRound,
  partId,
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
const finding = '00000000-0000-4000-8000-0000000000f1';
const auditors = 'son_la.kiem_toan';
const today = day('2026-01-20');
const check: CrossCheck = {
  key: 'same_papers',
  severity: 'error',
  status: 'proposed',
  relation: 'equal',
  left: [{ indicator: 'I.2', component: 'value', cumulative: false }],
  right: [{ indicator: 'I.1', component: 'value', cumulative: false }],
  text: 'I.2 = I.1',
  why: { vi: 'Cùng một số', en: null },
  reading: 'As it stands.',
};

let database: Database;
let ledger: MadeUpLedger;
let asked: ReadModels;
let beforeCorrection = 0;

describeOnEachDatabase((open) => {
  beforeAll(async () => {
    database = await open();
    ledger = correctedPart();
    const store = new MemoryEventStore();
    await ledger.appendTo(store);
    await rebuild({ db: database.db, models: readModels, upcasters: [], store });
    asked = new ReadModels({ db: database.db });
  });
  afterAll(async () => {
    await database.close();
  });

  /** A part accepted, built into a figure, and corrected since; and a finding about the figure. */
  function correctedPart(): MadeUpLedger {
    const made = openedRound();
    made.record('framework-qd1969', someone('son_la.ubnd_tinh', 'registrar'), {
      type: 'framework.cross-checks-stated.v1',
      data: { edition: 'e1', checks: [check], reason: 'đề xuất' },
    });
    accept(made, 1);
    const built = made.parts.get(part)?.versions[0];
    const digest = built?.digest ?? digestOf('');
    const { revision = 0 } = built ?? {};
    const builtFrom = [{ contribution: part, agency: khcn, revision, version: 1, digest }];
    made.figure(figure, someone(tc, 'officer'), {
      type: 'figure.submitted.v1',
      data: { ...statementOf(made, 'I.2', tc, 4, 'first'), version: 1, builtFrom },
    });
    made.figure(figureId('I.1'), someone(khcn, 'officer'), {
      type: 'figure.submitted.v1',
      data: statementOf(made, 'I.1', khcn, 1, 'first'),
    });
    beforeCorrection = made.events.length - 1;
    accept(made, 2);
    const subject = {
      kind: 'figure',
      figure,
      version: 1,
      digest: made.figures.get(figure)?.versions[0]?.digest,
    };
    made.record(`finding-${finding}`, someone(auditors, 'auditor'), {
      type: 'finding.raised.v1',
      data: {
        finding,
        kind: 'objection',
        subject,
        asked: [tc],
        text: 'Số liệu của Sở đã đổi',
        evidence: [],
        answerBy: day('2026-01-15'),
        document: null,
      },
    });
    return made;
  }

  function accept(made: MadeUpLedger, version: number): void {
    const kind = version === 1 ? 'first' : 'correction';
    const statement = statementOf(made, 'I.2', khcn, version, kind);
    const data = { ...statement, outsideSource: null };
    made.part(
      part,
      someone(khcn, 'officer'),
      version === 1
        ? { type: 'contribution.submitted.v1', data }
        : {
            type: 'contribution.corrected.v1',
            data: { ...data, reason: 'nhầm', replaces: version - 1 },
          },
    );
    const digest = made.parts.get(part)?.versions.at(-1)?.digest ?? digestOf('');
    made.part(part, someone(khcn, 'head'), {
      type: 'contribution.endorsed.v1',
      data: {
        version,
        digest,
        agency: khcn,
        responsibility: { text: 'chính xác', source },
        signature: { form: 'head', delegation: null },
      },
    });
    made.part(part, someone(tc, 'officer'), {
      type: 'contribution.accepted.v1',
      data: { version, digest, note: null },
    });
  }

  test('a roll-up says what parts give now, and what a corrected part has moved', async () => {
    const { data } = await asked.rollUp(figure, { today });
    expect(data).toMatchObject({
      figure,
      rule: 'sum',
      outstanding: [nnmt],
      arithmetic: [
        {
          component: 'value',
          total: '2.50',
          addends: [{ contribution: part, agency: khcn, version: 2, revision: 3 }],
        },
      ],
      proposed: [{ component: 'value', value: '2.50' }],
      present: {
        version: 1,
        differences: [
          {
            component: 'value',
            stated: '4.50',
            fromPartsThen: '1.50',
            fromPartsNow: '2.50',
            difference: '2.00',
            moved: '1.00',
          },
        ],
        movedParts: [{ contribution: part, builtOn: 1, accepted: 2 }],
      },
    });
  });

  test('as of an earlier leaf it is what it was then', async () => {
    const { data, asOf } = await asked.rollUp(figure, { asOf: beforeCorrection });
    expect(asOf.leafIndex).toBe(beforeCorrection);
    expect(data?.arithmetic[0]?.total).toBe('1.50');
    expect(data?.present?.movedParts).toEqual([]);
    const early = await asked.rollUp(figure, { asOf: 0 });
    expect(early.data).toBeNull();
  });

  test('the checks look at the other figure and at the older part', async () => {
    const { data } = await asked.figureChecks(figure, { today });
    expect(data?.findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['check/cross-check', 'error'],
      ['check/evidence-incomplete', 'warning'],
      ['check/evidence-absent', 'warning'],
      ['check/older-part', 'warning'],
    ]);
    expect(data?.findings[0]).toMatchObject({
      check: 'same_papers',
      expected: '= 1.50',
      found: '4.50',
      about: [{ figure: figureId('I.1'), version: 1, inForce: false }],
      text: { en: 'Does not agree with another indicator.' },
    });
    const awaited = await asked.figureChecks(figureId('II.1'), { today });
    expect(awaited.data).toMatchObject({ version: null, findings: [], notCompared: [] });
  });

  test('an open finding shows on its figure, in its history and with who must answer', async () => {
    const { data } = await asked.figure(figure, { today });
    expect(data?.openFindings).toMatchObject([
      { finding, kind: 'objection', status: 'open', raisedBy: auditors, overdue: true },
    ]);
    const { items } = await asked.figureHistory(figure);
    expect(items.at(-1)).toMatchObject({ type: 'finding.raised.v1', stream: `finding-${finding}` });
    expect((await asked.findings({ figure })).data.map(({ id }) => id)).toEqual([finding]);
    expect((await asked.findings({ figure: figureId('I.1') })).data).toEqual([]);
    const kinds = async (role: Role, agency: AgencyId) => {
      const capacity: Capacity = {
        grant: 'g',
        role,
        agency,
        unit: agency,
        from: day('2026-01-01'),
        to: null,
        delegation: null,
      };
      const { person } = someone(agency, role);
      const tasks = await asked.tasks(person, [capacity], today);
      return tasks.data.filter((task) => task.of === 'finding');
    };
    expect(await kinds('officer', tc)).toMatchObject([
      { kind: 'answer-finding', id: finding, lastDay: '2026-01-15', overdue: true, revision: 0 },
    ]);
    expect(await kinds('officer', nnmt)).toEqual([]);
    expect(await kinds('auditor', auditors)).toEqual([]);
  });
});
