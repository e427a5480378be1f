import { agencyPartOf, parseCount } from '#kernel';
import type { FigureId, FigureName, IndicatorCode, RoundId } from '#kernel';
import { crossChecksOf } from '#catalogue';
import type { CrossCheck, Round } from '#catalogue';
import type { ComparedFigure, Comparisons } from './contexts.ts';
import type { Figure } from './figure-state.ts';
import { presentVersion, versionNumbered } from './versions.ts';

/**
 * Which figures a check looks at, and in which version of each. The same for a command, which reads
 * streams, and for a page, which reads rows of some moment.
 */
export type ComparedSource = {
  /** Null for a round that the ledger does not know. */
  round(round: RoundId): Promise<Round | null>;
  /** The awaited figure where nothing was handed in. */
  figure(figure: FigureId): Promise<Pick<Figure, 'versions' | 'inForce'>>;
};

/** Rounds to look back: a decade of years, five of half-years. */
const formerRoundsMax = 10;

export async function compareWith(
  name: FigureName,
  round: Round,
  checks: readonly CrossCheck[],
  source: ComparedSource,
): Promise<Comparisons> {
  const crossChecks = crossChecksOf(checks, name.indicator);
  const terms = crossChecks.flatMap(({ left, right }) => [...left, ...right]);
  const named = distinct(terms.map(({ indicator }) => indicator));
  const cumulative = terms.filter((term) => term.cumulative).map(({ indicator }) => indicator);
  const figures = await figuresIn(name.round, round, named, source);
  const former: ComparedFigure[] = [];
  let id = formerRoundOf(name.round);
  for (let steps = 0; id !== null && steps < formerRoundsMax; steps += 1) {
    const earlier = await source.round(id);
    if (earlier === null) break;
    // Beyond the nearest round only sums over all of them are asked for.
    const wanted = steps === 0 ? [name.indicator, ...cumulative] : cumulative;
    if (wanted.length === 0) break;
    former.push(...(await figuresIn(id, earlier, distinct(wanted), source)));
    id = formerRoundOf(id);
  }
  return { crossChecks, figures, former };
}

/**
 * The round before, by its name: `2025` before `2026`, `2026_h1` before `2026_h2` (CONTRACTS 1).
 * Null for a period that is named otherwise.
 */
export function formerRoundOf(round: RoundId): RoundId | null {
  const [, rest, year, half] = /^(.+-)(\d{4})(?:_h([12]))?$/.exec(round) ?? [];
  if (rest === undefined || year === undefined) return null;
  if (half === '2') return `${rest}${year}_h1`;
  const before = (parseCount(year.replace(/^0+(?=\d)/, '')) ?? 0) - 1;
  if (before < 0) return null;
  const padded = String(before).padStart(4, '0');
  return half === '1' ? `${rest}${padded}_h2` : `${rest}${padded}`;
}

async function figuresIn(
  id: RoundId,
  round: Round,
  indicators: readonly IndicatorCode[],
  source: ComparedSource,
): Promise<ComparedFigure[]> {
  const found: ComparedFigure[] = [];
  for (const indicator of indicators) {
    for (const figure of figureIdsOf(id, round, indicator)) {
      const stated = statedBy(await source.figure(figure));
      found.push({ figure, round: id, indicator, stated });
    }
  }
  return found;
}

/** One, or one for each planned lead: names are for ever, successors answer under them. */
function figureIdsOf(id: RoundId, round: Round, indicator: IndicatorCode): FigureId[] {
  const assigned = round.assignments.get(indicator);
  if (assigned === undefined) return [];
  const { mode, leads } = assigned.assignment;
  return mode === 'each'
    ? leads.map((lead) => `${id}.${indicator}.${agencyPartOf(lead)}`)
    : [`${id}.${indicator}`];
}

function statedBy(figure: Pick<Figure, 'versions' | 'inForce'>): ComparedFigure['stated'] {
  const version = versionNumbered(figure, figure.inForce) ?? presentVersion(figure);
  if (version === undefined || version.statement.status === 'M') return null;
  const { version: number, values, evidence } = version.statement;
  const inForce = number === figure.inForce;
  return { version: number, digest: version.digest, inForce, values, evidence };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
