import type { RefusalCatalogue } from '#kernel';

/** What findings can say no to; part of the context's one catalogue. */
export const ofFindings = {
  'finding/unknown': {
    kind: 'missing',
    en: 'There is no such finding.',
    vi: 'Không có kiến nghị này.',
  },
  'finding/exists': {
    kind: 'rule',
    en: 'This finding was raised already.',
    vi: 'Kiến nghị này đã được nêu.',
  },
  'finding/wrong-status': {
    kind: 'rule',
    en: 'The present status of the finding does not allow this act.',
    vi: 'Trạng thái hiện tại của kiến nghị không cho phép thao tác này.',
  },
  'finding/answers-full': {
    kind: 'rule',
    en: 'As many answers were given as one finding may have: it must be closed or raised anew.',
    vi: 'Kiến nghị đã có số lần trả lời tối đa: cần kết thúc hoặc nêu kiến nghị mới.',
  },
  'finding/not-a-party': {
    kind: 'invalid',
    en: 'Only the lead, a coordinating agency or the checking agency can be asked.',
    vi: 'Chỉ yêu cầu được cơ quan chủ trì, phối hợp hoặc cơ quan kiểm tra trả lời.',
  },
  'figure/finding-not-an-order': {
    kind: 'rule',
    en: 'A correction is ordered from an open order about this figure, by the agency that raised it.',
    vi: 'Chỉ yêu cầu đính chính theo kiến nghị còn hiệu lực của chính cơ quan về số liệu này.',
  },
  'duty/not-asked': {
    kind: 'forbidden',
    en: 'Only an agency that was asked may answer.',
    vi: 'Chỉ cơ quan được yêu cầu mới trả lời.',
  },
  'duty/not-raising-agency': {
    kind: 'forbidden',
    en: 'Only the agency that raised the finding may close it.',
    vi: 'Chỉ cơ quan đã nêu kiến nghị được kết thúc kiến nghị.',
  },
} as const satisfies RefusalCatalogue;
