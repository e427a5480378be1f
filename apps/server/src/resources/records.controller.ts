import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { capacityAs } from '#directory';
import { Directory } from '#directory/nest';
import { refuseEvidence } from '#evidence';
import { isUuid } from '#kernel';
import type { PersonId } from '#kernel';
import { ReadModels } from '#read-models/node';
import { CurrentPerson } from '../access/current-person.ts';
import { EvidenceVisibility } from '../access/evidence-visibility.ts';
import { SignedIn } from '../access/policy.ts';
import { Visibility } from '../access/visibility.ts';
import type { Reader } from '../access/visibility.ts';
import { closedCursor, limitOf, one, openCursor, Reads } from '../http/answers.ts';
import { readMoment } from '../http/headers.ts';
import { refuseRequest } from '../http/refusals.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { AsOfQuery } from './document.requests.ts';
import { digestIn, EvidencePath, EvidenceQuery } from './evidence.requests.ts';

/** What awaits somebody, and the register of documents. */
@ApiTags('records')
@SignedIn()
@Controller('api/v1')
export class RecordsController {
  private readonly models: ReadModels;
  private readonly visibility: Visibility;
  private readonly directory: Directory;
  private readonly files: EvidenceVisibility;
  private readonly clock: LedgerClock;

  constructor(
    models: ReadModels,
    visibility: Visibility,
    directory: Directory,
    files: EvidenceVisibility,
    clock: LedgerClock,
  ) {
    this.models = models;
    this.visibility = visibility;
    this.directory = directory;
    this.files = files;
    this.clock = clock;
  }

  @Get('tasks')
  @Reads('What awaits the reader, nearest day first', '{items, nextCursor, asOf}')
  async tasks(@CurrentPerson() person: PersonId) {
    const today = this.clock.today();
    const { acting } = await this.directory.actingPerson(person, today);
    const { data, asOf } = await this.models.tasks(person, acting.capacities, today);
    return { items: data, nextCursor: null, asOf };
  }

  @Get('evidence')
  @Reads('The register of documents, by agency or by round', '{items, nextCursor, asOf}')
  async evidence(@Query() query: EvidenceQuery, @CurrentPerson() person: PersonId) {
    const reader = await this.visibility.reader(person);
    const { round } = query;
    const agency = query.agency ?? (this.seesAll(reader, query) ? undefined : reader.acting.agency);
    if (agency !== undefined && !reader.agencies.includes(agency) && !this.seesAll(reader, query)) {
      throw refuseRequest('request/not-found');
    }
    const cursor = openCursor(query, isRegisterCursor);
    const { items, nextCursor, asOf } = await this.models.evidenceRegister(
      {
        limit: limitOf(query),
        ...(agency !== undefined && { agency }),
        ...(round !== undefined && { round }),
        ...(cursor !== undefined && { cursor }),
      },
      readMoment(query.asOf),
    );
    const shown = await this.files.register(reader, items, query.asOf === undefined);
    return { items: shown, nextCursor: closedCursor(nextCursor), asOf };
  }

  @Get('evidence/:sha256')
  @Reads('One file: what it is, what rests on it', '{data, asOf}')
  async evidenceOne(
    @Param() path: EvidencePath,
    @Query() query: AsOfQuery,
    @CurrentPerson() person: PersonId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const evidence = digestIn(path);
    const reader = await this.visibility.reader(person);
    // By what is known now: a figure that was passed on takes its papers with it.
    const found = await this.files.find(reader, evidence);
    if (found === null) throw refuseEvidence('evidence/unknown', { evidence });
    const { data, asOf } = await this.models.evidence(evidence, readMoment(query.asOf));
    const [view] =
      data === null ? [null] : await this.files.register(reader, [data], query.asOf === undefined);
    return one(reply, { data: view ?? null, asOf }, (shown) =>
      shown.kind === 'deposited' ? shown.evidence.revision : null,
    );
  }

  private seesAll(reader: Reader, { round, agency }: EvidenceQuery): boolean {
    if (round !== undefined) return this.visibility.seesRound(reader, round);
    if (capacityAs(reader.acting, ['auditor', 'inspector']) !== undefined) return true;
    return agency !== undefined && this.files.oversees(reader, agency);
  }
}

/** Kind and key of the last document of the page before, as the register gives them. */
function isRegisterCursor(opened: string): boolean {
  const [kind, key = '', ...more] = opened.split(' ');
  if (more.length > 0) return false;
  return kind === 'deposited' ? /^[0-9a-f]{64}$/.test(key) : kind === 'referenced' && isUuid(key);
}
