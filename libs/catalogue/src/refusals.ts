import { refuser } from '#kernel';
import type { RefusalCatalogue } from '#kernel';

/**
 * Everything frameworks and rounds can say no to. Where something is recorded already the facts
 * carry `same`: true when exactly this act stands there, so that whoever loads a plan a second
 * time can tell an unchanged row from a clash.
 */
export const catalogueRefusals = {
  'catalogue/text': {
    kind: 'invalid',
    en: 'The text is empty, too long, not in Unicode form NFC, or holds control or invisible characters.',
    vi: 'Văn bản trống, quá dài, không ở dạng Unicode NFC hoặc có ký tự điều khiển, ký tự ẩn.',
  },
  'catalogue/id': {
    kind: 'invalid',
    en: 'The identifier is not in the accepted form.',
    vi: 'Mã định danh không đúng dạng quy định.',
  },
  'catalogue/day': {
    kind: 'invalid',
    en: 'The day does not exist in the calendar, or its form is not YYYY-MM-DD.',
    vi: 'Ngày không có trong lịch hoặc không đúng dạng YYYY-MM-DD.',
  },
  'catalogue/choice': {
    kind: 'invalid',
    en: 'The value is not one of those accepted.',
    vi: 'Giá trị không thuộc danh mục cho phép.',
  },
  'catalogue/twice': {
    kind: 'invalid',
    en: 'The same entry stands twice in the list.',
    vi: 'Một mục xuất hiện hai lần trong danh sách.',
  },
  'catalogue/document': {
    kind: 'invalid',
    en: 'The document named as the basis of the act is not complete.',
    vi: 'Văn bản làm căn cứ chưa đủ thông tin.',
  },
  'catalogue/empty': {
    kind: 'invalid',
    en: 'The list needs at least one entry.',
    vi: 'Danh sách cần ít nhất một mục.',
  },
  'catalogue/agency-unknown': {
    kind: 'rule',
    en: 'An agency that is named here is not registered.',
    vi: 'Cơ quan được nêu chưa được đăng ký.',
  },
  'catalogue/agency-gone': {
    kind: 'rule',
    en: 'An agency that is named here was merged or dissolved.',
    vi: 'Cơ quan được nêu đã sáp nhập hoặc giải thể.',
  },

  'framework/not-registrar': {
    kind: 'forbidden',
    en: 'Only a registrar may enter indicator frameworks.',
    vi: 'Chỉ người quản lý danh mục được nhập bộ chỉ số.',
  },
  'framework/unknown': {
    kind: 'missing',
    en: 'No such indicator framework was published.',
    vi: 'Chưa có bộ chỉ số này.',
  },
  'framework/name': {
    kind: 'invalid',
    en: 'The framework is not the one that is addressed.',
    vi: 'Bộ chỉ số không khớp với bộ chỉ số được gửi tới.',
  },
  'framework/edition-exists': {
    kind: 'rule',
    en: 'This edition of the framework is published already.',
    vi: 'Phiên bản này của bộ chỉ số đã được công bố.',
  },
  'framework/edition-unknown': {
    kind: 'rule',
    en: 'The framework has no such edition.',
    vi: 'Bộ chỉ số không có phiên bản này.',
  },

  'indicator/exists': {
    kind: 'rule',
    en: 'The indicator is defined already; a change is a redefinition with a reason.',
    vi: 'Chỉ số đã được định nghĩa; muốn sửa thì định nghĩa lại kèm lý do.',
  },
  'indicator/unknown': {
    kind: 'rule',
    en: 'The edition defines no such indicator.',
    vi: 'Phiên bản không có chỉ số này.',
  },
  'indicator/unchanged': {
    kind: 'rule',
    en: 'The definition is the same as the one in force.',
    vi: 'Định nghĩa giống hệt định nghĩa đang có hiệu lực.',
  },
  'framework/cross-check-invalid': {
    kind: 'invalid',
    en: 'A cross-check adds numbers of one kind that the definitions have, on two sides.',
    vi: 'Phép kiểm tra chéo so sánh hai vế gồm các số cùng loại có trong định nghĩa.',
  },
  'framework/cross-checks-unchanged': {
    kind: 'rule',
    en: 'The cross-checks are the same as those in force.',
    vi: 'Các phép kiểm tra chéo giống hệt bộ đang có hiệu lực.',
  },
  'indicator/group-unknown': {
    kind: 'invalid',
    en: 'The edition has no such group.',
    vi: 'Phiên bản không có nhóm này.',
  },
  'indicator/component-invalid': {
    kind: 'invalid',
    en: 'A component does not fit its type: unit, scale or item key.',
    vi: 'Thành phần không phù hợp với kiểu: đơn vị, số chữ số lẻ hoặc khóa danh mục.',
  },
  'indicator/aggregation-invalid': {
    kind: 'invalid',
    en: 'The rule of aggregation needs components or a factor that are not there.',
    vi: 'Quy tắc tổng hợp thiếu thành phần hoặc hệ số cần thiết.',
  },
  'indicator/kind-invalid': {
    kind: 'invalid',
    en: 'A target needs its value, and only a target has one; only a task has a deliverable.',
    vi: 'Chỉ tiêu cần giá trị mục tiêu và chỉ chỉ tiêu mới có; chỉ nhiệm vụ mới có sản phẩm.',
  },

  'round/other-province': {
    kind: 'forbidden',
    en: 'The round belongs to another province than the registrar’s agency.',
    vi: 'Đợt đánh giá thuộc tỉnh khác với cơ quan của người quản lý danh mục.',
  },
  'round/not-registrar': {
    kind: 'forbidden',
    en: 'Only a registrar may enter rounds and assignments.',
    vi: 'Chỉ người quản lý danh mục được nhập đợt đánh giá và phân công.',
  },
  'round/unknown': {
    kind: 'missing',
    en: 'No such round was opened.',
    vi: 'Chưa có đợt đánh giá này.',
  },
  'round/name': {
    kind: 'invalid',
    en: 'A round is named by province, framework and period, as it is addressed.',
    vi: 'Mã đợt gồm tỉnh, bộ chỉ số và kỳ, khớp với đợt được gửi tới.',
  },
  'round/exists': {
    kind: 'rule',
    en: 'The round is open already.',
    vi: 'Đợt đánh giá đã được mở.',
  },
  'round/closed': {
    kind: 'rule',
    en: 'The round is closed.',
    vi: 'Đợt đánh giá đã đóng.',
  },
  'round/period-invalid': {
    kind: 'invalid',
    en: 'The last day of the period lies before its first.',
    vi: 'Ngày cuối kỳ trước ngày đầu kỳ.',
  },
  'round/chain-invalid': {
    kind: 'invalid',
    en: 'The reporting chain begins with the checking agency and names each agency once.',
    vi: 'Chuỗi báo cáo bắt đầu bằng cơ quan kiểm tra và mỗi cơ quan chỉ nêu một lần.',
  },
  'round/responsibility-invalid': {
    kind: 'invalid',
    en: 'A kind of agency is bound by exactly one responsibility sentence.',
    vi: 'Mỗi loại cơ quan chỉ gắn với một câu trách nhiệm.',
  },
  'round/legal-basis-issued': {
    kind: 'rule',
    en: 'The legal basis carries its number and date already.',
    vi: 'Căn cứ pháp lý đã có số và ngày ban hành.',
  },
  'round/edition-unchanged': {
    kind: 'rule',
    en: 'Every assignment answers these definitions already.',
    vi: 'Mọi phân công đã theo các định nghĩa này.',
  },
  'round/edition-lacks-indicator': {
    kind: 'rule',
    en: 'The edition does not define every assigned indicator.',
    vi: 'Phiên bản không có đủ các chỉ số đã phân công.',
  },

  'assignment/exists': {
    kind: 'rule',
    en: 'The indicator is assigned already; a change is an amendment with a document.',
    vi: 'Chỉ số đã được phân công; muốn sửa thì điều chỉnh kèm văn bản.',
  },
  'assignment/unknown': {
    kind: 'rule',
    en: 'The indicator is not assigned in this round.',
    vi: 'Chỉ số chưa được phân công trong đợt này.',
  },
  'assignment/unchanged': {
    kind: 'rule',
    en: 'The assignment is the same as the one in force.',
    vi: 'Phân công giống hệt phân công đang có hiệu lực.',
  },
  'assignment/leads-invalid': {
    kind: 'invalid',
    en: 'Mode single has one lead; joint and each have one or more.',
    vi: 'Chủ trì đơn có một cơ quan; đồng chủ trì và từng cơ quan có một hoặc nhiều.',
  },
  'assignment/party-invalid': {
    kind: 'invalid',
    en: 'A party is one agency or one class, never both.',
    vi: 'Một bên là một cơ quan hoặc một nhóm, không phải cả hai.',
  },
  'assignment/lead-party-invalid': {
    kind: 'invalid',
    en: 'The pieces of the lead cell and the leads do not tell the same, or a reason is missing.',
    vi: 'Các phần của ô chủ trì không khớp với danh sách cơ quan chủ trì, hoặc thiếu lý do.',
  },
  'assignment/date-in-use': {
    kind: 'rule',
    en: 'The date that counts would vanish with this amendment.',
    vi: 'Điều chỉnh này làm mất thời hạn đang có hiệu lực.',
  },
  'assignment/frozen': {
    kind: 'rule',
    en: 'The participants are frozen; coordinating parties change by amending the participants.',
    vi: 'Danh sách phối hợp đã chốt; muốn thay đổi thì điều chỉnh danh sách tham gia.',
  },
  'assignment/not-a-party': {
    kind: 'rule',
    en: 'The duty to pass on is not this agency’s.',
    vi: 'Nhiệm vụ chuyển giao không thuộc cơ quan này.',
  },
  'assignment/passed': {
    kind: 'rule',
    en: 'The duty has passed to this successor already.',
    vi: 'Nhiệm vụ đã được chuyển cho cơ quan kế thừa này.',
  },

  'due/invalid': {
    kind: 'invalid',
    en: 'Name one of the dates of the plan, or a day together with the document that sets it.',
    vi: 'Nêu một thời hạn của kế hoạch, hoặc một ngày kèm văn bản quy định.',
  },
  'due/date-not-named': {
    kind: 'rule',
    en: 'The plan names no such date for this duty.',
    vi: 'Kế hoạch không nêu thời hạn này cho nghĩa vụ đó.',
  },
  'due/already-decided': {
    kind: 'rule',
    en: 'Exactly this date was decided already.',
    vi: 'Thời hạn này đã được quyết định.',
  },
  'due/not-decided': {
    kind: 'rule',
    en: 'There is no date to extend: none was decided.',
    vi: 'Chưa có thời hạn nào để gia hạn.',
  },
  'due/needs-document': {
    kind: 'rule',
    en: 'A date that counts moves only on a document of the authority that issued the plan.',
    vi: 'Thời hạn đang có hiệu lực chỉ thay đổi theo văn bản của cơ quan ban hành kế hoạch.',
  },
  'due/not-later': {
    kind: 'rule',
    en: 'An extension ends later than the present date.',
    vi: 'Ngày gia hạn phải sau thời hạn hiện tại.',
  },
  'due/already-extended': {
    kind: 'rule',
    en: 'Exactly this extension is recorded already.',
    vi: 'Lần gia hạn này đã được ghi nhận.',
  },
  'due/not-a-party': {
    kind: 'rule',
    en: 'The date does not bind this agency.',
    vi: 'Thời hạn này không ràng buộc cơ quan đó.',
  },

  'participants/frozen': {
    kind: 'rule',
    en: 'The participants of this indicator are frozen; a change is an amendment with a reason.',
    vi: 'Danh sách tham gia của chỉ số đã chốt; muốn sửa thì điều chỉnh kèm lý do.',
  },
  'participants/not-frozen': {
    kind: 'rule',
    en: 'The participants of this indicator are not frozen yet.',
    vi: 'Danh sách tham gia của chỉ số chưa chốt.',
  },
  'participants/class-not-assigned': {
    kind: 'invalid',
    en: 'The assignment names no such class of parties.',
    vi: 'Phân công không nêu nhóm này.',
  },
  'participants/class-not-listed': {
    kind: 'invalid',
    en: 'The members of every class of the assignment must be listed.',
    vi: 'Phải liệt kê thành viên của mọi nhóm trong phân công.',
  },
  'participants/reason-missing': {
    kind: 'rule',
    en: 'A chosen membership needs a reason: related or open classes, or agencies of another class.',
    vi: 'Việc lựa chọn cần lý do: nhóm "liên quan", nhóm mở, hoặc cơ quan không thuộc nhóm.',
  },
  'participants/already-in': {
    kind: 'rule',
    en: 'The agency takes part already, or leads.',
    vi: 'Cơ quan đã tham gia hoặc đang chủ trì.',
  },
  'participants/not-in': {
    kind: 'rule',
    en: 'The agency does not take part.',
    vi: 'Cơ quan không có trong danh sách tham gia.',
  },
} as const satisfies RefusalCatalogue;

export const refuse = refuser(catalogueRefusals);
