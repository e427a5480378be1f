import { documentKinds } from '#kernel';
import type { Language } from './language.ts';

/**
 * What a field expects, as people read it. Validators put only a code into the error, such as
 * `text 500`, so that the words exist once and in both languages.
 */
type Words = readonly [vi: string, en: string];

const words: Readonly<Record<string, (argument: string) => Words>> = {
  agency: () => ['mã cơ quan, ví dụ son_la.so_tc', 'the id of an agency, such as son_la.so_tc'],
  unit: () => [
    'mã đơn vị, ví dụ son_la.so_khcn.p_khtc',
    'the id of a unit, such as son_la.so_khcn.p_khtc',
  ],
  person: () => ['mã người dùng dạng UUID', 'the id of a person, a UUID in lower case'],
  uuid: () => ['UUID viết thường', 'a UUID in lower case'],
  round: () => [
    'mã đợt đánh giá, ví dụ son_la-qd1969-2026',
    'the id of a round, such as son_la-qd1969-2026',
  ],
  figure: () => [
    'mã số liệu, ví dụ son_la-qd1969-2026.I.4',
    'the id of a figure, such as son_la-qd1969-2026.I.4',
  ],
  contribution: () => [
    'mã phần phối hợp, ví dụ son_la-qd1969-2026.I.4.so_khcn',
    'the id of a contribution, such as son_la-qd1969-2026.I.4.so_khcn',
  ],
  indicator: () => [
    'mã chỉ số như đã in, ví dụ I.4',
    'the code of an indicator as printed, such as I.4',
  ],
  word: () => ['từ gồm chữ thường không dấu, chữ số và -', 'a word of a-z, 0-9 and -'],
  id: () => ['mã gồm chữ thường không dấu, chữ số và _', 'an id of a-z, 0-9 and _'],
  decimal: () => [
    'số thập phân dạng chuỗi, ví dụ "12.50", tối đa 34 chữ số',
    'a decimal as a string, such as "12.50", of at most 34 digits',
  ],
  day: () => ['ngày có thật dạng YYYY-MM-DD', 'a day that exists, as YYYY-MM-DD'],
  digest: () => ['sha256: và 64 chữ số hex viết thường', 'sha256: and 64 hex digits in lower case'],
  hex: () => [
    '64 chữ số hex viết thường, có thể có sha256: ở trước',
    '64 hex digits in lower case, perhaps after sha256:',
  ],
  version: () => ['số phiên bản, từ 1', 'the number of a version, from 1'],
  count: () => ['số nguyên không âm', 'a whole number from 0'],
  text: (most) => [
    `văn bản không rỗng, tối đa ${most} ký tự, không có ký tự điều khiển`,
    `a text that is not empty, of at most ${most} characters, without control characters`,
  ],
  quotation: (most) => [
    `văn bản, có thể rỗng, tối đa ${most} ký tự, không có ký tự điều khiển`,
    `a text, perhaps empty, of at most ${most} characters, without control characters`,
  ],
  line: (most) => [
    `một dòng văn bản không rỗng, tối đa ${most} ký tự`,
    `one line of text that is not empty, of at most ${most} characters`,
  ],
  visible: (character) => [
    `văn bản không có ký tự ẩn, chưa được Unicode gán hoặc đổi chiều chữ (ở đây có ${character})`,
    `a text whose characters can be seen, are in Unicode and do not turn the line round (there is ${character})`,
  ],
  secret: () => ['mật khẩu từ 1 đến 1024 ký tự', 'a secret of 1 to 1024 characters'],
  login: () => [
    'tên đăng nhập 1–64 ký tự: chữ a–z không dấu, chữ số, các dấu . _ @ -',
    'a login of 1 to 64 of the letters a to z, digits, and the marks . _ @ -',
  ],
  email: () => ['địa chỉ thư điện tử', 'an e-mail address'],
  phone: () => [
    'số điện thoại gồm chữ số, có thể bắt đầu bằng +',
    'a telephone number: digits, perhaps after a +',
  ],
  boolean: () => ['true hoặc false', 'true or false'],
  list: (most) => [`danh sách tối đa ${most} phần tử`, `a list of at most ${most} items`],
  'filled-list': (most) => [`danh sách từ 1 đến ${most} phần tử`, `a list of 1 to ${most} items`],
  object: () => ['đối tượng JSON', 'a JSON object'],
  'one-of': (choices) => [`một trong: ${choices}`, `one of: ${choices}`],
  'document-kind': () => [
    `một trong: ${documentKinds.join(', ')}`,
    `one of: ${documentKinds.join(', ')}`,
  ],
  'as-of': () => [
    'thời điểm RFC 3339 hoặc chỉ số lá, ví dụ 42; riêng ngày thì chưa đủ: hết ngày 30/9/2026 ở ' +
      'Việt Nam là 2026-09-30T16:59:59.999Z',
    'an RFC 3339 time, or a leaf index such as 42; a day alone leaves the moment open: the end of ' +
      '30 September 2026 in Viet Nam is 2026-09-30T16:59:59.999Z',
  ],
  limit: (most) => [`số từ 1 đến ${most}`, `a number from 1 to ${most}`],
  cursor: () => ['con trỏ do danh sách này cấp', 'a cursor that this list has given'],
  token: () => ['mã đã được cấp', 'the token as it was given'],
  absent: () => ['không có trường này', 'no such member'],
};

/** The words for an expectation's code. An unknown code stands for itself rather than failing. */
export function expectationText(code: string, language: Language): string {
  const space = code.indexOf(' ');
  const [name, argument] = space < 0 ? [code, ''] : [code.slice(0, space), code.slice(space + 1)];
  const [vi, en] = words[name]?.(argument) ?? [code, code];
  return language === 'vi' ? vi : en;
}
