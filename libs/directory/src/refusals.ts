import { refuser } from '#kernel';
import type { RefusalCatalogue } from '#kernel';
import { accountRefusals } from './account-refusals.ts';
import { delegationRefusals } from './delegation-refusals.ts';

/**
 * Everything the directory and its register can say no to. Where something exists already, the
 * facts carry `same`: true when what was sent is what stands there, so that whoever loads a list a
 * second time can tell an unchanged line from a clash.
 */
export const directoryRefusals = {
  'directory/text': {
    kind: 'invalid',
    en: 'The text is empty, too long, not in Unicode form NFC, or holds control or invisible characters.',
    vi: 'Văn bản trống, quá dài, không ở dạng Unicode NFC hoặc có ký tự điều khiển, ký tự ẩn.',
  },
  'directory/id': {
    kind: 'invalid',
    en: 'The identifier is not in the accepted form.',
    vi: 'Mã định danh không đúng dạng quy định.',
  },
  'directory/digest': {
    kind: 'invalid',
    en: 'The digest is not of the form sha256:<64 hex digits>.',
    vi: 'Mã băm không đúng dạng sha256:<64 chữ số hex>.',
  },
  'directory/day': {
    kind: 'invalid',
    en: 'The day does not exist in the calendar, or its form is not YYYY-MM-DD.',
    vi: 'Ngày không có trong lịch hoặc không đúng dạng YYYY-MM-DD.',
  },
  'directory/period': {
    kind: 'invalid',
    en: 'The last day lies before the first.',
    vi: 'Ngày kết thúc trước ngày bắt đầu.',
  },
  'directory/choice': {
    kind: 'invalid',
    en: 'The value is not one of those accepted.',
    vi: 'Giá trị không thuộc danh mục cho phép.',
  },
  'directory/twice': {
    kind: 'invalid',
    en: 'The same entry stands twice in the list.',
    vi: 'Một mục xuất hiện hai lần trong danh sách.',
  },
  'directory/document': {
    kind: 'invalid',
    en: 'The document named as the basis of the act is not complete.',
    vi: 'Văn bản làm căn cứ chưa đủ thông tin.',
  },

  'directory/other-province': {
    kind: 'forbidden',
    en: 'A role acts in the province of its agency; those of central agencies in every province.',
    vi: 'Vai trò chỉ thực hiện trong tỉnh của cơ quan mình; cơ quan trung ương ở mọi tỉnh.',
  },

  'agency/not-registrar': {
    kind: 'forbidden',
    en: 'Only a registrar may do this.',
    vi: 'Chỉ người quản lý danh mục được thực hiện việc này.',
  },
  'agency/unknown': {
    kind: 'missing',
    en: 'No such agency is registered.',
    vi: 'Cơ quan này chưa được đăng ký.',
  },
  'agency/already-registered': {
    kind: 'rule',
    en: 'The agency is registered already.',
    vi: 'Cơ quan đã được đăng ký.',
  },
  'agency/unit-already-registered': {
    kind: 'rule',
    en: 'The unit is registered already.',
    vi: 'Đơn vị đã được đăng ký.',
  },
  'agency/unit-unknown': {
    kind: 'missing',
    en: 'The agency has no such unit.',
    vi: 'Cơ quan không có đơn vị này.',
  },
  'agency/unit-elsewhere': {
    kind: 'invalid',
    en: 'The unit’s id does not lie under the agency’s.',
    vi: 'Mã đơn vị không thuộc cơ quan này.',
  },
  'agency/unchanged': {
    kind: 'rule',
    en: 'The agency bears this name already.',
    vi: 'Cơ quan đang mang tên này.',
  },
  'agency/out-of-order': {
    kind: 'rule',
    en: 'A change already recorded takes effect later than this one.',
    vi: 'Đã có thay đổi được ghi nhận với ngày hiệu lực sau ngày này.',
  },
  'agency/gone': {
    kind: 'rule',
    en: 'The agency was merged or dissolved and no longer acts on that day.',
    vi: 'Cơ quan đã sáp nhập hoặc giải thể, không còn hoạt động vào ngày đó.',
  },
  'agency/own-successor': {
    kind: 'invalid',
    en: 'An agency cannot be merged into itself.',
    vi: 'Cơ quan không thể sáp nhập vào chính mình.',
  },

  'person/not-registrar': {
    kind: 'forbidden',
    en: 'Only a registrar may do this.',
    vi: 'Chỉ người quản lý danh mục được thực hiện việc này.',
  },
  'person/not-enrolled': {
    kind: 'forbidden',
    en: 'The person who acts is not enrolled.',
    vi: 'Người thực hiện chưa được ghi danh.',
  },
  'person/unknown': {
    kind: 'missing',
    en: 'No such person is enrolled.',
    vi: 'Người này chưa được ghi danh.',
  },
  'person/already-enrolled': {
    kind: 'rule',
    en: 'The person is enrolled already.',
    vi: 'Người này đã được ghi danh.',
  },
  'person/own-particulars': {
    kind: 'forbidden',
    en: 'Nobody changes their own name or position on record.',
    vi: 'Không ai được tự sửa họ tên, chức vụ của mình trong hồ sơ.',
  },
  'person/unchanged': {
    kind: 'rule',
    en: 'These particulars are the ones on record.',
    vi: 'Thông tin trùng với hồ sơ hiện có.',
  },
  'person/not-yours-to-erase': {
    kind: 'forbidden',
    en: 'Contact data is erased by the person or by a registrar.',
    vi: 'Chỉ chính người đó hoặc người quản lý danh mục được xóa thông tin liên hệ.',
  },
  'person/already-erased': {
    kind: 'rule',
    en: 'The contact data was erased already.',
    vi: 'Thông tin liên hệ đã được xóa.',
  },

  'grant/unknown': {
    kind: 'missing',
    en: 'The person holds no such grant.',
    vi: 'Người này không có quyết định giao vai trò đó.',
  },
  'grant/already-granted': {
    kind: 'rule',
    en: 'The grant is recorded already.',
    vi: 'Vai trò này đã được giao.',
  },
  'grant/operator': {
    kind: 'invalid',
    en: 'The roles of the first start’s operator and of an account’s holder are never granted.',
    vi: 'Vai trò vận hành lần khởi tạo và vai trò chủ tài khoản không được giao.',
  },
  'grant/to-oneself': {
    kind: 'forbidden',
    en: 'Nobody grants a role to themselves.',
    vi: 'Không ai được tự giao vai trò cho mình.',
  },
  'grant/not-granter': {
    kind: 'forbidden',
    en: 'Roles are granted by a registrar; a head names the officers of their own agency.',
    vi: 'Vai trò do người quản lý danh mục giao; thủ trưởng cử chuyên viên của cơ quan mình.',
  },
  'grant/no-appointment': {
    kind: 'invalid',
    en: 'A head or deputy is granted on the appointment decision, handed in as a file.',
    vi: 'Giao vai trò thủ trưởng, cấp phó phải có quyết định bổ nhiệm kèm tệp.',
  },
  'grant/document-not-deposited': {
    kind: 'rule',
    en: 'The file of the document is not deposited; hand it in as evidence first.',
    vi: 'Tệp của văn bản chưa được nộp làm minh chứng; hãy nộp tệp trước khi giao vai trò.',
  },
  'grant/duties-collide': {
    kind: 'rule',
    en: 'Who audits or inspects a province holds no reporting role in it at the same time.',
    vi: 'Người kiểm toán, thanh tra không đồng thời giữ vai trò báo cáo trong cùng tỉnh.',
  },
  'grant/bootstrap-province': {
    kind: 'rule',
    en: 'The first two people belong to one province, or one of them to a central agency.',
    vi: 'Hai người khởi tạo phải cùng một tỉnh, hoặc một người thuộc cơ quan trung ương.',
  },
  'grant/bootstrap': {
    kind: 'rule',
    en: 'The first start grants the first registrar and one confirming person of another agency.',
    vi: 'Khởi tạo chỉ giao người quản lý danh mục đầu tiên và một người xác nhận ở cơ quan khác.',
  },
  'grant/needs-no-confirmation': {
    kind: 'rule',
    en: 'This grant counts without confirmation.',
    vi: 'Vai trò này không cần xác nhận.',
  },
  'grant/already-confirmed': {
    kind: 'rule',
    en: 'The grant was confirmed already.',
    vi: 'Vai trò đã được xác nhận.',
  },
  'grant/over': {
    kind: 'rule',
    en: 'The grant was revoked or has ended.',
    vi: 'Vai trò đã bị thu hồi hoặc hết hạn.',
  },
  'grant/own-confirmation': {
    kind: 'forbidden',
    en: 'Nobody confirms a grant to themselves, or one they made.',
    vi: 'Không ai được tự xác nhận vai trò của mình hoặc do mình giao.',
  },
  'grant/not-confirmer': {
    kind: 'forbidden',
    en: 'A grant is confirmed by a registrar, head, certifier or inspector.',
    vi: 'Người quản lý danh mục, thủ trưởng, người chốt hoặc thanh tra mới được xác nhận.',
  },
  'grant/confirmer-same-agency': {
    kind: 'forbidden',
    en: 'A grant is confirmed by a person of another agency than the granter’s.',
    vi: 'Người xác nhận phải thuộc cơ quan khác với cơ quan của người giao.',
  },
  'grant/not-revoker': {
    kind: 'forbidden',
    en: 'Roles are revoked by a registrar; a head ends those of their own officers.',
    vi: 'Người quản lý danh mục thu hồi vai trò; thủ trưởng thu hồi của chuyên viên cơ quan mình.',
  },
  'grant/already-revoked': {
    kind: 'rule',
    en: 'The grant was revoked from this day or an earlier one.',
    vi: 'Vai trò đã bị thu hồi từ ngày này hoặc sớm hơn.',
  },

  'review-body/unknown': {
    kind: 'missing',
    en: 'No such review body was established.',
    vi: 'Chưa có tổ, hội đồng này.',
  },
  'review-body/already-established': {
    kind: 'rule',
    en: 'The review body is established already.',
    vi: 'Tổ, hội đồng đã được thành lập.',
  },
  'review-body/not-founder': {
    kind: 'forbidden',
    en: 'A review body is entered or dissolved by a registrar or a certifier.',
    vi: 'Tổ, hội đồng do người quản lý danh mục hoặc người chốt ghi nhận, giải thể.',
  },
  'review-body/not-appointed': {
    kind: 'rule',
    en: 'A review body rests on a numbered decision of the province’s People’s Committee.',
    vi: 'Tổ, hội đồng phải có quyết định (có số) của Ủy ban nhân dân tỉnh.',
  },
  'review-body/members': {
    kind: 'rule',
    en: 'A review body has one chair; an interagency group has members of two agencies or more.',
    vi: 'Tổ, hội đồng có một người đứng đầu; tổ liên ngành có thành viên từ hai cơ quan trở lên.',
  },
  'review-body/member-agency': {
    kind: 'rule',
    en: 'A member is not enrolled, or does not belong to the agency named.',
    vi: 'Thành viên chưa được ghi danh hoặc không thuộc cơ quan đã nêu.',
  },
  'review-body/not-recorder': {
    kind: 'forbidden',
    en: 'A session is recorded by the body’s chair or secretary, or by a registrar.',
    vi: 'Phiên họp do người đứng đầu, thư ký hoặc người quản lý danh mục ghi nhận.',
  },
  'review-body/session-already-recorded': {
    kind: 'rule',
    en: 'The session is recorded already.',
    vi: 'Phiên họp đã được ghi nhận.',
  },
  'review-body/minutes-not-deposited': {
    kind: 'rule',
    en: 'The minutes are not deposited as evidence, or not for you; deposit them first.',
    vi: 'Biên bản chưa được nộp làm minh chứng, hoặc bạn không được xem; hãy nộp trước.',
  },
  'review-body/session-day': {
    kind: 'rule',
    en: 'A session is held after the body was established and not in the future.',
    vi: 'Phiên họp phải sau ngày thành lập và không ở tương lai.',
  },
  'review-body/not-member': {
    kind: 'rule',
    en: 'Only members sit in a session, and only those present abstain.',
    vi: 'Chỉ thành viên dự họp; chỉ người có mặt mới không tham gia biểu quyết.',
  },
  'review-body/votes': {
    kind: 'rule',
    en: 'Votes for, votes against and abstentions do not add up to those present.',
    vi: 'Số phiếu thuận, phiếu chống và không biểu quyết không khớp số người có mặt.',
  },
  'review-body/against-votes': {
    kind: 'rule',
    en: 'The decision goes against the votes.',
    vi: 'Kết luận trái với kết quả biểu quyết.',
  },
  'review-body/item': {
    kind: 'invalid',
    en: 'The version that was decided on is not named completely.',
    vi: 'Phiên bản được xem xét chưa được nêu đầy đủ.',
  },
  'review-body/dissolved': {
    kind: 'rule',
    en: 'The review body is dissolved.',
    vi: 'Tổ, hội đồng đã giải thể.',
  },

  ...delegationRefusals,
  ...accountRefusals,
} as const satisfies RefusalCatalogue;

export const refuse = refuser(directoryRefusals);
