import { Readable } from 'node:stream';
import { Body, Controller, Get, Inject, Param, Post, Put, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Directory } from '#directory/nest';
import type { Receipt } from '#event-store';
import { asRefusal, BlobStore, mayReadEvidence, receiveContent, refuseEvidence } from '#evidence';
import type { EvidenceCommand } from '#evidence';
import { DecideEvidence, DecideEvidenceReference, EvidenceReader } from '#evidence/nest';
import { digestFromHex, parseCount } from '#kernel';
import type { Digest } from '#kernel';
import { SignedIn } from '../access/policy.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import { refuseRequest } from '../http/refusals.ts';
import { notesOf } from '../http/request-notes.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { evidenceBytesMax } from '../tokens.ts';
import { Commands } from './commands.ts';
import {
  DepositRequest,
  DescribeRequest,
  EvidencePath,
  ReferRequest,
  RestrictRequest,
} from './evidence.requests.ts';

/** Files by digest: bytes first, then the event that says which document they are. */
@ApiTags('evidence')
@SignedIn()
@Controller('api/v1')
export class EvidenceController {
  private readonly commands: Commands;
  private readonly blobs: BlobStore;
  private readonly evidence: EvidenceReader;
  private readonly directory: Directory;
  private readonly clock: LedgerClock;
  private readonly sizeBytesMax: number;

  constructor(
    commands: Commands,
    blobs: BlobStore,
    evidence: EvidenceReader,
    directory: Directory,
    clock: LedgerClock,
    @Inject(evidenceBytesMax) sizeBytesMax: number,
  ) {
    this.commands = commands;
    this.blobs = blobs;
    this.evidence = evidence;
    this.directory = directory;
    this.clock = clock;
    this.sizeBytesMax = sizeBytesMax;
  }

  @Put('evidence/:sha256/content')
  @ApiOperation({ summary: 'Hand in the bytes of a file; nothing is recorded yet' })
  @ApiConsumes('application/octet-stream', 'application/pdf')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiCreatedResponse({ description: 'Kept durably: {digest, sizeBytes, mediaType}' })
  @ApiOkResponse({ description: 'It was there already' })
  async put(
    @Param() path: EvidencePath,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const declaredType = request.headers['content-type'];
    if (declaredType === undefined) throw refuseEvidence('evidence/type-mismatch');
    const length = request.headers['content-length'];
    const { digest, sizeBytes, mediaType, alreadyThere } = await receiveContent(this.blobs, {
      digest: digestOf(path),
      declaredType,
      declaredBytes: length === undefined ? null : (parseCount(length) ?? null),
      // The body parser of this route hands on the request itself, unread.
      content: (request.body ?? Readable.from([])) as AsyncIterable<Uint8Array>,
      sizeBytesMax: this.sizeBytesMax,
    });
    void reply.status(alreadyThere ? 200 : 201);
    return { digest, sizeBytes, mediaType };
  }

  @Get('evidence/:sha256/content')
  @ApiOperation({ summary: 'The file, hashed again on its way; cut off where it does not match' })
  @ApiOkResponse({ description: 'The bytes', content: { 'application/octet-stream': {} } })
  async content(
    @Param() path: EvidencePath,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const evidence = digestOf(path);
    const { state } = await this.evidence.evidence(evidence);
    const { signedIn } = notesOf(request);
    if (signedIn === null) throw refuseRequest('session/none');
    const { acting } = await this.directory.actingPerson(signedIn.person, this.clock.today());
    // The same answer as for what does not exist: a restriction must not tell that it is there.
    if (!mayReadEvidence(state, acting)) throw refuseEvidence('evidence/unknown', { evidence });
    const { sizeBytes, content } = await this.blobs.open(evidence).catch((error: unknown) => {
      throw asRefusal(error);
    });
    const stream = Readable.from(content, { objectMode: false });
    // Changed bytes end as an error of the stream: the line is cut, no reader takes it for whole.
    stream.once('error', () => reply.raw.destroy());
    await reply
      .type(state.mediaType)
      .headers({
        'content-length': String(sizeBytes),
        'content-disposition': `attachment; filename="${path.sha256}"`,
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        'etag': `"${path.sha256}"`,
      })
      .send(stream);
  }

  @Post('evidence/:sha256/deposits')
  @Records('Deposit a file that was handed in, as a document (officer)', 'new')
  deposit(@Param() path: EvidencePath, @Body() body: DepositRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'deposit', evidence: digestOf(path), ...body });
  }

  @Post('evidence/:sha256/descriptions')
  @Records('Describe the document anew, with the reason')
  describe(@Param() path: EvidencePath, @Body() body: DescribeRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'describe', ...body });
  }

  @Post('evidence/:sha256/restrictions')
  @Records('Restrict who may read the file, with the reason')
  restrict(@Param() path: EvidencePath, @Body() body: RestrictRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'restrict-access', ...body });
  }

  @Post('evidence-references')
  @Records('Refer to a document that may not be uploaded', 'new')
  async refer(@Body() body: ReferRequest, @CurrentAct() act: Act): Promise<Receipt> {
    const command = envelope(act, { type: 'refer' as const, ...body });
    return await this.commands.execute(
      `evidence-ref-${body.reference}`,
      act,
      new DecideEvidenceReference(body.reference, command),
    );
  }

  private async decide(path: EvidencePath, act: Act, command: EvidenceCommand): Promise<Receipt> {
    return await this.commands.execute(
      `evidence-${path.sha256}`,
      act,
      new DecideEvidence(digestOf(path), envelope(act, command)),
    );
  }
}

function digestOf({ sha256 }: EvidencePath): Digest {
  const digest = digestFromHex(sha256);
  if (digest === undefined) throw new TypeError('a path that was checked is 64 hex digits');
  return digest;
}
