import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EntryReaders, Public } from '../access/policy.ts';
import { LedgerFolder } from '../configuration/ledger-folder.ts';
import { refuseRequest } from '../http/refusals.ts';
import { answeringTiles } from './answering-tiles.ts';
import { LedgerLog } from './ledger-log.ts';

const plainText = 'text/plain; charset=utf-8';
const octets = 'application/octet-stream';
const textContent = { 'text/plain': { schema: { type: 'string' } } };
const binaryContent = { [octets]: { schema: { type: 'string', format: 'binary' } } };
const tileName = {
  name: 'path',
  description:
    'Index in groups of three digits, all but the last after an x; .p/W for a partial one',
  schema: { type: 'string', example: '000' },
};

/** A checkpoint is replaced within two seconds of an act, so it is not believed for longer. */
const checkpointCache = 'public, max-age=2';
/** A tile of one width never changes. */
const forEver = 'max-age=31536000, immutable';

/**
 * The transparency log in the form that C2SP tools read (c2sp.org/tlog-tiles), at the root of the
 * server and without an account: an auditor needs nobody's leave to keep a copy.
 */
@ApiTags('log')
@Controller('log')
export class LogController {
  private readonly log: LedgerLog;
  private readonly folder: LedgerFolder;

  constructor(log: LedgerLog, folder: LedgerFolder) {
    this.log = log;
    this.folder = folder;
  }

  @Get('checkpoint')
  @Public()
  @ApiOperation({ summary: 'The newest checkpoint that meets the witness policy: a signed note' })
  @ApiOkResponse({
    description: 'c2sp.org/tlog-checkpoint; 404 log/not-yet-published until the first quorum',
    content: textContent,
  })
  async checkpoint(@Res() reply: FastifyReply): Promise<void> {
    const bytes = await answeringTiles(this.log.checkpoint());
    // Clients of c2sp.org/tlog-tiles take 404 for a log that has none; a person is told why.
    if (bytes === undefined) throw refuseRequest('log/not-yet-published', { retryAfterSeconds: 2 });
    await reply.headers({ 'cache-control': checkpointCache }).type(plainText).send(toBuffer(bytes));
  }

  @Get('log.vkey')
  @Public()
  @ApiOperation({ summary: 'The verifier key of the log; compare it with one you had otherwise' })
  @ApiOkResponse({ description: 'c2sp.org/signed-note, one line', content: textContent })
  async key(@Res() reply: FastifyReply): Promise<void> {
    await reply.headers({ 'cache-control': 'no-cache' }).type(plainText).send(`${this.log.key}\n`);
  }

  @Get('policy')
  @Public()
  @ApiOperation({ summary: 'Whose signatures a checkpoint of this log must bear' })
  @ApiOkResponse({ description: 'c2sp.org/tlog-policy', content: textContent })
  async policy(@Res() reply: FastifyReply): Promise<void> {
    await reply.headers({ 'cache-control': 'no-cache' }).type(plainText).send(this.log.policyText);
  }

  @Get('tile/entries/*')
  @EntryReaders()
  @ApiOperation({
    summary: 'Entries in bundles of 256; with a token where the ledger was not opened as public',
  })
  @ApiParam(tileName)
  @ApiOkResponse({ description: 'uint16 length and entry, each', content: binaryContent })
  async entries(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const whose = this.folder.identity.entriesPublic ? 'public' : 'private';
    await this.send(request, reply, `${whose}, ${forEver}`);
  }

  @Get('tile/:level/*')
  @Public()
  @ApiOperation({ summary: 'Hashes of the tree, 256 of 32 bytes in a tile, eight levels apart' })
  @ApiParam({ name: 'level', schema: { type: 'string', example: '0' } })
  @ApiParam(tileName)
  @ApiOkResponse({ description: 'The hashes', content: binaryContent })
  async tile(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.send(request, reply, `public, ${forEver}`);
  }

  /** By the address as it was sent: each tile has one spelling, and any other is not there. */
  private async send(request: FastifyRequest, reply: FastifyReply, cache: string): Promise<void> {
    const path = (request.url.split('?')[0] ?? '').replace(/^\/log\//, '');
    // No tile's address has an escape in it, or could be so long: it is not there.
    if (path.includes('%') || path.length > 200) throw refuseRequest('request/not-found');
    const bytes = await answeringTiles(this.log.object(path));
    if (bytes === undefined) throw refuseRequest('request/not-found');
    await reply.headers({ 'cache-control': cache }).type(octets).send(toBuffer(bytes));
  }
}

/** As the framework takes bytes; nothing is copied. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
