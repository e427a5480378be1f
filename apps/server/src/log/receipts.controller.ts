import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { entryBytes } from '#kernel';
import type { PersonId } from '#kernel';
import type { Leaf } from '#read-models';
import { ReadModels } from '#read-models/node';
import { textOf } from '#tlog';
import { CurrentPerson } from '../access/current-person.ts';
import { SignedIn } from '../access/policy.ts';
import { Visibility } from '../access/visibility.ts';
import { Reads } from '../http/answers.ts';
import { Field } from '../http/fields.ts';
import { refuseRequest } from '../http/refusals.ts';
import { uuid } from '../http/shapes.ts';
import { answeringTiles, proofOrLater } from './answering-tiles.ts';
import { LedgerLog } from './ledger-log.ts';
import { toBuffer } from './log.controller.ts';

export class ReceiptPath {
  @Field(uuid) eventId: string;
}

/**
 * The proof of one recorded act, for whoever did it, their agency, and who may read its history. An
 * entry and its proof are checked without this server: with the policy, which is kept from before.
 */
@ApiTags('records')
@SignedIn()
@Controller('api/v1/receipts/:eventId')
export class ReceiptsController {
  private readonly models: ReadModels;
  private readonly visibility: Visibility;
  private readonly log: LedgerLog;

  constructor(models: ReadModels, visibility: Visibility, log: LedgerLog) {
    this.models = models;
    this.visibility = visibility;
    this.log = log;
  }

  @Get()
  @Reads(
    'One recorded act: its entry, and its proof as soon as a published checkpoint covers it',
    '{data: {event, digest, leafIndex, entry, proof, key, policy}, asOf}',
  )
  async receipt(
    @Param() { eventId }: ReceiptPath,
    @CurrentPerson() person: PersonId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const leaf = await this.shown(eventId, person);
    const { id, stream, revision, type, digest, leafIndex, metadata } = leaf;
    const { recordedAt, commandId } = metadata;
    const entry = entryBytes(leaf);
    const proof = await proofOrLater(this.log.proofOf(leafIndex, entry));
    void reply.header('ledger-position', String(leafIndex));
    return {
      data: {
        event: { id, stream, revision, type, recordedAt, commandId },
        digest,
        leafIndex,
        entry: textOf(entry),
        proof: proof === undefined ? null : textOf(proof),
        key: this.log.key,
        policy: this.log.policyText,
      },
      asOf: await this.models.leafAt(),
    };
  }

  @Get('proof')
  @ApiOperation({ summary: 'The proof of one act: a .tlog-proof, to be kept with its entry' })
  @ApiOkResponse({
    description: 'c2sp.org/tlog-proof; 404 with Retry-After until a checkpoint covers the act',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  async proof(
    @Param() { eventId }: ReceiptPath,
    @CurrentPerson() person: PersonId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const leaf = await this.shown(eventId, person);
    const proof = await answeringTiles(this.log.proofOf(leaf.leafIndex, entryBytes(leaf)));
    if (proof === undefined) throw refuseRequest('receipt/not-proven', { retryAfterSeconds: 1 });
    await this.file(reply, `${eventId}.tlog-proof`, 'text/plain; charset=utf-8', proof);
  }

  @Get('entry')
  @ApiOperation({ summary: 'The entry of one act, byte for byte as it was hashed' })
  @ApiOkResponse({
    description: 'Canonical JSON (RFC 8785)',
    content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
  })
  async entry(
    @Param() { eventId }: ReceiptPath,
    @CurrentPerson() person: PersonId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const leaf = await this.shown(eventId, person);
    await this.file(reply, `${eventId}.json`, 'application/json', entryBytes(leaf));
  }

  /** The act, for who may know of it; the same answer for nobody's and for somebody else's. */
  private async shown(eventId: string, person: PersonId): Promise<Leaf> {
    const leaf = await this.models.receiptEvent(eventId);
    if (leaf === null || !(await this.visibility.seesAct(person, leaf))) {
      throw refuseRequest('request/not-found');
    }
    return leaf;
  }

  private async file(reply: FastifyReply, name: string, type: string, bytes: Uint8Array) {
    const disposition = `attachment; filename="${name}"`;
    await reply.headers({ 'content-disposition': disposition }).type(type).send(toBuffer(bytes));
  }
}
