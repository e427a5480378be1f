import type { Digest, FigureId } from '#kernel';
import type { StandingFinding } from './statement.ts';

/**
 * Findings of the checks: what a checker should see before verifying. What cannot be at all was
 * refused when it was handed in; a finding may be right or wrong, and whoever verifies in spite of
 * an error says why, in words that stay beside the act.
 */
type CheckText = {
  readonly severity: 'error' | 'warning';
  readonly en: string;
  readonly vi: string;
};

const error = (en: string, vi: string): CheckText => ({ severity: 'error', en, vi });
const warning = (en: string, vi: string): CheckText => ({ severity: 'warning', en, vi });

/** Codes are stable and never reused. The severity of a cross-check is its own. */
export const checkTexts = {
  'check/component-missing': error('A required component is absent.', 'Thiếu thành phần bắt buộc.'),
  'check/component-unknown': warning(
    'The definition in force has no such component.',
    'Định nghĩa hiện hành không có thành phần này.',
  ),
  'check/type-differs': error(
    'The component is of another type now.',
    'Thành phần nay thuộc kiểu khác.',
  ),
  'check/unit-differs': error(
    'The unit is not that of the definition.',
    'Đơn vị tính không đúng định nghĩa.',
  ),
  'check/scale-exceeded': error(
    'More digits after the point than the definition allows.',
    'Quá số chữ số thập phân mà định nghĩa cho phép.',
  ),
  'check/not-a-count': error(
    'A count is a whole number, zero or more.',
    'Số đếm phải là số nguyên không âm.',
  ),
  'check/point-read-as-decimal': warning(
    'The point was read as the decimal point, not as a mark of thousands: 1.000 is one.',
    'Dấu chấm được đọc là dấu thập phân, không phải dấu phân cách nghìn: 1.000 là một.',
  ),
  'check/negative': warning('The value is negative.', 'Giá trị âm.'),
  'check/level-outside-scale': error(
    'The level is outside the scale of the definition.',
    'Mức đánh giá nằm ngoài thang của định nghĩa.',
  ),
  'check/level-not-a-number': warning(
    'The level is not a number of the scale.',
    'Mức đánh giá không phải số trong thang.',
  ),
  'check/percentage-outside': warning(
    'A percentage outside 0 to 100.',
    'Tỷ lệ phần trăm ngoài khoảng 0 đến 100.',
  ),
  'check/share-above-whole': error(
    'The part exceeds the whole: a share above 100 per cent.',
    'Tử số lớn hơn mẫu số: tỷ lệ vượt 100%.',
  ),
  'check/denominator-zero': error(
    'The denominator is zero: the ratio does not apply.',
    'Mẫu số bằng 0: tỷ lệ không áp dụng.',
  ),
  'check/list-count-differs': error(
    'The number differs from the length of the list.',
    'Số lượng không khớp với danh mục kèm theo.',
  ),
  'check/not-recomputed': error(
    'The index differs from what its list gives.',
    'Chỉ số không khớp với kết quả tính lại.',
  ),
  'check/breakdown-differs': warning(
    'A breakdown does not add up to the value.',
    'Tổng phân tổ không bằng giá trị.',
  ),
  'check/cross-check': warning(
    'Does not agree with another indicator.',
    'Không khớp với chỉ số khác.',
  ),
  'check/jump': warning(
    'Differs by more than half from the former round.',
    'Chênh lệch quá một nửa so với đợt trước.',
  ),
  'check/evidence-incomplete': warning(
    'A required kind of document is missing.',
    'Thiếu loại tài liệu bắt buộc.',
  ),
  'check/evidence-absent': warning(
    'No evidence supports this component.',
    'Thành phần này không có minh chứng.',
  ),
  'check/recorded-late': warning(
    'Typed in long after the paper is said to have arrived; look at the stamp.',
    'Nhập muộn so với ngày đến được khai; hãy xem dấu công văn đến.',
  ),
  'check/parts-outstanding': warning(
    'Parts were not accepted when this was handed in.',
    'Còn phần phối hợp chưa được chấp nhận khi nộp.',
  ),
  'check/older-part': warning(
    'A part it was built from was handed in anew.',
    'Phần số liệu làm căn cứ đã có bản mới.',
  ),
  'check/older-definition': warning(
    'It answers an older definition.',
    'Trả lời theo định nghĩa cũ.',
  ),
} as const satisfies Readonly<Record<`check/${string}`, CheckText>>;

export type CheckCode = keyof typeof checkTexts;

/** One thing found. `pointer` leads into the statement (RFC 6901). */
export type CheckFinding = StandingFinding & {
  readonly code: CheckCode;
  readonly pointer: string;
  readonly expected: string | null;
  readonly found: string | null;
  /** Other figures that were looked at, in the very versions. */
  readonly about: readonly {
    readonly figure: FigureId;
    readonly version: number;
    readonly digest: Digest;
    readonly inForce: boolean;
  }[];
};

type FindingDetails = Partial<Omit<CheckFinding, 'code'>>;

/** A finding with the severity of its code, unless told otherwise. */
export function finding(code: CheckCode, details: FindingDetails): CheckFinding {
  const { severity } = checkTexts[code];
  return {
    code,
    severity,
    component: null,
    check: null,
    pointer: '',
    expected: null,
    found: null,
    about: [],
    ...details,
  };
}
