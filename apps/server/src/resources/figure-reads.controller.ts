import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseCount, readFigureName } from '#kernel';
import type { PersonId } from '#kernel';
import type { Answer } from '#read-models';
import { ReadModels } from '#read-models/node';
import type { FigureChecks, Moment } from '#read-models/node';
import { CurrentPerson } from '../access/current-person.ts';
import { SignedIn } from '../access/policy.ts';
import { EvidenceVisibility } from '../access/evidence-visibility.ts';
import { Visibility } from '../access/visibility.ts';
import { closedCursor, limitOf, one, openCursor, Reads } from '../http/answers.ts';
import { readMoment } from '../http/headers.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { ContributionPath } from './contribution.requests.ts';
import { AsOfQuery, HistoryQuery } from './document.requests.ts';
import { DiffQuery, FigurePath } from './figure.requests.ts';

/** What is and was known of one figure or one part. */
@ApiTags('figures')
@SignedIn()
@Controller('api/v1')
export class FigureReadsController {
  private readonly models: ReadModels;
  private readonly visibility: Visibility;
  private readonly files: EvidenceVisibility;
  private readonly clock: LedgerClock;

  constructor(
    models: ReadModels,
    visibility: Visibility,
    files: EvidenceVisibility,
    clock: LedgerClock,
  ) {
    this.files = files;
    this.models = models;
    this.visibility = visibility;
    this.clock = clock;
  }

  @Get('figures/:figure')
  @Reads('A figure in its round, awaited ones too', '{data, asOf}')
  async figure(
    @Param() { figure }: FigurePath,
    @Query() query: AsOfQuery,
    @CurrentPerson() person: PersonId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    await this.visibility.checkFigure(person, figure);
    const reader = await this.visibility.reader(person);
    const { data, asOf } = await this.models.figure(figure, this.moment(query.asOf));
    const shown = { data: data && this.visibility.figureFor(reader, data), asOf };
    return one(reply, shown, ({ revision }) => revision);
  }

  @Get('figures/:figure/history')
  @Reads(
    'Every act on a figure, its parts, its dates and its evidence',
    '{items, nextCursor, asOf}',
  )
  async figureHistory(
    @Param() { figure }: FigurePath,
    @Query() query: HistoryQuery,
    @CurrentPerson() person: PersonId,
  ) {
    const seen = await this.visibility.checkFigure(person, figure);
    const around = await this.visibility.actsAround(person, [seen]);
    const { items, nextCursor, asOf } = await this.models.figureHistory(
      figure,
      readMoment(query.asOf),
      pageIn(query),
      around,
    );
    // A page may hold fewer items than were asked for: what is left out still has its place.
    const shown = await this.files.acts(around.reader, items.filter(around.item));
    return { items: shown, nextCursor: closedCursor(nextCursor), asOf };
  }

  @Get('figures/:figure/diff')
  @Reads('What changed in a figure between two moments', '{data: {changes}, from, to}')
  async diff(
    @Param() { figure }: FigurePath,
    @Query() query: DiffQuery,
    @CurrentPerson() person: PersonId,
  ) {
    await this.visibility.checkFigure(person, figure);
    const reader = await this.visibility.reader(person);
    const { changes, from, to } = await this.models.figureDiff(
      figure,
      this.moment(query.from),
      this.moment(query.to),
      (view) => this.visibility.figureFor(reader, view),
    );
    return { data: { changes }, from, to, asOf: to };
  }

  @Get('figures/:figure/roll-up')
  @Reads('What its accepted parts give together, with every addend', '{data, asOf}')
  async rollUp(
    @Param() { figure }: FigurePath,
    @Query() query: AsOfQuery,
    @CurrentPerson() person: PersonId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    await this.visibility.checkParts(person, figure);
    return one(reply, await this.models.rollUp(figure, this.moment(query.asOf)), () => null);
  }

  @Get('figures/:figure/checks')
  @Reads('What the checks find in the present version', '{data, asOf}')
  async checks(
    @Param() { figure }: FigurePath,
    @Query() query: AsOfQuery,
    @CurrentPerson() person: PersonId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const reader = await this.visibility.checkParts(person, figure);
    const answer = await this.models.figureChecks(figure, this.moment(query.asOf));
    const round = readFigureName(figure)?.round ?? '';
    const shown = this.visibility.seesRound(reader, round) ? answer : withheld(answer);
    return one(reply, shown, ({ revision }) => revision);
  }

  @Get('contributions/:contribution')
  @Reads('One part of a figure', '{data, asOf}')
  async contribution(
    @Param() { contribution }: ContributionPath,
    @Query() query: AsOfQuery,
    @CurrentPerson() person: PersonId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    await this.visibility.checkContribution(person, contribution);
    const answer = await this.models.contribution(contribution, readMoment(query.asOf));
    return one(reply, answer, ({ revision }) => revision);
  }

  @Get('contributions/:contribution/history')
  @Reads('Every act on a part', '{items, nextCursor, asOf}')
  async contributionHistory(
    @Param() { contribution }: ContributionPath,
    @Query() query: HistoryQuery,
    @CurrentPerson() person: PersonId,
  ) {
    await this.visibility.checkContribution(person, contribution);
    const round = readFigureName(contribution)?.round ?? '';
    const { data } = await this.models.roundFigures(round);
    const figures = (data ?? []).filter(({ parts }) => {
      return parts.some((part) => part.contribution === contribution);
    });
    const around = await this.visibility.actsAround(person, figures);
    const { items, nextCursor, asOf } = await this.models.contributionHistory(
      contribution,
      readMoment(query.asOf),
      pageIn(query),
    );
    const shown = await this.files.acts(around.reader, items.filter(around.item));
    return { items: shown, nextCursor: closedCursor(nextCursor), asOf };
  }

  /** "Overdue" is measured by today for what is known now, and by its own day for what was. */
  private moment(asOf: string | undefined): Moment {
    const moment = readMoment(asOf);
    return moment === undefined ? { today: this.clock.today() } : { asOf: moment };
  }
}

/** A lead learns that its figure does not agree with another's, not what the other states. */
function withheld({ data, asOf }: Answer<FigureChecks | null>): Answer<FigureChecks | null> {
  const findings = data?.findings.map((finding) =>
    finding.code === 'check/cross-check' ? { ...finding, expected: null, about: [] } : finding,
  );
  return { data: data && { ...data, findings: findings ?? [] }, asOf };
}

function pageIn(query: HistoryQuery) {
  // The leaf index of the last act of the page before.
  const cursor = openCursor(query, (opened) => parseCount(opened) !== undefined);
  return {
    limit: limitOf(query),
    ...(cursor !== undefined && { cursor }),
    ...(query.order !== undefined && { order: query.order }),
  };
}
