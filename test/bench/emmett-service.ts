import {
  getPostgreSQLEventStore,
  pongoSingleStreamProjection,
} from '@event-driven-io/emmett-postgresql';
import type { Event, ReadEvent } from '@event-driven-io/emmett';
import Fastify from 'fastify';
import { createHash, randomUUID } from 'node:crypto';
import { jsonText, systemClock } from '#kernel';

/**
 * What a TypeScript developer would build in an afternoon instead: figures handed in over HTTP, on
 * Emmett with PostgreSQL, its inline projection keeping one document a figure in the transaction of
 * the append. It does of a submission what every such service does: who is it, is the body in form,
 * is the figure new, append, answer a receipt. It knows no rounds, no duties of offices, no due
 * dates, no evidence and no digests of entries, so it has less to do than the ledger.
 */
type Submitted = Event<'figure.submitted.v1', FigureSubmitted>;
export type FigureSubmitted = {
  readonly figure: string;
  readonly statement: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** One document a figure, as our own table of figures keeps one row. */
export const figures = pongoSingleStreamProjection<FigureDocument, Submitted>({
  collectionName: 'figures',
  canHandle: ['figure.submitted.v1'],
  evolve: (before: FigureDocument | null, { data }: ReadEvent<Submitted>) => ({
    figure: data.figure,
    status: 'submitted',
    versions: (before?.versions ?? 0) + 1,
    statement: data.statement,
  }),
});
type FigureDocument = {
  readonly figure: string;
  readonly status: string;
  readonly versions: number;
  readonly statement: Readonly<Record<string, unknown>>;
};

const text = { type: 'string', minLength: 1, maxLength: 4_000 } as const;
const textOrNull = { ...text, type: ['string', 'null'] } as const;
const submission = {
  type: 'object',
  additionalProperties: false,
  required: ['status', 'values', 'asOf', 'evidence', 'builtFrom'],
  properties: {
    status: { enum: ['A', 'P', 'M'] },
    values: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['component', 'value'],
        properties: {
          component: text,
          value: { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]+)?$' },
        },
      },
    },
    asOf: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' },
    method: textOrNull,
    evidence: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          evidence: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
          reference: textOrNull,
          component: textOrNull,
          page: { type: ['integer', 'null'] },
        },
      },
    },
    note: textOrNull,
    paper: { type: ['object', 'null'] },
    builtFrom: { type: 'array', items: text },
  },
} as const;

/** The rest of what the ledger's event of a submission carries, so that both store equally much. */
function metadataFor(person: string, key: string, body: unknown): Record<string, unknown> {
  return {
    actor: {
      person,
      agency: 'son_la.so_tc',
      unit: 'son_la.so_tc',
      role: 'officer',
      actingFor: null,
    },
    commandId: key,
    requestDigest: `sha256:${createHash('sha256').update(jsonText(body)).digest('hex')}`,
    correlationId: randomUUID(),
    causationId: null,
    recordedAt: systemClock.now(),
    software: 'emmett-service 1',
    basis: [person, 'round', 'framework', 'evidence'].map((stream) => ({ stream, revision: 3 })),
    definition: { framework: 'qd1969', edition: '2026', revision: 1 },
    due: { lastDay: null, kind: 'none', handedInOn: '2026-09-15', late: false },
  };
}

/** Serves until it is told to end; prints where, as the ledger does. */
export async function serveFigures(connectionString: string, token: string): Promise<void> {
  const store = getPostgreSQLEventStore(connectionString, {
    projections: [{ type: 'inline', projection: figures }],
  });
  await store.schema.migrate();
  const sessions = new Map([[token, randomUUID()]]);
  const server = Fastify();
  server.post<{ Params: { figure: string }; Body: Record<string, unknown> }>(
    '/api/v1/figures/:figure/submissions',
    { schema: { body: submission } },
    async ({ headers, params: { figure }, body }, reply) => {
      const person = sessions.get((headers.authorization ?? '').slice('Bearer '.length));
      if (person === undefined) return reply.code(401).send({ code: 'session/none' });
      const key = headers['idempotency-key'];
      if (typeof key !== 'string') return reply.code(400).send({ code: 'no-idempotency-key' });
      const metadata = metadataFor(person, key, body);
      const event: Submitted = {
        type: 'figure.submitted.v1',
        data: { figure, statement: body, metadata },
      };
      const { nextExpectedStreamVersion } = await store.appendToStream(
        `figure-${figure}`,
        [event],
        {
          expectedStreamVersion: 'STREAM_DOES_NOT_EXIST',
        },
      );
      const revision = String(nextExpectedStreamVersion);
      return reply
        .code(201)
        .header('etag', `"${revision}"`)
        .send({ figure, revision, ...metadata });
    },
  );
  process.once('SIGTERM', () => {
    void server.close().then(() => store.close());
  });
  process.stdout.write(`Listening on ${await server.listen({ port: 0, host: '127.0.0.1' })}\n`);
}

if (import.meta.main) {
  const { LEDGER_TEST_POSTGRES_URL: url, EMMETT_TOKEN: token } = process.env;
  if (url === undefined || token === undefined) throw new Error('told neither where nor for whom');
  await serveFigures(url, token);
}
