import type { Language, Say } from './terminal.ts';

/** Words for the codes that the demo prints; a code without a word is printed as it is. */
const acts: Readonly<Record<string, Say>> = {
  'round.opened.v1': { vi: 'mở đợt', en: 'opened the round' },
  'figure.submitted.v1': { vi: 'nộp', en: 'submitted' },
  'figure.corrected.v1': { vi: 'nộp phiên bản mới', en: 'handed in a new version' },
  'figure.declared-unavailable.v1': { vi: 'khai không có số liệu', en: 'declared unavailable' },
  'figure.endorsed.v1': { vi: 'phê duyệt', en: 'endorsed' },
  'figure.returned.v1': { vi: 'trả lại', en: 'returned' },
  'figure.verified.v1': { vi: 'xác nhận', en: 'verified' },
  'contribution.requested.v1': { vi: 'yêu cầu phần số liệu', en: 'asked for a part' },
  'contribution.submitted.v1': { vi: 'nộp phần số liệu', en: 'submitted a part' },
  'contribution.endorsed.v1': { vi: 'phê duyệt phần số liệu', en: 'endorsed the part' },
  'contribution.accepted.v1': { vi: 'nhận phần số liệu', en: 'accepted the part' },
  'assignment.made.v1': { vi: 'phân công', en: 'assigned' },
  'participants.frozen.v1': { vi: 'chốt đơn vị phối hợp', en: 'froze the participants' },
  'due.decided.v1': { vi: 'quyết định thời hạn', en: 'decided the date' },
  'evidence.deposited.v1': { vi: 'nộp minh chứng', en: 'deposited evidence' },
};

const roles: Readonly<Record<string, Say>> = {
  officer: { vi: 'chuyên viên', en: 'officer of' },
  head: { vi: 'thủ trưởng', en: 'head of' },
  deputy: { vi: 'cấp phó', en: 'deputy of' },
  checker: { vi: 'người kiểm tra', en: 'checker of' },
  registrar: { vi: 'người đăng ký', en: 'registrar of' },
};

const statuses: Readonly<Record<string, Say>> = {
  awaiting: { vi: 'chờ nộp', en: 'awaiting' },
  submitted: { vi: 'đã nộp, chờ phê duyệt', en: 'submitted, to be endorsed' },
  endorsed: { vi: 'đã phê duyệt, chờ xác nhận', en: 'endorsed, to be verified' },
  returned: { vi: 'bị trả lại', en: 'returned' },
  verified: { vi: 'đã xác nhận', en: 'verified' },
  withdrawn: { vi: 'đã rút', en: 'withdrawn' },
};

const marks: Readonly<Record<string, Say>> = {
  provisional: { vi: 'sơ bộ', en: 'provisional' },
  overdue: { vi: 'quá hạn', en: 'overdue' },
  late: { vi: 'trễ hạn', en: 'late' },
  'self-led': { vi: 'tự chủ trì', en: 'self-led' },
  'parts-outstanding': { vi: 'còn thiếu phần phối hợp', en: 'parts outstanding' },
  'evidence-incomplete': { vi: 'chưa đủ loại minh chứng', en: 'evidence incomplete' },
  'evidence-complete': { vi: 'đủ loại minh chứng', en: 'evidence complete' },
  'verifier-contributed': { vi: 'cơ quan xác nhận có góp số liệu', en: 'verifier contributed' },
  'corrections-pending': { vi: 'đính chính đang chờ', en: 'corrections pending' },
};

export const actText = (type: string, language: Language): string => acts[type]?.[language] ?? type;
export const roleText = (role: string, language: Language): string =>
  roles[role]?.[language] ?? role;
export const statusText = (status: string, language: Language): string =>
  statuses[status]?.[language] ?? status;
export const markText = (mark: string, language: Language): string =>
  marks[mark]?.[language] ?? mark;
