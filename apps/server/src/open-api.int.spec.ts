import type { Type } from '@nestjs/common';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { mediaTypes } from '#evidence';
import { TestLedger } from './http.contract.ts';
import { bodyExamples } from './http/open-api-examples.ts';
import { RequestPipe } from './http/request.pipe.ts';
import { DepositRequest } from './resources/evidence.requests.ts';
import { CorrectFigureRequest, SubmitFigureRequest } from './resources/figure.requests.ts';

/** The document is what programs are generated from: it must be whole, valid and true. */
type Content = Record<string, { schema?: Node }>;
type Node = Record<string, unknown>;
type Operation = {
  operationId: string;
  summary?: string;
  parameters?: { in: string; name: string; required: boolean; schema: Node }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
};

let document: Node;
let operations: { name: string; operation: Operation }[];

beforeAll(async () => {
  const ledger = await TestLedger.start();
  document = (await ledger.get('/openapi.json')).body;
  await ledger.stop();
  const paths = document['paths'] as Record<string, Record<string, Operation>>;
  operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  );
});

function walk(node: unknown, visit: (node: Node, at: string) => void, at = '#'): void {
  if (Array.isArray(node)) node.forEach((item, index) => walk(item, visit, `${at}/${index}`));
  else if (typeof node === 'object' && node !== null) {
    visit(node as Node, at);
    for (const [key, member] of Object.entries(node)) walk(member, visit, `${at}/${key}`);
  }
}

function resolve(reference: string): unknown {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((node, step) => (node as Node | undefined)?.[step], document);
}

function operationAt(name: string): Operation {
  const found = operations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found.operation;
}

describe('the OpenAPI document', () => {
  test('has every schema that it refers to', () => {
    const references: string[] = [];
    walk(document, ({ $ref }) => {
      if (typeof $ref === 'string') references.push($ref);
    });
    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((one) => resolve(one) === undefined)).toStrictEqual([]);
  });

  test('speaks JSON Schema: null is a type, and no keyword of older versions is left', () => {
    const old: string[] = [];
    walk(document, (node, at) => {
      if (node['nullable'] !== undefined) old.push(at);
    });
    expect(old).toStrictEqual([]);
    const { properties } = resolve('#/components/schemas/SubmitFigureRequest') as {
      properties: Record<string, unknown>;
    };
    expect(properties['method']).toMatchObject({ type: ['string', 'null'] });
    expect(properties['paper']).toMatchObject({
      anyOf: [{ $ref: '#/components/schemas/PaperFields' }, { type: 'null' }],
    });
    expect(properties['values']).toMatchObject({
      type: 'array',
      items: { $ref: '#/components/schemas/ValueFields' },
    });
  });

  test('says for every operation what it is, what it takes and what it answers', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const incomplete = operations.filter(({ name, operation }) => {
      const { summary, parameters = [], requestBody, responses } = operation;
      const placeNames = [...name.matchAll(/\{([^}]+)\}/g)].map(([, place]) => place);
      const arePlacesKnown = placeNames.every((place) =>
        parameters.some((one) => one.in === 'path' && one.name === place),
      );
      const isBodyKnown =
        !name.startsWith('post ') || requestBody?.content['application/json'] !== undefined;
      const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      const areAnswersKnown = answers.every(
        ([status, { content }]) => status === '204' || content !== undefined,
      );
      const areProblems = Object.entries(responses)
        .filter(([status]) => /^[45]/.test(status) && !name.endsWith('/health/ready'))
        .every(([, { content }]) => content?.['application/problem+json'] !== undefined);
      const isWhole = summary && arePlacesKnown && isBodyKnown && answers.length > 0;
      return !(isWhole && areAnswersKnown && areProblems);
    });
    expect(incomplete.map(({ name }) => name)).toStrictEqual([]);
  });

  test.each<readonly [string, Type]>([
    ['SubmitFigureRequest', SubmitFigureRequest],
    ['CorrectFigureRequest', CorrectFigureRequest],
    ['DepositRequest', DepositRequest],
  ])('shows a body of %s that is accepted as it stands', async (name, metatype) => {
    const shown = resolve(`#/components/schemas/${name}`) as { examples: unknown[] };
    expect(shown.examples).toStrictEqual([bodyExamples[name]]);
    const read = new RequestPipe().transform(shown.examples[0], { type: 'body', metatype });
    await expect(read).resolves.toBeDefined();
  });

  test('is true about what surprised its first readers', () => {
    const content = '/api/v1/evidence/{sha256}/content';
    const bytes = operationAt(`put ${content}`).requestBody?.content ?? {};
    expect(Object.keys(bytes)).toStrictEqual([...mediaTypes]);
    expect(resolve('#/components/securitySchemes/bearer')).toMatchObject({
      scheme: 'bearer',
      bearerFormat: 'opaque',
    });
    const enrolled = resolve('#/components/schemas/EnrolledBody') as { properties: object };
    expect(Object.keys(enrolled.properties)).toEqual(
      expect.arrayContaining(['eventId', 'person', 'activationCode', 'activationExpiresAt']),
    );
    const ifMatch = ['submissions', 'unavailabilities', 'corrections'].map((act) => {
      const { parameters = [] } = operationAt(`post /api/v1/figures/{figure}/${act}`);
      return parameters.find(({ name }) => name === 'If-Match')?.required;
    });
    expect(ifMatch).toStrictEqual([false, false, true]);
    const { parameters = [] } = operationAt('get /api/v1/figures/{figure}');
    // Sent as it is shown, a + would arrive as a space.
    expect(jsonOf(parameters.find(({ name }) => name === 'asOf'))).toContain('16:59:59Z');
  });
});

const jsonOf = (value: unknown) => Object.values((value as Node)['schema'] as Node).join(' ');
