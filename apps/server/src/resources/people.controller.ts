import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Particulars, PersonCommand } from '#directory';
import { DecidePerson, Directory } from '#directory/nest';
import { newActivationCode, Register } from '#directory/node';
import type { Receipt } from '#event-store';
import { canonicalJson, derivedUuid, digestOf, Refusal } from '#kernel';
import type { Digest, PersonId } from '#kernel';
import { Roles, SignedIn } from '../access/policy.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import type { WithReceipt } from '../http/receipt.interceptor.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { Commands } from './commands.ts';
import { EmptyRequest } from './document.requests.ts';
import { DelegatedBody, EnrolledBody, GrantedBody } from './person.answers.ts';
import {
  DelegateRequest,
  DelegationPath,
  EndDelegationRequest,
  EnrollRequest,
  EraseRequest,
  GrantPath,
  GrantRequest,
  PersonPath,
  RenamePersonRequest,
  RevokeRequest,
} from './person.requests.ts';
import { commitmentsOf } from './register-sweep.ts';

/** Kinds of refusal that say nothing about the outcome of this command: a repetition will settle it. */
const undecided: readonly string[] = ['unavailable', 'in-flight'];

/**
 * People and their roles. The register is written before the event that commits to it: a person
 * whose enrolment is recorded always has a name, and what was written for a refused act goes again.
 */
@ApiTags('people')
@Controller('api/v1/people')
export class PeopleController {
  private readonly commands: Commands;
  private readonly directory: Directory;
  private readonly register: Register;
  private readonly clock: LedgerClock;

  constructor(commands: Commands, directory: Directory, register: Register, clock: LedgerClock) {
    this.commands = commands;
    this.directory = directory;
    this.register = register;
    this.clock = clock;
  }

  /** Answers the receipt with the person's id and, the first time only, their activation code. */
  @Post()
  @Roles('registrar')
  @Records('Enrol a person (registrar)', 'new', EnrolledBody)
  async enroll(@Body() body: EnrollRequest, @CurrentAct() act: Act): Promise<WithReceipt> {
    const person = derivedUuid(['person', act.commandId]);
    const { login, name, position, agency, email, phone } = body;
    const unit = body.unit ?? agency;
    const now = this.clock.now();
    const commitment = await this.register.enroll(
      { person, login, name, position, agency, email, phone },
      now,
    );
    const { code: activationCode, digest: code } = newActivationCode();
    const activation = { issue: derivedUuid(['activation', act.commandId]), code };
    const sealed = await this.sealed(act, person, commitment);
    const command = { type: 'enroll', person, agency, unit, commitment, activation } as const;
    const receipt = await this.recordEnrolment(person, sealed, command);
    // A repetition must not replace a code that was handed out: the first answer had it.
    if (receipt.repeated) {
      return { receipt, person, activationCode: null, activationExpiresAt: null };
    }
    const { accounts } = this.register;
    const activationExpiresAt = await accounts.keepActivation(person, activation, now);
    return { receipt, person, activationCode, activationExpiresAt };
  }

  @Post(':person/renamings')
  @Roles('registrar')
  @Records('Record a new name or position (registrar)')
  async rename(
    @Param() { person }: PersonPath,
    @Body() body: RenamePersonRequest,
    @CurrentAct() act: Act,
  ): Promise<Receipt> {
    const { name, position, reason } = body;
    const { agency } = await this.register.current(person);
    const particulars = { name, position, agency };
    return this.committed(person, particulars, act, async (commitment) => {
      const sealed = await this.sealed(act, person, commitment);
      return this.decide(person, sealed, { type: 'rename', commitment, reason });
    });
  }

  @Post(':person/grants')
  @Roles('registrar', 'head')
  @Records(
    'Grant a role (registrar; a head for officers of the own agency)',
    'existing',
    GrantedBody,
  )
  async grant(
    @Param() { person }: PersonPath,
    @Body() body: GrantRequest,
    @CurrentAct() act: Act,
  ): Promise<WithReceipt> {
    const { role, agency, from, to, document } = body;
    const enrolled = await this.register.current(person);
    const position = body.position ?? enrolled.position;
    const grant = derivedUuid(['grant', act.commandId]);
    const unit = body.unit ?? agency;
    const granting = { type: 'grant', grant, role, agency, unit, from, to, document } as const;
    const particulars = { name: enrolled.name, position, agency };
    const receipt = await this.committed(person, particulars, act, (commitment) =>
      this.decide(person, act, { ...granting, commitment }),
    );
    const { state } = await this.directory.person(person);
    const given = state?.grants.find((one) => one.grant === grant);
    return { receipt, grant, needsConfirmation: given?.needsConfirmation ?? true };
  }

  @Post(':person/grants/:grant/confirmations')
  @SignedIn()
  @Records('Confirm a grant (a person of another agency than the granter’s)')
  confirm(@Param() path: GrantPath, @Body() _body: EmptyRequest, @CurrentAct() act: Act) {
    return this.decide(path.person, act, { type: 'confirm', grant: path.grant });
  }

  @Post(':person/grants/:grant/revocations')
  @SignedIn()
  @Records('Revoke a grant from a day on (registrar; a head for own officers)')
  revoke(@Param() path: GrantPath, @Body() body: RevokeRequest, @CurrentAct() act: Act) {
    return this.decide(path.person, act, { type: 'revoke', grant: path.grant, ...body });
  }

  @Post(':person/delegations')
  @SignedIn()
  @Records(
    'Record that a person signs in a head’s place (KT., TL., TUQ.)',
    'existing',
    DelegatedBody,
  )
  async delegate(
    @Param() { person }: PersonPath,
    @Body() body: DelegateRequest,
    @CurrentAct() act: Act,
  ): Promise<WithReceipt> {
    const delegation = derivedUuid(['delegation', act.commandId]);
    const receipt = await this.decide(person, act, { type: 'delegate', delegation, ...body });
    const { state } = await this.directory.person(person);
    const given = state?.delegations.find((one) => one.delegation === delegation);
    return { receipt, delegation, needsConfirmation: given?.needsConfirmation ?? true };
  }

  @Post(':person/delegations/:delegation/confirmations')
  @SignedIn()
  @Records('Confirm a delegation that another recorded (that head, a person of another agency)')
  confirmDelegation(
    @Param() { person, delegation }: DelegationPath,
    @Body() _body: EmptyRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(person, act, { type: 'confirm-delegation', delegation });
  }

  @Post(':person/delegations/:delegation/endings')
  @SignedIn()
  @Records('End a delegation at once (the head who gave it, registrar)')
  endDelegation(
    @Param() { person, delegation }: DelegationPath,
    @Body() { reason }: EndDelegationRequest,
    @CurrentAct() act: Act,
  ) {
    return this.decide(person, act, { type: 'end-delegation', delegation, reason });
  }

  @Post(':person/erasures')
  @SignedIn()
  @Records('Erase contact data on request (the person, registrar)')
  async erase(
    @Param() { person }: PersonPath,
    @Body() body: EraseRequest,
    @CurrentAct() act: Act,
  ): Promise<Receipt> {
    const receipt = await this.decide(person, act, { type: 'erase', ...body });
    await this.register.eraseContact(person, receipt.recordedAt);
    return receipt;
  }

  /**
   * Writes the particulars that an act commits to, records it, and says to the register what came of
   * it: what the person's events hold stays, the rest goes.
   */
  private async committed(
    person: PersonId,
    particulars: Particulars,
    act: Act,
    record: (commitment: Digest) => Promise<Receipt>,
  ): Promise<Receipt> {
    const { commandId } = act;
    const now = this.clock.now();
    const commitment = await this.register.commit(person, particulars, commandId, now);
    const settle = async () => {
      const { state } = await this.directory.person(person);
      // The last one, not this one: a repetition of an old renaming does not undo a later one.
      await this.register.settle(commandId, commitmentsOf(state), state?.commitments.at(-1));
    };
    try {
      const receipt = await record(commitment);
      await settle();
      return receipt;
    } catch (error) {
      if (error instanceof Refusal && !undecided.includes(error.kind)) await settle();
      throw error;
    }
  }

  private async recordEnrolment(
    person: PersonId,
    act: Act,
    command: PersonCommand,
  ): Promise<Receipt> {
    try {
      const receipt = await this.decide(person, act, command);
      await this.register.settleEnrolment(person, 'recorded');
      return receipt;
    } catch (error) {
      // Where the outcome is not known the entry stays: the repetition will settle it. Nor is it
      // for whoever comes second under the same key to take back what the first one is recording.
      if (error instanceof Refusal && ![...undecided, 'reused'].includes(error.kind)) {
        await this.register.settleEnrolment(person, 'refused');
      }
      throw error;
    }
  }

  /**
   * Events are public one day, and a digest of a name and a telephone number can be guessed. With
   * the salt of the commitment mixed in, the request's digest gives away no more than that does.
   */
  private async sealed(act: Act, person: PersonId, commitment: Digest): Promise<Act> {
    const { salt } = await this.register.opened(person, commitment);
    return { ...act, requestDigest: digestOf(canonicalJson([act.requestDigest, salt])) };
  }

  private async decide(person: PersonId, act: Act, command: PersonCommand): Promise<Receipt> {
    return await this.commands.execute(
      `person-${person}`,
      act,
      new DecidePerson(person, envelope(act, command)),
    );
  }
}
