import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { capacityAs } from '#directory';
import { Directory } from '#directory/nest';
import { entryDigest } from '#kernel';
import type { PersonId, Role } from '#kernel';
import { recordIn } from '#transparency';
import { CurrentPerson } from '../access/current-person.ts';
import { SignedIn } from '../access/policy.ts';
import { ReceiptBody, ReceiptInterceptor } from '../http/receipt.interceptor.ts';
import type { WithReceipt } from '../http/receipt.interceptor.ts';
import { refuseRequest } from '../http/refusals.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { EmptyRequest } from '../resources/document.requests.ts';
import { answeringTiles } from './answering-tiles.ts';
import { LedgerLog } from './ledger-log.ts';

/** Who holds the ledger to account as a whole, or is about to certify it. */
const asking: readonly Role[] = ['auditor', 'inspector', 'recipient', 'certifier'];

class HeadsBody extends ReceiptBody {
  @ApiProperty({ type: 'integer', description: 'Entries under the head it speaks of', example: 9 })
  treeSize: number;
  @ApiProperty({ description: 'RFC 6962 root over [stream, lastRevision], base64' })
  root: string;
}

/**
 * Completeness on request: the record of how far every stream has come becomes an entry, so that
 * "these are all the acts on this figure" can be proven later, and not only that these happened.
 */
@ApiTags('log')
@SignedIn()
@Controller('api/v1/log/stream-heads')
export class StreamHeadsController {
  private readonly log: LedgerLog;
  private readonly directory: Directory;
  private readonly clock: LedgerClock;

  constructor(log: LedgerLog, directory: Directory, clock: LedgerClock) {
    this.log = log;
    this.directory = directory;
    this.clock = clock;
  }

  /**
   * The machine's own act: nobody decides what it says. It needs no Idempotency-Key, because asked
   * again it answers the same record until there is something new to say.
   */
  @Post()
  @HttpCode(201)
  @UseInterceptors(ReceiptInterceptor)
  @ApiOperation({
    summary: 'Have it recorded how far every stream has come',
    description: 'For auditors, inspectors, recipients and certifiers',
  })
  @ApiCreatedResponse({
    description:
      'The record of everything under the signed head; Link says where its proof will be',
    type: HeadsBody,
  })
  async record(
    @Body() _body: EmptyRequest,
    @CurrentPerson() person: PersonId,
  ): Promise<WithReceipt> {
    const { acting } = await this.directory.actingPerson(person, this.clock.today());
    if (capacityAs(acting, asking) === undefined) {
      throw refuseRequest('access/role-needed', { roles: asking });
    }
    const { event, wasThere } = await answeringTiles(this.log.recordHeads());
    const { stream, revision, id: eventId, type, position, metadata } = event;
    const { recordedAt, commandId } = metadata;
    const of = { stream, revision, eventId, type, recordedAt, commandId, position };
    const receipt = { ...of, digest: entryDigest(event), repeated: wasThere };
    return { receipt, ...recordIn(event) };
  }
}
