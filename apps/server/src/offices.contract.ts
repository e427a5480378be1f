import { randomUUID } from 'node:crypto';
import { confirmedRoles } from '#directory';
import { bareHex, digestOf } from '#kernel';
import type { Digest, Role } from '#kernel';
import { confirmerSecret } from './http.contract.ts';
import type { Answer, TestLedger } from './http.contract.ts';
import { document, recorded, startRound } from './round.contract.ts';
import type { Plan } from './round.contract.ts';

/**
 * A round in which figures come to their end: beside officers there are heads with their
 * appointments, an auditor and an inspector. Whoever acts reads first what was last written.
 */
export class Offices {
  readonly ledger: TestLedger;
  private readonly tokens: Record<string, string>;
  private position: string | null = null;

  private constructor(ledger: TestLedger, tokens: Readonly<Record<string, string>>) {
    this.ledger = ledger;
    this.tokens = { ...tokens };
  }

  static async open(plan: Plan): Promise<Offices> {
    const agencies = { thanh_tra_tinh: 'inspectorate', ...plan.agencies };
    const { ledger, people } = await startRound({}, { ...plan, agencies });
    const offices = new Offices(ledger, people);
    const appointment = await offices.deposits('registrar', 'son_la.so_khcn', 'Bổ nhiệm');
    for (const [who, role, agency] of [
      ['head', 'head', 'son_la.so_tc'],
      ['strange head', 'head', 'son_la.so_yt'],
      ['chairman', 'head', 'son_la.ubnd_tinh'],
      ['auditor', 'auditor', 'son_la.thanh_tra_tinh'],
      ['inspector', 'inspector', 'son_la.thanh_tra_tinh'],
    ] as const) {
      await offices.enter(who, role, agency, appointment);
    }
    return offices;
  }

  token(who: string): string {
    const known = this.tokens[who];
    if (known === undefined) throw new TypeError(`nobody is called ${who}`);
    return known;
  }

  /** Somebody whom a spec entered by itself. */
  seat(who: string, token: string): void {
    this.tokens[who] = token;
  }

  /** Waits until the answer contains whatever was recorded here last. */
  async read(who: string, path: string): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (this.position !== null) headers['ledger-position'] = this.position;
    return this.ledger.get(`/api/v1${path}`, { token: this.token(who), headers });
  }

  async data<Data>(who: string, path: string): Promise<Data> {
    const { status, body } = await this.read(who, path);
    if (status !== 200) throw new Error(`${path}: ${status} ${String(body['code'])}`);
    return body['data'] as Data;
  }

  /** An act on what stands at the revision that its actor sees, whatever comes of it. */
  async tries(who: string, path: string, act: string, body: unknown): Promise<Answer> {
    const { status, headers } = await this.read(who, path);
    const etag = status === 200 ? headers.get('etag') : null;
    return this.posts(who, `${path}/${act}`, body, etag);
  }

  async does(who: string, path: string, act: string, body: unknown): Promise<Answer> {
    return recorded(this.tries(who, path, act, body));
  }

  async posts(who: string, path: string, body: unknown, etag: string | null): Promise<Answer> {
    const condition = etag === null ? {} : { ifMatch: etag };
    const answer = await this.ledger.post(path, body, { token: this.token(who), ...condition });
    this.position = answer.headers.get('ledger-position') ?? this.position;
    return answer;
  }

  /** A file of the agency's own, which its statements may cite. */
  async deposits(who: string, agency: string, title: string): Promise<Digest> {
    const text = `%PDF-1.7\n% ${title} ${agency}\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n`;
    const content = new TextEncoder().encode(text);
    const digest = digestOf(content);
    await this.ledger.put(bareHex(digest), 'application/pdf', content, this.token(who));
    const body = { document: { ...document, kind: 'statement', title }, depositedFor: agency };
    await recorded(this.posts(who, `/evidence/${bareHex(digest)}/deposits`, body, null));
    return digest;
  }

  /** By a decision; confirmed by somebody of another agency than the registrar's where needed. */
  async enter(who: string, role: Role, agency: string, appointment: Digest): Promise<void> {
    const login = who.replace(' ', '_');
    const particulars = { login, name: who, position: who, agency };
    const enrolled = await recorded(this.posts('registrar', '/people', particulars, null));
    const { person, activationCode } = enrolled.body as { person: string; activationCode: string };
    const decision = { ...document, kind: 'decision', digest: appointment };
    const grant = { role, agency, from: '2026-01-01', document: decision };
    const granted = await recorded(
      this.posts('registrar', `/people/${person}/grants`, grant, enrolled.headers.get('etag')),
    );
    if (confirmedRoles.includes(role)) {
      this.tokens['confirmer'] ??= await this.ledger.signIn('xacnhan', confirmerSecret);
      const path = `/people/${person}/grants/${String(granted.body['grant'])}/confirmations`;
      await recorded(this.posts('confirmer', path, {}, granted.headers.get('etag')));
    }
    const secret = `bí mật riêng của người này ${randomUUID()}`;
    await this.ledger.post('/activations', { code: activationCode, secret }, { key: null });
    this.tokens[who] = await this.ledger.signIn(login, secret);
  }
}
