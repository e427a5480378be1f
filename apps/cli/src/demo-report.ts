import { epochMs, instantFromMs } from '#kernel';
import type { Instant } from '#kernel';
import type { AgencyAccount, FigureView } from '#read-models';
import type { HistoryItem } from '#read-models/node';
import type { Stage } from './demo-lives.ts';
import type { LedgerClient } from './ledger-client.ts';
import { actText, markText, roleText, statusText } from './demo-words.ts';
import { formatDay, formatDecimal } from './terminal.ts';
import type { Terminal } from './terminal.ts';

type Answer<Data> = { readonly data: Data };
type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

/** What an auditor reads afterwards, by the auditor's own account and the public API. */
export async function report(stage: Stage): Promise<void> {
  const { terminal, round } = stage;
  const auditor = stage.cast.player('auditor').client;
  await historyOf(terminal, auditor, stage);
  await thenAndNow(terminal, auditor, `${round}.I.4`);
  await dates(terminal, auditor, round);
  await accountability(terminal, auditor, round);
}

/** Every act on I.4 and its part: who, what, when, why, on what evidence, and its digest. */
async function historyOf(terminal: Terminal, client: LedgerClient, stage: Stage): Promise<void> {
  terminal.heading({
    vi: 'Lịch sử I.4, như kiểm toán viên đọc',
    en: 'The history of I.4, as an auditor reads it',
  });
  const items = await allHistory(client, `/figures/${stage.round}.I.4/history`);
  terminal.table(
    [
      '#',
      terminal.text({ vi: 'Lúc (+07)', en: 'At (+07)' }),
      terminal.text({ vi: 'Ai', en: 'Who' }),
      terminal.text({ vi: 'Việc', en: 'Act' }),
      terminal.text({ vi: 'Minh chứng', en: 'Evidence' }),
      terminal.text({ vi: 'Mã băm', en: 'Digest' }),
    ],
    items.map((item) => [
      String(item.leafIndex),
      vietnamTime(item.at),
      `${roleText(item.who.role, terminal.language)} ${item.who.unit}`,
      actText(item.type, terminal.language),
      item.evidence.map((digest) => digest.slice(7, 15)).join(' '),
      item.digest.slice(7, 19),
    ]),
  );
  for (const { leafIndex, why } of items) {
    const texts = [why.reason, ...why.remarks.map(({ text }) => text)].filter(
      (text) => text !== null,
    );
    for (const text of texts) terminal.line(`    #${leafIndex}: “${text}”`);
  }
}

/** Day and time on a clock in Vietnam, where the days that count are meant. */
function vietnamTime(at: Instant): string {
  const local = instantFromMs(epochMs(at) + 7 * 60 * 60 * 1000);
  return `${local.slice(0, 10)} ${local.slice(11, 23)}`;
}

/** All pages of a history. */
async function allHistory(client: LedgerClient, path: string): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const page: Page<HistoryItem> = await client.get(`${path}${query}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** What was known when the figure had just been returned, beside what is known now. */
async function thenAndNow(terminal: Terminal, client: LedgerClient, figure: string): Promise<void> {
  const history = await allHistory(client, `/figures/${figure}/history`);
  const returned = history.find(({ type }) => type === 'figure.returned.v1');
  if (returned === undefined) throw new Error(`${figure} was never returned`);
  const path = `/figures/${figure}`;
  const [before, now] = [
    await client.get<Answer<FigureView>>(`${path}?asOf=${returned.leafIndex}`),
    await client.get<Answer<FigureView>>(path),
  ];
  terminal.heading({
    vi: `I.4 sau bản ghi #${returned.leafIndex} (lúc bị trả lại), bên cạnh hiện tại`,
    en: `I.4 as of entry #${returned.leafIndex} (when it was returned), beside now`,
  });
  const column = ({ data }: Answer<FigureView>): string[] => [
    statusText(data.status, terminal.language),
    valueText(data.present, terminal),
    valueText(data.inForce, terminal),
    data.marks.map((mark) => markText(mark, terminal.language)).join(', '),
  ];
  const [then, today] = [column(before), column(now)];
  const labels = [
    { vi: 'Trạng thái', en: 'Status' },
    { vi: 'Phiên bản mới nhất', en: 'Latest version' },
    { vi: 'Phiên bản có hiệu lực', en: 'Version in force' },
    { vi: 'Dấu', en: 'Marks' },
  ];
  terminal.table(
    ['', `#${returned.leafIndex}`, terminal.text({ vi: 'Hiện tại', en: 'Now' })],
    labels.map((label, row) => [terminal.text(label), then[row] ?? '', today[row] ?? '']),
  );
}

/** Money as typed, in its declared unit. */
function valueText(version: FigureView['present'], terminal: Terminal): string {
  if (version === null) return '—';
  const { statement } = version;
  const [value] = statement.values;
  const number = value?.entered?.value ?? value?.value;
  if (value === undefined || number === undefined) return `v${statement.version}: —`;
  const unit = value.entered?.unit ?? value.unit ?? '';
  return `v${statement.version}: ${formatDecimal(number, terminal.language)} ${unit}`.trim();
}

/** The late figure and the one on time: by which date, and why that date counts. */
async function dates(terminal: Terminal, client: LedgerClient, round: string): Promise<void> {
  terminal.heading({ vi: 'Đúng hạn và trễ hạn', en: 'On time and late' });
  for (const indicator of ['III.5', 'V.2']) {
    const { data } = await client.get<Answer<FigureView>>(`/figures/${round}.${indicator}`);
    const due = data.present?.statement.due;
    if (due === undefined || due === null) throw new Error(`${indicator} has no date that counts`);
    const day = (text: string): string => formatDay(text, terminal.language);
    const { stream, revision } = due.decidedBy;
    const why =
      due.kind === 'document'
        ? { vi: 'văn bản', en: 'a document' }
        : { vi: 'ngày trong kế hoạch', en: "the plan's date" };
    const verdict = due.late ? { vi: 'TRỄ HẠN', en: 'LATE' } : { vi: 'đúng hạn', en: 'on time' };
    terminal.line(
      terminal.text({
        vi: `  ${indicator}: ${verdict.vi} — nộp ${day(due.handedInOn)}, hạn đến hết ${day(due.lastDay)}`,
        en: `  ${indicator}: ${verdict.en} — handed in ${day(due.handedInOn)}, due by the end of ${day(due.lastDay)}`,
      }),
    );
    terminal.line(
      terminal.text({
        vi: `    căn cứ: ${why.vi}, ghi tại ${stream} số ${revision}`,
        en: `    because: ${why.en}, recorded in ${stream} at revision ${revision}`,
      }),
    );
  }
}

async function accountability(
  terminal: Terminal,
  client: LedgerClient,
  round: string,
): Promise<void> {
  terminal.heading({ vi: 'Trách nhiệm theo cơ quan', en: 'Accountability by agency' });
  const accounts = await client.get<Page<AgencyAccount>>(`/rounds/${round}/accountability`);
  const header = [
    { vi: 'Cơ quan', en: 'Agency' },
    { vi: 'Phải nộp', en: 'Owed' },
    { vi: 'Đúng hạn', en: 'On time' },
    { vi: 'Trễ', en: 'Late' },
    { vi: 'Bị trả', en: 'Returned' },
    { vi: 'Đính chính', en: 'Corrected' },
    { vi: 'Không có', en: 'Absent' },
    { vi: 'Chưa nộp', en: 'Open' },
    { vi: 'Quá hạn', en: 'Overdue' },
  ];
  terminal.table(
    header.map((title) => terminal.text(title)),
    accounts.items.map(({ agency, figures, contributions }) => {
      const sum = (key: keyof AgencyAccount['figures']): string =>
        String(figures[key] + contributions[key]);
      return [
        agency,
        sum('owed'),
        sum('onTime'),
        sum('late'),
        sum('returned'),
        sum('corrected'),
        sum('absent'),
        sum('open'),
        sum('overdue'),
      ];
    }),
  );
}
