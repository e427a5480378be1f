import type { Actor, AgencyId, Basis, Decision, DocumentRef } from '#kernel';
import type { FigureContext } from './contexts.ts';
import {
  readDocument,
  readFiledDocument,
  readLastDay,
  readLinks,
  readRemarks,
} from './drafting.ts';
import {
  agenciesOf,
  committeeMember,
  deskOrSignatory,
  inRole,
  inRoleOf,
  refuseOwnWork,
  signatoryOf,
  withHeirs,
} from './duties.ts';
import type { FigureFact } from './figure.events.ts';
import {
  decided,
  openDisputes,
  openExplanations,
  openOrders,
  refuseWrongStatus,
  versionInQuestion,
} from './figure-state.ts';
import type { CommandOf, Figure } from './figure-state.ts';
import { refuse } from './refusals.ts';
import { readText } from './values.ts';
import { versionNumbered, versionToApprove } from './versions.ts';

/**
 * Acts that leave a figure where it is and raise or lower a flag: questions, disputes, orders. A
 * request for explanation is not a return: the version stays where it is (DOMAIN, Words).
 */

/**
 * Most questions of one kind that may be open at a time: of one figure, for disputes of one agency.
 * Our proposal, far above what a year brings. A state that anybody could make grow without end
 * would be a way to stop everybody else, and a queue nobody works off is no queue.
 */
export const openMax = { explanations: 50, disputes: 20, orders: 50 } as const;

function refuseFull(of: keyof typeof openMax, open: readonly unknown[]): void {
  const max = openMax[of];
  if (open.length >= max) throw refuse('figure/questions-full', { of, max });
}

export function requestExplanation(
  command: CommandOf<'request-explanation'>,
  figure: Figure,
  context: FigureContext,
): Decision<FigureFact> {
  const { acting, round, today } = context;
  const isAuditor = acting.capacities.some(({ role }) => role === 'auditor');
  const actor = isAuditor
    ? inRole(context, 'auditor')
    : inRoleOf(acting, ['checker'], [round.checkingAgency], 'duty/not-checking-agency');
  if (isAuditor) refuseOwnWork(acting, figure.versions);
  refuseWrongStatus(figure, 'request-explanation');
  refuseFull('explanations', openExplanations(figure));
  const version = versionInQuestion(figure, command.version);
  const remarks = readRemarks('figure', command.remarks, version, context);
  const lastDay = readLastDay('figure', command.lastDay, today);
  const request = `explanation-${figure.explanations.length + 1}`;
  const { digest } = version;
  const data = { request, version: command.version, digest, remarks, lastDay };
  return decided(actor, { type: 'figure.explanation-requested.v1', data });
}

export function explain(
  command: CommandOf<'explain'>,
  figure: Figure,
  context: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const { acting } = context;
  const actor = deskOrSignatory(acting, ['officer'], leads, 'duty/not-lead-agency');
  refuseWrongStatus(figure, 'explain');
  const asked = figure.explanations.find(({ request }) => request === command.request);
  if (asked === undefined) throw refuse('figure/no-such-request', { pointer: '/request' });
  if (asked.explainedBy !== null) throw refuse('figure/already-explained', { pointer: '/request' });
  const text = readText(command.text, '/text');
  const evidence = readLinks('figure', command.evidence, context);
  const data = { request: command.request, text, evidence };
  return decided(actor, { type: 'figure.explained.v1', data });
}

/**
 * Heads of agencies that lead or contributed may dispute (DOMAIN, What blocks certification): those
 * that owe a part, and those whose part is in the version though they owe none any more.
 */
export function dispute(
  command: CommandOf<'dispute'>,
  figure: Figure,
  context: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const disputed = versionNumbered(figure, command.version)?.statement.builtFrom ?? [];
  const parties = [...leads, ...context.assignment.participants, ...agenciesOf(disputed)];
  const { actor } = signatoryOf(context.acting, parties, 'duty/not-a-party');
  refuseWrongStatus(figure, 'dispute');
  const own = openDisputes(figure).filter(({ by }) => by.agency === actor.agency);
  refuseFull('disputes', own);
  const { digest } = versionInQuestion(figure, command.version);
  const reason = readText(command.reason, '/reason');
  const evidence = readLinks('figure', command.evidence, context);
  const name = `dispute-${figure.disputes.length + 1}`;
  const data = { dispute: name, version: command.version, digest, reason, evidence };
  return decided(actor, { type: 'figure.disputed.v1', data });
}

/** The disputing agency, or its heir, takes it back, or UBND tỉnh decides by a document. */
export function settle(
  command: CommandOf<'settle'>,
  figure: Figure,
  context: FigureContext,
): Decision<FigureFact> {
  const { outcome } = command;
  refuseWrongStatus(figure, 'settle');
  const raised = figure.disputes.find(({ dispute: name }) => name === command.dispute);
  if (raised === undefined) throw refuse('figure/no-such-dispute', { pointer: '/dispute' });
  const actor =
    outcome === 'withdrawn'
      ? signatoryOf(
          context.acting,
          withHeirs([raised.by.agency], context.assignment),
          'duty/not-disputing-agency',
        ).actor
      : committeeMember(context);
  if (raised.outcome !== null) throw refuse('figure/already-settled', { pointer: '/dispute' });
  const document =
    outcome === 'withdrawn' && command.document === null
      ? null
      : readFiledDocument(command.document, '/document', context);
  const reason = readText(command.reason, '/reason');
  const data = { dispute: command.dispute, outcome, reason, document };
  return decided(actor, { type: 'figure.dispute-settled.v1', data });
}

export function orderCorrection(
  command: CommandOf<'order-correction'>,
  figure: Figure,
  context: FigureContext,
): Decision<FigureFact> {
  const { acting, today } = context;
  const actor = inRole(context, 'inspector');
  refuseOwnWork(acting, figure.versions);
  refuseWrongStatus(figure, 'order-correction');
  refuseFull('orders', openOrders(figure));
  const { digest } = versionToApprove('figure', figure, command.version);
  const conclusion = readConclusion(command.conclusion, context);
  const text = readText(command.text, '/text');
  const lastDay = readLastDay('figure', command.lastDay, today);
  const order = `order-${figure.orders.length + 1}`;
  const { version } = command;
  const finding = command.finding == null ? null : findingOf(actor, context);
  const data = { order, version, digest, conclusion, text, lastDay, finding };
  return decided(actor, { type: 'correction.ordered.v1', data });
}

/** The order that a correction order carries out: an open one, of the same agency and figure. */
function findingOf({ agency }: Actor, { figure, ordering }: FigureContext): Basis {
  const isOwn =
    ordering?.kind === 'order' &&
    ordering.open &&
    ordering.figure === figure &&
    ordering.agency === agency;
  if (ordering === null || !isOwn) {
    throw refuse('figure/finding-not-an-order', { pointer: '/finding' });
  }
  return { stream: `finding-${ordering.finding}`, revision: ordering.revision };
}

/** An inspector's conclusion is known by number and date; its file may still be on its way. */
function readConclusion(conclusion: DocumentRef, context: FigureContext): DocumentRef {
  const { number, date, digest } = conclusion;
  if (number === null || date === null) {
    throw refuse('figure/conclusion-incomplete', { pointer: '/conclusion' });
  }
  return digest === null
    ? readDocument(conclusion, '/conclusion')
    : readFiledDocument(conclusion, '/conclusion', context);
}
