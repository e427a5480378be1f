import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { AgencyCommand } from '#directory';
import { DecideAgency } from '#directory/nest';
import type { Receipt } from '#event-store';
import type { AgencyId } from '#kernel';
import { SignedIn } from '../access/policy.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import { Commands } from './commands.ts';
import {
  AgencyPath,
  DissolveRequest,
  MergeAgencyRequest,
  RegisterAgencyRequest,
  RegisterUnitRequest,
  RenameAgencyRequest,
} from './agency.requests.ts';

/** Agencies, their units, and what becomes of them. */
@ApiTags('agencies')
@SignedIn()
@Controller('api/v1/agencies')
export class AgenciesController {
  private readonly commands: Commands;

  constructor(commands: Commands) {
    this.commands = commands;
  }

  @Post()
  @Records('Register an agency (registrar)', 'new')
  register(@Body() body: RegisterAgencyRequest, @CurrentAct() act: Act) {
    return this.decide(body.agency, act, { type: 'register', ...body });
  }

  @Post(':agency/units')
  @Records('Register a unit of an agency (registrar)')
  registerUnit(
    @Param() path: AgencyPath,
    @Body() body: RegisterUnitRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(path.agency, act, { type: 'register-unit', ...body });
  }

  @Post(':agency/renamings')
  @Records('Give an agency a new name from a day on (registrar)')
  rename(@Param() path: AgencyPath, @Body() body: RenameAgencyRequest, @CurrentAct() act: Act) {
    return this.decide(path.agency, act, { type: 'rename', ...body });
  }

  @Post(':agency/mergers')
  @Records('Merge an agency into its successor (registrar)')
  merge(@Param() path: AgencyPath, @Body() body: MergeAgencyRequest, @CurrentAct() act: Act) {
    return this.decide(path.agency, act, { type: 'merge', ...body });
  }

  @Post(':agency/dissolutions')
  @Records('Dissolve an agency without a successor (registrar)')
  dissolve(@Param() path: AgencyPath, @Body() body: DissolveRequest, @CurrentAct() act: Act) {
    return this.decide(path.agency, act, { type: 'dissolve', ...body });
  }

  private async decide(agency: AgencyId, act: Act, command: AgencyCommand): Promise<Receipt> {
    return await this.commands.execute(
      `agency-${agency}`,
      act,
      new DecideAgency(agency, envelope(act, command)),
    );
  }
}
