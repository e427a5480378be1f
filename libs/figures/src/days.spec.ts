import { expect, test } from '@jest/globals';
import { day, dayInVietnam } from '#kernel';
import type { AgencyId, Basis, Instant, Recorded } from '#kernel';
import { dueOf, evolveRound, isClosed } from '#catalogue';
import type { DueScope, Round, RoundFact } from '#catalogue';
import { recordedEvent } from '#testing';
import { contributionDecider } from './contribution.ts';
import { commands as partCommands } from './contribution-acts.contract.ts';
import type { Contribution } from './contribution-state.ts';
import { figureDecider } from './figure.ts';
import { commands } from './figure-acts.contract.ts';
import type { Figure } from './figure-state.ts';
import {
  cast,
  contextFor,
  dost,
  figureId,
  figureStream,
  leadAgency,
  otherAgency,
  party,
  report,
  source,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import type { ContributionCommand, FigureCommand } from './figures.commands.ts';

/**
 * Lateness as DOMAIN writes it, day by day: which date counted, where it came from, and whether the
 * hand-in met it, with the round deciding the dates and the figure handing in. Instants are UTC as
 * the ledger stamps them; a day is meant in Asia/Ho_Chi_Minh, which is seven hours ahead.
 */
const roundStream = 'round-son_la-qd1969-2026';
const committeeDocument = {
  kind: 'letter',
  number: '7/UBND-KGVX',
  date: day('2026-09-01'),
  issuer: 'Ủy ban nhân dân tỉnh Sơn La',
  title: 'Công văn về thời hạn',
  digest: null,
} as const;

/** An instant as the ledger stamps it. */
const utc = (text: string): Instant => text as Instant;

/** Noon in Vietnam, where the hour plays no part. */
const noon = (on: string) => utc(`${on}T05:00:00.000Z`);

type Act =
  | readonly ['text' | 'annex']
  | readonly ['moved', string]
  | readonly ['extended', string, AgencyId | null]
  | readonly ['closed', string]
  | readonly ['submits' | 'declares' | 'resubmits' | 'corrects' | 'updates', Instant]
  | readonly ['submits on paper' | 'resubmits on paper', Instant, string]
  | readonly ['co-lead submits', Instant]
  | readonly ['returns' | 'orders', Instant, string]
  | readonly ['endorses' | 'verifies' | 'withdraws']
  | readonly ['part', Instant]
  | readonly ['part has nothing', Instant]
  | readonly ['part returned', Instant, string]
  | readonly ['part resubmits', Instant];

/** A world of one round, one figure and one part, each by its own decider's facts. */
class Year {
  readonly told: string[] = [];
  private round: Round | null = null;
  private roundRevision = -1;
  private figure: Figure = figureDecider.initial;
  private figureRevision = -1;
  private part: Contribution = contributionDecider.initial;
  private partRevision = -1;
  private readonly leads: readonly AgencyId[];

  constructor(leads: readonly AgencyId[]) {
    this.leads = leads;
    const dated = (id: string, lastDay: string) => {
      const scopes: readonly DueScope[] = ['figure', 'contribution'];
      return { id, scopes, lastDay: day(lastDay), source };
    };
    const opening = {
      round: 'son_la-qd1969-2026',
      province: 'son_la',
      framework: 'qd1969',
      edition: '2025',
      period: { from: day('2026-01-01'), to: day('2026-12-31'), label: '2026' },
      title: { vi: 'Đợt', en: null },
      legalBasis: committeeDocument,
      status: 'numbered',
      checkingAgency: dost,
      chain: [dost, 'son_la.ubnd_tinh'],
      responsibility: [],
      verificationBasis: source,
      datesUnspecified: [],
    } as const;
    this.inRound({ type: 'round.opened.v1', data: opening });
    this.inRound({
      type: 'assignment.made.v1',
      data: {
        indicator: 'I.4',
        definition: { edition: '2025', revision: 1 },
        mode: leads.length > 1 ? 'joint' : 'single',
        leads,
        coordinating: [{ raw: 'Sở KH&CN', agency: dost, class: null }],
        // "Trước 30/9" is met on the 29th at the latest; "Quý IV" on the last of December.
        dates: [dated('text', '2026-09-29'), dated('annex', '2026-12-31')],
        raw: { lead: 'Sở Tài chính', coordinating: 'Sở KH&CN', due: 'Quý IV' },
        source,
      },
    });
  }

  private inRound(fact: RoundFact): void {
    this.roundRevision += 1;
    const place = { stream: roundStream, revision: this.roundRevision };
    this.round = evolveRound(this.round, recordedEvent<RoundFact>(fact, place));
  }

  private decide(scope: DueScope, dateId: string | null, lastDay: string | null): void {
    const document = lastDay === null ? null : committeeDocument;
    const on = lastDay === null ? null : day(lastDay);
    const data = { scope, indicator: 'I.4', dateId, lastDay: on, why: 'Vì', document } as const;
    this.inRound({ type: 'due.decided.v1', data });
  }

  private due(scope: DueScope, agency: AgencyId) {
    return this.round && dueOf(this.round, 'I.4', scope, agency);
  }

  private changes(now: Instant): Changes {
    return {
      today: dayInVietnam(now),
      round: { closed: this.round !== null && isClosed(this.round, dayInVietnam(now)) },
      assignment: {
        mode: this.leads.length > 1 ? 'joint' : 'single',
        leads: this.leads.map((agency) => party(agency, { due: this.due('figure', agency) })),
        participants: [dost],
      },
      giver: party(dost, { due: this.due('contribution', dost) }),
    };
  }

  /** One act of the table, in its words. */
  do(act: Act): void {
    const [what, when = '', more = ''] = act;
    if (what === 'text' || what === 'annex') {
      this.decide('figure', what, null);
      this.decide('contribution', what, null);
    } else if (what === 'moved') this.decide('figure', null, when);
    else if (what === 'extended') {
      const reason = 'Chờ quyết toán';
      const data = { scope: 'figure', indicator: 'I.4', agency: more || null } as const;
      const document = committeeDocument;
      this.inRound({
        type: 'deadline.extended.v1',
        data: { ...data, lastDay: day(when), reason, document },
      });
    } else if (what === 'closed') {
      const data = { on: day(when), reason: 'Hết đợt', document: null };
      this.inRound({ type: 'round.closed.v1', data });
    } else if (what.startsWith('part')) this.ofPart(what, when as Instant, more ?? '');
    else this.ofFigure(what, (when || noon('2026-10-10')) as Instant, more ?? '');
  }

  private ofFigure(what: string, now: Instant, more: string): void {
    const version = Math.max(1, this.figure.versions.length);
    const paper = { arrivalNumber: '12', arrivedOn: day(more || '2026-09-01'), evidence: report };
    const correct = { ...commands.correct, asOf: day('2026-08-31') };
    const asInspector = { ...commands['order-correction'], lastDay: day(more || '2026-12-01') };
    const acts: Readonly<Record<string, readonly [FigureCommand, typeof cast.officer]>> = {
      submits: [commands.submit, cast.officer],
      'co-lead submits': [commands.submit, cast.otherOfficer],
      'submits on paper': [{ ...commands.submit, paper }, cast.officer],
      declares: [{ ...commands['declare-unavailable'], asOf: day('2026-08-31') }, cast.officer],
      resubmits: [{ ...correct, kind: 'resubmission' }, cast.officer],
      'resubmits on paper': [{ ...correct, kind: 'resubmission', paper }, cast.officer],
      corrects: [correct, cast.officer],
      updates: [{ ...correct, kind: 'update' }, cast.officer],
      returns: [
        { ...commands.return, version, lastDay: asInspector.lastDay },
        this.figure.status === 'endorsed' ? cast.checker : cast.head,
      ],
      orders: [{ ...asInspector, version }, cast.inspector],
      endorses: [{ ...commands.endorse, version }, cast.head],
      verifies: [{ ...commands.verify, version }, cast.checker],
      withdraws: [{ ...commands.withdraw, version }, cast.head],
    };
    const [command, acting] = acts[what]!;
    const context = contextFor(acting, this.changes(now));
    const { facts } = figureDecider.decide(command, this.figure, context);
    for (const fact of facts) {
      this.figureRevision += 1;
      const place = { stream: figureStream, revision: this.figureRevision };
      this.figure = figureDecider.evolve(this.figure, recordedEvent(fact, place));
    }
    if (this.figure.versions.length > version || this.told.length === 0) this.tell(this.figure);
  }

  private ofPart(what: string, now: Instant, more: string): void {
    const acts: Readonly<Record<string, ContributionCommand>> = {
      part: { ...partCommands.submit, asOf: day('2026-08-31') },
      'part has nothing': { ...partCommands['declare-no-data'], asOf: day('2026-08-31') },
      'part returned': { ...partCommands.return, lastDay: day(more || '2026-12-01') },
      'part resubmits': { ...partCommands.correct, kind: 'resubmission' },
    };
    const before = this.part.versions.length;
    const acting = what === 'part returned' ? cast.dostHead : cast.dostOfficer;
    const context = contextFor(acting, this.changes(now));
    const { facts } = contributionDecider.decide(acts[what]!, this.part, context);
    for (const fact of facts) {
      this.partRevision += 1;
      const place = { stream: `contribution-${figureId}.so_khcn`, revision: this.partRevision };
      const event: Recorded<typeof fact> = recordedEvent(fact, place);
      this.part = contributionDecider.evolve(this.part, event);
    }
    if (this.part.versions.length > before) this.tell(this.part);
  }

  /** `first: 2026-09-29 by round@3 (named-date), handed in 2026-09-29, on time` */
  private tell({ versions }: Pick<Figure, 'versions'> | Pick<Contribution, 'versions'>): void {
    const { kind, due } = versions.at(-1)!.statement;
    const by = ({ stream, revision }: Basis) => `${stream.split('-')[0]}@${revision}`;
    this.told.push(
      due === null
        ? `${kind}: no date`
        : `${kind}: ${due.lastDay} by ${by(due.decidedBy)} (${due.kind}), ` +
            `handed in ${due.handedInOn}, ${due.late ? 'late' : 'on time'}`,
    );
  }
}

const lastMoment = utc('2026-09-29T16:59:59.999Z');
const nextMoment = utc('2026-09-29T17:00:00.000Z');
const text = ['text'] as const;
const inForce = [['endorses'], ['verifies']] as const;

const cases: readonly (readonly [string, readonly Act[], readonly string[]])[] = [
  [
    'nothing was decided: no date, nobody is late',
    [['submits', noon('2026-12-30')]],
    ['first: no date'],
  ],
  [
    'the last millisecond of the last day in Vietnam is on time',
    [text, ['submits', lastMoment]],
    ['first: 2026-09-29 by round@2 (named-date), handed in 2026-09-29, on time'],
  ],
  [
    'the first millisecond after it is late, though UTC still has the last day',
    [text, ['submits', nextMoment]],
    ['first: 2026-09-29 by round@2 (named-date), handed in 2026-09-30, late'],
  ],
  [
    'just after midnight in Vietnam it is the new day already: early, not late',
    [text, ['submits', utc('2026-09-27T17:00:00.000Z')]],
    ['first: 2026-09-29 by round@2 (named-date), handed in 2026-09-28, on time'],
  ],
  [
    'of two dates that the plan names the chosen one counts',
    [['annex'], ['submits', noon('2026-11-30')]],
    ['first: 2026-12-31 by round@2 (named-date), handed in 2026-11-30, on time'],
  ],
  [
    'a later choice among them takes the place of the first',
    [['annex'], text, ['submits', noon('2026-11-30')]],
    ['first: 2026-09-29 by round@4 (named-date), handed in 2026-11-30, late'],
  ],
  [
    'a document moves the date earlier',
    [['annex'], ['moved', '2026-09-15'], ['submits', noon('2026-09-16')]],
    ['first: 2026-09-15 by round@4 (document), handed in 2026-09-16, late'],
  ],
  [
    'an extension for everybody',
    [text, ['extended', '2026-10-15', null], ['submits', noon('2026-10-15')]],
    ['first: 2026-10-15 by round@4 (extension), handed in 2026-10-15, on time'],
  ],
  [
    'the day after an extension is late by the extension',
    [text, ['extended', '2026-10-15', null], ['submits', noon('2026-10-16')]],
    ['first: 2026-10-15 by round@4 (extension), handed in 2026-10-16, late'],
  ],
  [
    'an extension of another agency gives nobody else time',
    [text, ['extended', '2026-10-15', otherAgency], ['submits', noon('2026-10-01')]],
    ['first: 2026-09-29 by round@2 (named-date), handed in 2026-10-01, late'],
  ],
  [
    'of one’s own extension and one for everybody the later day counts',
    [
      text,
      ['extended', '2026-10-20', leadAgency],
      ['extended', '2026-10-10', null],
      ['submits', noon('2026-10-20')],
    ],
    ['first: 2026-10-20 by round@4 (extension), handed in 2026-10-20, on time'],
  ],
  [
    'a decision ends the extensions before it',
    [
      text,
      ['extended', '2026-10-15', null],
      ['moved', '2026-10-05'],
      ['submits', noon('2026-10-10')],
    ],
    ['first: 2026-10-05 by round@5 (document), handed in 2026-10-10, late'],
  ],
  [
    'what was late when it came stays late, extended afterwards or not',
    [
      text,
      ['submits', noon('2026-10-01')],
      ['extended', '2026-10-15', null],
      ['returns', noon('2026-10-02'), '2026-10-08'],
      ['resubmits', noon('2026-10-08')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-10-01, late',
      'resubmission: 2026-10-08 by figure@1 (return), handed in 2026-10-08, on time',
    ],
  ],
  [
    'late again after a return: each by its own date',
    [
      text,
      ['submits', noon('2026-10-01')],
      ['returns', noon('2026-10-02'), '2026-10-08'],
      ['resubmits', utc('2026-10-08T17:00:00.000Z')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-10-01, late',
      'resubmission: 2026-10-08 by figure@1 (return), handed in 2026-10-09, late',
    ],
  ],
  [
    'on time first, late after the return: the two stand apart',
    [
      text,
      ['submits', noon('2026-09-20')],
      ['returns', noon('2026-09-21'), '2026-09-25'],
      ['resubmits', noon('2026-09-26')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-20, on time',
      'resubmission: 2026-09-25 by figure@1 (return), handed in 2026-09-26, late',
    ],
  ],
  [
    'a return may give time beyond the plan’s date',
    [
      text,
      ['submits', noon('2026-09-29')],
      ['endorses'],
      ['returns', noon('2026-10-10'), '2026-10-20'],
      ['resubmits', noon('2026-10-20')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-29, on time',
      'resubmission: 2026-10-20 by figure@2 (return), handed in 2026-10-20, on time',
    ],
  ],
  [
    'returned twice, the date of the second return counts',
    [
      text,
      ['submits', noon('2026-09-10')],
      ['returns', noon('2026-09-11'), '2026-09-15'],
      ['resubmits', noon('2026-09-14')],
      ['returns', noon('2026-09-15'), '2026-09-18'],
      ['resubmits', noon('2026-09-19')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-10, on time',
      'resubmission: 2026-09-15 by figure@1 (return), handed in 2026-09-14, on time',
      'resubmission: 2026-09-18 by figure@3 (return), handed in 2026-09-19, late',
    ],
  ],
  [
    'an extension of the plan’s date does not move that of a return',
    [
      text,
      ['submits', noon('2026-09-10')],
      ['returns', noon('2026-09-11'), '2026-09-15'],
      ['extended', '2026-11-30', null],
      ['resubmits', noon('2026-09-16')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-10, on time',
      'resubmission: 2026-09-15 by figure@1 (return), handed in 2026-09-16, late',
    ],
  ],
  [
    'nobody owes a correction by a day',
    [text, ['submits', noon('2026-09-10')], ...inForce, ['corrects', noon('2026-12-30')]],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-10, on time',
      'correction: no date',
    ],
  ],
  [
    'unless an inspector ordered it and named one',
    [
      text,
      ['submits', noon('2026-09-10')],
      ...inForce,
      ['orders', noon('2026-11-01'), '2026-11-15'],
      ['corrects', noon('2026-11-16')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-10, on time',
      'correction: 2026-11-15 by figure@3 (document), handed in 2026-11-16, late',
    ],
  ],
  [
    'of two orders the first day is the one to keep',
    [
      text,
      ['submits', noon('2026-09-10')],
      ...inForce,
      ['orders', noon('2026-11-01'), '2026-11-30'],
      ['orders', noon('2026-11-02'), '2026-11-15'],
      ['corrects', noon('2026-11-20')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-10, on time',
      'correction: 2026-11-15 by figure@4 (document), handed in 2026-11-20, late',
    ],
  ],
  [
    'paper that arrived on the last day is on time, typed in when it may be',
    [text, ['submits on paper', noon('2026-10-02'), '2026-09-29']],
    ['first: 2026-09-29 by round@2 (named-date), handed in 2026-09-29, on time'],
  ],
  [
    'paper that arrived the day after is late',
    [text, ['submits on paper', noon('2026-10-02'), '2026-09-30']],
    ['first: 2026-09-29 by round@2 (named-date), handed in 2026-09-30, late'],
  ],
  [
    'paper in answer to a return counts by its arrival, too',
    [
      text,
      ['submits', noon('2026-09-10')],
      ['returns', noon('2026-09-11'), '2026-09-15'],
      ['resubmits on paper', noon('2026-09-20'), '2026-09-15'],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-10, on time',
      'resubmission: 2026-09-15 by figure@1 (return), handed in 2026-09-15, on time',
    ],
  ],
  [
    'that there is nothing to state has the same date',
    [text, ['declares', nextMoment]],
    ['first: 2026-09-29 by round@2 (named-date), handed in 2026-09-30, late'],
  ],
  [
    'handed in anew after a withdrawal it is measured by the plan again',
    [text, ['submits', noon('2026-09-10')], ['withdraws'], ['submits', noon('2026-10-11')]],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-10, on time',
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-10-11, late',
    ],
  ],
  [
    'a closed round takes a resubmission, late by the return',
    [
      text,
      ['submits', noon('2026-09-10')],
      ['returns', noon('2026-09-11'), '2026-09-15'],
      ['closed', '2026-12-01'],
      ['resubmits', noon('2026-12-02')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-10, on time',
      'resubmission: 2026-09-15 by figure@1 (return), handed in 2026-12-02, late',
    ],
  ],
  [
    'a closed round takes a correction',
    [
      text,
      ['submits', noon('2026-09-10')],
      ...inForce,
      ['closed', '2026-12-01'],
      ['corrects', noon('2026-12-02')],
    ],
    [
      'first: 2026-09-29 by round@2 (named-date), handed in 2026-09-10, on time',
      'correction: no date',
    ],
  ],
  [
    'a closing that is recorded ahead stops nothing before its day',
    [text, ['closed', '2026-12-01'], ['submits', utc('2026-11-30T16:59:59.999Z')]],
    ['first: 2026-09-29 by round@2 (named-date), handed in 2026-11-30, late'],
  ],
  [
    'a closed round takes a part, late by the date of parts',
    [text, ['closed', '2026-12-01'], ['part', noon('2026-12-02')]],
    ['first: 2026-09-29 by round@3 (named-date), handed in 2026-12-02, late'],
  ],
  [
    'a date moved for figures does not move that of parts',
    [text, ['moved', '2026-11-30'], ['part has nothing', noon('2026-09-30')]],
    ['first: 2026-09-29 by round@3 (named-date), handed in 2026-09-30, late'],
  ],
  [
    'a part that was returned has the date of its own return',
    [
      text,
      ['part', noon('2026-09-10')],
      ['part returned', noon('2026-09-11'), '2026-10-05'],
      ['part resubmits', noon('2026-10-05')],
    ],
    [
      'first: 2026-09-29 by round@3 (named-date), handed in 2026-09-10, on time',
      'resubmission: 2026-10-05 by contribution@1 (return), handed in 2026-10-05, on time',
    ],
  ],
];

test.each(cases)('%s', (_, acts, expected) => {
  const year = new Year([leadAgency]);
  for (const act of acts) year.do(act);
  expect(year.told).toEqual(expected);
});

test('of joint leads whoever hands in is measured by their own time', () => {
  const year = new Year([leadAgency, otherAgency]);
  year.do(text);
  year.do(['extended', '2026-10-15', otherAgency]);
  year.do(['co-lead submits', noon('2026-10-15')]);
  expect(year.told).toEqual([
    'first: 2026-10-15 by round@4 (extension), handed in 2026-10-15, on time',
  ]);
});

test.each(['submits', 'declares'] as const)('a closed round takes no new figure: %s', (what) => {
  const year = new Year([leadAgency]);
  year.do(text);
  year.do(['closed', '2026-12-01']);
  // The first minute of the first of December in Vietnam, on the last of November in UTC.
  expect(() => year.do([what, utc('2026-11-30T17:00:00.000Z')])).toThrow(
    expect.objectContaining({ code: 'figure/round-closed' }),
  );
  expect(year.told).toEqual([]);
});
