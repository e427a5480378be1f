import type { Digest } from './digest.ts';
import type { Day } from './period.ts';

/**
 * An official document that an act rests on: a decision, plan, letter, minutes. `number` is the
 * number and symbol as printed (`1969/QĐ-BKHCN`), null while the paper has none; `digest` names the
 * file when it was handed in as evidence.
 */
export type DocumentRef = {
  readonly kind: DocumentKind;
  readonly number: string | null;
  readonly date: Day | null;
  readonly issuer: string | null;
  readonly title: string;
  readonly digest: Digest | null;
};

export const documentKinds = [
  'decision', // quyết định
  'plan', // kế hoạch
  'submission', // tờ trình
  'letter', // công văn
  'minutes', // biên bản
  'report', // báo cáo
  'statement', // bảng số liệu, bảng kê
  'contract', // hợp đồng
  'certificate', // văn bằng, giấy chứng nhận
  'other',
] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** Where a reading was taken from: nothing of a source is corrected in silence. */
export type SourceRef = {
  /** Name of the source text, e.g. `000_f45de69567015f23.txt`. */
  readonly file: string;
  readonly line: number | null;
  /** The words as printed. */
  readonly raw: string;
};

/** Text in both languages; English may be missing where only the Vietnamese one is official. */
export type Bilingual = { readonly vi: string; readonly en: string | null };

/** An act that came on paper and was typed in: lateness follows the arrival (DOMAIN, events). */
export type PaperArrival = {
  readonly arrivalNumber: string;
  readonly arrivedOn: Day;
  /** The stamped paper, handed in as evidence. */
  readonly evidence: Digest;
  /** Why it was typed in so long after it arrived; obligatory after a stated number of days. */
  readonly reason?: string | null;
};
