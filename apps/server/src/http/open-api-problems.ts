import type { OpenAPIObject } from '@nestjs/swagger';

/**
 * Which operation can answer which problem follows from its shape: what it takes, who may come, and
 * whether it records. What is not listed here is not answered; schemathesis holds the server to it.
 */
type Parameter = { readonly in: string; readonly name: string };
type Operation = {
  responses: Record<string, { content?: unknown; headers?: object }>;
  security?: readonly Record<string, unknown>[];
  parameters?: readonly Parameter[];
  requestBody?: unknown;
};

const methods = ['get', 'put', 'post', 'delete'] as const;

const texts: Readonly<Record<string, string>> = {
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

const retryAfter = {
  'Retry-After': { required: true, schema: { type: 'string', pattern: '^[1-9][0-9]*$' } },
};
const headers: Readonly<Record<string, object>> = {
  '401': { 'WWW-Authenticate': { required: true, schema: { type: 'string' } } },
  '429': retryAfter,
  '503': retryAfter,
  '507': retryAfter,
};

/** Adds to every operation the problems it can answer, and their form to those it names itself. */
export function addProblems({ paths }: OpenAPIObject): void {
  for (const item of Object.values(paths)) {
    for (const method of methods) {
      const operation = item[method] as Operation | undefined;
      if (operation === undefined) continue;
      for (const status of statusesOf(operation, method)) {
        operation.responses[status] ??= { ...describedBy(status), ...headersOf(status) };
      }
      for (const [status, response] of Object.entries(operation.responses)) {
        if (/^[45]/.test(status)) response.content ??= problemContent;
      }
    }
  }
}

const problemContent = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
};

function describedBy(status: string): { readonly description: string } {
  return { description: texts[status] ?? 'Refused' };
}

function headersOf(status: string): { readonly headers?: object } {
  const known = headers[status];
  return known === undefined ? {} : { headers: known };
}

function statusesOf(operation: Operation, method: (typeof methods)[number]): string[] {
  const isWrite = method !== 'get';
  const parameters = operation.parameters ?? [];
  const has = (place: string, name: string) =>
    parameters.some((parameter) => parameter.in === place && parameter.name === name);
  const isBearer = (operation.security ?? []).some((one) => Object.keys(one).length > 0);
  return [
    '400',
    '404',
    '500',
    '503',
    ...(isBearer ? ['401', '403'] : []),
    ...(isWrite ? ['409', '413', '415', '422', '507'] : []),
    ...(isWrite && !isBearer ? ['401', '403', '429'] : []),
    ...(has('header', 'If-Match') ? ['412', '428'] : []),
    ...(has('header', 'Idempotency-Key') ? ['412'] : []),
    ...(has('query', 'cursor') ? ['422'] : []),
  ];
}
