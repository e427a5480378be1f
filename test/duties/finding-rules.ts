import type { FindingCommand, FindingStatus } from '#figures';
import { decides, holds, isAuditing, no, orSigns } from './rules.ts';
import type { Row, Rule, Wearer } from './rules.ts';
import { agencies } from './stage.ts';
import type { Who } from './stage.ts';

/**
 * Who does what with a finding, from DOMAIN ("What blocks certification", Separation of duties 6):
 * "raised by auditor, inspector; settled by: the raiser's agency closes it; overridden by UBND tỉnh,
 * by a document". An order is an inspector's ("order a correction (inspector …)").
 */
export type FindingAct =
  'raise a question' | 'raise an order' | Exclude<FindingCommand['type'], 'raise'>;
export type FindingCell = Wearer & {
  readonly status: FindingStatus | 'none';
  /** Everybody who handed in, endorsed or verified any version of the figure. */
  readonly ever: ReadonlySet<Who>;
};

/** The raiser's agency, and the one that was asked: the lead of the figure. */
export const raising = agencies.stranger;
export const asked = agencies.lead;

const notAuditing: Rule<FindingCell> = (cell) => no(isAuditing(cell), 'duty/auditor-writes');
const known: Rule<FindingCell> = ({ status }) => no(status === 'none', 'finding/unknown');
const from =
  (...statuses: readonly FindingCell['status'][]): Rule<FindingCell> =>
  ({ status }) =>
    no(!statuses.includes(status), 'finding/wrong-status');

const raisedBy = (...roles: readonly ('auditor' | 'inspector')[]): readonly Rule<FindingCell>[] => [
  ({ hats }) =>
    no(!hats.some(({ role }) => roles.some((one) => one === role)), 'duty/role-required'),
  ({ status }) => no(status !== 'none', 'finding/exists'),
  ({ who, ever }) => no(ever.has(who), 'duty/same-person'),
];

export const findingRules: Readonly<Record<FindingAct, Row<FindingCell>>> = {
  'raise a question': {
    says: 'finding: an auditor’s or inspector’s recorded question, objection or order',
    event: 'finding.raised.v1',
    rules: raisedBy('auditor', 'inspector'),
  },
  'raise an order': {
    says: 'order a correction (inspector: conclusion number, date)',
    event: 'finding.raised.v1',
    rules: raisedBy('inspector'),
  },
  answer: {
    says: 'answered by the agency asked: at its desk, or by its head',
    event: 'finding.answered.v1',
    rules: [
      notAuditing,
      known,
      (cell) => orSigns(cell, ['officer', 'checker'], [asked], 'duty/not-asked'),
      from('open', 'answered'),
    ],
  },
  overrule: {
    says: 'overridden by UBND tỉnh, by a document, printed on the certificate',
    event: 'finding.overruled.v1',
    rules: [
      notAuditing,
      (cell) => decides(cell, [agencies.committee]),
      known,
      from('open', 'answered'),
    ],
  },
  close: {
    says: 'the raiser’s agency closes it',
    event: 'finding.closed.v1',
    rules: [
      known,
      (cell) => holds(cell, ['auditor', 'inspector'], [raising], 'duty/not-raising-agency'),
      from('open', 'answered', 'overruled'),
    ],
  },
};
