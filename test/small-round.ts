import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { confirmedRoles } from '#directory';
import { addDays, bareHex, dayInVietnam, digestOf, systemClock } from '#kernel';
import type { Day, Digest, DocumentRef, Role } from '#kernel';
import { recorded, Visitor } from './ledger-under-test.ts';
import type { LedgerUnderTest, Receipt } from './ledger-under-test.ts';

/**
 * The smallest round in which everybody has something to do: one edition, a few indicators of one
 * money component, agencies that lead or feed them, and people known by their office. It is entered
 * as a registrar enters it, act by act.
 */
export const round = 'son_la-qd1969-2026';

export type Office = {
  readonly login: string;
  readonly agency: string;
  readonly unit?: string;
  readonly roles: readonly Role[];
  /** A head whom nobody confirmed. */
  readonly unconfirmed?: true;
};

export type IndicatorPlan = {
  readonly code: string;
  readonly lead: string;
  readonly coordinating?: readonly string[];
};

export type RoundPlan = {
  readonly indicators: readonly IndicatorPlan[];
  readonly offices: readonly Office[];
};

/** Somebody enrolled and signed in, with the grants that a registrar may revoke. */
export type Member = Visitor & {
  readonly person: string;
  readonly grants: readonly string[];
  /** Of the stream `person-<person>`, once the person chose a secret. */
  readonly revision: number;
};

export type SmallRound = {
  readonly registrar: Visitor;
  readonly confirmer: Visitor;
  readonly member: (login: string) => Member;
  /** A file that was deposited and that any statement may cite. */
  readonly evidence: Digest;
};

const department = 'son_la.so_khcn';
export const checkingUnit = 'son_la.so_khcn.p_qlkh';
export const feedingUnit = 'son_la.so_khcn.p_khtc';
const committee = 'son_la.ubnd_tinh';

/** Days on which a grant may begin or end, in Vietnam: whatever day the tests run on. */
export const grantedFrom: Day = addDays(dayInVietnam(systemClock.now()), -30);

export const source = { file: 'plan.txt', line: 1, raw: 'như đã in' };

/** A new secret, long enough for the register and never written anywhere. */
export function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

/** Bootstrap, agencies, framework, round and people: everything before the first figure. */
export async function openSmallRound(
  ledger: LedgerUnderTest,
  { indicators, offices }: RoundPlan,
): Promise<SmallRound> {
  const { registrar, confirmer } = await bootstrap(ledger);
  const named = [
    ...indicators.flatMap(({ lead, coordinating = [] }) => [lead, ...coordinating]),
    ...offices.map(({ agency }) => agency),
  ];
  for (const agency of new Set([department, committee, ...named])) {
    await registerAgency(registrar, agency);
  }
  await publishEdition(registrar, indicators);
  await openRound(registrar, indicators);
  const evidence = await deposit(registrar, department, 'Quyết định bổ nhiệm');
  // Streams of different people have nothing to do with each other: all at once.
  const members = await Promise.all(
    offices.map(async (office) => {
      return [
        office.login,
        await enrol(ledger, { registrar, confirmer }, office, evidence),
      ] as const;
    }),
  );
  const byLogin = new Map(members);
  const member = (login: string): Member => {
    const found = byLogin.get(login);
    if (found === undefined) throw new TypeError(`${login} was not enrolled`);
    return found;
  };
  return { registrar, confirmer, member, evidence };
}

async function bootstrap(
  ledger: LedgerUnderTest,
): Promise<{ registrar: Visitor; confirmer: Visitor }> {
  const token = (await readFile(join(ledger.folder, 'bootstrap-token'), 'utf8')).trim();
  const account = (login: string, agency: string, position: string) => ({
    login,
    secret: newSecret(),
    agency,
    name: position,
    position,
  });
  const first = account('dangky', department, 'Cán bộ đăng ký');
  const second = account('xacnhan', committee, 'Người xác nhận');
  const registrar = new Visitor(ledger);
  const confirmer = new Visitor(ledger);
  const body = { token, registrar: first, confirmer: second };
  const { status, text } = await registrar.post('/bootstrap', body, { key: null });
  if (status !== 201) throw new Error(`the bootstrap was refused: ${text}`);
  await registrar.signIn(first.login, first.secret);
  await confirmer.signIn(second.login, second.secret);
  return { registrar, confirmer };
}

async function registerAgency(registrar: Visitor, agency: string): Promise<void> {
  const kinds: Readonly<Record<string, string>> = {
    [committee]: 'committee',
    'son_la.thanh_tra_tinh': 'inspectorate',
  };
  const name = { vi: `Cơ quan ${agency}`, en: null };
  const { revision } = recorded(
    await registrar.post('/agencies', {
      agency,
      kind: kinds[agency] ?? 'department',
      name,
      aliases: [],
      classes: [],
      document: null,
    }),
  );
  if (agency !== department) return;
  let ifMatch = revision;
  for (const unit of [checkingUnit, feedingUnit]) {
    const path = `/agencies/${agency}/units`;
    ({ revision: ifMatch } = recorded(await registrar.post(path, { unit, name }, { ifMatch })));
  }
}

async function publishEdition(
  registrar: Visitor,
  indicators: readonly IndicatorPlan[],
): Promise<void> {
  const editions = '/frameworks/qd1969/editions';
  const name = { vi: 'Đầu vào', en: null };
  let { revision: ifMatch } = recorded(
    await registrar.post(editions, {
      edition: '2026',
      title: { vi: 'Bộ chỉ số rút gọn', en: null },
      document: document('decision', 'Quyết định ban hành bộ chỉ số'),
      aliases: [],
      groups: [{ code: 'I', name, declaredCount: indicators.length }],
    }),
  );
  for (const { code } of indicators) {
    const value = {
      key: 'value',
      label: { vi: 'Giá trị', en: null },
      type: 'money',
      unit: 'triệu đồng',
      scaleMax: 6,
      required: true,
      suppliedBy: 'both',
      itemKey: null,
    };
    const definition = {
      code,
      group: 'I',
      kind: 'indicator',
      name,
      status: 'proposed',
      unit: 'triệu đồng',
      valueType: 'money',
      aggregation: { rule: 'sum', factor: null, meaning: 'Cộng các phần' },
      components: [value],
      evidenceKinds: ['report'],
      target: null,
      deliverable: null,
      reasoning: 'một khoản tiền',
      basis: 'đề xuất',
      sources: [source],
    };
    const path = `${editions}/2026/indicators`;
    ({ revision: ifMatch } = recorded(await registrar.post(path, { definition }, { ifMatch })));
  }
}

async function openRound(registrar: Visitor, indicators: readonly IndicatorPlan[]): Promise<void> {
  let { revision: ifMatch } = recorded(
    await registrar.post('/rounds', {
      round,
      framework: 'qd1969',
      edition: '2026',
      period: { from: '2026-01-01', to: '2026-12-31', label: '2026' },
      title: { vi: 'Đợt đánh giá rút gọn', en: null },
      legalBasis: document('plan', 'Kế hoạch đánh giá'),
      checkingAgency: department,
      chain: [department, committee],
      responsibility: [{ agencyKinds: ['department'], text: 'chịu trách nhiệm', source }],
      verificationBasis: source,
      datesUnspecified: [],
    }),
  );
  const act = async (path: string, body: unknown) => {
    const answer = await registrar.post(`/rounds/${round}/${path}`, body, { ifMatch });
    ({ revision: ifMatch } = recorded(answer));
  };
  for (const { code, lead, coordinating = [] } of indicators) {
    const assignment = {
      indicator: code,
      mode: 'single',
      leads: [lead],
      coordinating: coordinating.map((agency) => ({ raw: agency, agency, class: null })),
      dates: [],
      raw: { lead, coordinating: coordinating.join(', '), due: 'Quý IV/2026' },
      source,
    };
    await act('assignments', { assignment });
    await act('participants', { indicator: code, choices: [] });
  }
}

export function document(
  kind: DocumentRef['kind'],
  title: string,
  digest: Digest | null = null,
): DocumentRef {
  return { kind, number: '01/VB', date: null, issuer: 'UBND tỉnh Sơn La', title, digest };
}

/** A file that looks like a PDF to whoever sniffs it and is unlike every other one. */
export function madeUpPdf(title: string): Uint8Array<ArrayBuffer> {
  const text = `%PDF-1.7\n% ${title}\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n`;
  return new TextEncoder().encode(text);
}

/** Hands in a made-up file and records its deposit. */
export async function deposit(by: Visitor, agency: string, title: string): Promise<Digest> {
  const content = madeUpPdf(title);
  const digest = digestOf(content);
  const path = `/evidence/${bareHex(digest)}`;
  await by.put(`${path}/content`, content, 'application/pdf');
  const body = { document: document('report', title, digest), depositedFor: agency };
  recorded(await by.post(`${path}/deposits`, body));
  return digest;
}

/** Enters somebody with their grants, who then chooses a secret and signs in. */
export async function enrol(
  ledger: LedgerUnderTest,
  { registrar, confirmer }: { registrar: Visitor; confirmer: Visitor },
  { login, agency, unit = agency, roles, unconfirmed }: Office,
  appointment: Digest,
): Promise<Member> {
  const particulars = { login, agency, unit, name: login, position: login };
  const enrolled = recorded(await registrar.post('/people', particulars));
  const { person, activationCode } = enrolled as Receipt & Record<'person', string>;
  let ifMatch = enrolled.revision;
  const grants: string[] = [];
  for (const role of roles) {
    const isAppointed = role === 'head' || role === 'deputy';
    const granted = recorded(
      await registrar.post(
        `/people/${person}/grants`,
        {
          role,
          agency,
          unit,
          from: grantedFrom,
          to: null,
          document: isAppointed ? document('decision', 'Bổ nhiệm', appointment) : null,
        },
        { ifMatch },
      ),
    );
    const grant = String(granted['grant']);
    grants.push(grant);
    ifMatch = granted.revision;
    // The registrar's own agency is another one than the confirmer's, whatever the role.
    if (!confirmedRoles.includes(role) || unconfirmed === true) continue;
    const path = `/people/${person}/grants/${grant}/confirmations`;
    ({ revision: ifMatch } = recorded(await confirmer.post(path, {}, { ifMatch })));
  }
  const secret = newSecret();
  const visitor = new Visitor(ledger);
  await visitor.post('/activations', { code: activationCode, secret }, { key: null });
  const { status, text } = await visitor.signIn(login, secret);
  if (status !== 201) throw new Error(`${login} could not sign in: ${text}`);
  // Using the code is an act of its own in the person's stream.
  return Object.assign(visitor, { person, grants, revision: ifMatch + 1 });
}

/** A statement of the one component, as an officer types it. */
export function statement(value: string, evidence: readonly Digest[] = []) {
  return {
    status: 'P',
    values: [{ component: 'value', value }],
    asOf: '2026-09-15',
    method: null,
    evidence: evidence.map((digest) => ({
      evidence: digest,
      reference: null,
      component: null,
      page: null,
    })),
    note: null,
    paper: null,
    builtFrom: [] as string[],
  };
}

/** The same as a correction of what was handed in before. */
export function correction(value: string, reason = 'Số liệu nhập nhầm.') {
  return { ...statement(value), kind: 'correction', reason };
}
