import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Receipt } from '#event-store';
import type { FindingCommand } from '#figures';
import { DecideFinding } from '#figures/nest';
import { derivedUuid } from '#kernel';
import type { PersonId } from '#kernel';
import { ReadModels } from '#read-models/node';
import { CurrentPerson } from '../access/current-person.ts';
import { SignedIn } from '../access/policy.ts';
import { Visibility } from '../access/visibility.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import { one, pageOf, Reads } from '../http/answers.ts';
import { readMoment } from '../http/headers.ts';
import { refuseRequest } from '../http/refusals.ts';
import { Commands } from './commands.ts';
import { AsOfQuery } from './document.requests.ts';
import {
  AnswerFindingRequest,
  CloseFindingRequest,
  FindingPath,
  FindingsQuery,
  OverruleFindingRequest,
  RaiseFindingRequest,
} from './finding.requests.ts';

/** What auditors and inspectors raise, and what became of it. */
@ApiTags('findings')
@SignedIn()
@Controller('api/v1/findings')
export class FindingsController {
  private readonly commands: Commands;
  private readonly models: ReadModels;
  private readonly visibility: Visibility;

  constructor(commands: Commands, models: ReadModels, visibility: Visibility) {
    this.commands = commands;
    this.models = models;
    this.visibility = visibility;
  }

  @Get()
  @Reads('Findings the reader may know of', '{items, nextCursor, asOf}')
  async list(@Query() query: FindingsQuery, @CurrentPerson() person: PersonId) {
    const { round, figure, status } = query;
    const { data, asOf } = await this.models.findings(
      { ...(round !== undefined && { round }), ...(figure !== undefined && { figure }) },
      readMoment(query.asOf),
    );
    const reader = await this.visibility.reader(person);
    const shown = data
      .filter(({ state }) => this.visibility.seesFinding(reader, state))
      .filter(({ state }) => status === undefined || state.status === status);
    return pageOf(shown, ({ id }) => id, query, asOf);
  }

  @Get(':finding')
  @Reads('One finding with its answers', '{data, asOf}')
  async finding(
    @Param() { finding }: FindingPath,
    @Query() query: AsOfQuery,
    @CurrentPerson() person: PersonId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.models.finding(finding, readMoment(query.asOf));
    const reader = await this.visibility.reader(person);
    if (answer.data === null || !this.visibility.seesFinding(reader, answer.data.state)) {
      throw refuseRequest('request/not-found');
    }
    return one(reply, answer, ({ revision }) => revision);
  }

  @Post()
  @Records('Raise a question, an objection or an order about a version (auditor, inspector)', 'new')
  async raise(@Body() body: RaiseFindingRequest, @CurrentAct() act: Act) {
    // Named by the command: the same request again is the same finding.
    const finding = derivedUuid(['finding', act.commandId]);
    const receipt = await this.decide(finding, act, { type: 'raise', ...body });
    return { receipt, finding };
  }

  @Post(':finding/answers')
  @Records('Answer a finding (officer or head of an agency asked)')
  answer(
    @Param() { finding }: FindingPath,
    @Body() body: AnswerFindingRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(finding, act, { type: 'answer', ...body });
  }

  @Post(':finding/overrulings')
  @Records('Set a finding aside by a document (UBND tỉnh)')
  overrule(
    @Param() { finding }: FindingPath,
    @Body() body: OverruleFindingRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(finding, act, { type: 'overrule', ...body });
  }

  @Post(':finding/closures')
  @Records('Close a finding (the agency that raised it)')
  close(
    @Param() { finding }: FindingPath,
    @Body() body: CloseFindingRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(finding, act, { type: 'close', ...body });
  }

  private async decide(finding: string, act: Act, command: FindingCommand): Promise<Receipt> {
    return await this.commands.execute(
      `finding-${finding}`,
      act,
      new DecideFinding(finding, envelope(act, command)),
    );
  }
}
