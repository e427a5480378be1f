import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { definitionOf, frameworkDecider, roundDecider } from '#catalogue';
import { awaitedFigure, marksOf, presentVersion } from '#figures';
import type { Figure, FigureVersion } from '#figures';
import { day, replay } from '#kernel';
import type { Recorded } from '#kernel';
import { figureModel } from './figure-model.ts';
import { figureOfRow, figureView } from './figure-view.ts';
import type { WholeFigure } from './figure-view.ts';
import type { LogEvent } from './log-event.ts';
import { actOn } from './made-up-acts.contract.ts';
import {
  assigned,
  khcn,
  nnmt,
  openedRound,
  round,
  roundStream,
  tc,
} from './made-up-ledger.contract.ts';
import type { MadeUpLedger } from './made-up-ledger.contract.ts';
import { owedFigures } from './round-duties.ts';

/** The row as the model's fold makes it, with whole versions as the reader gets them. */
function wholeRow(ledger: MadeUpLedger, id: string, figure: Figure): WholeFigure {
  let state: unknown;
  for (const event of of(ledger, `figure-${id}`)) {
    figureModel.fold(event as LogEvent, {
      get: () => state as never,
      put: (_, next) => {
        state = next;
      },
    });
  }
  const row = figureModel.rowOf(state as never);
  const whole = (kept: { readonly statement: { readonly version: number } } | null) => {
    return kept === null ? null : (figure.versions[kept.statement.version - 1] ?? null);
  };
  return { ...row, present: whole(row.present), inForceBehind: whole(row.inForceBehind) };
}

function of(ledger: MadeUpLedger, stream: string): Recorded[] {
  return ledger.events.filter((event) => event.stream === stream);
}

const ledgers = fc.array(fc.nat({ max: 2 ** 40 }), { maxLength: 120 }).map((seeds) => {
  const ledger = openedRound();
  for (const seed of seeds) actOn(ledger, seed);
  return ledger;
});

function stateOfRound(ledger: MadeUpLedger) {
  const opened = replay(roundDecider, of(ledger, roundStream) as never);
  const framework = replay(frameworkDecider, of(ledger, 'framework-qd1969') as never);
  if (opened === null || framework === null) throw new TypeError('a made-up ledger is opened');
  return { opened, framework, owed: owedFigures(round, opened, framework, new Set()) };
}

describe('a figure in its round', () => {
  test('bears the same marks made from its row as from its whole history', () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const { opened, framework, owed } = stateOfRound(ledger);
        for (const one of owed) {
          const figure = ledger.figures.get(one.figure);
          const definition = definitionOf(framework, 'e1', one.indicator);
          if (figure === undefined || definition === undefined) continue;
          const facts: Parameters<typeof marksOf>[1] = {
            figure: one.figure,
            today: day('2026-06-01'),
            round: {
              id: round,
              framework: 'qd1969',
              checkingAgency: khcn,
              opensOn: opened.opening.legalBasis.date ?? opened.opening.period.from,
              committee: null,
              closed: false,
              verificationBasis: opened.opening.verificationBasis,
            },
            assignment: {
              mode: one.mode,
              leads: one.leads.map((lead) => ({ ...lead, responsibility: null })),
              participants: [],
              frozenBy: null,
              edition: one.edition,
              definition,
            },
            evidence: [],
            references: [],
            contributions: [],
          };
          const row = wholeRow(ledger, one.figure, figure);
          expect(marksOf(figureOfRow(row), facts)).toStrictEqual(marksOf(figure, facts));
          const shown: FigureVersion | null = presentVersion(figure) ?? null;
          expect(row.present).toStrictEqual(shown);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('is there from the day it is assigned, once for each lead where each answers alone', () => {
    const { opened, owed } = stateOfRound(openedRound());
    expect(owed.map(({ figure }) => figure)).toStrictEqual([
      `${round}.I.1`,
      `${round}.I.2`,
      `${round}.II.1`,
      `${round}.II.2.so_nnmt`,
      `${round}.II.2.so_tc`,
    ]);
    const rows = {
      round: opened,
      figures: new Map(),
      contributions: [],
      findings: [],
      evidence: new Map(),
      references: new Map(),
      today: day('2026-12-31'),
    };
    const [first, second] = owed.map((one) => figureView(one, rows));
    expect(first).toMatchObject({
      status: 'awaiting',
      revision: null,
      present: null,
      inForce: null,
      overdue: false,
      marks: ['self-led'],
      leads: [{ agency: khcn, due: { lastDay: '2026-12-31' } }],
      definition: { code: 'I.1', revision: 1, group: 'I' },
    });
    expect(
      second?.parts.map(({ agency, status, overdue }) => [agency, status, overdue]),
    ).toStrictEqual(assigned[1]?.participants.map((agency) => [agency, 'awaiting', true]));
    const late = owed.map((one) => figureView(one, { ...rows, today: day('2027-01-01') }));
    expect(late.map(({ overdue }) => overdue)).toStrictEqual([true, true, true, true, true]);
    expect(awaitedFigure.status).toBe(first?.status);
  });

  test('shows a lead that is gone apart, and is nobody’s fault where no other is left', () => {
    const { opened, framework } = stateOfRound(openedRound());
    const rows = {
      round: opened,
      figures: new Map(),
      contributions: [],
      findings: [],
      evidence: new Map(),
      references: new Map(),
      today: day('2027-01-01'),
    };
    const owed = owedFigures(round, opened, framework, new Set([tc]));
    const views = owed.map((one) => figureView(one, rows));
    const told = views.map(({ figure, leads, goneLeads, overdue }) => {
      return [
        figure.slice(round.length + 1),
        leads.map(({ agency }) => agency),
        goneLeads,
        overdue,
      ];
    });
    expect(told).toStrictEqual([
      ['I.1', [khcn], [], true],
      ['I.2', [], [tc], false],
      ['II.1', [nnmt], [tc], true],
      ['II.2.so_nnmt', [nnmt], [], true],
      ['II.2.so_tc', [], [tc], false],
    ]);
  });
});
