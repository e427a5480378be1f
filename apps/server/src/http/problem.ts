import { Refusal } from '#kernel';
import type { RefusalKind, RefusalText } from '#kernel';
import { expectationText } from './expectations.ts';
import { factsSentence } from './fact-words.ts';
import type { Language } from './language.ts';
import { refuseRequest } from './refusals.ts';

/** One fault in a request: where, as a JSON pointer (RFC 6901), and what was expected there. */
export type FieldFault = {
  readonly pointer: string;
  readonly code: string;
  /** Nothing at all was sent there, which is another mistake than sending something else. */
  readonly isMissing?: boolean;
};

/** An answer of RFC 9457, with the members this ledger adds. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code: string;
  /** `expected` is left out where the title says it already. */
  readonly errors?: readonly { pointer: string; expected?: string; code: string }[];
  /** For 412: the state somebody else made in between. */
  readonly present?: { readonly revision: unknown } & Readonly<Record<string, unknown>>;
  readonly traceId: string;
  /** What the rule saw, for programs: dates, revisions, who is missing. Never names of people. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Of what is there already: whether it has the content that was sent. Loaders look at it. */
  readonly same?: unknown;
};

export type ProblemAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly problem: Problem;
};

/** The one place where a kind of refusal becomes an HTTP status. */
const statusOfKind: Readonly<Record<RefusalKind, number>> = {
  invalid: 422,
  forbidden: 403,
  missing: 404,
  rule: 409,
  reused: 422,
  'in-flight': 409,
  stale: 412,
  unconditional: 428,
  unauthenticated: 401,
  'too-large': 413,
  'unsupported-media': 415,
  'too-many': 429,
  unavailable: 503,
  'storage-full': 507,
};

/** Where HTTP itself has a more exact word than the kind. */
const statusOfCode: Readonly<Record<string, number>> = {
  'request/method-not-allowed': 405,
  'request/wrong-digest': 422,
  'request/bad-cursor': 422,
  'request/names-differ': 422,
  'request/headers-too-large': 431,
  'request/too-slow': 408,
  'request/fault': 500,
  'bootstrap/used': 410,
};

const retryAfterSeconds: Readonly<Partial<Record<RefusalKind, number>>> = {
  'in-flight': 1,
  unavailable: 1,
  'too-many': 60,
  'storage-full': 60,
};

/** A request that could not be read is 400; one that was read and makes no sense is 422. */
export function statusOf(code: string, { kind }: Pick<RefusalText, 'kind'>): number {
  const special = statusOfCode[code];
  if (special !== undefined) return special;
  return kind === 'invalid' && code.startsWith('request/') ? 400 : statusOfKind[kind];
}

/**
 * The answer for anything thrown. What is not a Refusal is our own mistake: it is told as such,
 * without a word about what happened inside (OWASP ASVS 5.0, 16.5.1).
 */
export function problemAnswer(error: unknown, language: Language, traceId: string): ProblemAnswer {
  const refusal = error instanceof Refusal ? error : refuseRequest('request/fault');
  const { code, text, kind } = refusal;
  const { pointer, faults, present, allow, ...facts } = refusal.facts;
  const status = statusOf(code, text);
  const title = text[language];
  const errors = isFaults(faults)
    ? faults.map((fault) => faultText(fault, language))
    : typeof pointer === 'string'
      ? [{ pointer, code }]
      : undefined;
  const presentState = kind === 'stale' ? presentOf(facts, present) : undefined;
  const detail = detailOf(errors, facts, language);
  return {
    status,
    headers: {
      'content-language': language,
      vary: 'accept-language',
      'cache-control': 'no-store',
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="ledger"' }),
      ...(typeof allow === 'string' && { allow }),
      ...(code === 'request/encoded-body' && { 'accept-encoding': 'identity' }),
      // What is late would be taken for the next request.
      ...(code === 'request/too-slow' && { connection: 'close' }),
      ...retryHeader(kind, facts['retryAfterSeconds']),
      ...(typeof presentState?.revision === 'number' && { etag: `"${presentState.revision}"` }),
    },
    problem: {
      type: `/problems/${code}`,
      title,
      status,
      ...(detail !== undefined && { detail }),
      code,
      ...(errors && { errors }),
      ...(Object.keys(facts).length > 0 && { facts }),
      ...('same' in facts && { same: facts['same'] }),
      ...(presentState && { present: presentState }),
      traceId,
    },
  };
}

/** `text 500` as the code `text` and the words for 500. */
function faultText({ pointer, code, isMissing }: FieldFault, language: Language) {
  const words = expectationText(code, language);
  const missing = language === 'vi' ? 'còn thiếu; cần ' : 'missing; wanted: ';
  const expected = isMissing ? `${missing}${words}` : words;
  return { pointer, code: code.split(' ')[0] ?? code, expected };
}

function retryHeader(kind: RefusalKind, told: unknown): Record<string, string> {
  const seconds = typeof told === 'number' ? told : retryAfterSeconds[kind];
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}

function presentOf(facts: Readonly<Record<string, unknown>>, present: unknown): Problem['present'] {
  const known = typeof present === 'object' && present !== null ? present : {};
  return { revision: facts['revision'] ?? null, ...known };
}

/** What is special about this occurrence, in the reader's language. */
function detailOf(
  errors: Problem['errors'],
  facts: Readonly<Record<string, unknown>>,
  language: Language,
): string | undefined {
  const first = errors?.[0];
  const said = factsSentence(facts, language);
  if (first === undefined) return said;
  const place = first.pointer === '' ? '/' : first.pointer;
  if (first.expected !== undefined) {
    const rest = said === undefined ? '' : `. ${said}`;
    return `${place}: ${first.expected}${rest}`;
  }
  const where = language === 'vi' ? `Tại ${place}.` : `At ${place}.`;
  return said === undefined ? where : `${where} ${said}`;
}

function isFaults(value: unknown): value is readonly FieldFault[] {
  return Array.isArray(value);
}
