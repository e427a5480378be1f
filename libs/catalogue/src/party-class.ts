import type { AgencyId } from '#kernel';
import type { ParticipantChoice } from './catalogue.commands.ts';
import type { Party } from './round.events.ts';

/**
 * Party classes ("các sở, ban, ngành") become agencies when the participants are frozen. The rule
 * is here, pure, for the decider and for the loader of plans, which must agree (DOMAIN, Words).
 */

/**
 * Classes whose members are registered as such. Everything else is a choice: "liên quan" says so
 * itself, and enterprises, telecommunications companies or research bodies have no closed list.
 */
export const registeredClasses: readonly string[] = [
  'g_so_nganh', // các sở, ban, ngành
  'g_so_nganh_2', // các sở, ngành
  'g_ubnd_xa', // UBND các xã, phường
  'g_truong_dhcd', // các trường đại học, cao đẳng trên địa bàn tỉnh
  'g_truong_dh', // các trường đại học trên địa bàn tỉnh
];

/** True where who belongs to a class is not registered and has to be chosen, with a reason. */
export function isChosen(partyClass: string): boolean {
  return !registeredClasses.includes(partyClass);
}

/** The classes that an assignment names, each once, in the order of the plan. */
export function classesOf(coordinating: readonly Party[]): string[] {
  const classes = coordinating.flatMap((party) => (party.class === null ? [] : [party.class]));
  return [...new Set(classes)];
}

/**
 * Who owes a part: the agencies named, and the members of the classes, less the leads; whoever is
 * named twice counts once. In order of id, so that two expansions of the same plan are equal.
 */
export function expandParties(
  coordinating: readonly Party[],
  choices: readonly Pick<ParticipantChoice, 'class' | 'members'>[],
  leads: readonly AgencyId[],
): AgencyId[] {
  const membersOf = new Map(choices.map(({ class: name, members }) => [name, members]));
  const agencies = coordinating.flatMap((party): readonly AgencyId[] => {
    if (party.agency !== null) return [party.agency];
    return party.class === null ? [] : (membersOf.get(party.class) ?? []);
  });
  return sortedIds(agencies.filter((agency) => !leads.includes(agency)));
}

/** Each id once, by code units: the same order on any machine and in any language. */
export function sortedIds(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}
