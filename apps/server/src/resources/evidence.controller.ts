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
import type { ActingPerson } from '#directory';
import { Directory } from '#directory/nest';
import type { Receipt } from '#event-store';
import {
  asRefusal,
  BlobMissing,
  BlobStore,
  depositing,
  mayDepositAny,
  mediaTypes,
  readableDeposit,
  refuseEvidence,
  Uploads,
} from '#evidence';
import type { BlobReading, ContentRequest, EvidenceCommand, ReceivedContent } from '#evidence';
import { DecideEvidence, DecideEvidenceReference, EvidenceReader } from '#evidence/nest';
import { bareHex, parseCount } from '#kernel';
import type { Digest, PersonId } from '#kernel';
import { CurrentPerson } from '../access/current-person.ts';
import { EvidenceVisibility } from '../access/evidence-visibility.ts';
import { SignedIn } from '../access/policy.ts';
import { Visibility } from '../access/visibility.ts';
import { CurrentAct, envelope, Records } from '../http/act.ts';
import type { Act } from '../http/act.ts';
import { refuseRequest } from '../http/refusals.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { evidenceBytesMax } from '../tokens.ts';
import { Commands } from './commands.ts';
import { ContentBody, fileName } from './evidence.answers.ts';
import {
  DepositRequest,
  DescribeRequest,
  digestIn,
  EvidencePath,
  GrantAccessRequest,
  ReferRequest,
  RestrictRequest,
} from './evidence.requests.ts';
import { uploadContent } from './upload-content.ts';

const contentOfEveryType = Object.fromEntries(
  mediaTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
);

/** Files by digest: bytes first, then the event that says which document they are. */
@ApiTags('evidence')
@SignedIn()
@Controller('api/v1')
export class EvidenceController {
  private readonly commands: Commands;
  private readonly blobs: BlobStore;
  private readonly uploads: Uploads;
  private readonly evidence: EvidenceReader;
  private readonly files: EvidenceVisibility;
  private readonly visibility: Visibility;
  private readonly directory: Directory;
  private readonly clock: LedgerClock;
  private readonly sizeBytesMax: number;

  constructor(
    commands: Commands,
    blobs: BlobStore,
    uploads: Uploads,
    evidence: EvidenceReader,
    files: EvidenceVisibility,
    visibility: Visibility,
    directory: Directory,
    clock: LedgerClock,
    @Inject(evidenceBytesMax) sizeBytesMax: number,
  ) {
    this.commands = commands;
    this.blobs = blobs;
    this.uploads = uploads;
    this.evidence = evidence;
    this.files = files;
    this.visibility = visibility;
    this.directory = directory;
    this.clock = clock;
    this.sizeBytesMax = sizeBytesMax;
  }

  @Put('evidence/:sha256/content')
  @ApiOperation({ summary: 'Hand in the bytes of a file; nothing is recorded yet' })
  @ApiConsumes(...mediaTypes)
  @ApiBody({
    description:
      'The raw bytes, not a form. At most LEDGER_EVIDENCE_BYTES_MAX bytes (5 GiB unless set)',
    schema: { type: 'string', format: 'binary' },
  })
  @ApiCreatedResponse({ description: 'Kept durably', type: ContentBody })
  @ApiOkResponse({ description: 'Your agency had handed it in already', type: ContentBody })
  async put(
    @Param() path: EvidencePath,
    @CurrentPerson() person: PersonId,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { acting } = await this.directory.actingPerson(person, this.clock.today());
    // Before the first byte is taken: disk space is for those who could deposit the file.
    if (!mayDepositAny(acting)) throw refuseRequest('access/role-needed', { roles: depositing });
    const declaredType = request.headers['content-type'];
    if (declaredType === undefined) {
      throw refuseEvidence('evidence/type-mismatch', { declared: null, accepted: mediaTypes });
    }
    if (/^multipart\//i.test(declaredType)) throw refuseRequest('request/form-sent');
    const length = request.headers['content-length'];
    const content: ContentRequest = {
      digest: digestIn(path),
      declaredType,
      declaredBytes: length === undefined ? null : (parseCount(length) ?? null),
      content: uploadContent(request.body),
      sizeBytesMax: this.sizeBytesMax,
    };
    const { digest, sizeBytes, mediaType, alreadyThere } = await this.receive(content, acting);
    void reply.status(alreadyThere ? 200 : 201);
    return { digest, sizeBytes, mediaType };
  }

  @Get('evidence/:sha256/content')
  @ApiOperation({ summary: 'The file, hashed again on its way; cut off where it does not match' })
  @ApiOkResponse({ description: 'The bytes', content: contentOfEveryType })
  async content(
    @Param() path: EvidencePath,
    @CurrentPerson() person: PersonId,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const evidence = digestIn(path);
    const state = await this.files.find(await this.visibility.reader(person), evidence);
    if (state === null) throw refuseEvidence('evidence/unknown', { evidence });
    const { sizeBytes, content } = await this.open(evidence, request.method).catch(
      (error: unknown) => {
        throw asRefusal(error);
      },
    );
    const stream = Readable.from(content, { objectMode: false });
    // Changed bytes end as an error of the stream: the line is cut, no reader takes it for whole.
    stream.once('error', () => reply.raw.destroy());
    await reply
      .type(state.mediaType)
      .headers({
        'content-length': String(sizeBytes),
        'content-disposition': `attachment; filename="${fileName(evidence, state.mediaType)}"`,
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        etag: `"${bareHex(evidence)}"`,
      })
      .send(stream);
  }

  @Post('evidence/:sha256/deposits')
  @Records('Deposit a file that was handed in, as a document (officer)', 'new')
  deposit(@Param() path: EvidencePath, @Body() body: DepositRequest, @CurrentAct() act: Act) {
    // Whether it fits would tell that another agency's deposit is there, and how often it changed.
    if (act.ifMatch !== null) throw refuseRequest('request/if-match-unwanted');
    return this.decide(path, act, { type: 'deposit', evidence: digestIn(path), ...body });
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

  @Post('evidence/:sha256/grants')
  @Records('Let other agencies, or the parties of a round, read and cite the file')
  grant(@Param() path: EvidencePath, @Body() body: GrantAccessRequest, @CurrentAct() act: Act) {
    return this.decide(path, act, { type: 'grant-access', ...body });
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

  /**
   * What somebody may read already is compared with what is kept, within the limits of uploads;
   * anything else waits as their agency's upload, as if nobody had ever handed it in: an answer must
   * not tell that others did.
   */
  private async receive(content: ContentRequest, acting: ActingPerson): Promise<ReceivedContent> {
    const known = await this.evidence.lookUp(content.digest);
    const deposits = known?.state.deposits ?? [];
    return readableDeposit(deposits, { acting, round: null }) === undefined
      ? this.uploads.receive(acting.agency, content)
      : this.uploads.compare(acting.agency, content);
  }

  /** The file to be sent; for HEAD without its bytes, which would be read only to be dropped. */
  private async open(
    evidence: Digest,
    method: string,
  ): Promise<Pick<BlobReading, 'sizeBytes' | 'content'>> {
    if (method !== 'HEAD') return this.blobs.open(evidence);
    const there = await this.blobs.stat(evidence);
    if (there === undefined) throw new BlobMissing(evidence);
    return { sizeBytes: there.sizeBytes, content: Readable.from([]) };
  }

  private async decide(path: EvidencePath, act: Act, command: EvidenceCommand): Promise<Receipt> {
    return await this.commands.execute(
      `evidence-${bareHex(digestIn(path))}`,
      act,
      new DecideEvidence(digestIn(path), envelope(act, command)),
    );
  }
}
