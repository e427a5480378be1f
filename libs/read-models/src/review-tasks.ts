import { provinceOfAgency } from '#directory';
import type { Capacity, ReviewBody } from '#directory';
import { handsIn } from '#figures';
import { provinceOfRound } from '#kernel';
import type { AgencyId, PersonId, Role } from '#kernel';
import type { FigureView } from './figure-view.ts';
import type { OpenTask, TaskKind } from './tasks-model.ts';

/** Who stands over the figures of a round: its reporting chain, and the bodies of its province. */
export type Reviewing = {
  readonly chain: readonly AgencyId[];
  readonly bodies: readonly ReviewBody[];
};

const checkers: readonly Role[] = ['checker'];
const ofCommittee: readonly Role[] = ['head', 'deputy', 'certifier'];

/**
 * What awaits those who judge what the checking agency leads itself (Separation of duties 4):
 * checkers of other agencies, members of a review body whose session dealt with it, the committee.
 * Tasks of an office, which leads and checks its own plan, come here whole. Disputes come to the
 * committee wherever they stand. As every queue, it may hold a little more than may be done.
 */
export function reviewTasksOf(
  person: PersonId,
  capacities: readonly Capacity[],
  figures: readonly FigureView[],
  { chain, bodies }: Reviewing,
): readonly OpenTask[] {
  return figures.flatMap((figure) => {
    const province = provinceOfRound(figure.round);
    const isHere = (agency: AgencyId) => provinceOfAgency(agency) === province;
    const committees = chain.filter((agency) => agency !== figure.checkingAgency && isHere(agency));
    const disputes = figure.openDisputes.map(({ dispute }) => {
      return taskOn(figure, 'settle-dispute', ofCommittee, committees, dispute);
    });
    const leads = figure.leads.map(({ agency }) => agency);
    if (figure.status !== 'endorsed' || !leads.includes(figure.checkingAgency)) return disputes;
    const others = capacities
      .filter(({ role, agency }) => checkers.includes(role) && !leads.includes(agency))
      .map(({ agency }) => agency)
      .filter(isHere);
    return [
      ...disputes,
      taskOn(figure, 'verify', checkers, others),
      taskOn(figure, 'verify', ofCommittee, committees),
      ...bodies
        .filter((body) => body.province === province && body.dissolved === null)
        .flatMap((body) => seatTasks(person, capacities, figure, body)),
    ];
  });
}

/**
 * A member records what a session decided, if they were there and voted; before there was one,
 * chair and secretary see that it must be called.
 */
function seatTasks(
  person: PersonId,
  capacities: readonly Capacity[],
  figure: FigureView,
  { members, sessions }: ReviewBody,
): OpenTask[] {
  const seat = members.find((member) => member.person === person);
  const present = figure.present;
  if (seat === undefined || present === null) return [];
  const roles = capacities.filter(({ agency }) => agency === seat.agency).map(({ role }) => role);
  const held = sessions.flatMap((session) =>
    session.items
      .filter((item) => item.figure === figure.figure && item.digest === present.digest)
      .map(({ decision, abstained }) => ({ decision, abstained, present: session.present })),
  );
  const last = held.at(-1);
  if (last === undefined) {
    return seat.position === 'member'
      ? []
      : [taskOn(figure, 'arrange-review', roles, [seat.agency])];
  }
  if (!last.present.includes(person) || last.abstained.includes(person)) return [];
  const kind = last.decision === 'accept' ? 'verify' : 'return';
  return [taskOn(figure, kind, roles, [seat.agency])];
}

function taskOn(
  figure: FigureView,
  kind: TaskKind,
  roles: readonly Role[],
  agencies: readonly AgencyId[],
  subject: string | null = null,
): OpenTask {
  const { present, status } = figure;
  const isJudgement = kind === 'verify';
  return {
    kind,
    of: 'figure',
    id: figure.figure,
    round: figure.round,
    indicator: figure.indicator,
    status,
    version: present?.statement.version ?? null,
    revision: figure.revision,
    subject,
    lastDay: null,
    roles,
    agencies,
    barred: present !== null && isJudgement ? handsIn(present).map((hand) => hand.person) : [],
  };
}
