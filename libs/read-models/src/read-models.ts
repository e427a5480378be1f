import { frameworkDecider } from '#catalogue';
import type { Capacity } from '#directory';
import type { ContributionVersion } from '#figures';
import { bareHex, isUuid, parseCount, readFigureName } from '#kernel';
import type {
  AgencyId,
  ContributionId,
  Day,
  Digest,
  FigureId,
  IndicatorCode,
  PersonId,
  RoundId,
} from '#kernel';
import type { Upcaster } from '#event-store';
import { accountability } from './accountability-model.ts';
import type { AgencyAccount } from './accountability-model.ts';
import { agencyModel } from './agency-model.ts';
import type { AgencyRow } from './agency-model.ts';
import type { AnsweredAsOf, Answer, AsOf, Page } from './as-of.ts';
import { contributionModel } from './contribution-model.ts';
import type { ContributionRow } from './contribution-model.ts';
import type { Sql } from './database.ts';
import { changesBetween } from './difference.ts';
import type { Change } from './difference.ts';
import { evidenceLinkModel } from './evidence-model.ts';
import type { EvidenceView } from './evidence-model.ts';
import { readEvidence, readRegister } from './evidence-register.ts';
import type { RegisterQuery } from './evidence-register.ts';
import { readFigureChecks } from './figure-checks.ts';
import type { FigureChecks, MomentSource } from './figure-checks.ts';
import type { FigureView } from './figure-view.ts';
import { findingModel } from './finding-model.ts';
import type { FindingRow } from './finding-model.ts';
import { frameworkModel } from './framework-model.ts';
import type { FrameworkRow } from './framework-model.ts';
import { historyLimitMax, readHistory } from './history.ts';
import type { HistoryScope } from './history.ts';
import type { HistoryItem, HistoryPage } from './history-item.ts';
import { leafOfEvent, locate } from './leaf-table.ts';
import type { Leaf, ReadModel } from './log-event.ts';
import { personModel } from './person-model.ts';
import type { PersonRow } from './person-model.ts';
import { progressOf } from './progress-model.ts';
import type { RoundProgress } from './progress-model.ts';
import { reviewBodyModel } from './review-body-model.ts';
import type { ReviewBodyRow } from './review-body-model.ts';
import { reviewTasksOf } from './review-tasks.ts';
import { readRollUp } from './roll-up-view.ts';
import type { RollUpView } from './roll-up-view.ts';
import { roundModel } from './round-model.ts';
import type { RoundRow } from './round-model.ts';
import { dayOf, figuresOf, readRound } from './round-reader.ts';
import type { Moment, RoundAtMoment } from './round-reader.ts';
import { frameworkView, roundView } from './round-view.ts';
import type { FrameworkView, RoundView } from './round-view.ts';
import { readModelsSchema } from './schema.ts';
import { StreamReplays } from './stream-replays.ts';
import { confirmationTasks, tasksOf } from './tasks-model.ts';
import type { Task } from './tasks-model.ts';
import { rowAt, rowsAt } from './versioned-table.ts';

export type ReadModelsOptions = {
  readonly db: Sql;
  readonly upcasters?: readonly Upcaster[];
  readonly schema?: string;
};

/** Whose acts a history holds beside the figure's own: those of parts and of findings. */
export type Shows = {
  readonly part: (contribution: ContributionId) => boolean;
  readonly finding: (finding: FindingRow['state']) => boolean;
};

const everything: Shows = { part: () => true, finding: () => true };

/**
 * Every question that can be asked of the read models. Each answer says the moment it stands for
 * and is the same for that moment for ever, but for "overdue", which depends on the reader's day.
 * A thing that was not there yet is null or missing from its list, never an error.
 */
export class ReadModels {
  private readonly db: Sql;
  private readonly schema: string;
  private readonly replays: StreamReplays;

  constructor({ db, upcasters = [], schema = readModelsSchema }: ReadModelsOptions) {
    this.db = db;
    this.schema = schema;
    this.replays = new StreamReplays(db, schema, upcasters);
  }

  /** The moment that an `asOf` means. The rule for times stands at `locate`. */
  leafAt(asOf?: AsOf): Promise<AnsweredAsOf> {
    return locate(this.db, this.schema, asOf);
  }

  /** The event that a receipt names, with its leaf; null while it is not in the read models. */
  async receiptEvent(eventId: string): Promise<Leaf | null> {
    if (!isUuid(eventId)) return null;
    return (await leafOfEvent(this.db, this.schema, eventId)) ?? null;
  }

  rounds(asOf?: AsOf): Promise<Answer<readonly RoundRow[]>> {
    return this.list(roundModel, asOf);
  }

  async round(id: RoundId, asOf?: AsOf): Promise<Answer<RoundView | null>> {
    return this.ofRound(id, { asOf }, ({ revision, round, owed }) => {
      return roundView(id, revision, round, owed);
    });
  }

  /** Every figure the round expects, the awaited ones too, in the order of the plan. */
  roundFigures(id: RoundId, moment: Moment = {}): Promise<Answer<readonly FigureView[] | null>> {
    return this.ofRound(id, moment, figuresOf);
  }

  progress(id: RoundId, moment: Moment = {}): Promise<Answer<RoundProgress | null>> {
    return this.ofRound(id, moment, (round) => progressOf(figuresOf(round)));
  }

  accountability(
    id: RoundId,
    moment: Moment = {},
  ): Promise<Answer<readonly AgencyAccount[] | null>> {
    return this.ofRound(id, moment, (round) => accountability(figuresOf(round)));
  }

  /** Null for an id that no round expects. An awaited figure is there, with revision null. */
  async figure(id: FigureId, moment: Moment = {}): Promise<Answer<FigureView | null>> {
    const round = readFigureName(id)?.round;
    if (round === undefined) return { data: null, asOf: await this.leafAt(moment.asOf) };
    const { data, asOf } = await this.roundFigures(round, moment);
    return { data: data?.find(({ figure }) => figure === id) ?? null, asOf };
  }

  /** What the checks find in the figure's present version. */
  figureChecks(id: FigureId, moment: Moment = {}): Promise<Answer<FigureChecks | null>> {
    return this.ofFigure(id, moment, (source, round) => readFigureChecks(source, round, id));
  }

  /** What the figure's accepted parts give together, beside what it states. */
  rollUp(id: FigureId, moment: Moment = {}): Promise<Answer<RollUpView | null>> {
    return this.ofFigure(id, moment, (source, round) => readRollUp(source, round, id));
  }

  /** Findings of a round or of one figure, or all. */
  findings(
    where: { readonly round?: RoundId; readonly figure?: FigureId } = {},
    asOf?: AsOf,
  ): Promise<Answer<readonly FindingRow[]>> {
    return this.list(findingModel, asOf, where);
  }

  finding(id: string, asOf?: AsOf): Promise<Answer<FindingRow | null>> {
    return this.one(findingModel, id, asOf);
  }

  /** What was done to a figure, its parts, the dates and duties behind it, and its evidence. */
  figureHistory(
    id: FigureId,
    asOf?: AsOf,
    page: HistoryPage = {},
    shows: Shows = everything,
  ): Promise<Page<HistoryItem>> {
    return this.history(id, asOf, page, async ({ round, indicator }, { leafIndex }) => {
      const where = { indicator: `${round}.${indicator}` };
      const upTo = leafIndex ?? -1;
      const parts = await rowsAt(this.db, this.schema, contributionModel, upTo, { where });
      const about = { figure: id };
      const findings = await rowsAt(this.db, this.schema, findingModel, upTo, { where: about });
      return [
        `figure-${id}`,
        ...parts.filter(({ key }) => shows.part(key)).map(({ key }) => `contribution-${key}`),
        ...findings
          .filter(({ row }) => shows.finding(row.state))
          .map(({ key }) => `finding-${key}`),
      ];
    });
  }

  contributionHistory(
    id: ContributionId,
    asOf?: AsOf,
    page: HistoryPage = {},
  ): Promise<Page<HistoryItem>> {
    return this.history(id, asOf, page, async () => [`contribution-${id}`]);
  }

  /** What changed in a figure between two moments, by JSON pointer into `figure` of each. */
  async figureDiff(
    id: FigureId,
    from: Moment,
    to: Moment,
    as: (figure: FigureView) => FigureView = (figure) => figure,
  ): Promise<{ changes: readonly Change[]; from: AnsweredAsOf; to: AnsweredAsOf }> {
    const before = await this.figure(id, from);
    const after = await this.figure(id, to);
    const changes = changesBetween(
      before.data === null ? undefined : as(before.data),
      after.data === null ? undefined : as(after.data),
    );
    return { changes, from: before.asOf, to: after.asOf };
  }

  /** A part that nobody has touched yet is null here; its figure lists it as awaited. */
  async contribution(
    id: ContributionId,
    asOf?: AsOf,
  ): Promise<Answer<ContributionRow<ContributionVersion> | null>> {
    const { data, asOf: located } = await this.one(contributionModel, id, asOf);
    const [whole] = await this.replays.wholeContributions(data === null ? [] : [data]);
    return { data: whole ?? null, asOf: located };
  }

  async evidence(digest: Digest, asOf?: AsOf): Promise<Answer<EvidenceView | null>> {
    const located = await this.leafAt(asOf);
    const leafIndex = located.leafIndex ?? -1;
    return { data: await readEvidence(this.db, this.schema, digest, leafIndex), asOf: located };
  }

  async evidenceRegister(query: RegisterQuery = {}, asOf?: AsOf): Promise<Page<EvidenceView>> {
    return readRegister(this.db, this.schema, query, await this.leafAt(asOf));
  }

  /** What awaits a person in all open rounds, by the capacities they have on that day. */
  async tasks(
    person: PersonId,
    capacities: readonly Capacity[],
    today: Day,
  ): Promise<Answer<readonly Task[]>> {
    const { data: rounds, asOf } = await this.rounds();
    const open = rounds.filter(({ status }) => status === 'open');
    const tasks: Task[] = [];
    const bodies = await this.reviewBodies(asOf.leafIndex ?? undefined);
    const judging = bodies.data.map(({ state }) => state);
    for (const { round } of open) {
      const read = await this.read(round, asOf, today);
      if (read === undefined) continue;
      const { contributions, round: opened } = read.rows;
      const figures = figuresOf(read);
      const standing = { chain: opened.opening.chain, bodies: judging };
      const reviewing = reviewTasksOf(person, capacities, figures, standing);
      tasks.push(...tasksOf(person, capacities, figures, contributions, today, reviewing));
    }
    const { data: people } = await this.people(undefined, asOf.leafIndex ?? undefined);
    tasks.push(...confirmationTasks(person, capacities, people, today));
    return { data: tasks, asOf };
  }

  frameworks(asOf?: AsOf): Promise<Answer<readonly FrameworkRow[]>> {
    return this.list(frameworkModel, asOf);
  }

  async framework(id: string, asOf?: AsOf): Promise<Answer<FrameworkView | null>> {
    const located = await this.leafAt(asOf);
    const leafIndex = located.leafIndex ?? -1;
    const found = await this.replays.at(frameworkDecider, `framework-${id}`, leafIndex);
    const data = found?.state == null ? null : frameworkView(found.revision, found.state);
    return { data, asOf: located };
  }

  agencies(asOf?: AsOf): Promise<Answer<readonly AgencyRow[]>> {
    return this.list(agencyModel, asOf);
  }

  agency(id: AgencyId, asOf?: AsOf): Promise<Answer<AgencyRow | null>> {
    return this.one(agencyModel, id, asOf);
  }

  /** By the agency they were enrolled in, or all. */
  people(agency?: AgencyId, asOf?: AsOf): Promise<Answer<readonly PersonRow[]>> {
    return this.list(personModel, asOf, agency === undefined ? {} : { agency });
  }

  person(id: PersonId, asOf?: AsOf): Promise<Answer<PersonRow | null>> {
    return this.one(personModel, id, asOf);
  }

  reviewBodies(asOf?: AsOf): Promise<Answer<readonly ReviewBodyRow[]>> {
    return this.list(reviewBodyModel, asOf);
  }

  reviewBody(id: string, asOf?: AsOf): Promise<Answer<ReviewBodyRow | null>> {
    return this.one(reviewBodyModel, id, asOf);
  }

  private async one<Row>(
    model: ReadModel<Row>,
    key: string,
    asOf: AsOf,
  ): Promise<Answer<Row | null>> {
    const located = await this.leafAt(asOf);
    const row = await rowAt(this.db, this.schema, model, key, located.leafIndex ?? -1);
    return { data: row ?? null, asOf: located };
  }

  private async list<Row>(
    model: ReadModel<Row>,
    asOf: AsOf,
    where: Readonly<Record<string, string>> = {},
  ): Promise<Answer<readonly Row[]>> {
    const located = await this.leafAt(asOf);
    const rows = await rowsAt(this.db, this.schema, model, located.leafIndex ?? -1, { where });
    return { data: rows.map(({ row }) => row), asOf: located };
  }

  private async ofFigure<Data>(
    id: FigureId,
    moment: Moment,
    read: (source: MomentSource, round: RoundAtMoment) => Promise<Data | null>,
  ): Promise<Answer<Data | null>> {
    const asOf = await this.leafAt(moment.asOf);
    const round = readFigureName(id)?.round;
    const { db, schema, replays } = this;
    const leafIndex = asOf.leafIndex ?? -1;
    const found =
      round === undefined ? undefined : await this.read(round, asOf, dayOf(moment, asOf));
    const source = { db, schema, replays, leafIndex };
    return { data: found === undefined ? null : await read(source, found), asOf };
  }

  private async ofRound<Data>(
    id: RoundId,
    moment: Moment,
    read: (round: RoundAtMoment) => Data,
  ): Promise<Answer<Data | null>> {
    const asOf = await this.leafAt(moment.asOf);
    const found = await this.read(id, asOf, dayOf(moment, asOf));
    return { data: found === undefined ? null : read(found), asOf };
  }

  private read(
    id: RoundId,
    { leafIndex }: AnsweredAsOf,
    today: Day,
  ): Promise<RoundAtMoment | undefined> {
    return readRound(this.db, this.schema, this.replays, id, leafIndex ?? -1, today);
  }

  private async history(
    id: string,
    asOf: AsOf,
    { cursor, limit = 50, order = 'oldest' }: HistoryPage,
    streamsOf: (
      name: { readonly round: RoundId; readonly indicator: IndicatorCode },
      asOf: AnsweredAsOf,
    ) => Promise<readonly string[]>,
  ): Promise<Page<HistoryItem>> {
    const located = await this.leafAt(asOf);
    const name = readFigureName(id);
    if (name === undefined) return { items: [], nextCursor: null, asOf: located };
    const holders = await streamsOf(name, located);
    const scope: HistoryScope = {
      round: name.round,
      indicator: name.indicator,
      streams: [...holders, ...(await this.evidenceStreams(holders, located))],
    };
    return readHistory(this.db, this.schema, scope, located, {
      after: cursor === undefined ? null : (parseCount(cursor) ?? null),
      limit: Math.min(limit, historyLimitMax),
      isNewestFirst: order === 'newest',
    });
  }

  private async evidenceStreams(
    holders: readonly string[],
    { leafIndex }: AnsweredAsOf,
  ): Promise<readonly string[]> {
    const where = { holder: holders };
    const links = await rowsAt(this.db, this.schema, evidenceLinkModel, leafIndex ?? -1, { where });
    const streams = links.map(({ row: { evidence, reference } }) => {
      return evidence === null ? `evidence-ref-${reference}` : `evidence-${bareHex(evidence)}`;
    });
    return [...new Set(streams)];
  }
}
