import type { RefusalCatalogue } from '#kernel';

/** Of signing in a head's place: KT., TL., TUQ. */
export const delegationRefusals = {
  'delegation/no-document': {
    kind: 'invalid',
    en: 'What is recorded in a head’s name by another rests on the paper, handed in as a file.',
    vi: 'Ghi nhận việc ký thay hộ thủ trưởng phải có văn bản kèm tệp.',
  },
  'delegation/needs-no-confirmation': {
    kind: 'rule',
    en: 'The head recorded this delegation; it counts without confirmation.',
    vi: 'Thủ trưởng đã tự ghi nhận việc ký thay này, không cần xác nhận.',
  },
  'delegation/already-confirmed': {
    kind: 'rule',
    en: 'The delegation was confirmed already.',
    vi: 'Việc giao ký thay đã được xác nhận.',
  },
  'delegation/own-confirmation': {
    kind: 'forbidden',
    en: 'Nobody confirms a delegation to themselves, or one they recorded.',
    vi: 'Không ai được tự xác nhận việc ký thay của mình hoặc do mình ghi nhận.',
  },
  'delegation/not-confirmer': {
    kind: 'forbidden',
    en: 'A delegation is confirmed by that head, or by who may confirm grants.',
    vi: 'Chỉ chính thủ trưởng đó hoặc người có quyền xác nhận vai trò được xác nhận việc ký thay.',
  },
  'delegation/confirmer-same-agency': {
    kind: 'forbidden',
    en: 'Other than by that head, it is confirmed from another agency than the recorder’s.',
    vi: 'Nếu không phải chính thủ trưởng, người xác nhận phải khác cơ quan với người ghi nhận.',
  },
  'delegation/unfiled': {
    kind: 'rule',
    en: 'No file of the paper is recorded; only that head confirms it. Or end it and record it anew.',
    vi: 'Việc giao ký thay chưa có tệp văn bản; chỉ thủ trưởng đó được xác nhận, hoặc ghi nhận lại.',
  },
  'delegation/document-not-deposited': {
    kind: 'rule',
    en: 'The file of the delegation is not deposited; hand it in as evidence first.',
    vi: 'Tệp văn bản ủy quyền chưa được nộp làm minh chứng; hãy nộp tệp trước.',
  },
  'delegation/already-recorded': {
    kind: 'rule',
    en: 'The delegation is recorded already.',
    vi: 'Việc giao ký thay đã được ghi nhận.',
  },
  'delegation/not-recorder': {
    kind: 'forbidden',
    en: 'A delegation is recorded by a registrar or by the head in whose place is signed.',
    vi: 'Việc giao ký thay do người quản lý danh mục hoặc chính thủ trưởng ghi nhận.',
  },
  'delegation/to-oneself': {
    kind: 'forbidden',
    en: 'Nobody records a delegation to themselves, or signs in their own place.',
    vi: 'Không ai được tự ghi nhận việc ký thay cho mình.',
  },
  'delegation/unknown': {
    kind: 'missing',
    en: 'The person holds no such delegation.',
    vi: 'Người này không có văn bản giao ký thay đó.',
  },
  'delegation/not-ender': {
    kind: 'forbidden',
    en: 'A delegation is ended by the head who gave it or by a registrar.',
    vi: 'Chỉ thủ trưởng đã giao hoặc người quản lý danh mục được chấm dứt việc ký thay.',
  },
  'delegation/already-ended': {
    kind: 'rule',
    en: 'The delegation was ended already.',
    vi: 'Việc giao ký thay đã được chấm dứt.',
  },
  'delegation/over': {
    kind: 'rule',
    en: 'The last day of the delegation has passed.',
    vi: 'Việc giao ký thay đã hết thời hạn.',
  },
  'delegation/not-head': {
    kind: 'rule',
    en: 'The person in whose place is signed does not head the agency on that day.',
    vi: 'Người được ký thay không phải thủ trưởng cơ quan vào ngày đó.',
  },
  'delegation/no-grant': {
    kind: 'rule',
    en: 'KT. needs a deputy’s grant in the agency; TL. and TUQ. a deputy’s or an officer’s.',
    vi: 'Ký KT. cần vai trò cấp phó tại cơ quan; TL., TUQ. cần vai trò cấp phó hoặc chuyên viên.',
  },
} as const satisfies RefusalCatalogue;
