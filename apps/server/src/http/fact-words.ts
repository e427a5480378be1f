import type { ContributionStatus, FigureStatus, FindingStatus } from '#figures';
import type { Role } from '#kernel';
import type { Language } from './language.ts';

/**
 * What the facts of a refusal are called, for the one sentence of a problem that people read.
 * Programs read the facts themselves; a fact without words here stands only there.
 */
type Words = readonly [vi: string, en: string];

const words: Readonly<Record<string, Words>> = {
  accepted: ['được nhận', 'accepted'],
  agency: ['cơ quan', 'agency'],
  agencies: ['các cơ quan', 'agencies'],
  bytes: ['số byte', 'bytes'],
  bytesMax: ['số byte tối đa', 'bytes at most'],
  countMax: ['số giá trị tối đa', 'values at most'],
  depositedAt: ['nộp lúc', 'deposited at'],
  depositedFor: ['nộp cho cơ quan', 'deposited for'],
  depthMax: ['số cấp tối đa', 'levels at most'],
  evidence: ['minh chứng', 'evidence'],
  expected: ['phiên bản đã nêu', 'revision named'],
  figure: ['số liệu', 'figure'],
  form: ['hình thức ký', 'form of signing'],
  from: ['từ ngày', 'from'],
  indicator: ['chỉ số', 'indicator'],
  lastDay: ['hạn cuối', 'last day'],
  latest: ['phiên bản mới nhất', 'latest version'],
  lengthMax: ['số ký tự tối đa', 'characters at most'],
  missing: ['còn thiếu', 'missing'],
  offset: ['tại byte', 'at byte'],
  on: ['ngày', 'day'],
  retryAfterSeconds: ['thử lại sau (giây)', 'seconds to wait'],
  revision: ['phiên bản hiện tại', 'present revision'],
  role: ['vai trò', 'role'],
  roles: ['các vai trò', 'roles'],
  sizeBytesMax: ['số byte tối đa', 'bytes at most'],
  status: ['trạng thái', 'status'],
  to: ['đến ngày', 'to'],
  unit: ['đơn vị', 'unit'],
  unlisted: ['số lỗi khác không liệt kê', 'further faults not listed:'],
  version: ['phiên bản', 'version'],
};

/** Facts whose values are names of ours, and those names in Vietnamese (GLOSSARY). */
const named = new Set(['role', 'roles', 'status', 'from', 'expected']);
const inVietnamese: Readonly<Record<string, string>> = {
  ...({
    officer: 'chuyên viên',
    head: 'thủ trưởng',
    deputy: 'cấp phó',
    checker: 'người kiểm tra',
    certifier: 'người chốt số liệu',
    auditor: 'kiểm toán',
    inspector: 'thanh tra',
    registrar: 'người quản lý danh mục',
    recipient: 'nơi nhận số liệu',
    operator: 'người vận hành',
    holder: 'chủ tài khoản',
  } satisfies Readonly<Record<Role, string>>),
  ...({
    awaiting: 'đang chờ nộp',
    submitted: 'đã nộp',
    endorsed: 'đã phê duyệt',
    verified: 'đã xác nhận',
    returned: 'bị trả lại',
    withdrawn: 'đã rút',
    requested: 'được yêu cầu',
    accepted: 'được chấp nhận',
    open: 'đang mở',
    answered: 'đã trả lời',
    overruled: 'bị bác',
    closed: 'đã khép',
  } satisfies Readonly<Record<FigureStatus | ContributionStatus | FindingStatus, string>>),
};

/** One name may stand for two things: `from` is a day, or the statuses an act is possible from. */
const wordsOfOtherKinds: readonly {
  readonly name: string;
  readonly kind: 'list' | 'string';
  /** Null for what is said in English only, and stands in the facts. */
  readonly words: Words | null;
}[] = [
  { name: 'from', kind: 'list', words: ['cần một trong', 'wanted one of'] },
  { name: 'expected', kind: 'list', words: ['cần một trong', 'wanted one of'] },
  { name: 'expected', kind: 'string', words: null },
];

/** The facts that have words, as one sentence in this language; undefined where none has. */
export function factsSentence(
  facts: Readonly<Record<string, unknown>>,
  language: Language,
): string | undefined {
  const told = Object.entries(facts).flatMap(([name, value]) => {
    const [vi, en] = wordsFor(name, value) ?? [undefined, undefined];
    const said = textOf(isNamed(name, language) ? translated(value) : value);
    const called = language === 'vi' ? vi : en;
    return called === undefined || said === undefined ? [] : [`${called} ${said}`];
  });
  if (told.length === 0) return undefined;
  const sentence = told.join('; ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

function isNamed(name: string, language: Language): boolean {
  return language === 'vi' && named.has(name);
}

function translated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(translated);
  return typeof value === 'string' && Object.hasOwn(inVietnamese, value)
    ? inVietnamese[value]
    : value;
}

function wordsFor(name: string, value: unknown): Words | undefined {
  const own = wordsOfOtherKinds.find(
    (one) => one.name === name && (Array.isArray(value) ? 'list' : typeof value) === one.kind,
  );
  if (own !== undefined) return own.words ?? undefined;
  return Object.hasOwn(words, name) ? words[name] : undefined;
}

/** One value, or a list of them; what is nested is for programs. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const texts = value.map(textOf);
  return texts.includes(undefined) ? undefined : texts.join(', ');
}
