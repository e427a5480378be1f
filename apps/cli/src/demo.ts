import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addDays, dayInVietnam, systemClock } from '#kernel';
import type { Day, Digest, DocumentRef } from '#kernel';
import { planCommands, planPartRequests, readPlanFiles } from '#catalogue/node';
import { readToken } from './bootstrap.ts';
import { Cast, demoFile, deposit, generateSecret } from './demo-cast.ts';
import type { OfficeKey } from './demo-cast.ts';
import { crossCheckedFigures } from './demo-checks.ts';
import { freshFolder, writeAccounts } from './demo-folder.ts';
import type { Account } from './demo-folder.ts';
import { budgetFigure, communePart, figuresAndDates, unavailableFigure } from './demo-lives.ts';
import type { Stage } from './demo-lives.ts';
import { selfLedFigure } from './demo-self-led.ts';
import { checkReceipt, handReceipt } from './demo-receipt.ts';
import { report } from './demo-report.ts';
import { LedgerClient } from './ledger-client.ts';
import { loadPlan } from './load.ts';
import { startServerProcess } from './server-process.ts';
import type { Terminal } from './terminal.ts';

const round = 'son_la-qd1969-2026';
const planFolder = fileURLToPath(new URL(`../../../../infra/plans/${round}`, import.meta.url));

/**
 * The main job, end to end, over the public HTTP API: a fresh ledger, the Sơn La 2026 round, real
 * lives of figures, and what an auditor reads afterwards. Leaves the folder to be served.
 */
export async function runDemo(terminal: Terminal, named: string | undefined): Promise<void> {
  const folder = await freshFolder(named);
  terminal.heading({ vi: 'Sổ minh chứng: một sổ mới', en: 'MinhChung: a fresh ledger' });
  terminal.line(`  ${folder}`);
  // Of made-up figures everybody may read the entries.
  const server = await startServerProcess(folder, { LEDGER_ENTRIES_PUBLIC: 'true' });
  try {
    const stage = await play(terminal, folder, server.url);
    await handReceipt(stage, folder);
  } finally {
    await server.stop();
  }
  await checkReceipt(terminal, folder);
  terminal.line();
  terminal.line(
    terminal.text({
      vi: `Tài khoản và mật khẩu của mọi người: ${join(folder, 'accounts.json')}`,
      en: `Everybody's login and secret: ${join(folder, 'accounts.json')}`,
    }),
  );
  terminal.line(
    terminal.text({
      vi: 'Sổ này được mở với LEDGER_ENTRIES_PUBLIC=true, không đổi được nữa: ai cũng đọc được các mục.',
      en: 'This ledger was opened with LEDGER_ENTRIES_PUBLIC=true, for good: anybody may read its entries.',
    }),
  );
  terminal.line(terminal.text({ vi: 'Để xem tiếp:', en: 'To go on with it:' }));
  terminal.line(`  LEDGER_DATA=${folder} npm start`);
}

async function play(terminal: Terminal, folder: string, url: string): Promise<Stage> {
  const today = dayInVietnam(systemClock.now());
  const { cast, registrar } = await people(terminal, folder, url, today);
  await moveDates(terminal, registrar, today);
  const stage = await prepareStage(terminal, cast, registrar, today);

  terminal.heading({ vi: 'I.4 — Tổng chi ngân sách', en: 'I.4 — total spending from the budget' });
  await budgetFigure(stage);
  terminal.heading({ vi: 'Các số liệu khác', en: 'Other figures' });
  await communePart(stage);
  await unavailableFigure(stage);
  await figuresAndDates(stage);
  terminal.heading({
    vi: 'IV.3, I.4 và I.5 — tổng không thể nhỏ hơn các phần',
    en: 'IV.3, I.4 and I.5 — a total cannot be less than its parts',
  });
  await crossCheckedFigures(stage);
  terminal.heading({ vi: 'I.1 — Sở KH&CN tự chủ trì', en: 'I.1 — led by the agency that checks' });
  await selfLedFigure(stage);
  await report(stage);
  return stage;
}

type FirstPeople = {
  readonly registrar: LedgerClient;
  readonly confirmer: LedgerClient;
  readonly accounts: readonly Account[];
};

/** The first two people, by the one-time token that the server left in its folder. */
async function firstPeople(terminal: Terminal, folder: string, url: string): Promise<FirstPeople> {
  const account = (login: string, agency: string): Account => ({
    login,
    secret: generateSecret(),
    agency,
    role: 'registrar',
  });
  const accounts = {
    registrar: account('skhcn.dangky', 'son_la.so_khcn'),
    confirmer: account('ubnd.xacnhan', 'son_la.ubnd_tinh'),
  };
  const entry = ({ login, secret, agency }: Account, name: string, position: string) => ({
    login,
    secret,
    agency,
    name,
    position,
  });
  const registrar = new LedgerClient(url, terminal.language);
  await registrar.post('/bootstrap', {
    token: await readToken(folder),
    registrar: entry(accounts.registrar, 'Cán bộ đăng ký, Sở KH&CN', 'Cán bộ đăng ký'),
    confirmer: entry(accounts.confirmer, 'Người xác nhận, UBND tỉnh', 'Người xác nhận'),
  });
  const confirmer = registrar.another();
  await registrar.signIn(accounts.registrar.login, accounts.registrar.secret);
  await confirmer.signIn(accounts.confirmer.login, accounts.confirmer.secret);
  terminal.done({
    vi: 'Người đăng ký và người xác nhận đầu tiên, bằng mã một lần',
    en: 'the first registrar and the first confirming person, by the one-time token',
  });
  return { registrar, confirmer, accounts: Object.values(accounts) };
}

/** The plan, and everybody with a role and a secret of their own. */
async function people(
  terminal: Terminal,
  folder: string,
  url: string,
  today: Day,
): Promise<{ cast: Cast; registrar: LedgerClient }> {
  const { registrar, confirmer, accounts } = await firstPeople(terminal, folder, url);
  const plan = await readPlanFiles(planFolder);
  const { recorded } = await loadPlan(registrar, planCommands(plan));
  terminal.done({
    vi: `Đợt Sơn La 2026: 50 chỉ số, ${recorded} thao tác; 3 trong 75 xã, phường được nạp để minh họa`,
    en: `the Sơn La 2026 round: 50 indicators, ${recorded} acts; 3 of 75 communes, for the demo`,
  });
  const checks = plan.crossChecks?.checks.length ?? 0;
  terminal.done({
    vi: `${checks} kiểm tra chéo giữa các chỉ số, đều là đề xuất`,
    en: `${checks} cross-checks between indicators, all of them proposed`,
  });

  const appointment = await demoFile('appointment-decision.pdf');
  const appointmentRef: DocumentRef = {
    kind: 'decision',
    number: null,
    date: null,
    issuer: 'UBND tỉnh Sơn La',
    title: 'Quyết định bổ nhiệm (tài liệu minh họa)',
    digest: appointment.digest,
  };
  await deposit({ client: registrar, agency: 'son_la.so_khcn' }, appointment, appointmentRef);
  const cast = new Cast(registrar, confirmer);
  cast.accounts.push(...accounts);
  await cast.enrolAll(appointmentRef, addDays(today, -30));
  await writeAccounts(folder, cast.accounts);
  terminal.done({
    vi: `${cast.accounts.length} người tự đặt mật khẩu; thủ trưởng được cơ quan khác xác nhận`,
    en: `${cast.accounts.length} people with secrets of their own; heads confirmed by another agency`,
  });
  const asked = await cast.requestParts(planPartRequests(plan));
  terminal.done({
    vi: `Các đơn vị chủ trì yêu cầu ${asked} phần số liệu phối hợp`,
    en: `the leads ask for ${asked} parts of other agencies`,
  });
  return { cast, registrar };
}

/** One date to yesterday and one to next year, so that the demo tells the same on any day. */
async function moveDates(terminal: Terminal, registrar: LedgerClient, today: Day): Promise<void> {
  const document: DocumentRef = {
    kind: 'letter',
    number: null,
    date: addDays(today, -3),
    issuer: 'UBND tỉnh Sơn La',
    title: 'Công văn điều chỉnh thời hạn (tài liệu minh họa)',
    digest: null,
  };
  const due = { scope: 'figure', dateId: null, document };
  for (const [indicator, lastDay, why] of [
    ['III.5', addDays(today, -1), 'Điều chỉnh sớm hơn theo công văn.'],
    ['V.2', addDays(today, 365), 'Điều chỉnh muộn hơn theo công văn.'],
  ] as const) {
    const ifMatch = await registrar.revision(`/rounds/${round}`);
    await registrar.post(
      `/rounds/${round}/due-decisions`,
      { ...due, indicator, lastDay, why },
      ifMatch === undefined ? {} : { ifMatch },
    );
  }
  terminal.done({
    vi: 'Công văn của UBND tỉnh dời hạn III.5 về hôm qua và V.2 sang năm sau',
    en: "a letter of the committee moves III.5's date to yesterday and V.2's into next year",
  });
}

/** The evidence files, deposited by those who hold them. */
async function prepareStage(
  terminal: Terminal,
  cast: Cast,
  registrar: LedgerClient,
  today: Day,
): Promise<Stage> {
  const evidence = await depositAll(cast);
  terminal.done({ vi: 'Minh chứng (PDF) đã nộp', en: 'the evidence (PDF) is deposited' });
  return {
    cast,
    registrar,
    terminal,
    round,
    evidence,
    today,
    yesterday: addDays(today, -1),
    replyBy: addDays(today, 14),
  };
}

type Held = readonly [
  who: OfficeKey,
  file: string,
  kind: DocumentRef['kind'],
  title: string,
  issuer: string,
];

/** Who cites a file holds it: the survey list is deposited by both agencies that have it. */
const held: Readonly<Record<keyof Stage['evidence'], Held>> = {
  settlement: [
    'financeOfficer',
    'budget-settlement.pdf',
    'report',
    'Báo cáo quyết toán chi KH&CN (số liệu minh họa)',
    'Sở Tài chính',
  ],
  settlementCorrected: [
    'financeOfficer',
    'budget-settlement-corrected.pdf',
    'report',
    'Báo cáo quyết toán chi KH&CN, đính chính (số liệu minh họa)',
    'Sở Tài chính',
  ],
  survey: [
    'financeOfficer',
    'enterprise-survey-list.pdf',
    'report',
    'Danh sách doanh nghiệp khảo sát (số liệu minh họa)',
    'Sở Tài chính',
  ],
  contribution: [
    'scienceOfficer',
    'dost-contribution.pdf',
    'report',
    'Phần số liệu của Sở KH&CN cho I.4 (số liệu minh họa)',
    'Sở Khoa học và Công nghệ',
  ],
  jobs: [
    'homeOfficer',
    'enterprise-survey-list.pdf',
    'statement',
    'Danh sách doanh nghiệp có việc làm mới (số liệu minh họa)',
    'Sở Nội vụ',
  ],
  minutes: [
    'homeHead',
    'review-session-minutes.pdf',
    'minutes',
    'Biên bản họp Tổ chuyên môn liên ngành (tài liệu minh họa)',
    'Tổ chuyên môn liên ngành',
  ],
  plan: [
    'scienceOfficer',
    'evaluation-plan.pdf',
    'plan',
    'Kế hoạch đánh giá KH,CN và ĐMST năm 2026 (dự thảo)',
    'UBND tỉnh Sơn La',
  ],
};

async function depositAll(cast: Cast): Promise<Stage['evidence']> {
  const digests: Partial<Record<keyof Stage['evidence'], Digest>> = {};
  for (const [key, one] of Object.entries(held) as [keyof Stage['evidence'], Held][]) {
    const [who, file, kind, title, issuer] = one;
    const document = { kind, number: null, date: null, issuer, title };
    digests[key] = await deposit(cast.player(who), await demoFile(file), document);
  }
  return digests as Stage['evidence'];
}
