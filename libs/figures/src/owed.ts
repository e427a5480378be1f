import { agencyPartOf, provinceOfRound, readFigureName } from '#kernel';
import type { AgencyId, Basis, ContributionId, FigureId, FigureName } from '#kernel';
import { frozenBy, participantsOf } from '#catalogue';
import type { AssignedIndicator, Round } from '#catalogue';
import { isKnownAs } from './duties.ts';
import type { Figure } from './figure-state.ts';
import type { FigureCommand } from './figures.commands.ts';
import { presentVersion } from './versions.ts';

/**
 * Who owes what under which name, read from a round. Names are for ever and agencies are not: a
 * part or a figure keeps the name of the agency it was asked of, and its successor answers.
 */

export type Duty = { readonly round: Round; readonly assigned: AssignedIndicator };

/** Agencies whose duty came down to this one, over any number of successions. */
export function predecessorsOf(agency: AgencyId, { successions }: AssignedIndicator): AgencyId[] {
  const heirs = new Set([agency]);
  for (const { from, to } of successions.toReversed()) if (heirs.has(to)) heirs.add(from);
  heirs.delete(agency);
  return [...heirs];
}

/** The agency that answers for a part today: the one in its name, or the heir to its duty. */
export function giverOf(part: string, name: FigureName, { round, assigned }: Duty): AgencyId {
  const heir = participantsOf(round, name.indicator).find((agency) => {
    const succeeds = predecessorsOf(agency, assigned);
    return isKnownAs({ agency, succeeds }, part);
  });
  return heir ?? `${provinceOfRound(name.round)}.${part}`;
}

/** The act that makes the agency owe its part; any act once the participants are fixed at all. */
export function frozenFor(
  agency: AgencyId,
  name: FigureName,
  { round, assigned }: Duty,
): Basis | null {
  const own = frozenBy(round, name.indicator, agency);
  return own ?? (assigned.participants === null ? null : assigned.recordedBy);
}

export function figureOf({ round, indicator }: FigureName, { assigned }: Duty): FigureId {
  const [lead] = assigned.leads;
  const isEach = assigned.assignment.mode === 'each';
  const suffix = isEach && lead !== undefined ? `.${agencyPartOf(lead)}` : '';
  return `${round}.${indicator}${suffix}`;
}

/**
 * The parts a command must know: all that are owed when something is handed in, those the version
 * was built from when it is verified or a review body returns it, none otherwise.
 */
export function partsFor(
  command: FigureCommand,
  figure: Figure,
  name: FigureName,
  { round: present, assigned }: Duty,
): ReadonlyMap<ContributionId, AgencyId> {
  const { round, indicator } = name;
  const parts = new Map<ContributionId, AgencyId>();
  const handsIn =
    command.type === 'submit' ||
    command.type === 'correct' ||
    command.type === 'declare-unavailable';
  if (handsIn) {
    for (const participant of participantsOf(present, indicator)) {
      for (const agency of [participant, ...predecessorsOf(participant, assigned)]) {
        parts.set(`${round}.${indicator}.${agencyPartOf(agency)}`, participant);
      }
    }
  }
  const judges =
    command.type === 'verify' || (command.type === 'return' && command.reviewBody != null);
  if (handsIn || judges) {
    for (const { contribution, agency } of presentVersion(figure)?.statement.builtFrom ?? []) {
      if (!parts.has(contribution)) parts.set(contribution, agency);
    }
  }
  const named = 'builtFrom' in command ? command.builtFrom : [];
  for (const contribution of named) {
    const part = readFigureName(contribution)?.agencyPart ?? null;
    // What is no name of a part stays unknown, and the rules refuse it by its place in the list.
    if (part === null || parts.has(contribution)) continue;
    parts.set(contribution, `${provinceOfRound(round)}.${part}`);
  }
  return parts;
}
