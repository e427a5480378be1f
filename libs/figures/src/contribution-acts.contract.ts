import { day } from '#kernel';
import type { ActingPerson } from '#directory';
import { given } from '#testing';
import type { Given } from '#testing';
import type { ContributionFact } from './contribution.events.ts';
import { contributionDecider } from './contribution.ts';
import type { Contribution, ContributionStatus } from './contribution-state.ts';
import type { ContributionContext } from './contexts.ts';
import { cast, contextFor, dost, figureId, input, told, today } from './figures.contract.ts';
import type { Act, Changes } from './figures.contract.ts';
import type { ContributionCommand } from './figures.commands.ts';

/** The acts of a part's life, one well-formed command of each, and the histories they make. */

export type Step = Act<ContributionCommand, ContributionContext>;
export const stream = `contribution-${figureId}.so_khcn`;
export const remarks = [{ component: 'tong_chi', evidence: null, text: 'Thiếu bảng kê' }];
export const lastDay = day('2026-09-10');
export const frozenBy = { stream: 'round-son_la-qd1969-2026', revision: 52 };

export const commands = {
  request: { type: 'request', agency: dost, components: ['tong_chi'], documentsOnly: false },
  submit: { type: 'submit', outsideSource: null, ...input },
  correct: {
    type: 'correct',
    kind: 'correction',
    reason: 'Nhầm dòng',
    outsideSource: null,
    ...input,
  },
  'declare-no-data': {
    type: 'declare-no-data',
    reason: 'Không phát sinh',
    asOf: today,
    evidence: [],
  },
  endorse: { type: 'endorse', version: 1 },
  'withdraw-endorsement': { type: 'withdraw-endorsement', version: 1, reason: 'Xem lại' },
  accept: { type: 'accept', version: 1, note: null },
  return: { type: 'return', version: 1, remarks, lastDay },
  withdraw: { type: 'withdraw', version: 1, reason: 'Nộp nhầm' },
} as const satisfies {
  [T in ContributionCommand['type']]: Extract<ContributionCommand, { type: T }>;
};

/** DOST gives the part, the finance department leads the figure. */
export const senders: Record<ContributionCommand['type'], ActingPerson> = {
  request: cast.officer,
  submit: cast.dostOfficer,
  correct: cast.dostOfficer,
  'declare-no-data': cast.dostOfficer,
  endorse: cast.dostHead,
  'withdraw-endorsement': cast.dostHead,
  accept: cast.officer,
  return: cast.dostHead,
  withdraw: cast.dostHead,
};

export function step(
  command: ContributionCommand,
  acting?: ActingPerson,
  changes: Changes = {},
): Step {
  return { command, context: contextFor(acting ?? senders[command.type], changes) };
}

export const requested = [step(commands.request)];
export const submitted = [...requested, step(commands.submit)];
export const endorsed = [...submitted, step(commands.endorse)];
export const accepted = [...endorsed, step(commands.accept)];
export const returned = [...submitted, step(commands.return)];
export const withdrawn = [...submitted, step(commands.withdraw)];
export const histories: Record<ContributionStatus, readonly Step[]> = {
  awaiting: [],
  requested,
  submitted,
  endorsed,
  accepted,
  returned,
  withdrawn,
};

export function after(
  steps: readonly Step[],
): Given<ContributionCommand, Contribution, ContributionFact, ContributionContext> {
  return given(contributionDecider, told(contributionDecider, steps, stream), stream);
}

export const stateAfter = (...steps: readonly Step[]): Contribution => after(steps).state;
