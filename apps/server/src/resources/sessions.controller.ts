import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { standingOf } from '#directory';
import type { Delegation, Person } from '#directory';
import { Directory } from '#directory/nest';
import { Register } from '#directory/node';
import { digestOf } from '#kernel';
import type { Day, PersonId } from '#kernel';
import type { PersonRow } from '#read-models';
import { ReadModels } from '#read-models/node';
import { senderOf } from '../access/addresses.ts';
import { Public, SignedIn } from '../access/policy.ts';
import { Attempted } from '../access/rate-limit.ts';
import { Sessions } from '../access/sessions.ts';
import { readBearerToken } from '../http/headers.ts';
import { refuseRequest } from '../http/refusals.ts';
import { notesOf } from '../http/request-notes.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { SessionBody } from './person.answers.ts';
import { SignInRequest } from './person.requests.ts';

/** Signing in and out, and who one is. */
@ApiTags('sessions')
@Controller('api/v1')
export class SessionsController {
  private readonly sessions: Sessions;
  private readonly register: Register;
  private readonly directory: Directory;
  private readonly models: ReadModels;
  private readonly clock: LedgerClock;

  constructor(
    sessions: Sessions,
    register: Register,
    directory: Directory,
    models: ReadModels,
    clock: LedgerClock,
  ) {
    this.sessions = sessions;
    this.register = register;
    this.directory = directory;
    this.models = models;
    this.clock = clock;
  }

  @Post('sessions')
  @Public()
  @Attempted()
  @ApiOperation({ summary: 'Sign in' })
  @ApiCreatedResponse({ description: 'Signed in', type: SessionBody })
  async signIn(@Body() { login, secret }: SignInRequest, @Req() request: FastifyRequest) {
    const sender = senderOf(request.ip);
    const { token, expiresAt, person } = await this.sessions.open(login, secret, sender);
    // For the line in the log: signing in is worth knowing by whom.
    notesOf(request).signedIn = { person, session: digestOf(token) };
    return { token, expiresAt, person };
  }

  @Delete('sessions/current')
  @SignedIn()
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out: the token is void at once' })
  @ApiNoContentResponse({ description: 'Signed out' })
  async signOut(@Req() request: FastifyRequest): Promise<void> {
    const token = readBearerToken(request.headers.authorization);
    if (token !== null) await this.sessions.close(token);
  }

  @Get('me')
  @SignedIn()
  @ApiOperation({ summary: 'Who one is, and in which capacities one may act today' })
  @ApiOkResponse({
    description: 'Particulars, login, and the capacities of today',
    schema: {
      type: 'object',
      required: ['data', 'today'],
      properties: {
        data: {
          type: 'object',
          description:
            '{person, name, position, agency, login, capacities, codes, delegationsGiven}: codes ' +
            'are those issued to set a new secret for this person, each with who asked, why, and ' +
            'what came of it; delegationsGiven are those recorded in this person’s name as a ' +
            'head, whoever recorded them, each with who signs and whether it was confirmed',
          additionalProperties: true,
        },
        today: { type: 'string', format: 'date' },
      },
    },
  })
  async me(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { signedIn } = notesOf(request);
    if (signedIn === null) throw refuseRequest('session/none');
    const { person } = signedIn;
    const today = this.clock.today();
    const [{ acting }, { state, revision }, particulars, login, people] = await Promise.all([
      this.directory.actingPerson(person, today),
      this.directory.person(person),
      this.register.current(person),
      this.register.accounts.loginOf(person),
      this.models.people(),
    ]);
    void reply.header('etag', `"${revision}"`);
    const { name, position, agency } = particulars;
    const codes = state === null ? [] : codesOf(state, today);
    const { capacities } = acting;
    const delegationsGiven = delegationsBy(person, people.data);
    const particular = { person, login, name, position, agency };
    return { data: { ...particular, capacities, codes, delegationsGiven }, today };
  }
}

/**
 * Codes with which somebody could become able to act as this person, newest first; the one that came
 * with the enrolment is no news. Who asked is an id: names are read where people are.
 */
function codesOf(person: Person, today: Day) {
  return person.activations
    .filter(({ reason }) => reason !== null)
    .map((activation) => {
      const { issue, reason, issuedBy, issuerAgency, issuedAt, usedAt } = activation;
      const { confirmedBy, cancelled } = activation;
      const standing = standingOf(person, activation, today);
      const asked = { issue, standing, reason, issuedBy, issuerAgency, issuedAt };
      return { ...asked, confirmedBy, cancelled, usedAt };
    })
    .reverse();
}

/**
 * In whose place one signs is a claim about the head: here the head sees every one there ever was,
 * as far as the read models are, with who made it and whether it counts. `person` is who signs, and
 * confirmations and endings go to that person's revision.
 */
function delegationsBy(head: PersonId, people: readonly PersonRow[]) {
  const given: (Delegation & { readonly person: PersonId; readonly revision: number })[] = [];
  for (const { id, revision, state } of people) {
    for (const one of state.delegations) {
      if (one.head === head) given.push({ person: id, revision, ...one });
    }
  }
  return given.toSorted((left, right) => (left.from < right.from ? 1 : -1));
}
