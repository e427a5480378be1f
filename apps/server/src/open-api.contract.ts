import type { TestLedger } from './http.contract.ts';

/** The operations of /openapi.json, and requests that their schemas accept, for specs of them all. */
export type Node = Readonly<Record<string, unknown>>;
export type Parameter = {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required: boolean;
  readonly schema: Node;
};
export type Operation = {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** The schema of a JSON body; undefined where none is taken. */
  readonly body: Node | undefined;
  readonly isPublic: boolean;
};

type Described = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Node }>> };
  readonly security?: readonly Node[];
};

export type Description = {
  readonly operations: readonly Operation[];
  /** A body with every obligatory member, as its schema shows them; or with every one there is. */
  readonly bodyOf: (operation: Operation, members?: 'required' | 'all') => Node;
};

/** Reads what the server says of itself: nothing of it is known here by heart. */
export async function readDescription(ledger: TestLedger): Promise<Description> {
  const { body: document } = await ledger.get('/openapi.json');
  const paths = document['paths'] as Record<string, Record<string, Described>>;
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [], requestBody, security = [] }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema,
      isPublic: !security.some((one) => Object.keys(one).length > 0),
    })),
  );
  const bodyOf: Description['bodyOf'] = ({ body }, members = 'required') =>
    exampleOf(body ?? { type: 'object' }, { document, members }) as Node;
  return { operations, bodyOf };
}

/** The address with each place filled: by a name that is told, or by the example of its schema. */
export function addressOf(
  { path, parameters }: Pick<Operation, 'path' | 'parameters'>,
  names: Readonly<Record<string, string>> = {},
): string {
  return path.replace(/\{([^}]+)\}/g, (_, place: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === place);
    const example = parameter?.schema['example'];
    return encodeURIComponent(names[place] ?? (typeof example === 'string' ? example : 'x'));
  });
}

type Showing = { readonly document: Node; readonly members: 'required' | 'all' };

function exampleOf(schema: Node, showing: Showing): unknown {
  const { $ref, anyOf, type, example, minItems } = schema;
  if (typeof $ref === 'string') {
    const steps = $ref.replace('#/', '').split('/');
    return exampleOf(
      steps.reduce<Node>((node, step) => node[step] as Node, showing.document),
      showing,
    );
  }
  if (Array.isArray(anyOf)) return exampleOf((anyOf as Node[])[0] ?? {}, showing);
  if (type === 'array') {
    const item = exampleOf((schema['items'] ?? {}) as Node, showing);
    return Array.from({ length: typeof minItems === 'number' ? minItems : 0 }, () => item);
  }
  if (type === 'boolean') return false;
  if (type !== 'object') return example;
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Node>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const shown = showing.members === 'all' ? Object.keys(properties) : required;
  return Object.fromEntries(
    shown.map((name) => [name, exampleOf(properties[name] ?? {}, showing)]),
  );
}
