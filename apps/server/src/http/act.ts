import { applyDecorators, createParamDecorator, HttpCode, UseInterceptors } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { canonicalJson, commandIdOf, digestOf } from '#kernel';
import type { Envelope } from '#event-store';
import { headerForms, readIdempotencyKey, readIfMatch } from './headers.ts';
import { ReceiptBody, ReceiptInterceptor } from './receipt.interceptor.ts';
import { refuseRequest } from './refusals.ts';
import { notesOf } from './request-notes.ts';

/** A write as this person's one act: everything of an envelope but the command. */
export type Act = Omit<Envelope<never>, 'command'> & {
  /** Path and query as sent: whether it names the thing acted on. */
  readonly path: string;
};

/** The act of the present request: `@CurrentAct() act: Act`. */
export const CurrentAct = createParamDecorator((_: unknown, context: ExecutionContext): Act =>
  actOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

export function envelope<Command>(
  { path: _path, ...act }: Act,
  command: Command,
): Envelope<Command> {
  return { ...act, command };
}

/**
 * CONTRACTS 4: person, method, path and Idempotency-Key name the command; the digest of the request
 * tells whether it is the same one again. The digest is taken of what was sent, before defaults.
 */
function actOf(request: FastifyRequest): Act {
  const { signedIn } = notesOf(request);
  if (signedIn === null) throw refuseRequest('session/none');
  const key = readIdempotencyKey(request.headers['idempotency-key']);
  const method = request.method;
  const path = request.url;
  return {
    person: signedIn.person,
    commandId: commandIdOf(signedIn.person, method, path, key),
    requestDigest: digestOf(canonicalJson({ method, path, body: request.body ?? null })),
    ifMatch: readIfMatch(request.headers['if-match']),
    correlationId: request.id,
    causationId: null,
    path,
  };
}

const revisionHeader = {
  schema: { type: 'string', pattern: headerForms.revision, example: '"3"' },
} as const;
const ifMatch = {
  existing: { required: true, description: 'The revision that was read: "3"' },
  either: { required: false, description: 'Needed once there is something: the revision read' },
};

/**
 * A route that records: 201 with the receipt, and with whatever else `answer` has. `on` says what
 * it acts on: something new, something that exists and needs If-Match, or either.
 */
export function Records(
  summary: string,
  on: 'new' | 'existing' | 'either' = 'existing',
  answer: typeof ReceiptBody = ReceiptBody,
): MethodDecorator {
  return applyDecorators(
    HttpCode(201),
    UseInterceptors(ReceiptInterceptor),
    ApiOperation({ summary }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description:
        '1 to 255 visible ASCII characters; the same request again gives the first answer',
      schema: { type: 'string', pattern: headerForms.idempotencyKey },
    }),
    ...(on === 'new' ? [] : [ApiHeader({ name: 'If-Match', ...revisionHeader, ...ifMatch[on] })]),
    ApiCreatedResponse({
      description: 'Recorded durably; the receipt proves it',
      type: answer,
      headers: {
        ETag: { description: 'The stream revision', required: true, ...revisionHeader },
        Link: {
          description: 'Where the proof of the act will be, within seconds: rel="describedby"',
          required: true,
          schema: { type: 'string' },
        },
        'Ledger-Position': {
          description: 'Send it with a read to see at least this',
          schema: { type: 'string', pattern: headerForms.ledgerPosition },
        },
      },
    }),
  );
}
