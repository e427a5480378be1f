import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseCount } from '#kernel';
import type { AnsweredAsOf } from '#read-models';
import { headerForms } from './headers.ts';
import { refuseRequest } from './refusals.ts';

/** A read: answers `{data, asOf}` or `{items, nextCursor, asOf}`; waits for Ledger-Position. */
export function Reads(summary: string, description: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiHeader({
      name: 'Ledger-Position',
      required: false,
      description: 'As a write answered it: waits up to 2 s until the answer contains that write',
      schema: { type: 'string', pattern: headerForms.ledgerPosition },
    }),
    ApiOkResponse({
      description,
      schema: envelopeSchema(summary, description),
      headers: {
        ETag: {
          description: 'The stream revision, where one thing is read',
          schema: { type: 'string', pattern: headerForms.revision },
        },
      },
    }),
  );
}

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type SchemaObject = Exclude<Schemas[string], { readonly $ref: string }>;

const asOfSchema: SchemaObject = {
  type: 'object',
  description: 'The moment the answer stands for: asked for later, it answers the same again',
  required: ['leafIndex', 'at'],
  properties: {
    leafIndex: { type: 'integer', nullable: true, description: 'Last leaf of the log counted in' },
    at: { type: 'string', format: 'date-time', nullable: true },
  },
};

/** The frame of an answer, told from its short form `{items, …}` or `{data, …}`. */
function envelopeSchema(summary: string, short: string): SchemaObject {
  const thing = { type: 'object', description: summary, additionalProperties: true };
  const isPage = short.startsWith('{items');
  const properties: Record<string, SchemaObject> = isPage
    ? {
        items: { type: 'array', items: thing },
        nextCursor: {
          type: 'string',
          nullable: true,
          description: 'Send it back as cursor; null on the last page',
        },
        asOf: asOfSchema,
      }
    : { data: thing, asOf: asOfSchema };
  if (short.endsWith('from, to}')) Object.assign(properties, { from: asOfSchema, to: asOfSchema });
  return { type: 'object', required: Object.keys(properties), properties };
}

/** One thing with its revision as ETag; 404 where there is none, or none for this reader. */
export function one<Data extends object>(
  reply: FastifyReply,
  { data, asOf }: { readonly data: Data | null; readonly asOf: AnsweredAsOf },
  revision: (data: Data) => number | null,
): { readonly data: Data; readonly asOf: AnsweredAsOf } {
  if (data === null) throw refuseRequest('request/not-found');
  const known = revision(data);
  if (known !== null && known >= 0) void reply.header('etag', `"${known}"`);
  return { data, asOf };
}

export type PageRequest = { readonly limit?: string; readonly cursor?: string };

/** 50 unless asked for; what was asked for was checked to be 1 to 200. */
export function limitOf({ limit }: PageRequest): number {
  return limit === undefined ? 50 : (parseCount(limit) ?? 50);
}

/** Cursors leave the house in one opaque form, whatever they are inside. */
export function closedCursor(cursor: string | null): string | null {
  return cursor === null ? null : Buffer.from(cursor, 'utf8').toString('base64url');
}

/**
 * What a list has given, opened again. `isOfThisList` knows the form of the list's own cursors: one
 * of another list, or a made-up one, must not be taken for a place in this one.
 */
export function openCursor(
  { cursor }: PageRequest,
  isOfThisList: (opened: string) => boolean,
): string | undefined {
  if (cursor === undefined) return undefined;
  const opened = Buffer.from(cursor, 'base64url').toString('utf8');
  // Only the form that was given is taken back.
  if (opened === '' || closedCursor(opened) !== cursor || !isOfThisList(opened)) {
    throw refuseRequest('request/bad-cursor', { pointer: '/cursor' });
  }
  return opened;
}

/**
 * A page of a list that is small enough to be read whole: a round has some fifty figures, a
 * province some hundred agencies. The cursor names the last item, which is found again by its key.
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  request: PageRequest,
  asOf: AnsweredAsOf,
): {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly asOf: AnsweredAsOf;
} {
  const keys = request.cursor === undefined ? [] : items.map(keyOf);
  const after = openCursor(request, (key) => keys.includes(key));
  const start = after === undefined ? 0 : keys.indexOf(after) + 1;
  const limit = limitOf(request);
  const shown = items.slice(start, start + limit);
  const last = shown.at(-1);
  const isMore = start + limit < items.length && last !== undefined;
  return { items: shown, nextCursor: isMore ? closedCursor(keyOf(last)) : null, asOf };
}
