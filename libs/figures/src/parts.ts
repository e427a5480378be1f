import { readFigureName } from '#kernel';
import type { AgencyId, ContributionId } from '#kernel';
import type { ContributionFacts, FigureContext } from './contexts.ts';
import type { FigureStatement } from './figure.events.ts';
import { refuse } from './refusals.ts';
import type { BuiltFrom } from './statement.ts';

/**
 * How a figure stands to its parts. It names those it was built from by stream, revision and digest
 * of the accepted version, so that a later correction of a part cannot slip under it unseen.
 */

/** The parts a hand-in names, each accepted and of this very indicator. */
export function partsBuiltFrom(
  named: readonly ContributionId[],
  { figure, contributions }: FigureContext,
): BuiltFrom[] {
  const own = readFigureName(figure);
  return named.map((contribution, index) => {
    const pointer = `/builtFrom/${index}`;
    if (named.indexOf(contribution) !== index) throw refuse('figure/part-twice', { pointer });
    const name = readFigureName(contribution);
    const belongs =
      name?.agencyPart != null && name.round === own?.round && name.indicator === own.indicator;
    const part = contributions.find((facts) => facts.contribution === contribution);
    if (!belongs || part === undefined) throw refuse('figure/unknown-part', { pointer });
    const accepted = part.versions.find(({ version }) => version === part.accepted);
    if (accepted === undefined) throw refuse('figure/part-not-accepted', { pointer });
    const { version, digest, revision } = accepted;
    return { contribution, agency: part.agency, revision, version, digest };
  });
}

/**
 * Participants whose part was not accepted yet. The figure may be submitted all the same; their
 * lateness belongs to those who owe them (DOMAIN, A figure's life).
 */
export function outstandingParts({ assignment, contributions }: FigureContext): AgencyId[] {
  const accepted = contributions.filter((part) => part.accepted !== null);
  return assignment.participants.filter(
    (participant) => !accepted.some(({ agency }) => agency === participant),
  );
}

/** A part this statement was built from was handed in anew since. */
export function isBuiltOnOlderPart(
  { builtFrom }: FigureStatement,
  contributions: readonly ContributionFacts[],
): boolean {
  return builtFrom.some(({ contribution, version }) => {
    const part = contributions.find((facts) => facts.contribution === contribution);
    return (part?.latest ?? 0) > version;
  });
}
