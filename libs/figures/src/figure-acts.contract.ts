import { day } from '#kernel';
import type { DocumentRef } from '#kernel';
import type { ActingPerson } from '#directory';
import { given } from '#testing';
import type { Given } from '#testing';
import type { FigureContext } from './contexts.ts';
import type { FigureFact } from './figure.events.ts';
import { figureDecider } from './figure.ts';
import type { Figure, FigureStatus } from './figure-state.ts';
import { cast, contextFor, figureStream, input, letter, told, today } from './figures.contract.ts';
import type { Act, Changes } from './figures.contract.ts';
import type { FigureCommand } from './figures.commands.ts';

/** The acts of a figure's life, one well-formed command of each, and the histories they make. */

export type Step = Act<FigureCommand, FigureContext>;

export const remarks = [{ component: 'tong_chi', evidence: null, text: 'Thiếu bảng kê chi tiết' }];
export const lastDay = day('2026-09-10');
export const conclusion: DocumentRef = {
  kind: 'decision',
  number: '12/KL-TTr',
  date: day('2026-08-20'),
  issuer: 'Thanh tra tỉnh',
  title: 'Kết luận thanh tra',
  digest: letter,
};

export const commands = {
  submit: { type: 'submit', builtFrom: [], ...input },
  'declare-unavailable': {
    type: 'declare-unavailable',
    reason: 'Chưa có quyết toán',
    asOf: today,
    evidence: [],
  },
  correct: {
    type: 'correct',
    kind: 'correction',
    reason: 'Nhầm đơn vị',
    builtFrom: [],
    ...input,
  },
  endorse: { type: 'endorse', version: 1 },
  're-endorse': { type: 're-endorse', version: 1 },
  'withdraw-endorsement': { type: 'withdraw-endorsement', version: 1, reason: 'Cần xem lại' },
  return: { type: 'return', version: 1, remarks, lastDay },
  verify: { type: 'verify', version: 1, note: null, reviewBody: null, acceptance: null },
  'request-explanation': { type: 'request-explanation', version: 1, remarks, lastDay },
  explain: { type: 'explain', request: 'explanation-1', text: 'Do chuyển nguồn', evidence: [] },
  withdraw: { type: 'withdraw', version: 1, reason: 'Nộp nhầm' },
  dispute: { type: 'dispute', version: 1, reason: 'Không khớp phần đã nộp', evidence: [] },
  settle: {
    type: 'settle',
    dispute: 'dispute-1',
    outcome: 'withdrawn',
    reason: 'Đã thống nhất',
    document: null,
  },
  'order-correction': {
    type: 'order-correction',
    version: 1,
    conclusion,
    text: 'Tính lại tổng chi',
    lastDay,
  },
} as const satisfies { [T in FigureCommand['type']]: Extract<FigureCommand, { type: T }> };

/** Who may send each command, were it only for the role. */
export const senders: Record<FigureCommand['type'], ActingPerson> = {
  submit: cast.officer,
  'declare-unavailable': cast.officer,
  correct: cast.officer,
  endorse: cast.head,
  're-endorse': cast.head,
  'withdraw-endorsement': cast.head,
  return: cast.head,
  verify: cast.checker,
  'request-explanation': cast.checker,
  explain: cast.officer,
  withdraw: cast.head,
  dispute: cast.dostHead,
  settle: cast.dostHead,
  'order-correction': cast.inspector,
};

export function step(command: FigureCommand, acting?: ActingPerson, changes: Changes = {}): Step {
  return { command, context: contextFor(acting ?? senders[command.type], changes) };
}

/** The round asks by another edition than the one in which everything here was handed in. */
export const movedOn: Changes = { assignment: { edition: '2026' } };

export const submitted = [step(commands.submit)];
export const endorsed = [...submitted, step(commands.endorse)];
export const verified = [...endorsed, step(commands.verify)];
export const returned = [...submitted, step(commands.return)];
export const withdrawn = [...submitted, step(commands.withdraw)];
export const histories: Record<FigureStatus, readonly Step[]> = {
  awaiting: [],
  submitted,
  endorsed,
  verified,
  returned,
  withdrawn,
};

export function after(
  steps: readonly Step[],
): Given<FigureCommand, Figure, FigureFact, FigureContext> {
  return given(figureDecider, told(figureDecider, steps, figureStream), figureStream);
}

/** The state after `steps` and one more act. */
export function stateAfter(...steps: readonly Step[]): Figure {
  return after(steps).state;
}
