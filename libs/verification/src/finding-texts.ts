/**
 * The closed catalogue of what the judge can find. Codes are stable and never reused. A `fault` makes
 * a log or a receipt unsound; `unknown` means that something could not be looked at; a `note` is
 * what a reader may like to know and what the specifications tell them to ignore.
 */
export type Severity = 'fault' | 'unknown' | 'note';

type FindingText = { readonly severity: Severity; readonly en: string; readonly vi: string };

const fault = (en: string, vi: string): FindingText => ({ severity: 'fault', en, vi });
const unknown = (en: string, vi: string): FindingText => ({ severity: 'unknown', en, vi });
const note = (en: string, vi: string): FindingText => ({ severity: 'note', en, vi });

const checkpointTexts = {
  'log/checkpoint-missing': unknown(
    'The log has tiles but no checkpoint.',
    'Nhật ký có các mảnh cây nhưng không có điểm kiểm tra.',
  ),
  'log/note-malformed': fault(
    'The checkpoint is not a signed note.',
    'Điểm kiểm tra không phải là ghi chú có chữ ký.',
  ),
  'log/checkpoint-malformed': fault(
    'The signed text is not a checkpoint.',
    'Văn bản được ký không phải là điểm kiểm tra.',
  ),
  'log/origin-differs': fault(
    'The checkpoint is of another log.',
    'Điểm kiểm tra thuộc nhật ký khác.',
  ),
  'log/signature-missing': fault(
    'The checkpoint is not signed by the key of the log.',
    'Điểm kiểm tra không có chữ ký bằng khóa của nhật ký.',
  ),
  'log/signature-invalid': fault(
    "A signature in the log's name is not of this checkpoint.",
    'Chữ ký mang tên nhật ký không khớp với điểm kiểm tra này.',
  ),
  'log/signature-retired': fault(
    'The checkpoint is signed with a key that its own entries say was retired.',
    'Điểm kiểm tra được ký bằng khóa mà chính nhật ký ghi là đã thôi dùng.',
  ),
  'log/signature-unknown': note(
    'A signature by a key that is not known here was not looked at.',
    'Có chữ ký của khóa chưa biết, không được xét đến.',
  ),
  'log/extension-line': note(
    'The checkpoint has a line that this ledger never writes.',
    'Điểm kiểm tra có dòng mà hệ thống này không bao giờ ghi.',
  ),
  'log/witness-signature-invalid': fault(
    "A witness's signature is not of this checkpoint.",
    'Chữ ký của bên chứng kiến không khớp với điểm kiểm tra này.',
  ),
  'log/quorum-missing': fault(
    'Fewer witnesses have signed than the policy wants.',
    'Chưa đủ bên chứng kiến ký theo chính sách.',
  ),
  'log/rolled-back': fault(
    'The log is shorter than it was at the earlier checkpoint.',
    'Nhật ký ngắn hơn so với điểm kiểm tra trước đây.',
  ),
  'log/forked': fault(
    'The log does not begin as the earlier checkpoint says: two histories were signed. Keep both.',
    'Nhật ký không bắt đầu như điểm kiểm tra trước đây: có hai lịch sử đã ký. Hãy giữ cả hai.',
  ),
  'log/earlier-unusable': unknown(
    'The earlier checkpoint is not one of this log that its keys signed.',
    'Điểm kiểm tra trước đây không phải của nhật ký này hoặc không được khóa của nhật ký ký.',
  ),
} as const satisfies Record<string, FindingText>;

const treeTexts = {
  'log/root-differs': fault(
    'Entries and tiles make another root than the one that was signed.',
    'Các bản ghi và mảnh cây cho ra gốc khác với gốc đã ký.',
  ),
  'log/entry-differs': fault(
    'The entry is not the one in the tree.',
    'Bản ghi không phải là bản ghi nằm trong cây.',
  ),
  'log/entry-or-tile-differs': fault(
    'Entry and tile contradict each other, and nothing above settles which of them is right.',
    'Bản ghi và mảnh cây mâu thuẫn, phần trên của cây không cho biết bên nào đúng.',
  ),
  'log/tile-differs': fault(
    'The tile is not the one that the entries make.',
    'Mảnh cây không đúng với các bản ghi.',
  ),
  'log/tile-malformed': fault(
    'The tile has not the length of its hashes.',
    'Mảnh cây không đúng độ dài của các giá trị băm.',
  ),
  'log/tile-missing': fault('A tile of the tree is not there.', 'Thiếu một mảnh của cây.'),
  'log/bundle-missing': fault('A bundle of entries is not there.', 'Thiếu một gói bản ghi.'),
  'log/bundle-malformed': fault(
    'A bundle of entries does not hold what it should.',
    'Gói bản ghi không chứa đúng nội dung cần có.',
  ),
  'log/bundle-differs': fault(
    'An older bundle is not a beginning of the one that took its place.',
    'Gói bản ghi cũ không phải là phần đầu của gói đã thay nó.',
  ),
  'log/gap-too-wide': fault(
    'So much of the log is missing that the rest was not looked at.',
    'Thiếu quá nhiều phần của nhật ký nên phần còn lại không được xem.',
  ),
  'log/entries-unread': unknown(
    'The log itself did not sign this checkpoint, so nothing that a server gives for it was read.',
    'Chính nhật ký không ký điểm kiểm tra này, nên không đọc những gì máy chủ đưa ra theo nó.',
  ),
  'log/changed-while-read': fault(
    'Read again, to be compared with the store, the log said something else than before.',
    'Khi đọc lại để đối chiếu với kho, nhật ký nói khác với lần đọc trước.',
  ),
  'log/file-unknown': note(
    'A file that is no part of a log lies among the tiles.',
    'Có tệp không thuộc nhật ký nằm giữa các mảnh cây.',
  ),
  'log/beyond-head': note(
    'A file reaches beyond the checkpoint; nothing vouches for it yet.',
    'Có tệp vượt quá điểm kiểm tra; chưa có gì bảo đảm cho tệp đó.',
  ),
  'log/head-tiles-only': note(
    'Read over the network: the tiles of the checkpoint were checked, older partial ones were not.',
    'Đọc qua mạng: chỉ kiểm tra các mảnh của điểm kiểm tra, không kiểm tra mảnh dở dang cũ.',
  ),
  'log/nothing-there': unknown('There is no log there.', 'Không có nhật ký ở đó.'),
  'log/unreachable': unknown('The log could not be read.', 'Không đọc được nhật ký.'),
  'log/entries-closed': unknown(
    'The entries are not open to this reader; only the hashes were checked.',
    'Người đọc không được xem bản ghi; chỉ kiểm tra được các giá trị băm.',
  ),
} as const satisfies Record<string, FindingText>;

const entryTexts = {
  'entry/not-utf8': fault('The entry is not UTF-8.', 'Bản ghi không phải UTF-8.'),
  'entry/not-json': fault('The entry is not JSON.', 'Bản ghi không phải JSON.'),
  'entry/not-canonical': fault(
    'The entry is not in canonical form (RFC 8785).',
    'Bản ghi không ở dạng chuẩn tắc (RFC 8785).',
  ),
  'entry/key-twice': fault(
    'A member stands twice in the entry.',
    'Một thành phần xuất hiện hai lần trong bản ghi.',
  ),
  'entry/number-respelt': fault(
    'A number is not spelled in its canonical form.',
    'Một số không được viết ở dạng chuẩn tắc.',
  ),
  'entry/number-not-whole': fault(
    'A number is not a whole one below 2^53.',
    'Một số không phải số nguyên nhỏ hơn 2^53.',
  ),
  'entry/not-nfc': fault('A text is not in NFC.', 'Một văn bản không ở dạng NFC.'),
  'entry/shape': fault(
    'The entry has not exactly the members of an entry.',
    'Bản ghi không có đúng các thành phần của một bản ghi.',
  ),
  'entry/too-deep': fault('The entry is nested too deeply.', 'Bản ghi lồng nhau quá sâu.'),
  'entry/too-long': fault('The entry is too long.', 'Bản ghi quá dài.'),
  'entry/stream-not-logged': fault(
    'Events of this stream are not entries.',
    'Sự kiện của luồng này không phải là bản ghi.',
  ),
  'entry/revision-not-dense': fault(
    'The entry is not the next one of its stream.',
    'Bản ghi không phải là bản ghi kế tiếp của luồng.',
  ),
  'entry/time-backwards': fault(
    'The entry was recorded before the one it follows in its stream.',
    'Bản ghi có thời điểm trước bản ghi liền trước trong luồng.',
  ),
  'entry/basis-unknown': fault(
    'The entry rests on a revision that was not recorded before it.',
    'Bản ghi dựa trên một số thứ tự chưa được ghi trước đó.',
  ),
  'entry/id-twice': fault('The id is that of an earlier entry.', 'Mã trùng với bản ghi trước.'),
  'entry/not-included': fault(
    'The proof does not lead from the entry to the signed root.',
    'Bằng chứng không dẫn từ bản ghi tới gốc đã ký.',
  ),
} as const satisfies Record<string, FindingText>;

const ownEventTexts = {
  'log/opening-missing': fault(
    'No entry says under which name and key the log was opened.',
    'Không có bản ghi nào nêu tên và khóa khi mở nhật ký.',
  ),
  'log/opening-differs': fault(
    'The log was opened under another name than that of its checkpoint.',
    'Nhật ký được mở với tên khác tên trên điểm kiểm tra.',
  ),
  'log/keys-event': fault(
    "An entry about the log's keys cannot stand where it does.",
    'Bản ghi về khóa của nhật ký không thể đứng ở vị trí này.',
  ),
  'log/keys-unread': unknown(
    'The entries were not read, so the keys that the log names are not known.',
    'Không đọc các bản ghi nên không biết các khóa mà nhật ký nêu.',
  ),
  'log/key-unrecorded': fault(
    'The log never recorded the key that it is to be judged by.',
    'Nhật ký chưa từng ghi nhận khóa dùng để thẩm định.',
  ),
  'log/heads-event': fault(
    "An entry about the streams' last revisions is not in order.",
    'Bản ghi về số thứ tự cuối của các luồng không hợp lệ.',
  ),
  'log/heads-differ': fault(
    "The recorded root of the streams' last revisions is not that of the entries.",
    'Gốc đã ghi về số thứ tự cuối của các luồng không khớp với các bản ghi.',
  ),
  'log/heads-too-old': unknown(
    'A record of the last revisions is of a size too far back to be made again.',
    'Bản ghi về số thứ tự cuối ứng với cỡ quá cũ, không dựng lại được.',
  ),
} as const satisfies Record<string, FindingText>;

const receiptTexts = {
  'receipt/malformed': fault('The receipt is not a .tlog-proof.', 'Biên nhận không đúng dạng.'),
  'receipt/extra-line': fault(
    'The receipt has an extra line, which this ledger never writes.',
    'Biên nhận có dòng thừa mà hệ thống này không bao giờ ghi.',
  ),
  'receipt/signature-unnamed': fault(
    'The receipt bears a signature that the policy does not name.',
    'Biên nhận có chữ ký không nêu trong chính sách.',
  ),
  'receipt/signature-twice': fault(
    'The receipt bears two signatures of one key.',
    'Biên nhận có hai chữ ký của cùng một khóa.',
  ),
  'receipt/extension-line': note(
    'The checkpoint has a line that this ledger never writes.',
    'Điểm kiểm tra có dòng mà hệ thống này không bao giờ ghi.',
  ),
} as const satisfies Record<string, FindingText>;

const storeTexts = {
  'store/event-altered': fault(
    'The event store says something else than the log.',
    'Kho sự kiện khác với nhật ký.',
  ),
  'store/event-missing': fault(
    'An entry of the log is not in the event store.',
    'Một bản ghi của nhật ký không có trong kho sự kiện.',
  ),
  'store/event-added': fault(
    'The event store has an event among those of the log that the log has not.',
    'Kho sự kiện có sự kiện xen vào mà nhật ký không có.',
  ),
  'store/event-moved': fault(
    'An event stands elsewhere in the event store than in the log.',
    'Một sự kiện nằm ở vị trí khác so với nhật ký.',
  ),
  'store/event-unusable': fault(
    'The event store has an event that cannot be an entry.',
    'Kho sự kiện có sự kiện không thể là bản ghi.',
  ),
  'store/event-uncompared': unknown(
    'The event stands on nothing in the log that could be read.',
    'Sự kiện không ứng với bản ghi nào của nhật ký đọc được.',
  ),
  'store/stream-differs': fault(
    'Whoever reads the stream by itself gets something else than the log has.',
    'Đọc riêng luồng này thì nhận được nội dung khác với nhật ký.',
  ),
  'store/behind-head': note(
    'The event store has events behind the checkpoint; the log will take them up.',
    'Kho sự kiện có sự kiện sau điểm kiểm tra; nhật ký sẽ ghi tiếp.',
  ),
  'store/unreachable': unknown('The event store could not be read.', 'Không đọc được kho sự kiện.'),
  'store/read-model-differs': fault(
    'A table of the read models is not the one that the events make.',
    'Một bảng đọc không đúng với các sự kiện.',
  ),
  'store/read-models-behind': note(
    'The read models have not taken up the last events; what they show is right up to there.',
    'Các bảng đọc chưa ghi nhận các sự kiện cuối; nội dung đúng đến thời điểm đó.',
  ),
  'store/read-models-unusable': unknown(
    'The read models could not be compared.',
    'Không so sánh được các bảng đọc.',
  ),
} as const satisfies Record<string, FindingText>;

const evidenceTexts = {
  'evidence/missing': fault(
    'A file that the log says was handed in is not there.',
    'Thiếu tệp minh chứng mà nhật ký ghi là đã nộp.',
  ),
  'evidence/differs': fault(
    'What lies under the digest of a file is not the file that was handed in.',
    'Nội dung lưu dưới giá trị băm của tệp không phải là tệp đã nộp.',
  ),
  'evidence/deposit-unusable': fault(
    'An entry about a deposit does not say which file of which size.',
    'Bản ghi về việc nộp tệp không nêu đúng tệp nào, cỡ bao nhiêu.',
  ),
  'evidence/store-unusable': unknown(
    'A file of evidence, or the place where they lie, could not be read.',
    'Không đọc được tệp minh chứng hoặc nơi lưu minh chứng.',
  ),
  'evidence/laid-over': note(
    'Somebody laid a delete mark or another version over a file; the file itself is still there.',
    'Có người đặt dấu xóa hoặc phiên bản khác đè lên tệp; bản thân tệp vẫn còn.',
  ),
  'evidence/unnamed': note(
    'A file lies there that no entry of the log names.',
    'Có tệp không được bản ghi nào của nhật ký nêu tên.',
  ),
} as const satisfies Record<string, FindingText>;

const registerTexts = {
  'register/missing': fault(
    'The register has no name and position for a commitment of the log.',
    'Sổ thông tin cá nhân không có họ tên, chức vụ ứng với cam kết băm trong nhật ký.',
  ),
  'register/differs': fault(
    'Name, position and salt in the register do not give the commitment.',
    'Họ tên, chức vụ và muối trong sổ thông tin cá nhân không cho ra cam kết băm.',
  ),
  'register/shown-differs': fault(
    'The name or position shown for a person is not what the log commits to.',
    'Họ tên hoặc chức vụ đang hiển thị không phải là nội dung đã cam kết trong nhật ký.',
  ),
  'register/shown-outdated': note(
    'An earlier name or position of the person is shown, as a crash may leave it; the next start mends it.',
    'Đang hiển thị họ tên hoặc chức vụ trước đây, có thể do máy chủ dừng đột ngột; lần khởi động sau sẽ sửa.',
  ),
  'register/unrecorded': fault(
    'The register has a row that no entry of the log speaks of.',
    'Sổ thông tin cá nhân có dòng không ứng với bản ghi nào của nhật ký.',
  ),
  'register/unsettled': note(
    'The register has a row whose act was not recorded; a start will remove it.',
    'Sổ thông tin cá nhân có dòng của thao tác chưa được ghi nhận; lần khởi động sau sẽ xóa.',
  ),
  'register/behind-log': note(
    'The register follows an event that is behind the checkpoint.',
    'Sổ thông tin cá nhân ứng với sự kiện sau điểm kiểm tra.',
  ),
  'register/contact-erased': note(
    "A person's contact data was erased, as the log says.",
    'Dữ liệu liên hệ của một người đã được xóa, đúng như nhật ký ghi.',
  ),
  'register/contact-kept': note(
    "The log says that a person's contact data was erased, and the register still has it.",
    'Nhật ký ghi là đã xóa dữ liệu liên hệ của một người, nhưng sổ thông tin cá nhân vẫn còn.',
  ),
  'register/erasure-unrecorded': fault(
    "A person's contact data was erased, and no entry of the log says so.",
    'Dữ liệu liên hệ của một người đã bị xóa mà không có bản ghi nào nêu việc đó.',
  ),
  'register/unusable': unknown(
    'The register of persons could not be compared.',
    'Không so sánh được sổ thông tin cá nhân.',
  ),
} as const satisfies Record<string, FindingText>;

export const findingTexts = {
  ...checkpointTexts,
  ...treeTexts,
  ...entryTexts,
  ...ownEventTexts,
  ...receiptTexts,
  ...storeTexts,
  ...evidenceTexts,
  ...registerTexts,
} as const;

export type FindingCode = keyof typeof findingTexts;
