import { describe, expect, test } from '@jest/globals';
import { addDays, day, decimal } from '#kernel';
import type { FigureStatement } from './figure.events.ts';
import {
  after,
  commands,
  conclusion,
  endorsed,
  histories,
  lastDay,
  movedOn,
  remarks,
  senders,
  stateAfter,
  step,
  submitted,
  verified,
} from './figure-acts.contract.ts';
import type { Step } from './figure-acts.contract.ts';
import { figureStatuses } from './figure-state.ts';
import {
  actorIs,
  cast,
  contextFor,
  due,
  leadAgency,
  report,
  responsibility,
  today,
  verificationBasis,
} from './figures.contract.ts';
import type { FigureCommand } from './figures.commands.ts';

describe("the table of DOMAIN, A figure's life", () => {
  // Columns: awaiting, submitted, endorsed, verified, returned, withdrawn. `-` is refused.
  const table = `
    submit               submitted -         -         -         -         submitted
    declare-unavailable  submitted -         -         -         submitted submitted
    correct              -         submitted submitted submitted submitted -
    endorse              -         endorsed  -         -         -         -
    re-endorse           -         -         endorsed  verified  -         -
    withdraw-endorsement -         -         submitted -         -         -
    return               -         returned  returned  -         -         -
    verify               -         -         verified  -         -         -
    request-explanation  -         submitted endorsed  verified  returned  withdrawn
    explain              -         submitted endorsed  verified  returned  withdrawn
    withdraw             -         withdrawn withdrawn -         withdrawn -
    dispute              -         submitted endorsed  verified  returned  withdrawn
    settle               -         submitted endorsed  verified  returned  withdrawn
    order-correction     -         -         -         verified  -         -`;

  /** A flag can only be lowered where it was raised. */
  const flags: Partial<Record<FigureCommand['type'], Step>> = {
    explain: step(commands['request-explanation']),
    settle: step(commands.dispute),
  };

  const cells = table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [type, ...results] = line.trim().split(/\s+/);
      return figureStatuses.map((status, index) => ({
        type: type as FigureCommand['type'],
        status,
        result: results[index] ?? 'missing cell',
      }));
    });

  test('has a cell for every command in every status', () => {
    expect(cells).toHaveLength(14 * 6);
    expect(new Set(cells.map(({ type }) => type))).toEqual(new Set(Object.keys(commands)));
  });

  test.each(cells)('$type from $status: $result', ({ type, status, result }) => {
    const flag = flags[type];
    const history = [...histories[status], ...(flag && status !== 'awaiting' ? [flag] : [])];
    const command: FigureCommand =
      type === 'correct' && status === 'returned'
        ? { ...commands.correct, kind: 'resubmission' }
        : commands[type];
    const sender = type === 'return' && status === 'endorsed' ? cast.checker : senders[type];
    const changes = type === 're-endorse' ? movedOn : {};
    if (result === '-') {
      after(history)
        .when(command, contextFor(sender, changes))
        .refuses('figure/wrong-status', { command: type, status });
    } else {
      expect(stateAfter(...history, step(command, sender, changes)).status).toBe(result);
    }
  });
});

describe('exact facts', () => {
  const statement: FigureStatement = {
    version: 1,
    kind: 'first',
    round: 'son_la-qd1969-2026',
    indicator: 'I.4',
    agency: leadAgency,
    definition: { framework: 'qd1969', edition: '2025', revision: 1 },
    status: 'A',
    values: [
      {
        component: 'tong_chi',
        type: 'money',
        value: decimal('125000500000'),
        unit: 'đồng',
        entered: { value: decimal('125000.5'), unit: 'triệu đồng' },
      },
    ],
    asOf: day('2026-08-31'),
    method: null,
    evidence: [{ evidence: report, reference: null, component: 'tong_chi', page: '3' }],
    due: { ...due, handedInOn: today, late: false },
    paper: null,
    note: null,
    builtFrom: [],
    outstanding: ['son_la.so_khcn', 'son_la.xa_muong_la'],
  };

  test('a submission says what, on what evidence, by which date, with which parts missing', () => {
    after([])
      .when(commands.submit, contextFor(cast.officer))
      .then([{ type: 'figure.submitted.v1', data: statement }])
      .thenActor(actorIs(cast.officer));
  });

  test('what cannot be had is declared: status M, no values, the reason', () => {
    const data = {
      ...statement,
      status: 'M',
      values: [],
      evidence: [],
      asOf: today,
      reason: 'Chưa có quyết toán',
    } as const;
    after([])
      .when(commands['declare-unavailable'], contextFor(cast.officer))
      .then([{ type: 'figure.declared-unavailable.v1', data }]);
  });

  test('a statement does not speak of days to come', () => {
    const later = addDays(today, 1);
    after([])
      .when({ ...commands.submit, asOf: later }, contextFor(cast.officer))
      .refuses('value/as-of-in-future', { pointer: '/asOf' });
    after([])
      .when({ ...commands['declare-unavailable'], asOf: later }, contextFor(cast.officer))
      .refuses('value/as-of-in-future', { pointer: '/asOf' });
  });

  test('a correction names the version it replaces and owes no date of the plan', () => {
    const data = {
      ...statement,
      version: 2,
      kind: 'correction',
      due: null,
      reason: 'Nhầm đơn vị',
      replaces: 1,
    } as const;
    after(verified)
      .when(commands.correct, contextFor(cast.officer))
      .then([{ type: 'figure.corrected.v1', data }]);
  });

  test('an endorsement binds the digest and quotes the responsibility sentence', () => {
    const history = after(submitted);
    const digest = history.history[0]!.digest;
    history
      .when(commands.endorse, contextFor(cast.head))
      .then([
        {
          type: 'figure.endorsed.v1',
          data: {
            version: 1,
            digest,
            agency: leadAgency,
            responsibility,
            signature: { form: 'head', delegation: null },
            awaited: [],
          },
        },
      ])
      .thenActor(actorIs(cast.head));
  });

  test("a deputy signs in the head's place, and the form says so", () => {
    const history = after(submitted);
    const digest = history.history[0]!.digest;
    history
      .when(commands.endorse, contextFor(cast.deputy))
      .then([
        {
          type: 'figure.endorsed.v1',
          data: {
            version: 1,
            digest,
            agency: leadAgency,
            responsibility,
            signature: { form: 'KT', delegation: 'uq-1' },
            awaited: [],
          },
        },
      ])
      .thenActor(actorIs(cast.deputy));
    expect(actorIs(cast.deputy).actingFor).toBe(cast.head.person);
  });

  test('a return keeps its reasons and sets its own date', () => {
    const history = after(endorsed);
    const digest = history.history[0]!.digest;
    history.when(commands.return, contextFor(cast.checker)).then([
      {
        type: 'figure.returned.v1',
        data: { version: 1, digest, from: 'endorsed', remarks, lastDay },
      },
    ]);
  });

  test('a verification cites the sentence of the plan it rests on', () => {
    const history = after(endorsed);
    const digest = history.history[0]!.digest;
    history
      .when(commands.verify, contextFor(cast.checker))
      .then([
        {
          type: 'figure.verified.v1',
          data: {
            version: 1,
            digest,
            basis: { text: verificationBasis.raw, source: verificationBasis },
            reviewBody: null,
            acceptance: null,
            marks: ['parts-outstanding'],
            note: null,
            findings: [
              {
                code: 'check/parts-outstanding',
                severity: 'warning',
                component: null,
                check: null,
              },
            ],
          },
        },
      ])
      .thenActor(actorIs(cast.checker));
  });

  test('flags are named in order, and answered by name', () => {
    const asked = after(verified);
    const digest = asked.history[0]!.digest;
    asked
      .when(commands['request-explanation'], contextFor(cast.auditor))
      .then([
        {
          type: 'figure.explanation-requested.v1',
          data: { request: 'explanation-1', version: 1, digest, remarks, lastDay },
        },
      ])
      .thenActor(actorIs(cast.auditor));
    after([...verified, step(commands['request-explanation'])])
      .when(commands.explain, contextFor(cast.head))
      .then([
        {
          type: 'figure.explained.v1',
          data: { request: 'explanation-1', text: 'Do chuyển nguồn', evidence: [] },
        },
      ]);
    asked.when(commands['order-correction'], contextFor(cast.inspector)).then([
      {
        type: 'correction.ordered.v1',
        data: {
          order: 'order-1',
          version: 1,
          digest,
          conclusion,
          text: 'Tính lại tổng chi',
          lastDay,
          finding: null,
        },
      },
    ]);
  });
});
