import type { RefusalKind } from '#kernel';

type Words = { readonly vi: string; readonly en: string };

/** What whoever was refused can do about it, by the kind of the refusal. */
export const nextSteps: Readonly<Record<RefusalKind, Words>> = {
  invalid: {
    vi: 'Sửa yêu cầu tại vị trí nêu trong errors rồi gửi lại.',
    en: 'Correct the request at the place that errors names, then send it again.',
  },
  forbidden: {
    vi: 'Việc này thuộc vai trò, cơ quan hoặc người khác; xem vai trò của mình tại GET /api/v1/me.',
    en: 'This is for another role, agency or person; GET /api/v1/me shows your own roles.',
  },
  missing: {
    vi: 'Kiểm tra lại mã; đối tượng không tồn tại hoặc bạn không được xem.',
    en: 'Check the id; the thing does not exist, or you may not know of it.',
  },
  rule: {
    vi: 'Đọc lại trạng thái hiện tại; facts cho biết quy tắc đã thấy gì.',
    en: 'Read the present state again; facts says what the rule saw.',
  },
  reused: {
    vi: 'Dùng Idempotency-Key mới cho yêu cầu mới.',
    en: 'Take a new Idempotency-Key for the new request.',
  },
  'in-flight': {
    vi: 'Chờ theo Retry-After rồi gửi lại đúng yêu cầu đó với cùng Idempotency-Key.',
    en: 'Wait as Retry-After says, then send the same request with the same Idempotency-Key.',
  },
  stale: {
    vi: 'Đọc lại đối tượng, xem thay đổi, rồi quyết định lại với phiên bản trong ETag mới.',
    en: 'Read it again, look at what changed, and decide anew with the revision of the new ETag.',
  },
  unconditional: {
    vi: 'Đọc đối tượng và gửi If-Match với giá trị ETag đã nhận.',
    en: 'Read the thing and send its ETag as If-Match.',
  },
  unauthenticated: {
    vi: 'Đăng nhập tại POST /api/v1/sessions và gửi mã phiên dạng Bearer.',
    en: 'Sign in at POST /api/v1/sessions and send the token as Bearer.',
  },
  'too-large': {
    vi: 'Gửi nội dung nhỏ hơn; tệp lớn được nộp dưới dạng minh chứng.',
    en: 'Send less; large content is handed in as evidence.',
  },
  'unsupported-media': {
    vi: 'Gửi với Content-Type mà địa chỉ này nhận; xem /docs.',
    en: 'Send it with a Content-Type that this address takes; see /docs.',
  },
  'too-many': {
    vi: 'Chờ số giây trong Retry-After rồi thử lại.',
    en: 'Wait as many seconds as Retry-After says, then try again.',
  },
  unavailable: {
    vi: 'Gửi lại sau ít giây với cùng Idempotency-Key; nếu kéo dài, báo người vận hành kèm traceId.',
    en: 'Send it again soon with the same Idempotency-Key; if it lasts, tell the operator traceId.',
  },
  'storage-full': {
    vi: 'Báo người vận hành: kho lưu trữ đã đầy; chưa lưu gì.',
    en: 'Tell the operator that a store is full; nothing was kept.',
  },
};
