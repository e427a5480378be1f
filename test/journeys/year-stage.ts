import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { planCommands, readPlanFiles } from '#catalogue/node';
import { confirmedRoles } from '#directory';
import { bareHex, digestOf, manualClock } from '#kernel';
import type { Digest, DocumentRef, Instant, Role } from '#kernel';
import { readConfiguration } from '../../apps/server/src/configuration/configuration.ts';
import { startServer } from '../../apps/server/src/server.ts';
import type { RunningServer } from '../../apps/server/src/server.ts';
import {
  dataOf,
  freshFolder,
  LedgerUnderTest,
  planFolder,
  recorded,
  Visitor,
} from '../ledger-under-test.ts';
import type { Answer, Options, Receipt } from '../ledger-under-test.ts';
import { madeUpPdf, newSecret } from '../small-round.ts';

/**
 * The year 2026 of Sơn La: a whole server in this process with a clock that moves only when told
 * to, the province's own plan loaded as a registrar loads it, and officials known by their office.
 */
export const round = 'son_la-qd1969-2026';
export const roundPath = `/rounds/${round}`;
export const figurePath = (code: string) => `/figures/${round}.${code}`;
export const partPath = (code: string, agency: string) =>
  `/contributions/${round}.${code}.${agency}`;

/** The agencies of these journeys, as the plan's files name them. */
export const agencies = {
  dost: 'son_la.so_khcn',
  finance: 'son_la.so_tc',
  industry: 'son_la.so_ct',
  home: 'son_la.so_nv',
  justice: 'son_la.so_tp',
  committee: 'son_la.ubnd_tinh',
  inspectorate: 'son_la.thanh_tra_tinh',
  toHieu: 'son_la.p_to_hieu',
  mocChau: 'son_la.p_moc_chau',
  muongLa: 'son_la.x_muong_la',
} as const;
export const units = {
  feeding: 'son_la.so_khcn.p_khtc',
  checking: 'son_la.so_khcn.p_qlkh',
} as const;

/** A moment of the year in Vietnam. */
export const vietnam = (day: string, time = '09:00:00.000'): Instant => {
  const at = new Date(`${day}T${time}+07:00`).toISOString();
  return at as Instant;
};

export class LedgerOfTheYear extends LedgerUnderTest {
  readonly clock = manualClock(vietnam('2026-04-15'));
  /** Counted up with every move: sessions of before are over. */
  moves = 0;
  private server: RunningServer | undefined;

  static async open(): Promise<LedgerOfTheYear> {
    const ledger = new LedgerOfTheYear(await freshFolder());
    await ledger.start();
    return ledger;
  }

  override get url(): string {
    if (this.server === undefined) throw new TypeError('the server is not running');
    return this.server.url;
  }

  override async start(): Promise<void> {
    const settings = {
      LEDGER_DATA: this.folder,
      LEDGER_PORT: '0',
      LOG_LEVEL: 'silent',
      LEDGER_SECURITY_LOG: `${this.folder}/security.log`,
    };
    this.server = await startServer(readConfiguration(settings, '/'), { clock: this.clock });
  }

  override async stop(): Promise<number | null> {
    await this.server?.stop();
    this.server = undefined;
    return 0;
  }

  override async kill(): Promise<void> {
    await this.stop();
  }

  override async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** It is this time now. Whoever acts next signs in again, as on any other morning. */
  goTo(day: string, time?: string): void {
    this.clock.set(vietnam(day, time));
    this.moves += 1;
  }
}

/** Somebody in office, who signs in whenever the clock has moved. */
export class Official extends Visitor {
  readonly login: string;
  readonly agency: string;
  private readonly secret: string;
  private readonly year: LedgerOfTheYear;
  private signedInAt = -1;
  person = '';
  /** Grants in the order in which they were given, and the revision of the person's stream. */
  readonly grants: string[] = [];
  revision = 0;

  constructor(ledger: LedgerOfTheYear, login: string, agency: string, secret: string) {
    super(ledger);
    this.year = ledger;
    this.login = login;
    this.agency = agency;
    this.secret = secret;
  }

  override async post(path: string, body: unknown, options?: Options): Promise<Answer> {
    await this.present();
    return super.post(path, body, options);
  }

  override async get(path: string, options?: Options): Promise<Answer> {
    await this.present();
    return super.get(path, options);
  }

  override async put(path: string, content: Uint8Array<ArrayBuffer>, type: string) {
    await this.present();
    return super.put(path, content, type);
  }

  /** An act on what stands at its present revision, which must be recorded. */
  async does(path: string, act: string, body: unknown): Promise<Receipt> {
    return recorded(await this.tries(path, act, body));
  }

  /** The same, whatever comes of it. */
  async tries(path: string, act: string, body: unknown): Promise<Answer> {
    const { status, headers } = await this.get(path);
    const ifMatch = status === 200 ? headers.get('etag') : null;
    return this.post(
      `${path}/${act}`,
      body,
      ifMatch === null ? {} : { headers: { 'if-match': ifMatch } },
    );
  }

  async reads<Data>(path: string): Promise<Data> {
    return dataOf<Data>(await this.get(path));
  }

  private async present(): Promise<void> {
    if (this.signedInAt === this.year.moves) return;
    this.signedInAt = this.year.moves;
    const { status, text } = await this.signIn(this.login, this.secret);
    if (status !== 201) throw new Error(`${this.login} could not sign in: ${text}`);
  }
}

export type Province = {
  readonly ledger: LedgerOfTheYear;
  readonly registrar: Official;
  readonly confirmer: Official;
  /** Enters somebody with one role, from the day of the appointment on. */
  enrol(login: string, agency: string, role: Role, unit?: string): Promise<Official>;
};

/** A ledger with the plan of Sơn La loaded on 15/4/2026, as a draft without number or date. */
export async function openProvince(): Promise<Province> {
  const ledger = await LedgerOfTheYear.open();
  const token = (await readFile(join(ledger.folder, 'bootstrap-token'), 'utf8')).trim();
  const secrets = [newSecret(), newSecret()] as const;
  const registrar = new Official(ledger, 'dangky', agencies.dost, secrets[0]);
  const confirmer = new Official(ledger, 'xacnhan', agencies.committee, secrets[1]);
  const first = ({ login, agency }: Official, secret: string, name: string) => {
    return { login, secret, agency, name, position: name };
  };
  const body = {
    token,
    registrar: first(registrar, secrets[0], 'Cán bộ đăng ký'),
    confirmer: first(confirmer, secrets[1], 'Người xác nhận'),
  };
  const { status, text } = await new Visitor(ledger).post('/bootstrap', body, { key: null });
  if (status !== 201) throw new Error(`the bootstrap was refused: ${text}`);
  await loadPlan(registrar);
  const appointment = await file(registrar, agencies.dost, 'decision', 'Quyết định bổ nhiệm');
  const enrol: Province['enrol'] = (login, agency, role, unit = agency) =>
    enter({ ledger, registrar, confirmer }, { login, agency, role, unit }, appointment);
  return { ledger, registrar, confirmer, enrol };
}

async function loadPlan(registrar: Official): Promise<void> {
  const revisions = new Map<string, number>();
  for (const command of planCommands(await readPlanFiles(planFolder))) {
    const { path, body, idempotencyKey: key, aggregate } = command;
    const ifMatch = revisions.get(aggregate);
    const options = ifMatch === undefined ? { key } : { key, ifMatch };
    const { revision } = recorded(await registrar.post(path, body, options));
    revisions.set(aggregate, revision);
  }
}

type Entry = {
  readonly login: string;
  readonly agency: string;
  readonly role: Role;
  readonly unit: string;
};

async function enter(
  { ledger, registrar, confirmer }: Pick<Province, 'ledger' | 'registrar' | 'confirmer'>,
  { login, agency, role, unit }: Entry,
  appointment: Digest,
): Promise<Official> {
  const secret = newSecret();
  const official = new Official(ledger, login, agency, secret);
  const particulars = { login, agency, unit, name: login, position: login };
  const enrolled = recorded(await registrar.post('/people', particulars));
  official.person = String(enrolled['person']);
  const path = `/people/${official.person}`;
  const isAppointed = role === 'head' || role === 'deputy';
  const document = isAppointed ? paper('decision', '15/QĐ-UBND', appointment) : null;
  const from = '2026-01-01';
  const grant = { role, agency, unit, from, to: null, document };
  const granted = recorded(
    await registrar.post(`${path}/grants`, grant, { ifMatch: enrolled.revision }),
  );
  official.grants.push(String(granted['grant']));
  official.revision = granted.revision;
  if (confirmedRoles.includes(role)) {
    const confirmation = `${path}/grants/${official.grants[0]}/confirmations`;
    const confirmed = await confirmer.post(confirmation, {}, { ifMatch: granted.revision });
    official.revision = recorded(confirmed).revision;
  }
  const activation = { code: enrolled['activationCode'], secret };
  await new Visitor(ledger).post('/activations', activation, { key: null });
  // Choosing a secret may leave a trace in the person's stream, too.
  official.revision = (await registrar.reads<{ revision: number }>(path)).revision;
  return official;
}

/** A document with number and date, as acts rest on it; its file where the ledger holds one. */
export function paper(
  kind: DocumentRef['kind'],
  number: string,
  digest: Digest | null = null,
  issuer = 'UBND tỉnh Sơn La',
): DocumentRef {
  const title = `Văn bản ${number}`;
  return { kind, number, date: '2026-04-10' as DocumentRef['date'], issuer, title, digest };
}

/** Hands in a file and records its deposit; answers the digest that statements cite. */
export async function file(
  by: Official,
  depositedFor: string,
  kind: DocumentRef['kind'],
  title: string,
): Promise<Digest> {
  const content = madeUpPdf(title);
  const digest = digestOf(content);
  const path = `/evidence/${bareHex(digest)}`;
  await by.put(`${path}/content`, content, 'application/pdf');
  const document = { ...paper(kind, '01/BC', digest), title };
  recorded(await by.post(`${path}/deposits`, { document, depositedFor }));
  return digest;
}

/** What is typed in: values by component, and the files behind them. */
export function statement(
  values: Readonly<Record<string, string>>,
  evidence: readonly Digest[] = [],
  asOf = '2026-08-31',
) {
  return {
    status: 'P',
    values: Object.entries(values).map(([component, value]) => ({ component, value })),
    asOf,
    method: null,
    evidence: evidence.map((digest) => ({
      evidence: digest,
      reference: null,
      component: null,
      page: null,
    })),
    note: null,
    paper: null as null | { arrivalNumber: string; arrivedOn: string; evidence: Digest },
  };
}

export const verification = { version: 1, note: null, reviewBody: null, acceptance: null };
export const remarks = (text: string, component: string | null = null) => [
  { component, evidence: null, text },
];

/** The date that counted for a hand-in, as its event keeps it. */
export type DueRead = {
  readonly lastDay: string;
  readonly kind: string;
  readonly late: boolean;
  readonly handedInOn: string;
  readonly decidedBy: { readonly stream: string; readonly revision: number };
  readonly source: { readonly line: number; readonly raw: string } | null;
};

/** The data of a recorded act, read back by its receipt. */
export async function told<Data = Readonly<Record<string, unknown>>>(
  by: Official,
  { eventId }: Receipt,
): Promise<Data> {
  const { entry } = await by.reads<{ entry: string }>(`/receipts/${eventId}`);
  return (JSON.parse(entry) as { data: Data }).data;
}

export async function dueOf(by: Official, receipt: Receipt): Promise<DueRead | null> {
  return (await told<{ due: DueRead | null }>(by, receipt)).due;
}

/** A figure as its reader sees it, as far as these journeys look. */
export type FigureSeen = {
  readonly status: string;
  readonly revision: number | null;
  readonly present: {
    readonly statement: { readonly version: number; readonly kind: string };
  } | null;
  readonly inForce: { readonly statement: { readonly version: number } } | null;
  readonly pending: readonly number[];
  readonly marks: readonly string[];
  readonly leads: readonly { readonly agency: string; readonly succeeds: readonly string[] }[];
  readonly parts: readonly {
    readonly agency: string;
    readonly status: string;
    readonly overdue: boolean;
  }[];
  readonly handIns: {
    readonly versions: number;
    readonly first: { readonly late: boolean | null } | null;
    readonly laterLate: number;
    readonly returned: number;
    readonly byKind: Readonly<Record<string, number>>;
  };
  readonly openExplanations: readonly unknown[];
  readonly openDisputes: readonly unknown[];
  readonly openOrders: readonly { readonly order: string }[];
};

/** The queue of somebody: kind of task, what it is about, and by when. */
export async function tasksOf(
  by: Official,
): Promise<readonly (readonly [string, string, string | null])[]> {
  const { status, body, text } = await by.get('/tasks');
  if (status !== 200) throw new Error(`no tasks: ${status} ${text}`);
  const items = body['items'] as { kind: string; id: string; lastDay: string | null }[];
  return items.map(({ kind, id, lastDay }) => [kind, id.replace(`${round}.`, ''), lastDay]);
}
