import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { RefusalCatalogue } from '#kernel';
import { Public } from '../access/policy.ts';
import { Field } from '../http/fields.ts';
import { languageOf } from '../http/language.ts';
import { statusOf } from '../http/problem.ts';
import { refuseRequest } from '../http/refusals.ts';
import { line } from '../http/shapes.ts';
import { refusalCatalogue } from '../tokens.ts';

export class ProblemPath {
  @Field(line(100)) context: string;
  @Field(line(100)) reason: string;
}

/** Where the `type` of a problem leads: its meaning, in both languages (RFC 9457 section 3.1.1). */
@ApiTags('problems')
@Public()
@Controller('problems')
export class ProblemsController {
  private readonly catalogue: RefusalCatalogue;

  constructor(@Inject(refusalCatalogue) catalogue: RefusalCatalogue) {
    this.catalogue = catalogue;
  }

  @Get()
  @ApiOperation({ summary: 'Every problem there is' })
  @ApiOkResponse({ description: '{items: [{type, code, status, vi, en}]}' })
  list() {
    return {
      items: Object.keys(this.catalogue)
        .sort()
        .map((code) => this.described(code)),
    };
  }

  @Get(':context/:reason')
  @ApiOperation({ summary: 'What a problem means' })
  @ApiOkResponse({ description: '{type, code, status, title, vi, en}' })
  one(
    @Param() { context, reason }: ProblemPath,
    @Headers('accept-language') acceptLanguage: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const language = languageOf(acceptLanguage);
    const described = this.described(`${context}/${reason}`);
    void reply.headers({ 'content-language': language, 'vary': 'accept-language' });
    return { ...described, title: described[language] };
  }

  private described(code: string) {
    const text = Object.hasOwn(this.catalogue, code) ? this.catalogue[code] : undefined;
    if (text === undefined) throw refuseRequest('request/no-route');
    return {
      type: `/problems/${code}`,
      code,
      status: statusOf(code, text),
      vi: text.vi,
      en: text.en,
    };
  }
}
