import { figureStatuses } from '#figures';
import type { FigureStatus } from '#figures';
import type { AgencyId } from '#kernel';
import type { FigureView } from './figure-view.ts';

/** How many figures stand where. `total` is the sum of `byStatus`. */
export type Counts = {
  readonly total: number;
  readonly byStatus: Readonly<Record<FigureStatus, number>>;
  /** Figures with a verified version, whatever is pending behind it. */
  readonly inForce: number;
  readonly unavailable: number;
  readonly overdue: number;
  readonly withPending: number;
  readonly withOpenQuestions: number;
};

export type RoundProgress = {
  readonly all: Counts;
  /** By group of the framework, in the order of the plan; `null` where no definition is known. */
  readonly byGroup: readonly { readonly group: string | null; readonly counts: Counts }[];
  /** By lead, in order of id; a joint figure counts for each of its leads. */
  readonly byLead: readonly { readonly agency: AgencyId; readonly counts: Counts }[];
  readonly contributions: {
    readonly owed: number;
    readonly byStatus: Readonly<Record<string, number>>;
    readonly overdue: number;
  };
};

export function progressOf(figures: readonly FigureView[]): RoundProgress {
  const groups = grouped(figures, ({ definition }) => [definition?.group ?? null]);
  const leads = grouped(figures, (figure) => figure.leads.map(({ agency }) => agency));
  return {
    all: countsOf(figures),
    byGroup: [...groups].map(([group, some]) => ({ group, counts: countsOf(some) })),
    byLead: [...leads]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([agency, some]) => ({ agency, counts: countsOf(some) })),
    contributions: contributionCounts(figures),
  };
}

function countsOf(figures: readonly FigureView[]): Counts {
  const byStatus = {} as Record<FigureStatus, number>;
  for (const status of figureStatuses) byStatus[status] = 0;
  for (const { status } of figures) byStatus[status] += 1;
  const count = (holds: (figure: FigureView) => boolean) => figures.filter(holds).length;
  return {
    total: figures.length,
    byStatus,
    inForce: count(({ inForce }) => inForce !== null),
    unavailable: count(({ present }) => present?.statement.status === 'M'),
    overdue: count(({ overdue }) => overdue),
    withPending: count(({ pending }) => pending.length > 0),
    withOpenQuestions: count(({ openExplanations, openDisputes, openOrders }) => {
      return openExplanations.length + openDisputes.length + openOrders.length > 0;
    }),
  };
}

function contributionCounts(figures: readonly FigureView[]): RoundProgress['contributions'] {
  // In mode `each` the figures of an indicator share its parts: counted once.
  const parts = new Map(
    figures.flatMap(({ parts: some }) => {
      return some.filter(({ duty }) => duty !== null).map((part) => [part.contribution, part]);
    }),
  );
  const byStatus: Record<string, number> = {};
  for (const { status } of parts.values()) byStatus[status] = (byStatus[status] ?? 0) + 1;
  const overdue = [...parts.values()].filter((part) => part.overdue).length;
  return { owed: parts.size, byStatus, overdue };
}

function grouped<Key>(
  figures: readonly FigureView[],
  keysOf: (figure: FigureView) => readonly Key[],
): ReadonlyMap<Key, readonly FigureView[]> {
  const groups = new Map<Key, FigureView[]>();
  for (const figure of figures) {
    for (const key of keysOf(figure)) groups.set(key, [...(groups.get(key) ?? []), figure]);
  }
  return groups;
}
