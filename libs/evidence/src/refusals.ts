import { refuser } from '#kernel';
import type { RefusalCatalogue } from '#kernel';

/** Everything the evidence context says no to. Codes are stable and never used again. */
export const evidenceRefusals = {
  'evidence/unknown': {
    kind: 'missing',
    en: 'No evidence is deposited under this digest.',
    vi: 'Chưa có minh chứng nào được nộp với mã băm này.',
  },
  'evidence/already-deposited': {
    kind: 'rule',
    en: 'Your agency deposited this file already; link figures to it, a second deposit is not needed.',
    vi: 'Cơ quan đã nộp tệp này; hãy gắn số liệu vào minh chứng đã có, không cần nộp lại.',
  },
  'evidence/not-your-agency': {
    kind: 'forbidden',
    en: 'You have no role in this agency that may deposit or describe its evidence.',
    vi: 'Bạn không có vai trò được nộp hoặc mô tả minh chứng của cơ quan này.',
  },
  'evidence/document-invalid': {
    kind: 'invalid',
    en: 'The description of the document is not acceptable.',
    vi: 'Thông tin về tài liệu không hợp lệ.',
  },
  'evidence/text-invalid': {
    kind: 'invalid',
    en: 'A text is empty, too long, not in Unicode NFC, or has control or invisible characters.',
    vi: 'Văn bản để trống, quá dài, không ở dạng Unicode NFC hoặc có ký tự điều khiển, ký tự ẩn.',
  },
  'evidence/period-reversed': {
    kind: 'invalid',
    en: 'The period covered ends before it begins.',
    vi: 'Khoảng thời gian của tài liệu kết thúc trước khi bắt đầu.',
  },
  'evidence/agency-invalid': {
    kind: 'invalid',
    en: 'An agency is misspelt or named twice.',
    vi: 'Mã cơ quan sai hoặc bị lặp lại.',
  },
  'evidence/agency-unknown': {
    kind: 'invalid',
    en: 'No agency is registered under this id.',
    vi: 'Chưa có cơ quan nào được đăng ký với mã này.',
  },
  'evidence/deposit-unnamed': {
    kind: 'invalid',
    en: 'Several agencies deposited this file; name the one whose deposit is meant.',
    vi: 'Nhiều cơ quan đã nộp tệp này; hãy nêu cơ quan có lần nộp được nói đến.',
  },
  'evidence/round-invalid': {
    kind: 'invalid',
    en: 'A round is misspelt or named twice.',
    vi: 'Mã đợt đánh giá sai hoặc bị lặp lại.',
  },
  'evidence/uploads-full': {
    kind: 'storage-full',
    en: 'Your agency has too much uploaded and not deposited; deposit it, or wait until it is aged out.',
    vi: 'Cơ quan có quá nhiều dữ liệu đã tải lên mà chưa nộp; hãy nộp hoặc chờ hết hạn lưu tạm.',
  },
  'evidence/uploads-too-many': {
    kind: 'too-many',
    en: 'Your agency has handed in too many files within an hour; go on later.',
    vi: 'Cơ quan đã tải lên quá nhiều tệp trong một giờ; hãy tiếp tục sau.',
  },
  'evidence/nothing-changed': {
    kind: 'rule',
    en: 'It stands like this already.',
    vi: 'Nội dung đã đúng như vậy, không có gì thay đổi.',
  },
  'evidence/content-missing': {
    kind: 'rule',
    en: 'The content is not in the store; upload it before it is deposited.',
    vi: 'Chưa có nội dung tệp trong kho; hãy tải tệp lên trước khi nộp minh chứng.',
  },
  'evidence/content-empty': {
    kind: 'invalid',
    en: 'The file is empty.',
    vi: 'Tệp rỗng.',
  },
  'evidence/content-corrupt': {
    kind: 'rule',
    en: 'The stored content is not what its digest says; the operator must restore it.',
    vi: 'Nội dung lưu trữ không khớp mã băm; người vận hành phải khôi phục.',
  },
  'evidence/digest-mismatch': {
    kind: 'invalid',
    en: 'The content received has another SHA-256 than the address says; nothing was kept.',
    vi: 'Nội dung nhận được có SHA-256 khác với địa chỉ; chưa lưu gì.',
  },
  'evidence/type-not-accepted': {
    kind: 'unsupported-media',
    en: 'Accepted: PDF, PNG, JPEG, XLSX, DOCX, ODS, ODT, CSV, JSON and plain text in UTF-8.',
    vi: 'Chỉ nhận: PDF, PNG, JPEG, XLSX, DOCX, ODS, ODT, CSV, JSON và văn bản thuần UTF-8.',
  },
  'evidence/type-mismatch': {
    kind: 'unsupported-media',
    en: 'The content is of another type than was declared.',
    vi: 'Nội dung không thuộc loại đã khai báo.',
  },
  'evidence/too-large': {
    kind: 'too-large',
    en: 'The file is larger than is accepted; nothing was kept.',
    vi: 'Tệp vượt quá dung lượng cho phép; chưa lưu gì.',
  },
  'evidence/store-full': {
    kind: 'storage-full',
    en: 'The evidence store is full; nothing was kept.',
    vi: 'Kho minh chứng đã đầy; chưa lưu gì.',
  },
  'evidence/store-unavailable': {
    kind: 'unavailable',
    en: 'The evidence store does not answer; try again.',
    vi: 'Kho minh chứng không phản hồi; hãy thử lại.',
  },
  'evidence/reference-invalid': {
    kind: 'invalid',
    en: 'The id of a reference is a UUID.',
    vi: 'Mã của tài liệu viện dẫn phải là UUID.',
  },
  'evidence/already-referenced': {
    kind: 'rule',
    en: 'A reference with this id is recorded already.',
    vi: 'Tài liệu viện dẫn với mã này đã được ghi nhận.',
  },
} as const satisfies RefusalCatalogue;

export const refuseEvidence = refuser(evidenceRefusals);
