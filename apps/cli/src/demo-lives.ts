import type { Digest } from '#kernel';
import type { Cast, OfficeKey } from './demo-cast.ts';
import { ProblemAnswer } from './ledger-client.ts';
import type { LedgerClient, ReceiptBody } from './ledger-client.ts';
import type { Say, Terminal } from './terminal.ts';

/** What every life needs: the people, where to print, and the evidence that was deposited. */
export type Stage = {
  readonly cast: Cast;
  readonly registrar: LedgerClient;
  readonly terminal: Terminal;
  readonly round: string;
  readonly evidence: {
    readonly settlement: Digest;
    readonly settlementCorrected: Digest;
    readonly contribution: Digest;
    readonly minutes: Digest;
    readonly plan: Digest;
    readonly survey: Digest;
    readonly jobs: Digest;
  };
  /** Days around the one the demo runs on, in Vietnam. */
  readonly today: string;
  readonly yesterday: string;
  readonly replyBy: string;
};

type Statement = {
  readonly status: string;
  readonly values: readonly Record<string, unknown>[];
  readonly asOf: string;
  readonly method: string | null;
  readonly evidence: readonly Record<string, unknown>[];
  readonly note: string | null;
  readonly paper: null;
};

/** A statement as an officer types it: provisional, since every deadline falls within the year. */
export function statement(
  values: Statement['values'],
  evidence: readonly Digest[],
  note: string | null = null,
): Statement {
  return {
    status: 'P',
    values,
    asOf: '2026-09-15',
    method: null,
    evidence: evidence.map((digest) => ({
      evidence: digest,
      reference: null,
      component: null,
      page: null,
    })),
    note,
    paper: null,
  };
}

/** The acts of one figure or part, each on the revision that the act before left. */
export class Life {
  readonly path: string;
  private readonly stage: Stage;
  private revision: number | undefined;
  version = 0;

  constructor(stage: Stage, path: string, revision?: number) {
    this.stage = stage;
    this.path = path;
    this.revision = revision;
  }

  async act(who: OfficeKey, act: string, body: object, say: Say): Promise<ReceiptBody> {
    const { client } = this.stage.cast.player(who);
    const options = this.revision === undefined ? {} : { ifMatch: this.revision };
    const { receipt } = await client.post(`${this.path}/${act}`, body, options);
    this.revision = receipt.revision;
    if (['submissions', 'corrections', 'unavailabilities', 'no-data'].includes(act))
      this.version += 1;
    this.stage.terminal.done(say);
    return receipt;
  }

  /** An act that a rule refuses; anything else than a refusal is a fault of the demo. */
  async refused(who: OfficeKey, act: string, body: object, say: Say): Promise<void> {
    const { client } = this.stage.cast.player(who);
    const options = this.revision === undefined ? {} : { ifMatch: this.revision };
    try {
      await client.post(`${this.path}/${act}`, body, options);
    } catch (error) {
      if (!(error instanceof ProblemAnswer) || error.status >= 500) throw error;
      this.stage.terminal.refused({
        vi: `${say.vi} — bị từ chối: ${String(error.problem['title'])} [${error.code}]`,
        en: `${say.en} — refused: ${String(error.problem['title'])} [${error.code}]`,
      });
      return;
    }
    throw new Error(`${act} on ${this.path} should have been refused`);
  }
}

/** DOST's part of I.4: from another agency, endorsed by that agency's own head. */
async function budgetPart(stage: Stage): Promise<string> {
  const id = `${stage.round}.I.4.so_khcn`;
  const { client } = stage.cast.player('scienceOfficer');
  const life = new Life(
    stage,
    `/contributions/${id}`,
    await client.revision(`/contributions/${id}`),
  );
  await life.act(
    'scienceOfficer',
    'submissions',
    {
      ...statement([{ component: 'value', value: '64215.0' }], [stage.evidence.contribution]),
      outsideSource: null,
    },
    {
      vi: 'Sở KH&CN nộp phần của mình cho I.4: 64.215,0 triệu đồng',
      en: 'DOST submits its part of I.4: 64,215.0 million đồng',
    },
  );
  await life.act(
    'scienceHead',
    'endorsements',
    { version: 1 },
    {
      vi: 'Giám đốc Sở KH&CN phê duyệt phần số liệu của cơ quan mình',
      en: "DOST's own head endorses the part",
    },
  );
  await life.act(
    'financeOfficer',
    'acceptances',
    { version: 1, note: null },
    {
      vi: 'Sở Tài chính (chủ trì) nhận phần số liệu',
      en: 'the lead, Sở Tài chính, accepts the part',
    },
  );
  return id;
}

/** I.4 from the first hand-in over a return to a correction after verification. */
export async function budgetFigure(stage: Stage): Promise<void> {
  const life = new Life(stage, `/figures/${stage.round}.I.4`);
  await returnedFirst(stage, life);
  const part = await budgetPart(stage);
  await verifiedThenCorrected(stage, life, part);
}

async function returnedFirst(stage: Stage, life: Life): Promise<void> {
  const first = statement([{ component: 'value', value: '92255.5' }], [stage.evidence.settlement]);
  await life.act(
    'financeOfficer',
    'submissions',
    { ...first, builtFrom: [] },
    {
      vi: 'Sở Tài chính nộp I.4: 92.255,5 triệu đồng, kèm báo cáo quyết toán (PDF)',
      en: 'Sở Tài chính submits I.4: 92,255.5 million đồng, with the settlement report (PDF)',
    },
  );
  await life.refused(
    'industryHead',
    'endorsements',
    { version: 1 },
    {
      vi: 'Giám đốc Sở Công Thương phê duyệt thay',
      en: 'the head of Sở Công Thương endorses it',
    },
  );
  await life.act(
    'financeHead',
    'endorsements',
    { version: 1 },
    {
      vi: 'Giám đốc Sở Tài chính phê duyệt, nhận câu trách nhiệm của Kế hoạch',
      en: "Sở Tài chính's head endorses, accepting the plan's responsibility sentence",
    },
  );
  await life.act(
    'scienceChecker',
    'returns',
    {
      version: 1,
      remarks: [
        {
          component: 'value',
          evidence: null,
          text: 'Chưa khớp báo cáo quyết toán: thiếu phần chi do Sở KH&CN trực tiếp sử dụng.',
        },
      ],
      lastDay: stage.replyBy,
    },
    {
      vi: 'Sở KH&CN trả lại: chưa khớp minh chứng, thiếu phần chi do Sở KH&CN sử dụng',
      en: 'DOST returns it with reasons: it disagrees with the evidence, the part of DOST is missing',
    },
  );
}

async function verifiedThenCorrected(stage: Stage, life: Life, part: string): Promise<void> {
  const second = statement(
    [{ component: 'value', value: '156470.5' }],
    [stage.evidence.settlement, stage.evidence.contribution],
  );
  await life.act(
    'financeOfficer',
    'corrections',
    {
      ...second,
      kind: 'resubmission',
      reason: 'Bổ sung phần chi do Sở KH&CN trực tiếp sử dụng, khớp báo cáo quyết toán.',
      builtFrom: [part],
    },
    {
      vi: 'Sở Tài chính nộp lại: 156.470,5 triệu đồng, lập từ phần của Sở KH&CN',
      en: "Sở Tài chính resubmits: 156,470.5 million đồng, built from DOST's part",
    },
  );
  await life.act(
    'financeHead',
    'endorsements',
    { version: 2 },
    {
      vi: 'Giám đốc Sở Tài chính phê duyệt phiên bản 2',
      en: "Sở Tài chính's head endorses version 2",
    },
  );
  await life.act(
    'scienceChecker',
    'verifications',
    { version: 2, note: null, reviewBody: null, acceptance: null },
    {
      vi: 'Sở KH&CN (phòng khác với phòng đã góp số liệu) xác nhận phiên bản 2: có hiệu lực',
      en: 'DOST (another unit than the one that fed it) verifies version 2: it is in force',
    },
  );
  await life.act(
    'financeOfficer',
    'corrections',
    {
      ...statement(
        [{ component: 'value', value: '158270.5' }],
        [stage.evidence.settlementCorrected, stage.evidence.contribution],
      ),
      kind: 'correction',
      reason: 'Mục 2 ghi 41.300,0 do đảo chữ số khi nhập liệu; số đúng là 43.100,0 triệu đồng.',
      builtFrom: [part],
    },
    {
      vi: 'Đính chính sau khi xác nhận: 158.270,5; phiên bản 2 vẫn có hiệu lực',
      en: 'a correction after verification: 158,270.5; version 2 stays in force',
    },
  );
}

/** A commune's part of I.2: nothing occurred, said and endorsed like any figure. */
export async function communePart(stage: Stage): Promise<void> {
  const id = `${stage.round}.I.2.p_to_hieu`;
  const { client } = stage.cast.player('communeOfficer');
  const life = new Life(
    stage,
    `/contributions/${id}`,
    await client.revision(`/contributions/${id}`),
  );
  await life.act(
    'communeOfficer',
    'no-data',
    {
      reason: 'Trên địa bàn phường không có tổ chức, cá nhân hoạt động nghiên cứu.',
      asOf: '2026-09-15',
      evidence: [],
    },
    {
      vi: 'UBND phường Tô Hiệu khai "không phát sinh" cho I.2',
      en: 'the ward of Tô Hiệu declares "không phát sinh" (no data) for I.2',
    },
  );
  await life.act(
    'communeHead',
    'endorsements',
    { version: 1 },
    {
      vi: 'Chủ tịch UBND phường phê duyệt, như một sở',
      en: "the commune's chairman endorses it, exactly as a department's head would",
    },
  );
}

/** IV.10 cannot be had: that is a statement too, with its reason. */
export async function unavailableFigure(stage: Stage): Promise<void> {
  const life = new Life(stage, `/figures/${stage.round}.IV.10`);
  await life.act(
    'financeOfficer',
    'unavailabilities',
    {
      reason: 'Chưa có phương pháp đo lường chính thức của Bộ Khoa học và Công nghệ.',
      asOf: '2026-09-15',
      evidence: [],
    },
    {
      vi: 'Sở Tài chính khai IV.10 không có số liệu, nêu lý do',
      en: 'Sở Tài chính declares IV.10 unavailable, with the reason',
    },
  );
  await life.act(
    'financeHead',
    'endorsements',
    { version: 1 },
    {
      vi: 'Giám đốc Sở Tài chính phê duyệt việc khai không có số liệu',
      en: "Sở Tài chính's head endorses that statement",
    },
  );
}

/** Two figures on either side of their dates, which were set by a recorded document. */
export async function figuresAndDates(stage: Stage): Promise<void> {
  const late = new Life(stage, `/figures/${stage.round}.III.5`);
  await late.act(
    'financeOfficer',
    'submissions',
    {
      ...statement([{ component: 'value', value: '4' }], [stage.evidence.settlement]),
      builtFrom: [],
    },
    { vi: 'Sở Tài chính nộp III.5 sau hạn', en: 'Sở Tài chính submits III.5 after its date' },
  );
  const onTime = new Life(stage, `/figures/${stage.round}.V.2`);
  await onTime.act(
    'homeOfficer',
    'submissions',
    {
      ...statement([{ component: 'value', value: '126' }], [stage.evidence.jobs]),
      builtFrom: [],
    },
    { vi: 'Sở Nội vụ nộp V.2 trong hạn', en: 'Sở Nội vụ submits V.2 within its date' },
  );
}
