import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FrameworkCommand } from '#catalogue';
import { DecideFramework } from '#catalogue/nest';
import type { Receipt } from '#event-store';
import { SignedIn } from '../access/policy.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import { refuseRequest } from '../http/refusals.ts';
import { Commands } from './commands.ts';
import {
  DefineIndicatorRequest,
  EditionPath,
  FrameworkPath,
  IndicatorPath,
  PublishEditionRequest,
  RedefineIndicatorRequest,
  StateCrossChecksRequest,
} from './framework.requests.ts';

/** Sets of indicators: editions and the revisions of definitions in them. */
@ApiTags('frameworks')
@SignedIn()
@Controller('api/v1/frameworks/:framework')
export class FrameworksController {
  private readonly commands: Commands;

  constructor(commands: Commands) {
    this.commands = commands;
  }

  @Post('editions')
  @Records('Publish an edition (registrar)', 'new')
  publishEdition(
    @Param() { framework }: FrameworkPath,
    @Body() body: PublishEditionRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(framework, act, { type: 'publish-edition', framework, ...body });
  }

  @Post('editions/:edition/indicators')
  @Records('Define an indicator in an edition (registrar)')
  define(
    @Param() { framework, edition }: EditionPath,
    @Body() body: DefineIndicatorRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(framework, act, { type: 'define', edition, ...body });
  }

  @Post('editions/:edition/indicators/:code/redefinitions')
  @Records('Give an indicator a new definition (registrar)')
  redefine(
    @Param() { framework, edition, code }: IndicatorPath,
    @Body() body: RedefineIndicatorRequest,
    @CurrentAct() act: Act,
  ) {
    if (body.definition.code !== code) {
      throw refuseRequest('request/names-differ', { pointer: '/definition/code' });
    }
    return this.decide(framework, act, { type: 'redefine', edition, ...body });
  }

  @Post('editions/:edition/cross-checks')
  @Records('State the cross-checks of an edition, in place of those before (registrar)')
  stateCrossChecks(
    @Param() { framework, edition }: EditionPath,
    @Body() body: StateCrossChecksRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(framework, act, { type: 'state-cross-checks', edition, ...body });
  }

  private async decide(framework: string, act: Act, command: FrameworkCommand): Promise<Receipt> {
    return await this.commands.execute(
      `framework-${framework}`,
      act,
      new DecideFramework(framework, envelope(act, command)),
    );
  }
}
