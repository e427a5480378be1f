import type { FastifyReply, FastifyRequest } from 'fastify';
import { Register } from '#directory/node';
import { isAgencyId, isRoundId, isUuid, readFigureName } from '#kernel';
import { notesOf } from '../http/request-notes.ts';
import { auditOf } from './audited-routes.ts';
import type { Audit } from './audited-routes.ts';
import { Flood } from './flood.ts';
import { SecurityLog } from './security-log.ts';
import type { SecurityLine } from './security-log.ts';

/** Of a body these fields are told, once the act has found them right: none is a name. */
const toldFields = ['role', 'agency', 'unit', 'from', 'to', 'form'];
/** Of an answer these: what came of the act. */
const givenFields = ['person', 'grant', 'delegation', 'issue', 'eventId'];

/** Refused for want of rights: 403, and a session that is over. No session at all is a stranger. */
const isDenial = (status: number, code: string | null) =>
  status === 403 || (status === 401 && code === 'session/over');

/**
 * Looks at each request for what the security log has to tell of it. Ids only: names, logins and
 * texts stay out, because names can be erased and logs cannot (CONTRACTS 2).
 */
export class SecurityWatch {
  private readonly log: SecurityLog;
  private readonly register: Register;
  private readonly audits = new Map<string, Map<string, Audit | null>>();
  /** One line a minute for each address that is over its limit. */
  private readonly limited = new Flood({ burst: 1, refillMs: 60_000, keysMax: 10_000 });
  /** Sixty denials at once for each person or address, then one a second. */
  private readonly denied = new Flood({ burst: 60, refillMs: 1_000, keysMax: 10_000 });

  constructor(log: SecurityLog, register: Register) {
    this.log = log;
    this.register = register;
  }

  /** Before the act or the read. Refuses `security/log-unwritable`. */
  before(request: FastifyRequest): void {
    const audit = this.auditOf(request);
    if (audit === null) {
      if (!notesOf(request).oversees) return;
      this.log.record({ event: 'oversight.read', outcome: 'allowed', ...about(request) });
    } else if (audit.order === 'ahead') {
      this.log.record({ event: audit.event, outcome: 'asked', ...about(request) });
    } else if (audit.order === 'answer') this.log.check();
  }

  /** After the act, before its answer leaves. Refuses `security/log-unwritable`. */
  succeeded(request: FastifyRequest, answer: unknown): void {
    const audit = this.auditOf(request);
    if (audit === null) return;
    notesOf(request).isAudited = true;
    const line = { event: audit.event, outcome: 'ok', ...about(request, answer) };
    if (audit.order === 'report') this.log.tell(line);
    else this.log.record(line);
  }

  /** After the answer: what was refused, wherever on its way. Never throws. */
  async answered(request: FastifyRequest, { statusCode }: FastifyReply): Promise<void> {
    if (statusCode < 400) return;
    const { outcome, isAudited } = notesOf(request);
    if (isAudited || outcome === 'security/log-unwritable') return;
    const audit = this.auditOf(request);
    if (audit !== null) await this.refused(request, statusCode, audit.event);
    else if (statusCode === 429) await this.refused(request, statusCode, 'limit.hit');
    else if (isDenial(statusCode, outcome)) {
      await this.refused(request, statusCode, 'access.denied');
    }
  }

  private async refused(
    request: FastifyRequest,
    status: number,
    event: SecurityLine['event'],
  ): Promise<void> {
    const { outcome, signedIn } = notesOf(request);
    const flood = status === 429 ? this.limited : this.denied;
    const key = `${event} ${signedIn?.person ?? request.ip}`;
    const suppressed = flood.pass(key, performance.now());
    const code = outcome ?? 'request/fault';
    if (suppressed === null) {
      this.log.count(event, code);
      return;
    }
    const { subject, ...line } = about(request);
    const claimed = code === 'session/refused' ? await this.claimed(request) : undefined;
    this.log.tell({
      event,
      outcome: code,
      ...line,
      subject: claimed === undefined ? subject : { ...subject, person: claimed },
      ...(suppressed > 0 && { details: { suppressedLines: suppressed } }),
    });
  }

  /** Whose account was tried: asked after the answer has left, so its time tells nobody anything. */
  private async claimed({ body }: FastifyRequest): Promise<string | undefined> {
    const { login } = (body ?? {}) as { login?: unknown };
    if (typeof login !== 'string') return undefined;
    return this.register.accounts.personOf(login).catch(() => undefined);
  }

  /** Looked up once for each route: the table is patterns, and this is on the way of everything. */
  private auditOf(request: FastifyRequest): Audit | null {
    const route = request.routeOptions.url ?? '';
    let ofMethod = this.audits.get(request.method);
    if (ofMethod === undefined) {
      ofMethod = new Map<string, Audit | null>();
      this.audits.set(request.method, ofMethod);
    }
    let audit = ofMethod.get(route);
    if (audit === undefined) {
      audit = auditOf(request.method, route) ?? null;
      ofMethod.set(route, audit);
    }
    return audit;
  }
}

/** Who, from where, to which route and thing; of an act that was done, what it was and gave. */
function about(request: FastifyRequest, answer?: unknown): Omit<SecurityLine, 'event' | 'outcome'> {
  const { signedIn, agency, subject } = notesOf(request);
  const given = { ...idsIn(request.params), ...idsIn(answer, givenFields) };
  if (subject !== null) given['person'] = subject;
  const details = answer === undefined ? {} : wordsIn(request.body, toldFields);
  return {
    person: signedIn?.person,
    agency: agency ?? undefined,
    session: signedIn?.session,
    address: request.ip,
    correlationId: request.id,
    method: request.method,
    route: request.routeOptions.url,
    ...(Object.keys(given).length > 0 && { subject: given }),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

/** Members that are ids of the ledger: in an address anybody may have typed a name instead. */
function idsIn(value: unknown, fields?: readonly string[]): Record<string, string> {
  const words = Object.entries(wordsIn(value, fields));
  return Object.fromEntries(words.filter(([, word]) => isId(word)));
}

function isId(word: string): boolean {
  return (
    isUuid(word) ||
    isAgencyId(word) ||
    isRoundId(word) ||
    readFigureName(word) !== undefined ||
    /^(?:sha256:)?[0-9a-f]{64}$/.test(word)
  );
}

function wordsIn(value: unknown, fields?: readonly string[]): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  const told = Object.entries(value).filter(
    (member): member is [string, string] =>
      (fields === undefined || fields.includes(member[0])) && typeof member[1] === 'string',
  );
  return Object.fromEntries(told);
}
