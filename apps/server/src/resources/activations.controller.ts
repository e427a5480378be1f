import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { PersonCommand } from '#directory';
import { DecidePerson, Directory } from '#directory/nest';
import { newActivationCode, Register } from '#directory/node';
import type { Receipt } from '#event-store';
import { canonicalJson, derivedUuid, digestOf } from '#kernel';
import type { PersonId } from '#kernel';
import { Public, Roles, SignedIn } from '../access/policy.ts';
import { Attempted } from '../access/rate-limit.ts';
import { Sessions } from '../access/sessions.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import type { WithReceipt } from '../http/receipt.interceptor.ts';
import { notesOf } from '../http/request-notes.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { Commands } from './commands.ts';
import { EmptyRequest } from './document.requests.ts';
import { IssuedBody } from './person.answers.ts';
import {
  ActivateRequest,
  ActivationPath,
  CancelActivationRequest,
  IssueActivationRequest,
  PersonPath,
} from './person.requests.ts';

/**
 * One-time codes, from their issue to their use (decisions 0005, 0012). The event comes first, the
 * register follows: a code that no event tells of opens nothing.
 */
@ApiTags('accounts')
@Controller('api/v1')
export class ActivationsController {
  private readonly commands: Commands;
  private readonly bus: CommandBus;
  private readonly directory: Directory;
  private readonly register: Register;
  private readonly sessions: Sessions;
  private readonly clock: LedgerClock;

  constructor(
    commands: Commands,
    bus: CommandBus,
    directory: Directory,
    register: Register,
    sessions: Sessions,
    clock: LedgerClock,
  ) {
    this.commands = commands;
    this.bus = bus;
    this.directory = directory;
    this.register = register;
    this.sessions = sessions;
    this.clock = clock;
  }

  /** Ends no session and sets no secret; where the person has one, a second person must agree. */
  @Post('people/:person/activation-codes')
  @Roles('registrar')
  @Records('A new activation code for somebody who lost theirs (registrar)', 'existing', IssuedBody)
  async issue(
    @Param() { person }: PersonPath,
    @Body() { reason }: IssueActivationRequest,
    @CurrentAct() act: Act,
  ): Promise<WithReceipt> {
    const { accounts } = this.register;
    const hasSecret = await accounts.hasSecret(person);
    const { code: activationCode, digest: code } = newActivationCode();
    const issue = derivedUuid(['activation', act.commandId]);
    const issuing = { type: 'issue-activation', issue, code, reason, hasSecret } as const;
    const receipt = await this.decide(person, act, issuing);
    const { state } = await this.directory.person(person);
    const issued = state?.activations.find((one) => one.issue === issue);
    // A repetition must not replace a code that was handed out: the first answer had it.
    const activationExpiresAt = receipt.repeated
      ? null
      : await accounts.keepActivation(person, { issue, code }, this.clock.now());
    return {
      receipt,
      person,
      issue,
      needsConfirmation: issued?.needsConfirmation ?? true,
      activationCode: receipt.repeated ? null : activationCode,
      activationExpiresAt,
    };
  }

  @Post('people/:person/activation-codes/:issue/confirmations')
  @SignedIn()
  @Records('Agree to a code for somebody who has a secret (a person of another agency)')
  confirm(
    @Param() { person, issue }: ActivationPath,
    @Body() _body: EmptyRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(person, act, { type: 'confirm-activation', issue });
  }

  @Post('people/:person/activation-codes/:issue/cancellations')
  @SignedIn()
  @Records('Cancel a code that was not used (the person it is for, registrar)')
  cancel(
    @Param() { person, issue }: ActivationPath,
    @Body() { reason }: CancelActivationRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(person, act, { type: 'cancel-activation', issue, reason });
  }

  @Post('activations')
  @Public()
  @Attempted()
  @HttpCode(204)
  @ApiOperation({ summary: 'Set one’s own secret with the one-time code; every session ends' })
  @ApiNoContentResponse({ description: 'The secret is set; sign in with it' })
  async use(
    @Body() { code, secret }: ActivateRequest,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const { accounts } = this.register;
    const found = await accounts.findActivation(code, secret, this.clock.now());
    const { person, issue } = found;
    // For the security log: nobody is signed in who could be named.
    notesOf(request).subject = person;
    const commandId = derivedUuid(['activation', issue, 'use']);
    const using = {
      command: { type: 'use-activation', issue, code: found.code } as const,
      person,
      commandId,
      // Of what is recorded, never of the request: that one holds the code and the secret.
      requestDigest: digestOf(canonicalJson(['use-activation', person, issue])),
      ifMatch: null,
      correlationId: request.id,
      causationId: null,
    };
    await this.bus.execute(new DecidePerson(person, using));
    await accounts.activate(found, secret, this.clock.now());
    this.sessions.forgetPerson(person);
  }

  private async decide(person: PersonId, act: Act, command: PersonCommand): Promise<Receipt> {
    return await this.commands.execute(
      `person-${person}`,
      act,
      new DecidePerson(person, envelope(act, command)),
    );
  }
}
