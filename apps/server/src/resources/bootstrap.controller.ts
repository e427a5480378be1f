import { Body, Controller, HttpCode, Ip, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { directoryRefusals } from '#directory';
import type { PersonCommand } from '#directory';
import { DecidePerson } from '#directory/nest';
import type { Bootstrap } from '#directory/nest';
import { Register } from '#directory/node';
import { canonicalJson, derivedUuid, digestOf, refuser } from '#kernel';
import type { PersonId } from '#kernel';
import { Public } from '../access/policy.ts';
import { RateLimit } from '../access/rate-limit.ts';
import { LedgerFolder } from '../configuration/ledger-folder.ts';
import { refuseRequest } from '../http/refusals.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { BootstrapRequest } from './person.requests.ts';
import type { ConfirmerFields, FirstPersonFields } from './person.requests.ts';

const refuse = refuser(directoryRefusals);

type First = {
  readonly step: string;
  readonly person: PersonId;
  readonly fields: FirstPersonFields;
};

/**
 * The first two people, once: a registrar, and somebody of another agency who can confirm what the
 * registrar grants. After that nobody stands outside the rules. Ids come from the ledger's origin,
 * so a bootstrap that was cut off half-way is carried to its end by repeating it.
 */
@ApiTags('bootstrap')
@Controller('api/v1/bootstrap')
export class BootstrapController {
  private readonly commands: CommandBus;
  private readonly register: Register;
  private readonly folder: LedgerFolder;
  private readonly clock: LedgerClock;
  private readonly attempts: RateLimit;
  private isRunning = false;

  constructor(
    commands: CommandBus,
    register: Register,
    folder: LedgerFolder,
    clock: LedgerClock,
    attempts: RateLimit,
  ) {
    this.commands = commands;
    this.register = register;
    this.folder = folder;
    this.clock = clock;
    this.attempts = attempts;
  }

  @Post()
  @Public()
  @HttpCode(201)
  @ApiOperation({ summary: 'Enter the first registrar and the first confirming person, once' })
  @ApiCreatedResponse({ description: '{registrar, confirmer}: their ids; both can sign in' })
  async bootstrap(@Body() body: BootstrapRequest, @Ip() address: string) {
    this.attempts.take(address);
    const { accounts } = this.register;
    if (!(await this.folder.awaitsBootstrap()) || (await accounts.bootstrapUsedAt()) !== null) {
      throw refuse('bootstrap/used');
    }
    if (!(await this.folder.isBootstrapToken(body.token))) {
      throw refuseRequest('bootstrap/wrong-token');
    }
    if (this.isRunning) throw refuse('bootstrap/used');
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
    const first: First = { step: 'registrar', person: idOf('registrar'), fields: registrar };
    const second: First = { step: 'confirmer', person: idOf('confirmer'), fields: confirmer };
    const operator: Bootstrap = {
      agency: registrar.agency,
      unit: registrar.unit ?? registrar.agency,
    };
    await this.enter(first, 'registrar', null, first.person, operator);
    const { role = 'registrar', document } = confirmer;
    await this.enter(second, role, document, first.person, operator);
    await this.register.accounts.useBootstrap(this.clock.now());
    await this.folder.spendBootstrapToken();
    return { registrar: first.person, confirmer: second.person };
  }

  /** One person: particulars and secret, enrolment, grant. */
  private async enter(
    { step, person, fields }: First,
    role: 'registrar' | NonNullable<ConfirmerFields['role']>,
    document: ConfirmerFields['document'],
    by: PersonId,
    operator: Bootstrap,
  ): Promise<void> {
    const { login, name, position, agency, email, phone, secret } = fields;
    const unit = fields.unit ?? agency;
    const now = this.clock.now();
    const commitment = await this.register.enroll(
      { person, login, name, position, agency, email, phone },
      now,
    );
    // Before anything is recorded: a secret that is refused leaves nothing behind but a name.
    await this.register.accounts.setSecret(person, secret, now);
    await this.decide(`${step}/enroll`, person, by, operator, {
      type: 'enroll',
      person,
      agency,
      unit,
      commitment,
    });
    await this.register.settleEnrolment(person, 'recorded');
    await this.decide(`${step}/grant`, person, by, operator, {
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
    by: PersonId,
    operator: Bootstrap,
    command: PersonCommand,
  ): Promise<void> {
    const { origin } = this.folder.identity;
    const commandId = derivedUuid(['bootstrap', origin, step, 'command']);
    // Of the command, never of the request: that one holds a token and two secrets. Without the
    // day, so that what was begun before midnight can be finished after it.
    const requestDigest = digestOf(canonicalJson({ ...command, from: undefined }));
    await this.commands.execute(
      new DecidePerson(
        person,
        {
          command,
          person: by,
          commandId,
          requestDigest,
          // The grant follows the enrolment and nothing else; a repetition is answered before this.
          ifMatch: command.type === 'grant' ? 0 : null,
          correlationId: commandId,
          causationId: null,
        },
        operator,
      ),
    );
  }
}
