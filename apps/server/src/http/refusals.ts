import { kernelRefusals, refuser } from '#kernel';
import type { RefusalCatalogue } from '#kernel';

/**
 * What the HTTP layer itself says no to: requests that cannot be read, sessions, positions not
 * reached. Texts are titles of problems; what was expected where stands in `errors` beside them.
 */
export const serverRefusals = {
  'request/malformed-json': {
    kind: 'invalid',
    en: 'The body is not JSON in UTF-8.',
    vi: 'Nội dung gửi lên không phải JSON mã UTF-8.',
  },
  'request/duplicate-key': {
    kind: 'invalid',
    en: 'A member of a JSON object is named twice.',
    vi: 'Một trường trong đối tượng JSON bị lặp lại.',
  },
  'request/forbidden-key': {
    kind: 'invalid',
    en: 'A member or a parameter has a name that is never accepted.',
    vi: 'Một trường hoặc tham số có tên không bao giờ được chấp nhận.',
  },
  'request/not-an-integer': {
    kind: 'invalid',
    en: 'JSON numbers are whole and below 2^53; a decimal is sent as a string.',
    vi: 'Số trong JSON phải là số nguyên nhỏ hơn 2^53; số thập phân gửi dưới dạng chuỗi.',
  },
  'request/too-deep': {
    kind: 'invalid',
    en: 'The JSON is nested too deeply.',
    vi: 'JSON lồng nhau quá nhiều cấp.',
  },
  'request/too-many-values': {
    kind: 'invalid',
    en: 'An object, a list or the whole body has more values than accepted.',
    vi: 'Một đối tượng, một danh sách hoặc toàn bộ nội dung có quá nhiều giá trị.',
  },
  'request/too-many-marks': {
    kind: 'invalid',
    en: 'A text has more than 30 combining marks on one letter.',
    vi: 'Một chuỗi văn bản có hơn 30 dấu kết hợp trên một chữ.',
  },
  'request/not-nfc': {
    kind: 'invalid',
    en: 'A text is not in Unicode normalisation form C.',
    vi: 'Một chuỗi văn bản không theo dạng chuẩn Unicode NFC.',
  },
  'request/invalid': {
    kind: 'invalid',
    en: 'The request does not have the expected form.',
    vi: 'Yêu cầu không đúng định dạng.',
  },
  'request/names-differ': {
    kind: 'invalid',
    en: 'The body names another thing than the address does.',
    vi: 'Nội dung nêu một đối tượng khác với đối tượng trong địa chỉ.',
  },
  'request/duplicate-parameter': {
    kind: 'invalid',
    en: 'A query parameter is given more than once.',
    vi: 'Một tham số truy vấn bị lặp lại.',
  },
  'request/duplicate-header': {
    kind: 'invalid',
    en: 'A header that has one value is given more than once.',
    vi: 'Một tiêu đề chỉ có một giá trị bị lặp lại.',
  },
  'request/encoded-body': {
    kind: 'unsupported-media',
    en: 'The body must be sent as it is, without Content-Encoding.',
    vi: 'Nội dung phải gửi nguyên dạng, không dùng Content-Encoding.',
  },
  'request/bad-url': {
    kind: 'invalid',
    en: 'The address cannot be read.',
    vi: 'Không đọc được địa chỉ.',
  },
  'request/not-http': {
    kind: 'invalid',
    en: 'What was sent is not a request of HTTP/1.1.',
    vi: 'Nội dung nhận được không phải yêu cầu HTTP/1.1.',
  },
  'request/headers-too-large': {
    kind: 'too-large',
    en: 'The headers are larger than accepted.',
    vi: 'Phần tiêu đề của yêu cầu vượt quá kích thước cho phép.',
  },
  'request/too-slow': {
    kind: 'unavailable',
    en: 'The request did not arrive in time; send it again.',
    vi: 'Yêu cầu không đến kịp thời gian; hãy gửi lại.',
  },
  'request/no-idempotency-key': {
    kind: 'invalid',
    en: 'A write needs the header Idempotency-Key, 1 to 255 visible ASCII characters.',
    vi: 'Thao tác ghi cần tiêu đề Idempotency-Key gồm 1 đến 255 ký tự ASCII nhìn thấy được.',
  },
  'request/bad-if-match': {
    kind: 'invalid',
    en: 'If-Match must be one revision in double quotes, such as "3".',
    vi: 'If-Match phải là một số phiên bản trong dấu nháy kép, ví dụ "3".',
  },
  'request/if-match-unwanted': {
    kind: 'invalid',
    en: 'A deposit is of nothing that was read before: send it without If-Match.',
    vi: 'Nộp minh chứng không dựa trên phiên bản nào đã đọc: không gửi If-Match.',
  },
  'request/bad-as-of': {
    kind: 'invalid',
    en: 'asOf must be an RFC 3339 time or a leaf index.',
    vi: 'asOf phải là thời điểm theo RFC 3339 hoặc chỉ số lá của nhật ký.',
  },
  'request/bad-cursor': {
    kind: 'invalid',
    en: 'The cursor is not one that this list has given.',
    vi: 'Con trỏ phân trang không do danh sách này cấp.',
  },
  'request/bad-position': {
    kind: 'invalid',
    en: 'Ledger-Position must be one that the ledger has given.',
    vi: 'Ledger-Position phải là giá trị do sổ cái đã cấp.',
  },
  'request/wrong-digest': {
    kind: 'invalid',
    en: 'The content does not have the digest in the address; nothing was kept.',
    vi: 'Nội dung không khớp với mã băm trong địa chỉ; chưa lưu gì.',
  },
  'request/too-large': {
    kind: 'too-large',
    en: 'The body is larger than accepted.',
    vi: 'Nội dung gửi lên vượt quá kích thước cho phép.',
  },
  'request/unsupported-media': {
    kind: 'unsupported-media',
    en: 'The body must be sent as application/json.',
    vi: 'Nội dung phải gửi với kiểu application/json.',
  },
  'request/form-sent': {
    kind: 'unsupported-media',
    en: 'Send the raw bytes of the file with its own Content-Type, not a form.',
    vi: 'Hãy gửi nguyên nội dung tệp với Content-Type của tệp, không gửi dạng biểu mẫu.',
  },
  'request/no-route': {
    kind: 'missing',
    en: 'There is nothing at this address.',
    vi: 'Không có gì tại địa chỉ này.',
  },
  'request/method-not-allowed': {
    kind: 'missing',
    en: 'This address does not take that method.',
    vi: 'Địa chỉ này không nhận phương thức đó.',
  },
  'request/not-found': {
    kind: 'missing',
    en: 'It does not exist, or not for you.',
    vi: 'Không tồn tại, hoặc bạn không được xem.',
  },
  'request/in-time': {
    kind: 'unavailable',
    en: 'The read model has not reached the position asked for; ask again.',
    vi: 'Dữ liệu đọc chưa theo kịp vị trí yêu cầu; hãy thử lại.',
  },
  'receipt/not-proven': {
    kind: 'missing',
    en: 'The act is recorded; no published checkpoint covers it yet. Ask again.',
    vi: 'Việc này đã được ghi; chưa có điểm kiểm tra công bố nào bao trùm nó. Hãy thử lại.',
  },
  'log/not-yet-published': {
    kind: 'missing',
    en: 'No checkpoint is published yet; the first waits for the cosignatures of witnesses, if any.',
    vi: 'Chưa công bố điểm kiểm tra nào; điểm đầu tiên chờ chữ ký của bên chứng kiến, nếu có.',
  },
  'log/not-as-published': {
    kind: 'unavailable',
    en: 'What lies in the store of the log is not what was published; the operator has to look.',
    vi: 'Nội dung trong kho của nhật ký không phải nội dung đã công bố; đơn vị vận hành cần kiểm tra.',
  },
  'log/tiles-away': {
    kind: 'unavailable',
    en: 'The store of the log cannot be reached; what was recorded is not lost. Ask again.',
    vi: 'Không kết nối được kho của nhật ký; những gì đã ghi không mất. Hãy thử lại.',
  },
  'request/database-away': {
    kind: 'unavailable',
    en: 'The database cannot be reached; ask again.',
    vi: 'Không kết nối được cơ sở dữ liệu; hãy thử lại.',
  },
  'request/fault': {
    kind: 'unavailable',
    en: 'The ledger made a mistake; it was written to the log under the correlation id.',
    vi: 'Sổ cái gặp lỗi; lỗi đã được ghi lại theo mã tương quan.',
  },
  'request/stopping': {
    kind: 'unavailable',
    en: 'The server is stopping; ask again.',
    vi: 'Máy chủ đang dừng; hãy thử lại.',
  },
  'session/none': {
    kind: 'unauthenticated',
    en: 'Sign in first: the request carries no valid session.',
    vi: 'Hãy đăng nhập: yêu cầu không có phiên làm việc hợp lệ.',
  },
  'request/too-many': {
    kind: 'too-many',
    en: 'Too many attempts; wait before the next one.',
    vi: 'Quá nhiều lần thử; hãy chờ trước khi thử lại.',
  },
  'access/role-needed': {
    kind: 'forbidden',
    en: 'None of your roles in force today allows this.',
    vi: 'Không có vai trò nào của bạn đang có hiệu lực cho phép việc này.',
  },
  'security/log-unwritable': {
    kind: 'unavailable',
    en: 'The security log cannot be written, so this was not carried out; ask again later.',
    vi: 'Không ghi được nhật ký an ninh nên việc này chưa được thực hiện; hãy thử lại sau.',
  },
  'bootstrap/wrong-token': {
    kind: 'forbidden',
    en: 'This is not the one-time token of this ledger.',
    vi: 'Đây không phải mã khởi tạo dùng một lần của sổ cái này.',
  },
} as const satisfies RefusalCatalogue;

export const refuseRequest = refuser(serverRefusals);

/** Refusals of the two lowest layers; contexts add theirs where the application is put together. */
export const requestAndKernelRefusals: RefusalCatalogue = { ...kernelRefusals, ...serverRefusals };
