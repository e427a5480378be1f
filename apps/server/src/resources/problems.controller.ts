import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { RefusalCatalogue } from '#kernel';
import { Public } from '../access/policy.ts';
import { Field } from '../http/fields.ts';
import { languageOf } from '../http/language.ts';
import { nextSteps } from '../http/next-steps.ts';
import { statusOf } from '../http/problem.ts';
import { refuseRequest } from '../http/refusals.ts';
import { problemWord } from '../http/shapes.ts';
import { refusalCatalogue } from '../tokens.ts';

export class ProblemPath {
  @Field(problemWord) context: string;
  @Field(problemWord) reason: string;
}

class NextStep {
  @ApiProperty() vi: string;
  @ApiProperty() en: string;
}

export class DescribedProblem {
  @ApiProperty({ example: '/problems/command/stale' }) type: string;
  @ApiProperty({ example: 'command/stale' }) code: string;
  @ApiProperty({ example: 'stale', description: 'What sort of no it is; decides the status' })
  kind: string;
  @ApiProperty({ type: 'integer', example: 412 }) status: number;
  @ApiProperty({ description: 'What it means, in Vietnamese' }) vi: string;
  @ApiProperty({ description: 'What it means, in English' }) en: string;
  @ApiProperty({ type: () => NextStep, description: 'What to do next' }) next: NextStep;
  @ApiProperty({ required: false, description: 'In the language of Accept-Language' })
  title?: string;
}

/** Where the `type` of a problem leads: its meaning, in both languages (RFC 9457 section 3.1.1). */
@ApiTags('problems')
@ApiExtraModels(DescribedProblem)
@Public()
@Controller('problems')
export class ProblemsController {
  private readonly catalogue: RefusalCatalogue;

  constructor(@Inject(refusalCatalogue) catalogue: RefusalCatalogue) {
    this.catalogue = catalogue;
  }

  @Get()
  @ApiOperation({ summary: 'Every problem there is' })
  @ApiOkResponse({
    description: 'In the order of their codes',
    schema: {
      type: 'object',
      required: ['items'],
      properties: { items: { type: 'array', items: { $ref: getSchemaPath(DescribedProblem) } } },
    },
  })
  list() {
    return {
      items: Object.keys(this.catalogue)
        .sort()
        .map((code) => this.described(code)),
    };
  }

  @Get(':context/:reason')
  @ApiOperation({ summary: 'What a problem means' })
  @ApiOkResponse({ description: 'In both languages', type: DescribedProblem })
  one(
    @Param() { context, reason }: ProblemPath,
    @Headers('accept-language') acceptLanguage: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const language = languageOf(acceptLanguage);
    const described = this.described(`${context}/${reason}`);
    void reply.headers({ 'content-language': language, vary: 'accept-language' });
    return { ...described, title: described[language] };
  }

  private described(code: string): DescribedProblem {
    const text = Object.hasOwn(this.catalogue, code) ? this.catalogue[code] : undefined;
    if (text === undefined) throw refuseRequest('request/no-route');
    return {
      type: `/problems/${code}`,
      code,
      kind: text.kind,
      status: statusOf(code, text),
      vi: text.vi,
      en: text.en,
      next: nextSteps[text.kind],
    };
  }
}
