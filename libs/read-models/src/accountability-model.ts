import type { AgencyId, Day, IndicatorCode } from '#kernel';
import type { FigureView, PartView } from './figure-view.ts';
import type { Duty } from './round-duties.ts';
import type { HandIns } from './statement-view.ts';

/**
 * Who answered, and how. A joint of figures, parts and dates at one leaf, not a table: overdue
 * depends on the day of the reader, and every other number follows from rows that are kept.
 */

/** One thing an agency owes, with what became of it. */
export type AccountItem = {
  readonly kind: 'figure' | 'contribution';
  /** Of the figure or of the part, as `kind` says. */
  readonly id: string;
  readonly indicator: IndicatorCode;
  readonly status: string;
  readonly due: Duty['due'];
  readonly handIns: HandIns;
  /** The present version says that there is no value: unavailable, or nothing to report. */
  readonly absent: boolean;
  readonly overdue: boolean;
  /** Last day of a return that is not answered yet. */
  readonly returnedUntil: Day | null;
};

/** `owed` is `onTime + late + undated + open`; `overdue` counts among open and returned ones. */
export type Tally = {
  readonly owed: number;
  /** First hand-in by its day. */
  readonly onTime: number;
  readonly late: number;
  /** Handed in while no date was decided: neither on time nor late. */
  readonly undated: number;
  /** Nothing handed in yet. */
  readonly open: number;
  readonly overdue: number;
  /** Later hand-ins that missed the day of a return or of an order. */
  readonly laterLate: number;
  readonly returned: number;
  /** Versions of kind `correction` alone: updates and resubmissions count against nobody. */
  readonly corrected: number;
  /** Figures declared unavailable; parts declared to have no data. */
  readonly absent: number;
};

export type AgencyAccount = {
  readonly agency: AgencyId;
  readonly figures: Tally;
  readonly contributions: Tally;
  readonly items: readonly AccountItem[];
};

/**
 * The account of every agency with a duty in the round, in order of id. A joint figure stands in
 * the account of each of its leads. Parts from outside are nobody's duty and stand in none.
 */
export function accountability(figures: readonly FigureView[]): readonly AgencyAccount[] {
  const items = new Map<AgencyId, AccountItem[]>();
  const add = (agency: AgencyId, item: AccountItem) => {
    const listed = items.get(agency);
    if (listed === undefined) items.set(agency, [item]);
    // In mode `each` several figures share an indicator's parts; each part is owed once.
    else if (listed.every(({ kind, id }) => kind !== item.kind || id !== item.id)) {
      listed.push(item);
    }
  };
  for (const figure of figures) {
    for (const lead of figure.leads) add(lead.agency, figureItem(figure, lead));
    for (const part of figure.parts) {
      if (part.duty !== null) add(part.duty.agency, partItem(figure.indicator, part, part.duty));
    }
  }
  return [...items]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([agency, owed]) => ({
      agency,
      figures: tally(owed.filter(({ kind }) => kind === 'figure')),
      contributions: tally(owed.filter(({ kind }) => kind === 'contribution')),
      items: owed,
    }));
}

function figureItem(figure: FigureView, { due }: Duty): AccountItem {
  const { status, present, handIns, overdue, indicator } = figure;
  return {
    kind: 'figure',
    id: figure.figure,
    indicator,
    status,
    due,
    handIns,
    absent: present?.statement.status === 'M',
    overdue,
    returnedUntil: status === 'returned' ? (present?.returned?.lastDay ?? null) : null,
  };
}

function partItem(indicator: IndicatorCode, part: PartView, { due }: Duty): AccountItem {
  const { status, handIns, noData, overdue, returnedUntil } = part;
  return {
    kind: 'contribution',
    id: part.contribution,
    indicator,
    status,
    due,
    handIns,
    absent: noData,
    overdue,
    returnedUntil,
  };
}

function tally(items: readonly AccountItem[]): Tally {
  const count = (holds: (item: AccountItem) => boolean) => items.filter(holds).length;
  const sum = (number: (handIns: HandIns) => number) => {
    return items.reduce((total, { handIns }) => total + number(handIns), 0);
  };
  return {
    owed: items.length,
    onTime: count(({ handIns }) => handIns.first?.late === false),
    late: count(({ handIns }) => handIns.first?.late === true),
    undated: count(({ handIns }) => handIns.first !== null && handIns.first.late === null),
    open: count(({ handIns }) => handIns.first === null),
    overdue: count(({ overdue }) => overdue),
    laterLate: sum(({ laterLate }) => laterLate),
    returned: sum(({ returned }) => returned),
    corrected: sum(({ byKind }) => byKind.correction),
    absent: count(({ absent }) => absent),
  };
}
