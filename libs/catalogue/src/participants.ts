import type { AgencyId, Day } from '#kernel';
import type { ParticipantChoice, RoundCommand } from './catalogue.commands.ts';
import { checkDistinct, checkDocument, checkText, existing } from './input-checks.ts';
import type { KnownAgencies } from './input-checks.ts';
import { classesOf, expandParties, isChosen, sortedIds } from './party-class.ts';
import { refuse } from './refusals.ts';
import type { Party, RoundFact } from './round.events.ts';
import { leadsOf, participantsOf } from './round-queries.ts';
import type { AssignedIndicator, Round } from './round-state.ts';

type Surroundings = { readonly today: Day; readonly agencies: KnownAgencies };
type Frozen = Extract<RoundFact, { type: 'participants.frozen.v1' }>['data'];

/**
 * Who owes a part of an indicator, fixed for the round. The sender lists the members of every
 * class; each one is checked against its own stream, which the event's basis names. What cannot
 * be checked here is whether somebody was left out: no stream holds the list of all agencies. The
 * event keeps the lists, so that an auditor can compare them with the register of agencies.
 */
export function freezeParticipants(
  command: Extract<RoundCommand, { type: 'freeze-participants' }>,
  round: Round,
  assigned: AssignedIndicator,
  around: Surroundings,
): RoundFact {
  const { indicator, choices } = command;
  const coordinating = presentParties(assigned);
  const classes = classesOf(coordinating);
  checkDistinct(
    choices.map(({ class: name }) => name),
    '/choices',
  );
  const stray = choices.findIndex(({ class: name }) => !classes.includes(name));
  if (stray >= 0)
    throw refuse('participants/class-not-assigned', { pointer: `/choices/${stray}`, classes });
  const unlisted = classes.filter((name) => !choices.some((choice) => choice.class === name));
  if (unlisted.length > 0) {
    throw refuse('participants/class-not-listed', { pointer: '/choices', classes: unlisted });
  }
  const data: Frozen = {
    indicator,
    participants: expandParties(coordinating, choices, leadsOf(round, indicator)),
    expansions: classes
      .flatMap((name) => choices.filter((choice) => choice.class === name))
      .map(({ class: name, members, reason }) => {
        return { class: name, members: sortedIds(members), choiceReason: reason };
      }),
  };
  if (assigned.participants !== null) {
    throw refuse('participants/frozen', {
      same: sameExpansions(assigned.participants.frozen, data),
    });
  }
  choices.forEach((choice, index) => checkMembers(choice, round, around, `/choices/${index}`));
  for (const { agency } of coordinating) {
    if (agency !== null) existing(around.agencies, agency, around.today, '/indicator');
  }
  return { type: 'participants.frozen.v1', data };
}

/** The coordinating parties, each agency replaced by whom its duty has passed to. */
export function presentParties({ assignment, successions }: AssignedIndicator): readonly Party[] {
  return assignment.coordinating.map((party) => {
    const agency = successions.reduce((answering, { from, to }) => {
      return answering === from ? to : answering;
    }, party.agency);
    return { ...party, agency };
  });
}

/** The participants themselves follow successions of the leads; what was listed does not. */
function sameExpansions(left: Frozen, right: Frozen): boolean {
  const listed = ({ expansions }: Frozen) =>
    expansions.map((one) => [one.class, one.members.join(' '), one.choiceReason ?? ''].join('\n'));
  return listed(left).join('\n\n') === listed(right).join('\n\n');
}

function checkMembers(
  { class: name, members, reason }: ParticipantChoice,
  round: Round,
  around: Surroundings,
  at: string,
): void {
  checkDistinct(members, `${at}/members`);
  const others = members.filter((agency, index) => {
    const known = existing(around.agencies, agency, around.today, `${at}/members/${index}`);
    return !known.classes.includes(name) || known.province !== round.opening.province;
  });
  if (reason !== null) return checkText(reason, `${at}/reason`);
  if (isChosen(name) || others.length > 0) {
    throw refuse('participants/reason-missing', {
      pointer: `${at}/reason`,
      class: name,
      agencies: isChosen(name) ? members : others,
    });
  }
}

/** Adds and removes participants after the freezing, with a reason. */
export function amendParticipants(
  command: Extract<RoundCommand, { type: 'amend-participants' }>,
  round: Round,
  assigned: AssignedIndicator,
  around: Surroundings,
): RoundFact {
  const { indicator, added, removed, reason, document } = command;
  if (assigned.participants === null) throw refuse('participants/not-frozen');
  checkText(reason, '/reason');
  if (document !== null) checkDocument(document, '/document');
  checkDistinct([...added, ...removed], '/added');
  if (added.length + removed.length === 0) throw refuse('catalogue/empty', { pointer: '/added' });
  const present = participantsOf(round, indicator);
  const leads = leadsOf(round, indicator);
  added.forEach((agency, index) => {
    const pointer = `/added/${index}`;
    existing(around.agencies, agency, around.today, pointer);
    if (present.includes(agency) || leads.includes(agency)) {
      throw refuse('participants/already-in', { pointer, agency });
    }
  });
  removed.forEach((agency: AgencyId, index) => {
    if (!present.includes(agency)) {
      throw refuse('participants/not-in', { pointer: `/removed/${index}`, agency });
    }
  });
  return { type: 'participants.amended.v1', data: { indicator, added, removed, reason, document } };
}
