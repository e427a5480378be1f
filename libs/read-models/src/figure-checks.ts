import { frameworkDecider, roundDecider } from '#catalogue';
import { awaitedFigure, checksOf, checkTexts, compareWith } from '#figures';
import type { CheckFinding, CheckOverride, Checks, ComparedSource, NotCompared } from '#figures';
import { readFigureName } from '#kernel';
import type { Digest, FigureId } from '#kernel';
import type { Sql } from './database.ts';
import { figureModel } from './figure-model.ts';
import { factsFor, figureOfRow } from './figure-view.ts';
import type { WholeFigure } from './figure-view.ts';
import type { RoundAtMoment } from './round-reader.ts';
import type { StreamReplays } from './stream-replays.ts';
import { rowsOfKeys } from './versioned-table.ts';

/** A finding with what its code means. */
export type CheckView = CheckFinding & {
  readonly text: { readonly vi: string; readonly en: string };
};

/** The checks of a figure's present version, as a verifier at that moment would meet them. */
export type FigureChecks = {
  readonly figure: FigureId;
  readonly revision: number | null;
  /** Null where nothing stands that could be checked. */
  readonly version: number | null;
  readonly digest: Digest | null;
  readonly findings: readonly CheckView[];
  readonly notCompared: readonly NotCompared[];
  /** What this very version was verified in spite of. */
  readonly overrides: readonly CheckOverride[];
};

/** Where rows and streams of one moment are read. */
export type MomentSource = {
  readonly db: Sql;
  readonly schema: string;
  readonly replays: StreamReplays;
  readonly leafIndex: number;
};

/** Null for a figure that the round does not expect, or whose definition nobody has told yet. */
export async function readFigureChecks(
  source: MomentSource,
  round: RoundAtMoment,
  figure: FigureId,
): Promise<FigureChecks | null> {
  const owed = round.owed.find((one) => one.figure === figure);
  const definition = owed?.definition ?? null;
  const name = readFigureName(figure);
  if (owed === undefined || definition === null || name === undefined) return null;
  const row = round.rows.figures.get(figure);
  const present = row?.present ?? null;
  const nothing: Checks = { findings: [], notCompared: [] };
  const { opening } = round.round;
  const framework = await source.replays.at(
    frameworkDecider,
    `framework-${opening.framework}`,
    source.leafIndex,
  );
  const crossChecks = framework?.state?.editions.get(owed.edition)?.crossChecks ?? [];
  const compared = comparedIn(source, round);
  const checks =
    row === undefined || present === null
      ? nothing
      : checksOf(present, {
          ...factsFor(owed, definition, row, round.rows),
          comparisons: await compareWith(name, round.round, crossChecks, compared),
        });
  const verification = row?.verification ?? null;
  const isThisVersion = verification?.version === present?.statement.version;
  return {
    figure,
    revision: row?.revision ?? null,
    version: present?.statement.version ?? null,
    digest: present?.digest ?? null,
    findings: checks.findings.map((one) => {
      const { vi, en } = checkTexts[one.code];
      return { ...one, text: { vi, en } };
    }),
    notCompared: checks.notCompared,
    overrides: verification !== null && isThisVersion ? verification.overrides : [],
  };
}

/** Figures of this round from its rows, those of former rounds from theirs at the same leaf. */
function comparedIn(
  { db, schema, replays, leafIndex }: MomentSource,
  { id: own, round, rows }: RoundAtMoment,
): ComparedSource {
  const wholeRow = async (figure: FigureId): Promise<WholeFigure | undefined> => {
    if (readFigureName(figure)?.round === own) return rows.figures.get(figure);
    const found = await rowsOfKeys(db, schema, figureModel, [figure], leafIndex);
    return (await replays.wholeFigures(found.map(({ row }) => row)))[0];
  };
  return {
    round: async (id) => {
      if (id === own) return round;
      return (await replays.at(roundDecider, `round-${id}`, leafIndex))?.state ?? null;
    },
    figure: async (figure) => {
      const row = await wholeRow(figure);
      return row === undefined ? awaitedFigure : figureOfRow(row);
    },
  };
}
