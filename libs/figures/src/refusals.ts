import { refuser } from '#kernel';
import type { RefusalKind, RefusalText } from '#kernel';
import { ofFindings } from './finding-refusals.ts';

/**
 * Everything this context can say no to. Codes are stable and never reused; the server maps kinds
 * to HTTP. `duty/` is separation of duties, `value/` is what was typed, the other two are the
 * present state of a figure or of a part.
 */

type Said = (en: string, vi: string) => RefusalText;
const of =
  (kind: RefusalKind): Said =>
  (en, vi) => ({ kind, en, vi });
const invalid = of('invalid');
const forbidden = of('forbidden');
const missing = of('missing');
const rule = of('rule');

/** Two kinds of aggregate live by one table (DOMAIN, A figure's life) and share these rules. */
export type Subject = 'figure' | 'contribution';

const ofBoth = {
  unknown: missing(
    'The round assigns nothing under this name.',
    'Đợt đánh giá không phân công nội dung nào mang tên này.',
  ),
  'wrong-status': rule(
    'The present status does not allow this act.',
    'Trạng thái hiện tại không cho phép thao tác này.',
  ),
  'version-superseded': rule(
    'A later version was handed in; an approval binds the version it names and no other.',
    'Đã có phiên bản sau; mỗi lần phê duyệt chỉ gắn với đúng phiên bản được nêu.',
  ),
  'no-such-version': missing('There is no such version.', 'Không có phiên bản này.'),
  'wrong-kind': rule(
    'After a return comes a resubmission; otherwise an update or a correction.',
    'Sau khi bị trả lại thì nộp lại; các trường hợp khác là cập nhật hoặc đính chính.',
  ),
  'not-an-update': rule(
    'Nothing in the replaced version was planned to be replaced: this is a correction.',
    'Phiên bản được thay không có phần ước tính hay tạm tính: đây là đính chính.',
  ),
  'evidence-missing': rule(
    'Evidence cited is not deposited (POST …/deposits after PUT), not for you, or damaged.',
    'Minh chứng được dẫn chưa nộp (POST …/deposits sau PUT), không dành cho bạn, hoặc bị hỏng.',
  ),
  'evidence-link-invalid': invalid(
    'A link names either a file or a reference, and a component of the definition or none.',
    'Mỗi liên kết nêu một tệp hoặc một tài liệu dẫn chiếu, và thành phần có trong định nghĩa.',
  ),
  'remarks-required': invalid(
    'A return needs at least one reason.',
    'Trả lại phải nêu ít nhất một lý do.',
  ),
  'remark-target-unknown': invalid(
    'The remark points at a component or a file that this version does not have.',
    'Nhận xét trỏ tới thành phần hoặc tệp không có trong phiên bản này.',
  ),
  'day-passed': invalid('The last day has passed already.', 'Thời hạn đặt ra đã qua.'),
  'arrival-in-future': invalid(
    'The paper cannot have arrived after today.',
    'Ngày đến của văn bản giấy không thể sau hôm nay.',
  ),
  'arrival-too-early': invalid(
    'The paper cannot have arrived before its own date, nor before the plan that asks for it.',
    'Ngày đến không thể trước ngày của văn bản, cũng không thể trước kế hoạch.',
  ),
  'arrival-unexplained': invalid(
    'It was recorded long after it arrived; say why.',
    'Văn bản được nhập muộn sau ngày đến; hãy nêu lý do.',
  ),
  'no-responsibility-sentence': rule(
    'The plan has no responsibility sentence for this kind of agency.',
    'Kế hoạch không có câu chịu trách nhiệm cho loại cơ quan này.',
  ),
} as const;

type OfBoth = { readonly [K in keyof typeof ofBoth as `${Subject}/${K}`]: RefusalText };

function forSubject(subject: Subject): Record<string, RefusalText> {
  return Object.fromEntries(
    Object.entries(ofBoth).map(([reason, text]) => [`${subject}/${reason}`, text]),
  );
}

const ofFigures = {
  'figure/round-closed': rule(
    'The round is closed: no new figures, only corrections.',
    'Đợt đánh giá đã đóng: không nhận số liệu mới, chỉ nhận đính chính.',
  ),
  'figure/unknown-part': missing(
    'No such part belongs to this figure.',
    'Không có phần số liệu này thuộc số liệu đang nộp.',
  ),
  'figure/part-not-accepted': rule(
    'A figure is built from accepted parts only.',
    'Chỉ tổng hợp từ các phần số liệu đã được chấp nhận.',
  ),
  'figure/part-twice': invalid('A part is named twice.', 'Một phần số liệu được nêu hai lần.'),
  'figure/already-endorsed': rule(
    'Your agency has endorsed this version; others of the joint lead have not.',
    'Cơ quan của bạn đã phê duyệt phiên bản này; còn chờ cơ quan đồng chủ trì.',
  ),
  'figure/definition-unchanged': rule(
    'The version answers the definition asked now: there is nothing to endorse anew.',
    'Phiên bản đang trả lời đúng định nghĩa hiện hành: không có gì để phê duyệt lại.',
  ),
  'figure/definition-not-answered': rule(
    'The version does not fit the definition asked now: hand in an update.',
    'Phiên bản không phù hợp với định nghĩa hiện hành: phải nộp bản cập nhật.',
  ),
  'figure/questions-full': rule(
    'As many questions of this kind are open as there may be: some must be settled first.',
    'Số yêu cầu cùng loại đang mở đã đạt giới hạn: cần giải quyết bớt trước.',
  ),
  'figure/own-return': invalid(
    'The head returns what was submitted in their own name; a session or a document comes later.',
    'Thủ trưởng trả lại bản vừa nộp bằng thẩm quyền của mình, không dẫn phiên họp hay văn bản.',
  ),
  'figure/one-return-basis': invalid(
    'A return cites a session or a document, not both.',
    'Việc trả lại căn cứ phiên họp hoặc văn bản, không dùng cả hai.',
  ),
  'figure/no-such-request': missing('No such request.', 'Không có yêu cầu giải trình này.'),
  'figure/already-explained': rule(
    'This request was answered already.',
    'Yêu cầu giải trình này đã được trả lời.',
  ),
  'figure/no-such-dispute': missing('No such dispute.', 'Không có ý kiến phản đối này.'),
  'figure/already-settled': rule(
    'This dispute was settled already.',
    'Ý kiến phản đối này đã được giải quyết.',
  ),
  'figure/document-required': invalid(
    'This act rests on a document; its file must be handed in as evidence.',
    'Thao tác này phải căn cứ văn bản; tệp văn bản phải được nộp làm minh chứng.',
  ),
  'figure/conclusion-incomplete': invalid(
    'The conclusion needs its number and its date.',
    'Kết luận phải có số và ngày ban hành.',
  ),
  'figure/one-verification-basis': invalid(
    'A verification cites a session or an acceptance, not both.',
    'Việc xác nhận căn cứ phiên họp hoặc văn bản chấp nhận, không dùng cả hai.',
  ),
  'figure/acceptance-not-needed': rule(
    'The committee accepts by a document only what the checking agency itself leads.',
    'UBND tỉnh chỉ chấp nhận bằng văn bản đối với số liệu do cơ quan kiểm tra chủ trì.',
  ),
  'figure/no-such-session': missing(
    'The review body has no such session.',
    'Tổ chức tư vấn không có phiên họp này.',
  ),
  'figure/review-body-dissolved': rule(
    'The review body was dissolved.',
    'Tổ chức tư vấn đã giải thể.',
  ),
  'figure/session-on-other-version': rule(
    'The session did not deal with this version and digest.',
    'Phiên họp không xem xét đúng phiên bản và mã băm này.',
  ),
  'figure/checks-open': rule(
    'The checks found errors: answer each in words, or return the version.',
    'Kiểm tra phát hiện lỗi: phải nêu lý do chấp nhận từng lỗi, hoặc trả lại phiên bản.',
  ),
  'figure/no-such-check': invalid(
    'An answer names no finding that stands, or one twice.',
    'Giải trình không ứng với phát hiện nào đang có, hoặc bị lặp.',
  ),
  'figure/session-did-not-accept': rule(
    'The session did not accept this version.',
    'Phiên họp không chấp nhận phiên bản này.',
  ),
  'figure/session-did-not-return': rule(
    'The session did not decide to return this version.',
    'Phiên họp không quyết định trả lại phiên bản này.',
  ),
} as const;

const ofContributions = {
  'contribution/participants-not-frozen': rule(
    'The participants of this indicator are not fixed yet.',
    'Danh sách cơ quan phối hợp của chỉ số này chưa được chốt.',
  ),
  'contribution/not-a-participant': rule(
    'This agency owes no part of this indicator.',
    'Cơ quan này không có phần phối hợp trong chỉ số.',
  ),
  'contribution/wrong-agency': invalid(
    'The agency differs from the one in the name of the part.',
    'Cơ quan không trùng với cơ quan trong tên phần số liệu.',
  ),
  'contribution/components-or-documents': invalid(
    'Ask for components, or for documents only.',
    'Yêu cầu các thành phần số liệu, hoặc chỉ yêu cầu tài liệu.',
  ),
  'contribution/not-an-outsider': rule(
    'A coordinating agency hands in its own part; only outsiders are spoken for.',
    'Cơ quan phối hợp tự nộp phần của mình; chỉ nộp thay cho tổ chức, cá nhân bên ngoài.',
  ),
  'contribution/outside-document-required': invalid(
    'A part deposited for an outsider needs its source document.',
    'Phần nộp thay bên ngoài phải kèm tài liệu nguồn.',
  ),
  'contribution/outsider-not-endorsed': rule(
    'A part deposited for an outsider carries no responsibility sentence.',
    'Phần nộp thay bên ngoài không có phê duyệt của thủ trưởng.',
  ),
} as const;

const ofDuties = {
  'duty/agency-ambiguous': invalid(
    'You could act for several agencies here; name the one you act for.',
    'Bạn có thể thay mặt nhiều cơ quan ở đây; hãy nêu rõ cơ quan mà bạn thay mặt.',
  ),
  'duty/not-for-agency': forbidden(
    'You cannot do this for the agency you named.',
    'Bạn không được thực hiện việc này thay mặt cơ quan đã nêu.',
  ),
  'duty/other-province': forbidden(
    'The round is another province’s; from outside, only central agencies act in it.',
    'Đợt đánh giá thuộc tỉnh khác; ngoài tỉnh chỉ cơ quan trung ương được thực hiện việc này.',
  ),
  'duty/role-required': forbidden(
    'You hold no role that may do this.',
    'Bạn không giữ vai trò được làm việc này.',
  ),
  'duty/not-lead-agency': forbidden(
    'Only the lead agency may do this.',
    'Chỉ cơ quan chủ trì được làm việc này.',
  ),
  'duty/not-your-agency': forbidden(
    'Only the agency that gives this part may do this.',
    'Chỉ cơ quan cung cấp phần số liệu được làm việc này.',
  ),
  'duty/not-checking-agency': forbidden(
    'Only the checking agency may do this.',
    'Chỉ cơ quan kiểm tra được làm việc này.',
  ),
  'duty/not-committee': forbidden(
    'Only the provincial committee may do this.',
    'Chỉ UBND tỉnh được làm việc này.',
  ),
  'duty/not-a-party': forbidden(
    'Only an agency that leads or contributes may dispute.',
    'Chỉ cơ quan chủ trì hoặc phối hợp được phản đối.',
  ),
  'duty/not-disputing-agency': forbidden(
    'Only the agency that disputes may take it back.',
    'Chỉ cơ quan đã phản đối được rút ý kiến.',
  ),
  'duty/no-delegation': forbidden(
    'A deputy signs under a recorded delegation in force (KT., TUQ.).',
    'Cấp phó chỉ ký khi có ủy quyền còn hiệu lực đã ghi nhận (KT., TUQ.).',
  ),
  'duty/by-order-only': forbidden(
    'Signing by order (TL.) takes on no responsibility: that is the head’s, or KT. or TUQ.',
    'Ký thừa lệnh (TL.) không nhận trách nhiệm thay thủ trưởng; phải là thủ trưởng, KT. hoặc TUQ.',
  ),
  'duty/not-your-endorsement': forbidden(
    'An endorsement is withdrawn by the person who gave it.',
    'Chỉ người đã phê duyệt được rút phê duyệt.',
  ),
  'duty/same-person': forbidden(
    'Handing in, endorsing and verifying one version are done by different people.',
    'Nộp, phê duyệt và xác nhận một phiên bản phải do những người khác nhau thực hiện.',
  ),
  'duty/same-unit': forbidden(
    'Your unit had a hand in this version or in a part of it.',
    'Đơn vị của bạn đã tham gia phiên bản này hoặc một phần của nó.',
  ),
  'duty/self-led': forbidden(
    'What the checking agency leads is verified by another agency or a review body.',
    'Số liệu do cơ quan kiểm tra chủ trì phải do cơ quan khác hoặc tổ chức tư vấn xác nhận.',
  ),
  'duty/auditor-writes': forbidden(
    'Auditors and inspectors do not write in a round they audit.',
    'Kiểm toán viên, thanh tra viên không nhập liệu trong đợt mình kiểm tra.',
  ),
  'duty/not-a-member': forbidden(
    'You are not a member of this review body.',
    'Bạn không phải thành viên của tổ chức tư vấn này.',
  ),
  'duty/member-absent': forbidden(
    'You were not present at the session.',
    'Bạn không có mặt tại phiên họp.',
  ),
  'duty/session-recorder': forbidden(
    'You recorded this session; another member who was present acts on it.',
    'Bạn đã ghi biên bản phiên họp này; thành viên khác có mặt sẽ thực hiện.',
  ),
  'duty/member-abstained': forbidden(
    'Whoever kept out of the decision cannot record it.',
    'Người không tham gia quyết định không được ghi nhận quyết định đó.',
  ),
  'duty/feeder-did-not-abstain': forbidden(
    'A member who fed the figure took part in the decision on it.',
    'Có thành viên đã tham gia làm số liệu nhưng vẫn tham gia quyết định.',
  ),
} as const;

const ofValues = {
  'value/unknown-component': invalid(
    'The definition has no such component, or it is not yours to supply.',
    'Định nghĩa không có thành phần này, hoặc không thuộc phần bạn cung cấp.',
  ),
  'value/duplicate-component': invalid(
    'A component is stated twice.',
    'Một thành phần được khai hai lần.',
  ),
  'value/required': invalid('A required component is absent.', 'Thiếu thành phần bắt buộc.'),
  'value/wrong-member': invalid(
    'This type of component is stated in other members.',
    'Loại thành phần này được khai bằng trường khác.',
  ),
  'value/not-a-decimal': invalid(
    'Not a decimal in the accepted form.',
    'Không phải số thập phân đúng quy cách.',
  ),
  'value/not-a-count': invalid(
    'A count is a whole number, zero or more.',
    'Số đếm phải là số nguyên không âm.',
  ),
  'value/scale-exceeded': invalid(
    'More digits after the point than the definition allows.',
    'Quá số chữ số thập phân mà định nghĩa cho phép.',
  ),
  'value/too-many-digits': invalid('More than 34 digits.', 'Quá 34 chữ số.'),
  'value/unknown-money-unit': invalid(
    'The declared unit is not a known unit of money.',
    'Đơn vị khai không phải đơn vị tiền đã biết.',
  ),
  'value/below-one-dong': invalid(
    'The amount does not come out in whole đồng.',
    'Số tiền không tròn đồng.',
  ),
  'value/estimated-exceeds': invalid(
    'The estimated part has the sign of the value and is no greater.',
    'Phần ước tính phải cùng dấu và không lớn hơn giá trị.',
  ),
  'value/duplicate-item': invalid('Two items carry the same key.', 'Hai mục có cùng mã nhận diện.'),
  'value/text-invalid': invalid('The text is not acceptable.', 'Văn bản nhập không hợp lệ.'),
  'value/as-of-in-future': invalid(
    'The day a statement speaks of may not lie in the future.',
    'Ngày của số liệu không được ở tương lai.',
  ),
  'value/status-missing': invalid(
    'What cannot be had is declared so, with a reason; it is not submitted as missing.',
    'Số liệu không có phải được khai báo kèm lý do, không nộp ở trạng thái thiếu.',
  ),
} as const;

export const figureRefusals = {
  ...(forSubject('figure') as OfBoth),
  ...(forSubject('contribution') as OfBoth),
  ...ofFigures,
  ...ofContributions,
  ...ofDuties,
  ...ofValues,
  ...ofFindings,
};

export type FigureRefusal = keyof typeof figureRefusals;
export const refuse = refuser(figureRefusals);
