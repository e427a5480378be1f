import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Receipt } from '#event-store';
import type { FigureCommand } from '#figures';
import { DecideFigure } from '#figures/nest';
import { SignedIn } from '../access/policy.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import { Commands } from './commands.ts';
import {
  CorrectFigureRequest,
  DisputeFigureRequest,
  ExplainRequest,
  FigurePath,
  OrderCorrectionRequest,
  ReturnFigureRequest,
  SettleDisputeRequest,
  SubmitFigureRequest,
  VerifyFigureRequest,
} from './figure.requests.ts';
import {
  AbsenceRequest,
  EndorseRequest,
  RemarksRequest,
  VersionReasonRequest,
} from './statement.requests.ts';

/** Acts on one figure. Each is one command to its aggregate; the rules are all in `#figures`. */
@ApiTags('figures')
@SignedIn()
@Controller('api/v1/figures/:figure')
export class FiguresController {
  private readonly commands: Commands;

  constructor(commands: Commands) {
    this.commands = commands;
  }

  @Post('submissions')
  @Records('Submit a figure (officer)', 'either')
  submit(@Param() path: FigurePath, @Body() body: SubmitFigureRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'submit', ...body });
  }

  @Post('corrections')
  @Records('Hand in a new version after a return, an update or a correction (officer)')
  correct(@Param() path: FigurePath, @Body() body: CorrectFigureRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'correct', ...body });
  }

  @Post('unavailabilities')
  @Records('Declare that the figure cannot be had, with the reason (officer)', 'either')
  declareUnavailable(
    @Param() path: FigurePath,
    @Body() body: AbsenceRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'declare-unavailable', ...body });
  }

  @Post('endorsements')
  @Records('Endorse a version for the agency (head, recorded deputy)')
  endorse(@Param() path: FigurePath, @Body() body: EndorseRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'endorse', ...body });
  }

  @Post('re-endorsements')
  @Records('Let a version answer the definition of a new edition (head, recorded deputy)')
  reEndorse(@Param() path: FigurePath, @Body() body: EndorseRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 're-endorse', ...body });
  }

  @Post('endorsement-withdrawals')
  @Records('Withdraw one’s endorsement before verification (the same head)')
  withdrawEndorsement(
    @Param() path: FigurePath,
    @Body() body: VersionReasonRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'withdraw-endorsement', ...body });
  }

  @Post('returns')
  @Records('Return a version with remarks and a day (head; once endorsed, who may verify it)')
  return(@Param() path: FigurePath, @Body() body: ReturnFigureRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'return', ...body });
  }

  @Post('explanation-requests')
  @Records('Ask for an explanation; the version stays where it is (checker, auditor)')
  requestExplanation(
    @Param() path: FigurePath,
    @Body() body: RemarksRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'request-explanation', ...body });
  }

  @Post('explanations')
  @Records('Answer a request for explanation (officer, head)')
  explain(@Param() path: FigurePath, @Body() body: ExplainRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'explain', ...body });
  }

  @Post('verifications')
  @Records('Verify a version: it comes into force (checker, review body)')
  verify(@Param() path: FigurePath, @Body() body: VerifyFigureRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'verify', ...body });
  }

  @Post('withdrawals')
  @Records('Withdraw a version that is not in force (head)')
  withdraw(@Param() path: FigurePath, @Body() body: VersionReasonRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'withdraw', ...body });
  }

  @Post('disputes')
  @Records('Dispute a version (head of an agency that leads or contributed)')
  dispute(@Param() path: FigurePath, @Body() body: DisputeFigureRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'dispute', ...body });
  }

  @Post('settlements')
  @Records('Settle a dispute (the disputing agency, UBND tỉnh by a document)')
  settle(@Param() path: FigurePath, @Body() body: SettleDisputeRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'settle', ...body });
  }

  @Post('correction-orders')
  @Records('Order a correction by a conclusion (inspector)')
  orderCorrection(
    @Param() path: FigurePath,
    @Body() body: OrderCorrectionRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path, act, { type: 'order-correction', ...body });
  }

  private async decide({ figure }: FigurePath, act: Act, command: FigureCommand): Promise<Receipt> {
    return await this.commands.execute(
      `figure-${figure}`,
      act,
      new DecideFigure(figure, envelope(act, command)),
    );
  }
}
