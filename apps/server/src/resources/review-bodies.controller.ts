import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { ReviewBodyCommand } from '#directory';
import { DecideReviewBody } from '#directory/nest';
import type { Receipt } from '#event-store';
import { SignedIn } from '../access/policy.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import { Commands } from './commands.ts';
import { DissolveRequest } from './agency.requests.ts';
import {
  EstablishReviewBodyRequest,
  RecordSessionRequest,
  ReviewBodyPath,
} from './review-body.requests.ts';

/** Review bodies and the sessions that verifications cite. */
@ApiTags('review bodies')
@SignedIn()
@Controller('api/v1/review-bodies')
export class ReviewBodiesController {
  private readonly commands: Commands;

  constructor(commands: Commands) {
    this.commands = commands;
  }

  @Post()
  @Records('Enter a review body by its decision (registrar, certifier)', 'new')
  establish(@Body() body: EstablishReviewBodyRequest, @CurrentAct() act: Act) {
    return this.decide(body.body, act, { type: 'establish', ...body });
  }

  @Post(':body/sessions')
  @Records('Record a session with its minutes and votes (chair, secretary, registrar)')
  recordSession(
    @Param() path: ReviewBodyPath,
    @Body() body: RecordSessionRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path.body, act, { type: 'record-session', ...body });
  }

  @Post(':body/dissolutions')
  @Records('Dissolve a review body (registrar, certifier)')
  dissolve(@Param() path: ReviewBodyPath, @Body() body: DissolveRequest, @CurrentAct() act: Act) {
    return this.decide(path.body, act, { type: 'dissolve', ...body });
  }

  private async decide(body: string, act: Act, command: ReviewBodyCommand): Promise<Receipt> {
    return await this.commands.execute(
      `review-body-${body}`,
      act,
      new DecideReviewBody(body, envelope(act, command)),
    );
  }
}
