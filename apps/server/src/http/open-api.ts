import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { jsonText } from '#kernel';
import { addProblems } from './open-api-problems.ts';
import { addExamples, closeRequests, inWordsOf31, problemSchema } from './open-api-schemas.ts';
import { Prepared } from './prepared.ts';

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
  const prepared = new Prepared(jsonText(document));
  // The library would write half a megabyte of JSON anew for everybody who asks.
  app
    .getHttpAdapter()
    .get('/openapi.json', async (request: FastifyRequest, reply: FastifyReply) => {
      await reply.type('application/json').send(prepared.answer(request, reply));
    });
  SwaggerModule.setup('docs', app, document, { raw: false, customSiteTitle: 'MinhChung API' });
  return document;
}

const documentationPage = /^\/docs(?:\/|\/index\.html)?(?:\?|$)/;
const documentationScript = /^\/docs(?:\/docs)?\/swagger-ui-init\.js(?:\?|$)/;

type DocumentationPage = { readonly prepared: Prepared; readonly styles: string };

/**
 * What the library makes of the document, made ready once. The page that comes with it has two style
 * blocks and one style attribute in it. The policy stays strict: the blocks are allowed by their
 * digests, the attribute becomes attributes.
 */
export function prepareDocumentation(server: FastifyInstance): void {
  // By the text: the library keeps the few that there are, and gives the same each time.
  const pages = new Map<string, DocumentationPage>();
  const scripts = new Map<string, Prepared>();
  server.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || reply.statusCode !== 200) return payload;
    if (documentationScript.test(request.url)) {
      const script = scripts.get(payload) ?? new Prepared(payload);
      scripts.set(payload, script);
      return script.answer(request, reply);
    }
    if (!documentationPage.test(request.url)) return payload;
    const page = pages.get(payload) ?? pageOf(payload);
    pages.set(payload, page);
    const policy = String(reply.getHeader('content-security-policy'));
    void reply.header(
      'content-security-policy',
      policy.replace("style-src 'self'", `style-src 'self' ${page.styles}`),
    );
    return page.prepared.answer(request, reply);
  });
}

function pageOf(text: string): DocumentationPage {
  const page = text.replace('style="position:absolute;width:0;height:0"', 'width="0" height="0"');
  const digests = [...page.matchAll(/<style>([^<]*)<\/style>/g)].map(
    ([, style = '']) => `'sha256-${createHash('sha256').update(style, 'utf8').digest('base64')}'`,
  );
  return { prepared: new Prepared(page), styles: digests.join(' ') };
}
