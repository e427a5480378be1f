import type { OpenAPIObject } from '@nestjs/swagger';
import { bodyExamples } from './open-api-examples.ts';

/**
 * What the library cannot say of the schemas: the form of a problem, that requests are closed, and
 * all of it in the words of JSON Schema.
 */
export type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

export const problemSchema = {
  type: 'object',
  description: 'RFC 9457; what the rule saw stands in facts, and `same` beside it',
  additionalProperties: true,
  required: ['type', 'title', 'status', 'code', 'traceId'],
  properties: {
    type: {
      type: 'string',
      format: 'uri-reference',
      pattern: '^/problems/[a-z-]+/[a-z-]+$',
      description: 'Leads to what it means',
    },
    title: { type: 'string', description: 'In the language of Accept-Language, vi or en' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string' },
    code: { type: 'string', pattern: '^[a-z-]+/[a-z-]+$', examples: ['command/stale'] },
    errors: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['pointer', 'code'],
        additionalProperties: false,
        properties: {
          pointer: { type: 'string', format: 'json-pointer' },
          expected: { type: 'string', description: 'Left out where the title says it' },
          code: { type: 'string' },
        },
      },
    },
    present: {
      type: 'object',
      additionalProperties: true,
      required: ['revision'],
      properties: { revision: { type: ['integer', 'null'] } },
    },
    facts: {
      type: 'object',
      description: 'What the rule saw: dates, revisions, who is missing. Never names of people',
      additionalProperties: true,
    },
    traceId: { type: 'string', format: 'uuid' },
  },
} as const;

export function addExamples(schemas: Schemas): void {
  for (const [name, example] of Object.entries(bodyExamples)) {
    const schema = schemas[name];
    // A renamed class must not leave its example behind unseen.
    if (schema === undefined) throw new TypeError(`no request is called ${name}`);
    Object.assign(schema, { examples: [example] });
  }
}

/** Members that a request does not have are refused, not dropped; so its schema is closed. */
export function closeRequests(document: OpenAPIObject): void {
  const schemas = document.components?.schemas ?? {};
  const bodies = Object.values(document.paths).flatMap((item) =>
    Object.values(item as Record<string, { requestBody?: unknown }>).map(
      ({ requestBody }) => requestBody,
    ),
  );
  const closed = new Set<string>();
  const close = (node: unknown): void => {
    for (const name of namesIn(node)) {
      if (closed.has(name)) continue;
      closed.add(name);
      Object.assign(schemas[name] ?? {}, { additionalProperties: false });
      close(schemas[name]);
    }
  };
  close(bodies);
}

function namesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, member]) =>
    key === '$ref' && typeof member === 'string'
      ? [member.replace('#/components/schemas/', '')]
      : namesIn(member),
  );
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
