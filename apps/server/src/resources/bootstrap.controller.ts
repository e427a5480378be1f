import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiGoneResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { directoryRefusals } from '#directory';
import type { PersonCommand } from '#directory';
import { checkFirstStart, DecidePerson, Directory } from '#directory/nest';
import type { FirstPerson } from '#directory/nest';
import { checkLogin, checkSecret, isSameSecret, Register } from '#directory/node';
import { canonicalJson, derivedUuid, digestOf, Refusal, refuseCommand, refuser } from '#kernel';
import type { Digest, PersonId } from '#kernel';
import { Public } from '../access/policy.ts';
import { Attempted } from '../access/rate-limit.ts';
import { LedgerFolder } from '../configuration/ledger-folder.ts';
import { refuseRequest } from '../http/refusals.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { FirstPeopleBody } from './person.answers.ts';
import { BootstrapRequest } from './person.requests.ts';
import type { FirstPersonFields } from './person.requests.ts';

const refuse = refuser(directoryRefusals);

/** One of the two with everything that the rules and the register want of them. */
type First = FirstPerson & { readonly step: string; readonly fields: FirstPersonFields };

/**
 * The first two people, once: a registrar, and somebody of another agency who can confirm what the
 * registrar grants. After that nobody stands outside the rules. Ids come from the ledger's origin,
 * so a bootstrap that was cut off half-way is carried to its end by repeating it.
 */
@ApiTags('bootstrap')
@Controller('api/v1/bootstrap')
export class BootstrapController {
  private readonly commands: CommandBus;
  private readonly directory: Directory;
  private readonly register: Register;
  private readonly folder: LedgerFolder;
  private readonly clock: LedgerClock;
  private isRunning = false;

  constructor(
    commands: CommandBus,
    directory: Directory,
    register: Register,
    folder: LedgerFolder,
    clock: LedgerClock,
  ) {
    this.commands = commands;
    this.directory = directory;
    this.register = register;
    this.folder = folder;
    this.clock = clock;
  }

  @Post()
  @Public()
  @Attempted()
  @HttpCode(201)
  @ApiOperation({ summary: 'Enter the first registrar and the first confirming person, once' })
  @ApiCreatedResponse({ description: 'Their ids; both can sign in', type: FirstPeopleBody })
  @ApiGoneResponse({ description: 'It has been done' })
  async bootstrap(@Body() body: BootstrapRequest) {
    const { accounts } = this.register;
    if (!(await this.folder.awaitsBootstrap()) || (await accounts.bootstrapUsedAt()) !== null) {
      throw refuse('bootstrap/used');
    }
    if (!(await this.folder.isBootstrapToken(body.token))) {
      throw refuseRequest('bootstrap/wrong-token');
    }
    if (this.isRunning) throw refuseCommand('command/in-flight');
    this.isRunning = true;
    try {
      return await this.enterBoth(body);
    } finally {
      this.isRunning = false;
    }
  }

  private async enterBoth({ registrar, confirmer }: BootstrapRequest) {
    const { origin } = this.folder.identity;
    const idOf = (step: string) => derivedUuid(['bootstrap', origin, step]);
    const { role = 'registrar', document } = confirmer;
    const first: First = {
      step: 'registrar',
      ...placeOf(idOf('registrar'), registrar),
      role: 'registrar',
      document: null,
      fields: registrar,
    };
    const second: First = {
      step: 'confirmer',
      ...placeOf(idOf('confirmer'), confirmer),
      role,
      document,
      fields: confirmer,
    };
    const today = this.clock.today();
    checkFirstStart({ registrar: first, confirmer: second }, today);
    checkAccounts(registrar, confirmer);
    const commitments = await this.keepBoth([first, second]);
    for (const [index, person] of [first, second].entries()) {
      await this.record(person, commitments[index] ?? digestOf(''), first);
    }
    await this.register.accounts.useBootstrap(this.clock.now());
    await this.folder.spendBootstrapToken();
    return { registrar: first.person, confirmer: second.person };
  }

  /**
   * Particulars and secrets of both, before anything of either is recorded. What an earlier try
   * left of somebody who was never recorded is cleared first, and so is what this one leaves when
   * it is refused: the token stays good for corrected particulars.
   */
  private async keepBoth(both: readonly First[]): Promise<Digest[]> {
    const commitments: Digest[] = [];
    for (const one of both) await this.clearUnrecorded(one);
    try {
      for (const one of both) commitments.push(await this.keep(one));
    } catch (error) {
      for (const one of both) await this.clearUnrecorded(one);
      throw error;
    }
    return commitments;
  }

  private async clearUnrecorded({ person }: First): Promise<void> {
    const { revision } = await this.directory.person(person);
    if (revision < 0) await this.register.settleEnrolment(person, 'refused');
  }

  private async keep({ person, agency, unit, fields }: First): Promise<Digest> {
    const { login, name, position, email, phone, secret } = fields;
    const now = this.clock.now();
    const { state } = await this.directory.person(person);
    const commitment = await this.register.enroll(
      { person, login, name, position, agency, email, phone },
      now,
    );
    // Where a first start was cut off, what it recorded stands, and only its own repetition fits.
    const isBegun = state !== null;
    const fits =
      !isBegun ||
      (state.agency === agency &&
        state.unit === unit &&
        state.commitments[0] === commitment &&
        (await this.register.accounts.loginOf(person)) === checkLogin(login));
    if (!fits) throw refuse('bootstrap/begun', { agency: state?.agency, unit: state?.unit });
    await this.register.accounts.setSecret(person, secret, now);
    return commitment;
  }

  /** Enrolment and grant of one person, by the operator under the first registrar's id. */
  private async record(one: First, commitment: Digest, operator: First): Promise<void> {
    const { step, person, agency, unit, role, document } = one;
    const { state } = await this.directory.person(person);
    if (state === null) {
      await this.decide(`${step}/enroll`, person, operator, {
        type: 'enroll',
        person,
        agency,
        unit,
        commitment,
      });
    }
    await this.register.settleEnrolment(person, 'recorded');
    await this.decide(`${step}/grant`, person, operator, {
      type: 'grant',
      grant: derivedUuid(['bootstrap', this.folder.identity.origin, step, 'grant']),
      role,
      agency,
      unit,
      from: this.clock.today(),
      to: null,
      document,
      commitment,
    });
  }

  private async decide(
    step: string,
    person: PersonId,
    operator: First,
    command: PersonCommand,
  ): Promise<void> {
    const { origin } = this.folder.identity;
    const commandId = derivedUuid(['bootstrap', origin, step, 'command']);
    // Of the command, never of the request: that one holds a token and two secrets. Without the
    // day, so that what was begun before midnight can be finished after it.
    const requestDigest = digestOf(canonicalJson({ ...command, from: undefined }));
    const deciding = new DecidePerson(
      person,
      {
        command,
        person: operator.person,
        commandId,
        requestDigest,
        // The grant follows the enrolment and nothing else; a repetition is answered before this.
        ifMatch: command.type === 'grant' ? 0 : null,
        correlationId: commandId,
        causationId: null,
      },
      { agency: operator.agency, unit: operator.unit },
    );
    try {
      await this.commands.execute(deciding);
    } catch (error) {
      const isOther = error instanceof Refusal && error.kind === 'reused';
      throw isOther ? refuse('bootstrap/begun') : error;
    }
  }
}

function placeOf(person: PersonId, { agency, unit }: FirstPersonFields) {
  return { person, agency, unit: unit ?? agency };
}

/** What the register would refuse of the second one must be known before the first one is kept. */
function checkAccounts(registrar: FirstPersonFields, confirmer: FirstPersonFields): void {
  const [first, second] = Object.entries({ registrar, confirmer }).map(([who, fields]) => {
    const login = checkLogin(fields.login);
    checkSecret(fields.secret, login, `/${who}/secret`);
    return login;
  });
  if (first === second) throw refuse('account/login-taken', { pointer: '/confirmer/login' });
  // Two accounts with one secret are one person with two names, from the first day on.
  if (isSameSecret(registrar.secret, confirmer.secret)) {
    throw refuse('account/secret-shared', { pointer: '/confirmer/secret' });
  }
}
