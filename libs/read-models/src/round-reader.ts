import { frameworkDecider, roundDecider } from '#catalogue';
import type { Round } from '#catalogue';
import { existsOn } from '#directory';
import { bareHex, dayInVietnam, parseDay } from '#kernel';
import type { AgencyId, Day, RoundId } from '#kernel';
import { agencyModel } from './agency-model.ts';
import type { AnsweredAsOf, AsOf } from './as-of.ts';
import { contributionModel } from './contribution-model.ts';
import type { Sql } from './database.ts';
import { evidenceModel, evidenceReferenceModel } from './evidence-model.ts';
import type { EvidenceReferenceRow, EvidenceRow } from './evidence-model.ts';
import { figureModel } from './figure-model.ts';
import { findingModel } from './finding-model.ts';
import { figureView } from './figure-view.ts';
import type { FigureView, RoundRows, WholeFigure } from './figure-view.ts';
import { owedFigures } from './round-duties.ts';
import type { OwedFigure } from './round-duties.ts';
import type { StreamReplays } from './stream-replays.ts';
import { rowsAt, rowsOfKeys } from './versioned-table.ts';

/** The moment a query speaks of, and the day that "overdue" is measured against. */
export type Moment = {
  readonly asOf?: AsOf;
  /** Vietnam's day; left out, the day of the moment answered for. */
  readonly today?: Day;
};

/** Everything of one round at one leaf: joined here, from rows that each tell one stream. */
export type RoundAtMoment = {
  readonly id: RoundId;
  readonly revision: number;
  readonly round: Round;
  readonly owed: readonly OwedFigure[];
  readonly rows: RoundRows;
};

/** The day to measure by: told, or that of the time asked for, or that of the last leaf. */
export function dayOf({ asOf, today }: Moment, { at }: AnsweredAsOf): Day {
  if (today !== undefined) return today;
  const instant = typeof asOf === 'string' ? asOf : at;
  const found = instant === null ? parseDay('1970-01-01') : dayInVietnam(instant);
  if (found === undefined) throw new TypeError('the first day of the epoch is a day');
  return found;
}

/** The round as it was, with its figures' rows; undefined when there was none of that id yet. */
export async function readRound(
  db: Sql,
  schema: string,
  replays: StreamReplays,
  id: RoundId,
  leafIndex: number,
  today: Day,
): Promise<RoundAtMoment | undefined> {
  const folded = await replays.at(roundDecider, `round-${id}`, leafIndex);
  if (folded === undefined || folded.state === null) return undefined;
  const round = folded.state;
  const stream = `framework-${round.opening.framework}`;
  const framework = await replays.at(frameworkDecider, stream, leafIndex);
  const gone = await goneLeads(db, schema, round, leafIndex, today);
  const where = { round: id };
  const figures = await rowsAt(db, schema, figureModel, leafIndex, { where });
  const contributions = await rowsAt(db, schema, contributionModel, leafIndex, { where });
  const findings = await rowsAt(db, schema, findingModel, leafIndex, { where });
  const rows = await replays.wholeFigures(figures.map(({ row }) => row));
  return {
    id,
    revision: folded.revision,
    round,
    owed: owedFigures(id, round, framework?.state ?? null, gone),
    rows: {
      round,
      figures: new Map(rows.map((row) => [row.figure, row])),
      contributions: contributions.map(({ row }) => row),
      findings: findings.map(({ row }) => row),
      ...(await evidenceOf(db, schema, rows, leafIndex)),
      today,
    },
  };
}

/** Leads that the plan names or that took over, and that do not exist on the day. */
async function goneLeads(
  db: Sql,
  schema: string,
  { assignments }: Round,
  leafIndex: number,
  today: Day,
): Promise<ReadonlySet<AgencyId>> {
  const leads = [...assignments.values()].flatMap((assigned) => assigned.leads);
  const rows = await rowsOfKeys(db, schema, agencyModel, [...new Set(leads)], leafIndex);
  const gone = rows.filter(({ row }) => !existsOn(row.state, today));
  return new Set(gone.map(({ key }) => key));
}

/** The figures that the round expects, each as it stands, in the order of the plan. */
export function figuresOf({ owed, rows }: RoundAtMoment): readonly FigureView[] {
  return owed.map((figure) => figureView(figure, rows));
}

async function evidenceOf(
  db: Sql,
  schema: string,
  figures: readonly WholeFigure[],
  leafIndex: number,
): Promise<Pick<RoundRows, 'evidence' | 'references'>> {
  const links = figures.flatMap(({ present }) => present?.statement.evidence ?? []);
  const digests = links.flatMap(({ evidence }) => (evidence === null ? [] : [bareHex(evidence)]));
  const ids = links.flatMap(({ reference }) => (reference === null ? [] : [reference]));
  const files = await rowsOfKeys(db, schema, evidenceModel, digests, leafIndex);
  const papers = await rowsOfKeys(db, schema, evidenceReferenceModel, ids, leafIndex);
  return {
    evidence: new Map<string, EvidenceRow>(files.map(({ key, row }) => [key, row])),
    references: new Map<string, EvidenceReferenceRow>(papers.map(({ key, row }) => [key, row])),
  };
}
