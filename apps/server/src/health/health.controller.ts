import { Controller, Get, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/policy.ts';
import { Readiness } from './readiness.ts';

const liveSchema = {
  type: 'object',
  required: ['live'],
  properties: { live: { type: 'boolean' } },
};

const reportSchema = {
  type: 'object',
  required: ['ready', 'parts'],
  properties: {
    ready: { type: 'boolean' },
    parts: { type: 'array', items: { type: 'object', additionalProperties: true } },
  },
};

/** For whoever watches the server. Says which part is not well, never where it is. */
@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  private readonly readiness: Readiness;

  constructor(readiness: Readiness) {
    this.readiness = readiness;
  }

  @Get('live')
  @ApiOperation({ summary: 'The process answers' })
  @ApiOkResponse({ description: 'Alive', schema: liveSchema })
  live(@Res({ passthrough: true }) reply: FastifyReply) {
    void reply.header('cache-control', 'no-store');
    return { live: true };
  }

  @Get('ready')
  @ApiOperation({ summary: 'A write would be recorded, a read would be up to date' })
  @ApiOkResponse({ description: 'Every part is well', schema: reportSchema })
  @ApiServiceUnavailableResponse({
    description: 'A part is not well; each says why',
    schema: reportSchema,
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const report = await this.readiness.report();
    void reply.status(report.ready ? 200 : 503).header('cache-control', 'no-store');
    return report;
  }
}
