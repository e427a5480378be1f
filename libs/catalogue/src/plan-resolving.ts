import { provinceOfRound } from '#kernel';
import type { AgencyId, RoundId } from '#kernel';
import { classesOf, isChosen, sortedIds } from './party-class.ts';
import type {
  PlanAgency,
  PlanAssignment,
  PlanChoice,
  PlanLeadParty,
  PlanRow,
  RowDefaults,
} from './plan.ts';
import type { LeadParty } from './round.events.ts';

/**
 * A row as the ledger gets it: the pieces of the lead cell with the leads they name, the dates
 * that the text gives to every row behind those of its own cell, and for each class that has to be
 * chosen the row's own choice or else the one for all.
 */
export function resolveRow(
  planned: PlanRow,
  { datesForAll, choicesForAll }: RowDefaults,
  agencies: readonly PlanAgency[],
  round: RoundId,
): PlanAssignment {
  const { leadParties: pieces, dates, choices, ...others } = planned;
  const leadParties = pieces.map((piece) => namedLeads(piece, choicesForAll, agencies, round));
  const chosenForAll = choicesForAll.filter(({ class: name }) => {
    const isOwn = choices.some((choice) => choice.class === name);
    return !isOwn && classesOf(others.coordinating).includes(name);
  });
  return {
    ...others,
    dates: [...dates, ...datesForAll],
    leads: [...new Set(leadParties.flatMap(({ members }) => members))],
    leadParties,
    choices: [...choices, ...chosenForAll],
  };
}

/** Whom one piece of the lead cell names, in order of id where it is a class. */
function namedLeads(
  piece: PlanLeadParty,
  choicesForAll: readonly PlanChoice[],
  agencies: readonly PlanAgency[],
  round: RoundId,
): LeadParty {
  const { agency, class: name, members, reason } = piece;
  if (agency !== null) return { ...piece, members: [agency] };
  if (members !== null) return { ...piece, members: sortedIds(members) };
  const forAll = choicesForAll.find((choice) => choice.class === name);
  if (forAll !== undefined) {
    return { ...piece, members: sortedIds(forAll.members), reason: reason ?? forAll.reason };
  }
  if (name === null || isChosen(name)) return { ...piece, members: [] };
  return { ...piece, members: membersIn(name, agencies, round) };
}

/** The registered members of a class in the round's province that still exist, in order of id. */
export function membersIn(
  name: string,
  agencies: readonly PlanAgency[],
  round: RoundId,
): AgencyId[] {
  const province = `${provinceOfRound(round)}.`;
  const members = agencies.filter(({ agency, classes, dissolved }) => {
    return classes.includes(name) && agency.startsWith(province) && dissolved === null;
  });
  return sortedIds(members.map(({ agency }) => agency));
}
