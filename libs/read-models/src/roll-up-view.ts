import {
  awaitedContribution,
  differencesOf,
  evolveContribution,
  movedParts,
  rollUp,
} from '#figures';
import type {
  BuiltFrom,
  ContributionVersion,
  MovedPart,
  PartStated,
  RollUp,
  RollUpDifference,
} from '#figures';
import type { AgencyId, Digest, FigureId } from '#kernel';
import type { ContributionRow } from './contribution-model.ts';
import type { MomentSource } from './figure-checks.ts';
import { partOf } from './round-duties.ts';
import type { OwedFigure } from './round-duties.ts';
import type { RoundAtMoment } from './round-reader.ts';
import { inForceOf } from './statement-view.ts';

/**
 * What a figure's accepted parts give at some moment, offered to its lead: with every addend, with
 * who has not given anything yet, and beside what the present version states.
 */
export type RollUpView = RollUp & {
  readonly figure: FigureId;
  readonly definition: { readonly edition: string; readonly revision: number };
  /** Agencies that owe a part and have none accepted. */
  readonly outstanding: readonly AgencyId[];
  /** Null where nothing stands yet. */
  readonly present: {
    readonly version: number;
    readonly digest: Digest;
    readonly differences: readonly RollUpDifference[];
    readonly movedParts: readonly MovedPart[];
  } | null;
};

/** Null for a figure that the round does not expect, or whose definition nobody has told yet. */
export async function readRollUp(
  source: MomentSource,
  { owed: all, rows }: RoundAtMoment,
  figure: FigureId,
): Promise<RollUpView | null> {
  const owed = all.find((one) => one.figure === figure);
  if (owed === undefined || owed.definition === null) return null;
  const { definition, edition } = owed;
  const { parts, outstanding } = await acceptedParts(source, owed, rows.contributions);
  const now = rollUp(definition, parts);
  const present = rows.figures.get(figure)?.present ?? null;
  const about = { figure, definition: { edition, revision: definition.revision }, outstanding };
  if (present === null) return { ...now, ...about, present: null };
  const { builtFrom, values, version } = present.statement;
  const former = await Promise.all(builtFrom.map((built) => formerPart(source, built, parts)));
  const then = rollUp(
    definition,
    former.filter((part) => part !== null),
  );
  return {
    ...now,
    ...about,
    present: {
      version,
      digest: present.digest,
      differences: differencesOf(definition, values, then, now),
      movedParts: movedParts(builtFrom, now.builtFrom),
    },
  };
}

/** Parts that are owed, in their giver's present name, and those deposited for outsiders. */
async function acceptedParts(
  { replays }: MomentSource,
  owed: OwedFigure,
  contributions: readonly ContributionRow[],
): Promise<{ readonly parts: PartStated[]; readonly outstanding: readonly AgencyId[] }> {
  const own = contributions.filter(({ indicator }) => indicator === owed.indicator);
  const givers = new Map(
    owed.parts.flatMap((part) => {
      const row = partOf(part, own);
      return row === undefined ? [] : [[row.contribution, part.agency] as const];
    }),
  );
  const accepted = own.filter(({ contribution, inForce, fromOutside }) => {
    return inForce !== null && (givers.has(contribution) || fromOutside);
  });
  const whole = await replays.wholeContributions(accepted);
  const parts = whole.flatMap((row) => {
    const version = inForceOf(row);
    const agency = givers.get(row.contribution) ?? row.agency;
    return version === null ? [] : [statedIn(row.contribution, agency, version)];
  });
  const given = new Set(parts.map(({ agency }) => agency));
  const outstanding = owed.parts.map(({ agency }) => agency).filter((one) => !given.has(one));
  return { parts, outstanding };
}

/** A part in the version that a figure was built from, which may be older than the accepted one. */
async function formerPart(
  { replays, leafIndex }: MomentSource,
  built: BuiltFrom,
  accepted: readonly PartStated[],
): Promise<PartStated | null> {
  const same = accepted.find(({ digest }) => digest === built.digest);
  if (same !== undefined) return same;
  const folding = { initial: awaitedContribution, evolve: evolveContribution };
  const stream = `contribution-${built.contribution}`;
  const found = await replays.at(folding, stream, leafIndex);
  const version = found?.state.versions.find(({ digest }) => digest === built.digest);
  return version === undefined ? null : statedIn(built.contribution, built.agency, version);
}

function statedIn(
  contribution: string,
  agency: AgencyId,
  { statement, revision, digest }: ContributionVersion,
): PartStated {
  const { version, status, values } = statement;
  return { contribution, agency, revision, version, digest, status, values };
}
