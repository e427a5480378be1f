import { Body, Controller, Delete, Get, HttpCode, Ip, Post, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Directory } from '#directory/nest';
import { Register } from '#directory/node';
import { digestOf } from '#kernel';
import { Public, SignedIn } from '../access/policy.ts';
import { RateLimit } from '../access/rate-limit.ts';
import { Sessions } from '../access/sessions.ts';
import { readBearerToken } from '../http/headers.ts';
import { refuseRequest } from '../http/refusals.ts';
import { notesOf } from '../http/request-notes.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { SessionBody } from './person.answers.ts';
import { ActivateRequest, SignInRequest } from './person.requests.ts';

/** Signing in and out, the first secret, and who one is. */
@ApiTags('sessions')
@Controller('api/v1')
export class SessionsController {
  private readonly sessions: Sessions;
  private readonly register: Register;
  private readonly directory: Directory;
  private readonly clock: LedgerClock;
  private readonly attempts: RateLimit;

  constructor(
    sessions: Sessions,
    register: Register,
    directory: Directory,
    clock: LedgerClock,
    attempts: RateLimit,
  ) {
    this.sessions = sessions;
    this.register = register;
    this.directory = directory;
    this.clock = clock;
    this.attempts = attempts;
  }

  @Post('sessions')
  @Public()
  @ApiOperation({ summary: 'Sign in' })
  @ApiCreatedResponse({ description: 'Signed in', type: SessionBody })
  async signIn(@Body() { login, secret }: SignInRequest, @Req() request: FastifyRequest) {
    this.attempts.take(request.ip);
    const { token, expiresAt, person } = await this.sessions.open(login, secret);
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

  @Post('activations')
  @Public()
  @HttpCode(204)
  @ApiOperation({ summary: 'Set one’s own secret with the one-time code' })
  @ApiNoContentResponse({ description: 'The secret is set; sign in with it' })
  async activate(@Body() { code, secret }: ActivateRequest, @Ip() address: string): Promise<void> {
    this.attempts.take(address);
    const person = await this.register.accounts.activate(code, secret, this.clock.now());
    this.sessions.forgetPerson(person);
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
          description: '{person, name, position, agency, login, capacities}',
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
    const [{ acting }, { revision }, particulars, login] = await Promise.all([
      this.directory.actingPerson(person, today),
      this.directory.person(person),
      this.register.current(person),
      this.register.accounts.loginOf(person),
    ]);
    void reply.header('etag', `"${revision}"`);
    const { name, position, agency } = particulars;
    return {
      data: { person, login, name, position, agency, capacities: acting.capacities },
      today,
    };
  }
}
