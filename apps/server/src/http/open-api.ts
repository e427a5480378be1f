import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { addProblems } from './open-api-problems.ts';
import { addExamples, closeRequests, inWordsOf31, problemSchema } from './open-api-schemas.ts';

const introduction = [
  'Sổ cái minh chứng số liệu khoa học, công nghệ và đổi mới sáng tạo của tỉnh.',
  '',
  'Text is Unicode in normalisation form C, decimals are strings, JSON numbers are whole and below',
  '2^53; a text holds no character that nobody sees or that turns the line round. What is written',
  'otherwise is refused, never repaired.',
  '',
  'What answers GET answers HEAD with the same status and headers, though none is listed here.',
].join('\n');

/** /openapi.json and /docs. The page is built from the same document and needs no other host. */
export function describeApi(app: NestFastifyApplication, version: string): OpenAPIObject {
  const configuration = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('MinhChung')
    .setDescription(introduction)
    .setVersion(version)
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'opaque',
      description: 'The token that POST /api/v1/sessions answered',
    })
    .build();
  const document = SwaggerModule.createDocument(app, configuration);
  document.components ??= {};
  document.components.schemas = {
    ...document.components.schemas,
    Problem: problemSchema as object,
  };
  addProblems(document);
  closeRequests(document);
  addExamples(document.components.schemas);
  inWordsOf31(document);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'MinhChung API',
  });
  return document;
}

/**
 * The page that comes with the library has two style blocks and one style attribute in it. The
 * policy stays strict: the blocks are allowed by their digests, the attribute becomes attributes.
 */
export function allowDocumentationStyles(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply, payload) => {
    const isPage = /^\/docs(?:\/|\/index\.html)?(?:\?|$)/.test(request.url);
    if (!isPage || typeof payload !== 'string') return payload;
    const page = payload.replace(
      'style="position:absolute;width:0;height:0"',
      'width="0" height="0"',
    );
    const digests = [...page.matchAll(/<style>([^<]*)<\/style>/g)].map(
      ([, style = '']) => `'sha256-${createHash('sha256').update(style, 'utf8').digest('base64')}'`,
    );
    const policy = String(reply.getHeader('content-security-policy'));
    void reply.header(
      'content-security-policy',
      policy.replace("style-src 'self'", ["style-src 'self'", ...digests].join(' ')),
    );
    return page;
  });
}
