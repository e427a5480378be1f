import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bareHex } from '#kernel';
import { told } from './http.contract.ts';
import type { Answer } from './http.contract.ts';
import { Offices } from './offices.contract.ts';
import { addressOf, readDescription } from './open-api.contract.ts';
import type { Description, Operation } from './open-api.contract.ts';
import {
  assignment,
  definition,
  document,
  figure,
  otherFigure,
  recorded,
  round,
  statement,
} from './round.contract.ts';

/**
 * One agency at everything of another one, on every route there is (OWASP API1; ASVS 5.0, 8.2.2).
 * The routes come from /openapi.json: one that nobody has sorted into a list below fails here.
 */
let offices: Offices;
let described: Description;
/** What the finance department has, by the name of its place in an address. */
let theirs: Readonly<Record<string, string>>;

const given = `${figure}.so_ct`;
const nobody = '00000000-0000-8000-8000-000000000000';

/** Routes that name nothing of an agency's own: the plan, the law, and who one is. */
const common = new Set([
  'GET /api/v1/agencies',
  'GET /api/v1/agencies/{agency}',
  'GET /api/v1/frameworks',
  'GET /api/v1/frameworks/{framework}',
  'GET /api/v1/me',
  'GET /api/v1/review-bodies',
  'GET /api/v1/review-bodies/{body}',
  'GET /api/v1/rounds',
  'GET /api/v1/rounds/{round}',
  'GET /api/v1/rounds/{round}/assignments',
  'GET /api/v1/rounds/{round}/progress',
  // Names and offices are known to those who work with them; contact data is not, which `reads.int.spec.ts` holds to.
  'GET /api/v1/people',
  'GET /api/v1/people/{person}',
  'PUT /api/v1/evidence/{sha256}/content',
  // Entries of all agencies, for offices that read all of them; who else may is the ledger's to say.
  'GET /log/tile/entries/{path}',
  'DELETE /api/v1/sessions/current',
]);

/** Lists of what one may know of: there is nothing of another agency in them. */
const lists = new Set([
  'GET /api/v1/evidence',
  'GET /api/v1/findings',
  'GET /api/v1/rounds/{round}/accountability',
  'GET /api/v1/rounds/{round}/figures',
  'GET /api/v1/tasks',
]);

/** Acts on a name of one's own choosing; what they may name in their bodies is tried elsewhere. */
const creations = new Set([
  'POST /api/v1/evidence/{sha256}/deposits',
  'POST /api/v1/evidence-references',
]);

/** What grants people hold, everybody reads at the person: an act there may say so first. */
const saidOfPeople: Readonly<Record<string, string>> = {
  'POST /api/v1/people/{person}/grants/{grant}/confirmations': 'grant/already-confirmed',
  // The unit that the description shows as an example is another agency's.
  'POST /api/v1/people/{person}/grants': 'agency/unit-elsewhere',
};

const readers = ['stranger', 'strange head'];

beforeAll(async () => {
  const own = assignment('I.4', 'son_la.so_tc').assignment;
  const coordinating = [{ raw: 'Sở Công Thương', agency: 'son_la.so_ct', class: null }];
  offices = await Offices.open({
    definitions: [definition('I.4'), definition('I.5')],
    assignments: [{ assignment: { ...own, coordinating } }, assignment('I.5', 'son_la.so_yt')],
    agencies: { so_ct: 'department' },
  });
  described = await readDescription(offices.ledger);
  const evidence = await offices.deposits('officer', 'son_la.so_tc', 'Báo cáo');
  const links = [{ evidence, reference: null, component: null, page: null }];
  const body = { ...statement('12'), evidence: links };
  const submitted = await offices.does('officer', `/figures/${figure}`, 'submissions', body);
  const finding = await offices.posts(
    'auditor',
    '/findings',
    { kind: 'question', figure, version: 1, text: 'Hỏi.', evidence: [], answerBy: '2030-12-31' },
    null,
  );
  const asked = { agency: 'son_la.so_ct', components: [], documentsOnly: true };
  await offices.does('officer', `/contributions/${given}`, 'requests', asked);
  await establish('hoi_dong');
  const { person, capacities } = await offices.data<{
    person: string;
    capacities: readonly { grant: string }[];
  }>('head', '/me');
  theirs = {
    agency: 'son_la.so_tc',
    body: 'hoi_dong',
    code: 'I.4',
    contribution: given,
    edition: '2026',
    eventId: submitted.body['eventId'] as string,
    figure,
    finding: finding.body['finding'] as string,
    framework: 'qd1969',
    grant: capacities[0]?.grant ?? '',
    // Of these there is none: whoever may not act on them must not learn even that.
    delegation: nobody,
    issue: nobody,
    person,
    round,
    sha256: bareHex(evidence),
  };
});

afterAll(async () => {
  await offices?.ledger.stop();
});

/** A review body in which nobody of the readers sits. */
async function establish(body: string): Promise<void> {
  const decision = await offices.deposits('registrar', 'son_la.so_khcn', 'Thành lập hội đồng');
  const seat = async (who: string, agency: string, position: string) => {
    const { person } = await offices.data<{ person: string }>(who, '/me');
    return { person, agency, position };
  };
  const established = {
    body,
    name: 'Hội đồng rà soát',
    form: 'interagency-group',
    province: 'son_la',
    decision: { ...document, kind: 'decision', digest: decision },
    appointedBy: 'son_la.ubnd_tinh',
    members: [
      await seat('checker', 'son_la.so_khcn', 'chair'),
      await seat('auditor', 'son_la.thanh_tra_tinh', 'member'),
      await seat('chairman', 'son_la.ubnd_tinh', 'secretary'),
    ],
  };
  await recorded(offices.posts('registrar', '/review-bodies', established, null));
}

const nameOf = ({ method, path }: Operation) => `${method} ${path}`;

/** The same address with things in it that were never there. */
const nobodys: Readonly<Record<string, string>> = {
  contribution: `${figure}.so_gtvt`,
  eventId: nobody,
  figure: `${round}.I.99`,
  finding: nobody,
  grant: nobody,
  person: nobody,
  sha256: '0'.repeat(64),
};

function ask(who: string, operation: Operation, names: Readonly<Record<string, string>>) {
  const query = operation.parameters
    .filter((one) => one.in === 'query' && one.required)
    .map(({ name }) => `${name}=0`)
    .join('&');
  const address = `${addressOf(operation, names)}${query === '' ? '' : `?${query}`}`;
  const body = operation.method === 'POST' ? described.bodyOf(operation, 'all') : undefined;
  const takesRevision = operation.parameters.some(({ name }) => name === 'If-Match');
  return (etag: string | null): Promise<Answer> =>
    offices.ledger.send(operation.method, address, body, {
      token: offices.token(who),
      ...(takesRevision && etag !== null && { ifMatch: etag }),
    });
}

test('every route is sorted', () => {
  const known = new Set(described.operations.map(nameOf));
  const gone = [...common, ...lists, ...creations].filter((name) => !known.has(name));
  expect(gone).toStrictEqual([]);
  expect(foreign().length).toBeGreaterThan(60);
  expect(Object.keys(theirs)).toEqual(expect.arrayContaining(places()));
});

/** The names of all places in addresses, less those of what everybody may know. */
const places = () => {
  const all = foreign().flatMap(({ path }) => [...path.matchAll(/\{([^}]+)\}/g)]);
  return [...new Set(all.map(([, place]) => place ?? ''))];
};

/** What is left names something of an agency's own, or is for an office that readers here lack. */
const foreign = () =>
  described.operations.filter((operation) => {
    const name = nameOf(operation);
    return !operation.isPublic && !common.has(name) && !lists.has(name) && !creations.has(name);
  });

/** Streams whose revision everybody may read: a wrong one is told before who may act. */
const openStream = /^\/api\/v1\/(?:agencies|frameworks|people|review-bodies|rounds)\/\{[a-z]+\}/;

/** If-Match as a stranger might send it: right, wrong, none; of an open stream the right one. */
async function conditionsFor(operation: Operation): Promise<readonly (string | null)[]> {
  const place = openStream.exec(operation.path)?.[0];
  if (operation.method !== 'POST') return [null];
  if (place === undefined) return ['"0"', '"1"', '"2"', '"99"', null];
  const address = addressOf({ ...operation, path: place }, theirs);
  const { headers } = await offices.read('registrar', address.replace('/api/v1', ''));
  return [headers.get('etag') ?? 'none'];
}

test.each(readers)('%s gets nowhere at what another agency has', async (who) => {
  const entered: unknown[] = [];
  for (const operation of foreign()) {
    for (const etag of await conditionsFor(operation)) {
      const { status, headers, body } = await ask(who, operation, theirs)(etag);
      const tells = body['present'] !== undefined || headers.get('etag') !== null;
      if ([403, 404].includes(status) && !tells) continue;
      if (saidOfPeople[nameOf(operation)] === body['code']) continue;
      entered.push([nameOf(operation), etag, status, body['code']]);
    }
  }
  expect(entered).toStrictEqual([]);
});

test.each(readers)('%s cannot tell what is there from what is not', async (who) => {
  for (const operation of foreign().filter(({ method }) => method === 'GET')) {
    if (!Object.keys(nobodys).some((name) => operation.path.includes(`{${name}}`))) continue;
    const [there, nowhere] = await Promise.all(
      [theirs, { ...theirs, ...nobodys }].map(async (names) => {
        const answer = await ask(who, operation, names)(null);
        const { traceId: _, ...said } = answer.body;
        return [...told(answer), withoutNames(said)];
      }),
    );
    expect([nameOf(operation), there]).toStrictEqual([nameOf(operation), nowhere]);
  }
});

test.each(readers)('%s finds nothing of another agency in a list', async (who) => {
  for (const operation of described.operations.filter((one) => lists.has(nameOf(one)))) {
    const { status, body } = await ask(who, operation, { round })(null);
    expect([nameOf(operation), status]).toStrictEqual([nameOf(operation), 200]);
    const said = Object.values(theirs)
      .filter((name) => ![round, 'qd1969', '2026', 'hoi_dong', 'I.4'].includes(name))
      .filter((name) => textOf(body['items']).includes(name));
    expect([nameOf(operation), said]).toStrictEqual([nameOf(operation), []]);
  }
  const { body } = await offices.read(who, `/rounds/${round}/figures`);
  expect((body['items'] as { figure: string }[]).map((one) => one.figure)).toStrictEqual([
    otherFigure,
  ]);
});

/** A refusal may repeat the name that was asked for. */
function withoutNames(value: unknown): string {
  return [...Object.values(theirs), ...Object.values(nobodys)].reduce(
    (text, name) => text.replaceAll(name, '…'),
    textOf(value),
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, member]) => `${key} ${textOf(member)}`)
    .join(' ');
}
