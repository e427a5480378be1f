import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { PersonId } from '#kernel';
import { ReadModels } from '#read-models/node';
import type { Moment } from '#read-models/node';
import { CurrentPerson } from '../access/current-person.ts';
import { SignedIn } from '../access/policy.ts';
import { Visibility } from '../access/visibility.ts';
import { one, pageOf, Reads } from '../http/answers.ts';
import { readMoment } from '../http/headers.ts';
import { refuseRequest } from '../http/refusals.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { AsOfQuery, PageQuery } from './document.requests.ts';
import { FrameworkPath } from './framework.requests.ts';
import { AccountabilityQuery, RoundFiguresQuery, RoundPath } from './round.requests.ts';

/** Rounds and frameworks are the public plan; figures are shown to those whom they concern. */
@ApiTags('rounds')
@SignedIn()
@Controller('api/v1')
export class RoundReadsController {
  private readonly models: ReadModels;
  private readonly visibility: Visibility;
  private readonly clock: LedgerClock;

  constructor(models: ReadModels, visibility: Visibility, clock: LedgerClock) {
    this.models = models;
    this.visibility = visibility;
    this.clock = clock;
  }

  @Get('rounds')
  @Reads('All rounds', '{items, nextCursor, asOf}')
  async rounds(@Query() query: PageQuery) {
    const { data, asOf } = await this.models.rounds(readMoment(query.asOf));
    return pageOf(data, ({ round }) => round, query, asOf);
  }

  @Get('rounds/:round')
  @Reads('A round with its assignments, dates and decisions', '{data, asOf}')
  async round(
    @Param() { round }: RoundPath,
    @Query() query: AsOfQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.models.round(round, readMoment(query.asOf));
    return one(reply, answer, ({ revision }) => revision);
  }

  @Get('rounds/:round/assignments')
  @Reads('Who owes what until when', '{items, nextCursor, asOf}')
  async assignments(@Param() { round }: RoundPath, @Query() query: PageQuery) {
    const { data, asOf } = await this.models.round(round, readMoment(query.asOf));
    if (data === null) throw refuseRequest('request/not-found');
    return pageOf(data.assignments, ({ indicator }) => indicator, query, asOf);
  }

  @Get('rounds/:round/figures')
  @Reads(
    'The figures of a round that concern the reader, awaited ones too',
    '{items, nextCursor, asOf}',
  )
  async figures(
    @Param() { round }: RoundPath,
    @Query() query: RoundFiguresQuery,
    @CurrentPerson() person: PersonId,
  ) {
    const { data, asOf } = await this.models.roundFigures(round, this.moment(query.asOf));
    if (data === null) throw refuseRequest('request/not-found');
    const reader = await this.visibility.reader(person);
    const { agency, status } = query;
    const figures = data
      .filter((figure) => this.visibility.seesFigure(reader, figure))
      .map((figure) => this.visibility.figureFor(reader, figure))
      .filter((figure) => status === undefined || figure.status === status)
      .filter(({ leads }) => agency === undefined || leads.some((lead) => lead.agency === agency));
    return pageOf(figures, ({ figure }) => figure, query, asOf);
  }

  @Get('rounds/:round/progress')
  @Reads('How far a round is, in counts', '{data, asOf}')
  async progress(
    @Param() { round }: RoundPath,
    @Query() query: AsOfQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return one(reply, await this.models.progress(round, this.moment(query.asOf)), () => null);
  }

  @Get('rounds/:round/accountability')
  @Reads('What each agency owed, handed in and corrected', '{items, nextCursor, asOf}')
  async accountability(
    @Param() { round }: RoundPath,
    @Query() query: AccountabilityQuery,
    @CurrentPerson() person: PersonId,
  ) {
    const { data, asOf } = await this.models.accountability(round, this.moment(query.asOf));
    if (data === null) throw refuseRequest('request/not-found');
    const reader = await this.visibility.reader(person);
    const seesAll = this.visibility.seesRound(reader, round);
    const accounts = data
      .filter(({ agency }) => seesAll || reader.agencies.includes(agency))
      .filter(({ agency }) => query.agency === undefined || query.agency === agency);
    return pageOf(accounts, ({ agency }) => agency, query, asOf);
  }

  @Get('frameworks')
  @Reads('All sets of indicators', '{items, nextCursor, asOf}')
  async frameworks(@Query() query: PageQuery) {
    const { data, asOf } = await this.models.frameworks(readMoment(query.asOf));
    return pageOf(data, ({ framework }) => framework, query, asOf);
  }

  @Get('frameworks/:framework')
  @Reads('A set of indicators with its editions and definitions', '{data, asOf}')
  async framework(
    @Param() { framework }: FrameworkPath,
    @Query() query: AsOfQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.models.framework(framework, readMoment(query.asOf));
    return one(reply, answer, ({ revision }) => revision);
  }

  private moment(asOf: string | undefined): Moment {
    const moment = readMoment(asOf);
    return moment === undefined ? { today: this.clock.today() } : { asOf: moment };
  }
}
