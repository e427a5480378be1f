import { request as rawRequest } from 'node:http';
import { text as allOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canonicalJson, jsonText } from '#kernel';
import { bootstrapBody, registrarSecret, TestLedger, told } from './http.contract.ts';
import type { Answer } from './http.contract.ts';
import { addressOf, readDescription } from './open-api.contract.ts';
import type { Description, Operation } from './open-api.contract.ts';

/**
 * Requests that nobody can mean, sent to every operation that the server describes: each one must
 * be told what is wrong with it, and a new route is tried here on the day it is described.
 */
let ledger: TestLedger;
let token: string;
let described: Description;
let writes: readonly Operation[];

beforeAll(async () => {
  ledger = await TestLedger.start();
  const bootstrap = bootstrapBody(await ledger.bootstrapToken());
  await ledger.post('/bootstrap', bootstrap, { key: null });
  token = await ledger.signIn('dangky', registrarSecret);
  described = await readDescription(ledger);
  // What is put is a file, which may be anything; what is posted is JSON.
  writes = described.operations.filter(({ method }) => method === 'POST');
});

afterAll(async () => {
  await ledger?.stop();
});

/** What each operation answered, where it was not what was expected. */
async function surprises(
  operations: readonly Operation[],
  expected: readonly [number, string],
  ask: (operation: Operation, address: string) => Promise<Answer>,
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const operation of operations) {
    const answer = await ask(operation, addressOf(operation));
    const isProblem =
      answer.headers.get('content-type') === 'application/problem+json; charset=utf-8';
    if (canonicalJson(told(answer)) === canonicalJson(expected) && isProblem) continue;
    found.push([operation.method, operation.path, ...told(answer), isProblem]);
  }
  return found;
}

const send = (
  { method }: Operation,
  address: string,
  text: string,
  headers: Record<string, string> = {},
) => ledger.send(method, address, undefined, { token, text, headers });

describe('every write', () => {
  test('is tried here', () => {
    expect(writes.length).toBeGreaterThan(50);
  });

  test.each<readonly [string, number, string, (body: object) => string]>([
    ['a member nobody knows', 400, 'request/invalid', (body) => jsonText({ ...body, x: 1 })],
    ['a time of its own', 400, 'request/invalid', (body) => jsonText({ ...body, recordedAt: '' })],
    [
      'the name of what every object has',
      400,
      'request/forbidden-key',
      (body) => jsonText({ ...body, toString: 1 }),
    ],
    [
      'one member twice',
      400,
      'request/duplicate-key',
      (body) => `{"x":1,${jsonText({ ...body, x: 2 }).slice(1)}`,
    ],
    ['a list', 400, 'request/invalid', (body) => jsonText([body])],
    ['nothing', 400, 'request/malformed-json', () => ''],
    [
      'half of it',
      400,
      'request/malformed-json',
      (body) => jsonText({ ...body, x: 1 }).slice(0, -1),
    ],
    ['a lone surrogate', 400, 'request/not-nfc', () => '{"x":"\\ud800"}'],
    ['a number beyond all numbers', 400, 'request/not-an-integer', () => '{"x":1e999}'],
    ['a cellar', 400, 'request/too-deep', () => '['.repeat(8_000) + ']'.repeat(8_000)],
    ['a megabyte', 413, 'request/too-large', () => jsonText({ x: 'x'.repeat(1024 * 1024) })],
  ])('with %s is refused', async (_, status, code, spoilt) => {
    const found = await surprises(writes, [status, code], (operation, address) =>
      send(operation, address, spoilt(described.bodyOf(operation))),
    );
    expect(found).toStrictEqual([]);
  });

  test.each([
    ['text/plain', {}, 'request/unsupported-media'],
    ['application/x-www-form-urlencoded', {}, 'request/unsupported-media'],
    ['application/json; charset=utf-16', {}, 'request/unsupported-media'],
    ['application/json', { 'content-encoding': 'gzip' }, 'request/encoded-body'],
  ])('as %s %j is refused', async (type, more, code) => {
    const headers = { 'content-type': type, ...more };
    const found = await surprises(writes, [415, code], (operation, address) =>
      send(operation, address, jsonText(described.bodyOf(operation)), headers),
    );
    expect(found).toStrictEqual([]);
  });

  test('with members of other types is told of the first at its place', async () => {
    for (const operation of writes) {
      const body = described.bodyOf(operation);
      const [first] = Object.keys(body);
      if (first === undefined) continue;
      for (const wrong of [true, 7, null, ['x'], { x: 1 }, '\u0000']) {
        if (typeof wrong === typeof body[first] && typeof wrong !== 'string') continue;
        const spoilt = jsonText({ ...body, [first]: wrong });
        const answer = await send(operation, addressOf(operation), spoilt);
        const { errors } = answer.body as { errors?: { pointer: string }[] };
        const where = [operation.path, first, wrong] as const;
        expect([...where, answer.status, errors?.[0]?.pointer.split('/')[1]]).toStrictEqual([
          ...where,
          400,
          first,
        ]);
      }
    }
  });

  test('with a character that nobody sees, in any text, is told where it stands', async () => {
    let textCount = 0;
    for (const operation of writes) {
      const body = described.bodyOf(operation, 'all');
      for (const [pointer, text] of textsIn(body)) {
        // Nobody reads a secret, and whoever chose it may have chosen anything.
        if (pointer.endsWith('/secret')) continue;
        textCount += 1;
        const spoilt = jsonText(withText(body, pointer, `${text}\u202e`));
        const { status, body: said } = await send(operation, addressOf(operation), spoilt);
        const { errors = [] } = said as { errors?: readonly { pointer: string }[] };
        // Of a list of ids the list is named.
        const isTold = errors.some((one) => pointer.startsWith(one.pointer));
        expect([operation.path, pointer, status, isTold]).toStrictEqual([
          operation.path,
          pointer,
          400,
          true,
        ]);
      }
    }
    expect(textCount).toBeGreaterThan(150);
  });

  test('takes no query', async () => {
    const found = await surprises(writes, [400, 'request/invalid'], (operation, address) =>
      send(operation, `${address}?x=1`, jsonText(described.bodyOf(operation))),
    );
    expect(found).toStrictEqual([]);
  });
});

describe('every read', () => {
  const readsOf = ({ operations }: Description) =>
    operations.filter(({ method }) => method === 'GET');
  const read = (address: string) => ledger.get(address, { token });

  test('takes each parameter once, and none that it does not know', async () => {
    const known = readsOf(described);
    expect(known.length).toBeGreaterThan(30);
    const twice = await surprises(known, [400, 'request/duplicate-parameter'], (_, address) =>
      read(`${address}?x=1&x=2`),
    );
    expect(twice).toStrictEqual([]);
    const inherited = await surprises(known, [400, 'request/forbidden-key'], (_, address) =>
      read(`${address}?__proto__=1`),
    );
    expect(inherited).toStrictEqual([]);
    const asking = known.filter(({ parameters }) => parameters.some((one) => one.in === 'query'));
    const unknown = await surprises(asking, [400, 'request/invalid'], (operation, address) =>
      read(`${address}?${queryOf(operation)}x=1`),
    );
    expect(unknown).toStrictEqual([]);
  });

  test('knows its own cursors from those of others', async () => {
    const paged = readsOf(described).filter(({ parameters }) =>
      parameters.some(({ name }) => name === 'cursor'),
    );
    expect(paged.length).toBeGreaterThan(8);
    for (const opened of ['deposited \u0000', 'x', '-1', '99999999999999999999']) {
      const cursor = Buffer.from(opened, 'utf8').toString('base64url');
      for (const operation of paged) {
        const answer = await read(`${addressOf(operation)}?cursor=${cursor}`);
        // What the reader may not know of says so first.
        expect([operation.path, [404, 422].includes(answer.status)]).toStrictEqual([
          operation.path,
          true,
        ]);
      }
    }
    const evidence = Buffer.from('deposited \u0000', 'utf8').toString('base64url');
    expect(told(await read(`/api/v1/evidence?cursor=${evidence}`))).toStrictEqual([
      422,
      'request/bad-cursor',
    ]);
  });

  test('answers HEAD as it answers GET, without the body', async () => {
    const seen = new Set<number>();
    for (const operation of readsOf(described)) {
      const address = `${addressOf(operation)}?${queryOf(operation)}`;
      const [asked, told] = [await headersOf('GET', address), await headersOf('HEAD', address)];
      seen.add(asked.status);
      const where = [operation.path] as const;
      expect([...where, told]).toStrictEqual([...where, { ...asked, bodyBytes: 0 }]);
    }
    expect([...seen].sort()).toStrictEqual([200, 403, 404]);
  });

  /** Without what differs from one answer to the next: its date, its id, what is read by then. */
  const headersOf = async (method: string, address: string) => {
    const answer = await fetch(`${ledger.server.url}${address}`, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}` },
    });
    const headers = [...answer.headers].filter(
      ([name]) => !['date', 'x-correlation-id', 'connection', 'keep-alive'].includes(name),
    );
    const bodyBytes = (await answer.arrayBuffer()).byteLength;
    return { status: answer.status, headers, bodyBytes };
  };

  const queryOf = ({ parameters }: Operation) =>
    parameters
      .filter((one) => one.in === 'query' && one.required)
      .map(({ name, schema }) => `${name}=${encodeURIComponent(String(schema['example']))}&`)
      .join('');
});

describe('every address', () => {
  test('takes the methods that are described, and says so to the others', async () => {
    const taken = new Map<string, string[]>();
    for (const { path, method } of described.operations) {
      taken.set(path, [...(taken.get(path) ?? []), method]);
    }
    for (const [path, methods] of taken) {
      const operation = described.operations.find((one) => one.path === path);
      const address = addressOf(operation ?? { path, parameters: [] });
      for (const method of ['PATCH', 'TRACE', 'QUERY', 'OPTIONS', 'PROPFIND']) {
        // With a query and a body that would be refused: the method comes first.
        const answer = await rawAnswer(method, `${address}?x=1&x=2`);
        const said = [path, method, answer.status, answer.allow];
        const allowed = methods.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one]));
        expect(said).toStrictEqual([path, method, 405, allowed.sort().join(', ')]);
      }
    }
  });

  test('with a NUL, a broken escape or a name beyond all names is refused', async () => {
    const placed = described.operations.filter(({ path }) => path.includes('{'));
    expect(placed.length).toBeGreaterThan(60);
    for (const name of ['%00', '%zz', '%ff', '%ED%A0%80', 'a'.repeat(5_000)]) {
      const found: unknown[] = [];
      for (const { method, path } of placed) {
        const { status } = await rawAnswer(method, path.replace(/\{[^}]+\}/g, name));
        // Nobody is signed in: where the address can be read, that is what is said.
        // A tile is public and has one spelling: under any other there is none.
        const isTile = status === 404 && path === '/log/tile/{level}/{path}';
        if (![400, 401].includes(status ?? 0) && !isTile) found.push([method, path, status]);
      }
      expect([name.slice(0, 9), found]).toStrictEqual([name.slice(0, 9), []]);
    }
  });

  test('believes no header of which it is sent two', async () => {
    for (const name of ['authorization', 'content-type', 'idempotency-key', 'if-match']) {
      const answer = await rawAnswer('POST', '/api/v1/agencies', { [name]: ['a', 'b'] });
      expect([name, answer.status, answer.code]).toStrictEqual([
        name,
        400,
        'request/duplicate-header',
      ]);
    }
  });
});

/** Every text of a body, with the pointer to its place. */
function textsIn(value: unknown, above = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[above, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => textsIn(member, `${above}/${key}`));
}

/** The same body with another text at one place. */
function withText(body: object, pointer: string, text: string): object {
  const changed = structuredClone(body) as Record<string, unknown>;
  const steps = pointer.split('/').slice(1);
  const last = steps.pop() ?? '';
  const place = steps.reduce((node, step) => node[step] as typeof changed, changed);
  place[last] = text;
  return changed;
}

/** As a program speaks that is not fetch: any method, any header, any number of times. */
async function rawAnswer(
  method: string,
  path: string,
  headers: Record<string, string[]> = {},
): Promise<{ status: number | undefined; allow: string | undefined; code: unknown }> {
  const { port, hostname } = new URL(ledger.server.url);
  return new Promise((resolve, reject) => {
    const request = rawRequest({ port, host: hostname, method, path }, (response) => {
      void allOf(response).then((said) => {
        const { code } = JSON.parse(said) as { code?: unknown };
        resolve({ status: response.statusCode, allow: response.headers.allow, code });
      }, reject);
    });
    for (const [name, values] of Object.entries(headers)) {
      // The library would join or drop them if told one by one.
      request.setHeader(name, values);
    }
    request.once('error', reject);
    request.end();
  });
}
