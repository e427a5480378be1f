import assert from 'node:assert';
import { sql } from 'kysely';
import { awaitedContribution, awaitedFigure, evolveContribution, evolveFigure } from '#figures';
import type { ContributionFact, ContributionVersion, FigureFact, FigureVersion } from '#figures';
import type { Fact, Recorded } from '#kernel';
import { upcasting } from '#event-store';
import type { Upcaster } from '#event-store';
import type { Folding } from './aggregate-model.ts';
import type { ContributionRow } from './contribution-model.ts';
import type { Sql } from './database.ts';
import type { FigureRow } from './figure-model.ts';
import type { WholeFigure } from './figure-view.ts';
import { leavesOfStream, leavesOfVersions, logEventOf } from './leaf-table.ts';
import type { Kept, KeptVersions, SomeVersion } from './statement-view.ts';

/** A stream folded as far as it had come at some leaf. */
export type Replayed<State> = { readonly state: State; readonly revision: number };

/**
 * States of other contexts as of a leaf, folded from the kept leaves by the context's own rules.
 * For streams that are read whole and seldom written (rounds, frameworks), this spares a second
 * reading of the same rules in the shape of tables. Folded ones are kept, least recently used first
 * out; they never go stale, because what a stream was at a leaf cannot change.
 */
export class StreamReplays {
  private readonly db: Sql;
  private readonly schema: string;
  private readonly upcast: ReturnType<typeof upcasting>;
  private readonly kept = new Map<string, Replayed<unknown>>();
  private readonly keptMax: number;

  constructor(db: Sql, schema: string, upcasters: readonly Upcaster[], keptMax = 64) {
    this.db = db;
    this.schema = schema;
    this.upcast = upcasting(upcasters);
    this.keptMax = keptMax;
  }

  /** Undefined when the stream had no event yet at that leaf. One stream, one folding, always. */
  async at<State, F extends Fact>(
    folding: Folding<State, F>,
    stream: string,
    leafIndex: number,
  ): Promise<Replayed<State> | undefined> {
    const last = await this.lastLeafOf(stream, leafIndex);
    if (last === null) return undefined;
    const name = `${last} ${stream}`;
    const found = this.kept.get(name) ?? (await this.replay(folding, stream, last));
    this.kept.delete(name);
    this.kept.set(name, found);
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > this.keptMax && oldest !== undefined) this.kept.delete(oldest);
    return found as Replayed<State>;
  }

  /** Figures with the statements of their versions, read back from the acts that made them. */
  async wholeFigures(rows: readonly FigureRow[]): Promise<readonly WholeFigure[]> {
    const folding = { initial: awaitedFigure, evolve: evolveFigure };
    const streamOf = ({ figure }: FigureRow) => `figure-${figure}`;
    return this.whole<FigureVersion, FigureFact, FigureRow>(folding, rows, streamOf);
  }

  async wholeContributions(
    rows: readonly ContributionRow[],
  ): Promise<readonly ContributionRow<ContributionVersion>[]> {
    const folding = { initial: awaitedContribution, evolve: evolveContribution };
    const streamOf = ({ contribution }: ContributionRow) => `contribution-${contribution}`;
    return this.whole<ContributionVersion, ContributionFact, ContributionRow>(
      folding,
      rows,
      streamOf,
    );
  }

  /**
   * The statement of a version is what the context's own fold makes of the one act that handed it
   * in; everything else about the version stands in the row.
   */
  private async whole<V extends SomeVersion, F extends Fact, Row extends KeptVersions<Kept<V>>>(
    folding: Folding<{ readonly versions: readonly V[] }, F>,
    rows: readonly Row[],
    streamOf: (row: Row) => string,
  ): Promise<(Omit<Row, 'present' | 'inForceBehind'> & KeptVersions<V>)[]> {
    const wanted = rows.flatMap((row) => {
      const versions = [row.present, row.inForceBehind].filter((version) => version !== null);
      return versions.map(({ statement: { version } }) => ({ stream: streamOf(row), version }));
    });
    const statements = new Map<string, V['statement']>();
    for (const leaf of await leavesOfVersions(this.db, this.schema, wanted)) {
      const event = logEventOf(leaf, this.upcast) as unknown as Recorded<F>;
      const [made] = folding.evolve(folding.initial, event).versions;
      assert(made !== undefined, `${leaf.type} makes no version`);
      statements.set(`${leaf.stream} ${made.statement.version}`, made.statement);
    }
    const filled = (row: Row, version: Kept<V> | null): V | null => {
      if (version === null) return null;
      const statement = statements.get(`${streamOf(row)} ${version.statement.version}`);
      assert(statement !== undefined, `${streamOf(row)} has lost a version's leaf`);
      return { ...version, statement } as unknown as V;
    };
    return rows.map((row) => ({
      ...row,
      present: filled(row, row.present),
      inForceBehind: filled(row, row.inForceBehind),
    }));
  }

  private async lastLeafOf(stream: string, leafIndex: number): Promise<number | null> {
    const { rows } = await sql<{ leaf_index: number }>`select leaf_index
      from ${sql.id(this.schema, 'leaf')} where stream = ${stream} and leaf_index <= ${leafIndex}
      order by leaf_index desc limit 1`.execute(this.db);
    return rows[0]?.leaf_index ?? null;
  }

  private async replay<State, F extends Fact>(
    folding: Folding<State, F>,
    stream: string,
    upTo: number,
  ): Promise<Replayed<State>> {
    let state = folding.initial;
    let revision = -1;
    for (const leaf of await leavesOfStream(this.db, this.schema, stream, upTo)) {
      const event = logEventOf(leaf, this.upcast);
      state = folding.evolve(state, event as unknown as Recorded<F>);
      revision = event.revision;
    }
    return { state, revision };
  }
}
