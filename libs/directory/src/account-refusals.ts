import type { RefusalCatalogue } from '#kernel';

/** Of accounts: their one-time codes, secrets, sessions, and the first start. */
export const accountRefusals = {
  'account/unknown': {
    kind: 'missing',
    en: 'There is no account for this person.',
    vi: 'Người này chưa có tài khoản.',
  },
  'account/login': {
    kind: 'invalid',
    en: 'A login has 1 to 64 of the letters a to z, digits, and the marks . _ @ -.',
    vi: 'Tên đăng nhập gồm 1 đến 64 ký tự: chữ a–z không dấu, chữ số và các dấu . _ @ -.',
  },
  'account/login-taken': {
    kind: 'rule',
    en: 'Another account bears this login.',
    vi: 'Tên đăng nhập đã có người dùng.',
  },
  'account/secret': {
    kind: 'invalid',
    en: 'The secret has 15 to 128 characters and is neither trivial nor made of the login.',
    vi: 'Mật khẩu dài 15 đến 128 ký tự, không quá đơn giản, không lấy từ tên đăng nhập.',
  },
  'account/secret-shared': {
    kind: 'invalid',
    en: 'The two people of the first start have different secrets: one person must not be both.',
    vi: 'Hai người khởi tạo phải dùng mật khẩu khác nhau: một người không được là cả hai.',
  },
  'account/activation': {
    kind: 'forbidden',
    en: 'The code is unknown, used up or expired; ask the registrar for a new one.',
    vi: 'Mã kích hoạt không có, đã dùng hoặc hết hạn; hãy xin mã mới.',
  },
  'account/busy': {
    kind: 'unavailable',
    en: 'Too many people are signing in at this moment; try again shortly.',
    vi: 'Đang có quá nhiều người đăng nhập; hãy thử lại sau ít giây.',
  },
  'activation/not-registrar': {
    kind: 'forbidden',
    en: 'A new activation code is issued by a registrar.',
    vi: 'Mã kích hoạt mới do người quản lý danh mục cấp.',
  },
  'activation/to-oneself': {
    kind: 'forbidden',
    en: 'Nobody issues an activation code for themselves.',
    vi: 'Không ai được tự cấp mã kích hoạt cho mình.',
  },
  'activation/unknown': {
    kind: 'missing',
    en: 'No such activation code was issued for this person.',
    vi: 'Người này không được cấp mã kích hoạt đó.',
  },
  'activation/over': {
    kind: 'rule',
    en: 'The activation code was used, cancelled, replaced by a later one, or has expired.',
    vi: 'Mã kích hoạt đã dùng, đã hủy, đã được thay hoặc đã hết hạn.',
  },
  'activation/unconfirmed': {
    kind: 'rule',
    en: 'The code works once a person of another agency has confirmed it.',
    vi: 'Mã chỉ dùng được sau khi người của cơ quan khác xác nhận.',
  },
  'activation/needs-no-confirmation': {
    kind: 'rule',
    en: 'This code works without confirmation.',
    vi: 'Mã kích hoạt này không cần xác nhận.',
  },
  'activation/already-confirmed': {
    kind: 'rule',
    en: 'The activation code was confirmed already.',
    vi: 'Mã kích hoạt đã được xác nhận.',
  },
  'activation/own-confirmation': {
    kind: 'forbidden',
    en: 'Nobody confirms a code for themselves, or one they issued.',
    vi: 'Không ai được tự xác nhận mã của mình hoặc do mình cấp.',
  },
  'activation/not-confirmer': {
    kind: 'forbidden',
    en: 'A code is confirmed by a registrar, head, certifier or inspector.',
    vi: 'Người quản lý danh mục, thủ trưởng, người chốt hoặc thanh tra mới được xác nhận mã.',
  },
  'activation/confirmer-same-agency': {
    kind: 'forbidden',
    en: 'A code is confirmed by a person of another agency than the issuer’s.',
    vi: 'Người xác nhận phải thuộc cơ quan khác với cơ quan của người cấp mã.',
  },
  'activation/not-yours': {
    kind: 'forbidden',
    en: 'A code is cancelled by the person it is for or by a registrar.',
    vi: 'Chỉ người được cấp mã hoặc người quản lý danh mục được hủy mã.',
  },
  'session/refused': {
    kind: 'unauthenticated',
    en: 'Login or secret is wrong.',
    vi: 'Sai tên đăng nhập hoặc mật khẩu.',
  },
  'session/throttled': {
    kind: 'too-many',
    en: 'Too many failed attempts; wait before the next.',
    vi: 'Đăng nhập sai quá nhiều lần; hãy chờ trước khi thử lại.',
  },
  'session/over': {
    kind: 'unauthenticated',
    en: 'The session is unknown, ended or expired; sign in again.',
    vi: 'Phiên làm việc không có, đã kết thúc hoặc hết hạn; hãy đăng nhập lại.',
  },
  'bootstrap/begun': {
    kind: 'rule',
    en: 'The first start was cut off after it had recorded other particulars; repeat it with those.',
    vi: 'Lần khởi tạo trước bị ngắt khi đã ghi thông tin khác; hãy khởi tạo lại với thông tin đó.',
  },
  'bootstrap/used': {
    kind: 'forbidden',
    en: 'The ledger was set up already; this works once.',
    vi: 'Sổ cái đã được khởi tạo; thao tác này chỉ dùng một lần.',
  },
} as const satisfies RefusalCatalogue;
