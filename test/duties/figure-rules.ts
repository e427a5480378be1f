import type { FigureCommand } from '#figures';
import type { Setting, Status, Story } from './figure-story.ts';
import { decides, holds, isAuditing, no, orSigns, signingAgency, signs, unitsOf } from './rules.ts';
import type { Row, Rule, Wearer } from './rules.ts';
import { agencies } from './stage.ts';

/**
 * Who may do what to a figure, row by row from DOMAIN ("A figure's life", "Separation of duties"),
 * in its own words. This is the judge of the matrix: it was written from the text, knows nothing of
 * the deciders, and says for every cell what must come of it.
 */
export type FigureCell = Wearer & { readonly setting: Setting; readonly story: Story };

/** Verification takes one of three roads, a correction is of one kind, a settlement of one end. */
export type FigureAct =
  | Exclude<FigureCommand['type'], 'verify' | 'settle' | 'correct'>
  | 'correct (correction)'
  | 'correct (resubmission)'
  | 'return (by document)'
  | 'verify'
  | 'verify (accepted by document)'
  | 'settle (taken back)'
  | 'settle (by document)';

const notLead = 'duty/not-lead-agency';
const leads = ({ setting }: FigureCell) => setting.leads;
const selfLed = ({ setting }: FigureCell) => setting.leads.includes(agencies.dost);
const committee = ({ setting }: FigureCell) => (setting.committee ? [agencies.committee] : []);

/** 6: no writing role for who audits, nor, against the history, for who audited this figure. */
const notAuditing: Rule<FigureCell> = (cell) =>
  no(isAuditing(cell) || cell.story.auditors.has(cell.who), 'duty/auditor-writes');

const officerOfLead: Rule<FigureCell> = (cell) => holds(cell, ['officer'], leads(cell), notLead);
const headOfLead: Rule<FigureCell> = (cell) => signs(cell, leads(cell), notLead);
const from =
  (...statuses: readonly Status[]): Rule<FigureCell> =>
  ({ story }) =>
    no(!statuses.includes(story.status), 'figure/wrong-status');

/** "Closing a round stops new figures, never corrections." */
const roundOpen: Rule<FigureCell> = ({ setting, story }) =>
  no(setting.closed && story.versions === 0, 'figure/round-closed');

/** "resubmission after a return, else update or correction" */
const kindIs =
  (kind: 'resubmission' | 'correction'): Rule<FigureCell> =>
  ({ story }) =>
    no((kind === 'resubmission') !== (story.status === 'returned'), 'figure/wrong-kind');

/** 1: handing in, endorsing and verifying a version are done by different people. */
const didNotHandIn: Rule<FigureCell> = ({ who, story }) =>
  no(story.handedInBy === who, 'duty/same-person');
const noHandInIt: Rule<FigureCell> = ({ who, story }) =>
  no(
    story.hands.some((desk) => desk.who === who),
    'duty/same-person',
  );

/** 3: the verifier's unit neither submitted, nor endorsed, nor contributed. */
const noHandOfUnit: Rule<FigureCell> = (cell) =>
  no(
    cell.story.hands.some(({ unit }) => unitsOf(cell).includes(unit)),
    'duty/same-unit',
  );

/** "Joint leads: all endorse", each agency once. */
const agencyNotYet: Rule<FigureCell> = (cell) => {
  const agency = signingAgency(cell, leads(cell));
  return no(
    cell.story.endorsedBy.some((desk) => desk.agency === agency),
    'figure/already-endorsed',
  );
};

/** In a joint lead an endorsement may be taken back while the other is awaited. */
const endorsedByAny: Rule<FigureCell> = ({ story }) => {
  const awaitsOthers = story.status === 'submitted' && story.endorsedBy.length > 0;
  return no(story.status !== 'endorsed' && !awaitsOthers, 'figure/wrong-status');
};
const ownEndorsement: Rule<FigureCell> = ({ who, story }) =>
  no(!story.endorsedBy.some((desk) => desk.who === who), 'duty/not-your-endorsement');

/** Where DOST leads, a checker of any other agency of the province. */
const others = (cell: FigureCell) =>
  cell.hats.map(({ agency }) => agency).filter((id) => !leads(cell).includes(id));

/**
 * The head returns what was submitted to them, the checker what was endorsed; of what DOST leads,
 * also whoever may verify it.
 */
const returner: Rule<FigureCell> = (cell) => {
  if (cell.story.status !== 'endorsed') return headOfLead(cell);
  return selfLed(cell)
    ? holds(cell, ['checker'], [agencies.dost, ...others(cell)], 'duty/self-led')
    : holds(cell, ['checker'], [agencies.dost], 'duty/not-checking-agency');
};

/** 4: what DOST leads is verified by a checker of another agency; all else by its own. */
const checker: Rule<FigureCell> = (cell) =>
  selfLed(cell)
    ? holds(cell, ['checker'], others(cell), 'duty/self-led')
    : holds(cell, ['checker'], [agencies.dost], 'duty/not-checking-agency');

/** 4: UBND tỉnh accepts by a document; that is its head's, a deputy's or its certifier's act. */
const ofCommittee: Rule<FigureCell> = (cell) => decides(cell, committee(cell));
const onlySelfLed: Rule<FigureCell> = (cell) => no(!selfLed(cell), 'figure/acceptance-not-needed');
/** What the head returns rests on nobody's document. */
const ownReturn: Rule<FigureCell> = ({ story }) =>
  no(story.status !== 'endorsed', 'figure/own-return');
const whenEndorsed =
  (then: Rule<FigureCell>, otherwise: Rule<FigureCell>): Rule<FigureCell> =>
  (cell) =>
    (cell.story.status === 'endorsed' ? then : otherwise)(cell);

/** "When a round moves to a new edition, changed indicators … need a new endorsement." */
const standsOrEndorsed: Rule<FigureCell> = ({ story: { status, present, inForce } }) =>
  no(
    (present === 0 || present !== inForce) && status !== 'endorsed' && status !== 'verified',
    'figure/wrong-status',
  );
const movedOn: Rule<FigureCell> = ({ setting }) =>
  no(!setting.moved, 'figure/definition-unchanged');
const neitherGaveNorVerified: Rule<FigureCell> = ({ who, story }) =>
  no(story.handedInBy === who || story.verifiedBy === who, 'duty/same-person');

/** The other side of 6: nobody audits what they had a hand in. */
const notOwnWork: Rule<FigureCell> = ({ who, story }) =>
  no(story.ever.has(who), 'duty/same-person');
const asker: Rule<FigureCell> = (cell) =>
  cell.hats.some(({ role }) => role === 'auditor')
    ? notOwnWork(cell)
    : holds(cell, ['auditor', 'checker'], [agencies.dost], 'duty/not-checking-agency');
const inspector: Rule<FigureCell> = (cell) =>
  no(!cell.hats.some(({ role }) => role === 'inspector'), 'duty/role-required');

const begun = ['submitted', 'endorsed', 'verified', 'returned', 'withdrawn'] as const;

export const figureRules: Readonly<Record<FigureAct, Row<FigureCell>>> = {
  submit: {
    says: 'submit (officer), from awaiting, withdrawn',
    event: 'figure.submitted.v1',
    rules: [notAuditing, officerOfLead, from('awaiting', 'withdrawn'), roundOpen],
  },
  'declare-unavailable': {
    says: 'declare unavailable (officer, reason), from awaiting, returned, withdrawn',
    event: 'figure.declared-unavailable.v1',
    rules: [notAuditing, officerOfLead, from('awaiting', 'returned', 'withdrawn'), roundOpen],
  },
  'correct (correction)': {
    says: 'correct (officer; kind resubmission after a return, else update or correction; reason)',
    event: 'figure.corrected.v1',
    rules: [
      notAuditing,
      officerOfLead,
      from('submitted', 'endorsed', 'verified', 'returned'),
      kindIs('correction'),
    ],
  },
  'correct (resubmission)': {
    says: 'correct (officer; kind resubmission after a return, else update or correction; reason)',
    event: 'figure.corrected.v1',
    rules: [
      notAuditing,
      officerOfLead,
      from('submitted', 'endorsed', 'verified', 'returned'),
      kindIs('resubmission'),
    ],
  },
  endorse: {
    says: '2. Endorsement belongs to the lead agency: its head, or a recorded deputy, on that day',
    event: 'figure.endorsed.v1',
    rules: [notAuditing, headOfLead, from('submitted'), didNotHandIn, agencyNotYet],
  },
  're-endorse': {
    says: 'changed indicators get the mark “answers an older definition” and need a new endorsement',
    event: 'figure.re-endorsed.v1',
    rules: [notAuditing, headOfLead, standsOrEndorsed, movedOn, neitherGaveNorVerified],
  },
  'withdraw-endorsement': {
    says: 'withdraw endorsement (the same head, before verification)',
    event: 'figure.endorsement-withdrawn.v1',
    rules: [notAuditing, headOfLead, endorsedByAny, ownEndorsement],
  },
  return: {
    says: 'return (head from submitted; checker from endorsed; reasons, date)',
    event: 'figure.returned.v1',
    rules: [notAuditing, returner, from('submitted', 'endorsed')],
  },
  'return (by document)': {
    says: '4. Where UBND tỉnh may accept by a document, it may return by one',
    event: 'figure.returned.v1',
    rules: [
      notAuditing,
      whenEndorsed(ofCommittee, headOfLead),
      from('submitted', 'endorsed'),
      ownReturn,
      onlySelfLed,
    ],
  },
  verify: {
    says: '1, 3, 4: other people, another unit, and for what DOST leads another agency',
    event: 'figure.verified.v1',
    rules: [notAuditing, from('endorsed'), checker, noHandInIt, noHandOfUnit],
  },
  'verify (accepted by document)': {
    says: '4. Where there is none, UBND tỉnh accepts by a document',
    event: 'figure.verified.v1',
    rules: [notAuditing, from('endorsed'), ofCommittee, onlySelfLed, noHandInIt, noHandOfUnit],
  },
  withdraw: {
    says: 'withdraw (head, reason), from submitted, endorsed, returned',
    event: 'figure.withdrawn.v1',
    rules: [notAuditing, headOfLead, from('submitted', 'endorsed', 'returned')],
  },
  'request-explanation': {
    says: 'request explanation (checker, auditor; date), any with a version',
    event: 'figure.explanation-requested.v1',
    rules: [asker, from(...begun)],
  },
  explain: {
    says: 'explain (officer, head), any with a version',
    event: 'figure.explained.v1',
    rules: [
      notAuditing,
      (cell) => orSigns(cell, ['officer'], leads(cell), notLead),
      from(...begun),
      ({ story }) => no(story.question === 'answered', 'figure/already-explained'),
    ],
  },
  dispute: {
    says: 'dispute: head of an agency that leads or contributed',
    event: 'figure.disputed.v1',
    rules: [
      notAuditing,
      (cell) => signs(cell, [...leads(cell), ...cell.setting.participants], 'duty/not-a-party'),
      from(...begun),
    ],
  },
  'settle (taken back)': {
    says: 'dispute settled by the disputing agency',
    event: 'figure.dispute-settled.v1',
    rules: [
      notAuditing,
      from(...begun),
      (cell) => signs(cell, [agencies.commune], 'duty/not-disputing-agency'),
      ({ story }) => no(story.dispute === 'settled', 'figure/already-settled'),
    ],
  },
  'settle (by document)': {
    says: 'dispute settled by UBND tỉnh by a document',
    event: 'figure.dispute-settled.v1',
    rules: [
      notAuditing,
      from(...begun),
      ofCommittee,
      ({ story }) => no(story.dispute === 'settled', 'figure/already-settled'),
    ],
  },
  'order-correction': {
    says: 'order a correction (inspector: conclusion number, date), from verified',
    event: 'correction.ordered.v1',
    rules: [inspector, notOwnWork, from('verified')],
  },
};
