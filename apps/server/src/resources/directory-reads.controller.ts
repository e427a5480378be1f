import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { registrarOfPerson } from '#directory';
import { Directory } from '#directory/nest';
import { Register } from '#directory/node';
import type { PersonId } from '#kernel';
import type { PersonRow } from '#read-models';
import { ReadModels } from '#read-models/node';
import { CurrentPerson } from '../access/current-person.ts';
import { Roles, SignedIn } from '../access/policy.ts';
import { one, pageOf, Reads } from '../http/answers.ts';
import { readMoment } from '../http/headers.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { AgencyPath } from './agency.requests.ts';
import { AsOfQuery, PageQuery } from './document.requests.ts';
import { PeopleQuery, PersonPath } from './person.requests.ts';
import { ReviewBodyPath } from './review-body.requests.ts';

/** Agencies, people and review bodies. Names come from the register, all else from events. */
@ApiTags('directory')
@SignedIn()
@Controller('api/v1')
export class DirectoryReadsController {
  private readonly models: ReadModels;
  private readonly register: Register;
  private readonly directory: Directory;
  private readonly clock: LedgerClock;

  constructor(models: ReadModels, register: Register, directory: Directory, clock: LedgerClock) {
    this.models = models;
    this.register = register;
    this.directory = directory;
    this.clock = clock;
  }

  @Get('agencies')
  @Reads('All agencies', '{items, nextCursor, asOf}')
  async agencies(@Query() query: PageQuery) {
    const { data, asOf } = await this.models.agencies(readMoment(query.asOf));
    return pageOf(data, ({ id }) => id, query, asOf);
  }

  @Get('agencies/:agency')
  @Reads('An agency with its units, names and successor', '{data, asOf}')
  async agency(
    @Param() { agency }: AgencyPath,
    @Query() query: AsOfQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.models.agency(agency, readMoment(query.asOf));
    return one(reply, answer, ({ revision }) => revision);
  }

  @Get('people')
  @Roles('registrar', 'head', 'checker', 'certifier', 'auditor', 'inspector')
  @Reads('People with their grants', '{items, nextCursor, asOf}')
  async people(@Query() query: PeopleQuery) {
    const { data, asOf } = await this.models.people(query.agency, readMoment(query.asOf));
    const page = pageOf(data, ({ id }) => id, query, asOf);
    const names = await this.register.names(page.items.map(({ id }) => id));
    return {
      ...page,
      items: page.items.map((row) => ({ ...row, shown: names.get(row.id) ?? null })),
    };
  }

  @Get('people/:person')
  @Reads('A person; contact data for themselves and registrars only', '{data, asOf}')
  async person(
    @Param() { person }: PersonPath,
    @Query() query: AsOfQuery,
    @CurrentPerson() reader: PersonId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.models.person(person, readMoment(query.asOf));
    const { data, asOf } = one<PersonRow>(reply, answer, ({ revision }) => revision);
    const names = await this.register.names([person]);
    const contact =
      (await this.mayContact(reader, person)) && names.has(person)
        ? await this.register.contact(person)
        : null;
    return { data: { ...data, shown: names.get(person) ?? null, contact }, asOf };
  }

  @Get('review-bodies')
  @Reads('All review bodies', '{items, nextCursor, asOf}')
  async reviewBodies(@Query() query: PageQuery) {
    const { data, asOf } = await this.models.reviewBodies(readMoment(query.asOf));
    return pageOf(data, ({ id }) => id, query, asOf);
  }

  @Get('review-bodies/:body')
  @Reads('A review body with its members and sessions', '{data, asOf}')
  async reviewBody(
    @Param() { body }: ReviewBodyPath,
    @Query() query: AsOfQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.models.reviewBody(body, readMoment(query.asOf));
    return one(reply, answer, ({ revision }) => revision);
  }

  /** Whoever enters and erases what is on record of a person: a registrar who reaches them. */
  private async mayContact(reader: PersonId, person: PersonId): Promise<boolean> {
    if (reader === person) return true;
    const today = this.clock.today();
    const { acting } = await this.directory.actingPerson(reader, today);
    const { state } = await this.directory.person(person);
    return state !== null && registrarOfPerson(acting, state, today) !== undefined;
  }
}
