import { handsIn, standing } from '#figures';
import { confirmingRoles, standingOf } from '#directory';
import type { Capacity } from '#directory';
import type { AgencyId, Day, IndicatorCode, PersonId, Role, RoundId } from '#kernel';
import type { ContributionRow } from './contribution-model.ts';
import type { FigureView, PartView } from './figure-view.ts';
import type { PersonRow } from './person-model.ts';

/** What awaits somebody, by what they would have to do. */
export type TaskKind =
  | 'submit'
  | 'resubmit'
  | 'endorse'
  | 're-endorse'
  | 'verify'
  | 'return'
  | 'accept'
  | 'explain'
  | 'correct-as-ordered'
  | 'settle-dispute'
  | 'arrange-review'
  | 'answer-finding'
  | 'close-finding'
  | 'confirm-grant'
  | 'confirm-delegation'
  | 'confirm-activation';

export type Task = {
  readonly kind: TaskKind;
  readonly of: 'figure' | 'contribution' | 'finding' | 'person';
  readonly id: string;
  /** Null for what belongs to no round: a grant. */
  readonly round: RoundId | null;
  readonly indicator: IndicatorCode | null;
  readonly status: string;
  /** The version it is about; null where none stands. */
  readonly version: number | null;
  /** What If-Match has to name; null where there is no stream yet. */
  readonly revision: number | null;
  /** Request for explanation, dispute, order or grant that it answers. */
  readonly subject: string | null;
  /** The capacity in which the person would act. */
  readonly agency: AgencyId;
  readonly role: Role;
  readonly lastDay: Day | null;
  readonly overdue: boolean;
};

/** A task before it is given to a capacity: any of these roles in any of these agencies. */
export type OpenTask = Omit<Task, 'agency' | 'role' | 'overdue'> & {
  readonly roles: readonly Role[];
  readonly agencies: readonly AgencyId[];
  /** People who must not: they had a hand in it (DOMAIN, Separation of duties 1). */
  readonly barred: readonly PersonId[];
};

const signatories: readonly Role[] = ['head', 'deputy'];

/**
 * What awaits a person in the figures of one round, each task once, those with the nearest last day
 * first. A queue, not a permission: the deciders alone say who may act, with more rules than these
 * (units, hands in the parts). It must hold everything a person can do, and may hold a little more.
 */
export function tasksOf(
  person: PersonId,
  capacities: readonly Capacity[],
  figures: readonly FigureView[],
  contributions: readonly ContributionRow[],
  today: Day,
  reviewing: readonly OpenTask[] = [],
): readonly Task[] {
  const parts = new Map(contributions.map((row) => [row.contribution, row]));
  const open = figures.flatMap((figure) => [
    ...figureTasks(figure),
    ...findingTasks(figure),
    ...figure.parts.flatMap((part) => partTasks(figure, part, parts.get(part.contribution))),
  ]);
  open.push(...reviewing);
  const tasks = new Map<string, Task>();
  for (const { roles, agencies, barred, ...task } of open) {
    if (barred.includes(person)) continue;
    const capacity = capacities.find(({ role, agency }) => {
      return roles.includes(role) && agencies.includes(agency);
    });
    if (capacity === undefined) continue;
    const name = `${task.kind} ${task.of} ${task.id} ${task.subject ?? ''}`;
    if (tasks.has(name)) continue;
    const overdue = task.lastDay !== null && today > task.lastDay;
    tasks.set(name, { ...task, agency: capacity.agency, role: capacity.role, overdue });
  }
  return [...tasks.values()].sort(byLastDay);
}

/**
 * Grants and delegations that count, and codes that work, only once somebody confirmed them, for
 * whoever may: the same conditions as the rules of the directory have.
 */
export function confirmationTasks(
  person: PersonId,
  capacities: readonly Capacity[],
  people: readonly PersonRow[],
  today: Day,
): readonly Task[] {
  const confirming: readonly Role[] = confirmingRoles;
  return people.flatMap((row) =>
    awaiting(row, today).flatMap(({ kind, subject, asker, askerAgency, head }) => {
      if ([row.id, asker].includes(person)) return [];
      const capacity = capacities.find(({ role, agency }) => {
        const isOwn = role === 'head' && head?.person === person && head.agency === agency;
        return isOwn || (confirming.includes(role) && agency !== askerAgency);
      });
      if (capacity === undefined) return [];
      const { id, revision } = row;
      const { agency, role } = capacity;
      const nowhere = { round: null, indicator: null, version: null };
      const undated = { lastDay: null, overdue: false };
      const about = { kind, of: 'person', id, ...nowhere, status: 'unconfirmed' } as const;
      return [{ ...about, revision, subject, agency, role, ...undated }];
    }),
  );
}

type Awaiting = {
  readonly kind: 'confirm-grant' | 'confirm-delegation' | 'confirm-activation';
  readonly subject: string;
  readonly asker: PersonId;
  readonly askerAgency: AgencyId;
  /** Who may confirm it from the agency of their own: the head in whose name it stands. */
  readonly head?: Pick<Capacity, 'agency'> & { readonly person: PersonId };
};

function awaiting({ state }: PersonRow, today: Day): readonly Awaiting[] {
  const grants = state.grants.filter(({ needsConfirmation, confirmedBy, to, revoked }) => {
    const isOver = (to !== null && to < today) || (revoked !== null && revoked.from <= today);
    return needsConfirmation && confirmedBy === null && !isOver;
  });
  const delegations = state.delegations.filter((one) => {
    const isOver = (one.to !== null && one.to < today) || one.ended !== null;
    return one.needsConfirmation && one.confirmedBy === null && !isOver;
  });
  const codes = state.activations.filter((one) => {
    return standingOf(state, one, today) === 'awaits-confirmation';
  });
  return [
    ...grants.map(({ grant, grantedBy, granterAgency }) => ({
      kind: 'confirm-grant' as const,
      subject: grant,
      asker: grantedBy,
      askerAgency: granterAgency,
    })),
    ...delegations.map(({ delegation, recordedBy, recorderAgency, head, agency }) => ({
      kind: 'confirm-delegation' as const,
      subject: delegation,
      asker: recordedBy,
      askerAgency: recorderAgency,
      head: { person: head, agency },
    })),
    ...codes.map(({ issue, issuedBy, issuerAgency }) => ({
      kind: 'confirm-activation' as const,
      subject: issue,
      asker: issuedBy,
      askerAgency: issuerAgency,
    })),
  ];
}

function byLastDay(a: Task, b: Task): number {
  const [left, right] = [a.lastDay ?? '9999', b.lastDay ?? '9999'];
  return left < right ? -1 : left > right ? 1 : 0;
}

function figureTasks(figure: FigureView): OpenTask[] {
  const { present, status, checkingAgency } = figure;
  const leads = figure.leads.map(({ agency }) => agency);
  const common = {
    of: 'figure' as const,
    id: figure.figure,
    round: figure.round,
    indicator: figure.indicator,
    status,
    version: present?.statement.version ?? null,
    revision: figure.revision,
    subject: null,
    lastDay: null,
  };
  const hands = present === null ? [] : handsIn(present).map(({ person }) => person);
  const tasks: OpenTask[] = [];
  const add = (kind: TaskKind, change: Partial<OpenTask>) => {
    tasks.push({ ...common, kind, roles: ['officer'], agencies: leads, barred: [], ...change });
  };
  const lastDay = figure.leads[0]?.due?.lastDay ?? null;
  if (status === 'awaiting' || status === 'withdrawn') add('submit', { lastDay });
  if (status === 'returned') add('resubmit', { lastDay: present?.returned?.lastDay ?? null });
  if (status === 'submitted') {
    const done = present === null ? [] : standing(present).map(({ by }) => by.agency);
    const agencies = leads.filter((lead) => !done.includes(lead));
    add('endorse', { roles: signatories, agencies, barred: present ? [present.by.person] : [] });
  }
  if (status === 'endorsed' && !leads.includes(checkingAgency)) {
    add('verify', { roles: ['checker'], agencies: [checkingAgency], barred: hands });
  }
  if (status === 'endorsed' && leads.includes(checkingAgency)) {
    // Rule 4: another agency, a review body or the committee. Who that is no plan says, so the
    // checkers and the certifier of the checking agency see that somebody must be found.
    add('arrange-review', { roles: ['checker', 'certifier'], agencies: [checkingAgency] });
  }
  if (figure.marks.includes('answers-older-definition')) {
    // The version in force, whatever became of later ones: it is what a snapshot holds.
    const version = figure.inForce ?? (status === 'endorsed' ? present : null);
    const number = version?.statement.version ?? null;
    if (number !== null) add('re-endorse', { roles: signatories, version: number });
  }
  for (const asked of figure.openExplanations) {
    const roles: readonly Role[] = ['officer', ...signatories];
    add('explain', { roles, subject: asked.request, lastDay: asked.lastDay });
  }
  for (const order of figure.openOrders) {
    add('correct-as-ordered', { subject: order.order, lastDay: order.lastDay });
  }
  for (const raised of figure.openDisputes) {
    add('settle-dispute', {
      roles: signatories,
      agencies: [raised.by.agency],
      subject: raised.dispute,
    });
  }
  return tasks;
}

/** A finding is answered by whoever was asked, and closed by the agency that raised it. */
function findingTasks({ round, indicator, openFindings }: FigureView): OpenTask[] {
  return openFindings.map((finding) => {
    const { status, revision, subject, answerBy } = finding;
    const common = {
      of: 'finding' as const,
      id: finding.finding,
      round,
      indicator,
      status,
      revision,
      version: subject.version,
      subject: subject.figure,
      barred: [],
    };
    const roles: readonly Role[] = ['officer', 'checker', ...signatories];
    return status === 'open'
      ? { ...common, kind: 'answer-finding', roles, agencies: finding.asked, lastDay: answerBy }
      : {
          ...common,
          kind: 'close-finding',
          roles: ['auditor', 'inspector'],
          agencies: [finding.raisedBy],
          lastDay: null,
        };
  });
}

function partTasks(
  figure: FigureView,
  part: PartView,
  row: ContributionRow | undefined,
): OpenTask[] {
  const { status, duty } = part;
  const present = row?.present ?? null;
  const own = duty === null ? [] : [duty.agency];
  const leads = figure.leads.map(({ agency }) => agency);
  const common = {
    of: 'contribution' as const,
    id: part.contribution,
    round: figure.round,
    indicator: figure.indicator,
    status,
    version: part.latest,
    revision: part.revision,
    subject: null,
    lastDay: null,
    barred: [],
    roles: ['officer'] as const,
  };
  const isOutside = row?.fromOutside === true;
  const hands =
    present === null
      ? []
      : [present.by, ...present.endorsements.map(({ by }) => by)].map(({ person }) => person);
  switch (status) {
    case 'awaiting':
    case 'requested':
    case 'withdrawn': {
      const lastDay = duty?.due?.lastDay ?? null;
      return [{ ...common, kind: 'submit', agencies: own, lastDay }];
    }
    case 'returned': {
      const agencies = isOutside ? leads : own;
      return [{ ...common, kind: 'resubmit', agencies, lastDay: part.returnedUntil }];
    }
    case 'submitted':
      return isOutside
        ? [{ ...common, kind: 'accept', agencies: leads, barred: hands }]
        : [{ ...common, kind: 'endorse', roles: signatories, agencies: own, barred: hands }];
    case 'endorsed':
      return [{ ...common, kind: 'accept', agencies: leads, barred: hands }];
    case 'accepted':
      return [];
  }
}
