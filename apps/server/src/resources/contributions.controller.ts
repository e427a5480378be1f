import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Receipt } from '#event-store';
import type { ContributionCommand } from '#figures';
import { DecideContribution } from '#figures/nest';
import { SignedIn } from '../access/policy.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import { Commands } from './commands.ts';
import {
  AcceptContributionRequest,
  ContributionPath,
  CorrectContributionRequest,
  RequestContributionRequest,
  SubmitContributionRequest,
} from './contribution.requests.ts';
import {
  AbsenceRequest,
  EndorseRequest,
  ReturnRequest,
  VersionReasonRequest,
} from './statement.requests.ts';

/** Acts on one part of a figure: a figure’s own road, with acceptance by the lead at its end. */
@ApiTags('contributions')
@SignedIn()
@Controller('api/v1/contributions/:contribution')
export class ContributionsController {
  private readonly commands: Commands;

  constructor(commands: Commands) {
    this.commands = commands;
  }

  @Post('requests')
  @Records('Ask an agency for its part (the lead’s officer)', 'new')
  request(
    @Param() path: ContributionPath,
    @Body() body: RequestContributionRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'request', ...body });
  }

  @Post('submissions')
  @Records('Submit a part (officer)', 'either')
  submit(
    @Param() path: ContributionPath,
    @Body() body: SubmitContributionRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'submit', ...body });
  }

  @Post('corrections')
  @Records('Hand in a new version of a part (officer)')
  correct(
    @Param() path: ContributionPath,
    @Body() body: CorrectContributionRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'correct', ...body });
  }

  @Post('no-data')
  @Records('Declare that nothing arose (officer)', 'either')
  declareNoData(
    @Param() path: ContributionPath,
    @Body() body: AbsenceRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'declare-no-data', ...body });
  }

  @Post('endorsements')
  @Records('Endorse a part for its agency (head, recorded deputy)')
  endorse(@Param() path: ContributionPath, @Body() body: EndorseRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'endorse', ...body });
  }

  @Post('endorsement-withdrawals')
  @Records('Withdraw one’s endorsement before acceptance (the same head)')
  withdrawEndorsement(
    @Param() path: ContributionPath,
    @Body() body: VersionReasonRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'withdraw-endorsement', ...body });
  }

  @Post('acceptances')
  @Records('Accept a part (the lead’s officer)')
  accept(
    @Param() path: ContributionPath,
    @Body() body: AcceptContributionRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'accept', ...body });
  }

  @Post('returns')
  @Records('Return a part with remarks and a day (own head, the lead)')
  return(@Param() path: ContributionPath, @Body() body: ReturnRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'return', ...body });
  }

  @Post('withdrawals')
  @Records('Withdraw a part that was not accepted (head)')
  withdraw(
    @Param() path: ContributionPath,
    @Body() body: VersionReasonRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'withdraw', ...body });
  }

  private async decide(
    { contribution }: ContributionPath,
    act: Act,
    command: ContributionCommand,
  ): Promise<Receipt> {
    return await this.commands.execute(
      `contribution-${contribution}`,
      act,
      new DecideContribution(contribution, envelope(act, command)),
    );
  }
}
