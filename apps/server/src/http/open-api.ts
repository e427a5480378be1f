import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { bodyExamples } from './open-api-examples.ts';

type Operation = {
  responses: Record<string, unknown>;
  security?: readonly Record<string, unknown>[];
  parameters?: readonly { readonly in: string; readonly name: string }[];
  requestBody?: unknown;
};

const methods = ['get', 'put', 'post', 'delete'] as const;

const problemSchema = {
  type: 'object',
  description: 'RFC 9457; what the rule saw stands in facts, and `same` beside it',
  additionalProperties: true,
  required: ['type', 'title', 'status', 'code', 'traceId'],
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'Leads to what it means' },
    title: { type: 'string', description: 'In the language of Accept-Language, vi or en' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', examples: ['command/stale'] },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'expected', 'code'],
        properties: {
          pointer: { type: 'string', format: 'json-pointer' },
          expected: { type: 'string' },
          code: { type: 'string' },
        },
      },
    },
    present: {
      type: 'object',
      additionalProperties: true,
      properties: { revision: { type: ['integer', 'null'] } },
    },
    facts: {
      type: 'object',
      description: 'What the rule saw: dates, revisions, who is missing. Never names of people',
      additionalProperties: true,
    },
    traceId: { type: 'string', format: 'uuid' },
  },
};

/** Words for statuses; which operation can answer which, follows from its shape. */
const problemTexts: Readonly<Record<string, string>> = {
  '400': 'The request cannot be read',
  '401': 'No valid session',
  '403': 'Role, agency or separation of duties',
  '404': 'Not there, or not for this reader',
  '409': 'A rule in the present state, or the same command is in flight',
  '412': 'Somebody else acted in between; the present state is in the body',
  '413': 'Too large',
  '415': 'Not a media type that is taken here',
  '422': 'Read, but makes no sense; or the key was used for another request',
  '428': 'If-Match is missing',
  '429': 'Too many attempts; Retry-After says when',
  '500': 'A mistake of the ledger',
  '503': 'A part is away; Retry-After says when',
  '507': 'A store is full',
};

/** /openapi.json and /docs. The page is built from the same document and needs no other host. */
export function describeApi(app: NestFastifyApplication, version: string): OpenAPIObject {
  const configuration = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('MinhChung')
    .setDescription('Sổ cái minh chứng số liệu khoa học, công nghệ và đổi mới sáng tạo của tỉnh')
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
  for (const item of Object.values(document.paths)) {
    for (const method of methods) {
      const operation = item[method] as Operation | undefined;
      if (operation) addProblems(operation, method);
    }
  }
  addExamples(document.components.schemas);
  inWordsOf31(document);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'MinhChung API',
  });
  return document;
}

function addExamples(schemas: Record<string, object>): void {
  for (const [name, example] of Object.entries(bodyExamples)) {
    const schema = schemas[name];
    // A renamed class must not leave its example behind unseen.
    if (schema === undefined) throw new TypeError(`no request is called ${name}`);
    Object.assign(schema, { examples: [example] });
  }
}

/**
 * OpenAPI 3.1 knows JSON Schema only: `nullable`, which the library still writes, would be ignored
 * by whoever reads the document, and null be taken for a fault.
 */
export function inWordsOf31(node: unknown): void {
  if (Array.isArray(node)) return node.forEach(inWordsOf31);
  if (typeof node !== 'object' || node === null) return;
  const schema = node as Record<string, unknown>;
  Object.values(schema).forEach(inWordsOf31);
  if (schema['nullable'] === undefined) return;
  const isNullable = schema['nullable'] === true;
  delete schema['nullable'];
  if (!isNullable) return;
  const { type, allOf, $ref } = schema;
  if (typeof type === 'string') {
    schema['type'] = [type, 'null'];
    if (Array.isArray(schema['enum'])) schema['enum'] = [...(schema['enum'] as unknown[]), null];
    return;
  }
  const one = Array.isArray(allOf) && allOf.length === 1 ? (allOf[0] as object) : { $ref };
  delete schema['allOf'];
  delete schema['$ref'];
  schema['anyOf'] = [one, { type: 'null' }];
}

function addProblems(operation: Operation, method: (typeof methods)[number]): void {
  const isWrite = method !== 'get';
  const hasHeader = (name: string) =>
    (operation.parameters ?? []).some(
      (parameter) => parameter.in === 'header' && parameter.name === name,
    );
  const isBearer = (operation.security ?? []).some((one) => Object.keys(one).length > 0);
  const statuses = [
    '400',
    '404',
    '500',
    '503',
    ...(isBearer ? ['401', '403'] : []),
    ...(isWrite ? ['409', '413', '415', '422', '507'] : []),
    ...(isWrite && !isBearer ? ['401', '403', '429'] : []),
    ...(hasHeader('If-Match') ? ['412', '428'] : []),
    ...(hasHeader('Idempotency-Key') ? ['412'] : []),
  ];
  for (const status of statuses) {
    operation.responses[status] ??= {
      description: problemTexts[status],
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
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
