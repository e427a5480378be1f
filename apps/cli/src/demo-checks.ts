import { Life, statement } from './demo-lives.ts';
import type { Stage } from './demo-lives.ts';
import { formatDecimal } from './terminal.ts';
import type { Language } from './terminal.ts';

/** What the checks found, as far as the demo reads it. */
type Checks = {
  readonly data: {
    readonly findings: readonly {
      readonly code: string;
      readonly severity: 'error' | 'warning';
      readonly component: string | null;
      readonly check: string | null;
      readonly expected: string | null;
      readonly found: string | null;
      readonly text: { readonly vi: string; readonly en: string };
      readonly about: readonly { readonly figure: string; readonly version: number }[];
    }[];
  } | null;
};

/**
 * The total of STI funding (denominator of IV.3) holds what the budget (I.4) and enterprises (I.5)
 * spend. Here it is less than the two together: the checker sees it, may not verify past it in
 * silence, and writes down why the version is accepted all the same.
 */
export async function crossCheckedFigures(stage: Stage): Promise<void> {
  const { survey, settlement } = stage.evidence;
  const spending = new Life(stage, `/figures/${stage.round}.I.5`);
  await spending.act(
    'financeOfficer',
    'submissions',
    {
      ...statement([{ component: 'value', value: '22051.0' }], [survey]),
      asOf: '2026-06-30',
      builtFrom: [],
    },
    {
      vi: 'Sở Tài chính nộp I.5: doanh nghiệp chi 22.051,0 triệu đồng, kèm danh sách khảo sát',
      en: 'Sở Tài chính submits I.5: enterprises spent 22,051.0 million đồng, with the survey list',
    },
  );
  const share = new Life(stage, `/figures/${stage.round}.IV.3`);
  const values = [
    { component: 'numerator', value: '22051.0' },
    { component: 'denominator', value: '176000.0' },
  ];
  await share.act(
    'financeOfficer',
    'submissions',
    { ...statement(values, [settlement]), builtFrom: [] },
    {
      vi: 'Sở Tài chính nộp IV.3: 22.051,0 trên tổng vốn 176.000,0 triệu đồng',
      en: 'Sở Tài chính submits IV.3: 22,051.0 of 176,000.0 million đồng in all',
    },
  );
  await share.act(
    'financeHead',
    'endorsements',
    { version: 1 },
    { vi: 'Giám đốc Sở Tài chính phê duyệt', en: "Sở Tài chính's head endorses" },
  );
  await overridden(stage, share);
}

const reason =
  'I.4 và I.5 cùng tính 2.521,5 triệu đồng vốn đối ứng; tổng vốn của IV.3 đã trừ phần trùng.';

async function overridden(stage: Stage, share: Life): Promise<void> {
  const { terminal, cast } = stage;
  const verification = { version: 1, note: null, reviewBody: null, acceptance: null };
  await share.refused('scienceChecker', 'verifications', verification, {
    vi: 'Sở KH&CN xác nhận IV.3 mà không giải trình chỗ lệch',
    en: 'DOST verifies IV.3 and says nothing of what does not agree',
  });
  const { data } = await cast.player('scienceChecker').client.get<Checks>(`${share.path}/checks`);
  const errors = (data?.findings ?? []).filter(({ severity }) => severity === 'error');
  for (const { text, check, expected, found, about } of errors) {
    const others = about.map(({ figure }) => figure.replace(`${stage.round}.`, '')).join(', ');
    const [stated, wanted] = [found, expected].map((side) => grouped(side, terminal.language));
    terminal.line(`    ${terminal.text(text)} [${check ?? ''}]`);
    terminal.line(`    ${stated} đồng; ${wanted} đồng (${others})`);
  }
  const overrides = errors.map(({ code, component, check }) => ({
    code,
    component,
    check,
    reason,
  }));
  await share.act(
    'scienceChecker',
    'verifications',
    { ...verification, overrides },
    {
      vi: 'Sở KH&CN xác nhận, ghi rõ lý do chấp nhận chỗ lệch: lý do ở lại cùng thao tác',
      en: 'DOST verifies it with its reason in words, which stays beside the act',
    },
  );
  terminal.line(`    “${reason}”`);
}

/** What a check found or wanted, its numbers as people read them: `≥ 178.521.500.000`. */
function grouped(side: string | null, language: Language): string {
  return (side ?? '').replace(/\d+(?:\.\d+)?/gu, (digits) => formatDecimal(digits, language));
}
