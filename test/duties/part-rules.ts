import type { AgencyId } from '#kernel';
import type { ContributionCommand } from '#figures';
import { holds, isAuditing, no, signs } from './rules.ts';
import type { Row, Rule, Wearer } from './rules.ts';
import type { Who } from './stage.ts';

/**
 * Who may do what to a part, row by row from DOMAIN: "contributions have the same table with accept
 * (lead's officer) in place of verify", and an outsider's part "is deposited on its behalf by the
 * lead, with the source document, without a responsibility sentence".
 */
export type PartStatus =
  'awaiting' | 'requested' | 'submitted' | 'endorsed' | 'accepted' | 'returned' | 'withdrawn';

export type PartStory = {
  readonly status: PartStatus;
  readonly version: number;
  readonly handedInBy: Who | null;
  /** Standing endorsement of the present version. */
  readonly endorsedBy: Who | null;
  /** Everybody who handed in or endorsed the present version, though it was taken back. */
  readonly hands: readonly Who[];
  /** The present version was deposited on somebody's behalf. */
  readonly outside: boolean;
};

export type PartSetting = {
  readonly name: string;
  readonly contribution: string;
  readonly leads: readonly AgencyId[];
  /** Who answers for the part today, and who gave it in the past. */
  readonly giver: AgencyId;
  readonly givenBy: AgencyId;
  readonly participates: boolean;
  readonly closed: boolean;
};

export type PartCell = Wearer & { readonly setting: PartSetting; readonly story: PartStory };
export type PartAct =
  | Exclude<ContributionCommand['type'], 'submit' | 'correct'>
  | 'submit'
  | 'submit for an outsider'
  | 'correct (correction)'
  | 'correct (resubmission)';

const [notLead, notOwn] = ['duty/not-lead-agency', 'duty/not-your-agency'];
const notAuditing: Rule<PartCell> = (cell) => no(isAuditing(cell), 'duty/auditor-writes');
const officerOfLead: Rule<PartCell> = (cell) =>
  holds(cell, ['officer'], cell.setting.leads, notLead);
const officerOfGiver: Rule<PartCell> = (cell) =>
  holds(cell, ['officer'], [cell.setting.giver], notOwn);
const headOfGiver: Rule<PartCell> = (cell) => signs(cell, [cell.setting.giver], notOwn);
const participant: Rule<PartCell> = ({ setting }) =>
  no(!setting.participates, 'contribution/not-a-participant');
const outsider: Rule<PartCell> = ({ setting }) =>
  no(setting.participates, 'contribution/not-an-outsider');
const from =
  (...statuses: readonly PartStatus[]): Rule<PartCell> =>
  ({ story }) =>
    no(!statuses.includes(story.status), 'contribution/wrong-status');
const kindIs =
  (kind: 'resubmission' | 'correction'): Rule<PartCell> =>
  ({ story }) =>
    no((kind === 'resubmission') !== (story.status === 'returned'), 'contribution/wrong-kind');
const noHandInIt: Rule<PartCell> = ({ who, story }) =>
  no(story.hands.includes(who), 'duty/same-person');

const correcting = (kind: 'resubmission' | 'correction'): Row<PartCell> => ({
  says: 'correct (officer; kind resubmission after a return, else update or correction; reason)',
  event: 'contribution.corrected.v1',
  rules: [
    notAuditing,
    officerOfGiver,
    participant,
    from('submitted', 'endorsed', 'accepted', 'returned'),
    kindIs(kind),
  ],
});

export const partRules: Readonly<Record<PartAct, Row<PartCell>>> = {
  request: {
    says: 'requested by the lead, of an agency that takes part',
    event: 'contribution.requested.v1',
    rules: [notAuditing, officerOfLead, from('awaiting'), participant],
  },
  submit: {
    says: 'submit (officer of the agency that gives the part)',
    event: 'contribution.submitted.v1',
    rules: [notAuditing, officerOfGiver, participant, from('awaiting', 'requested', 'withdrawn')],
  },
  'submit for an outsider': {
    says: 'an outsider: its part is deposited on its behalf by the lead, with the source document',
    event: 'contribution.submitted.v1',
    rules: [notAuditing, officerOfLead, outsider, from('awaiting', 'requested', 'withdrawn')],
  },
  'correct (correction)': correcting('correction'),
  'correct (resubmission)': correcting('resubmission'),
  'declare-no-data': {
    says: 'no data (không phát sinh) takes the same road',
    event: 'contribution.declared-no-data.v1',
    rules: [
      notAuditing,
      officerOfGiver,
      participant,
      from('awaiting', 'requested', 'returned', 'withdrawn'),
    ],
  },
  endorse: {
    says: 'endorsed by its own head (a commune answers to the committee exactly as a department)',
    event: 'contribution.endorsed.v1',
    rules: [
      notAuditing,
      ({ story }) => no(story.outside, 'contribution/outsider-not-endorsed'),
      headOfGiver,
      from('submitted'),
      ({ who, story }) => no(story.handedInBy === who, 'duty/same-person'),
    ],
  },
  'withdraw-endorsement': {
    says: 'withdraw endorsement (the same head, before acceptance)',
    event: 'contribution.endorsement-withdrawn.v1',
    rules: [
      notAuditing,
      headOfGiver,
      from('endorsed'),
      ({ who, story }) => no(story.endorsedBy !== who, 'duty/not-your-endorsement'),
    ],
  },
  accept: {
    says: 'accepted by the lead (its officer), who neither deposited nor endorsed it',
    event: 'contribution.accepted.v1',
    rules: [
      notAuditing,
      officerOfLead,
      (cell) => (cell.story.outside ? from('submitted') : from('endorsed'))(cell),
      noHandInIt,
    ],
  },
  return: {
    says: 'return (own head from submitted; the lead from endorsed; reasons, date)',
    event: 'contribution.returned.v1',
    rules: [
      notAuditing,
      (cell) =>
        cell.story.outside || cell.story.status === 'endorsed'
          ? officerOfLead(cell)
          : headOfGiver(cell),
      from('submitted', 'endorsed'),
    ],
  },
  withdraw: {
    says: 'withdraw (head, reason); an outsider has no head, so the lead’s',
    event: 'contribution.withdrawn.v1',
    rules: [
      notAuditing,
      (cell) => (cell.story.outside ? signs(cell, cell.setting.leads, notOwn) : headOfGiver(cell)),
      from('submitted', 'endorsed', 'returned'),
    ],
  },
};
