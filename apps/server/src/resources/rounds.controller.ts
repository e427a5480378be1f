import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { RoundCommand } from '#catalogue';
import { DecideRound } from '#catalogue/nest';
import type { Receipt } from '#event-store';
import type { RoundId } from '#kernel';
import { SignedIn } from '../access/policy.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import { Commands } from './commands.ts';
import {
  AmendAssignmentRequest,
  AmendParticipantsRequest,
  AssignRequest,
  CloseRoundRequest,
  DecideDueRequest,
  ExtendDeadlineRequest,
  FreezeParticipantsRequest,
  IssueLegalBasisRequest,
  MoveToEditionRequest,
  OpenRoundRequest,
  RoundPath,
  SuccessionRequest,
} from './round.requests.ts';

/** Rounds: who owes what until when, and by which document that changed. */
@ApiTags('rounds')
@SignedIn()
@Controller('api/v1/rounds')
export class RoundsController {
  private readonly commands: Commands;

  constructor(commands: Commands) {
    this.commands = commands;
  }

  @Post()
  @Records('Open a round from its plan (registrar)', 'new')
  open(@Body() body: OpenRoundRequest, @CurrentAct() act: Act) {
    return this.decide(body.round, act, { type: 'open', ...body });
  }

  @Post(':round/legal-basis')
  @Records('Turn a draft into a numbered plan (registrar)')
  issueLegalBasis(
    @Param() path: RoundPath,
    @Body() body: IssueLegalBasisRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path.round, act, { type: 'issue-legal-basis', ...body });
  }

  @Post(':round/assignments')
  @Records('Assign an indicator (registrar)')
  assign(@Param() path: RoundPath, @Body() body: AssignRequest, @CurrentAct() act: Act) {
    return this.decide(path.round, act, { type: 'assign', ...body });
  }

  @Post(':round/assignment-amendments')
  @Records('Amend an assignment by a document (registrar)')
  amendAssignment(
    @Param() path: RoundPath,
    @Body() body: AmendAssignmentRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path.round, act, { type: 'amend-assignment', ...body });
  }

  @Post(':round/successions')
  @Records('Pass a duty to the successor of an agency (registrar)')
  passToSuccessor(
    @Param() path: RoundPath,
    @Body() body: SuccessionRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path.round, act, { type: 'pass-to-successor', ...body });
  }

  @Post(':round/due-decisions')
  @Records('Decide which of the plan’s dates counts (registrar)')
  decideDue(@Param() path: RoundPath, @Body() body: DecideDueRequest, @CurrentAct() act: Act) {
    return this.decide(path.round, act, { type: 'decide-due', ...body });
  }

  @Post(':round/extensions')
  @Records('Extend a deadline by a document (registrar)')
  extendDeadline(
    @Param() path: RoundPath,
    @Body() body: ExtendDeadlineRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path.round, act, { type: 'extend-deadline', ...body });
  }

  @Post(':round/participants')
  @Records('Freeze who takes part in an indicator (registrar)')
  freezeParticipants(
    @Param() path: RoundPath,
    @Body() body: FreezeParticipantsRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path.round, act, { type: 'freeze-participants', ...body });
  }

  @Post(':round/participant-amendments')
  @Records('Add or remove participants, with the reason (registrar)')
  amendParticipants(
    @Param() path: RoundPath,
    @Body() body: AmendParticipantsRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path.round, act, { type: 'amend-participants', ...body });
  }

  @Post(':round/edition-moves')
  @Records('Move the round to another edition (registrar)')
  moveToEdition(
    @Param() path: RoundPath,
    @Body() body: MoveToEditionRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path.round, act, { type: 'move-to-edition', ...body });
  }

  @Post(':round/closures')
  @Records('Close the round to new figures; corrections stay possible (registrar)')
  close(@Param() path: RoundPath, @Body() body: CloseRoundRequest, @CurrentAct() act: Act) {
    return this.decide(path.round, act, { type: 'close', ...body });
  }

  private async decide(round: RoundId, act: Act, command: RoundCommand): Promise<Receipt> {
    return await this.commands.execute(
      `round-${round}`,
      act,
      new DecideRound(round, envelope(act, command)),
    );
  }
}
